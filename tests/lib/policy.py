"""policy: handing in a policy text over HTTP, as the page does it: upload, wait, settle, confirm."""
import json
import time
import urllib.parse

from town import Refused

UNION = """桜ノ沢広域組合情報セキュリティ基本方針

1 目的
この基本方針は、桜ノ沢広域組合が持つ情報を守るための考え方を定めることを目的とする。
2 適用範囲
(1) 執行機関の範囲
この基本方針が及ぶのは、管理者の事務局及び議会の事務局とする。
(2) 情報資産の範囲
情報システムと、そこで扱う情報及び書類を対象とする。
3 職員等の遵守義務
職員等は、情報を守ることの大切さを知り、業務に当たってこの基本方針と定められた手順を守らなければならない。
4 情報セキュリティ対策
(1) 組織体制
組合は、情報を守るための体制と役割を定めなければならない。
(2) 情報システム全体の強靭性の向上
① LGWAN接続系は、インターネット接続系から切り離す。外から中へファイルを渡すときは、無害化として、その危険な部分を先に除去しておかなければならない。
② インターネット接続系では、通信を見張り、おかしな動きを早く見つけなければならない。
(3) 茶器
① 事務局は、来客に出す湯飲みの数を月末に数え、欠けたものを買い足さなければならない。
5 監査及び自己点検
組合は、毎年度、守られているかどうかを点検しなければならない。
6 見直し
点検の結果を踏まえ、必要があるときはこの基本方針を見直す。
"""


def upload(person, name, data, body=""):
    """The import's id, or Refused."""
    query = urllib.parse.urlencode({"name": name, **({"body": body} if body else {})})
    status, _, answer = person.raw("POST", f"/api/v1/policy/import?{query}", data,
                                   {"Content-Type": "application/octet-stream"})
    parsed = json.loads(answer or b"{}")
    if status != 202:
        raise Refused(status, parsed)
    return parsed["import"]


def read(person, imported, seconds=60):
    """Waits until the import is read or has failed."""
    end = time.monotonic() + seconds
    while True:
        seen = person.patient("GET", f"policy/import/{imported}")
        if seen["state"] != "reading":
            return seen
        if time.monotonic() > end:
            raise TimeoutError(seen)
        time.sleep(0.1)


def settle(person, seen, question, choice):
    return person.post(f"policy/import/{seen['id']}/settle",
                       {"question": question["id"], "choice": choice, "digest": seen["digest"]})


def settle_errors(person, seen):
    """Takes every question that must be answered as it is proposed."""
    while True:
        wanted = [q for q in seen["questions"] if q.get("severity") == "error" and "chosen" not in q]
        if not wanted:
            return seen
        choice = {"accept": True} if wanted[0]["kind"] != "document" else {"doc": "std"}
        seen = settle(person, seen, wanted[0], choice)


def confirm(person, seen, **more):
    body = {"id": seen["body"]["id"], "name": seen["body"]["name"]}
    return person.post(f"policy/import/{seen['id']}/confirm",
                       {"digest": seen["digest"], "body": body, "effective": "", "visibility": {}, "links": {}, **more})


def clause(person, doc, label, body=""):
    tail = f"?body={body}" if body else ""
    return person.get(f"policy/{doc}/clause/{urllib.parse.quote(label)}{tail}")

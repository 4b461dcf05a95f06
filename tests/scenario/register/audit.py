"""audit: the committee approves the plan, the CISO orders what was found to be settled, and each finding is looked at again."""
from deeds import contract, steps, without, write
from records import apply, day, item, marks, move, state, step, term


def fields(town, of):
    return {"year": day(town)[:4], "term": term(town, 0, 30), "goal": "委託先の守りを確かめる", "kind": "vendors", "scope": "情報の扱いと返却",
            "contracts": [of], "criteria": "契約の条件と対策基準",
            "auditors": [{"name": "長谷川 学", "from": "監査委員事務局", "skill": "監査研修を修了", "apart": True}]}


def finding(town, no, what):
    return {"no": no, "where": "見本印刷", "what": what, "weight": "middle", "order": "一月の内に直す", "due": day(town, 30), "elsewhere": True}


def run(town, who, tap):
    hasegawa, mori, chief, officer = who["hasegawa"], who["mori"], who["ishibashi"], who["takahashi"]
    whole = fields(town, contract(town, who, "R8-66"))
    tap.refused(lambda: apply(hasegawa, "audit", without(whole, "contracts")), "register.field_missing",
                "audit: what is audited is named", 422)
    tap.refused(lambda: apply(hasegawa, "audit", {**whole, "auditors": [{**whole["auditors"][0], "apart": False}]}), "register.check",
                "audit: nobody of the audited audits", 422)
    record = apply(hasegawa, "audit", whole)
    tap.refused(lambda: step(hasegawa, record, "decide", "decide"), "register.apart", "audit: not by who planned it", 403)
    step(chief, record, "decide", "decide")
    tap.ok(state(hasegawa, record) == "pending", "audit: one member is not the committee")
    step(officer, record, "decide", "decide")
    tap.ok(state(hasegawa, record) == "decided", "audit: two are", state(hasegawa, record))
    move(hasegawa, record, "start")
    write(hasegawa, record, report="指摘は二つ", findings=[finding(town, 1, "鍵の台帳がない"), finding(town, 2, "教育の記録がない")])
    move(hasegawa, record, "report_up")
    tap.refused(lambda: step(mori, record, "decide", "decide"), "register.not_open", "audit: the committee hears it before the CISO orders", 409)
    steps(record, (chief, "committee", "consult"), (officer, "committee", "consult"), (mori, "decide", "decide"))
    tap.ok(state(hasegawa, record) == "settling" and marks(hasegawa, record) == ["決", "決", "合", "合", "決"],
           "audit: the CISO orders it to be settled", marks(hasegawa, record))
    tap.refused(lambda: write(hasegawa, record, findings=[]), "register.not_candidate", "audit: an ordered finding does not go away", 403)
    write(hasegawa, record, settled=[{"no": 1, "day": day(town), "done": "台帳を見た"}])
    tap.refused(lambda: move(hasegawa, record, "close"), "register.if", "audit: it stays open while one finding is", 409)
    write(hasegawa, record, settled=[{"no": n, "day": day(town), "done": "現物を見た"} for n in (1, 2)])
    tap.ok(move(hasegawa, record, "close")["state"] == "closed" and not item(mori, record), "audit: settled and seen, it is closed")

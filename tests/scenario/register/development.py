"""development: no ID outlives it, no real people's data in tests, and it goes live only when maker and user tried it."""
from deeds import identity, sheet, without, write
from records import apply, day, item, marks, move, state, step, term


def fields(town, name="申請受付の画面"):
    return {"name": name, "system": "電子申請", "term": term(town, 0, 90), "leader": "", "outside": False,
            "workers": [{"name": "開発 する代", "id": "dev01", "rights": "試験の環境だけ", "id_until": day(town, 90)}],
            "rules": "開発規則 第2版", "tools": [{"kind": "software", "name": "見本コンパイラ 3"}],
            "data": sheet("input", "detect", "output"), "web": True}


def tested(town, where="test", data="made"):
    return {"day": day(town), "where": where, "data": data, "what": "全ての画面を操作した", "result": "good"}


FLAWS = ("injection", "script", "forgery", "session", "rights", "files", "errors")


def run(town, who, tap):
    ito, system = who["ito"], who["watanabe"]
    whole = {**fields(town), "leader": identity(ito)}
    outlives = [{**whole["workers"][0], "id_until": day(town, 91)}]
    tap.refused(lambda: apply(ito, "development", {**whole, "name": "長いID", "workers": outlives}), "register.check",
                "development: no development ID outlives the project", 422)
    tap.refused(lambda: apply(ito, "development", {**whole, "name": "外へ", "outside": True}), "register.field_missing",
                "development: work given outside has its contract", 422)
    tap.refused(lambda: apply(ito, "development", without({**whole, "name": "規則なし"}, "rules")), "register.field_missing",
                "development: rules come before work", 422)
    record = apply(ito, "development", whole)
    tap.refused(lambda: step(ito, record, "decide", "decide"), "register.apart", "development: not who asks", 403)
    tap.refused(lambda: step(who["ishibashi"], record, "decide", "decide"), "register.not_candidate",
                "development: the system manager decides", 403)
    step(system, record, "decide", "decide")
    tap.ok(state(ito, record) == "current", "development: it begins")
    tap.refused(lambda: write(ito, record, maker_tests=[tested(town, "mock", "real")]), "register.check",
                "development: never tried with real people's data", 422)
    write(ito, record, maker_tests=[tested(town, "mock")], ids_removed=day(town))
    ready = {"web_flaws": sheet(*FLAWS), "ready": sheet("apart", "steps", "available", "papers")}
    tap.refused(lambda: write(ito, record, **ready), "register.check", "development: the maker's word alone does not make it ready", 422)
    write(ito, record, user_tests=[tested(town)])
    tap.refused(lambda: write(ito, record, ready=ready["ready"]), "register.field_missing", "development: nor without a look for web flaws",
                422)
    tap.refused(lambda: move(ito, record, "go_live"), "register.field_missing", "development: it does not go live unready", 422)
    write(ito, record, **ready)
    move(ito, record, "go_live")
    tap.ok(item(system, record).get("kind") == "decide", "development: tried by both, it asks to go live")
    step(system, record, "decide", "decide")
    tap.ok(state(ito, record) == "live" and marks(ito, record) == ["決", "決"], "development: it is live")

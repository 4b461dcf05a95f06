"""procedure_document: decided by the chief, of a system by its manager; who may read it reads it; its review comes up."""
from records import apply, day, field, marks, move, state, step, told, until, without


def rules(town, **more):
    return {"title": "情報資産の持出し手順", "kind": "common", "edition": "第1版", "counts_from": day(town), "place": "総務課 書庫3段目",
            "readers": "everyone", "review_on": day(town, 55), **more}


def run(town, who, tap):
    writer, chief = who["takahashi"], who["ishibashi"]
    record = apply(writer, "procedure_document", rules(town))
    tap.refused(lambda: step(writer, record, "decide", "decide"), "register.apart", "procedure_document: not by who wrote it", 403)
    tap.refused(lambda: step(who["watanabe"], record, "decide", "senketsu"), "not_found",
                "procedure_document: a common one does not come to the system manager", 404)
    tap.refused(lambda: who["sato"].get(f"records/{record}"), "not_found", "procedure_document: a draft is not read by everybody", 404)
    step(chief, record, "decide", "decide")
    tap.ok(field(who["sato"], record, "place") == "総務課 書庫3段目", "procedure_document: what counts is read by everybody")
    tap.refused(lambda: apply(writer, "procedure_document", without(rules(town, title="別の手順"), "place")), "register.field_missing",
                "procedure_document: a file, or where it is", 422)
    cloud = rules(town, title="クラウドの規程案", kind="cloud", readers="managers")
    tap.refused(lambda: apply(writer, "procedure_document", cloud), "register.field_missing",
                "procedure_document: rules for the cloud say what they lay down", 422)
    few = apply(writer, "procedure_document", {**cloud, "title": "クラウド利用の規程", "covers": "利用の判断基準、選定、許可者、終了時の扱い"})
    step(chief, few, "decide", "decide")
    tap.ok(field(who["yamazaki"], few, "covers"), "procedure_document: for managers, a manager of another section reads it")
    tap.refused(lambda: who["sato"].get(f"records/{few}"), "not_found", "procedure_document: a clerk does not", 404)
    system = apply(who["ito"], "system", {
        "name": "文書管理(手順)", "purpose": "文書", "manager": who["watanabe"].get("session")["person"]["id"], "zone": "lgwan", "specific": False,
        "confidentiality": "2", "integrity": "2", "availability": "1", "restore_hours": 100, "place": "電算室", "since": day(town)})
    step(who["watanabe"], system, "manager", "approve")
    own = apply(who["ito"], "procedure_document", rules(town, title="文書管理の運用手順", kind="system", system=system, readers="managers"))
    step(who["watanabe"], own, "decide", "senketsu")
    tap.ok(state(who["ito"], own) == "current" and marks(who["ito"], own) == ["専"],
           "procedure_document: the procedure of a system is decided by its manager", marks(who["ito"], own))
    tap.refused(lambda: move(who["sato"], record, "retire", "古い"), "register.not_candidate",
                "procedure_document: a reader does not retire it", 403)
    return record


def later(town, who, tap, record):
    tap.ok(until(lambda: "due" in told(who["ishibashi"], record)), "procedure_document: before its review the chief is told",
           told(who["ishibashi"], record))

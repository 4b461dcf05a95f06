"""document_store: few may know that it is there, fewer where."""
from records import apply, day, edit, field, me, move, state, step


def paper(town, name, **more):
    return {"name": name, "kind": "map", "edition": "2026-1", "dated": day(town, -3), "place": "電算室 耐火金庫", **more}


def listed(person):
    return [i["id"] for i in person.get("registers/document_store/records")["items"]]


def run(town, who, tap):
    operator, manager = who["ito"], who["watanabe"]
    tap.refused(lambda: apply(operator, "document_store", paper(town, "仕様書", kind="spec")), "register.field_missing",
                "document_store: a specification is of a system", 422)
    tap.refused(lambda: apply(operator, "document_store", paper(town, "未来", dated=day(town, 9))), "register.check",
                "document_store: nothing is dated ahead", 422)
    record = apply(operator, "document_store", paper(town, "全庁ネットワーク図", readers=[me(who["hasegawa"]), me(who["kobayashi"])]))
    tap.refused(lambda: step(operator, record, "decide", "decide"), "register.apart", "document_store: not by who put it there", 403)
    tap.refused(lambda: who["kobayashi"].get(f"records/{record}"), "not_found", "document_store: undecided, a reader does not see it", 404)
    step(manager, record, "decide", "decide")
    tap.ok(field(who["kobayashi"], record, "place") == "電算室 耐火金庫", "document_store: who is named reads it")
    tap.refused(lambda: who["ogawa"].get(f"records/{record}"), "not_found", "document_store: her manager does not", 404)
    tap.refused(lambda: who["sato"].get("registers/document_store/records?where=kind+%3D+map&f.place=x"), "register.query",
                "document_store: nor does a filter tell where it is", 422)
    tap.ok(record in listed(operator) and record not in listed(who["sato"]), "document_store: lists keep to that")
    tap.refused(lambda: move(who["ishibashi"], record, "amend_for"), "register.not_candidate",
                "document_store: the chief reads, the system manager changes", 403)
    move(operator, record, "amend")
    edit(operator, record, {"readers": []})
    move(operator, record, "submit_change")
    step(manager, record, "decide", "approve_change")
    tap.refused(lambda: who["kobayashi"].get(f"records/{record}"), "not_found", "document_store: taken off the readers, it is gone for her", 404)
    tap.ok(state(operator, record) == "current", "document_store: the operator still has it")

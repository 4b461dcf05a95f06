"""fault_record: anybody reports, the operators deal with it, and it is closed by another than who asked for that."""
from records import at, draft, field, move, shown, state, step, told

NAME = "fault_record"


def fields(town, **more):
    return {"noticed_at": at(town, -2), "system": "住民情報システム", "effect": "partly", "affected": "窓口の証明書", "what": "印刷が止まった", **more}


def edit(person, record, values):
    return person.post(f"records/{record}/edit", shown(person, record, fields=values))


def run(town, who, tap):
    sato, ito, manager = who["sato"], who["ito"], who["watanabe"]
    half = fields(town)
    del half["affected"]
    bare = draft(sato, NAME, half)
    tap.refused(lambda: move(ito, bare, "assess"), "register.field_missing", f"{NAME}: work that is hindered is named", 422)
    record = draft(sato, NAME, fields(town))
    tap.ok(may(sato, record, "assess") is False, f"{NAME}: who reports it does not judge it")
    move(ito, record, "assess")
    move(ito, record, "act")
    tap.refused(lambda: move(ito, record, "find"), "register.field_missing", f"{NAME}: what was done is said before the cause", 422)
    tap.refused(lambda: edit(ito, record, {**fields(town), "restored_at": at(town, -9), "measures": "再起動した"}), "register.check",
                f"{NAME}: it was not restored before it was noticed", 422)
    edit(ito, record, {**fields(town), "measures": "再起動した", "cause": "記憶の不足", "prevention": "記憶を増やす"})
    move(ito, record, "find")
    tap.refused(lambda: move(ito, record, "finish"), "register.field_missing", f"{NAME}: not closed before it is restored", 422)
    edit(ito, record, {**fields(town), "restored_at": at(town, -1), "measures": "再起動した", "cause": "記憶の不足", "prevention": "記憶を増やす"})
    move(ito, record, "finish")
    tap.refused(lambda: step(ito, record, "close", "decide"), "register.apart", f"{NAME}: who asked to close it does not close it", 403)
    step(manager, record, "close", "reject", "原因の裏付けがない")
    tap.ok(state(ito, record) == "acting", f"{NAME}: the system manager may have it dealt with further")
    move(ito, record, "find")
    move(ito, record, "finish")
    step(manager, record, "close", "decide")
    tap.ok(state(sato, record) == "closed" and field(sato, record, "cause") == "記憶の不足", f"{NAME}: closed, the reporter reads the cause")
    tap.ok(move(manager, record, "reopen", "また止まった")["state"] == "acting", f"{NAME}: it can be taken up again")
    return draft(sato, NAME, fields(town, effect="stopped"))


def may(person, record, name):
    return {m["name"]: m["allowed"] for m in person.get(f"records/{record}")["moves"]}.get(name, False)


def later(town, who, tap, left):
    tap.ok(state(who["ito"], left) == "reported" and "late" in told(who["watanabe"], left),
           f"{NAME}: a fault nobody took up is late, the system manager knows", told(who["watanabe"], left))

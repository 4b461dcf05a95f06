"""room_inspection: answered on the spot, seen by the system manager and the chief, closed when its findings are mended."""
from records import apply, day, draft, field, id_of, may_not, move, sheet, state, step, told, without

NAME = "room_inspection"


def fields(town, who, no=()):
    return {"room": "電算室", "day": day(town), "sheet": sheet(who["ito"], NAME, "sheet", no),
            "findings": [{"what": "ケーブルの覆いが割れている", "owner": id_of(who["ito"]), "due": day(town, 14)}]}


def seen(who, record):
    step(who["watanabe"], record, "manager", "approve")
    return step(who["ishibashi"], record, "decide", "decide")


def run(town, who, tap):
    ito = who["ito"]
    good = without(fields(town, who), "findings")
    part = {**good, "sheet": dict(list(good["sheet"].items())[:5])}
    tap.refused(lambda: apply(ito, NAME, part, "answer"), "register.field_rows", f"{NAME}: each row is answered", 422)
    bad = without(fields(town, who, ("cables",)), "findings")
    tap.refused(lambda: apply(ito, NAME, bad, "answer"), "register.field_missing", f"{NAME}: a row answered no needs a finding", 422)
    tomorrow = {**good, "day": day(town, 1)}
    tap.refused(lambda: apply(ito, NAME, tomorrow, "answer"), "register.check", f"{NAME}: nothing is inspected tomorrow", 422)
    record = apply(ito, NAME, fields(town, who, ("cables", "doors")), "answer")
    tap.refused(lambda: step(who["ishibashi"], record, "decide", "decide"), "register.not_open",
                f"{NAME}: the chief does not pass over the system manager")
    tap.ok(seen(who, record)["state"] == "mending", f"{NAME}: both have seen it, its findings are to be mended")
    tap.ok(may_not(ito, record, "clean") == "register.if", f"{NAME}: with findings it is not closed as clean", may_not(ito, record, "clean"))
    tap.refused(lambda: move(ito, record, "mended"), "register.field_missing", f"{NAME}: how it was mended is said", 422)
    tap.ok(move(ito, record, "mended", fields={"mended": "覆いを替えた"})["state"] == "confirmed", f"{NAME}: mended, it is closed")
    tap.ok(field(who["hasegawa"], record, "mended") == "覆いを替えた", f"{NAME}: the auditor reads how")
    clean = apply(ito, NAME, good, "answer")
    seen(who, clean)
    tap.ok(move(ito, clean, "clean")["state"] == "confirmed", f"{NAME}: without findings it is closed at once")
    tap.refused(lambda: who["nakamura"].get(f"records/{record}"), "not_found", f"{NAME}: it is not for other sections", 404)
    left = apply(ito, NAME, fields(town, who, ("fire",)), "answer")
    seen(who, left)
    return left


def later(town, who, tap, left):
    tap.ok(state(who["ito"], left) == "mending" and "late" in told(who["ito"], left) and "late" in told(who["ishibashi"], left),
           f"{NAME}: findings left unmended are late, its people know", (told(who["ito"], left), told(who["ishibashi"], left)))

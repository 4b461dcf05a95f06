"""room_moving: allowed before anything is moved, reported afterwards; without the report it is late."""
from records import apply, at, draft, field, id_of, move, state, step, term, told, without

NAME = "room_moving"


def fields(town, who, **more):
    return {"area": "電算室", "direction": "remove", "items": [{"name": "ファイルサーバ", "count": 1, "memory": True}],
            "erased": "事業者の前で職員が消し、証明を受け取る", "impact": "停止の後に外す。ほかへの影響はない", "vendor": "見本保守株式会社",
            "attendant": id_of(who["ito"]), "term": term(town, 0, 3), **more}


def run(town, who, tap):
    ito, manager = who["ito"], who["watanabe"]
    tap.refused(lambda: apply(ito, NAME, without(fields(town, who), "impact")), "register.field_missing",
                f"{NAME}: what it does to running systems is said before", 422)
    tap.refused(lambda: apply(ito, NAME, without(fields(town, who), "erased")), "register.field_missing",
                f"{NAME}: memory that leaves is accounted for", 422)
    tap.refused(lambda: apply(ito, NAME, fields(town, who, direction="bring")), "register.field_hidden",
                f"{NAME}: nothing is erased of what comes in", 422)
    record = apply(ito, NAME, fields(town, who))
    tap.refused(lambda: step(who["sato"], record, "decide", "decide"), "not_found", f"{NAME}: not by just anybody", 404)
    tap.refused(lambda: move(ito, record, "finish", fields={"done_at": at(town), "result": "済"}), "register.move",
                f"{NAME}: nothing is moved before it is allowed", 409)
    step(manager, record, "decide", "decide")
    tap.ok(state(ito, record) == "in_force", f"{NAME}: the system manager allows it")
    tap.refused(lambda: move(ito, record, "finish"), "register.field_missing", f"{NAME}: it does not end without its result", 422)
    done = move(ito, record, "finish", fields={"done_at": at(town), "result": "予定どおり"})
    tap.ok(done["state"] == "closed" and field(manager, record, "result") == "予定どおり", f"{NAME}: reported, it is closed")
    new = apply(ito, NAME, without(fields(town, who, direction="bring"), "erased"))
    step(manager, new, "decide", "decide")
    return new


def later(town, who, tap, new):
    ito = who["ito"]
    tap.ok(state(ito, new) == "unreported" and "due" in told(ito, new), f"{NAME}: its days over, the report is missing",
           (state(ito, new), told(ito, new)))
    tap.ok(move(ito, new, "finish", fields={"done_at": at(town, -900), "result": "遅れて報告"})["state"] == "closed",
           f"{NAME}: the late report closes it")

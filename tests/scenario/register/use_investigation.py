"""use_investigation: ordered by the CISO alone, for a short term; the person concerned sees nothing."""
from cases import asked, seen_fields, until, whose
from records import apply, draft, move, state, step, term


def fields(town, who, **more):
    return {"subject": whose(who["nakamura"]), "ground": "深夜の大量の送信", "logs": ["mail", "web"], "span": term(town, -30, -1),
            "term": term(town, 0, 14), "investigator": whose(who["watanabe"]), **more}


def run(town, who, tap):
    chief, ciso = who["ishibashi"], who["mori"]
    record = apply(chief, "use_investigation", fields(town, who))
    tap.refused(lambda: step(chief, record, "decide", "decide"), "register.apart", "use_investigation: not ordered by who asks", 403)
    tap.refused(lambda: who["nakamura"].get(f"records/{record}"), "not_found", "use_investigation: the person concerned sees nothing", 404)
    tap.refused(lambda: who["ogawa"].get(f"records/{record}"), "not_found", "use_investigation: nor does her manager", 404)
    step(ciso, record, "decide", "decide")
    tap.ok(state(chief, record) == "in_force" and "ground" in seen_fields(ciso, record), "use_investigation: ordered, it is in force")
    tap.refused(lambda: apply(chief, "use_investigation", fields(town, who, investigator=whose(who["nakamura"]))), "register.check",
                "use_investigation: nobody investigates herself", 422)
    tap.refused(lambda: apply(chief, "use_investigation", fields(town, who, term=term(town, 0, 90))), "register.check",
                "use_investigation: it lasts a month at most", 422)
    tap.refused(lambda: move(chief, record, "finish"), "register.field_missing", "use_investigation: it ends with its result", 422)
    asked(chief, record, "finish", result="不正は認められなかった")
    tap.ok(state(chief, record) == "closed", "use_investigation: closed with what was found")
    open_ = apply(chief, "use_investigation", fields(town, who))
    step(ciso, open_, "decide", "decide")
    draft(chief, "use_investigation", fields(town, who))
    return open_


def later(town, who, tap, record):
    tap.ok(until(lambda: state(who["ishibashi"], record) == "closed"), "use_investigation: past its term nobody may look any more")

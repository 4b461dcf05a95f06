"""emergency_plan: what it must hold, its drill, and the day it is looked through."""
from cases import paper, until
from records import apply, day, state, step

ROWS = ("contacts", "reports", "response", "prevention", "continuity")


def fields(town, edition, **more):
    return {"edition": edition, "plan": paper("緊急時対応計画.pdf"), "parts": {row: {"answer": "yes"} for row in ROWS},
            "drilled_on": day(town, -60), "review_on": day(town, 20), **more}


def run(town, who, tap):
    ito, chief, ciso = who["ito"], who["ishibashi"], who["mori"]
    record = apply(ito, "emergency_plan", fields(town, "第1版"))
    tap.refused(lambda: step(ciso, record, "decide", "decide"), "register.not_open", "emergency_plan: the chief's step is not skipped", 409)
    tap.refused(lambda: step(ito, record, "chief", "approve"), "register.apart", "emergency_plan: not approved by who wrote it", 403)
    tap.refused(lambda: who["sato"].get(f"records/{record}"), "not_found", "emergency_plan: before it counts the staff does not see it", 404)
    step(chief, record, "chief", "approve")
    step(ciso, record, "decide", "decide")
    tap.ok(state(who["sato"], record) == "current", "emergency_plan: decided, everybody may read it")
    missing = fields(town, "第2版")
    del missing["parts"]["prevention"]
    tap.refused(lambda: apply(ito, "emergency_plan", missing), "register.field_rows", "emergency_plan: each part is answered", 422)
    bare = fields(town, "第3版")
    del bare["drilled_on"]
    tap.refused(lambda: apply(ito, "emergency_plan", bare), "register.field_missing", "emergency_plan: without a drill it says why", 422)
    tap.refused(lambda: apply(ito, "emergency_plan", fields(town, "第1版")), "register.field_taken", "emergency_plan: an edition stands once", 422)
    return record


def later(town, who, tap, record):
    tap.ok(until(lambda: state(who["ito"], record) == "amending"), "emergency_plan: on its day it is to be looked through")

"""carry_permit: asked for, allowed by the section's manager, ended by its term."""
from records import apply, day, field, item, marks, state, step, term


def fields(town, **more):
    return {"assets": "住民票の写し 20件", "class": "2", "from": "住民課", "to": "県庁", "means": "公用車", "locked": True,
            "encrypted": True, "term": term(town, 0, 7), **more}


def run(town, who, tap):
    sato, manager = who["sato"], who["yamazaki"]
    record = apply(sato, "carry_permit", fields(town))
    tap.ok(item(manager, record).get("kind") == "decide", "carry_permit: it waits for the section's manager")
    tap.refused(lambda: step(sato, record, "decide", "decide"), "register.apart", "carry_permit: not by who asked", 403)
    step(manager, record, "decide", "decide")
    tap.ok(state(sato, record) == "in_force" and marks(sato, record) == ["決"], "carry_permit: allowed, it is in force")
    missing = fields(town)
    del missing["means"]
    tap.refused(lambda: apply(sato, "carry_permit", missing), "register.field_missing", "carry_permit: how it is carried must be said",
                422)
    tap.ok(field(manager, record, "term")["until"] == day(town, 7), "carry_permit: the term stands as asked")
    return record


def later(town, who, tap, record):
    tap.ok(state(who["sato"], record) == "closed", "carry_permit: past its term it is closed")

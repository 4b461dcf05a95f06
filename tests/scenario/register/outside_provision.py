"""outside_provision: given out under its manager's permit, encrypted or with a reason, and what was given is written."""
from records import apply, day, edit, field, granted, move, state, step, term, without


def fields(town, **more):
    return {"receiver": "見本県 統計課", "purpose": "住民基礎調査の集計", "content": "年齢別の人数の表", "class": "2", "means": "link", "times": 3,
            "encrypted": True, "personal_data": False, "term": term(town, 0, 30), **more}


def run(town, who, tap):
    sato, manager = who["sato"], who["yamazaki"]
    record = apply(sato, "outside_provision", fields(town))
    tap.refused(lambda: step(who["ogawa"], record, "decide", "decide"), "not_found",
                "outside_provision: another section's manager has no say", 404)
    step(manager, record, "decide", "decide")
    tap.ok(state(sato, record) == "in_force", "outside_provision: the section's manager allows it")
    tap.refused(lambda: move(sato, record, "finish"), "register.field_missing", "outside_provision: not ended without saying what was given",
                422)
    edit(sato, record, given=f"{day(town)} 一回目")
    tap.ok(field(manager, record, "given").endswith("一回目") and state(sato, record) == "in_force",
           "outside_provision: what was given is written while it is in force")
    tap.refused(lambda: edit(sato, record, receiver="別の会社"), "register.not_candidate", "outside_provision: but its receiver stays as it was allowed", 403)
    move(sato, record, "finish", fields={"given": f"{day(town)} 三回すべて"})
    tap.ok(state(sato, record) == "closed", "outside_provision: it is ended with what was given")
    tap.refused(lambda: apply(sato, "outside_provision", fields(town, encrypted=False)), "register.field_missing",
                "outside_provision: in the clear only with a reason", 422)
    tap.refused(lambda: apply(sato, "outside_provision", fields(town, personal_data=True)), "register.field_missing",
                "outside_provision: what tells of people needs its contract or law", 422)
    paper = apply(sato, "outside_provision", without(fields(town, means="paper"), "encrypted"))
    tap.ok(state(sato, paper) == "pending", "outside_provision: paper is not asked whether it is encrypted")
    return granted(sato, "outside_provision", fields(town), (manager, "decide", "decide"))


def later(town, who, tap, record):
    tap.ok(state(who["sato"], record) == "closed", "outside_provision: past its term nothing may be given")

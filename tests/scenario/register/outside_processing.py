"""outside_processing: work outside with its measures, on devices and papers that have permits of their own."""
from records import apply, draft, field, granted, state, step, term, without

OUT = {"items": [{"kind": "terminal", "label": "PC-0044", "data": True, "encrypted": True}], "class": "2", "place": "自宅", "purpose": "在宅勤務",
       "guard": "施錠した机に置く"}


def fields(town, **more):
    return {"work": "議案の下書き", "class": "2", "place": "home", "device": "issued", "takes_out": False, "measures": "個室で行い、画面を家族に見せない",
            "phone": "090-0000-0001", "term": term(town, 0, 20), **more}


def run(town, who, tap):
    sato, manager = who["sato"], who["yamazaki"]
    tap.refused(lambda: apply(sato, "outside_processing", without(fields(town), "measures")), "register.field_missing",
                "outside_processing: no permit without measures", 422)
    tap.refused(lambda: apply(sato, "outside_processing", fields(town, takes_out=True)), "register.field_missing",
                "outside_processing: what is taken along needs its own permit named", 422)
    tap.refused(lambda: apply(sato, "outside_processing", fields(town, place="other")), "register.field_missing",
                "outside_processing: another place must be said", 422)
    taken = apply(sato, "carry_out", {**OUT, "term": term(town, 0, 20)})
    record = apply(sato, "outside_processing", fields(town, takes_out=True, carry_permit=taken))
    tap.ok(field(manager, record, "carry_permit") == taken, "outside_processing: the manager sees which permit it leans on")
    tap.refused(lambda: draft(who["nakamura"], "outside_processing", fields(town, takes_out=True, carry_permit=taken)), "register.field_ref",
                "outside_processing: the permit of somebody else cannot be named", 422)
    tap.refused(lambda: step(sato, record, "decide", "decide"), "register.apart", "outside_processing: not by who asked", 403)
    step(manager, record, "decide", "decide")
    tap.ok(state(sato, record) == "in_force", "outside_processing: the manager allows it")
    tap.ok(field(manager, record, "phone") == "090-0000-0001" and field(who["hasegawa"], record, "phone") is None,
           "outside_processing: her phone is for the section, not for the auditor")
    return record


def later(town, who, tap, record):
    tap.ok(state(who["sato"], record) == "closed", "outside_processing: with its term it is over")

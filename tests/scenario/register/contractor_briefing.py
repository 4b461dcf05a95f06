"""contractor_briefing: the contractor and all it passes work to are told; the names are for those who need them."""
from records import day, draft, field, item, sheet, state, step, told, without

NAME = "contractor_briefing"


def fields(town, who, **more):
    return {"vendor": "見本保守株式会社", "contract": "令8契-12 住民情報システム保守", "day": day(town), "told": sheet(who["sato"], NAME, "told"),
            "passes_on": True, "subcontractors": [{"name": "見本配送株式会社", "told": True}],
            "present": [{"name": "松本 次郎", "company": "見本保守株式会社"}], "paper_at": "住民課の書庫", **more}


def run(town, who, tap):
    sato, manager = who["sato"], who["yamazaki"]
    tap.refused(lambda: draft(sato, NAME, fields(town, who, subcontractors=[{"name": "見本配送株式会社", "told": False}])),
                "register.check", f"{NAME}: a subcontractor that was not told does not pass", 422)
    tap.refused(lambda: draft(sato, NAME, without(fields(town, who), "subcontractors")), "register.field_missing",
                f"{NAME}: work that is passed on names to whom", 422)
    tap.refused(lambda: draft(sato, NAME, fields(town, who, passes_on=False)), "register.field_hidden",
                f"{NAME}: without passing on there is no subcontractor", 422)
    tap.refused(lambda: draft(sato, NAME, fields(town, who, day=day(town, 3))), "register.check",
                f"{NAME}: nobody was told in three days' time", 422)
    record = draft(sato, NAME, fields(town, who))
    tap.ok(item(manager, record).get("kind") == "decide", f"{NAME}: the section's manager checks it")
    tap.refused(lambda: step(sato, record, "decide", "decide"), "register.apart", f"{NAME}: not who told them", 403)
    tap.ok(field(manager, record, "present") is not None and field(who["takahashi"], record, "present") is None and
           field(who["takahashi"], record, "vendor") is not None,
           f"{NAME}: the department officer reads the record, not the names")
    step(manager, record, "decide", "decide")
    tap.ok(state(sato, record) == "checked", f"{NAME}: checked")
    return draft(sato, NAME, fields(town, who, amends=record))


def later(town, who, tap, left):
    tap.ok(state(who["sato"], left) == "entered" and "late" in told(who["yamazaki"], left),
           f"{NAME}: unchecked for weeks it is late", told(who["yamazaki"], left))

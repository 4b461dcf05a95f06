"""outside_equipment: the CISO decides on a guarded place, and what is found there is written down."""
from records import apply, day, edit, field, item, state, step, term, without

GUARD = {key: {"answer": "yes"} for key in ("locked", "entry", "disaster", "power", "line")}


def fields(town, **more):
    return {"device": "控えの保管装置", "use": "災害に備えた控えの置き場所", "class": "3", "place": "見本県見本市1-1 第2棟", "keeper": "見本データセンター",
            "contract": "契約 令7-44", "guard": GUARD, "term": term(town, 0, 900), **more}


def run(town, who, tap):
    sato, manager, ciso = who["sato"], who["yamazaki"], who["mori"]
    tap.refused(lambda: apply(sato, "outside_equipment", without(fields(town), "guard")), "register.field_missing",
                "outside_equipment: how the place is guarded must be answered", 422)
    record = apply(sato, "outside_equipment", fields(town))
    tap.refused(lambda: step(ciso, record, "decide", "decide"), "register.not_open", "outside_equipment: the CISO does not come before the manager", 409)
    step(manager, record, "manager", "approve")
    tap.refused(lambda: step(manager, record, "decide", "decide"), "register.not_candidate", "outside_equipment: the manager does not decide", 403)
    tap.ok(item(ciso, record).get("kind") == "decide", "outside_equipment: it waits for the CISO")
    step(ciso, record, "decide", "decide")
    tap.ok(state(sato, record) == "in_force", "outside_equipment: the CISO allows it")
    tap.refused(lambda: edit(sato, record, checks=[{"day": day(town), "how": "現地", "result": "bad"}]), "register.check",
                "outside_equipment: what was found wrong must be said", 422)
    tap.refused(lambda: edit(sato, record, checks=[{"day": day(town, 5), "how": "現地", "result": "good"}]), "register.check",
                "outside_equipment: a check yet to come is none", 422)
    edit(sato, record, checks=[{"day": day(town), "how": "現地", "result": "bad", "note": "扉の鍵を交換した"}])
    tap.ok(field(who["hasegawa"], record, "checks")[0]["result"] == "bad", "outside_equipment: the auditor reads what was found")
    tap.ok(field(who["takahashi"], record, "place") is None, "outside_equipment: where it stands is not for everybody")
    return record


def later(town, who, tap, record):
    tap.ok(state(who["sato"], record) == "in_force", "outside_equipment: it stands for its term")

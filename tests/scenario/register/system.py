"""system: its manager answers for what is written, then the chief decides; what holds specific information stands apart."""
from records import apply, day, edit, field, item, marks, me, move, state, step


def entry(town, who, name, **more):
    return {"name": name, "purpose": "課税と収納", "manager": me(who["watanabe"]), "zone": "mynumber", "specific": True,
            "confidentiality": "3", "integrity": "2", "availability": "2", "restore_hours": 24, "backup": "毎晩、別棟へ",
            "place": "電算室", "since": day(town, -900),
            "software": [{"product": "税務パッケージ", "edition": "5.2", "support_end": day(town, 700)}], **more}


def run(town, who, tap):
    operator, manager, chief = who["ito"], who["watanabe"], who["ishibashi"]
    tap.refused(lambda: apply(operator, "system", entry(town, who, "税(区間違い)", zone="internet")), "register.check",
                "system: specific information does not stand in the internet zone", 422)
    bare = {k: v for k, v in entry(town, who, "税(控えなし)").items() if k != "backup"}
    tap.refused(lambda: apply(operator, "system", bare), "register.field_missing", "system: what must run again soon says how it is backed up", 422)
    record = apply(operator, "system", entry(town, who, "税務情報システム"))
    tap.refused(lambda: step(chief, record, "decide", "decide"), "register.not_open", "system: the chief does not go before its manager")
    tap.refused(lambda: step(operator, record, "manager", "approve"), "register.apart", "system: not by who wrote it", 403)
    step(manager, record, "manager", "approve")
    tap.ok(item(chief, record).get("kind") == "decide", "system: then it lies on the chief's desk")
    step(chief, record, "decide", "decide")
    tap.ok(marks(operator, record) == ["認", "決"], "system: approved and decided", marks(operator, record))
    own = apply(manager, "system", entry(town, who, "住民記録システム"))
    tap.ok(item(chief, own).get("kind") == "decide", "system: written by its manager, it goes to the chief at once")
    tap.refused(lambda: who["sato"].get(f"records/{record}"), "not_found", "system: a clerk elsewhere does not see it", 404)
    tap.refused(lambda: edit(operator, record, {"restore_hours": 1}), "register.move", "system: what counts is not edited", 409)
    move(operator, record, "amend")
    edit(operator, record, {"restore_hours": 12})
    move(operator, record, "submit_change")
    step(manager, record, "manager", "approve")
    step(chief, record, "decide", "approve_change")
    tap.ok(state(chief, record) == "current" and field(chief, record, "restore_hours") == 12, "system: a change goes the same way")

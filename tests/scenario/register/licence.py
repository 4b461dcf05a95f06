"""licence: never more installed than bought; for a section its manager decides, for a system the system manager."""
from records import apply, day, edit, field, marks, me, move, state, step, told, until, without


def licence(town, number, **more):
    return {"product": "文書作成ソフト", "edition": "2024", "contract_no": number, "bought": 5, "installed": 3, "where": "住民課の端末 3台", "kind": "bought",
            "support_end": day(town, 120), **more}


def run(town, who, tap):
    clerk, manager = who["sato"], who["yamazaki"]
    tap.refused(lambda: apply(clerk, "licence", licence(town, "L-0", installed=6)), "register.check", "licence: not more than were bought", 422)
    tap.refused(lambda: apply(clerk, "licence", licence(town, "L-00", kind="yearly")), "register.field_missing",
                "licence: one for a term has its end", 422)
    tap.refused(lambda: apply(clerk, "licence", without(licence(town, "L-000"), "where")), "register.field_missing",
                "licence: what is installed is somewhere", 422)
    record = apply(clerk, "licence", licence(town, "L-1"))
    tap.refused(lambda: step(clerk, record, "decide", "decide"), "register.apart", "licence: not by who enters it", 403)
    tap.refused(lambda: step(who["watanabe"], record, "decide", "senketsu"), "not_found", "licence: a section's own is not the system manager's", 404)
    step(manager, record, "decide", "decide")
    tap.ok(marks(clerk, record) == ["決"], "licence: the section's manager decides")
    tap.refused(lambda: apply(who["nakamura"], "licence", licence(town, "L-1")), "register.field_taken", "licence: a certificate counts once", 422)
    move(clerk, record, "amend")
    tap.refused(lambda: edit(clerk, record, {"installed": 9}), "register.check", "licence: nor in a change", 422)
    edit(clerk, record, {"installed": 5})
    move(clerk, record, "submit_change")
    step(manager, record, "decide", "approve_change")
    tap.ok(field(manager, record, "installed") == 5 and state(clerk, record) == "current", "licence: a change is decided like the entry")
    system = apply(who["ito"], "system", {
        "name": "文書作成サーバ", "purpose": "文書", "manager": me(who["watanabe"]), "zone": "lgwan", "specific": False, "confidentiality": "2",
        "integrity": "1", "availability": "1", "restore_hours": 100, "place": "電算室", "since": day(town)})
    server = apply(who["ito"], "licence", licence(town, "L-2", system=system, where="サーバ"))
    step(who["watanabe"], server, "decide", "senketsu")
    tap.ok(marks(who["ito"], server) == ["専"], "licence: that of a system is decided by its manager", marks(who["ito"], server))
    return record


def later(town, who, tap, record):
    tap.ok(until(lambda: "due" in told(who["sato"], record)), "licence: before the support ends its keeper is told", told(who["sato"], record))

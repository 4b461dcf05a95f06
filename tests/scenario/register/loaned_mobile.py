"""loaned_mobile: lent by the system manager, back and looked at, or lost and wiped."""
from records import apply, comes_to, day, granted, identity, moment, move, state, step, term


def fields(town, label, **more):
    return {"label": label, "model": "見本タブレット 10", "line": True, "phone": "080-0000-0031", "purpose": "現場の確認", "encrypted": True, "lock": True,
            "wipe": True, "term": term(town, 0, 20), **more}


def run(town, who, tap):
    sato, system, ito = who["sato"], who["watanabe"], who["ito"]
    tap.refused(lambda: apply(sato, "loaned_mobile", fields(town, "T-8", encrypted=False)), "register.check", "loaned_mobile: never in the clear", 422)
    tap.refused(lambda: apply(sato, "loaned_mobile", fields(town, "T-9", wipe=False)), "register.field_missing",
                "loaned_mobile: what cannot be wiped needs something instead", 422)
    record = apply(sato, "loaned_mobile", fields(town, "T-1"))
    tap.refused(lambda: apply(sato, "loaned_mobile", fields(town, "T-1")), "register.field_taken", "loaned_mobile: one device is not lent twice", 422)
    tap.refused(lambda: step(who["yamazaki"], record, "decide", "decide"), "register.not_candidate", "loaned_mobile: the section does not lend it", 403)
    step(system, record, "decide", "decide")
    move(sato, record, "finish", fields={"returned_on": day(town)})
    tap.refused(lambda: move(ito, record, "passed", fields={"clean": False}), "register.check", "loaned_mobile: infected, it does not pass", 422)
    move(ito, record, "passed", fields={"clean": True})
    tap.ok(state(sato, record) == "closed", "loaned_mobile: looked at, it is closed")
    lost = granted(sato, "loaned_mobile", fields(town, "T-2", user=identity(who["yamazaki"])), (system, "decide", "decide"))
    move(who["yamazaki"], lost, "report_loss", fields={"lost_at": moment(town, -1)})
    tap.refused(lambda: move(ito, lost, "wiped", fields={"wiped_at": moment(town, -3)}), "register.check",
                "loaned_mobile: it was not wiped before it was lost", 422)
    move(ito, lost, "wiped", fields={"wiped_at": moment(town, 0)})
    tap.ok(state(sato, lost) == "closed", "loaned_mobile: its user reports it lost, it is wiped and closed")
    return granted(sato, "loaned_mobile", fields(town, "T-3"), (system, "decide", "decide"))


def later(town, who, tap, record):
    seen = comes_to(who["sato"], record, "overdue")
    tap.ok(seen == "overdue", "loaned_mobile: not back in time, it is overdue", seen)

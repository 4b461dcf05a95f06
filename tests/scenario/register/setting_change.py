"""setting_change: a setting is other than usual for a time, and somebody of the systems sees it put back."""
from records import apply, comes_to, day, field, granted, move, notices, state, step, term


def fields(town, **more):
    return {"terminal": "PC-0102", "kind": "browser", "setting": "ポップアップの遮断", "old": "有効", "new": "無効", "reason": "県の様式が別窓で開くため",
            "term": term(town, 0, 14), **more}


def run(town, who, tap):
    sato, manager, ito = who["sato"], who["yamazaki"], who["ito"]
    tap.refused(lambda: apply(sato, "setting_change", fields(town, new="有効")), "register.check", "setting_change: to what it was is no change", 422)
    tap.refused(lambda: apply(sato, "setting_change", fields(town, offline=True)), "register.field_hidden",
                "setting_change: the network is asked for malware protection only", 422)
    tap.refused(lambda: apply(sato, "setting_change", fields(town, kind="malware", offline=False)), "register.field_missing",
                "setting_change: protection off on the network needs something instead", 422)
    off = apply(sato, "setting_change", fields(town, kind="malware", offline=True))
    tap.ok(field(manager, off, "offline") is True, "setting_change: off the network it may be asked for without")
    record = granted(sato, "setting_change", fields(town), (manager, "decide", "decide"))
    move(sato, record, "finish", fields={"restored_on": day(town)})
    tap.refused(lambda: move(manager, record, "check_setting"), "register.not_candidate", "setting_change: the section does not look at its own terminal", 403)
    move(ito, record, "still_changed", "無効のままだった")
    tap.ok(state(sato, record) == "overdue", "setting_change: still changed, it is open again")
    move(sato, record, "finish", fields={"restored_on": day(town)})
    move(ito, record, "check_setting")
    tap.ok(state(sato, record) == "closed", "setting_change: put back and seen")
    return granted(sato, "setting_change", fields(town), (manager, "decide", "decide"))


def later(town, who, tap, record):
    tap.ok(comes_to(who["sato"], record, "overdue") == "overdue", "setting_change: never put back, it stays open")
    tap.ok(notices(who["sato"], record), "setting_change: and who changed it is told")

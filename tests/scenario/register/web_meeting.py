"""web_meeting: as host or invited, for its own hours only."""
from records import apply, field, granted, moment, state, step, without

HOST = {key: {"answer": "yes"} for key in ("password", "lobby", "share", "behind")}


def fields(town, **more):
    return {"role": "host", "service": "見本ミーティング", "about": "システム改修の打合せ", "partners": "見本電算 二名", "class": "1",
            "begins": moment(town, 1), "ends": moment(town, 3), "recorded": False, "host_list": HOST, **more}


def run(town, who, tap):
    sato, manager = who["sato"], who["yamazaki"]
    tap.refused(lambda: apply(sato, "web_meeting", without(fields(town), "host_list")), "register.field_missing",
                "web_meeting: a host says how nobody uninvited comes in", 422)
    tap.refused(lambda: apply(sato, "web_meeting", fields(town, host_list={**HOST, "gift": {"answer": "yes"}})), "register.field_sheet",
                "web_meeting: nobody answers what is not asked", 422)
    tap.refused(lambda: apply(sato, "web_meeting", fields(town, ends=moment(town, 30))), "register.check", "web_meeting: a meeting of a whole day is not one", 422)
    tap.refused(lambda: apply(sato, "web_meeting", fields(town, ends=moment(town, 0))), "register.check", "web_meeting: none ends before it begins", 422)
    tap.refused(lambda: apply(sato, "web_meeting", fields(town, recorded=True)), "register.field_missing", "web_meeting: a recording has its place and its end", 422)
    invited = without(fields(town, role="invited"), "host_list")
    tap.refused(lambda: apply(sato, "web_meeting", invited), "register.field_missing", "web_meeting: who invites must be known", 422)
    record = apply(sato, "web_meeting", {**invited, "inviter": "県の担当へ電話で確かめた"})
    tap.ok(field(manager, record, "inviter") is not None, "web_meeting: the manager reads how it was verified")
    tap.refused(lambda: step(sato, record, "decide", "decide"), "register.apart", "web_meeting: not by who asked", 403)
    step(manager, record, "decide", "reject", "資料に個人の情報があるため")
    tap.ok(state(sato, record) == "rejected", "web_meeting: refused")
    return granted(sato, "web_meeting", fields(town), (manager, "decide", "decide"))


def later(town, who, tap, record):
    tap.ok(state(who["sato"], record) == "closed", "web_meeting: after its hours it is over")

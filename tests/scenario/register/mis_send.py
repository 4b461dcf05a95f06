"""mis_send: what went to the wrong receiver, judged by the section's manager, closed by the CSIRT."""
from cases import edit, notices, through, until, when
from records import day, draft, move, state


def fields(town, **more):
    return {"noticed_at": when(town), "sent_at": when(town, -1), "what": "別の人の宛先に送った", "by_what": "mail", "subject": "通知の件",
            "receivers": "a@example.jp", "how_many": 1, "class": "2", "personal_data": "no", **more}


def run(town, who, tap):
    sato, manager, csirt = who["sato"], who["yamazaki"], who["watanabe"]
    record = draft(sato, "mis_send", fields(town))
    tap.refused(lambda: move(csirt, record, "assess"), "register.not_candidate", "mis_send: the section's manager judges, nobody else", 403)
    move(manager, record, "assess")
    move(manager, record, "act")
    tap.refused(lambda: move(sato, record, "find"), "register.field_missing", "mis_send: whether it was taken back must be said", 422)
    edit(sato, record, measures="削除を頼んだ", recalled="all")
    move(sato, record, "find")
    edit(sato, record, cause="宛先の選び間違い", prevention="二人で確かめる")
    move(sato, record, "finish")
    through(record, [(manager, "manager", "approve"), (csirt, "decide", "decide")])
    tap.ok(state(sato, record) == "closed", "mis_send: closed by the CSIRT")
    grave = draft(sato, "mis_send", fields(town, personal_data="yes"))
    tap.refused(lambda: who["kobayashi"].get(f"records/{grave}"), "not_found", "mis_send: other sections see nothing of it", 404)
    move(manager, grave, "assess")
    tap.refused(lambda: move(manager, grave, "act"), "register.if", "mis_send: with personal data it is not kept inside the section")
    before = incidents(csirt)
    move(manager, grave, "raise")
    tap.ok(state(sato, grave) == "acting" and len(incidents(csirt) - before) == 1, "mis_send: it is raised as an incident")
    tap.refused(lambda: edit(sato, grave, measures="削除を頼んだ", recalled="none"), "register.field_missing",
                "mis_send: with personal data the day the persons were told is written down", 422)
    tap.refused(lambda: wrong_order(town, sato, manager), "register.check", "mis_send: it is not noticed before it is sent", 422)
    edit(sato, grave, measures="削除を頼んだ", recalled="none", told_on=day(town))
    return grave


def incidents(person):
    return {r["id"] for r in person.get("registers/incident/records")["items"]}


def wrong_order(town, sato, manager):
    return move(manager, draft(sato, "mis_send", fields(town, sent_at=when(town, 5))), "assess")


def later(town, who, tap, record):
    tap.ok(until(lambda: "late" in notices(who["ishibashi"], record)) and state(who["sato"], record) == "acting",
           "mis_send: what is not dealt with is told to the lead of the CSIRT")

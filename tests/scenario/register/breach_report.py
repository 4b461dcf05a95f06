"""breach_report: a breach of the policy, reported by whoever saw it; a grave one becomes an incident."""
from cases import edit, notices, seen_fields, through, until, when, whose
from records import draft, move, state


def run(town, who, tap):
    sato, manager, chief = who["sato"], who["yamazaki"], who["ishibashi"]
    fields = {"noticed_at": when(town), "what": "画面に暗証を貼っていた", "who": whose(who["yoshida"])}
    record = draft(sato, "breach_report", fields)
    tap.ok("who" in seen_fields(manager, record), "breach_report: the manager sees who did it")
    tap.refused(lambda: who["kobayashi"].get(f"records/{record}"), "not_found", "breach_report: other sections see nothing of it", 404)
    tap.refused(lambda: move(manager, record, "assess"), "register.field_missing", "breach_report: how grave it is must be said", 422)
    edit(manager, record, gravity="light", plan="no", known_at=when(town))
    tap.refused(lambda: move(sato, record, "assess"), "register.not_candidate", "breach_report: who reports does not judge", 403)
    move(manager, record, "assess")
    move(manager, record, "act")
    edit(manager, record, measures="はがして変えさせた")
    move(manager, record, "find")
    edit(manager, record, cause="覚えられない", prevention="説明した")
    move(manager, record, "finish")
    through(record, [(chief, "decide", "decide")])
    tap.ok(state(sato, record) == "closed", "breach_report: closed by the chief")
    grave = draft(sato, "breach_report", fields)
    edit(manager, grave, gravity="grave", plan="no")
    tap.refused(lambda: move(manager, grave, "assess"), "register.check", "breach_report: a grave one falls under the emergency plan", 422)
    edit(manager, grave, plan="yes")
    move(manager, grave, "assess")
    tap.refused(lambda: move(manager, grave, "act"), "register.if", "breach_report: and is not dealt with beside it")
    move(manager, grave, "raise")
    tap.ok(state(sato, grave) == "acting", "breach_report: it is raised as an incident")
    return draft(sato, "breach_report", fields)


def later(town, who, tap, record):
    tap.ok(until(lambda: "late" in notices(who["ishibashi"], record)), "breach_report: one nobody judges is told to the chief")

"""corrective_notice: guidance, suspension and the notices to others, closed by the CISO."""
from cases import asked, edit, notices, through, until, when, whose
from records import draft, move, state, step


def run(town, who, tap):
    chief, ciso = who["ishibashi"], who["mori"]
    fields = {"noticed_at": when(town), "what": "許可のない機器をつないだ", "person": whose(who["kobayashi"])}
    record = draft(who["watanabe"], "corrective_notice", fields)
    tap.refused(lambda: who["kobayashi"].get(f"records/{record}"), "not_found", "corrective_notice: the person does not read it here", 404)
    tap.refused(lambda: move(who["watanabe"], record, "assess"), "register.not_candidate", "corrective_notice: the chief judges it", 403)
    move(chief, record, "assess")
    tap.refused(lambda: move(chief, record, "act"), "register.field_missing", "corrective_notice: guidance is written down", 422)
    asked(chief, record, "act", guidance="直ちに外すこと")
    tap.refused(lambda: asked(chief, record, "restore", "直った", restored_at=when(town)), "register.move",
                "corrective_notice: what is not suspended is not restored")
    edit(chief, record, measures="利用を止めた")
    tap.refused(lambda: move(chief, record, "find"), "register.field_missing", "corrective_notice: the CISO and the manager are told first", 422)
    asked(chief, record, "tell", manager_told=when(town), ciso_told=when(town))
    asked(chief, record, "suspend", "従わない", suspended_at=when(town), improved="no")
    asked(chief, record, "restore", "外した", restored_at=when(town), improved="yes")
    edit(chief, record, cause="手続を知らない", prevention="説明した")
    move(chief, record, "finish")
    tap.refused(lambda: step(chief, record, "decide", "decide"), "register.apart", "corrective_notice: the chief does not close it", 403)
    through(record, [(ciso, "decide", "decide")])
    tap.ok(state(chief, record) == "closed", "corrective_notice: closed by the CISO")
    other = draft(who["watanabe"], "corrective_notice", fields)
    move(chief, other, "assess")
    asked(chief, other, "act", guidance="直ちに外すこと")
    return other


def later(town, who, tap, record):
    tap.ok(until(lambda: "late" in notices(who["mori"], record)), "corrective_notice: what is not put right is told to the CISO")

"""log_source: what each system writes down, how long it is kept, who looks through it."""
from cases import edit, whose
from records import apply, field, move, state, step


def fields(who, source, **more):
    return {"system": "住民情報システム", "source": source, "items": ["who", "time", "what"], "keep_days": 365, "guarded": "書換えのできない領域に置く",
            "clock": "ntp", "silence_h": 24, "review_d": 30, "reviewer": whose(who["ito"]), **more}


def run(town, who, tap):
    ito, manager = who["ito"], who["watanabe"]
    record = apply(ito, "log_source", fields(who, "認証の記録"))
    tap.refused(lambda: step(ito, record, "decide", "decide"), "register.apart", "log_source: not by who entered it", 403)
    tap.refused(lambda: step(who["yamazaki"], record, "decide", "decide"), "not_found", "log_source: a manager elsewhere has no part in it", 404)
    step(manager, record, "decide", "decide")
    tap.ok(state(ito, record) == "current", "log_source: the system manager decides")
    tap.refused(lambda: apply(ito, "log_source", fields(who, "時刻なし", items=["who", "what"])), "register.check",
                "log_source: who and when are always written", 422)
    tap.refused(lambda: apply(ito, "log_source", fields(who, "短い保存", keep_days=7)), "register.field_range",
                "log_source: a week is too short", 422)
    tap.refused(lambda: apply(ito, "log_source", fields(who, "遅い点検", keep_days=60, review_d=90)), "register.check",
                "log_source: looked through before it is gone", 422)
    tap.refused(lambda: edit(ito, record, keep_days=30), "register.move", "log_source: what counts is not changed in passing")
    move(ito, record, "amend")
    edit(ito, record, keep_days=730)
    move(ito, record, "submit_change")
    step(manager, record, "decide", "decide")
    tap.ok(state(ito, record) == "current" and field(ito, record, "keep_days") == 730, "log_source: a change goes the same way")
    return record


def later(town, who, tap, record):
    tap.ok(state(who["ito"], record) == "current", "log_source: it stands until it is retired")

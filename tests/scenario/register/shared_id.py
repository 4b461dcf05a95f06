"""shared_id: its members do not decide it, it ends by itself, and then must be stopped."""
from records import apply, day, edit, me, move, state, step, term, until


def shared(town, who, login, **more):
    return {"login": login, "where": "会議室の予約端末", "members": [me(who["sato"]), me(who["yoshida"])], "reason": "当番で使うため",
            "traced": "当番表に記名する", "privileged": False, "term": term(town, 0, 20), **more}


def run(town, who, tap):
    clerk, manager = who["sato"], who["watanabe"]
    tap.refused(lambda: apply(clerk, "shared_id", shared(town, who, "root", privileged=True)), "register.check",
                "shared_id: administrators' names are not shared", 422)
    tap.refused(lambda: apply(clerk, "shared_id", shared(town, who, "long", term=term(town, 0, 400))), "register.check",
                "shared_id: a year at most", 422)
    tap.refused(lambda: apply(clerk, "shared_id", shared(town, who, "none", members=[])), "register.field_missing",
                "shared_id: it has members", 422)
    own = apply(who["ito"], "shared_id", shared(town, who, "admin2", members=[me(manager), me(who["ito"])]))
    tap.refused(lambda: step(manager, own, "decide", "decide"), "register.apart", "shared_id: a member does not decide it", 403)
    record = apply(clerk, "shared_id", shared(town, who, "yoyaku"))
    tap.refused(lambda: step(who["yamazaki"], record, "decide", "decide"), "register.not_candidate",
                "shared_id: the section's manager does not decide", 403)
    step(manager, record, "decide", "decide")
    tap.ok(state(who["yoshida"], record) == "current", "shared_id: a member sees it")
    edit(manager, record, {"set_on": day(town)})
    tap.refused(lambda: edit(manager, record, {"members": [me(manager)]}), "register.not_candidate", "shared_id: nobody slips in later", 403)
    short = apply(clerk, "shared_id", shared(town, who, "tooban"))
    step(manager, short, "decide", "decide")
    move(clerk, short, "retire", "当番の終わり")
    tap.refused(lambda: move(manager, short, "stop"), "register.field_missing", "shared_id: stopped on which day?", 422)
    tap.ok(move(manager, short, "stop", fields={"stopped_on": day(town)})["state"] == "retired", "shared_id: stopped, it is closed")
    return record


def later(town, who, tap, record):
    tap.ok(until(lambda: state(who["sato"], record) == "over"), "shared_id: past its term it is over", state(who["sato"], record))
    move(who["watanabe"], record, "stop", fields={"stopped_on": day(town)})
    tap.ok(state(who["sato"], record) == "retired", "shared_id: and is closed when it was stopped")

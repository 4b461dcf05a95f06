"""improvement_plan: two members decide, progress is written while it runs, and it ends with its report."""
from records import apply, day, edit, field, home, move, state, step, term, told, until


def plan(town, who, **more):
    return {"year": 2026, "term": term(town, 0, 200), "goal": "媒体の管理を改める",
            "items": [{"what": "媒体の棚卸を半年ごとにする", "clause": "3(2)⑥", "source": "自己点検", "by": home(who["sato"]), "due": day(town, 90)},
                      {"what": "共用IDを減らす", "by": home(who["ito"]), "due": day(town, 120)}], **more}


def decided(who, record):
    step(who["mori"], record, "decide", "decide")
    step(who["takahashi"], record, "decide", "decide")


def run(town, who, tap):
    chief = who["ishibashi"]
    tap.refused(lambda: apply(chief, "improvement_plan", plan(town, who, items=[])), "register.field_table",
                "improvement_plan: a plan improves something", 422)
    record = apply(chief, "improvement_plan", plan(town, who))
    tap.refused(lambda: step(chief, record, "decide", "decide"), "register.apart",
                "improvement_plan: a member does not decide what she wrote", 403)
    step(who["mori"], record, "decide", "decide")
    tap.ok(state(chief, record) == "pending", "improvement_plan: one member alone is no committee")
    tap.refused(lambda: step(who["mori"], record, "decide", "decide"), "register.again", "improvement_plan: nobody votes twice", 409)
    tap.refused(lambda: move(chief, record, "start"), "register.move", "improvement_plan: it does not begin undecided", 409)
    step(who["takahashi"], record, "decide", "decide")
    tap.ok(state(chief, record) == "decided", "improvement_plan: with the second it is decided")
    move(chief, record, "start")
    tap.refused(lambda: edit(chief, record, {"goal": "別の目的"}), "register.not_candidate", "improvement_plan: what was decided stays", 403)
    seen = [{"item": 1, "seen_on": day(town), "stands": "begun", "note": "様式を配った"}]
    edit(who["takahashi"], record, {"progress": seen})
    tap.ok(field(chief, record, "progress")[0]["stands"] == "begun", "improvement_plan: the committee writes down how it goes")
    tap.refused(lambda: move(chief, record, "close"), "register.field_missing", "improvement_plan: no end without a report", 422)
    edit(chief, record, {"report": "二項目のうち一つを終えた。"})
    tap.ok(move(chief, record, "close")["state"] == "closed", "improvement_plan: reported, it is closed")
    waits = apply(chief, "improvement_plan", plan(town, who))
    decided(who, waits)
    return waits


def later(town, who, tap, waits):
    tap.ok(until(lambda: "late" in told(who["ishibashi"], waits)), "improvement_plan: decided and never begun, it is told as late",
           told(who["ishibashi"], waits))

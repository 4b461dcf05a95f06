"""self_check: planned with officer and chief, every question answered, and no No without what is done about it."""
from deeds import decided, sheet, write
from records import apply, day, item, marks, move, state, step, term

ROWS = ("policy", "classes", "carrying", "desk", "passwords", "accounts", "settings", "software", "mail", "backup", "vendors", "incidents")


def fields(town):
    return {"year": day(town)[:4], "term": term(town, 0, 20), "goal": "守られ方を知る", "kind": "section", "who": "住民課の全員"}


def run(town, who, tap):
    sato, officer, chief = who["sato"], who["takahashi"], who["ishibashi"]
    record = apply(sato, "self_check", fields(town))
    tap.refused(lambda: step(sato, record, "officer", "approve"), "register.apart", "self_check: not by who planned it", 403)
    tap.refused(lambda: step(chief, record, "decide", "decide"), "register.not_open", "self_check: the department's officer comes first", 409)
    step(officer, record, "officer", "approve")
    step(chief, record, "decide", "decide")
    tap.ok(state(sato, record) == "decided" and marks(sato, record) == ["認", "決"], "self_check: decided")
    tap.refused(lambda: write(sato, record, asked=12), "register.move", "self_check: nothing is answered before it runs", 409)
    move(sato, record, "start")
    tap.refused(lambda: write(sato, record, asked=12, answered=13), "register.check", "self_check: no more answer than are asked", 422)
    tap.refused(lambda: write(sato, record, answers=sheet(desk="no")), "register.field_missing",
                "self_check: a no comes with what is done about it", 422)
    tap.refused(lambda: write(sato, record, asked=12, answered=12, answers=sheet(*ROWS[:-1]), report="おおむね守られている"),
                "register.check", "self_check: not reported while a question is open", 422)
    tap.refused(lambda: move(sato, record, "close"), "register.field_missing", "self_check: nor without a report", 422)
    write(sato, record, answers=sheet(*without_desk(), desk="no"), improvement="課長が毎夕に見回る", asked=12, answered=12,
          report="おおむね守られている")
    move(sato, record, "close")
    tap.ok(item(who["mori"], record).get("step") == "decide", "self_check: the committee is told")
    step(who["mori"], record, "decide", "send_back", "見回りの記録も付けること")
    tap.ok(state(sato, record) == "running", "self_check: it asks again")
    move(sato, record, "close")
    step(who["mori"], record, "decide", "decide")
    step(officer, record, "decide", "decide")
    tap.ok(state(sato, record) == "closed", "self_check: two members take the report")
    return decided(sato, "self_check", {**fields(town), "term": term(town, 0, 90)}, (officer, "officer", "approve"))


def without_desk():
    return [row for row in ROWS if row != "desk"]


def later(town, who, tap, record):
    told = [n["kind"] for n in who["ishibashi"].get("notices")["notices"] if n["record"] == record]
    tap.ok(state(who["sato"], record) == "pending" and "late" in told, "self_check: a plan nobody decides on is late", told)

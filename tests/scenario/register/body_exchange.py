"""body_exchange: another body, an agreement that is there already, the department officer and then the chief."""
from records import apply, day, move, state, step, term


def fields(town, **more):
    return {"body_name": "となり町", "contact": "情報政策課", "kinds": ["data"], "content": "避難所の一覧", "class": "1", "way": "both",
            "means": "行政専用の網で送り、暗号化する", "rule": "災害情報の交換に関する覚書", "rule_on": day(town, -30), "term": term(town, 0, 30), **more}


def run(town, who, tap):
    sato, officer, chief = who["sato"], who["takahashi"], who["ishibashi"]
    tap.refused(lambda: apply(sato, "body_exchange", fields(town, rule_on=day(town, 20))), "register.check",
                "body_exchange: nothing is exchanged before there is an agreement", 422)
    tap.refused(lambda: apply(sato, "body_exchange", fields(town, kinds=["data", "software"])), "register.field_missing",
                "body_exchange: software needs the right to give it", 422)
    record = apply(sato, "body_exchange", fields(town))
    tap.refused(lambda: step(chief, record, "decide", "decide"), "register.not_open", "body_exchange: the chief waits for the department officer", 409)
    tap.refused(lambda: step(who["yamazaki"], record, "dept", "approve"), "register.not_candidate",
                "body_exchange: the section's manager cannot stand in for her", 403)
    step(officer, record, "dept", "approve")
    tap.ok(state(sato, record) == "pending", "body_exchange: one of two is not enough")
    step(chief, record, "decide", "decide")
    tap.ok(state(sato, record) == "in_force", "body_exchange: both agree, it is in force")
    tap.refused(lambda: move(sato, record, "finish"), "register.field_missing", "body_exchange: at the end it is said what became of it", 422)
    move(sato, record, "finish", fields={"result": "相手が消去した"})
    tap.ok(state(sato, record) == "closed", "body_exchange: ended")
    again = apply(sato, "body_exchange", fields(town, kinds=["software"], right="相手と共同で作ったもの"))
    step(officer, again, "dept", "send_back", "相手の担当を確かめること")
    tap.ok(state(sato, again) == "draft", "body_exchange: the officer sends one back")
    return again


def later(town, who, tap, record):
    tap.refused(lambda: step(who["takahashi"], record, "dept", "approve"), "register.move", "body_exchange: what was sent back waits for nobody", 409)

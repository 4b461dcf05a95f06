"""training: a year's plan decided by the committee, carried out, and accepted by it with the figures of the sections."""
from records import apply, day, draft, field, item, move, state, step, term, told, without

NAME = "training"
COURSES = [{"name": "初めての研修", "role": "all", "newcomers": True, "day": "2027-04-05", "means": "集合"},
           {"name": "管理者の研修", "role": "managers", "newcomers": False, "day": "2027-06-01"}]


def fields(town, **more):
    return {"year": 2027, "term": term(town, 0, 20), "goal": "皆が年に一度は受ける", "courses": COURSES, **more}


def section(person):
    return person.get("session")["posts"][0]["section"]


def result(town, who, attended):
    return {"report": "未受講の者は次の月に受ける", "told_ciso": day(town),
            "attendance": [{"section": section(who["sato"]), "due": 12, "attended": attended}]}


def run(town, who, tap):
    ito, member = who["ito"], who["takahashi"]
    tap.refused(lambda: apply(ito, NAME, fields(town, courses=COURSES[1:])), "register.check",
                f"{NAME}: a plan without newcomers is none", 422)
    tap.refused(lambda: apply(ito, NAME, without(fields(town), "courses")), "register.field_missing", f"{NAME}: a plan has courses", 422)
    record = apply(ito, NAME, fields(town))
    tap.ok(item(member, record).get("kind") == "decide" and not item(who["yamazaki"], record), f"{NAME}: the committee decides it")
    tap.refused(lambda: step(who["yamazaki"], record, "decide", "decide"), "not_found", f"{NAME}: a plan that is not decided is not for managers", 404)
    step(member, record, "decide", "decide")
    tap.refused(lambda: move(ito, record, "close"), "register.move", f"{NAME}: it is not reported before it began", 409)
    move(ito, record, "start")
    tap.refused(lambda: move(ito, record, "close", fields=result(town, who, 13)), "register.check",
                f"{NAME}: no more attend than are due", 422)
    tap.refused(lambda: move(ito, record, "close", fields=without(result(town, who, 11), "told_ciso")), "register.field_missing",
                f"{NAME}: the CISO is told before the committee", 422)
    tap.ok(move(ito, record, "close", fields=result(town, who, 11))["state"] == "reporting", f"{NAME}: reported to the committee")
    step(member, record, "decide", "decide")
    tap.ok(state(who["yamazaki"], record) == "closed" and field(who["hasegawa"], record, "attendance")[0]["attended"] == 11,
           f"{NAME}: accepted, the auditor reads the figures")
    left = apply(ito, NAME, fields(town))
    step(member, left, "decide", "decide")
    move(ito, left, "start")
    return left


def later(town, who, tap, left):
    tap.ok(state(who["ito"], left) == "over" and "due" in told(who["ito"], left), f"{NAME}: its term over, the report is missing",
           (state(who["ito"], left), told(who["ito"], left)))
    tap.ok(move(who["ito"], left, "close", fields=result(town, who, 12))["state"] == "reporting", f"{NAME}: it is reported late")

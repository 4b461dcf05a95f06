"""drill: decided by the CISO, held, and closed with who took part and what was learnt."""
from records import apply, day, field, id_of, item, move, state, step, term, told, without

NAME = "drill"


def fields(town, who, **more):
    return {"year": 2027, "term": term(town, 0, 14), "goal": "初動の時間を知る", "scenario": "端末の感染の知らせが入る",
            "scope": [who["sato"].get("session")["posts"][0]["section"]], "plan_checked": True, **more}


def result(town, who):
    return {"report": "連絡に手間取った", "held_on": day(town), "persons": [id_of(who["sato"]), id_of(who["ito"])],
            "times": [{"step": "回線を外す", "planned": 5, "taken": 12}], "lessons": "連絡先を紙でも持つ"}


def run(town, who, tap):
    ito, ciso = who["ito"], who["mori"]
    tap.refused(lambda: apply(ito, NAME, without(fields(town, who), "scenario")), "register.field_missing",
                f"{NAME}: nothing is drilled without a scenario", 422)
    tap.refused(lambda: apply(ito, NAME, fields(town, who, held_on=day(town))), "register.field_hidden",
                f"{NAME}: a plan does not say when it was held", 422)
    record = apply(ito, NAME, fields(town, who))
    tap.ok(item(ciso, record).get("kind") == "decide" and not item(who["ishibashi"], record), f"{NAME}: the CISO decides it")
    tap.refused(lambda: step(who["ishibashi"], record, "decide", "decide"), "register.not_candidate", f"{NAME}: the chief does not", 403)
    step(ciso, record, "decide", "decide")
    move(ito, record, "start")
    written = result(town, who)
    tap.refused(lambda: move(ito, record, "close"), "register.field_missing", f"{NAME}: it does not end without its result", 422)
    seen = ito.get(f"records/{record}")
    ito.post(f"records/{record}/edit", {"rev": seen["rev"], "digest": seen["digest"], "fields": written})
    tap.ok(move(ito, record, "close")["state"] == "closed", f"{NAME}: with its result it is closed")
    tap.ok(field(who["ishibashi"], record, "times")[0]["taken"] == 12 and id_of(who["sato"]) in field(ciso, record, "persons"),
           f"{NAME}: times and persons stand in it")
    tap.refused(lambda: who["sato"].get(f"records/{record}"), "not_found", f"{NAME}: it is not read by everyone", 404)
    left = apply(ito, NAME, fields(town, who))
    step(ciso, left, "decide", "decide")
    move(ito, left, "start")
    return left


def later(town, who, tap, left):
    tap.ok(state(who["ito"], left) == "over" and "due" in told(who["ito"], left), f"{NAME}: its term over, the report is missing",
           (state(who["ito"], left), told(who["ito"], left)))

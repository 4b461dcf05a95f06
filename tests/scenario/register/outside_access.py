"""outside_access: who may come in from outside, for what, with two factors, until when."""
from records import apply, granted, identity, move, state, step, term


def fields(town, **more):
    return {"reason": "災害時の参集が遅れるとき", "targets": "文書管理", "class": "2", "internet": False, "factors": ["knows", "has"], "device": "loaned",
            "hours": "平日の夜間と休日", "term": term(town, 0, 30), **more}


def run(town, who, tap):
    sato, manager, chief = who["sato"], who["yamazaki"], who["ishibashi"]
    tap.refused(lambda: apply(sato, "outside_access", fields(town, factors=["knows"])), "register.check", "outside_access: one factor is not enough", 422)
    tap.refused(lambda: apply(sato, "outside_access", fields(town, factors=["knows", "knows"])), "register.field_many",
                "outside_access: the same one twice is not two", 422)
    tap.refused(lambda: apply(sato, "outside_access", fields(town, internet=True)), "register.field_missing",
                "outside_access: over the internet only with more guards", 422)
    tap.refused(lambda: apply(sato, "outside_access", fields(town, device="own")), "register.field_missing",
                "outside_access: an own device has its own permit", 422)
    record = apply(sato, "outside_access", fields(town))
    step(manager, record, "manager", "approve")
    tap.refused(lambda: step(manager, record, "decide", "decide"), "register.not_candidate", "outside_access: the section does not decide", 403)
    step(chief, record, "decide", "decide")
    tap.ok(state(sato, record) == "in_force", "outside_access: the chief allows it")
    tap.refused(lambda: move(manager, record, "revoke", "不要"), "register.not_candidate", "outside_access: only the chief takes it back", 403)
    move(chief, record, "revoke", "異動のため")
    tap.ok(state(sato, record) == "closed", "outside_access: taken back")
    boss = apply(sato, "outside_access", fields(town, person=identity(manager)))
    tap.refused(lambda: step(manager, boss, "manager", "approve"), "register.apart", "outside_access: nobody approves her own way in", 403)
    return granted(sato, "outside_access", fields(town), (manager, "manager", "approve"), (chief, "decide", "decide"))


def later(town, who, tap, record):
    tap.ok(state(who["sato"], record) == "closed", "outside_access: past its end nobody comes in by it")

"""exception: asked side by side, decided by the CISO; acted first it ends by itself when nobody decides."""
from records import apply, draft, marks, move, state, step, term, without


def fields(town, **more):
    return {"control": "login_two_factors", "class": "2", "reason": "窓口の表示用端末に鍵が挿せない", "measure": "職員が常に立ち会う",
            "term": term(town, 0, 120), **more}


def run(town, who, tap):
    sato, officer, system, ciso = who["sato"], who["takahashi"], who["watanabe"], who["mori"]
    tap.refused(lambda: apply(sato, "exception", without(fields(town), "measure")), "register.field_missing",
                "exception: something must be done instead", 422)
    record = apply(sato, "exception", fields(town))
    tap.refused(lambda: step(ciso, record, "final", "decide"), "register.not_open", "exception: not before both were consulted", 409)
    step(system, record, "sys", "consult")
    step(officer, record, "dept", "consult")
    tap.refused(lambda: step(who["ishibashi"], record, "final", "decide"), "register.not_candidate", "exception: the chief cannot decide a long one", 403)
    step(ciso, record, "final", "decide")
    tap.ok(state(sato, record) == "in_force" and "決" in marks(sato, record), "exception: the CISO decides, it is in force")
    tap.refused(lambda: move(sato, draft(sato, "exception", fields(town)), "act_now"), "register.if", "exception: only what is urgent is done first", 409)
    urgent = draft(sato, "exception", fields(town, urgent=True))
    move(sato, urgent, "act_now")
    tap.ok(state(sato, urgent) == "acted", "exception: urgent, it is done first")
    return record, urgent


def later(town, who, tap, kept):
    record, urgent = kept
    tap.ok(state(who["sato"], urgent) == "closed", "exception: nobody decided the urgent one, it ended by itself")
    move(who["sato"], record, "finish", fields={"result": "鍵の使える端末に替えた"})
    tap.ok(state(who["sato"], record) == "closed", "exception: the long one is ended with its result")

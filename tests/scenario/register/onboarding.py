"""onboarding: told row by row, agreed to by the newcomer herself or on paper, confirmed by her manager."""
from records import apply, day, draft, field, id_of, item, marks, sheet, state, step, told, without

NAME = "onboarding"


def fields(town, who, **more):
    return {"person": id_of(who["yoshida"]), "kind": "short", "since": day(town, -1), "told": sheet(who["sato"], NAME, "told"),
            "consent": "here", "net": False, "mail": True, "need": "申請の受付の連絡に使う", **more}


def run(town, who, tap):
    sato, newcomer, manager = who["sato"], who["yoshida"], who["yamazaki"]
    tap.refused(lambda: apply(sato, NAME, without(fields(town, who), "need"), "answer"), "register.field_missing",
                f"{NAME}: short-term staff use mail for a reason", 422)
    tap.refused(lambda: apply(sato, NAME, fields(town, who, consent="paper"), "answer"), "register.field_missing",
                f"{NAME}: a paper has its place", 422)
    tap.refused(lambda: apply(sato, NAME, fields(town, who, told={"policy": {"answer": "na"}}), "answer"), "register.field_sheet",
                f"{NAME}: what is not told says why", 422)
    record = apply(sato, NAME, fields(town, who), "answer")
    tap.ok(item(newcomer, record).get("step") == "consent" and not item(manager, record), f"{NAME}: the newcomer is asked first")
    tap.refused(lambda: step(manager, record, "decide", "decide"), "register.not_open", f"{NAME}: the manager does not pass over her consent")
    tap.refused(lambda: step(sato, record, "consent", "approve"), "register.apart", f"{NAME}: nobody agrees for her", 403)
    step(newcomer, record, "consent", "approve")
    step(manager, record, "decide", "decide")
    tap.ok(state(sato, record) == "confirmed" and state(newcomer, record) == "confirmed", f"{NAME}: agreed and confirmed")
    tap.ok(field(sato, record, "told_by") == id_of(sato), f"{NAME}: who told her stands by itself")
    paper = apply(sato, NAME, fields(town, who, consent="paper", paper_at="住民課の書庫"), "answer")
    tap.ok(item(manager, paper).get("step") == "decide" and not item(newcomer, paper), f"{NAME}: on paper it goes to the manager at once",
           marks(sato, paper))
    tap.refused(lambda: who["nakamura"].get(f"records/{paper}"), "not_found", f"{NAME}: others do not read it", 404)
    return draft(sato, NAME, fields(town, who))


def later(town, who, tap, left):
    tap.ok(state(who["sato"], left) == "open" and "late" in told(who["yamazaki"], left),
           f"{NAME}: left unfinished it is late, the manager knows", told(who["yamazaki"], left))

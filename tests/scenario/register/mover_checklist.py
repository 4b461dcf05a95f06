"""mover_checklist: what is given back, the vow of who goes, confirmed by the manager; left open it is late."""
from records import apply, day, draft, field, id_of, item, sheet, state, step, told, without

NAME = "mover_checklist"


def fields(town, who, no=(), **more):
    return {"person": id_of(who["yoshida"]), "kind": "leave", "day": day(town, 3), "returned": sheet(who["sato"], NAME, "returned", no),
            "vow": "here", **more}


def run(town, who, tap):
    sato, leaver, manager = who["sato"], who["yoshida"], who["yamazaki"]
    tap.refused(lambda: apply(sato, NAME, fields(town, who, no=("card",)), "answer"), "register.field_missing",
                f"{NAME}: what is not given back is accounted for", 422)
    few = {"card": {"answer": "yes"}}
    tap.refused(lambda: apply(sato, NAME, {**fields(town, who), "returned": few}, "answer"), "register.field_rows",
                f"{NAME}: each row is answered", 422)
    record = apply(sato, NAME, fields(town, who, no=("card",), missing="紛失の届けを出し、止めた"), "answer")
    tap.ok(item(leaver, record).get("step") == "vow", f"{NAME}: who leaves is asked for her vow")
    tap.refused(lambda: step(manager, record, "decide", "decide"), "register.not_open", f"{NAME}: it is not confirmed without the vow")
    tap.refused(lambda: step(sato, record, "vow", "approve"), "register.apart", f"{NAME}: nobody vows for her", 403)
    step(leaver, record, "vow", "approve")
    step(manager, record, "decide", "decide")
    tap.ok(state(sato, record) == "confirmed", f"{NAME}: vowed and confirmed")
    tap.ok(field(who["takahashi"], record, "missing") == "紛失の届けを出し、止めた", f"{NAME}: the personnel officer reads what is missing")
    paper = fields(town, who, vow="paper")
    tap.refused(lambda: apply(sato, NAME, paper, "answer"), "register.field_missing", f"{NAME}: a vow on paper has its place", 422)
    tap.refused(lambda: who["nakamura"].get(f"records/{record}"), "not_found", f"{NAME}: others do not read it", 404)
    waits = apply(sato, NAME, {**paper, "paper_at": "総務課"}, "answer")
    tap.ok(item(manager, waits).get("step") == "decide", f"{NAME}: on paper it goes to the manager at once")
    return draft(sato, NAME, without(fields(town, who), "vow"))


def later(town, who, tap, left):
    tap.ok(state(who["sato"], left) == "open" and "late" in told(who["takahashi"], left),
           f"{NAME}: left open it is late, the personnel officer knows", told(who["takahashi"], left))

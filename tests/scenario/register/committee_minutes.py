"""committee_minutes: as they were entered, confirmed by the chair; by the chief only where the chief stood in."""
from records import day, draft, edit, marks, me, state, step, told, until, without


def minutes(town, who, **more):
    return {"held_on": day(town), "place": "第1会議室", "present": [me(who["mori"]), me(who["ishibashi"])], "acting": False,
            "matters": [{"matter": "改善計画の進み具合", "kind": "plan", "result": "noted"},
                        {"matter": "研修計画", "kind": "training", "result": "changed", "task": "人事係が日程を直す"}], **more}


def run(town, who, tap):
    writer, chair, chief = who["takahashi"], who["mori"], who["ishibashi"]
    tap.refused(lambda: draft(writer, "committee_minutes", minutes(town, who, matters=[])), "register.field_table",
                "committee_minutes: a meeting deals with something", 422)
    tap.refused(lambda: draft(writer, "committee_minutes", minutes(town, who, held_on=day(town, 3))), "register.check",
                "committee_minutes: not before it was held", 422)
    tap.refused(lambda: draft(writer, "committee_minutes", minutes(town, who, acting=True)), "register.field_missing",
                "committee_minutes: why the chief stood in must be said", 422)
    first = draft(writer, "committee_minutes", minutes(town, who))
    tap.refused(lambda: edit(writer, first, {"place": "別の部屋"}), "register.move", "committee_minutes: what is entered stands", 409)
    tap.refused(lambda: step(writer, first, "decide", "decide"), "register.apart", "committee_minutes: not confirmed by the writer", 403)
    tap.refused(lambda: step(chief, first, "decide", "senketsu"), "register.not_candidate",
                "committee_minutes: not by the chief when the chair was there", 403)
    tap.refused(lambda: who["sato"].get(f"records/{first}"), "not_found", "committee_minutes: not for everybody", 404)
    step(chair, first, "decide", "decide")
    tap.ok(state(writer, first) == "checked" and marks(writer, first) == ["決"], "committee_minutes: confirmed by the chair")

    acting = draft(writer, "committee_minutes", minutes(town, who, amends=first, acting=True, acting_reason="委員長の出張"))
    step(chief, acting, "decide", "senketsu")
    tap.ok(state(writer, acting) == "checked" and marks(writer, acting) == ["専"],
           "committee_minutes: a correction; the chief confirms what the chief chaired", marks(writer, acting))
    tap.refused(lambda: draft(writer, "committee_minutes", without(minutes(town, who), "present")), "register.field_missing",
                "committee_minutes: who was there must be said", 422)
    return draft(writer, "committee_minutes", minutes(town, who))


def later(town, who, tap, left):
    tap.ok(until(lambda: "late" in told(who["ishibashi"], left)), "committee_minutes: left unconfirmed, the chief is told",
           told(who["ishibashi"], left))

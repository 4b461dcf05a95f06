"""role_appointment: what is decided here is who fills steps elsewhere, from that moment to the last day and no longer."""
from records import apply, draft, home, item, marks, me, move, state, step, term, until


def adviser(town, who, **more):
    return {"role": "adviser", "person": me(who["kimura"]), "term": term(town, 0, 365), "order_no": "令8-12",
            "work": "事故のときの助言", **more}


def roles(person):
    return {r["role"] for r in person.get("session")["roles"]}


def run(town, who, tap):
    personnel, ciso = who["takahashi"], who["mori"]
    record = apply(personnel, "role_appointment", adviser(town, who))
    tap.refused(lambda: step(personnel, record, "decide", "decide"), "register.apart", "role_appointment: not by who proposes", 403)
    tap.refused(lambda: step(who["ishibashi"], record, "decide", "decide"), "register.not_candidate",
                "role_appointment: the chief does not appoint", 403)
    tap.ok("adviser" not in roles(who["kimura"]), "role_appointment: proposed, it is no role yet")
    step(ciso, record, "decide", "decide")
    tap.ok(marks(ciso, record) == ["決"] and "adviser" in roles(who["kimura"]), "role_appointment: appointed, the person holds the role",
           roles(who["kimura"]))

    both = adviser(town, who, post=who["ito"].get("session")["posts"][0]["post"])
    tap.refused(lambda: apply(personnel, "role_appointment", both), "register.check", "role_appointment: a post or a person, not both", 422)
    nowhere = adviser(town, who, role="section_manager", person=me(who["sato"]))
    tap.refused(lambda: apply(personnel, "role_appointment", nowhere), "register.field_missing",
                "role_appointment: a section's manager has a section", 422)
    own = apply(personnel, "role_appointment", adviser(town, who, role="csirt", person=me(ciso)))
    tap.refused(lambda: step(ciso, own, "decide", "decide"), "register.apart", "role_appointment: nobody appoints herself", 403)

    head = draft(personnel, "role_appointment", adviser(town, who, role="ciso", person=me(who["ishibashi"])))
    tap.refused(lambda: move(personnel, head, "submit"), "register.if", "role_appointment: the CISO is not appointed by the CISO", 409)
    tap.ok(move(personnel, head, "submit_head")["state"] == "pending_head" and not item(ciso, head),
           "role_appointment: but by the head of the body")

    clerk = apply(personnel, "role_appointment", adviser(town, who, role="section_manager", of_section=home(who["sato"]),
                                                         person=me(who["sato"]), term=term(town, 0, 20)))
    step(ciso, clerk, "decide", "decide")
    permit = apply(who["nakamura"], "role_appointment", adviser(town, who, person=me(who["ito"])))
    move(who["nakamura"], permit, "withdraw")
    tap.ok("section_manager" in roles(who["sato"]), "role_appointment: a section's role is held for that section")
    move(who["ishibashi"], record, "retire_for", "契約の終了")
    tap.ok("adviser" not in roles(who["kimura"]), "role_appointment: ended by the chief, the role is gone at once", roles(who["kimura"]))
    return clerk


def later(town, who, tap, clerk):
    tap.ok(until(lambda: state(who["takahashi"], clerk) == "retired"), "role_appointment: past its term it is ended")
    tap.ok("section_manager" not in roles(who["sato"]), "role_appointment: and the role with it", roles(who["sato"]))

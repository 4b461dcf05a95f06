"""contractor_mail: an address for a contractor's person, not past the contract, and seen to be removed."""
from records import apply, comes_to, day, granted, identity, move, notices, state, step, term


def fields(town, who, address="kimura.c@town.example", **more):
    return {"person": identity(who["kimura"]), "company": "見本電算", "contract": "運用 令7-5", "contract_end": day(town, 300), "address": address,
            "use": "運用の連絡", "reach": "inside", "agreed_on": day(town, -1), "term": term(town, 0, 20), **more}


def run(town, who, tap):
    ito, manager, system = who["watanabe"], who["ishibashi"], who["ito"]
    tap.refused(lambda: apply(ito, "contractor_mail", fields(town, who, "a@town.example", person=identity(who["sato"]))), "register.field_person",
                "contractor_mail: staff are no contractors", 422)
    tap.refused(lambda: apply(ito, "contractor_mail", fields(town, who, "b@town.example", contract_end=day(town, 3))), "register.check",
                "contractor_mail: not past the contract", 422)
    tap.refused(lambda: apply(ito, "contractor_mail", fields(town, who, "c@town.example", agreed_on=day(town, 9))), "register.check",
                "contractor_mail: the company agrees to the terms first", 422)
    sato, yamazaki = who["sato"], who["yamazaki"]
    record = apply(sato, "contractor_mail", fields(town, who))
    tap.refused(lambda: apply(ito, "contractor_mail", fields(town, who)), "register.field_taken", "contractor_mail: one address is not for two", 422)
    step(yamazaki, record, "manager", "approve")
    tap.refused(lambda: step(who["kimura"], record, "decide", "decide"), "not_found", "contractor_mail: whom it concerns does not even see it", 404)
    step(manager, record, "decide", "decide")
    tap.ok(state(sato, record) == "in_force", "contractor_mail: the chief allows it")
    move(sato, record, "finish")
    tap.refused(lambda: move(sato, record, "removed", fields={"removed_on": day(town)}), "register.not_candidate",
                "contractor_mail: that it is gone is said by the systems' people", 403)
    move(system, record, "removed", fields={"removed_on": day(town)})
    tap.ok(state(sato, record) == "closed", "contractor_mail: removed")
    return granted(sato, "contractor_mail", fields(town, who), (yamazaki, "manager", "approve"), (manager, "decide", "decide"))


def later(town, who, tap, record):
    tap.ok(comes_to(who["sato"], record, "removing") == "removing", "contractor_mail: past its term it is to be removed")
    tap.ok(notices(who["ito"], record) or comes_to(who["ito"], record, "closed", 1) == "removing", "contractor_mail: the operators find it")

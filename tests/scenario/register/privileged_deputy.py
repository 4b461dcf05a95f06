"""privileged_deputy: named by the system manager, accepted by the CISO, announced to four, then in force."""
from records import day, draft, identity, move, state, step, term

FOUR = ["chief", "department_officer", "section_manager", "system_manager"]


def fields(town, who, **more):
    return {"system": "庁内サーバ", "rights": ["server", "accounts"], "holder": identity(who["watanabe"]), "deputy": identity(who["ito"]),
            "reason": "管理者が不在のとき", "term": term(town, 0, 30), **more}


def named(person, namer, register_fields):
    record = draft(person, "privileged_deputy", register_fields)
    return move(namer, record, "submit")["id"]


def run(town, who, tap):
    watanabe, ciso, chief = who["watanabe"], who["mori"], who["ishibashi"]
    plain = draft(who["sato"], "privileged_deputy", fields(town, who))
    tap.refused(lambda: move(who["sato"], plain, "submit"), "register.not_candidate", "privileged_deputy: a clerk names nobody", 403)
    tap.refused(lambda: draft(watanabe, "privileged_deputy", fields(town, who, deputy=identity(who["kimura"]))), "register.field_person",
                "privileged_deputy: nobody of a contractor", 422)
    tap.refused(lambda: named(watanabe, watanabe, fields(town, who, deputy=identity(watanabe))), "register.check",
                "privileged_deputy: nobody deputises for himself", 422)
    record = named(watanabe, watanabe, fields(town, who))
    tap.refused(lambda: step(chief, record, "decide", "decide"), "register.not_candidate", "privileged_deputy: the chief does not accept", 403)
    step(ciso, record, "decide", "decide")
    tap.ok(state(watanabe, record) == "accepted", "privileged_deputy: accepted, but nobody was told yet")
    tap.refused(lambda: move(watanabe, record, "announce", fields={"told": FOUR[:3], "told_on": day(town)}), "register.check",
                "privileged_deputy: three of the four are not enough", 422)
    move(watanabe, record, "announce", fields={"told": FOUR, "told_on": day(town)})
    tap.ok(state(watanabe, record) == "in_force", "privileged_deputy: all four told, it counts")
    other = named(watanabe, watanabe, fields(town, who, system="通信装置"))
    step(ciso, other, "decide", "decide")
    move(chief, other, "revoke", "体制を改めたため")
    tap.ok(state(watanabe, other) == "closed", "privileged_deputy: the chief takes one back")
    return record


def later(town, who, tap, record):
    tap.ok(state(who["watanabe"], record) == "closed", "privileged_deputy: it ends with its term")

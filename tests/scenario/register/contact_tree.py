"""contact_tree: at night somebody answers; private numbers are for those who call."""
from records import apply, day, edit, field, me, move, state, step


def tree(town, who, **more):
    return {"name": "事故の連絡網", "occasion": "incident", "window": "0123-45-6789", "checked_on": day(town),
            "people": [{"turn": 1, "person": me(who["watanabe"]), "part": "窓口", "phone": "090-0000-0001", "hours": "always"},
                       {"turn": 2, "person": me(who["ishibashi"]), "part": "統括", "phone": "090-0000-0002", "hours": "office"}],
            "outside": [{"kind": "prefecture", "name": "県デジタル課", "phone": "0123-00-0000"}], **more}


def shown_as(person, record, key):
    return next((f["value"] for f in person.get(f"records/{record}")["fields"] if f["key"] == key), None)


def run(town, who, tap):
    writer, chief = who["ito"], who["ishibashi"]
    asleep = tree(town, who, name="夜の連絡網")
    asleep["people"] = asleep["people"][1:]
    tap.refused(lambda: apply(writer, "contact_tree", asleep), "register.check",
                "contact_tree: for an incident somebody must answer at any time", 422)
    tap.refused(lambda: apply(writer, "contact_tree", tree(town, who, name="明日の連絡網", checked_on=day(town, 1))), "register.check",
                "contact_tree: nothing was checked tomorrow", 422)
    record = apply(writer, "contact_tree", tree(town, who))
    tap.refused(lambda: step(writer, record, "decide", "decide"), "register.apart", "contact_tree: not by who wrote it", 403)
    tap.refused(lambda: who["sato"].get(f"records/{record}"), "not_found", "contact_tree: nobody else sees what is not decided", 404)
    step(chief, record, "decide", "decide")
    tap.ok(field(who["sato"], record, "window") and field(who["sato"], record, "people") is None,
           "contact_tree: everybody sees the window, not the private numbers", who["sato"].get(f"records/{record}")["fields"])
    tap.ok(len(field(who["watanabe"], record, "people")) == 2, "contact_tree: the CSIRT sees whom to call")
    twice = tree(town, who)
    tap.refused(lambda: apply(who["watanabe"], "contact_tree", twice), "register.field_taken", "contact_tree: one tree of a name", 422)

    move(writer, record, "amend")
    tap.refused(lambda: edit(writer, record, {"people": []}), "register.field_table", "contact_tree: it is never left without anybody", 422)
    edit(writer, record, {"window": "0123-45-9999"})
    move(writer, record, "submit_change")
    tap.refused(lambda: edit(writer, record, {"window": "0123-45-0000"}), "register.move", "contact_tree: not while it is judged", 409)
    step(chief, record, "decide", "approve_change")
    tap.ok(state(chief, record) == "current" and field(who["sato"], record, "window").endswith("9999"),
           "contact_tree: a change counts once it is decided")
    old = apply(writer, "contact_tree", tree(town, who, name="停電の連絡網", checked_on=day(town, -170)))
    step(chief, old, "decide", "decide")
    tap.ok(shown_as(chief, old, "stale") is False, "contact_tree: checked within half a year, it is not old", shown_as(chief, old, "stale"))
    return old


def later(town, who, tap, record):
    tap.ok(shown_as(who["ishibashi"], record, "stale") is True, "contact_tree: after half a year it shows that nobody checked the numbers",
           shown_as(who["ishibashi"], record, "stale"))

"""room_entry: who was inside, with whom, from when to when; looked at by the system manager within a week."""
from records import at, draft, field, id_of, item, state, step, told, without

NAME = "room_entry"


def visit(town, who, **more):
    return {"area": "電算室", "kind": "visitor", "visitor": "松本 次郎", "company": "見本保守株式会社", "escort": id_of(who["ito"]),
            "badge": "客-03", "purpose": "空調の点検", "in_at": at(town, -3), "out_at": at(town, -1), **more}


def staff(town, who, login, **more):
    return {"area": "電算室", "kind": "staff", "person": id_of(who[login]), "badge": "0203", "purpose": "媒体の入替え",
            "in_at": at(town, -2), "out_at": at(town, -1), **more}


def run(town, who, tap):
    ito, manager = who["ito"], who["watanabe"]
    tap.refused(lambda: draft(ito, NAME, without(visit(town, who), "escort")), "register.field_missing",
                f"{NAME}: nobody from outside is inside alone", 422)
    tap.refused(lambda: draft(ito, NAME, visit(town, who, out_at=at(town, -4))), "register.check",
                f"{NAME}: nobody leaves before entering", 422)
    tap.refused(lambda: draft(ito, NAME, staff(town, who, "ito", visitor="松本 次郎")), "register.field_hidden",
                f"{NAME}: an entry of staff names no visitor", 422)
    record = draft(ito, NAME, visit(town, who))
    tap.ok(item(manager, record).get("kind") == "decide", f"{NAME}: it is in the system manager's inbox")
    tap.ok(field(manager, record, "visitor") == "松本 次郎" and field(who["ishibashi"], record, "visitor") == "松本 次郎",
           f"{NAME}: the manager and the chief read the visitor's name")
    tap.refused(lambda: step(ito, record, "check", "decide"), "register.apart", f"{NAME}: not checked by who entered it", 403)
    step(manager, record, "check", "decide")
    tap.ok(state(manager, record) == "checked", f"{NAME}: checked")
    wrong = draft(ito, NAME, staff(town, who, "ito", badge="9999"))
    step(manager, wrong, "check", "reject", "名札の番号が違う")
    again = draft(ito, NAME, staff(town, who, "ito", amends=wrong))
    tap.ok(state(ito, wrong) == "disputed" and field(manager, again, "amends") == wrong,
           f"{NAME}: what is wrong is corrected by a further entry that names it")
    own = draft(ito, NAME, staff(town, who, "watanabe"))
    tap.refused(lambda: step(manager, own, "check", "decide"), "register.apart", f"{NAME}: the manager does not check her own visit", 403)
    tap.refused(lambda: who["sato"].get(f"records/{record}"), "not_found", f"{NAME}: other sections see no entries", 404)
    return again


def later(town, who, tap, again):
    tap.ok(state(who["watanabe"], again) == "entered" and "late" in told(who["ishibashi"], again),
           f"{NAME}: an entry nobody looked at is late, the chief knows", told(who["ishibashi"], again))

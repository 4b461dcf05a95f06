"""ic_card: who holds it reports it lost at once; what is lost is made useless by the system manager."""
from records import apply, day, history, me, move, state, step, told, until


def card(town, who, number, **more):
    return {"card_no": number, "holder": me(who["sato"]), "use": ["login", "door"], "issued_on": day(town), "due_back": day(town, 50), **more}



def run(town, who, tap):
    operator, manager, clerk = who["ito"], who["watanabe"], who["sato"]
    tap.refused(lambda: apply(operator, "ic_card", card(town, who, "C0", due_back=day(town, -1))), "register.check",
                "ic_card: it is not due back before it is handed out", 422)
    record = apply(operator, "ic_card", card(town, who, "C0001"))
    tap.refused(lambda: step(operator, record, "decide", "decide"), "register.apart", "ic_card: not by who enters it", 403)
    mine = apply(operator, "ic_card", card(town, who, "C0002", holder=me(manager)))
    tap.refused(lambda: step(manager, mine, "decide", "decide"), "register.apart", "ic_card: nobody hands herself a card", 403)
    step(manager, record, "decide", "decide")
    tap.refused(lambda: apply(operator, "ic_card", card(town, who, "C0001")), "register.field_taken", "ic_card: one number, one card", 422)
    now = {"lost_at": int(town.now() * 1_000_000) - 60_000_000, "lost_how": "通勤の途中"}
    tap.refused(lambda: move(clerk, record, "report_lost"), "register.field_missing", "ic_card: since when it is missed must be said", 422)
    tap.refused(lambda: move(who["nakamura"], record, "report_lost", fields=now), "not_found", "ic_card: a stranger knows nothing of it", 404)
    tap.ok(move(clerk, record, "report_lost", fields=now)["state"] == "lost", "ic_card: its holder reports it lost without asking anybody")
    tap.ok([a["who"] for a in history(manager, record) if a["move"] == "report_lost"] == ["佐藤 未来"], "ic_card: who reported it is kept")
    tap.refused(lambda: move(operator, record, "write_off", "止めた", fields={"end_how": "失効"}), "register.not_candidate",
                "ic_card: only the system manager writes it off", 403)
    move(manager, record, "write_off", "失効の設定を確かめた", fields={"end_how": "証明書を失効、再発行 C0003"})
    tap.ok(state(clerk, record) == "retired", "ic_card: made useless, it is closed")
    other = apply(operator, "ic_card", card(town, who, "C0004"))
    step(manager, other, "decide", "decide")
    gone = apply(operator, "ic_card", card(town, who, "C0005"))
    step(manager, gone, "decide", "decide")
    move(clerk, gone, "report_lost", fields=now)
    return other, gone


def later(town, who, tap, kept):
    other, gone = kept
    tap.ok(until(lambda: "late" in told(who["ishibashi"], gone)), "ic_card: a lost card nobody made useless is told to the chief",
           told(who["ishibashi"], gone))
    tap.ok(until(lambda: "due" in told(who["ito"], other)), "ic_card: before it is due back its keeper is told", told(who["ito"], other))

"""warning_receipt: decided by the chief, read by everyone while it runs, acknowledged by the sections, closed with a report."""
from records import apply, history, item, move, state, step, term, told, without

NAME = "warning_receipt"


def fields(town, who, **more):
    return {"year": 2026, "term": term(town, 0, 10), "goal": "添付を開かせない", "subject": "請求書を装うメール", "urgency": "today",
            "text": "請求書という題名の添付に悪いプログラムが入っている", "action": "開かずに消す",
            "targets": [who["sato"].get("session")["posts"][0]["section"]], **more}


def run(town, who, tap):
    ito, chief, sato = who["ito"], who["ishibashi"], who["sato"]
    tap.refused(lambda: apply(ito, NAME, without(fields(town, who), "action")), "register.field_missing",
                f"{NAME}: what is urgent says what to do", 422)
    record = apply(ito, NAME, fields(town, who))
    tap.ok(item(chief, record).get("kind") == "decide", f"{NAME}: it waits for the chief")
    tap.refused(lambda: sato.get(f"records/{record}"), "not_found", f"{NAME}: nobody reads it before it is decided", 404)
    tap.refused(lambda: step(ito, record, "decide", "decide"), "register.apart", f"{NAME}: not by who wrote it", 403)
    step(chief, record, "decide", "decide")
    tap.refused(lambda: move(who["yamazaki"], record, "read"), "register.move", f"{NAME}: not acknowledged before it runs", 409)
    move(ito, record, "start")
    tap.ok(sato.get(f"records/{record}")["state"] == "running", f"{NAME}: everyone reads it while it runs")
    tap.refused(lambda: move(sato, record, "read"), "register.move", f"{NAME}: a clerk does not speak for her section", 403)
    for manager in ("yamazaki", "ogawa"):
        move(who[manager], record, "read")
    receipts = [act["section"] for act in history(chief, record) if act["move"] == "read"]
    tap.ok(len(receipts) == 2 and len(set(receipts)) == 2, f"{NAME}: each receipt names its section", receipts)
    tap.refused(lambda: move(ito, record, "close"), "register.field_missing", f"{NAME}: it does not end without a report", 422)
    return record


def later(town, who, tap, record):
    tap.ok(state(who["ito"], record) == "running" and "late" in told(who["ishibashi"], record), f"{NAME}: left running it is late",
           told(who["ishibashi"], record))

"""warning_receipt: decided by the chief, read and acknowledged by everyone while it runs, closed with a report."""
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
    tap.refused(lambda: move(who["yamazaki"], record, "read"), "not_found", f"{NAME}: nobody acknowledges it before it runs", 404)
    move(ito, record, "start")
    tap.ok(sato.get(f"records/{record}")["state"] == "running", f"{NAME}: everyone reads it while it runs")
    for reader in (sato, who["nakamura"]):
        move(reader, record, "read")
    receipts = {(act["who"], act["section"]) for act in history(chief, record) if act["move"] == "read"}
    tap.ok(receipts == {("佐藤 未来", "住民課"), ("中村 恵", "税務課")}, f"{NAME}: each receipt names its reader and her section", receipts)
    tap.refused(lambda: move(sato, record, "close"), "register.not_candidate", f"{NAME}: a reader moves it nowhere", 403)
    tap.refused(lambda: move(ito, record, "close"), "register.field_missing", f"{NAME}: it does not end without a report", 422)
    return record


def later(town, who, tap, record):
    tap.ok(state(who["ito"], record) == "over" and "due" in told(who["ito"], record), f"{NAME}: its term over, the report is missing",
           (state(who["ito"], record), told(who["ito"], record)))
    closed = move(who["ito"], record, "close", fields={"report": "全員が読んだ"})
    tap.ok(closed["state"] == "closed", f"{NAME}: with its report it is closed")

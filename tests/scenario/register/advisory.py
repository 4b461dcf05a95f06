"""advisory: a published weakness, its urgency, and what is done on each system until when."""
from cases import asked, edit, notices, seen_fields, until, when, whose
from records import day, draft, field, move, state, step


def fields(town, source):
    return {"noticed_at": when(town), "what": "遠隔から操作される", "source": source, "products": "表計算ソフト 12"}


def run(town, who, tap):
    ito, manager, chief = who["ito"], who["watanabe"], who["ishibashi"]
    record = draft(ito, "advisory", fields(town, "JVN#00000001"))
    tap.refused(lambda: move(manager, record, "assess"), "register.field_missing", "advisory: judged with its urgency and its day", 422)
    tap.refused(lambda: who["sato"].get(f"records/{record}"), "not_found", "advisory: the staff sees none that nobody judged", 404)
    edit(manager, record, urgency="critical", due=day(town, 60))
    tap.refused(lambda: move(manager, record, "assess"), "register.check", "advisory: a critical one has no two months", 422)
    edit(manager, record, due=day(town, 5))
    move(chief, record, "assess")
    task = {"system": "住民情報システム", "manager": whose(manager), "task": "更新プログラムの適用", "done": "open"}
    edit(manager, record, tasks=[task])
    move(manager, record, "act")
    tap.ok("tasks" not in seen_fields(who["sato"], record) and field(who["sato"], record, "source"), "advisory: the staff reads what it is about")
    edit(manager, record, measures="適用した")
    tap.refused(lambda: move(manager, record, "find"), "register.if", "advisory: not closed while a system is open")
    edit(manager, record, tasks=[{**task, "done": "done"}])
    move(manager, record, "find")
    edit(manager, record, cause="製品の欠陥", prevention="購読を続ける")
    move(manager, record, "finish")
    step(chief, record, "manager", "approve")
    tap.ok(state(ito, record) == "closing", "advisory: it waits for the chief")
    tap.refused(lambda: draft_and_send(town, who), "register.field_taken", "advisory: the same one is not entered twice", 422)
    slow = draft(ito, "advisory", fields(town, "JVN#00000002"))
    edit(manager, slow, urgency="high", due=day(town, 10), tasks=[task])
    move(manager, slow, "assess")
    move(manager, slow, "act")
    return slow


def draft_and_send(town, who):
    return draft(who["ito"], "advisory", fields(town, "JVN#00000001"))


def later(town, who, tap, record):
    manager = who["watanabe"]
    tap.ok(until(lambda: state(manager, record) == "overdue"), "advisory: past its day it is overdue")
    tap.ok("due" in notices(manager, record), "advisory: the system manager was told before")
    done = [{"system": "住民情報システム", "task": "更新プログラムの適用", "done": "none", "excuse": "機器を外した"}]
    asked(manager, record, "note", tasks=done)
    tap.ok(field(manager, record, "tasks")[0]["excuse"], "advisory: what is done then is still written down")

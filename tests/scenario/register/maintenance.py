"""maintenance: what was done to a device, and what became of its memory when it went to repair."""
from records import day, draft, field, item, state, step, told, without

NAME = "maintenance"


def repair(town, **more):
    return {"device": "業務用サーバ1号", "kind": "repair", "vendor": "見本保守株式会社", "day": day(town), "memory": "secrecy",
            "secrecy": "保守契約第12号。作業場所と作業者を書面で確かめた", "result": "電源を交換した", **more}


def regular(town, **more):
    return {"device": "空調機", "kind": "regular", "day": day(town), "result": "異常なし", "next": day(town, 180), **more}


def run(town, who, tap):
    ito, manager = who["ito"], who["watanabe"]
    tap.refused(lambda: draft(ito, NAME, without(repair(town), "memory", "secrecy")), "register.field_missing",
                f"{NAME}: a repair says what became of the memory", 422)
    tap.refused(lambda: draft(ito, NAME, without(repair(town), "secrecy")), "register.field_missing",
                f"{NAME}: what was not erased needs a promise of secrecy", 422)
    tap.refused(lambda: draft(ito, NAME, repair(town, memory="erased")), "register.field_hidden",
                f"{NAME}: erased and bound to secrecy contradict each other", 422)
    tap.refused(lambda: draft(ito, NAME, regular(town, next=day(town, -1))), "register.check",
                f"{NAME}: the next one is not before this one", 422)
    record = draft(ito, NAME, repair(town))
    tap.ok(item(manager, record).get("kind") == "decide", f"{NAME}: it waits for the system manager")
    tap.refused(lambda: step(ito, record, "check", "decide"), "register.apart", f"{NAME}: not checked by who entered it", 403)
    step(manager, record, "check", "decide")
    tap.ok(state(ito, record) == "checked" and field(who["hasegawa"], record, "memory") == "secrecy",
           f"{NAME}: checked, the auditor reads what became of the memory")
    tap.refused(lambda: draft(ito, NAME, {"device": "業務用サーバ1号", "kind": "failover", "day": day(town), "result": "切り替わった"}),
                "register.field_missing", f"{NAME}: a trial of the spare says how long it took", 422)
    trial = draft(ito, NAME, {"device": "業務用サーバ1号", "kind": "failover", "day": day(town), "result": "切り替わった", "stopped": 4})
    tap.ok(field(manager, trial, "stopped") == 4, f"{NAME}: with the minutes it is entered", field(manager, trial, "stopped"))
    return draft(ito, NAME, regular(town))


def later(town, who, tap, record):
    tap.ok(state(who["ito"], record) == "entered" and "late" in told(who["watanabe"], record),
           f"{NAME}: an entry nobody checked is late", told(who["watanabe"], record))

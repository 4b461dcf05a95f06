"""own_device: only under a decision of the CISO, signed, supported to the end, and erased afterwards."""
from records import apply, comes_to, day, field, granted, identity, move, state, step, term, without


def fields(town, **more):
    return {"kind": "tablet", "model": "見本タブレット 10", "serial": "SN-77-0012", "os": "見本OS 17", "support_end": day(town, 900),
            "work": "現場の写真の確認", "reason": "支給の端末に写真機がない", "class": "1", "decision": "CISO決定 第3号", "decided_on": day(town, -60),
            "lock": True, "malware": True, "conditions": True, "term": term(town, 0, 25), **more}


def run(town, who, tap):
    sato, manager = who["sato"], who["yamazaki"]
    for wrong, code, title in [
            (without(fields(town), "conditions"), "register.field_missing", "nothing is allowed unsigned"),
            (fields(town, malware=False), "register.check", "not without malware protection"),
            (fields(town, support_end=day(town, 10)), "register.check", "not past the end of its support"),
            (fields(town, decided_on=day(town, 3)), "register.check", "a decision of the CISO yet to come is none")]:
        tap.refused(lambda wrong=wrong: apply(sato, "own_device", wrong), code, f"own_device: {title}", 422)
    record = apply(sato, "own_device", fields(town))
    tap.ok(field(sato, record, "conditions")["person"] == identity(sato), "own_device: the conditions bear her own name")
    tap.ok(field(manager, record, "serial") == "SN-77-0012" and field(who["ishibashi"], record, "serial") is None,
           "own_device: its serial number is for the section alone")
    step(manager, record, "decide", "decide")
    tap.refused(lambda: move(sato, record, "finish"), "register.field_missing", "own_device: not ended before it is erased", 422)
    move(manager, record, "revoke", "機種の弱点が公表されたため")
    tap.ok(state(sato, record) == "erasing", "own_device: the manager takes it back, and it has to be erased")
    move(sato, record, "finish", fields={"erased_on": day(town)})
    tap.ok(state(sato, record) == "closed", "own_device: erased, it is closed")
    return granted(sato, "own_device", fields(town), (manager, "decide", "decide"))


def later(town, who, tap, record):
    seen = comes_to(who["sato"], record, "erasing")
    tap.ok(seen == "erasing", "own_device: past its term it waits for the erasure", seen)

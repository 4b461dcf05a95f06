"""line_device: lines that are no closed network say why; addresses are for those who run it."""
from records import apply, day, field, item, state, step, told, until, without


def device(town, name, **more):
    return {"name": name, "kind": "device", "model": "L3-48", "place": "電算室", "firmware": "7.1", "mac": "02:aa:bb:cc:00:01", "ip": "192.0.2.20",
            "default_changed": True, "spare": True, "support_end": day(town, 120), **more}


def line(name, **more):
    return {"name": name, "kind": "outside_line", "ends": "庁舎 - 局舎", "service": "closed", **more}


def run(town, who, tap):
    operator, chief = who["ito"], who["ishibashi"]
    tap.refused(lambda: apply(operator, "line_device", line("網A", service="internet")), "register.field_missing",
                "line_device: an open line says why and how it is protected", 422)
    tap.refused(lambda: apply(operator, "line_device", device(town, "スイッチ初期", default_changed=False)), "register.check",
                "line_device: no device with the password it came with", 422)
    tap.refused(lambda: apply(operator, "line_device", device(town, "番地違い", mac="02:aa")), "register.field_net",
                "line_device: an address is one", 422)
    tap.refused(lambda: apply(operator, "line_device", without(device(town, "版なし", mac="02:aa:bb:cc:00:02"), "firmware")),
                "register.field_missing", "line_device: a device has its firmware", 422)
    record = apply(operator, "line_device", device(town, "基幹スイッチ", mac="02:aa:bb:cc:00:03"))
    tap.ok(item(chief, record).get("kind") == "decide", "line_device: it waits for the chief")
    tap.refused(lambda: step(who["watanabe"], record, "decide", "decide"), "register.not_candidate", "line_device: not for the manager", 403)
    step(chief, record, "decide", "decide")
    tap.ok(field(who["watanabe"], record, "ip") == "192.0.2.20", "line_device: the system manager sees its address")
    tap.refused(lambda: who["sato"].get(f"records/{record}"), "not_found", "line_device: a clerk does not see it at all", 404)
    tap.refused(lambda: apply(operator, "line_device", device(town, "二台目", mac="02:AA:BB:CC:00:03")), "register.field_taken",
                "line_device: one address, one device, however it is written", 422)
    wan = apply(operator, "line_device", line("LGWAN回線", service="lgwan"))
    step(chief, wan, "decide", "decide")
    tap.ok(state(operator, wan) == "current" and field(operator, wan, "firmware") is None, "line_device: a line has other fields than a device")
    return record


def later(town, who, tap, record):
    tap.ok(until(lambda: "due" in told(who["ishibashi"], record)), "line_device: before its support ends the chief is told",
           told(who["ishibashi"], record))

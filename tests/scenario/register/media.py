"""media: each has its label and number; what goes out is encrypted; a lost copy of the number is found out."""
from records import apply, field, item, me, move, state, step, without


def stick(who, label, **more):
    return {"label": label, "kind": "usb", "hardware_id": f"SN-{label}", "class": "2", "leaves": True, "encrypted": True,
            "place": "住民課 金庫", "keeper": me(who["sato"]), **more}


def run(town, who, tap):
    clerk, manager = who["sato"], who["yamazaki"]
    tap.refused(lambda: apply(clerk, "media", stick(who, "平文", encrypted=False)), "register.check",
                "media: what leaves the office is encrypted", 422)
    tap.refused(lambda: apply(clerk, "media", without(stick(who, "番号なし"), "hardware_id")), "register.field_missing",
                "media: a stick has a serial number", 422)
    tap.refused(lambda: apply(clerk, "media", stick(who, "紙", kind="paper")), "register.check", "media: paper is no medium of this list", 422)
    tap.refused(lambda: apply(clerk, "media", stick(who, "控え", backup_copy=True)), "register.field_missing",
                "media: a backup lies far from the servers", 422)
    record = apply(clerk, "media", stick(who, "U-001"))
    tap.ok(item(manager, record).get("kind") == "decide", "media: it waits for the section's manager")
    tap.refused(lambda: step(clerk, record, "decide", "decide"), "register.apart", "media: not by who asks for it", 403)
    step(manager, record, "decide", "decide")
    tap.ok(state(clerk, record) == "current", "media: allowed, it may be used")
    tap.refused(lambda: apply(clerk, "media", stick(who, "U-002", hardware_id="SN-U-001")), "register.field_taken",
                "media: one stick has one label", 422)
    tape = apply(clerk, "media", stick(who, "T-001", kind="tape", leaves=False, encrypted=False, backup_copy=True, far_place="別館書庫"))
    step(manager, tape, "decide", "reject", "暗号化すること")
    tap.ok(state(clerk, tape) == "rejected", "media: refused with its reason")
    move(clerk, record, "retire", "故障")
    again = apply(clerk, "media", stick(who, "U-001"))
    tap.ok(field(clerk, again, "label") == "U-001", "media: the label of a retired one is free again")

"""disposal: how it was made unreadable, who saw it; confirmed, the thing leaves the register it stood in."""
from records import apply, day, edit, me, move, state, step, told, until, without


def gone(town, who, **more):
    return {"kind": "medium", "what": "USBメモリ 1個", "class": "2", "method": "destroy", "done_on": day(town), "done_by": me(who["sato"]),
            "witness": me(who["yoshida"]), **more}


def stick(who, label):
    return {"label": label, "kind": "usb", "hardware_id": f"D-{label}", "class": "2", "leaves": False, "encrypted": True,
            "place": "住民課 金庫", "keeper": me(who["sato"])}


def run(town, who, tap):
    clerk, manager = who["sato"], who["yamazaki"]

    def refused(code, title, **more):
        fields = {k: v for k, v in gone(town, who, **more).items() if v is not None}
        tap.refused(lambda: apply(clerk, "disposal", fields, "enter"), code, f"disposal: {title}", 422)

    refused("register.check", "deleting files makes no medium unreadable", method="delete")
    refused("register.check", "nobody is the witness of her own act", witness=me(clerk))
    refused("register.check", "not before it was done", done_on=day(town, 2))
    refused("register.field_missing", "a company gives a certificate", done_by=None, company="処分業者")
    medium = apply(clerk, "media", stick(who, "廃-1"))
    early = apply(clerk, "disposal", gone(town, who, item=medium), "enter_item")
    tap.refused(lambda: step(manager, early, "decide", "decide"), "register.move",
                "disposal: what is not in use cannot leave its register")
    tap.ok(state(clerk, early) == "entered_item", "disposal: and nothing is confirmed by half")
    step(manager, medium, "decide", "decide")
    tap.refused(lambda: step(clerk, early, "decide", "decide"), "register.apart", "disposal: not confirmed by who entered it", 403)
    step(manager, early, "decide", "decide")
    tap.ok(state(clerk, early) == "checked" and state(clerk, medium) == "retired", "disposal: confirmed, the medium leaves its register",
           (state(clerk, early), state(clerk, medium)))
    tap.refused(lambda: edit(clerk, early, {"method": "overwrite"}), "register.move", "disposal: what was confirmed stands", 409)
    tap.refused(lambda: apply(clerk, "disposal", gone(town, who, item=early), "enter"), "register.if",
                "disposal: what stands in a register is not passed over", 409)
    paper = apply(clerk, "disposal", gone(town, who, kind="paper", method="shred", what="申請書 3箱", amends=early), "enter")
    step(manager, paper, "decide", "reject", "箱の数が違う")
    tap.ok(state(clerk, paper) == "disputed", "disposal: a mistake is sent for a correction")
    own = apply(clerk, "disposal", gone(town, who, done_by=me(manager)), "enter")
    tap.refused(lambda: step(manager, own, "decide", "decide"), "register.apart", "disposal: the manager does not confirm her own doing", 403)
    return apply(clerk, "disposal", without(gone(town, who, company="処分業者", certificate="第8号"), "done_by"), "enter")


def later(town, who, tap, left):
    tap.ok(until(lambda: "late" in told(who["ishibashi"], left)), "disposal: left unconfirmed, the chief is told",
           told(who["ishibashi"], left))
    step(who["yamazaki"], left, "decide", "decide")
    tap.ok(state(who["sato"], left) == "checked", "disposal: late, it is still confirmed")

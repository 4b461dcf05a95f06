"""carry_out: taken out with a permit, and not closed before somebody has seen it back."""
from records import apply, comes_to, day, granted, move, notices, state, step, term


def fields(town, last=10, **more):
    return {"items": [{"kind": "terminal", "label": "PC-0031", "data": True, "encrypted": True},
                      {"kind": "paper", "label": "名簿の写し", "data": True, "encrypted": False}],
            "class": "2", "place": "集会所", "purpose": "地区説明会での受付", "guard": "二人で運び、目を離さない", "term": term(town, 0, last), **more}


def run(town, who, tap):
    sato, manager = who["sato"], who["yamazaki"]
    tap.refused(lambda: apply(sato, "carry_out", fields(town, items=[{"kind": "usb", "label": "U-7", "data": True, "encrypted": False}])),
                "register.check", "carry_out: a memory with data in the clear is not let out", 422)
    tap.refused(lambda: apply(sato, "carry_out", fields(town, items=[])), "register.field_table", "carry_out: nothing taken, nothing to allow", 422)
    record = apply(sato, "carry_out", fields(town))
    tap.refused(lambda: move(sato, record, "finish", fields={"returned_on": day(town)}), "register.move",
                "carry_out: it cannot be back before it was let out", 409)
    step(manager, record, "decide", "decide")
    tap.refused(lambda: move(sato, record, "finish", fields={"returned_on": day(town, 1)}), "register.check",
                "carry_out: a return of tomorrow is not taken", 422)
    move(sato, record, "finish", fields={"returned_on": day(town), "returned_note": "傷なし"})
    tap.ok(state(sato, record) == "handed_back", "carry_out: the carrier's word alone does not close it")
    tap.refused(lambda: move(sato, record, "check_return"), "register.apart", "carry_out: she does not confirm her own return", 403)
    move(manager, record, "not_back", "端末が見当たらない")
    tap.ok(state(sato, record) == "overdue", "carry_out: the manager finds it missing")
    move(sato, record, "finish", fields={"returned_on": day(town)})
    move(manager, record, "check_return")
    tap.ok(state(manager, record) == "closed", "carry_out: seen back, it is closed")
    return granted(sato, "carry_out", fields(town), (manager, "decide", "decide"))


def later(town, who, tap, record):
    sato = who["sato"]
    tap.ok(comes_to(sato, record, "overdue") == "overdue", "carry_out: a month late it is overdue, not closed", state(sato, record))
    tap.ok(notices(sato, record), "carry_out: the carrier is told")
    move(sato, record, "finish", fields={"returned_on": day(town)})
    move(who["yamazaki"], record, "check_return")
    tap.ok(state(sato, record) == "closed", "carry_out: late, but back and closed")

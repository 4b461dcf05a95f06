"""carry_log: out with a permit or in after a scan, back on its day, both ways checked by the section's manager."""
from records import apply, at, day, draft, field, id_of, item, marks, move, state, step, term, told, without

NAME = "carry_log"


def out(town, **more):
    return {"direction": "take", "item": "ノート端末 1台", "permit_number": "持出-令8-001", "place": "県庁", "at": at(town), "due": day(town, 2), **more}


def brought(town, **more):
    return {"direction": "bring", "item": "業者のUSBメモリ", "place": "見本保守株式会社", "at": at(town), "due": day(town, 1), "scanned_in": True, **more}


def run(town, who, tap):
    sato, manager = who["sato"], who["yamazaki"]
    tap.refused(lambda: draft(sato, NAME, without(out(town), "permit_number")), "register.field_missing",
                f"{NAME}: nothing goes out without a permit", 422)
    tap.refused(lambda: draft(sato, NAME, brought(town, scanned_in=False)), "register.check",
                f"{NAME}: nothing unscanned comes in", 422)
    tap.refused(lambda: draft(sato, NAME, out(town, scanned_in=True)), "register.field_hidden",
                f"{NAME}: what goes out is not scanned for coming in", 422)
    permit = apply(sato, "carry_permit", {"assets": "端末 1台", "class": "2", "from": "住民課", "to": "県庁", "means": "公用車", "locked": True,
                                          "encrypted": True, "term": term(town, 0, 7)})
    record = draft(sato, NAME, {**without(out(town), "permit_number"), "permit": permit})
    tap.ok(item(manager, record).get("kind") == "decide" and field(manager, record, "carrier") == id_of(sato),
           f"{NAME}: the manager checks what goes, it names its permit and carrier")
    tap.refused(lambda: step(sato, record, "decide", "decide"), "register.apart", f"{NAME}: not checked by who carries it", 403)
    tap.refused(lambda: move(sato, record, "bring_back", fields={"back_at": at(town), "condition": "異常なし"}), "register.move",
                f"{NAME}: it is not back before it went", 409)
    step(manager, record, "decide", "decide")
    tap.refused(lambda: move(sato, record, "bring_back"), "register.field_missing", f"{NAME}: coming back is looked at", 422)
    move(sato, record, "bring_back", fields={"back_at": at(town, 1), "condition": "中身はそろい、ウイルスもない"})
    step(manager, record, "decide", "reject", "付属品がない")
    tap.ok(state(sato, record) == "overdue", f"{NAME}: what is not whole does not count as back")
    move(sato, record, "bring_back", fields={"back_at": at(town, 2), "condition": "付属品も戻した"})
    step(manager, record, "decide", "decide")
    tap.ok(state(sato, record) == "checked", f"{NAME}: both ways are checked", marks(sato, record))
    left = draft(sato, NAME, brought(town))
    step(manager, left, "decide", "decide")
    return left


def later(town, who, tap, left):
    tap.ok(state(who["sato"], left) == "overdue" and "due" in told(who["sato"], left),
           f"{NAME}: past its day it is overdue, and its owner was told before", (state(who["sato"], left), told(who["sato"], left)))
    back = move(who["sato"], left, "bring_back", fields={"back_at": at(town), "condition": "返した"})
    tap.ok(back["state"] == "back", f"{NAME}: brought back late, it waits for the check")

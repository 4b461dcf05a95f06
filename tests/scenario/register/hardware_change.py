"""hardware_change: what is rebuilt, what becomes of what was taken out, and how the terminal is afterwards."""
from records import apply, comes_to, day, field, granted, move, state, step, term, without


def fields(town, **more):
    return {"terminal": "PC-0200", "change": "storage", "detail": "記憶装置を大きいものへ", "reason": "空きがない", "doer": "vendor",
            "vendor": "見本電機 保守契約第8条", "old_storage": "細断して証明書をもらう", "term": term(town, 0, 10), **more}


def run(town, who, tap):
    sato, system, chief = who["sato"], who["watanabe"], who["ishibashi"]
    tap.refused(lambda: apply(sato, "hardware_change", without(fields(town), "old_storage")), "register.field_missing",
                "hardware_change: what becomes of the old storage must be said", 422)
    tap.refused(lambda: apply(sato, "hardware_change", fields(town, change="memory")), "register.field_hidden",
                "hardware_change: memory leaves no old storage behind", 422)
    tap.refused(lambda: apply(sato, "hardware_change", fields(town, term=term(town, 0, 200))), "register.check", "hardware_change: half a year is no time of work", 422)
    record = apply(sato, "hardware_change", fields(town))
    step(system, record, "system", "approve")
    tap.refused(lambda: move(sato, record, "finish", fields={"done_on": day(town), "now_is": "512GB"}), "register.move",
                "hardware_change: nothing is done on one approval", 409)
    step(chief, record, "decide", "decide")
    tap.refused(lambda: move(sato, record, "finish", fields={"done_on": day(town)}), "register.field_missing", "hardware_change: how it is now must be told", 422)
    move(sato, record, "finish", fields={"done_on": day(town), "now_is": "512GB"})
    tap.ok(state(sato, record) == "closed" and field(who["ito"], record, "now_is") == "512GB", "hardware_change: done, and the operators read how it is")
    refused = apply(sato, "hardware_change", without(fields(town, change="radio", radio_use="庁内の無線"), "old_storage"))
    step(system, refused, "system", "approve")
    step(chief, refused, "decide", "reject", "無線は置かない決まりのため")
    tap.ok(state(sato, refused) == "rejected", "hardware_change: the chief refuses a radio")
    return granted(sato, "hardware_change", fields(town), (system, "system", "approve"), (chief, "decide", "decide"))


def later(town, who, tap, record):
    sato = who["sato"]
    tap.ok(comes_to(sato, record, "overdue") == "overdue", "hardware_change: nobody reported, so it is asked for")
    move(sato, record, "not_done", "予算がつかなかった")
    tap.ok(state(sato, record) == "withdrawn", "hardware_change: not done after all")

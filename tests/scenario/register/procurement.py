"""procurement: the specification is confirmed before, the product after it was examined."""
from deeds import sheet, steps, without, write
from records import apply, day, field, item, marks, move, state, step

FUNCTIONS = ("access", "login", "logs", "encryption", "malware", "updates", "erase", "supply")


def fields(**more):
    return {"item": "窓口の複合機", "kind": "copier", "purpose": "証明の印刷", "class": "2", "support_years": "5",
            "functions": sheet(*FUNCTIONS, exit="na"), **more}


def run(town, who, tap):
    sato, system = who["sato"], who["watanabe"]
    tap.refused(lambda: apply(sato, "procurement", fields(functions=sheet(*FUNCTIONS[:-2], "supply", erase="no", exit="na")), "answer"),
                "register.check", "procurement: a copier's storage must be erased at its end", 422)
    tap.refused(lambda: apply(sato, "procurement", without(fields(), "support_years"), "answer"), "register.field_missing",
                "procurement: how long it is cared for is asked for", 422)
    tap.refused(lambda: apply(sato, "procurement", fields(functions=sheet(*FUNCTIONS)), "answer"), "register.field_rows",
                "procurement: each row is answered", 422)
    record = apply(sato, "procurement", fields(), "answer")
    tap.ok(item(system, record).get("kind") == "decide", "procurement: the system manager reads the specification")
    tap.refused(lambda: step(sato, record, "decide", "decide"), "register.apart", "procurement: not who wrote it", 403)
    step(system, record, "decide", "decide")
    tap.ok(state(sato, record) == "buying", "procurement: confirmed, it is bought")
    found = {"product": "見本C-200", "finding": "good", "examination": "記憶の消去を実機で確かめた"}
    tap.refused(lambda: write(sato, record, **found), "register.field_missing", "procurement: no machine without an end of support", 422)
    write(sato, record, **found, support_end=day(town, 1500))
    tap.refused(lambda: write(sato, record, finding="bad"), "register.field_missing", "procurement: a shortcoming is made good", 422)
    move(sato, record, "examine")
    steps(record, (system, "decide", "decide"))
    tap.ok(state(sato, record) == "confirmed" and marks(sato, record) == ["決", "決"], "procurement: the product is confirmed as well")
    tap.ok(field(system, record, "product") == "見本C-200", "procurement: and named")

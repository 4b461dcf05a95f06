"""contract: nothing indispensable may be missing in it, the chief decides, it is looked after and accepted at its end."""
from deeds import TERMS, contract, contract_fields, readable, sheet, steps, without, write
from records import apply, day, field, item, marks, move, state, step


def run(town, who, tap):
    sato = who["sato"]
    whole = contract_fields(town, "R8-17", last=30)
    tap.refused(lambda: apply(sato, "contract", without({**whole, "contract_no": "R8-11"}, "nda_on")), "register.field_missing",
                "contract: no important information without a secrecy agreement", 422)
    tap.refused(lambda: apply(sato, "contract", {**whole, "contract_no": "R8-12", "terms": sheet(*TERMS, secrecy="no")}), "register.check",
                "contract: nor without the term of secrecy", 422)
    tap.refused(lambda: apply(sato, "contract", {**whole, "contract_no": "R8-13", "people": whole["people"][1:]}), "register.check",
                "contract: somebody there is responsible", 422)
    record = apply(sato, "contract", whole)
    tap.refused(lambda: step(sato, record, "manager", "approve"), "register.apart", "contract: not by who wrote it", 403)
    tap.refused(lambda: step(who["ishibashi"], record, "decide", "decide"), "register.not_open",
                "contract: not by the chief before the section's manager", 409)
    steps(record, (who["yamazaki"], "manager", "approve"), (who["ishibashi"], "decide", "decide"))
    tap.ok(state(sato, record) == "current" and marks(sato, record) == ["認", "決"], "contract: decided, it is under way")
    tap.ok(readable(who["yamazaki"], record, "people") and not readable(who["watanabe"], record, "people"),
           "contract: the contractor's people are not for everybody who reads it")
    tap.refused(lambda: write(sato, record, vendor="別の会社"), "register.not_candidate", "contract: what was decided stands", 403)
    write(sato, record, checks=[{"day": day(town), "how": "visit", "found": "鍵と台帳を確認した", "told": "情報セキュリティ管理者"}])
    tap.ok(field(who["yamazaki"], record, "checks")[0]["how"] == "visit", "contract: how it is performed is written meanwhile")
    tap.refused(lambda: move(sato, record, "retire", "満了"), "register.field_missing", "contract: it does not end unaccepted", 422)
    tap.refused(lambda: contract(town, who, "R8-17"), "register.field_taken", "contract: a number stands for one contract", 422)
    return record


def later(town, who, tap, record):
    sato = who["sato"]
    tap.ok(state(sato, record) == "finishing", "contract: past its term it waits to be accepted", state(sato, record))
    write(sato, record, accepted="情報の保護と抹消を確かめ検収した")
    tap.ok(move(sato, record, "retire", "期間満了")["state"] == "retired" and not item(who["yamazaki"], record),
           "contract: accepted, it is closed")

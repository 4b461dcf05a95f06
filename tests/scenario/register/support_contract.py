"""support_contract: whom the body asks for help, until when."""
from cases import seen_fields, until
from records import apply, move, state, step, term


def fields(town, name, **more):
    return {"name": name, "kind": "firm", "scope": "事案の調査", "phone": "0120-000-000", "mail": "help@example.jp", "nda": True,
            "term": term(town, -10, 30), **more}


def run(town, who, tap):
    sato, manager, chief = who["sato"], who["yamazaki"], who["ishibashi"]
    record = apply(sato, "support_contract", fields(town, "関乃情報支援"))
    tap.refused(lambda: step(sato, record, "manager", "approve"), "register.apart", "support_contract: not by who asked", 403)
    tap.refused(lambda: step(chief, record, "decide", "decide"), "register.not_open", "support_contract: the section's manager comes first", 409)
    step(manager, record, "manager", "approve")
    step(chief, record, "decide", "decide")
    tap.ok(state(sato, record) == "current", "support_contract: decided, it counts")
    tap.ok("phone" in seen_fields(who["watanabe"], record), "support_contract: the CSIRT sees the phone")
    tap.refused(lambda: apply(sato, "support_contract", fields(town, "秘密なし", nda=False)), "register.check",
                "support_contract: a firm is bound to secrecy", 422)
    tap.refused(lambda: apply(sato, "support_contract", fields(town, "電話誤り", phone="電話")), "register.field_address",
                "support_contract: a phone is a phone", 422)
    move(sato, record, "amend")
    tap.ok(state(sato, record) == "amending", "support_contract: a change begins")
    other = apply(sato, "support_contract", fields(town, "見本セキュリティ"))
    step(manager, other, "manager", "approve")
    step(chief, other, "decide", "decide")
    return other


def later(town, who, tap, record):
    tap.ok(until(lambda: state(who["sato"], record) == "retired"), "support_contract: past its term nobody relies on it")

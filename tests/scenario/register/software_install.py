"""software_install: enough licences, still supported, the system manager and the chief; removed at the end."""
from records import apply, comes_to, day, granted, move, state, step, term, without


def fields(town, **more):
    return {"product": "見本作図", "edition": "4.2", "maker": "見本ソフト", "terminals": "PC-0031, PC-0032", "machines": 2, "reason": "道路台帳の図面を開くため",
            "licence": "bought", "licences": 2, "support_end": day(town, 400), "term": term(town, 0, 20), **more}


def run(town, who, tap):
    sato, system, chief = who["sato"], who["watanabe"], who["ishibashi"]
    both = ((system, "system", "approve"), (chief, "decide", "decide"))
    tap.refused(lambda: apply(sato, "software_install", fields(town, licences=1)), "register.check", "software_install: one licence is not for two terminals", 422)
    tap.refused(lambda: apply(sato, "software_install", fields(town, support_end=day(town, 5))), "register.check",
                "software_install: it is not used longer than it is supported", 422)
    free = without(fields(town, licence="free"), "licences")
    tap.refused(lambda: apply(sato, "software_install", free), "register.field_missing",
                "software_install: what is free must be told where it comes from", 422)
    tap.refused(lambda: apply(sato, "software_install", fields(town, sha256="1234")), "register.field_hash", "software_install: half a digest is none", 422)
    record = apply(sato, "software_install", fields(town))
    tap.refused(lambda: step(chief, record, "decide", "decide"), "register.not_open", "software_install: the system manager is asked first", 409)
    step(system, record, "system", "approve")
    tap.refused(lambda: step(system, record, "decide", "decide"), "register.apart", "software_install: who approved does not decide as well", 403)
    step(chief, record, "decide", "decide")
    tap.ok(state(sato, record) == "in_force", "software_install: both agree, it may be installed")
    move(sato, record, "finish", fields={"removed_on": day(town)})
    tap.ok(state(sato, record) == "closed", "software_install: removed, it is closed")
    own = apply(system, "software_install", fields(town))
    tap.refused(lambda: step(system, own, "system", "approve"), "register.apart", "software_install: the system manager does not approve his own", 403)
    return granted(sato, "software_install", fields(town), *both)


def later(town, who, tap, record):
    seen = comes_to(who["sato"], record, "removing")
    tap.ok(seen == "removing", "software_install: past its term somebody has to remove it", seen)

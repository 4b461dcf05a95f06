"""outside_network: three in a row, the chief and the CISO apart, after the far end was looked at."""
from records import apply, item, marks, move, state, step, term, without


def fields(town, **more):
    return {"system": "防災情報システム", "far_end": "県の防災網", "paths": "専用線一本、業務端末から県の一台へ", "survey": "機器の構成と対策を聞き取り、問題なし",
            "liability": "協定第7条", "term": term(town, 0, 30), **more}


def run(town, who, tap):
    sato, manager, chief, ciso = who["sato"], who["yamazaki"], who["ishibashi"], who["mori"]
    for key in ("survey", "liability"):
        tap.refused(lambda key=key: apply(sato, "outside_network", without(fields(town), key)), "register.field_missing",
                    f"outside_network: not without {key}", 422)
    record = apply(sato, "outside_network", fields(town))
    tap.refused(lambda: step(ciso, record, "decide", "decide"), "register.not_open", "outside_network: the CISO comes last", 409)
    step(manager, record, "dept", "approve")
    tap.refused(lambda: step(manager, record, "chief", "approve"), "register.not_candidate", "outside_network: the manager is not the chief", 403)
    step(chief, record, "chief", "approve")
    tap.ok(state(sato, record) == "pending" and item(ciso, record).get("kind") == "decide", "outside_network: two approved, the third is asked")
    step(ciso, record, "decide", "decide")
    tap.ok(state(sato, record) == "in_force" and len(marks(sato, record)) == 3, "outside_network: three names stand on it")
    back = apply(sato, "outside_network", fields(town))
    step(manager, back, "dept", "approve")
    step(chief, back, "chief", "send_back", "調査の日付がない")
    tap.ok(state(sato, back) == "draft", "outside_network: the chief sends one back")
    move(sato, back, "withdraw")
    tap.ok(state(sato, back) == "withdrawn", "outside_network: and she gives it up")
    return record


def later(town, who, tap, record):
    tap.ok(state(who["sato"], record) == "closed", "outside_network: past its term the permit is over")

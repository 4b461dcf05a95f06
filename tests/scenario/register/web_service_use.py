"""web_service_use: an exception for one service and partner, and what was left there is deleted."""
from records import apply, comes_to, day, granted, item, move, notices, state, step, term


def fields(town, **more):
    return {"kind": "storage", "service": "見本ボックス", "url": "https://box.example/", "partner": "見本設計事務所", "reason": "相手が町の仕組みを使えない",
            "way": "take", "content": "橋の図面", "class": "1", "term": term(town, 0, 20), **more}


def run(town, who, tap):
    sato, manager, chief = who["sato"], who["yamazaki"], who["ishibashi"]
    tap.refused(lambda: apply(sato, "web_service_use", fields(town, url="box.example")), "register.field_address", "web_service_use: half an address is none", 422)
    tap.refused(lambda: apply(sato, "web_service_use", fields(town, way="give")), "register.field_missing",
                "web_service_use: files of ours need protection there", 422)
    tap.refused(lambda: apply(sato, "web_service_use", fields(town, term=term(town, 0, 800))), "register.check", "web_service_use: two years are no exception", 422)
    record = apply(sato, "web_service_use", fields(town, way="give", guard="暗号化し、鍵は電話で伝える"))
    tap.ok(not item(chief, record), "web_service_use: the chief is not asked before the manager")
    step(manager, record, "manager", "approve")
    tap.ok(item(chief, record).get("kind") == "decide", "web_service_use: then it waits for the chief")
    step(chief, record, "decide", "decide")
    tap.ok(state(sato, record) == "in_force", "web_service_use: allowed")
    tap.refused(lambda: move(sato, record, "finish", fields={"deleted_on": day(town, 1)}), "register.check", "web_service_use: deleted tomorrow is not deleted", 422)
    move(sato, record, "finish", fields={"deleted_on": day(town)})
    tap.ok(state(sato, record) == "closed", "web_service_use: deleted, it is closed")
    return granted(sato, "web_service_use", fields(town), (manager, "manager", "approve"), (chief, "decide", "decide"))


def later(town, who, tap, record):
    tap.ok(comes_to(who["sato"], record, "cleaning") == "cleaning", "web_service_use: past its term the files are asked for")
    tap.ok(notices(who["sato"], record), "web_service_use: and she is told")

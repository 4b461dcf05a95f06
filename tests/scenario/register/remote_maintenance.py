"""remote_maintenance: at most eight hours, watched by one of the staff who can stop it, and told afterwards."""
from records import apply, comes_to, field, granted, identity, moment, move, state, step


def fields(town, who, **more):
    return {"system": "住民情報システム", "vendor": "見本電算", "contract": "保守 令7-12", "persons": [{"name": "電算 太郎", "phone": "03-0000-0000"}],
            "from_place": "見本電算の保守室", "work": "月次処理の点検", "changes": False, "begins": moment(town, 0), "ends": moment(town, 6),
            "attendant": identity(who["ito"]), **more}


def run(town, who, tap):
    watanabe, ito, chief = who["watanabe"], who["ito"], who["ishibashi"]
    tap.refused(lambda: apply(watanabe, "remote_maintenance", fields(town, who, ends=moment(town, 9))), "register.check",
                "remote_maintenance: nine hours are too long", 422)
    tap.refused(lambda: apply(watanabe, "remote_maintenance", fields(town, who, attendant=identity(who["kimura"]))), "register.field_person",
                "remote_maintenance: a contractor does not attend", 422)
    tap.refused(lambda: apply(watanabe, "remote_maintenance", fields(town, who, changes=True)), "register.field_missing",
                "remote_maintenance: a change has its own approval", 422)
    record = apply(watanabe, "remote_maintenance", fields(town, who))
    tap.refused(lambda: step(ito, record, "decide", "decide"), "register.apart", "remote_maintenance: the attendant does not allow it", 403)
    step(chief, record, "decide", "decide")
    tap.ok(field(ito, record, "persons")[0]["name"] == "電算 太郎", "remote_maintenance: the operators know who comes")
    tap.refused(lambda: move(watanabe, record, "stop", "早めに終えたい"), "register.not_candidate", "remote_maintenance: who asked does not stop it in the attendant's place", 403)
    move(ito, record, "stop", "申請にない作業を始めたため")
    tap.ok(state(ito, record) == "reporting", "remote_maintenance: the attendant stops it")
    tap.refused(lambda: move(ito, record, "finish", fields={"result": "中止した", "closed_at": moment(town, 2)}), "register.check",
                "remote_maintenance: it is not shut at a time to come", 422)
    move(ito, record, "finish", fields={"result": "中止した", "closed_at": moment(town, 0)})
    tap.ok(state(watanabe, record) == "closed", "remote_maintenance: what was done is told, it is closed")
    return granted(watanabe, "remote_maintenance", fields(town, who), (chief, "decide", "decide"))


def later(town, who, tap, record):
    seen = comes_to(who["watanabe"], record, "reporting")
    tap.ok(seen == "reporting", "remote_maintenance: its hours are over, the result is asked for", seen)

"""work_record: two people, the second confirms first; a change of settings rests on a change that was allowed."""
from records import apply, at, change_fields, draft, field, id_of, item, state, step, told, without

NAME = "work_record"


def fields(town, who, **more):
    return {"system": "住民情報システム", "kind": "operation", "second": id_of(who["kimura"]), "began": at(town, -2), "ended": at(town, -1),
            "steps": "夜間の処理の結果を見て、控えを取った", "as_planned": True, **more}


def run(town, who, tap):
    ito, second, manager = who["ito"], who["kimura"], who["watanabe"]
    tap.refused(lambda: draft(ito, NAME, without(fields(town, who), "second")), "register.field_missing", f"{NAME}: nobody works alone", 422)
    tap.refused(lambda: draft(ito, NAME, fields(town, who, as_planned=False)), "register.field_missing",
                f"{NAME}: what went otherwise is said", 422)
    tap.refused(lambda: draft(ito, NAME, fields(town, who, ended=at(town, -5))), "register.check",
                f"{NAME}: it does not end before it began", 422)
    tap.refused(lambda: draft(ito, NAME, fields(town, who, kind="settings")), "register.field_missing",
                f"{NAME}: settings are changed on an allowed change only", 422)
    record = draft(ito, NAME, fields(town, who))
    tap.ok(item(second, record).get("step") == "second" and not item(manager, record), f"{NAME}: the second person is asked first")
    tap.refused(lambda: step(manager, record, "check", "decide"), "register.not_open", f"{NAME}: she is not passed over")
    step(second, record, "second", "approve")
    step(manager, record, "check", "decide")
    tap.ok(state(ito, record) == "checked", f"{NAME}: both have confirmed it")
    allowed = apply(ito, "change_record", change_fields(town))
    linked = draft(ito, NAME, fields(town, who, kind="settings", change=allowed))
    tap.ok(field(second, linked, "change") == allowed, f"{NAME}: it names the change it carries out")
    alone = draft(ito, NAME, fields(town, who, second=id_of(ito)))
    tap.refused(lambda: step(ito, alone, "second", "approve"), "register.apart", f"{NAME}: nobody is her own second person", 403)
    return linked


def later(town, who, tap, linked):
    tap.ok(state(who["ito"], linked) == "entered" and "late" in told(who["watanabe"], linked),
           f"{NAME}: unconfirmed work is late", told(who["watanabe"], linked))

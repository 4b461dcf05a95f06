"""information_asset: the section's manager decides; secret ones the chief sees first."""
from records import apply, field, item, marks, move, state, step, without


def asset(name, **more):
    return {"name": name, "confidentiality": "2", "integrity": "2", "availability": "1", "personal_data": True, "specific": False,
            "form": "paper", "locked_place": "住民課 鍵付き書庫", "limits": "複製・持出し禁止", "keep_rule": "完結後5年", **more}


def run(town, who, tap):
    clerk, manager, chief = who["sato"], who["yamazaki"], who["ishibashi"]
    tap.refused(lambda: apply(clerk, "information_asset", asset("矛盾", personal_data=False, specific=True)), "register.check",
                "information_asset: specific information is personal information", 422)
    tap.refused(lambda: apply(clerk, "information_asset", without(asset("紙の置き場なし"), "locked_place")), "register.field_missing",
                "information_asset: paper has a locked place", 422)
    tap.refused(lambda: apply(clerk, "information_asset", without(asset("データ", form="data"), "locked_place")), "register.field_missing",
                "information_asset: data is in a system or a folder", 422)
    record = apply(clerk, "information_asset", asset("転入届"))
    tap.refused(lambda: step(who["ogawa"], record, "decide", "decide"), "not_found", "information_asset: not another section's manager", 404)
    step(manager, record, "decide", "decide")
    tap.ok(marks(clerk, record) == ["決"], "information_asset: of the middle class the section's manager decides alone")

    secret = apply(clerk, "information_asset", asset("支援措置の記録", confidentiality="3"))
    tap.ok(item(chief, secret).get("kind") == "consult" and not item(manager, secret), "information_asset: a secret one goes to the chief first")
    tap.refused(lambda: step(manager, secret, "decide", "decide"), "register.not_open", "information_asset: the manager does not go before her")
    step(chief, secret, "chief", "consult")
    step(manager, secret, "decide", "decide")
    tap.ok(marks(clerk, secret) == ["合", "決"], "information_asset: then the manager decides", marks(clerk, secret))
    move(manager, record, "amend_for")
    tap.refused(lambda: who["nakamura"].get(f"records/{record}"), "not_found", "information_asset: another section sees nothing of it", 404)
    tap.refused(lambda: move(manager, record, "dispose"), "register.move", "information_asset: nobody retires it by the system's own move")
    move(manager, record, "submit_for")
    tap.ok(state(clerk, record) == "amended" and field(clerk, record, "name") == "転入届", "information_asset: amended for the section it waits anew")

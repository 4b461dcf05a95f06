"""iot_device: what may go wrong and what is done about it, before it hangs on a network."""
from records import apply, edit, item, marks, move, state, step, without


def camera(name, **more):
    return {"name": name, "use": "庁舎入口の見守り", "model": "C-20", "place": "正面玄関", "joined": "own", "films": True, "keeps_days": 14,
            "default_changed": True, "vendor_access": False, "risk": "映像ののぞき見", "measure": "専用の区間に置く", **more}


def run(town, who, tap):
    clerk, chief = who["takahashi"], who["ishibashi"]
    tap.refused(lambda: apply(clerk, "iot_device", camera("初期のまま", default_changed=False)), "register.check",
                "iot_device: nothing is joined with its first password", 422)
    tap.refused(lambda: apply(clerk, "iot_device", without(camera("日数なし"), "keeps_days")), "register.field_missing",
                "iot_device: what records people says how long", 422)
    tap.refused(lambda: apply(clerk, "iot_device", without(camera("対策なし"), "measure")), "register.field_missing",
                "iot_device: what is joined says what is done about its risk", 422)
    alone = apply(clerk, "iot_device", without(without(camera("置時計", joined="none", films=False, default_changed=False), "measure"),
                                               "keeps_days"))
    tap.ok(state(clerk, alone) == "pending", "iot_device: what stands alone needs neither")
    record = apply(clerk, "iot_device", camera("玄関カメラ"))
    tap.refused(lambda: step(clerk, record, "decide", "decide"), "register.apart", "iot_device: not by who asks", 403)
    tap.refused(lambda: step(who["yamazaki"], record, "decide", "decide"), "not_found", "iot_device: not by another section's manager", 404)
    step(chief, record, "decide", "send_back", "保存日数を短く")
    tap.ok(state(clerk, record) == "draft" and item(clerk, record), "iot_device: sent back, it lies on its writer's desk")
    edit(clerk, record, {"keeps_days": 7})
    move(clerk, record, "submit")
    step(chief, record, "decide", "decide")
    tap.ok(marks(clerk, record) == ["戻", "決"] and state(clerk, record) == "current", "iot_device: shortened, it is allowed", marks(clerk, record))
    tap.refused(lambda: move(clerk, record, "retire"), "register.reason_missing", "iot_device: why it ends must be said", 422)

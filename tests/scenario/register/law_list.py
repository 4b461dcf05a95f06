"""law_list: each law once, with its number and the day somebody looked."""
from records import apply, day, edit, field, move, state, step, without


def law(town, **more):
    return {"name": "個人情報の保護に関する法律", "kind": "law", "law_no": "平成十五年法律第五十七号", "link": "https://laws.example/h15-57",
            "about": "個人情報の安全管理と漏えいの報告", "checked_on": day(town), **more}


def run(town, who, tap):
    writer, chief = who["takahashi"], who["ishibashi"]
    tap.refused(lambda: apply(writer, "law_list", without(law(town), "law_no")), "register.field_missing", "law_list: a law has a number", 422)
    tap.refused(lambda: apply(writer, "law_list", law(town, law_no="甲", link="laws")), "register.field_address", "law_list: a link is an address", 422)
    tap.refused(lambda: apply(writer, "law_list", law(town, law_no="乙", changed_on=day(town, 5))), "register.check",
                "law_list: what was amended after the look was not looked at", 422)
    record = apply(writer, "law_list", law(town))
    tap.refused(lambda: step(who["yamazaki"], record, "decide", "decide"), "not_found", "law_list: a manager elsewhere does not find it", 404)
    step(chief, record, "decide", "decide")
    tap.ok(field(who["sato"], record, "law_no") == law(town)["law_no"], "law_list: everybody reads what counts")
    tap.refused(lambda: apply(who["ito"], "law_list", law(town, name="別の題名")), "register.field_taken", "law_list: one number, one entry", 422)
    guide = apply(writer, "law_list", without(law(town, kind="guide", name="国の指針"), "law_no"))
    step(chief, guide, "decide", "decide")
    tap.ok(state(writer, guide) == "current", "law_list: a guideline needs none")
    move(writer, record, "amend")
    edit(writer, record, {"changed_on": day(town, -10)})
    move(writer, record, "submit_change")
    tap.refused(lambda: step(writer, record, "decide", "decide"), "register.apart", "law_list: a change is not decided by who made it", 403)
    step(chief, record, "decide", "return_change", "題名も確かめること")
    tap.ok(state(writer, record) == "amending", "law_list: sent back, it is amended further")
    move(writer, record, "submit_change")
    step(chief, record, "decide", "approve_change")
    tap.ok(state(writer, record) == "current", "law_list: and counts again")
    move(writer, record, "retire", "廃止された")
    again = apply(who["ito"], "law_list", law(town))
    tap.ok(state(who["ito"], again) == "pending", "law_list: what has ended takes no number away")

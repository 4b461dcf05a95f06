"""policy_review: it rests on audit and self-check or says why not, and two of the committee decide what is revised."""
from deeds import write
from records import day, draft, item, marks, move, state, step, term


def fields(town):
    return {"year": day(town)[:4], "term": term(town, 0, 60), "goal": "毎年度の見直し", "occasion": "yearly"}


def run(town, who, tap):
    ishibashi, mori, officer = who["ishibashi"], who["mori"], who["takahashi"]
    tap.refused(lambda: move(ishibashi, draft(ishibashi, "policy_review", {**fields(town), "occasion": "change"}), "start"),
                "register.field_missing", "policy_review: a great change is told", 422)
    record = draft(ishibashi, "policy_review", fields(town))
    tap.refused(lambda: move(officer, record, "start"), "register.not_candidate", "policy_review: who planned it begins it", 403)
    move(ishibashi, record, "start")
    tap.refused(lambda: write(ishibashi, record, decision="revise"), "register.field_missing",
                "policy_review: a revision names its clauses and its day", 422)
    found = {"report": "持出しの定めが古い", "incidents": "誤送信が一件", "outside": "新しい指針が出た", "decision": "revise",
             "applies_from": day(town, 90),
             "clauses_changed": [{"document": "対策基準", "clause": "7(1)⑮", "becomes": "宛先を二人で確かめる", "why": "誤送信"}]}
    tap.refused(lambda: write(ishibashi, record, **found), "register.field_missing",
                "policy_review: neither audit nor self-check, and no reason", 422)
    write(ishibashi, record, **found, no_audit="本年度の監査はまだ終わっていない")
    move(ishibashi, record, "close")
    tap.refused(lambda: step(ishibashi, record, "decide", "decide"), "register.apart", "policy_review: a member does not decide on her own", 403)
    tap.ok(item(mori, record).get("step") == "decide", "policy_review: the committee is asked")
    step(mori, record, "decide", "decide")
    tap.ok(state(mori, record) == "judged", "policy_review: one vote is not enough")
    step(officer, record, "decide", "decide")
    tap.ok(state(mori, record) == "closed" and marks(mori, record) == ["決", "決"], "policy_review: two are", state(mori, record))

"""incident: reported by whoever notices it, judged by the CSIRT, ordered and closed by the CISO; its reports and their clocks."""
from cases import asked, edit, notices, paper, through, until, when
from records import draft, move, state


def reports(person, record):
    return {r["key"]: r for r in person.get(f"records/{record}")["reports"]}


def sent(town, report, hours=0):
    return {"report": report, "at": when(town, hours), "how": "電話と電子申請", "evidence": paper("受付票.pdf")}


def reported(town, sato, **more):
    return draft(sato, "incident", {"noticed_at": when(town), "kind": "leak", "what": "名簿が外部に送られた", **more})


def run(town, who, tap):
    sato, csirt, lead, ciso = who["sato"], who["watanabe"], who["ishibashi"], who["mori"]
    record = reported(town, sato)
    found = reports(csirt, record)
    tap.ok(len(found) == 11 and found["ppc"]["state"] == "waiting" and found["in_section"]["state"] == "running",
           "incident: while nothing is known every row applies; the law's clocks wait", found)
    tap.refused(lambda: move(csirt, record, "assess"), "register.field_missing", "incident: judged only with the time it was known", 422)
    tap.refused(lambda: move(sato, record, "assess"), "register.not_candidate", "incident: who reports it does not judge it", 403)
    edit(csirt, record, known_at=when(town), data=["personal"], persons=100, malice="no", number_system="no", crime="no", service="no")
    tap.ok("ppc" not in reports(csirt, record), "incident: a hundred persons are not more than a hundred")
    edit(csirt, record, persons=101)
    tap.ok({"ppc", "ppc_final", "persons"} <= set(reports(csirt, record)), "incident: a hundred and one are")
    tap.refused(lambda: edit(csirt, record, off=[{"report": "ppc", "reason": "不要"}]), "register.not_candidate",
                "incident: the CSIRT switches no report off")
    move(csirt, record, "assess")
    move(csirt, record, "act")
    asked(ciso, record, "order", orders="回線を切り、記録を残す")
    tap.refused(lambda: asked(csirt, record, "switch_off", "不要", off=[{"report": "ppc", "reason": "不要"}]), "register.not_candidate",
                "incident: only the CISO does, and not by the CSIRT's hand", 403)
    asked(ciso, record, "switch_off", "本人の依頼", off=[{"report": "persons", "reason": "本人が既に知っている"}])
    tap.ok(reports(csirt, record)["persons"]["state"] == "off" and reports(csirt, record)["persons"]["reason"],
           "incident: what the CISO switched off says why")
    late = sent(town, "ppc")
    del late["evidence"]
    tap.refused(lambda: edit(csirt, record, sent=[late]), "register.field_missing", "incident: a report without proof does not count", 422)
    tap.refused(lambda: edit(csirt, record, sent=[sent(town, "ppc", 5)]), "register.check", "incident: none is sent in the future", 422)
    edit(csirt, record, sent=[sent(town, "ppc")])
    row = reports(csirt, record)["ppc"]
    tap.ok(row["state"] == "done" and row["evidence"][0]["name"] == "受付票.pdf", "incident: sent in time, with its proof", row)
    edit(csirt, record, measures="回収した", cause="宛先の誤り", prevention="二人で確かめる")
    move(csirt, record, "find")
    move(csirt, record, "finish")
    through(record, [(lead, "lead", "approve"), (ciso, "decide", "decide")])
    tap.ok(state(sato, record) == "closed", "incident: closed by the CISO after the lead of the CSIRT")
    old = reported(town, sato, noticed_at=when(town, -6 * 24), known_at=when(town, -6 * 24))
    found = reports(csirt, old)
    tap.ok(found["ppc"]["state"] == "late" and found["in_ciso"]["state"] == "late" and found["ppc_final"]["state"] == "running",
           "incident: entered six days late it is late at once", found)
    edit(csirt, old, sent=[sent(town, "ppc")])
    tap.ok(reports(csirt, old)["ppc"]["state"] == "done_late", "incident: sent too late, it stays late")
    move(csirt, old, "assess")
    move(csirt, old, "act")
    secret = reported(town, sato, encrypted=True, encryption_proof=paper("暗号化の設定.pdf"))
    tap.ok(not {"ppc", "number", "persons"} & set(reports(csirt, secret)), "incident: strong encryption with its proof removes them")
    return old


def later(town, who, tap, record):
    found = reports(who["watanabe"], record)
    tap.ok(found["ppc_final"]["state"] == "late" and found["ppc"]["state"] == "done_late", "incident: past day thirty the final report is late", found)
    tap.ok(until(lambda: all("late" in notices(who[name], record) for name in ("mori", "watanabe"))),
           "incident: the CISO and the CSIRT were told")

"""cloud_service: weighed by the criteria, decided by who may for its class, and not left before it is erased."""
from deeds import identity, sheet, steps, without, write
from records import apply, day, field, item, marks, move, state, step, term

POINTS = ("measures", "purpose", "unintended", "background", "incident", "performance", "exit", "level", "subcontract", "whole_path",
          "erasing")


def fields(town, who, **more):
    return {"service": "見本ウェブ会議", "provider": "見本クラウド株式会社", "url": "https://meeting.example.jp/", "work": "住民説明会の配信",
            "class": "2", "personal_data": False, "users": "住民課の職員", "terms_kind": "contract", "impact": "延期で足りる",
            "countries": "日本", "foreign": False, "points": sheet(*POINTS, login="no"), "certificates": ["ismap"],
            "manager": identity(who["sato"]), "term": term(town, 0, 20), **more}


def run(town, who, tap):
    sato = who["sato"]
    tap.refused(lambda: apply(sato, "cloud_service", fields(town, who, points=sheet(*without(dict.fromkeys(POINTS), "exit"), login="no",
                                                                                    exit="no"))),
                "register.check", "cloud_service: none without a way out", 422)
    tap.refused(lambda: apply(sato, "cloud_service", fields(town, who, foreign=True)), "register.field_missing",
                "cloud_service: foreign law is weighed", 422)
    tap.refused(lambda: apply(sato, "cloud_service", fields(town, who, terms_kind="standard")), "register.field_missing",
                "cloud_service: so are standard terms", 422)
    tap.refused(lambda: apply(sato, "cloud_service", fields(town, who, term=term(town, 0, 1200))), "register.check",
                "cloud_service: three years at most", 422)
    record = apply(sato, "cloud_service", fields(town, who))
    tap.refused(lambda: step(sato, record, "manager", "approve"), "register.apart", "cloud_service: not by who asks", 403)
    step(who["yamazaki"], record, "manager", "approve")
    tap.refused(lambda: step(who["takahashi"], record, "decide", "senketsu"), "register.not_candidate",
                "cloud_service: the department's officer does not decide above the lowest class", 403)
    step(who["ishibashi"], record, "decide", "decide")
    tap.ok(state(sato, record) == "in_force" and marks(sato, record) == ["認", "決"], "cloud_service: the approver lets it be used")
    low = apply(sato, "cloud_service", fields(town, who, **{"class": "1"}, terms_kind="standard", terms_risk="公開する情報だけを置く"))
    steps(low, (who["yamazaki"], "manager", "approve"), (who["takahashi"], "decide", "senketsu"))
    tap.ok(marks(sato, low) == ["認", "専"], "cloud_service: for the lowest class the department's officer decides", marks(sato, low))
    write(sato, low, checks=[{"day": day(town), "phase": "built", "found": "共有の設定を確かめた", "result": "good"}])
    tap.ok(field(who["ishibashi"], low, "checks")[0]["result"] == "good", "cloud_service: it is looked at while it runs")
    move(sato, low, "finish")
    tap.refused(lambda: move(sato, low, "erased"), "register.field_missing", "cloud_service: not left before it is erased", 422)
    return record


def later(town, who, tap, record):
    sato = who["sato"]
    tap.ok(state(sato, record) == "ending", "cloud_service: past its term it waits to be erased", state(sato, record))
    write(sato, record, erased_on=day(town), erased_how="管理画面と提供者の証明書で確かめた")
    tap.ok(move(sato, record, "erased")["state"] == "closed" and not item(sato, record), "cloud_service: erased, it is closed")

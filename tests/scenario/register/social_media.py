"""social_media: somebody else than who answers for it lets it be used, and readers can see whose it is."""
from deeds import identity, readable, without, write
from records import apply, item, marks, move, state, step


def fields(who, account="見本町公式"):
    return {"service": "見本SNS", "account": account, "page": f"https://sns.example.jp/{len(account)}", "purpose": "催しと災害の知らせ",
            "responsible": identity(who["kobayashi"]), "writers": [identity(who["sato"])], "shown_as": "見本町住民課が運用しています",
            "own_site": "https://town.example.jp/sns", "verified": True, "procedure": "二人で確かめて載せ、返信はしない",
            "two_factor": True, "kept": "課の金庫と端末03", "takeover": "別の端末で止め、町のページで知らせる", "also_own": True}


def run(town, who, tap):
    sato, manager = who["sato"], who["yamazaki"]
    tap.refused(lambda: apply(sato, "social_media", {**fields(who, "甲"), "also_own": False}), "register.check",
                "social_media: vital news stands on the town's page too", 422)
    tap.refused(lambda: apply(sato, "social_media", {**fields(who, "甲乙"), "two_factor": False}), "register.field_missing",
                "social_media: without two factors something else protects it", 422)
    tap.refused(lambda: apply(sato, "social_media", without(fields(who, "甲乙丙"), "own_site")), "register.field_missing",
                "social_media: the town's page names the account", 422)
    tap.refused(lambda: apply(sato, "social_media", {**fields(who, "甲乙丙丁"), "own_site": "町のページ"}), "register.field_address",
                "social_media: by an address", 422)
    own = apply(sato, "social_media", {**fields(who, "課長の発信"), "responsible": identity(manager)})
    tap.refused(lambda: step(manager, own, "decide", "decide"), "register.apart", "social_media: who answers for it does not allow it", 403)
    tap.ok(item(who["takahashi"], own).get("step") == "decide", "social_media: her superior is asked instead", item(who["takahashi"], own))
    record = apply(sato, "social_media", fields(who, "見本町公式窓口"))
    step(manager, record, "decide", "decide")
    tap.ok(state(sato, record) == "current" and marks(sato, record) == ["決"], "social_media: allowed, it is in use")
    tap.ok(readable(manager, record, "kept") and not readable(who["watanabe"], record, "kept"),
           "social_media: where its credentials lie is not for everybody")
    move(sato, record, "amend")
    write(sato, record, two_factor=False, instead="端末を一台に限る")
    move(sato, record, "submit_change")
    step(manager, record, "decide", "reject", "二つの要素を戻すこと")
    tap.ok(state(sato, record) == "amending", "social_media: a weaker guard is not agreed to")
    write(sato, record, two_factor=True, instead=None)
    move(sato, record, "submit_change")
    step(manager, record, "decide", "decide")
    tap.refused(lambda: move(sato, record, "retire", "統合"), "register.field_missing", "social_media: people are told when it closes", 422)
    write(sato, record, closing="削除し、広報で知らせた")
    tap.ok(move(sato, record, "retire", "統合")["state"] == "retired", "social_media: then it is closed")

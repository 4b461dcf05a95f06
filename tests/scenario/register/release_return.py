"""release_return: nothing is given without the secrecy agreement, and what came back names what was given."""
from deeds import contract, without
from records import day, draft, item, marks, state, step


def given(town, of):
    return {"contract": of, "kind": "released", "day": day(town), "basis": "契約の別紙に挙げた情報だけ", "nda": True, "receiver": "責任 者子",
            "items": [{"what": "宛名データ", "class": "2", "medium": "disc", "amount": "3,200件"}]}


def run(town, who, tap):
    sato, manager = who["sato"], who["yamazaki"]
    of = contract(town, who, "R8-21")
    release = given(town, of)
    tap.refused(lambda: draft(sato, "release_return", {**release, "nda": False}), "register.check",
                "release_return: nothing is given without a secrecy agreement", 422)
    tap.refused(lambda: draft(sato, "release_return", without(release, "contract")), "register.field_missing",
                "release_return: nor without a contract", 422)
    tap.refused(lambda: draft(sato, "release_return", {**release, "day": day(town, 1)}), "register.check",
                "release_return: nobody enters tomorrow", 422)
    first = draft(sato, "release_return", release)
    tap.ok(item(manager, first).get("kind") == "decide", "release_return: the section's manager looks at it")
    tap.refused(lambda: step(sato, first, "decide", "decide"), "register.apart", "release_return: not who entered it", 403)
    step(manager, first, "decide", "decide")
    tap.ok(state(sato, first) == "checked" and marks(sato, first) == ["決"], "release_return: what was given is on record")
    erased = {**without(release, "basis", "nda", "receiver"), "kind": "erased", "release": [first], "complete": False,
              "remainder": "控え1枚を月末に裁断する", "method": "上書き", "certificate": "抹消第8号", "spot_check": "立ち会って画面を確かめた"}
    tap.refused(lambda: draft(sato, "release_return", without(erased, "spot_check")), "register.field_missing",
                "release_return: a certificate alone is not enough", 422)
    tap.refused(lambda: draft(sato, "release_return", without(erased, "remainder")), "register.field_missing",
                "release_return: what remains must be told", 422)
    tap.refused(lambda: draft(sato, "release_return", {**erased, "nda": True}), "register.field_hidden",
                "release_return: what belongs to giving is not said of erasing", 422)
    second = draft(sato, "release_return", erased)
    step(manager, second, "decide", "reject", "残りがある")
    tap.ok(state(sato, second) == "disputed", "release_return: what is not right asks for a further record")
    return draft(sato, "release_return", {**without(erased, "remainder"), "complete": True, "amends": second})


def later(town, who, tap, record):
    told = [n["kind"] for n in who["yamazaki"].get("notices")["notices"] if n["record"] == record]
    tap.ok(state(who["sato"], record) == "entered" and "late" in told, "release_return: what nobody looked at is late", told)

"""copier: each setting answered, and no end without proof that its store was erased."""
from records import apply, day, field, move, state, step, told, until

ROWS = ["admin_password", "login", "store_encrypted", "overwrite", "services", "fax_check", "from_outside"]


def sheet(**more):
    return {**{row: {"answer": "yes"} for row in ROWS}, **more}


def copier(town, serial, **more):
    return {"serial": serial, "model": "MX-1", "place": "住民課", "functions": ["copy", "print", "scan"], "networked": True, "ip": "192.0.2.31",
            "lease_end": day(town, 80), "settings": sheet(fax_check={"answer": "na", "note": "ファクスなし"}), **more}


def run(town, who, tap):
    clerk, chief = who["sato"], who["ishibashi"]
    open_row = sheet()
    del open_row["overwrite"]
    tap.refused(lambda: apply(clerk, "copier", copier(town, "C-0", settings=open_row)), "register.field_rows",
                "copier: each setting is answered", 422)
    tap.refused(lambda: apply(clerk, "copier", copier(town, "C-00", settings=sheet(colour={"answer": "yes"}))), "register.field_sheet",
                "copier: no setting that is not asked for", 422)
    record = apply(clerk, "copier", copier(town, "C-1"))
    tap.refused(lambda: step(who["yamazaki"], record, "decide", "decide"), "register.not_candidate", "copier: the manager does not decide", 403)
    step(chief, record, "decide", "decide")
    tap.ok(field(who["yamazaki"], record, "ip") is None and field(who["watanabe"], record, "ip") == "192.0.2.31",
           "copier: its address is for those who run the network")
    tap.refused(lambda: move(clerk, record, "retire", "賃貸借の終わり"), "register.field_missing", "copier: no end without proof of erasure", 422)
    proof = {"erased_on": day(town), "erase_proof": "消去証明 第3号"}
    tap.refused(lambda: move(clerk, record, "retire", "賃貸借の終わり", fields={**proof, "erased_on": day(town, 4)}), "register.check",
                "copier: nothing is erased tomorrow", 422)
    tap.ok(move(clerk, record, "retire", "賃貸借の終わり", fields=proof)["state"] == "retired", "copier: erased, it is given back")
    tap.ok(field(chief, record, "erase_proof") == "消去証明 第3号", "copier: the proof stands")
    second = apply(clerk, "copier", copier(town, "C-2"))
    step(chief, second, "decide", "decide")
    return second


def later(town, who, tap, record):
    tap.ok(until(lambda: "due" in told(who["sato"], record)), "copier: before the lease ends its keeper is told", told(who["sato"], record))
    tap.ok(state(who["sato"], record) == "current", "copier: and it stays until somebody gives it back")

"""change_record: what fits, how it was tried, how it is taken back; a change of the network is the chief's."""
from records import apply, item, marks, move, state, step, told, without
from records import change_fields as fields

NAME = "change_record"


def run(town, who, tap):
    ito, manager, chief = who["ito"], who["watanabe"], who["ishibashi"]
    tap.refused(lambda: apply(ito, NAME, without(fields(town), "back_out")), "register.field_missing",
                f"{NAME}: a change says how it is taken back", 422)
    tap.refused(lambda: apply(ito, NAME, fields(town, kind="replace")), "register.field_missing",
                f"{NAME}: a replacement needs its criteria and people", 422)
    plain = apply(ito, NAME, fields(town))
    tap.refused(lambda: step(ito, plain, "decide", "senketsu"), "register.apart", f"{NAME}: not by who asked", 403)
    step(manager, plain, "decide", "senketsu")
    tap.ok(state(ito, plain) == "in_force" and marks(ito, plain) == ["専"],
           f"{NAME}: one that leaves the network alone is the system manager's by the rule", marks(ito, plain))
    net = apply(ito, NAME, fields(town, network=True))
    tap.ok(item(manager, net).get("kind") == "approve" and not item(chief, net), f"{NAME}: one of the network asks her first")
    tap.refused(lambda: step(chief, net, "decide", "decide"), "register.not_open", f"{NAME}: the chief does not go before her")
    step(manager, net, "manager", "approve")
    tap.refused(lambda: step(manager, net, "decide", "senketsu"), "register.not_candidate", f"{NAME}: she does not decide on the network")
    step(chief, net, "decide", "decide")
    tap.ok(state(ito, net) == "in_force", f"{NAME}: the chief decides on the network")
    tap.refused(lambda: move(ito, plain, "finish", fields={"outcome": "done"}), "register.field_missing",
                f"{NAME}: it does not end before its documents are brought up to date", 422)
    done = move(ito, plain, "finish", fields={"outcome": "taken_back", "documents": "仕様書は元のまま"})
    tap.ok(done["state"] == "closed", f"{NAME}: reported, it is closed")
    return net


def later(town, who, tap, net):
    ito = who["ito"]
    tap.ok(state(ito, net) == "unreported" and "due" in told(ito, net), f"{NAME}: its days over and nobody said how it went: it waits for that",
           (state(ito, net), told(ito, net)))
    late = move(ito, net, "finish", fields={"outcome": "done", "documents": "構成図を直した"})
    tap.ok(late["state"] == "closed", f"{NAME}: the late report closes it")

"""cases: what the scenarios of registers of incidents share, beside records.py."""
import datetime
import hashlib
import time

from records import TOKYO, shown


def when(town, hours=0):
    """The town's time, HOURS on, as fields of type datetime write it."""
    return (datetime.datetime.fromtimestamp(town.now(), TOKYO) + datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M")


def paper(name):
    """A file as fields hold it."""
    return [{"sha256": hashlib.sha256(name.encode()).hexdigest(), "size": len(name), "name": name}]


def whose(person):
    """The id of PERSON, as fields of type person name her."""
    return person.get("session")["person"]["id"]


def edit(person, record, **fields):
    return person.post(f"records/{record}/edit", shown(person, record, fields=fields))


def asked(person, record, name, reason="", **fields):
    """Makes the move NAME, with the fields it asks for."""
    return person.post(f"records/{record}/move/{name}", shown(person, record, reason=reason, fields=fields))


def notices(person, record):
    return {n["kind"] for n in person.get("notices")["notices"] if n["record"] == record}


def seen_fields(person, record):
    return {f["key"] for f in person.get(f"records/{record}")["fields"]}


def through(record, steps):
    """Fills the open route: STEPS are (person, step, kind)."""
    for person, key, kind in steps:
        person.post(f"records/{record}/step/{key}", shown(person, record, kind=kind, comment=""))


def until(call, seconds=80):
    """True once CALL is: the clock walks each minute."""
    end = time.monotonic() + seconds
    while not call():
        if time.monotonic() > end:
            return False
        time.sleep(1)
    return True

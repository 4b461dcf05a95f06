"""records: what scenario tests do with the registers of a town, through the API alone.

WHO is a People: it logs a person in at the LGWAN portal when she is first named.
"""
import datetime
import time

TOKYO = datetime.timezone(datetime.timedelta(hours=9))


class People(dict):
    """login → Person at the LGWAN portal."""

    def __init__(self, town):
        super().__init__()
        self.town = town

    def __missing__(self, login):
        self[login] = self.town.login(login, "lgwan")
        return self[login]


def day(town, ahead=0):
    """The town's day, AHEAD days on, as fields write it."""
    return (datetime.datetime.fromtimestamp(town.now(), TOKYO) + datetime.timedelta(days=ahead)).date().isoformat()


def term(town, first, last):
    """A period from FIRST to LAST days on."""
    return {"from": day(town, first), "until": day(town, last)}


def me(person):
    """The id of PERSON, as fields of type person write it."""
    return person.get("session")["person"]["id"]


def home(person):
    """The section PERSON belongs to, as fields of type section write it."""
    return person.get("session")["posts"][0]["section"]


def until(call, seconds=90):
    """What CALL answers once it is something: cored's clock looks at records once a minute."""
    end = time.monotonic() + seconds
    while True:
        found = call()
        if found or time.monotonic() > end:
            return found
        time.sleep(1)


def shown(person, record, **more):
    """What an act on RECORD must name of what PERSON was shown."""
    seen = person.get(f"records/{record}")
    return {"rev": seen["rev"], "digest": seen["digest"], **more}


def step(person, record, key, kind, comment="", **more):
    return person.post(f"records/{record}/step/{key}", shown(person, record, kind=kind, comment=comment, **more))


def move(person, record, name, reason="", **more):
    return person.post(f"records/{record}/move/{name}", shown(person, record, reason=reason, **more))


def draft(person, register, fields):
    return person.post("records", {"register": register, "fields": fields})["id"]


def edit(person, record, fields=None, **more):
    """Writes FIELDS, or what is named one by one, into RECORD."""
    return person.post(f"records/{record}/edit", shown(person, record, fields={**(fields or {}), **more}))


def apply(person, register, fields, submit="submit"):
    """Opens a record and submits it; its id."""
    return move(person, draft(person, register, fields), submit)["id"]


def state(person, record):
    return person.get(f"records/{record}")["state"]


def field(person, record, key):
    """The value of field KEY as PERSON sees it, None when she does not."""
    values = [f["value"] for f in person.get(f"records/{record}")["fields"] if f["key"] == key]
    return values[0] if values else None


def history(person, record):
    return person.get(f"records/{record}/history")["acts"]


def marks(person, record):
    return [act["mark"] for act in history(person, record) if act["mark"]]


def item(person, record):
    """The line of RECORD in PERSON's inbox, {} when there is none."""
    found = [i for i in person.get("inbox")["items"] if i["record"] == record]
    return found[0] if found else {}


def moment(town, hours):
    """The town's time, HOURS on (or back), as a time field takes it: microseconds."""
    return int((town.now() + hours * 3600) * 1_000_000)


def identity(person):
    """The id that fields of type person name PERSON by."""
    return str(person.get("session")["person"]["id"])


def id_of(person):
    """The id of PERSON, as fields of type person name her."""
    return person.get("session")["person"]["id"]


def at(town, hours=0):
    """The town's time, HOURS on, as fields of type datetime write it."""
    return (datetime.datetime.fromtimestamp(town.now(), TOKYO) + datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M")


def sheet(person, register, key, no=()):
    """Every row of the checklist KEY answered with yes, those of NO with no."""
    columns = [f for f in person.get(f"registers/{register}/schema")["fields"] if f["key"] == key][0]
    return {row["key"]: {"answer": "no" if row["key"] in no else "yes"} for row in columns["rows"]}


def without(fields, *keys):
    return {key: value for key, value in fields.items() if key not in keys}


def granted(person, register, fields, *deciders):
    """A permit that PERSON asks for and DECIDERS (person, step, kind) let pass, its last state whatever it is."""
    record = apply(person, register, fields)
    for decider, key, kind in deciders:
        step(decider, record, key, kind)
    return record


def comes_to(person, record, wanted, seconds=75):
    """The state of RECORD once it is WANTED; what it is after SECONDS otherwise (the clock walks each minute)."""
    end = time.time() + seconds
    while (seen := state(person, record)) != wanted and time.time() < end:
        time.sleep(1)
    return seen


def notices(person, record):
    """The kinds of what PERSON was told about RECORD, sorted."""
    return sorted({n["kind"] for n in person.get("notices")["notices"] if n["record"] == record})


def told(person, record):
    """The kinds of notices PERSON got of RECORD."""
    return {n["kind"] for n in person.get("notices")["notices"] if n["record"] == record}


def may_not(person, record, name):
    """Why PERSON may not make the move NAME, None when she may."""
    for one in person.get(f"records/{record}")["moves"]:
        if one["name"] == name:
            return None if one["allowed"] else one["why_not"]
    return "no such move"


def change_fields(town, **more):
    """A change of a system as an operator asks for it (registers change_record and work_record)."""
    return {"system": "住民情報システム", "kind": "settings", "network": False, "what": "夜間処理の時刻を変える", "reason": "控えと重なるため",
            "compatible": "税の情報システムとの受渡しは変わらない", "trial": "試験環境で三日動かした", "back_out": "設定の控えを戻す",
            "term": term(town, 0, 5), **more}

"""deeds: longer ways through the registers of a town, made of records' single acts."""
from records import apply, day, shown, step, term


def write(person, record, **fields):
    """PERSON edits RECORD where it stands."""
    return person.post(f"records/{record}/edit", shown(person, record, fields=fields))


def identity(person):
    """The id that fields of type person name PERSON by."""
    return str(person.get("session")["person"]["id"])


def without(fields, *keys):
    return {key: value for key, value in fields.items() if key not in keys}


def sheet(*rows, **others):
    """Answers of a sheet: yes in ROWS, and what OTHERS says; a no or what does not apply gets a note."""
    said = {**{row: "yes" for row in rows}, **others}
    return {row: {"answer": answer, **({} if answer == "yes" else {"note": "対象がない"})} for row, answer in said.items()}


def steps(record, *acts):
    """Each of ACTS (person, step, kind) in turn; the record after the last."""
    for person, key, kind in acts:
        seen = step(person, record, key, kind)
    return seen


def decided(person, register, fields, *acts, submit="submit"):
    """A record that PERSON submits and ACTS carry to its decision; its id."""
    record = apply(person, register, fields, submit)
    steps(record, *acts)
    return record


def readable(person, record, key):
    return key in [field["key"] for field in person.get(f"records/{record}")["fields"]]


TERMS = ("policy", "personal", "people", "service_level", "lifecycle", "training", "purpose", "secrecy", "subcontract", "return",
         "reports", "audit", "publish", "damages")


def contract_fields(town, number, last=200):
    """What the residents' section writes of a contract that runs for LAST days."""
    return {"contract_no": number, "name": "住民票の封入封緘", "vendor": "見本印刷株式会社", "work": "通知の印刷と封入",
            "term": term(town, 0, last), "class": "2", "personal_data": True, "selection": "認証を持ち、前年の監査で指摘がない",
            "certificates": ["pmark", "audit"], "terms": sheet(*TERMS), "gives": True, "nda_on": day(town, -1),
            "people": [{"name": "責任 者子", "part": "head"}, {"name": "作業 者太", "part": "worker"}], "places": "委託先の第二工場",
            "passed_on": False}


def contract(town, who, number, last=200):
    """A contract of the residents' section that is under way; its id."""
    return decided(who["sato"], "contract", contract_fields(town, number, last), (who["yamazaki"], "manager", "approve"),
                   (who["ishibashi"], "decide", "decide"))

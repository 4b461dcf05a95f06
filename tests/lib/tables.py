"""tables: Excel files and CSV made and read without any library of ours, and imports and exports through the API."""
import csv
import io
import time
import urllib.parse
import xml.sax.saxutils
import zipfile
from xml.etree import ElementTree

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def letter(column):
    name = ""
    while column >= 0:
        name = chr(65 + column % 26) + name
        column = column // 26 - 1
    return name


class Formula(str):
    """A cell with a formula; the text is the value that was stored for it."""


def cell(place, value):
    if value is None or value == "":
        return ""
    if isinstance(value, Formula):
        return f'<c r="{place}" t="str"><f>1+1</f><v>{xml.sax.saxutils.escape(value)}</v></c>'
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{xml.sax.saxutils.escape(str(value))}</t></is></c>'


def sheet_xml(rows):
    yield f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{MAIN}"><sheetData>'
    for number, row in enumerate(rows, 1):
        yield f'<row r="{number}">' + "".join(cell(f"{letter(i)}{number}", v) for i, v in enumerate(row)) + "</row>"
    yield "</sheetData></worksheet>"


def xlsx(rows, *more):
    """A workbook with one sheet for ROWS (the first: titles) and each of MORE."""
    sheets = [rows, *more]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                   '<Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType='
                   '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
                   'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>' +
                   "".join(f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="application/vnd.openxmlformats-'
                           'officedocument.spreadsheetml.worksheet+xml"/>' for i in range(1, len(sheets) + 1)) + "</Types>")
        z.writestr("_rels/.rels", f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{RELATIONS}/officeDocument" '
                   'Target="xl/workbook.xml"/></Relationships>')
        z.writestr("xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>' + "".join(
            f'<sheet name="表{i}" sheetId="{i}" r:id="rId{i}"/>' for i in range(1, len(sheets) + 1)) + "</sheets></workbook>")
        z.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}">' + "".join(
            f'<Relationship Id="rId{i}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{i}.xml"/>'
            for i in range(1, len(sheets) + 1)) + "</Relationships>")
        for i, rows_of in enumerate(sheets, 1):
            with z.open(f"xl/worksheets/sheet{i}.xml", "w") as part:
                for piece in sheet_xml(rows_of):
                    part.write(piece.encode())
    return out.getvalue()


def xlsx_rows(data):
    """The rows of the first sheet as texts."""
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        shared = []
        if "xl/sharedStrings.xml" in z.namelist():
            shared = ["".join(t.text or "" for t in one.iter(f"{{{MAIN}}}t"))
                      for one in ElementTree.fromstring(z.read("xl/sharedStrings.xml")).iter(f"{{{MAIN}}}si")]
        name = sorted(n for n in z.namelist() if n.startswith("xl/worksheets/"))[0]
        table = ElementTree.fromstring(z.read(name))
    rows = []
    for row in table.iter(f"{{{MAIN}}}row"):
        cells = {}
        for one in row.iter(f"{{{MAIN}}}c"):
            place = "".join(c for c in one.get("r") if c.isalpha())
            column = 0
            for c in place:
                column = column * 26 + ord(c) - 64
            value = one.find(f"{{{MAIN}}}v")
            if one.get("t") == "s":
                cells[column - 1] = shared[int(value.text)]
            elif one.get("t") == "inlineStr":
                cells[column - 1] = "".join(t.text or "" for t in one.iter(f"{{{MAIN}}}t"))
            else:
                cells[column - 1] = value.text if value is not None else ""
        rows.append([cells.get(i, "") for i in range(max(cells, default=-1) + 1)])
    return rows


def csv_bytes(rows, encoding="utf-8-sig", delimiter=","):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([["" if v is None else v for v in row] for row in rows])
    return text.getvalue().encode(encoding)


def csv_rows(data, encoding="utf-8-sig"):
    return list(csv.reader(io.StringIO(data.decode(encoding), newline="")))


def send(person, register, data, verb="import", seconds=300, **query):
    """Sends a table and waits until it was read; the batch."""
    import json
    words = "?" + urllib.parse.urlencode(query) if query else ""
    status, _, answer = person.raw("POST", f"/api/v1/registers/{register}/{verb}{words}", data,
                                   {"Content-Type": "application/octet-stream"}, timeout=120)
    parsed = json.loads(answer or b"{}")
    if status != 202:
        from town import Refused
        raise Refused(status, parsed)
    return wait(person, parsed["import"], "reading", seconds)


def wait(person, batch, state, seconds=300):
    """Until BATCH has left STATE."""
    end = time.monotonic() + seconds
    while True:
        seen = person.get(f"import/{batch}")
        if seen["state"] != state:
            return seen
        if time.monotonic() > end:
            raise TimeoutError(f"{batch} is still {state}")
        time.sleep(0.05)


def rows(person, batch, **query):
    return person.get(f"import/{batch['import']}/rows?" + urllib.parse.urlencode(query))["rows"]


def approve(person, batch, seconds=300):
    person.post(f"import/{batch['import']}/apply", {"digest": batch["digest"]})
    return wait(person, batch["import"], "applying", seconds)


def export(person, register, **query):
    """The file; refused as an exception."""
    import json
    status, headers, data = person.raw("GET", f"/api/v1/registers/{register}/export?{urllib.parse.urlencode(query)}",
                                       timeout=300)
    if status != 200:
        from town import Refused
        raise Refused(status, json.loads(data))
    return data

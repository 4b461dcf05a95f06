"""Packs the cases of tests/disarm/cases into files. A .cases file holds many cases:

== ID-n what it is about
key: value            name, verdict, reason, ids, absent, present, type, unseen, mangle, set
[body] text           into the body of a minimal document (docx), [sheet] [workbook] [slide] alike
[part path] text      a part of its own;  [rels path] id type target [External], one per line
[raw] text            the whole file, with python escapes;  [member name] text  of a zip (escapes)
"""
import pathlib
import re
import struct
import zlib

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
NS = {
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
    "v": "urn:schemas-microsoft-com:vml", "o": "urn:schemas-microsoft-com:office:office",
    "x": "urn:schemas-microsoft-com:office:excel",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
    "x14": "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main",
    "xm": "http://schemas.microsoft.com/office/excel/2006/main",
    "p14": "http://schemas.microsoft.com/office/powerpoint/2010/main",
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "evil": "urn:evil",
}
EXTRA = " ".join(f'xmlns:{k}="{v}"' for k, v in NS.items())
OD = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
MS = "http://schemas.microsoft.com/office/"
CT = "application/vnd.openxmlformats-officedocument."
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
TREE = ("<p:nvGrpSpPr><p:cNvPr id='1' name=''/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>")
PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010800000000"
                    "3a7e9b550000000a49444154789c636000000002000148afa4710000000049454e44ae426082")
MAIN = {
    "docx": ("word/document.xml", CT + "wordprocessingml.document.main+xml"),
    "docm": ("word/document.xml", "application/vnd.ms-word.document.macroEnabled.main+xml"),
    "dotm": ("word/document.xml",
             "application/vnd.ms-word.template.macroEnabledTemplate.main+xml"),
    "xlsx": ("xl/workbook.xml", CT + "spreadsheetml.sheet.main+xml"),
    "xlsm": ("xl/workbook.xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml"),
    "xlsb": ("xl/workbook.bin", "application/vnd.ms-excel.sheet.binary.macroEnabled.main"),
    "pptx": ("ppt/presentation.xml", CT + "presentationml.presentation.main+xml"),
}


def relations(lines):
    rows = []
    for line in filter(str.strip, lines.splitlines()):
        rid, kind, target, *mode = line.split()
        kind = kind.replace("od:", OD, 1).replace("ms:", MS, 1)
        extra = ' TargetMode="External"' if mode else ""
        target = target.replace("&", "&amp;").replace('"', "&quot;")
        rows.append(f'<Relationship Id="{rid}" Type="{kind}" Target="{target}"{extra}/>')
    return ('<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            + "".join(rows) + "</Relationships>")


def base_parts(kind, sections):
    """The minimal package of KIND with the case's snippets in it."""
    body, sheet = sections.get("body", ""), sections.get("sheet", "")
    workbook, slide = sections.get("workbook", ""), sections.get("slide", "")
    if kind in ("docx", "docm", "dotm"):
        parts = {"word/document.xml": f"<w:document {W} {R} {EXTRA}><w:body>{body}"
                 "<w:p><w:r><w:t>本文</w:t></w:r></w:p></w:body></w:document>"}
        return parts, {"word/document.xml": ""}
    if kind in ("xlsx", "xlsm"):
        before, _, after = workbook.partition("<!--names-->")
        parts = {"xl/workbook.xml": f'<workbook xmlns="{SHEET}" {R} {EXTRA}>'
                 f'<sheets><sheet name="表" sheetId="1" r:id="rId1"/>{before}</sheets>{after}</workbook>',
                 "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SHEET}" {R} {EXTRA}>'
                 + (sheet or "<sheetData/>") + "</worksheet>"}
        return parts, {"xl/workbook.xml": "rId1 od:worksheet worksheets/sheet1.xml",
                       "xl/worksheets/sheet1.xml": ""}
    if kind == "pptx":
        head = f'xmlns:p="{P}" {R} {EXTRA}'
        parts = {"ppt/presentation.xml": f'<p:presentation {head}><p:sldIdLst><p:sldId id="256" '
                 'r:id="rId1"/></p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/></p:presentation>',
                 "ppt/slides/slide1.xml": f"<p:sld {head}><p:cSld><p:spTree>{TREE}{slide}"
                 f"</p:spTree></p:cSld>{sections.get('timing', '')}</p:sld>"}
        return parts, {"ppt/presentation.xml": "rId1 od:slide slides/slide1.xml",
                       "ppt/slides/slide1.xml": ""}
    return {"xl/workbook.bin": "x"}, {}


def package(kind, sections):
    parts, rels = base_parts(kind, sections)
    main, ctype = MAIN[kind]
    for key, text in sections.items():
        word, _, path = key.partition(" ")
        if word == "part":
            parts[path] = PNG if text.strip() == "PNG" else text.strip()
        elif word == "rels":
            rels[path] = rels.get(path, "") + "\n" + text.strip()
    parts["_rels/.rels"] = relations(f"rId1 od:officeDocument {main}\n" + rels.pop("", ""))
    for path, lines in rels.items():
        if lines.strip():
            folder, _, name = path.rpartition("/")
            parts[f"{folder}/_rels/{name}.rels"] = relations(lines)
    types = ('<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
             '<Default Extension="rels" ContentType="application/'
             'vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
             'ContentType="application/xml"/><Default Extension="bin" ContentType="application/'
             'octet-stream"/><Default Extension="png" ContentType="image/png"/>'
             f'<Override PartName="/{main}" ContentType="{ctype}"/></Types>')
    order = {"[Content_Types].xml": types, **parts}
    return [(name, text if isinstance(text, bytes) else text.encode()) for name, text in order.items()]


def zip_bytes(members, mangle=""):
    """A ZIP of (name, content), each field under our control; MANGLE breaks one thing."""
    out, directory = b"", b""
    for index, (name, content) in enumerate(members):
        raw = name if isinstance(name, bytes) else name.encode()
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed = packer.compress(content) + packer.flush()
        flags = 0x800 if not isinstance(name, bytes) and not name.isascii() else 0
        method, size, crc = 8, len(content), zlib.crc32(content)
        first = index == 0
        if mangle == "bomb" and index == len(members) - 1:
            size = 900 << 20
        lsize, lname, lmethod, lcrc = size, raw, method, crc
        if first and mangle == "local-size":
            lsize += 1
        if first and mangle == "local-name":
            lname = raw[:-1] + b"X"
        if first and mangle == "local-method":
            lmethod = 0
        if first and mangle == "method":
            method = lmethod = 9
        if first and mangle == "encrypted":
            flags |= 1
        if first and mangle == "crc":
            crc = lcrc = crc ^ 1
        if first and mangle == "size-lie":
            size = lsize = size - 1
        descriptor = b""
        if mangle in ("descriptor", "bad-descriptor"):
            flags |= 8
            value = crc ^ 1 if mangle == "bad-descriptor" and first else crc
            descriptor = struct.pack("<IIII", 0x08074B50, value, len(packed), size)
        lcsize = 0 if descriptor else len(packed)
        lsize, lcrc = (0, 0) if descriptor else (lsize, lcrc)
        offset = len(out)
        if mangle == "overlap" and index == 1:
            offset = 0
        extra = b"\x55\x54\x01\x00\x00" if mangle == "extra" else b""
        out += struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, flags, lmethod, 0, 0x21, lcrc, lcsize,
                           lsize, len(lname), len(extra)) + lname + extra + packed + descriptor
        if first and mangle == "gap":
            out += b"hidden data"
        attributes = 0xA1FF0000 if mangle == "symlink" and index == len(members) - 1 else 0
        made = 0x0314 if attributes else 20
        directory += struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, made, 20, flags, method, 0, 0x21,
                                 crc, len(packed), size, len(raw), 0, 0, 0, 0, attributes,
                                 offset) + raw
    count = len(members) + (mangle == "count")
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(directory), len(out), 0)
    if mangle == "two-ends":
        return out + directory + end[:-2] + b"\x16\0" + struct.pack(
            "<IHHHHIIH", 0x06054B50, 0, 0, 0, 0, 0, len(out) + len(directory) + 22, 0)
    if mangle == "prefix":
        return b"#!/bin/sh\n" + out + directory + end
    if mangle == "suffix":
        return out + directory + end + b"trailing"
    if mangle == "zip64":
        return out + directory + struct.pack("<IIQI", 0x07064B50, 0, 0, 1) + end
    if mangle.startswith("cut"):
        whole = out + directory + end
        return whole[:len(whole) * int(mangle[3:]) // 16]
    return out + directory + end


def escaped(text):
    return text.encode("utf-8").decode("unicode_escape").encode("latin-1")


class Case:
    def __init__(self, head, text, where):
        self.id, _, self.title = head.partition(" ")
        self.check, self.where = self.id.rpartition("-")[0], where
        self.keys, self.sections, current = {}, {}, None
        for line in text.splitlines():
            match = re.match(r"^\[([^\]]+)\] ?(.*)$", line)
            if match:
                current = match.group(1)
                self.sections[current] = match.group(2)
            elif current is not None:
                self.sections[current] += "\n" + line
            elif line.strip():
                key, _, value = line.partition(":")
                self.keys[key.strip()] = value.strip()

    def get(self, key, default=""):
        return self.keys.get(key, default)

    def name(self):
        return escaped(self.get("name")).decode("utf-8") if "\\" in self.get("name") else self.get("name")

    def data(self):
        mangle = self.get("mangle")
        if "raw" in self.sections:
            return escaped(self.sections["raw"])
        members = [(k.partition(" ")[2], v) for k, v in self.sections.items() if k.startswith("member ")]
        if members:
            return zip_bytes([(escaped(n) if "\\x" in n else n, escaped(v)) for n, v in members], mangle)
        kind = self.get("kind") or self.get("name").rpartition(".")[2]
        sections = self.sections
        if self.get("repeat"):
            what, _, times = self.get("repeat").rpartition(" ")
            sections = {k: v.replace("@@", what * int(times)) for k, v in sections.items()}
        parts = package(kind, sections)
        if self.get("utf16"):
            parts = [(n, d.decode().encode("utf-16") if n.endswith("document.xml") else d)
                     for n, d in parts]
        if self.get("double"):
            parts.append((self.get("double"), b"x"))
        return zip_bytes(parts, mangle)


def read_all(folder):
    cases = []
    for path in sorted(pathlib.Path(folder).glob("*.cases")):
        for block in re.split(r"^== ", path.read_text("utf-8"), flags=re.M)[1:]:
            head, _, text = block.partition("\n")
            cases.append(Case(head, text, path.name))
    return cases

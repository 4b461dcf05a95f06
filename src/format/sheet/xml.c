/*
 * xml: expat with everything refused that a table does not need: DTDs (so no entities), foreign
 * encodings, deep nesting. Pure; runs in sheet-worker.
 */
#include "format/sheet/xlsx.h"

#include "base/mem/ensure.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH = 64, CHUNK = 1 << 20 };

struct feed {
    const struct xml_handlers *handlers;
    XML_Parser parser;
    unsigned depth;
    bool failed;         /* a handler did, and filled err */
    const char *refused; /* why it was stopped here, or NULL */
};

static const char *const spaces[] = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main|",
    "http://purl.oclc.org/ooxml/spreadsheetml/main|",
    "http://schemas.openxmlformats.org/package/2006/relationships|"};
static const char *const relations[] = {
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships|id",
    "http://purl.oclc.org/ooxml/officeDocument/relationships|id"};

static const char *
local(const char *name)
{
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        size_t n = strlen(spaces[i]);
        if (strncmp(name, spaces[i], n) == 0)
            return name + n;
    }
    return "-";
}

const char *
sheet_xml_attribute(const char **attributes, const char *name)
{
    for (; *attributes != NULL; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return attributes[1];
    return NULL;
}

const char *
sheet_xml_relation(const char **attributes)
{
    const char *id = sheet_xml_attribute(attributes, relations[0]);
    return id != NULL ? id : sheet_xml_attribute(attributes, relations[1]);
}

long
sheet_xml_number(const char *value, long otherwise)
{
    long n = 0;
    if (value == NULL || *value == 0)
        return otherwise;
    for (; *value != 0; value++) {
        if (*value < '0' || *value > '9' || n > (INT32_MAX - 9) / 10)
            return otherwise;
        n = 10 * n + *value - '0';
    }
    return n;
}

bool
sheet_xml_true(const char *value)
{
    return value != NULL &&
           (strcmp(value, "1") == 0 || strcmp(value, "true") == 0 || strcmp(value, "on") == 0);
}

static void
stop(struct feed *f, const char *why)
{
    f->failed = f->failed || why == NULL;
    f->refused = why;
    XML_StopParser(f->parser, XML_FALSE);
}

static void
on_open(void *data, const char *name, const char **attributes)
{
    struct feed *f = data;
    if (f->failed || f->refused != NULL)
        return;
    if (++f->depth > DEPTH)
        stop(f, "depth");
    else if (f->handlers->open(f->handlers->data, local(name), attributes) < 0)
        stop(f, NULL);
}

static void
on_close(void *data, const char *name)
{
    struct feed *f = data;
    if (f->failed || f->refused != NULL)
        return;
    f->depth--;
    if (f->handlers->close(f->handlers->data, local(name)) < 0)
        stop(f, NULL);
}

static void
on_text(void *data, const char *text, int n)
{
    struct feed *f = data;
    if (f->failed || f->refused != NULL || f->handlers->text == NULL)
        return;
    if (f->handlers->text(f->handlers->data, (struct str){text, (size_t)n}) < 0)
        stop(f, NULL);
}

static void
on_doctype(void *data, const char *name, const char *system, const char *public, int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    stop(data, "DTD");
}

/* In pieces, so that what expat keeps of unfinished text stays small. */
static bool
feed_all(XML_Parser parser, struct str part)
{
    for (size_t at = 0;; at += CHUNK) {
        bool last = part.n - at <= CHUNK;
        int n = last ? (int)(part.n - at) : CHUNK;
        if (XML_Parse(parser, part.p + at, n, last) != XML_STATUS_OK)
            return false;
        if (last)
            return true;
    }
}

int
sheet_xml_feed(struct str part, const char *word, const struct xml_handlers *handlers,
               struct err *err)
{
    struct feed f = {.handlers = handlers, .parser = XML_ParserCreateNS(NULL, '|')};
    ensure(f.parser != NULL);
    XML_SetHashSalt(f.parser, 1); /* the sandbox has no source of chance; sizes are capped */
    XML_SetUserData(f.parser, &f);
    XML_SetElementHandler(f.parser, on_open, on_close);
    XML_SetCharacterDataHandler(f.parser, on_text);
    XML_SetStartDoctypeDeclHandler(f.parser, on_doctype);
    bool good = feed_all(f.parser, part);
    unsigned long line = XML_GetCurrentLineNumber(f.parser);
    XML_ParserFree(f.parser);
    if (f.failed)
        return -1;
    if (!good || f.refused != NULL)
        return ERR(err, "sheet.xml", "%.100s:%lu%s%s", word, line, f.refused != NULL ? " " : "",
                   f.refused != NULL ? f.refused : "");
    return 0;
}

/*
 * xml: expat with everything refused that a text does not need: DTDs, entities, other encodings
 * than UTF-8 and UTF-16, deep nesting. Runs in policy-worker.
 */
#include "format/docx/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct feed {
    const struct handlers *handlers;
    void *data;
    XML_Parser parser;
    unsigned depth;
    const char *refused; /* why it was stopped, or NULL */
};

static const char *const spaces[] = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main|",
    "http://purl.oclc.org/ooxml/wordprocessingml/main|"};

/* NAME behind the namespace of WordprocessingML; "-" for a name of any other. */
static const char *
local(const char *name)
{
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
        if (strncmp(name, spaces[i], strlen(spaces[i])) == 0)
            return name + strlen(spaces[i]);
    return strcmp(name, "http://schemas.openxmlformats.org/markup-compatibility/2006|Fallback") == 0
               ? "Fallback"
               : "-";
}

const char *
xml_attribute(const char **attributes, const char *name)
{
    for (; *attributes != NULL; attributes += 2)
        if (strcmp(local(attributes[0]), name) == 0)
            return attributes[1];
    return NULL;
}

long
xml_number(const char *value, long otherwise)
{
    enum { MOST = 1000000 };
    if (value == NULL || *value < '0' || *value > '9')
        return otherwise;
    long n = strtol(value, NULL, 10);
    return n > MOST ? otherwise : n;
}

static void
refuse(struct feed *f, const char *why)
{
    f->refused = why;
    XML_StopParser(f->parser, XML_FALSE);
}

static void
on_open(void *data, const char *name, const char **attributes)
{
    struct feed *f = data;
    if (++f->depth > DOCX_DEPTH)
        refuse(f, "depth");
    else
        f->handlers->open(f->data, local(name), attributes);
}

static void
on_close(void *data, const char *name)
{
    struct feed *f = data;
    f->depth--;
    f->handlers->close(f->data, local(name));
}

static void
on_text(void *data, const char *text, int n)
{
    struct feed *f = data;
    if (f->handlers->text != NULL)
        f->handlers->text(f->data, (struct str){text, (size_t)n});
}

static void
on_doctype(void *data, const char *name, const char *system, const char *public, int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    refuse(data, "DTD");
}

int
xml_feed(struct str part, const char *word, const struct handlers *handlers, void *data,
         struct err *err)
{
    struct feed f = {.handlers = handlers, .data = data};
    f.parser = XML_ParserCreateNS(NULL, '|');
    if (f.parser == NULL)
        abort();
    XML_SetHashSalt(f.parser,
                    1); /* the sandbox has no source of chance; depth and size are capped */
    XML_SetUserData(f.parser, &f);
    XML_SetElementHandler(f.parser, on_open, on_close);
    XML_SetCharacterDataHandler(f.parser, on_text);
    XML_SetStartDoctypeDeclHandler(f.parser, on_doctype);
    bool good = XML_Parse(f.parser, part.p, (int)part.n, XML_TRUE) == XML_STATUS_OK;
    unsigned long line = XML_GetCurrentLineNumber(f.parser);
    XML_ParserFree(f.parser);
    if (f.refused != NULL && strcmp(f.refused, "depth") == 0)
        return ERR(err, "docx.size", "%s", word);
    if (!good)
        return ERR(err, "docx.xml", "%s:%lu%s%s", word, line, f.refused != NULL ? " " : "",
                   f.refused != NULL ? f.refused : "");
    return 0;
}

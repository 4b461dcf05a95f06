/*
 * register_reference: the format of register files as the reader knows it, in Markdown. The page
 * docs/formats/register.md holds what this prints; tests/register/cli compares them.
 */
#include "cmd/sekisho/register_reference.h"

#include "base/messages/messages.h"
#include "core/register/definition.h"
#include "core/register/schema.h"

#include <stdio.h>
#include <string.h>

/* How a value of each type stands in the JSON of a record. */
static const char *const kept[VALUE_TYPES] = {
    [VALUE_TEXT] = "\"…\"",
    [VALUE_NUMBER] = "整数 / integer × 10^scale",
    [VALUE_FLAG] = "true, false",
    [VALUE_DATE] = "\"2026-04-01\"",
    [VALUE_DATETIME] = "µs",
    [VALUE_PERIOD] = "{from, until}",
    [VALUE_CHOICE] = "\"code\"",
    [VALUE_CLASS] = "\"code\"",
    [VALUE_PERSON] = "\"id\"",
    [VALUE_SECTION] = "\"id\"",
    [VALUE_POST] = "\"id\"",
    [VALUE_REF] = "\"id\"",
    [VALUE_FILE] = "[{sha256, size, name}]",
    [VALUE_HASH] = "\"64 hex\"",
    [VALUE_NET] = "\"…\"",
    [VALUE_ADDRESS] = "\"…\"",
    [VALUE_TABLE] = "[{column: value}]",
    [VALUE_SHEET] = "{row: {answer: yes·no·na, note, evidence}}",
    [VALUE_SIGN] = "{person, at, text}",
    [VALUE_CLAUSE] = "\"std:8(4)①\"",
    [VALUE_CALC] = "–",
};

static const char *
words(enum lang lang, const char *kind, const char *name)
{
    char key[80];
    (void)snprintf(key, sizeof key, "register.%s.%s", kind, name);
    const char *text = message_text(lang, key);
    return text != NULL ? text : "?";
}

static void
types_put(struct buf *buf)
{
    buf_put_z(buf, "| type | 種類 | type of value | kept as |\n| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < VALUE_TYPES; i++) {
        const char *name = register_type_names[i];
        buf_printf(buf, "| %s | %s | %s | `%s` |\n", name, words(LANG_JA, "type", name),
                   words(LANG_EN, "type", name), kept[i]);
    }
}

/* The types that know an attribute: all, all but a few, or a few. */
static void
types_of(struct buf *buf, uint32_t types)
{
    unsigned known = 0;
    for (size_t t = 0; t < VALUE_TYPES; t++) {
        known += types >> t & 1;
    }
    bool except = known < VALUE_TYPES && known > VALUE_TYPES / 2 + 3;
    if (known == VALUE_TYPES) {
        buf_put_z(buf, "all");
        return;
    }
    buf_put_z(buf, except ? "all but" : "");
    for (size_t t = 0; t < VALUE_TYPES; t++) {
        if (((types >> t & 1) != 0) != except) {
            buf_printf(buf, " %s", register_type_names[t]);
        }
    }
}

static void
attributes_put(struct buf *buf)
{
    const char *name;
    uint32_t types = 0;
    bool column = false;
    buf_put_z(buf, "| attribute | 説明 | meaning | types | in columns |\n"
                   "| --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; (name = register_attribute(i, &types, &column)) != NULL; i++) {
        buf_printf(buf, "| %s | %s | %s | ", name, words(LANG_JA, "attr", name),
                   words(LANG_EN, "attr", name));
        types_of(buf, types);
        buf_printf(buf, " | %s |\n", column ? "yes" : "–");
    }
}

static void
keys_put(struct buf *buf)
{
    const char *map = "", *key, *next = NULL;
    buf_put_z(buf, "| map | keys |\n| --- | --- |");
    for (size_t i = 0; (key = register_schema_key(i, &next)) != NULL; i++) {
        if (strcmp(map, next) != 0) {
            buf_printf(buf, "%s\n| %s |", i > 0 ? " |" : "", next);
            map = next;
        }
        buf_printf(buf, " %s", key);
    }
    buf_put_z(buf, " |\n");
}

/* TEXT without the place a finding fills in. */
static void
sentence_put(struct buf *buf, const char *text)
{
    const char *end = strstr(text, "({detail})");
    struct str s = str_of(text);
    buf_put_str(buf, str_trim(end != NULL ? str_slice(s, 0, (size_t)(end - text)) : s));
}

static void
rules_put(struct buf *buf)
{
    buf_put_z(buf, "| code | 指摘 | finding |\n| --- | --- | --- |\n");
    for (unsigned n = 101; n < 200; n++) {
        char key[32];
        (void)snprintf(key, sizeof key, "err.register.r%u", n);
        const char *ja = message_text(LANG_JA, key), *en = message_text(LANG_EN, key);
        if (ja == NULL || en == NULL) {
            continue;
        }
        buf_printf(buf, "| R%u | ", n);
        sentence_put(buf, ja);
        buf_put_z(buf, " | ");
        sentence_put(buf, en);
        buf_put_z(buf, " |\n");
    }
}

void
register_reference_put(struct buf *buf)
{
    buf_put_z(buf, "### Types of fields\n\n");
    types_put(buf);
    buf_put_z(buf, "\n### Attributes of fields\n\n");
    attributes_put(buf);
    buf_put_z(buf, "\n### All other keys\n\n");
    keys_put(buf);
    buf_put_z(buf, "\n### What register check finds\n\n");
    rules_put(buf);
}

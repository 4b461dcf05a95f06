/*
 * messages: binary search in the generated catalogue. Used by the command line and by cored's
 * reports; the pages carry their own copy of the same files.
 */
#include "base/messages/messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TELL_BYTES = 1 << 16 };

enum lang
message_lang(void)
{
    const char *names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && *value != '\0')
            return strncmp(value, "en", 2) == 0 ? LANG_EN : LANG_JA;
    }
    return LANG_JA;
}

static int
message_compare(const void *key, const void *row)
{
    return strcmp(key, ((const struct message *)row)->key);
}

const char *
message_text(enum lang lang, const char *key)
{
    const struct message *m =
        bsearch(key, message_table, message_count, sizeof *message_table, message_compare);
    return m == NULL ? NULL : m->text[lang];
}

void
message_put_err(struct buf *buf, enum lang lang, const struct err *err)
{
    char key[128];
    snprintf(key, sizeof key, "err.%s", err->code);
    const char *text = message_text(lang, key);
    if (text == NULL) {
        buf_printf(buf, "%s: %s", err->code, err->detail);
        return;
    }
    const char *hole = strstr(text, "{detail}");
    if (hole == NULL) {
        buf_put_z(buf, text);
        return;
    }
    buf_put(buf, text, (size_t)(hole - text));
    buf_put_z(buf, err->detail);
    buf_put_z(buf, hole + strlen("{detail}"));
}

void
message_tell_err(const struct err *err)
{
    struct buf text;
    buf_init(&text, TELL_BYTES);
    message_put_err(&text, message_lang(), err);
    fprintf(stderr, "%.*s\n", STR_FMT(buf_str(&text)));
    buf_free(&text);
}

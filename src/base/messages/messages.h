/*
 * messages: the catalogue of sentences in Japanese and English, compiled in from data/messages.
 * Text is made at the last step (page, command line, report); inside there are only codes.
 */
#ifndef BASE_MESSAGES_MESSAGES_H
#define BASE_MESSAGES_MESSAGES_H

#include "base/mem/buf.h"
#include "base/mem/err.h"

#include <stddef.h>

enum lang { LANG_JA, LANG_EN, LANG_COUNT };

struct message {
    const char *key;
    const char *text[LANG_COUNT];
};

/* The generated table, sorted by the bytes of the key. */
extern const struct message message_table[];
extern const size_t message_count;

/* The language of this process's user: English when LC_ALL, LC_MESSAGES or LANG (the first that is
 * set) begins with "en", else Japanese. */
enum lang message_lang(void);

/* The sentence of KEY (static), or NULL when the catalogue lacks it. */
const char *message_text(enum lang lang, const char *key);

/* Appends the sentence of "err.<code>" with {detail} filled in; the bare code and detail when the
 * catalogue lacks it. */
void message_put_err(struct buf *buf, enum lang lang, const struct err *err);

/* The same sentence in message_lang() as one line on stderr: for the command line. */
void message_tell_err(const struct err *err);

#endif

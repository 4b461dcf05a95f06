/*
 * note_fuzz: a note that parses is written again from its parts with the same text.
 */
#include "format/tlog/note.h"

#include "base/mem/ensure.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str s = {(const char *)data, size};
    static struct note note;
    struct note_key key;
    struct err err;
    unsigned which;
    if (note_key_parse(s, &key, &err) == 0) {
        char again[NOTE_VKEY_CHARS];
        note_key_format(&key, again);
        ensure(str_equal_z(s, again));
    }
    if (note_parse(s, &note, &err) != 0)
        return 0;
    struct buf text;
    buf_init(&text, NOTE_MOST);
    note_put_text(&text, note.origin, &note.tree);
    ensure(str_starts(note.text, buf_str(&text)));
    buf_free(&text);
    static const uint8_t seed[SIGN_SEED_BYTES] = {1};
    if (note_key_make(note.origin, NOTE_LOG, seed, &key, &err) == 0)
        (void)note_check(&note, &key, 1, &which, &err);
    return 0;
}

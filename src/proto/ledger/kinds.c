/*
 * kinds: see kinds.h. Pure; used by ledgerd, the edges' queues, cored's outbox and the verifier.
 */
#include "proto/ledger/kinds.h"

#include "base/crypt/encode.h"
#include "format/tlog/canon.h"
#include "format/tlog/note.h"

#include <stdint.h>
#include <string.h>

#define FIELD(name, type) {#name, FIELD_##type, false},
#define MAYBE(name, type) {#name, FIELD_##type, true},
#define KIND(name, sources, fields) {name, sources, {fields}},
const struct ledger_kind ledger_kinds[] = {
#include "proto/ledger/kinds.def"
};
#undef KIND
#undef FIELD
#undef MAYBE
const size_t ledger_kind_count = sizeof ledger_kinds / sizeof *ledger_kinds;

enum { SLOTS = 256 };

static unsigned
slot_of(const char *p, size_t n)
{
    unsigned h = (unsigned)n;
    for (size_t i = 0; i < n; i++)
        h = h * 31 + (unsigned char)p[i];
    return h % SLOTS;
}

/* Slot of the hash of a name -> number of the kind + 1; collisions go to the next slot. */
static const uint8_t *
kind_slots(void)
{
    static uint8_t slots[SLOTS];
    static bool made;
    _Static_assert(sizeof ledger_kinds / sizeof *ledger_kinds < SLOTS / 2, "more slots");
    for (size_t i = 0; !made && i < ledger_kind_count; i++) {
        unsigned at = slot_of(ledger_kinds[i].name, strlen(ledger_kinds[i].name));
        while (slots[at] != 0)
            at = (at + 1) % SLOTS;
        slots[at] = (uint8_t)(i + 1);
    }
    made = true;
    return slots;
}

const struct ledger_kind *
ledger_kind_find(struct str name)
{
    const uint8_t *slots = kind_slots();
    for (unsigned at = slot_of(name.p, name.n); slots[at] != 0; at = (at + 1) % SLOTS)
        if (str_equal_z(name, ledger_kinds[slots[at] - 1].name))
            return &ledger_kinds[slots[at] - 1];
    return NULL;
}

bool
ledger_kind_allows(const struct ledger_kind *kind, struct str source)
{
    static const struct {
        const char *name;
        unsigned bit;
    } names[] = {{"cored", SOURCE_CORED},
                 {"gated", SOURCE_GATED},
                 {"authd", SOURCE_AUTHD},
                 {"ledgerd", SOURCE_LEDGERD}};
    struct str first;
    struct str rest = source;
    str_split_next(&rest, '.', &first);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_equal_z(first, names[i].name))
            return (kind->sources & names[i].bit) != 0 &&
                   (rest.p == NULL || names[i].bit == SOURCE_GATED);
    return false;
}

static bool
alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool
id_valid(struct str s)
{
    if (s.n == 0 || s.n > 80 || !alnum(s.p[0]))
        return false;
    for (size_t i = 1; i < s.n; i++)
        if (!alnum(s.p[i]) && (s.p[i] == '\0' || strchr("._:/+@-", s.p[i]) == NULL))
            return false;
    return true;
}

static bool
word_valid(struct str s)
{
    if (s.n == 0 || s.n > 48 || s.p[0] < 'a' || s.p[0] > 'z')
        return false;
    for (size_t i = 1; i < s.n; i++)
        if (!alnum(s.p[i]) ? s.p[i] == '\0' || strchr("_.-", s.p[i]) == NULL
                           : s.p[i] >= 'A' && s.p[i] <= 'Z')
            return false;
    return true;
}

static bool
person_valid(struct str s)
{
    uint8_t bytes[16];
    size_t n;
    if (str_equal_z(s, "system") || hex_decode(s, bytes, sizeof bytes))
        return true;
    if (s.n != 28 || !str_starts(s, STR("p:")))
        return false;
    for (size_t i = 2; i < s.n; i++)
        if (s.p[i] >= 'A' && s.p[i] <= 'Z')
            return false;
    /* The last of 26 characters has two bits that no 16 bytes fill; random handles may set them. */
    char head[25];
    memcpy(head, s.p + 2, 24);
    head[24] = '\0';
    return base32_decode((struct str){head, 24}, bytes, sizeof bytes, &n) &&
           strchr("abcdefghijklmnopqrstuvwxyz234567", s.p[26]) != NULL &&
           strchr("abcdefghijklmnopqrstuvwxyz234567", s.p[27]) != NULL;
}

static bool
digest_valid(struct str s)
{
    uint8_t bytes[32];
    return hex_decode(s, bytes, sizeof bytes);
}

/* One character of a clause id outside ASCII: katakana, a circled digit, or a Roman numeral. */
static size_t
clause_letter(struct str s, size_t at)
{
    if (s.n - at < 3)
        return 0;
    const unsigned char *p = (const unsigned char *)s.p + at;
    unsigned c = (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
    bool good =
        (p[0] & 0xF0) == 0xE0 && ((c >= 0x30A1 && c <= 0x30FA) || (c >= 0x2460 && c <= 0x2473) ||
                                  (c >= 0x2160 && c <= 0x217F) || (c >= 0x3251 && c <= 0x325F));
    return good ? 3 : 0;
}

static bool
clause_valid(struct str s)
{
    if (s.n == 0 || s.n > 80)
        return false;
    for (size_t i = 0; i < s.n;) {
        size_t n = clause_letter(s, i);
        if (n == 0 && (alnum(s.p[i]) || (s.p[i] != '\0' && strchr("._:/()-", s.p[i]) != NULL)))
            n = 1;
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

static bool
vkey_valid(struct str s)
{
    struct note_key key;
    return note_key_parse(s, &key, NULL) == 0 && key.type == NOTE_LOG;
}

static bool
text_valid(struct str value, bool (*valid)(struct str))
{
    struct str plain;
    return canon_plain(value, &plain) && valid(plain);
}

static bool
list_valid(struct str value, bool (*valid)(struct str))
{
    struct canon_part part;
    size_t at = 0;
    unsigned n = 0;
    if (canon_type_of(value) != CANON_ARRAY)
        return false;
    while (canon_next(value, &at, &part))
        if (++n > LEDGER_LIST_MOST || !text_valid(part.value, valid))
            return false;
    return true;
}

static bool
value_valid(struct str value, enum ledger_field_type type)
{
    switch (type) {
    case FIELD_ID:
        return text_valid(value, id_valid);
    case FIELD_WORD:
        return text_valid(value, word_valid);
    case FIELD_COUNT:
        return canon_type_of(value) == CANON_INTEGER;
    case FIELD_BOOL:
        return canon_type_of(value) == CANON_BOOL;
    case FIELD_PERSON:
        return text_valid(value, person_valid);
    case FIELD_DIGEST:
    case FIELD_COMMIT:
        return text_valid(value, digest_valid);
    case FIELD_VKEY:
        return text_valid(value, vkey_valid);
    case FIELD_CLAUSES:
        return list_valid(value, clause_valid);
    case FIELD_IDS:
        return list_valid(value, id_valid);
    case FIELD_WORDS:
        return list_valid(value, word_valid);
    case FIELD_PERSONS:
        return list_valid(value, person_valid);
    }
    return false;
}

int
ledger_kind_check(const struct ledger_kind *kind, struct str data, struct err *err)
{
    const struct ledger_field *field = kind->fields;
    struct canon_part part;
    size_t at = 0;
    while (canon_next(data, &at, &part)) {
        for (; field->name != NULL && !str_equal_z(part.key, field->name); field++)
            if (!field->maybe)
                return ERR(err, "ledger.entry", "%s: %s is missing or out of place", kind->name,
                           field->name);
        if (field->name == NULL)
            return ERR(err, "ledger.entry", "%s: %.*s is no field of it", kind->name,
                       STR_FMT(part.key));
        if (!value_valid(part.value, field->type))
            return ERR(err, "ledger.entry", "%s: %s has the wrong form", kind->name, field->name);
        field++;
    }
    for (; field->name != NULL; field++)
        if (!field->maybe)
            return ERR(err, "ledger.entry", "%s: %s is missing", kind->name, field->name);
    return 0;
}

int
ledger_row_check(struct str source, struct str kind, struct str data, struct err *err)
{
    const struct ledger_kind *k = ledger_kind_find(kind);
    if (k == NULL || !ledger_kind_allows(k, source))
        return ERR(err, "ledger.kind", "%.*s from %.*s", STR_FMT(str_slice(kind, 0, 64)),
                   STR_FMT(str_slice(source, 0, 48)));
    if (canon_check(data, 2, err) != 0)
        return -1;
    if (canon_type_of(data) != CANON_OBJECT)
        return ERR(err, "ledger.entry", "data is no object");
    return ledger_kind_check(k, data, err);
}

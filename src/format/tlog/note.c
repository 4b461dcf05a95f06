/*
 * note: see note.h for the bytes. Pure; used by ledgerd (signing) and every verifier.
 */
#include "format/tlog/note.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/crypt/secret.h"

#include <string.h>

enum {
    SIGNATURE_MOST = 8192, /* of a line of an unknown kind */
    COSIGNATURE_BYTES = 8 + SIGN_BYTES,
    KEY_BASE64_CHARS = (int)BASE64_CHARS(1 + SIGN_KEY_BYTES)
};

static bool
name_valid(struct str name)
{
    if (name.n == 0 || name.n > NOTE_NAME_MOST)
        return false;
    for (size_t i = 0; i < name.n; i++)
        if ((uint8_t)name.p[i] <= 0x20 || name.p[i] == 0x7F || name.p[i] == '+')
            return false;
    return true;
}

static void
key_fill(struct note_key *key, struct str name, enum note_key_type type)
{
    memcpy(key->name, name.p, name.n);
    key->name[name.n] = '\0';
    key->type = type;
    uint8_t tail[2 + SIGN_KEY_BYTES];
    tail[0] = '\n';
    tail[1] = (uint8_t)type;
    memcpy(tail + 2, key->key, SIGN_KEY_BYTES);
    uint8_t digest[SHA256_BYTES];
    sha256_of_pair(name.p, name.n, tail, sizeof tail, digest);
    memcpy(key->id, digest, NOTE_KEY_ID_BYTES);
}

int
note_key_make(struct str name, enum note_key_type type, const uint8_t seed[SIGN_SEED_BYTES],
              struct note_key *ret, struct err *err)
{
    if (!name_valid(name))
        return ERR(err, "ledger.key", "name of %zu bytes", name.n);
    sign_public_key(seed, ret->key);
    key_fill(ret, name, type);
    return 0;
}

int
note_key_parse(struct str vkey, struct note_key *ret, struct err *err)
{
    struct str rest = vkey;
    struct str name;
    struct str id;
    uint8_t typed[1 + SIGN_KEY_BYTES];
    uint8_t want[NOTE_KEY_ID_BYTES];
    size_t n;
    if (!str_split_next(&rest, '+', &name) || !name_valid(name) ||
        !str_split_next(&rest, '+', &id) || !hex_decode(id, want, sizeof want) ||
        rest.n != KEY_BASE64_CHARS || !base64_decode(rest, typed, sizeof typed, &n) ||
        n != sizeof typed)
        return ERR(err, "ledger.key", "not name+id+key");
    if (typed[0] != NOTE_LOG && typed[0] != NOTE_COSIGNER)
        return ERR(err, "ledger.key", "type %u", typed[0]);
    memcpy(ret->key, typed + 1, SIGN_KEY_BYTES);
    key_fill(ret, name, (enum note_key_type)typed[0]);
    if (memcmp(ret->id, want, sizeof want) != 0)
        return ERR(err, "ledger.key", "the id does not belong to the key");
    return 0;
}

void
note_key_format(const struct note_key *key, char ret[NOTE_VKEY_CHARS])
{
    size_t n = strlen(key->name);
    memcpy(ret, key->name, n);
    ret[n++] = '+';
    hex_encode(key->id, NOTE_KEY_ID_BYTES, ret + n);
    n += HEX_CHARS(NOTE_KEY_ID_BYTES);
    ret[n++] = '+';
    uint8_t typed[1 + SIGN_KEY_BYTES];
    typed[0] = (uint8_t)key->type;
    memcpy(typed + 1, key->key, SIGN_KEY_BYTES);
    base64_encode(typed, sizeof typed, ret + n);
}

bool
note_key_equal(const struct note_key *a, const struct note_key *b)
{
    return a->type == b->type && strcmp(a->name, b->name) == 0 &&
           memcmp(a->key, b->key, SIGN_KEY_BYTES) == 0;
}

static int
check_bytes(struct str s, struct err *err)
{
    if (s.n > NOTE_MOST)
        return ERR(err, "ledger.note", "%zu bytes", s.n);
    for (size_t i = 0; i < s.n; i++)
        if (((uint8_t)s.p[i] < 0x20 && s.p[i] != '\n') || s.p[i] == 0x7F)
            return ERR(err, "ledger.note", "control character at %zu", i);
    return 0;
}

static int
parse_signature(struct str line, struct note_signature *ret, struct err *err)
{
    static const char dash[] = "\xE2\x80\x94 ";
    uint8_t bytes[NOTE_KEY_ID_BYTES + SIGNATURE_MOST];
    size_t n;
    if (!str_starts(line, STR("\xE2\x80\x94 ")))
        return ERR(err, "ledger.note", "no signature line");
    struct str rest = str_slice(line, sizeof dash - 1, line.n);
    if (!str_split_next(&rest, ' ', &ret->name) || !name_valid(ret->name) ||
        !base64_decode(rest, bytes, sizeof bytes, &n) || n <= NOTE_KEY_ID_BYTES)
        return ERR(err, "ledger.note", "signature line");
    ret->base64 = rest;
    ret->bytes = n - NOTE_KEY_ID_BYTES;
    memcpy(ret->id, bytes, NOTE_KEY_ID_BYTES);
    return 0;
}

static int
parse_signatures(struct note *note, struct err *err)
{
    struct str rest = note->signatures;
    struct str line;
    if (rest.n == 0 || rest.p[rest.n - 1] != '\n')
        return ERR(err, "ledger.note", "the last line is not whole");
    rest.n--;
    note->n = 0;
    while (str_split_next(&rest, '\n', &line)) {
        if (note->n == NOTE_SIGNATURES_MOST)
            return ERR(err, "ledger.note", "more than %d signatures", NOTE_SIGNATURES_MOST);
        if (parse_signature(line, &note->signature[note->n++], err) != 0)
            return -1;
    }
    return 0;
}

static int
parse_text(struct note *note, struct err *err)
{
    struct str rest = str_slice(note->text, 0, note->text.n - 1);
    struct str line[3];
    size_t n;
    for (unsigned i = 0; i < 3; i++)
        if (!str_split_next(&rest, '\n', &line[i]) || line[i].n == 0)
            return ERR(err, "ledger.note", "fewer than three lines");
    struct str more;
    while (str_split_next(&rest, '\n', &more))
        if (more.n == 0)
            return ERR(err, "ledger.note", "empty line");
    note->origin = line[0];
    if (!str_to_u64(line[1], &note->tree.size) || note->tree.size >= TLOG_SIZE_LIMIT)
        return ERR(err, "ledger.note", "size");
    if (!base64_decode(line[2], note->tree.root.b, TLOG_HASH_BYTES, &n) || n != TLOG_HASH_BYTES)
        return ERR(err, "ledger.note", "root");
    return 0;
}

int
note_parse(struct str bytes, struct note *ret, struct err *err)
{
    if (check_bytes(bytes, err) != 0)
        return -1;
    ptrdiff_t blank = -1;
    for (ptrdiff_t at = -1; (at = str_find(bytes, STR("\n\n"), (size_t)(at + 1))) >= 0;)
        blank = at;
    if (blank <= 0)
        return ERR(err, "ledger.note", "no blank line");
    ret->text = str_slice(bytes, 0, (size_t)blank + 1);
    ret->signatures = str_slice(bytes, (size_t)blank + 2, bytes.n);
    if (parse_text(ret, err) != 0)
        return -1;
    return parse_signatures(ret, err);
}

static bool
line_claims(const struct note_signature *line, const struct note_key *key)
{
    return str_equal_z(line->name, key->name) && memcmp(line->id, key->id, NOTE_KEY_ID_BYTES) == 0;
}

/* The N bytes of a signature line behind its id; false when it has another length. */
static bool
line_bytes(const struct note_signature *line, uint8_t *ret, size_t n)
{
    uint8_t bytes[NOTE_KEY_ID_BYTES + COSIGNATURE_BYTES];
    size_t got;
    if (line->bytes != n || !base64_decode(line->base64, bytes, NOTE_KEY_ID_BYTES + n, &got))
        return false;
    memcpy(ret, bytes + NOTE_KEY_ID_BYTES, n);
    return true;
}

int
note_check(const struct note *note, const struct note_key *keys, unsigned count, unsigned *ret_key,
           struct err *err)
{
    unsigned found = count;
    for (unsigned k = 0; k < count; k++)
        for (unsigned i = 0; i < note->n; i++) {
            const struct note_signature *line = &note->signature[i];
            uint8_t signature[SIGN_BYTES];
            if (keys[k].type != NOTE_LOG || !line_claims(line, &keys[k]))
                continue;
            if (!line_bytes(line, signature, sizeof signature) ||
                !sign_check(keys[k].key, note->text.p, note->text.n, signature))
                return ERR(err, "ledger.note", "bad signature of %s", keys[k].name);
            if (found == count)
                found = k;
        }
    if (found == count)
        return ERR(err, "ledger.note", "no signature of a trusted key");
    if (!str_equal_z(note->origin, keys[found].name))
        return ERR(err, "ledger.note", "the origin is not %s", keys[found].name);
    *ret_key = found;
    return 0;
}

/* What a cosigner signs. */
static void
cosigned_text(struct buf *buf, struct str text, uint64_t time_s)
{
    buf_printf(buf, "cosignature/v1\ntime %llu\n", (unsigned long long)time_s);
    buf_put_str(buf, text);
}

static bool
cosignature_good(const struct note *note, const struct note_key *cosigner,
                 const uint8_t bytes[COSIGNATURE_BYTES], uint64_t *ret_time)
{
    uint64_t time_s = 0;
    for (unsigned i = 0; i < 8; i++)
        time_s = time_s << 8 | bytes[i];
    if (time_s == 0 || time_s > INT64_MAX)
        return false;
    struct buf text;
    buf_init(&text, NOTE_MOST + 64);
    cosigned_text(&text, note->text, time_s);
    bool good = sign_check(cosigner->key, text.p, text.n, bytes + 8);
    buf_free(&text);
    *ret_time = time_s;
    return good;
}

int
note_cosigned(const struct note *note, const struct note_key *cosigner, uint64_t *ret_time,
              struct err *err)
{
    int found = 0;
    for (unsigned i = 0; i < note->n; i++) {
        uint8_t bytes[COSIGNATURE_BYTES];
        if (cosigner->type != NOTE_COSIGNER || !line_claims(&note->signature[i], cosigner))
            continue;
        uint64_t time_s;
        if (!line_bytes(&note->signature[i], bytes, sizeof bytes) ||
            !cosignature_good(note, cosigner, bytes, &time_s))
            return ERR(err, "ledger.note", "bad cosignature of %s", cosigner->name);
        if (!found || time_s > *ret_time)
            *ret_time = time_s;
        found = 1;
    }
    return found;
}

void
note_put_text(struct buf *buf, struct str origin, const struct tlog_tree *tree)
{
    buf_put_str(buf, origin);
    buf_printf(buf, "\n%llu\n", (unsigned long long)tree->size);
    base64_put(buf, tree->root.b, TLOG_HASH_BYTES);
    buf_put_char(buf, '\n');
}

static void
put_line(struct buf *buf, const struct note_key *key, const uint8_t *signature, size_t n)
{
    uint8_t bytes[NOTE_KEY_ID_BYTES + COSIGNATURE_BYTES];
    memcpy(bytes, key->id, NOTE_KEY_ID_BYTES);
    memcpy(bytes + NOTE_KEY_ID_BYTES, signature, n);
    buf_put_z(buf, "\xE2\x80\x94 ");
    buf_put_z(buf, key->name);
    buf_put_char(buf, ' ');
    base64_put(buf, bytes, NOTE_KEY_ID_BYTES + n);
    buf_put_char(buf, '\n');
}

void
note_put_signature(struct buf *buf, struct str text, const struct note_key *key,
                   const uint8_t seed[SIGN_SEED_BYTES])
{
    uint8_t signature[SIGN_BYTES];
    sign_make(seed, text.p, text.n, signature);
    put_line(buf, key, signature, sizeof signature);
}

void
note_put_cosignature(struct buf *buf, struct str text, const struct note_key *key,
                     const uint8_t seed[SIGN_SEED_BYTES], uint64_t time_s)
{
    struct buf signed_text;
    uint8_t bytes[COSIGNATURE_BYTES];
    buf_init(&signed_text, NOTE_MOST + 64);
    cosigned_text(&signed_text, text, time_s);
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(time_s >> (56 - 8 * i));
    sign_make(seed, signed_text.p, signed_text.n, bytes + 8);
    buf_free(&signed_text);
    put_line(buf, key, bytes, sizeof bytes);
}

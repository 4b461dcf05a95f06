/*
 * note: signed notes, checkpoints and cosignatures (C2SP signed-note v1, tlog-checkpoint v1,
 * tlog-cosignature with Ed25519).
 *
 *   checkpoint   origin LF size LF base64(root) LF LF, then signature lines
 *   signature    U+2014 SP name SP base64(id[4] | signature) LF
 *   key          name+hex(id)+base64(type | key), id = SHA-256(name | 0A | type | key)[:4]
 */
#ifndef FORMAT_TLOG_NOTE_H
#define FORMAT_TLOG_NOTE_H

#include "base/crypt/sign.h"
#include "base/mem/buf.h"
#include "format/tlog/tree.h"

enum {
    NOTE_MOST = 65536,
    NOTE_SIGNATURES_MOST = 64,
    NOTE_NAME_MOST = 200,
    NOTE_KEY_ID_BYTES = 4,
    NOTE_VKEY_CHARS = NOTE_NAME_MOST + 64 /* room of a key as text, NUL included */
};

enum note_key_type { NOTE_LOG = 1, NOTE_COSIGNER = 4 };

struct note_key {
    char name[NOTE_NAME_MOST + 1];
    enum note_key_type type;
    uint8_t id[NOTE_KEY_ID_BYTES];
    uint8_t key[SIGN_KEY_BYTES];
};

/* Makes the public key of SEED under NAME. Err ledger.key for a name that cannot be one (empty,
 * longer than NOTE_NAME_MOST, with a blank, '+' or control character). */
int note_key_make(struct str name, enum note_key_type type, const uint8_t seed[SIGN_SEED_BYTES],
                  struct note_key *ret, struct err *err);

/* Reads a key as text. Err ledger.key for another type or a wrong id. */
int note_key_parse(struct str vkey, struct note_key *ret, struct err *err);

/* Writes KEY as text. */
void note_key_format(const struct note_key *key, char ret[NOTE_VKEY_CHARS]);

/* True if A and B are the same key of the same name and kind. */
bool note_key_equal(const struct note_key *a, const struct note_key *b);

/* One signature line. */
struct note_signature {
    struct str name;
    struct str base64;
    uint8_t id[NOTE_KEY_ID_BYTES];
    size_t bytes; /* of the signature without the id */
};

/* A note taken apart; everything points into its bytes. */
struct note {
    struct str text;       /* with the last LF before the blank line */
    struct str signatures; /* the lines */
    struct tlog_tree tree;
    struct str origin;
    unsigned n;
    struct note_signature signature[NOTE_SIGNATURES_MOST];
};

/*
 * Takes a checkpoint note apart. Checks no signature. Err ledger.note: longer than NOTE_MOST, more
 * than 64 signature lines or none, control character, CR, text that is not UTF-8, no blank line,
 * number or base64 not canonical, size not below TLOG_SIZE_LIMIT.
 */
int note_parse(struct str bytes, struct note *ret, struct err *err);

/*
 * Checks every signature of NOTE that claims to be of one of the COUNT log KEYS. *RET_KEY is the
 * first of KEYS that signed. Lines of unknown keys are ignored. Err ledger.note when a known key's
 * signature is bad, or none of KEYS signed, or the origin is not the name of the key that signed.
 */
int note_check(const struct note *note, const struct note_key *keys, unsigned count,
               unsigned *ret_key, struct err *err);

/*
 * Whether COSIGNER signed NOTE: 1 with the time (seconds since 1970), 0 when it did not, -1 with
 * err ledger.note when a line claims to be its own and is not.
 */
int note_cosigned(const struct note *note, const struct note_key *cosigner, uint64_t *ret_time,
                  struct err *err);

/* Appends the text of a checkpoint, without the blank line. */
void note_put_text(struct buf *buf, struct str origin, const struct tlog_tree *tree);

/* Appends the signature line of SEED, whose public half is KEY (a log key), over TEXT. */
void note_put_signature(struct buf *buf, struct str text, const struct note_key *key,
                        const uint8_t seed[SIGN_SEED_BYTES]);

/* Appends the cosignature line of SEED, whose public half is KEY (a cosigner), over TEXT at TIME.
 */
void note_put_cosignature(struct buf *buf, struct str text, const struct note_key *key,
                          const uint8_t seed[SIGN_SEED_BYTES], uint64_t time_s);

#endif

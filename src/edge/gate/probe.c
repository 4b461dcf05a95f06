/*
 * probe: see probe.h. Runs in gated. What each case proves, measured on clamd 1.4.6: with its
 * defaults a file nested 17 deep and an encrypted zip are "OK"; only AlertExceedsMax and
 * AlertEncrypted make it say so.
 */
#include "edge/gate/probe.h"

#include "base/mem/ensure.h"

enum { NESTED = 20, ZIP_CRYPT = 12 };

static const struct {
    const char *word;
    unsigned right; /* set of 1 << enum clamd_result */
} cases[PROBE_CASES] = {
    [PROBE_HARMLESS] = {"harmless", 1 << CLAMD_CLEAN},
    [PROBE_EICAR] = {"eicar", 1 << CLAMD_INFECTED},
    [PROBE_ZIP] = {"zip", 1 << CLAMD_INFECTED},
    [PROBE_NESTED] = {"nested", 1 << CLAMD_INFECTED | 1 << CLAMD_LIMIT},
    [PROBE_ENCRYPTED] = {"encrypted", 1 << CLAMD_ENCRYPTED},
};

const char *
probe_word(enum probe_case which)
{
    return cases[which].word;
}

bool
probe_right(enum probe_case which, enum clamd_result result)
{
    return (cases[which].right >> result & 1) != 0;
}

static uint32_t
crc32_of(struct str s)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < s.n; i++) {
        crc ^= (unsigned char)s.p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xEDB88320) : 0);
    }
    return ~crc;
}

static void
put_le(struct buf *out, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        buf_put_char(out, (char)(value >> (8 * i)));
}

/* What local and central header share: flags … length of the name. */
static void
put_common(struct buf *out, struct str file, bool encrypted)
{
    uint32_t extra = encrypted ? ZIP_CRYPT : 0;
    put_le(out, encrypted ? 1 : 0, 2);
    put_le(out, 0, 2);          /* stored */
    put_le(out, 0x00210000, 4); /* 1980-01-01 */
    put_le(out, crc32_of(file), 4);
    put_le(out, (uint32_t)file.n + extra, 4);
    put_le(out, (uint32_t)file.n, 4);
    put_le(out, 1, 2); /* the name: one letter */
    put_le(out, 0, 2);
}

/* Appends a zip that holds FILE as it is; ENCRYPTED only says so and puts noise in its place. */
static void
put_zip(struct buf *out, struct str file, bool encrypted)
{
    size_t start = out->n;
    buf_put(out, "PK\3\4\24\0", 6);
    put_common(out, file, encrypted);
    buf_put_char(out, 'f');
    for (size_t i = 0; encrypted && i < file.n + ZIP_CRYPT; i++)
        buf_put_char(out, (char)(0xA5 + i * 73));
    if (!encrypted)
        buf_put_str(out, file);
    uint32_t central = (uint32_t)(out->n - start);
    buf_put(out, "PK\1\2\24\0\24\0", 8);
    put_common(out, file, encrypted);
    buf_put(out, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 14);
    buf_put_char(out, 'f');
    uint32_t size = (uint32_t)(out->n - start) - central;
    buf_put(out, "PK\5\6\0\0\0\0\1\0\1\0", 12);
    put_le(out, size, 4);
    put_le(out, central, 4);
    put_le(out, 0, 2);
}

static void
put_eicar(struct buf *out)
{
    buf_put_z(out, "X5O!P%@AP[4\\PZX54(P^)7CC)7}");
    buf_put_z(out, "$EICAR-STANDARD-");
    buf_put_z(out, "ANTIVIRUS-TEST-FILE!$H+H*");
}

void
probe_put(enum probe_case which, struct buf *out)
{
    struct buf inner;
    buf_init(&inner, PROBE_BYTES);
    put_eicar(&inner);
    for (int i = 1; which == PROBE_NESTED && i < NESTED; i++) {
        struct buf outer;
        buf_init(&outer, PROBE_BYTES);
        put_zip(&outer, buf_str(&inner), false);
        buf_free(&inner);
        inner = outer;
    }
    if (which == PROBE_HARMLESS)
        buf_put_z(out, "harmless");
    else if (which == PROBE_EICAR)
        put_eicar(out);
    else
        put_zip(out, buf_str(&inner), which == PROBE_ENCRYPTED);
    ensure(!inner.over && !out->over);
    buf_free(&inner);
}

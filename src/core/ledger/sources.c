/*
 * sources: where each source stands, and where its latest entries came to stand, so that a row sent
 * again gets its old place. Part of ledgerd. Older places are found by reading the log backwards,
 * bundle by bundle, which happens only after a restart.
 */
#include "core/ledger/inside.h"

#include "base/crypt/hash.h"
#include "base/mem/ensure.h"

#include <stdlib.h>
#include <string.h>

struct source *
source_find(const struct ledger *ledger, struct str name)
{
    for (size_t i = 0; i < ledger->source_count; i++)
        if (str_equal_z(name, ledger->sources[i].name))
            return &ledger->sources[i];
    return NULL;
}

struct source *
source_get(struct ledger *ledger, struct str name)
{
    struct source *found = source_find(ledger, name);
    if (found != NULL)
        return found;
    if (ledger->source_count == LEDGER_SOURCES_MOST || !entry_source_valid(name))
        return NULL;
    if (ledger->sources == NULL) {
        ledger->sources = calloc(LEDGER_SOURCES_MOST, sizeof *ledger->sources);
        ensure(ledger->sources != NULL);
    }
    struct source *made = &ledger->sources[ledger->source_count++];
    memcpy(made->name, name.p, name.n);
    made->name[name.n] = '\0';
    made->low = 1;
    return made;
}

uint64_t
source_tag(struct str kind, struct str data)
{
    uint8_t digest[SHA256_BYTES];
    uint64_t tag;
    sha256_of_pair(kind.p, kind.n, data.p, data.n, digest);
    memcpy(&tag, digest, sizeof tag);
    return tag;
}

static void
remember(struct source *source, const struct entry *e, uint64_t index)
{
    source->known[e->seq % LEDGER_KNOWN] =
        (struct known_place){index, e->at_us, source_tag(e->kind, e->data)};
}

void
source_note(struct source *source, const struct entry *e, uint64_t index)
{
    ensure(e->seq == source->head + 1);
    source->head = e->seq;
    remember(source, e, index);
    if (source->head - source->low >= LEDGER_KNOWN)
        source->low = source->head - LEDGER_KNOWN + 1;
}

/* Looks in bundle N for SEQ of SOURCE. 1 found, 0 not there, -1 err. */
static int
look_in_bundle(struct ledger *ledger, uint64_t n, const struct source *source, uint64_t seq,
               struct known_place *ret, struct err *err)
{
    struct buf bytes;
    buf_init(&bytes, TILE_BUNDLE_MOST);
    if (read_bundle(ledger->log_dir, n, TILE_WIDTH, &bytes, err) != 0) {
        buf_free(&bytes);
        return -1;
    }
    int found = 0;
    struct str rest = buf_str(&bytes);
    struct str bytes_of_entry;
    for (uint64_t index = n * TILE_WIDTH; !found && bundle_next(&rest, &bytes_of_entry); index++) {
        struct entry e;
        if (entry_parse(bytes_of_entry, &e, err) != 0)
            found = -1;
        else if (e.seq == seq && str_equal_z(e.src, source->name)) {
            *ret = (struct known_place){index, e.at_us, source_tag(e.kind, e.data)};
            found = 1;
        }
    }
    buf_free(&bytes);
    return found;
}

static bool
look_in_pending(const struct ledger *ledger, const struct source *source, uint64_t seq,
                struct known_place *ret)
{
    for (size_t i = ledger->pending.n; i > 0; i--) {
        uint64_t index = ledger->pending.first + i - 1;
        struct entry e;
        if (entry_parse(pending_entry(&ledger->pending, index), &e, NULL) == 0 && e.seq == seq &&
            str_equal_z(e.src, source->name)) {
            *ret = (struct known_place){index, e.at_us, source_tag(e.kind, e.data)};
            return true;
        }
    }
    return false;
}

int
source_place(struct ledger *ledger, struct source *source, uint64_t seq, struct known_place *ret,
             struct err *err)
{
    if (seq >= source->low) {
        *ret = source->known[seq % LEDGER_KNOWN];
        return 0;
    }
    if (look_in_pending(ledger, source, seq, ret))
        return 0;
    for (uint64_t n = ledger->pending.first / TILE_WIDTH; n > 0; n--) {
        int found = look_in_bundle(ledger, n - 1, source, seq, ret, err);
        if (found != 0)
            return found < 0 ? -1 : 0;
    }
    return ERR(err, "ledger.reused", "%s %llu is not in this log", source->name,
               (unsigned long long)seq);
}

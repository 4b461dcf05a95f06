/*
 * rules: what an entry of a Sekisho log must obey beside its place in the tree: canonical form,
 * kinds and their sources, time that never goes back, each source counting 1, 2, 3 …, and
 * commitments that open.
 */
#include "core/ledgercheck/inside.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/mem/ensure.h"
#include "format/tlog/canon.h"

#include <stdlib.h>
#include <string.h>

/* The member KEY of the canonical object DATA as plain text. */
static bool
member(struct str data, const char *key, struct str *ret)
{
    struct canon_part part;
    size_t at = 0;
    while (canon_next(data, &at, &part))
        if (str_equal_z(part.key, key))
            return canon_plain(part.value, ret);
    return false;
}

static uint64_t
short_digest(struct str s)
{
    uint8_t digest[SHA256_BYTES];
    uint64_t v;
    sha256_of(s.p, s.n, digest);
    memcpy(&v, digest, sizeof v);
    return v;
}

static void *
grow(void *p, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return p;
    *cap = *cap == 0 ? 256 : *cap * 2;
    p = realloc(p, *cap * size);
    ensure(p != NULL);
    return p;
}

static int
check_seq(struct check *c, uint64_t index, const struct entry *e)
{
    struct check_report *r = c->report;
    size_t i = 0;
    while (i < r->sources && !str_equal_z(e->src, r->source[i].name))
        i++;
    if (i == r->sources) {
        if (r->sources == CHECK_SOURCES_MOST)
            return bad_entry(c, "ledger.entry", index, "too many sources");
        memcpy(r->source[i].name, e->src.p, e->src.n);
        r->source[i].name[e->src.n] = '\0';
        r->sources++;
    }
    if (e->seq != c->rules.seq[i] + 1)
        return bad_entry(c, "ledger.seq", index, "the source does not count on by one");
    c->rules.seq[i] = e->seq;
    r->source[i].entries++;
    return 0;
}

static int
check_time(struct check *c, uint64_t index, const struct entry *e)
{
    struct check_report *r = c->report;
    if (index == 0)
        r->first_us = e->at_us;
    else if (e->at_us < r->last_us)
        return bad_entry(c, "ledger.order", index, "time goes back");
    else if (c->options->max_gap_us > 0 && e->at_us - r->last_us > c->options->max_gap_us) {
        if (r->gaps < CHECK_GAPS_MOST)
            r->gap[r->gaps] = (struct check_gap){r->last_us, e->at_us};
        r->gaps++;
    }
    r->last_us = e->at_us;
    return 0;
}

static int
check_kind(struct check *c, uint64_t index, const struct entry *e)
{
    struct err why;
    const struct ledger_kind *kind = ledger_kind_find(e->kind);
    if (kind == NULL) {
        c->report->unknown_kinds++;
        return 0;
    }
    if (!ledger_kind_allows(kind, e->src))
        return bad_entry(c, "ledger.kind", index, "this source may not write this kind");
    if (ledger_kind_check(kind, e->data, &why) != 0)
        return bad_entry(c, "ledger.entry", index, why.detail);
    return 0;
}

static void
note_missing(struct check *c, uint64_t index, const struct entry *e)
{
    struct rules *rules = &c->rules;
    struct str record = {"", 0};
    if (!member(e->data, "record", &record) && !member(e->data, "transfer", &record))
        member(e->data, "item", &record);
    rules->missing =
        grow(rules->missing, rules->missing_n, &rules->missing_cap, sizeof *rules->missing);
    rules->missing[rules->missing_n++] = (struct missing){index, short_digest(record)};
}

/* Compares the entry's commitment with the contents that were given. */
static int
check_content(struct check *c, uint64_t index, const struct entry *e)
{
    const struct check_options *o = c->options;
    struct rules *rules = &c->rules;
    struct str record;
    struct str hex;
    uint8_t commit[32];
    if (str_equal_z(e->kind, "record.erased") && member(e->data, "record", &record)) {
        rules->erased =
            grow(rules->erased, rules->erased_n, &rules->erased_cap, sizeof *rules->erased);
        rules->erased[rules->erased_n++] = short_digest(record);
    }
    bool has = member(e->data, "commit", &hex) && hex_decode(hex, commit, sizeof commit);
    bool given = rules->content_at < o->contents_n && o->contents[rules->content_at].index == index;
    if (given && (!has || memcmp(commit, o->contents[rules->content_at].commit, 32) != 0))
        return bad_entry(c, "ledger.content", index, "the content is not what was committed to");
    if (given) {
        rules->content_at++;
        c->report->matched++;
    } else if (has) {
        note_missing(c, index, e);
    }
    return 0;
}

int
rules_entry(struct check *c, uint64_t index, struct str bytes)
{
    struct entry e;
    struct err why;
    if (c->options->plain)
        return 0;
    if (entry_parse(bytes, &e, &why) != 0)
        return bad_entry(c, "ledger.entry", index, why.detail);
    if (check_time(c, index, &e) != 0 || check_seq(c, index, &e) != 0 ||
        check_kind(c, index, &e) != 0)
        return -1;
    return c->options->contents == NULL ? 0 : check_content(c, index, &e);
}

static int
by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

int
rules_end(struct check *c)
{
    struct rules *rules = &c->rules;
    if (c->options->contents == NULL)
        return 0;
    if (rules->content_at < c->options->contents_n)
        return bad_entry(c, "ledger.content", c->options->contents[rules->content_at].index,
                         "contents for an entry that is not there, or twice");
    if (rules->erased_n > 0)
        qsort(rules->erased, rules->erased_n, sizeof *rules->erased, by_value);
    for (size_t i = 0; i < rules->missing_n; i++) {
        const struct missing *m = &rules->missing[i];
        if (rules->erased_n > 0 && bsearch(&m->record, rules->erased, rules->erased_n,
                                           sizeof *rules->erased, by_value) != NULL) {
            c->report->erased++;
            continue;
        }
        c->report->missing++;
        if (c->report->missing == 1)
            bad_entry(c, "ledger.content", m->index,
                      "the content is missing, and its record was not erased");
    }
    return c->report->missing > 0 ? -1 : 0;
}

void
rules_free(struct rules *rules)
{
    free(rules->missing);
    free(rules->erased);
}

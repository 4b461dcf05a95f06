/*
 * Any bytes as the reader's answer against a catalogue with every kind of topic: refused, or bound
 * and covered with all indices in range, each row's clause in order and the counts right.
 */
#include "base/mem/ensure.h"
#include "format/bind/coverage.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char topics[] =
    "- {id: basic.lgwan, group: basic, kind: [Wd], title: {ja: LGWAN接続系, en: L}, covers: "
    "[zone.s],"
    " parts: [{key: split, kind: [Wd], title: {ja: 分ける, en: S}, any: [[分割]], by: {master: "
    "covers}},"
    " {key: disarm, kind: [Wd], title: {ja: 無害化, en: D}, any: [[無害化]], by: {master: "
    "covers}}]}\n"
    "- {id: basic.terms, group: basic, kind: [Wd], title: {ja: 用語, en: T}, headings: [定義]}\n"
    "- {id: basic.standard, group: basic, kind: [Wd], title: {ja: 対策基準, en: T}}\n"
    "- {id: zone.s, group: \"4(2)\", kind: [E], title: {ja: 切離し, en: S}, headings: [強靱性],"
    " parts: [{key: split, kind: [E], weight: 3, title: {ja: 分離, en: S}, any: [[分], [割, 経路]],"
    " not: [除], expect: {modality: must, subject: [person, ciso]}, by: {none: later}},"
    " {key: disarm, kind: [E], title: {ja: 無害化, en: D}, any: [[無害化]], by: {none: later}}]}\n"
    "- {id: p.s, group: more, kind: [W], title: {ja: 特定個人情報, en: P}, also: true,"
    " parts: [{key: h, kind: [W], title: {ja: 扱い, en: H}, any: [[個人情報]], by: {none: x}}]}\n";

static void
check(const struct clause_set *set, const struct bind_result *r)
{
    size_t counted = 0;
    ensure(r->first[set->clause_count] == r->row_count);
    for (size_t i = 0; i < r->row_count; i++) {
        const struct bind_row *row = &r->rows[i];
        ensure(row->clause < set->clause_count && row->topic != NULL);
        ensure(i == 0 || r->rows[i - 1].clause <= row->clause);
        ensure(row->sentence == CLAUSE_NONE || set->sentences[row->sentence].clause == row->clause);
        ensure(row->candidate_count >= 1 && row->candidate_count <= BIND_CANDIDATES);
        ensure(row->candidates[0].topic == row->topic && row->score > 0);
        counted += !row->heading;
    }
    ensure(r->counts[BIND_SURE] + r->counts[BIND_LIKELY] + r->counts[BIND_ASK] == counted);
    ensure(r->counts[BIND_NOTHING] == r->unbound_count);
}

static void
check_coverage(const struct clause_set *set, const struct coverage *c)
{
    size_t rows = 0;
    for (size_t i = 0; i < COVERAGE_VERDICTS; i++)
        rows += c->counts[i];
    ensure(rows == c->row_count);
    for (size_t i = 0; i < c->row_count; i++)
        for (size_t k = 0; k < c->rows[i].clause_count; k++)
            ensure(c->rows[i].clauses[k] < set->clause_count);
    for (size_t i = 0; i < c->chapter_count; i++)
        ensure(c->chapters[i].answered + c->chapters[i].gaps == c->chapters[i].leaves);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(64 << 20);
    struct catalogue_file file = {CATALOGUE_FILE_TOPICS, "topics", str_of(topics)};
    struct catalogue *catalogue;
    struct clause_set set;
    struct bind_result *r;
    struct coverage *c;
    struct err err;
    clause_set_init(&set, arena);
    ensure(catalogue_load(arena, &file, 1, &catalogue, &err) == 0);
    struct bind_options options = {.no_titles = size % 2 == 1};
    if (clause_set_add(&set, (struct str){(const char *)data, size}, &err) == 0 &&
        bind_make(arena, catalogue, &set, &options, &r, &err) == 0) {
        check(&set, r);
        if (coverage_make(arena, r, NULL, NULL, &c, &err) == 0)
            check_coverage(&set, c);
    }
    arena_free(arena);
    return 0;
}

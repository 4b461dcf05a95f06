/*
 * role: a role nobody holds (P204), and a role that the table and a clause, or two clauses, give to
 * different holders (P205). Runs in policy-worker and the command line.
 *
 * Invariant: holders are compared as sets of at most HOLDERS names; one character of difference is
 * a matter of spelling, not of holders.
 */
#include "base/text/utf8.h"
#include "format/policy/lint.h"
#include "format/policy/read.h"

#include <string.h>

enum {
    HOLDERS = 60,
    SHORTEST_ROLE = 6,
    ROLES_MOST = 200,
    BEHIND_ROLE = 16,
    RUN_BYTES = 150,
    USUAL = 3,
    OFFICER_SLOTS = 4096
};

static const char *const known[] = {
#define ROLE(name) name,
#include "format/policy/roles.def"
#undef ROLE
};

enum { KNOWN = sizeof known / sizeof *known };

/* Who holds a role, as one place says it. */
struct holders {
    struct lint_spot list[HOLDERS];
    size_t count;
};

/* A name that ends with 責任者. */
struct officer {
    struct str name;
    size_t count;
    bool meant; /* a heading, or somebody is made it */
};

struct offices {
    struct lint_remarks *out;
    struct officer **officers;
    size_t officer_count;
    const struct lint_role *roles;
    size_t role_count;
    struct str names[ROLES_MOST];
    struct holders *said[ROLES_MOST]; /* what the table or the first clause says */
    size_t name_count;
};

bool
lint_is_role(struct str run, const struct lint_role *roles, size_t count)
{
    for (size_t i = 0; i < KNOWN; i++)
        if (str_finishes(run, known[i]))
            return true;
    for (size_t i = 0; i < count; i++)
        if (roles[i].name.n > 0 && str_ends(run, roles[i].name))
            return true;
    return false;
}

static struct str
bare_of(const struct offices *o, size_t passage)
{
    return o->out->view->passages[passage].bare;
}

static struct str
text_at(const struct offices *o, struct lint_spot spot)
{
    return str_slice(bare_of(o, spot.passage), spot.at, spot.at + spot.n);
}

/* The kanji and katakana in front of END. */
static size_t
run_begin(struct str text, size_t end)
{
    size_t from = end;
    while (from >= 3 && end - from < RUN_BYTES) {
        uint32_t c = char_first(str_slice(text, from - 3, from));
        if (!lint_is_kanji(c) && !lint_is_katakana(c))
            break;
        from -= 3;
    }
    return from;
}

/* …をROLEとする: the text itself makes it a role. */
static bool
is_appointed(struct str behind)
{
    return str_begins(behind, "とする") || str_begins(behind, "とし、");
}

/* The run of an officer's name, made when it is new; NULL when there are too many. */
static struct officer *
officer_of(struct offices *o, struct str name)
{
    size_t slot = lint_hash(name) % OFFICER_SLOTS;
    while (o->officers[slot] != NULL && !str_equal(o->officers[slot]->name, name))
        slot = (slot + 1) % OFFICER_SLOTS;
    if (o->officers[slot] != NULL || o->officer_count == OFFICER_SLOTS / 2)
        return o->officers[slot];
    struct officer *officer = arena_alloc(o->out->arena, sizeof *officer);
    if (officer == NULL)
        return NULL;
    officer->name = name;
    o->officer_count++;
    return o->officers[slot] = officer;
}

/* The longer name that ends with 責任者 at SPOT; empty for the bare word, which is a common one. */
static struct lint_spot
officer_at(const struct offices *o, struct lint_spot spot)
{
    struct str text = bare_of(o, spot.passage);
    size_t end = spot.at + spot.n, from = run_begin(text, end);
    bool longer = char_count(str_slice(text, from, end)) >= SHORTEST_ROLE;
    return (struct lint_spot){spot.passage, from, longer ? end - from : 0};
}

static void
count_officer(void *ctx, unsigned id, struct lint_spot spot)
{
    struct offices *o = ctx;
    (void)id;
    spot = officer_at(o, spot);
    struct officer *officer = spot.n == 0 ? NULL : officer_of(o, text_at(o, spot));
    if (officer == NULL)
        return;
    struct str behind =
        str_slice(bare_of(o, spot.passage), spot.at + spot.n, spot.at + spot.n + BEHIND_ROLE);
    officer->count++;
    officer->meant |= is_appointed(behind) || o->out->view->passages[spot.passage].title;
}

/*
 * 統括情報責任者: known from nowhere. A name that is a heading, that somebody is made, or that the
 * text uses USUAL times is a role of this text.
 */
static void
tell_officer(void *ctx, unsigned id, struct lint_spot spot)
{
    struct offices *o = ctx;
    (void)id;
    spot = officer_at(o, spot);
    struct str name = text_at(o, spot);
    const struct officer *officer = spot.n == 0 ? NULL : officer_of(o, name);
    if (officer != NULL && officer->count < USUAL && !officer->meant &&
        !lint_is_role(name, o->roles, o->role_count))
        lint_remark(o->out, "P204", POLICY_ASK, spot, NULL);
}

/* Adds the names of [FROM, TO) of PASSAGE: apart at 、, 及び, 並びに and 又は. */
static void
holders_add(const struct offices *o, struct holders *h, size_t passage, struct policy_range at)
{
    static const char *const joints[] = {"、", "及び", "並びに", "又は"};
    struct str text = bare_of(o, passage);
    for (size_t from = at.from; from < at.to;) {
        size_t end = at.to, skip = 0;
        for (size_t i = 0; i < sizeof joints / sizeof *joints; i++) {
            ptrdiff_t place = str_find(str_slice(text, 0, end), str_of(joints[i]), from);
            if (place >= 0) {
                end = (size_t)place;
                skip = strlen(joints[i]);
            }
        }
        if (end > from && h->count < HOLDERS)
            h->list[h->count++] = (struct lint_spot){passage, from, end - from};
        from = end + (skip == 0 ? 1 : skip);
    }
}

static bool
holds(const struct offices *o, const struct holders *h, struct str name)
{
    for (size_t i = 0; i < h->count; i++)
        if (lint_distance(text_at(o, h->list[i]), name, 1) <= 1)
            return true;
    return false;
}

/* True when one names somebody whom the other does not. */
static bool
differ(const struct offices *o, const struct holders *a, const struct holders *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (!holds(o, b, text_at(o, a->list[i])))
            return true;
    for (size_t i = 0; i < b->count; i++)
        if (!holds(o, a, text_at(o, b->list[i])))
            return true;
    return false;
}

/* From the first name to the last, when they stand in one passage. */
static struct lint_spot
span_of(const struct holders *h)
{
    struct lint_spot spot = h->list[0];
    for (size_t i = 1; i < h->count; i++)
        if (h->list[i].passage == spot.passage)
            spot.n = h->list[i].at + h->list[i].n - spot.at;
    return spot;
}

/* 指示に従い作業を行う者 describes; it names no post. */
static bool
describes(struct str phrase)
{
    static const char *const ends[] = {"う者", "る者", "た者", "す者", "く者", "の者", "名する者"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (str_finishes(phrase, ends[i]))
            return true;
    return false;
}

/* The place behind the last MARK in TEXT, or 0. */
static size_t
behind_last(struct str text, struct str mark)
{
    size_t from = 0;
    ptrdiff_t place;
    while ((place = str_find(text, mark, from)) >= 0)
        from = (size_t)place + mark.n;
    return from;
}

/*
 * AをBのROLEとする: the place of A in front of the role at AT; empty when it is not that form. It
 * looks at most SENTENCE bytes back.
 */
static struct policy_range
holder_phrase(struct str text, size_t at)
{
    enum { SENTENCE = 900, MODIFIER = 90 };
    size_t base = at > SENTENCE ? at - SENTENCE : 0;
    while (base < at && ((unsigned char)text.p[base] & 0xc0) == 0x80)
        base++;
    struct str before = str_slice(text, base, at);
    size_t begin = behind_last(before, STR("。"));
    before = str_slice(before, begin, before.n);
    size_t behind = behind_last(before, STR("を"));
    if (behind == 0 || before.n - behind > MODIFIER)
        return (struct policy_range){0, 0};
    struct str phrase = str_slice(before, 0, behind - strlen("を"));
    size_t topic = behind_last(phrase, STR("は、"));
    return (struct policy_range){base + begin + topic, base + begin + phrase.n};
}

static void
on_role(void *ctx, unsigned id, struct lint_spot spot)
{
    struct offices *o = ctx;
    const struct lint_passage *p = &o->out->view->passages[spot.passage];
    struct str text = p->bare;
    uint32_t before = char_last(str_slice(text, 0, spot.at));
    if (p->title || lint_is_kanji(before) || lint_is_katakana(before) ||
        !is_appointed(str_slice(text, spot.at + spot.n, text.n)))
        return;
    struct policy_range phrase = holder_phrase(text, spot.at);
    struct holders *h = arena_alloc(o->out->arena, sizeof *h);
    if (h == NULL || phrase.from >= phrase.to || describes(str_slice(text, phrase.from, phrase.to)))
        return;
    holders_add(o, h, spot.passage, phrase);
    if (h->count == 0)
        return;
    if (o->said[id] == NULL) {
        o->said[id] = h;
    } else if (differ(o, o->said[id], h)) {
        struct lint_spot other = span_of(o->said[id]);
        lint_remark(o->out, "P205", POLICY_ASK, span_of(h), &other);
    }
}

static void
add_name(struct offices *o, struct str name, struct holders *said)
{
    for (size_t i = 0; i < o->name_count; i++)
        if (str_equal(o->names[i], name))
            return;
    if (name.n == 0 || o->name_count == ROLES_MOST)
        return;
    o->said[o->name_count] = said;
    o->names[o->name_count++] = name;
}

/* The roles of the table with their holders, then those every policy knows. */
static void
collect(struct offices *o)
{
    for (size_t i = 0; i < o->role_count && i < ROLES_MOST; i++) {
        const struct lint_role *role = &o->roles[i];
        struct holders *h = arena_alloc(o->out->arena, sizeof *h);
        if (h == NULL)
            return;
        for (size_t k = role->first; k < role->first + role->count; k++)
            holders_add(o, h, k, (struct policy_range){0, bare_of(o, k).n});
        add_name(o, role->name, h->count == 0 ? NULL : h);
    }
    for (size_t i = 0; i < KNOWN; i++)
        add_name(o, str_of(known[i]), NULL);
}

void
lint_roles(struct lint_remarks *out, const struct lint_role *roles, size_t count)
{
    static const struct lint_word officer = {{"責任者", sizeof "責任者" - 1}, 0};
    struct offices *o = arena_alloc(out->arena, sizeof *o);
    struct lint_word *words = arena_array(out->arena, ROLES_MOST, sizeof *words);
    struct officer **officers = arena_array(out->arena, OFFICER_SLOTS, sizeof *officers);
    if (o == NULL || words == NULL || officers == NULL)
        return;
    *o = (struct offices){.out = out, .officers = officers, .roles = roles, .role_count = count};
    collect(o);
    for (unsigned i = 0; i < o->name_count; i++)
        words[i] = (struct lint_word){o->names[i], i};
    struct lint_scan *scan = lint_scan_new(out->arena, &officer, 1);
    struct lint_scan *all = lint_scan_new(out->arena, words, o->name_count);
    if (scan == NULL || all == NULL)
        return;
    lint_scan_view(scan, out->view, count_officer, o);
    lint_scan_view(scan, out->view, tell_officer, o);
    lint_scan_view(all, out->view, on_role, o);
}

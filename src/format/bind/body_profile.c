/*
 * body_profile: see body_profile.h. Pure. A zone is ordered by duty sentences only, never by a
 * definition, because coverage says so; a class has the rank its printed number says, so that
 * 機密性2 of one body and of another are alike.
 *
 * Invariant: lists keep the order of the text; texts are borrowed from the set or in the arena.
 */
#include "format/bind/body_profile.h"

#include "base/text/utf8.h"

#include <string.h>

struct making {
    struct arena *arena;
    const struct coverage *coverage;
    const bool *confirmed;
    struct body_profile *p;
};

static bool
has(struct str hay, const char *needle)
{
    return str_find(hay, str_of(needle), 0) >= 0;
}

/* ---- zones ---- */

static const struct {
    const char *zone, *topic, *part;
} zone_topics[] = {
#define ZONE(zone, topic, part) {zone, topic, part},
#include "format/bind/zones.def"
#undef ZONE
};

enum { ZONE_TOPICS = sizeof zone_topics / sizeof *zone_topics };

/* Is the clause, or one above it, bound by a person's word? */
static bool
is_confirmed(const struct making *m, size_t clause)
{
    for (; m->confirmed != NULL && clause != CLAUSE_NONE;
         clause = m->p->set->clauses[clause].parent)
        if (m->confirmed[clause])
            return true;
    return false;
}

static void
put_part(const struct making *m, struct body_profile_zone *zone, const struct coverage_row *row)
{
    struct body_profile_part *part = &zone->parts[zone->part_count++];
    part->row = row;
    part->ordered = row->verdict == COVERAGE_PRESENT || row->verdict == COVERAGE_WEAKER;
    for (size_t i = 0; i < row->clause_count; i++)
        part->confirmed = part->confirmed || is_confirmed(m, row->clauses[i]);
    part->confirmed = part->confirmed && part->ordered;
    zone->ordered = zone->ordered || part->ordered;
}

static bool
is_of(const struct coverage_row *row, size_t entry)
{
    return row->topic != NULL && row->part != NULL &&
           str_equal_z(row->topic->id, zone_topics[entry].topic) &&
           (zone_topics[entry].part[0] == 0 ||
            str_equal_z(row->part->key, zone_topics[entry].part));
}

static int
make_zones(struct making *m)
{
    struct body_profile *p = m->p;
    p->zones = arena_array(m->arena, ZONE_TOPICS, sizeof *p->zones);
    for (size_t e = 0; p->zones != NULL && e < ZONE_TOPICS; e++) {
        struct body_profile_zone *zone = p->zone_count == 0 ? NULL : &p->zones[p->zone_count - 1];
        if (zone == NULL || !str_equal_z(zone->id, zone_topics[e].zone)) {
            zone = &p->zones[p->zone_count++];
            *zone = (struct body_profile_zone){.id = str_of(zone_topics[e].zone)};
            zone->parts = arena_array(m->arena, m->coverage->row_count + 1, sizeof *zone->parts);
            if (zone->parts == NULL)
                return -1;
        }
        for (size_t i = 0; i < m->coverage->row_count; i++)
            if (is_of(&m->coverage->rows[i], e))
                put_part(m, zone, &m->coverage->rows[i]);
    }
    return p->zones == NULL ? -1 : 0;
}

/* ---- classes ---- */

/* S without blanks, full-width digits and letters in half width. */
static struct str
half_width(struct arena *arena, struct str s)
{
    struct buf out;
    buf_init(&out, s.n + 1);
    while (s.n > 0) {
        int32_t c = utf8_next(&s);
        if (c < 0 || c == ' ' || c == 0x3000 || c == '\n')
            continue;
        utf8_put(&out, c >= 0xff01 && c <= 0xff5e ? (uint32_t)c - 0xfee0 : (uint32_t)c);
    }
    struct str copy = buf_done(&out, NULL) == 0 ? str_dup(arena, buf_str(&out)) : STR("");
    buf_free(&out);
    return copy;
}

static struct str
axis_word(struct str printed)
{
    if (has(printed, "機密性"))
        return STR("confidentiality");
    if (has(printed, "完全性"))
        return STR("integrity");
    return has(printed, "可用性") ? STR("availability") : printed;
}

/* The table's axis, or the one its first row is named after. */
static struct str
axis_of(const struct clause_table *t)
{
    return t->axis.n > 0 || t->row_count == 0 || t->rows[0].cell_count == 0 ? t->axis
                                                                            : t->rows[0].cells[0];
}

/* 3A is 4 where it stands above a 3B; else a number is its rank. -1: there is no number. */
static int
rank_of(struct str code)
{
    if (code.n == 0 || code.p[0] < '0' || code.p[0] > '9')
        return -1;
    int rank = code.p[0] - '0' + (code.n > 1 && code.p[1] == 'A');
    return rank > BODY_PROFILE_RANK_MOST ? BODY_PROFILE_RANK_MOST : rank;
}

static bool
says_none(const struct clause_row *row)
{
    static const char *const dashes[] = {"－", "-", "―", "なし", "—"};
    struct str last = row->cell_count == 0 ? STR("") : str_trim(row->cells[row->cell_count - 1]);
    for (size_t i = 0; i < sizeof dashes / sizeof *dashes; i++)
        if (str_ends(last, str_of(dashes[i])))
            return true;
    return false;
}

/* The class whose row the limit at AT stands behind: the last one of that clause before it. */
static struct body_profile_class *
class_before(const struct body_profile *p, const struct policy_range *rows,
             const struct clause *limit)
{
    struct body_profile_class *best = NULL;
    for (size_t i = 0, at = 0; i < p->class_count; i++)
        if (p->classes[i].clause == limit->parent && rows[i].from <= limit->at.from &&
            rows[i].from >= at) {
            best = &p->classes[i];
            at = rows[i].from;
        }
    return best;
}

static void
make_limits(struct making *m, const struct policy_range *rows)
{
    const struct clause_set *set = m->p->set;
    for (size_t i = 0; i < set->clause_count; i++) {
        if (set->clauses[i].kind != POLICY_LIMIT)
            continue;
        struct body_profile_class *class = class_before(m->p, rows, &set->clauses[i]);
        if (class != NULL && class->limit_count < BODY_PROFILE_LIMITS) {
            class->limits[class->limit_count++] = i;
            class->unsure_limits = false;
        }
    }
}

static struct body_profile_class
read_class(const struct making *m, const struct clause_table *t, size_t index)
{
    const struct clause_row *row = &t->rows[index];
    struct str axis = axis_of(t);
    struct str title = half_width(m->arena, row->cells[0]);
    struct str code = title;
    if (axis.n > 0 && str_starts(title, half_width(m->arena, t->axis)))
        code = str_slice(title, t->axis.n, title.n);
    int rank = rank_of(code);
    size_t place = t->row_count - index;
    return (struct body_profile_class){
        .axis = axis_word(axis),
        .code = code,
        .title = title,
        .rank = rank >= 0                        ? (unsigned)rank
                : place > BODY_PROFILE_RANK_MOST ? BODY_PROFILE_RANK_MOST
                                                 : (unsigned)place,
        .clause = t->clause,
        .unsure_rank = rank < 0,
        .unsure_limits = !says_none(row),
    };
}

static int
make_classes(struct making *m)
{
    const struct clause_set *set = m->p->set;
    size_t most = 0;
    for (size_t i = 0; i < set->table_count; i++)
        most += set->tables[i].kind == TABLE_CLASSES ? set->tables[i].row_count : 0;
    m->p->classes = arena_array(m->arena, most + 1, sizeof *m->p->classes);
    struct policy_range *rows = arena_array(m->arena, most + 1, sizeof *rows);
    if (m->p->classes == NULL || rows == NULL)
        return -1;
    for (size_t i = 0; i < set->table_count; i++)
        for (size_t k = 0; set->tables[i].kind == TABLE_CLASSES && k < set->tables[i].row_count;
             k++) {
            if (set->tables[i].rows[k].cell_count == 0)
                continue;
            rows[m->p->class_count] = set->tables[i].rows[k].at;
            m->p->classes[m->p->class_count++] = read_class(m, &set->tables[i], k);
        }
    make_limits(m, rows);
    return 0;
}

/* ---- words of a list, the longer before the shorter that it holds ---- */

struct listed {
    const char *code, *word;
};

static const struct listed staff_words[] = {
#define STAFF(code, word) {code, word},
#include "format/bind/staff.def"
#undef STAFF
};

static const struct listed organ_words[] = {
#define ORGAN(code, word) {code, word},
#include "format/bind/organs.def"
#undef ORGAN
};

enum {
    STAFF_WORDS = sizeof staff_words / sizeof *staff_words,
    ORGAN_WORDS = sizeof organ_words / sizeof *organ_words
};

/* Is WORD in S somewhere that no earlier word of LIST covers? *RET_AT: where first. */
static bool
stands_free(struct str s, const struct listed *list, size_t index, size_t *ret_at)
{
    struct str word = str_of(list[index].word);
    for (ptrdiff_t at = str_find(s, word, 0); at >= 0; at = str_find(s, word, (size_t)at + 1)) {
        bool covered = false;
        for (size_t k = 0; k < index && !covered; k++) {
            struct str longer = str_of(list[k].word);
            ptrdiff_t inside = str_find(longer, word, 0);
            covered = inside >= 0 && inside <= at &&
                      str_starts(str_slice(s, (size_t)(at - inside), s.n), longer);
        }
        if (!covered) {
            *ret_at = (size_t)at;
            return true;
        }
    }
    return false;
}

/* ---- staff ---- */

/* The codes of staff.def, each once, by bit. */
static unsigned
staff_bit(const char *code)
{
    const char *seen[STAFF_WORDS];
    unsigned count = 0;
    for (size_t i = 0; i < STAFF_WORDS; i++) {
        bool twice = false;
        for (unsigned k = 0; k < count; k++)
            twice = twice || strcmp(seen[k], staff_words[i].code) == 0;
        if (twice)
            continue;
        if (strcmp(staff_words[i].code, code) == 0)
            return count;
        seen[count++] = staff_words[i].code;
    }
    return 32;
}

const char *
body_profile_staff_word(unsigned index)
{
    for (size_t i = 0; i < STAFF_WORDS; i++)
        if (staff_bit(staff_words[i].code) == index)
            return staff_words[i].code;
    return NULL;
}

unsigned
body_profile_staff_of(struct str words)
{
    unsigned bits = 0;
    struct str word;
    while (str_split_next(&words, ' ', &word)) {
        unsigned known = 0;
        for (unsigned i = 0; body_profile_staff_word(i) != NULL; i++)
            known |= str_equal_z(word, body_profile_staff_word(i)) ? 1U << i : 0;
        if (known == 0)
            return 0;
        bits |= known;
    }
    return bits;
}

static unsigned
counts_in(struct str s)
{
    unsigned bits = 0;
    size_t at;
    for (size_t i = 0; i < STAFF_WORDS; i++)
        if (stands_free(s, staff_words, i, &at))
            bits |= 1U << staff_bit(staff_words[i].code);
    return bits;
}

static void
put_place(struct body_profile *p, size_t clause, size_t doc, struct str term)
{
    if (p->staff.place_count < BODY_PROFILE_PLACES)
        p->staff.places[p->staff.place_count++] =
            (struct body_profile_place){clause, doc, str_trim(term), counts_in(term)};
}

/* …（以下「職員等」という。: the words of that sentence before it. */
static void
find_short_name(struct body_profile *p, struct str text, size_t clause, size_t doc)
{
    static const char *const openings[] = {"（以下「職員等」", "(以下「職員等」"};
    for (size_t i = 0; i < 2; i++) {
        ptrdiff_t at = str_find(text, str_of(openings[i]), 0);
        if (at < 0)
            continue;
        size_t from = 0;
        for (ptrdiff_t stop = 0; stop >= 0 && stop < at;) {
            stop = str_find(text, STR("。"), from);
            bool inside = stop >= 0 && stop < at && !has(str_slice(text, from, (size_t)stop), "（");
            if (!inside)
                break;
            from = (size_t)stop + strlen("。");
        }
        put_place(p, clause, doc, str_slice(text, from, (size_t)at));
    }
}

static void
make_staff(struct body_profile *p)
{
    const struct clause_set *set = p->set;
    bool used = false;
    p->staff.short_name = STR("職員等");
    for (size_t i = 0; i < set->clause_count; i++)
        if (set->clauses[i].kind == POLICY_TERM || set->clauses[i].kind == POLICY_CLAUSE) {
            const struct clause *c = &set->clauses[i];
            used = used || has(c->text, "職員等");
            if (str_equal_z(c->title, "職員等") &&
                (c->kind == POLICY_TERM || has(c->text, "をいう")))
                put_place(p, i, c->doc, c->text);
            find_short_name(p, c->text, i, c->doc);
        }
    for (size_t i = 0; i < set->doc_count;
         i++) /* what stands in front only when nothing else says it */
        find_short_name(p, set->docs[i].front, CLAUSE_NONE, i);
    p->staff.unsure = p->staff.place_count == 0 && used;
    for (size_t i = 0; i < p->staff.place_count; i++)
        p->staff.unsure = p->staff.unsure || p->staff.places[i].counts == 0 ||
                          p->staff.places[i].counts != p->staff.places[0].counts;
    p->staff.counts = p->staff.place_count == 0 ? 0 : p->staff.places[0].counts;
}

/* ---- roles ---- */

static int
make_roles(struct making *m)
{
    const struct clause_set *set = m->p->set;
    size_t most = 0;
    for (size_t i = 0; i < set->table_count; i++)
        most += set->tables[i].kind == TABLE_ROLES ? set->tables[i].row_count : 0;
    m->p->roles = arena_array(m->arena, most + 1, sizeof *m->p->roles);
    for (size_t i = 0; m->p->roles != NULL && i < set->table_count; i++)
        for (size_t k = 0; set->tables[i].kind == TABLE_ROLES && k < set->tables[i].row_count;
             k++) {
            const struct clause_row *row = &set->tables[i].rows[k];
            if (row->cell_count == 0)
                continue;
            m->p->roles[m->p->role_count++] = (struct body_profile_role){
                .role = row->role,
                .title = row->cells[0],
                .holder = row->cell_count > 1 ? row->cells[1] : STR(""),
                .clause = set->tables[i].clause,
            };
        }
    return m->p->roles == NULL ? -1 : 0;
}

/* ---- executive bodies ---- */

static bool
knows_organ(const struct body_profile *p, const char *code)
{
    for (size_t i = 0; i < p->organ_count; i++)
        if (str_equal_z(p->organs[i].code, code))
            return true;
    return false;
}

static void
add_organs(struct body_profile *p, struct str text, size_t clause)
{
    size_t at;
    for (size_t i = 0; i < ORGAN_WORDS; i++)
        if (!knows_organ(p, organ_words[i].code) && stands_free(text, organ_words, i, &at))
            p->organs[p->organ_count++] = (struct body_profile_organ){
                str_of(organ_words[i].code), str_slice(text, at, at + strlen(organ_words[i].word)),
                clause};
}

/* 行政委員会 is one word for what the terms list. */
static void
add_committees(struct body_profile *p)
{
    for (size_t i = 0; i < p->set->clause_count; i++)
        if (str_equal_z(p->set->clauses[i].title, "行政委員会"))
            add_organs(p, p->set->clauses[i].text, i);
}

/* What the sentences that say the scope name; exceptions (ただし) name whom it does not bind. */
static int
make_organs(struct making *m)
{
    const struct clause_set *set = m->p->set;
    m->p->organs = arena_array(m->arena, ORGAN_WORDS + 1, sizeof *m->p->organs);
    for (size_t i = 0; m->p->organs != NULL && i < m->coverage->row_count; i++) {
        const struct coverage_row *row = &m->coverage->rows[i];
        if (row->topic == NULL || row->part == NULL ||
            !str_equal_z(row->topic->id, "scope.bodies") || !str_equal_z(row->part->key, "bodies"))
            continue;
        for (size_t k = 0; k < row->clause_count; k++) {
            const struct clause *c = &set->clauses[row->clauses[k]];
            for (size_t s = c->first_sentence; s < c->first_sentence + c->sentence_count; s++) {
                struct str text = set->sentences[s].text;
                if (str_starts(text, STR("ただし")) || str_starts(text, STR("なお")))
                    continue;
                add_organs(m->p, text, row->clauses[k]);
                if (has(text, "行政委員会"))
                    add_committees(m->p);
            }
        }
    }
    return m->p->organs == NULL ? -1 : 0;
}

/* ---- all of it ---- */

static void
count_unsure(struct body_profile *p)
{
    p->unsure = p->staff.unsure && !p->staff.fixed;
    for (size_t i = 0; i < p->class_count; i++)
        p->unsure += (size_t)p->classes[i].unsure_rank + (size_t)p->classes[i].unsure_limits;
}

int
body_profile_make(struct arena *arena, const struct clause_set *set,
                  const struct coverage *coverage, const bool *confirmed, struct body_profile **ret,
                  struct err *err)
{
    struct body_profile *p = arena_alloc(arena, sizeof *p);
    struct making m = {arena, coverage, confirmed, p};
    if (p == NULL)
        return arena_check(arena, err);
    *p = (struct body_profile){.set = set};
    if (make_zones(&m) < 0 || make_classes(&m) < 0 || make_roles(&m) < 0 || make_organs(&m) < 0)
        return arena_check(arena, err);
    make_staff(p);
    count_unsure(p);
    *ret = p;
    return arena_check(arena, err);
}

/* ---- what a person says ---- */

static bool
fix_class(struct body_profile_class *class, struct str what, struct str value)
{
    if (str_equal_z(what, "rank")) {
        if (value.n != 1 || value.p[0] < '0' || value.p[0] > '0' + BODY_PROFILE_RANK_MOST)
            return false;
        class->rank = (unsigned)(value.p[0] - '0');
        class->unsure_rank = false;
    } else if (str_equal_z(what, "limits") &&
               (str_equal_z(value, "above") || str_equal_z(value, "none"))) {
        class->shares = str_equal_z(value, "above");
        class->unsure_limits = false;
    } else {
        return false;
    }
    return class->fixed = true;
}

bool
body_profile_fix(struct body_profile *p, const struct body_profile_fix *fix)
{
    struct str rest = fix->fact, what, axis;
    bool done = false;
    if (str_equal_z(fix->fact, "staff")) {
        unsigned counts = body_profile_staff_of(fix->value);
        if (counts == 0)
            return false;
        p->staff.counts = counts;
        p->staff.fixed = done = true;
    } else if (str_split_next(&rest, '.', &what) && str_split_next(&rest, '.', &axis) &&
               rest.p != NULL) {
        for (size_t i = 0; i < p->class_count && !done; i++)
            if (str_equal(p->classes[i].axis, axis) && str_equal(p->classes[i].code, rest))
                done = fix_class(&p->classes[i], what, fix->value);
    }
    count_unsure(p);
    return done;
}

/* ---- asking ---- */

const struct body_profile_zone *
body_profile_zone_get(const struct body_profile *p, struct str id)
{
    for (size_t i = 0; i < p->zone_count; i++)
        if (str_equal(p->zones[i].id, id))
            return &p->zones[i];
    return NULL;
}

bool
body_profile_orders(const struct body_profile *p, const char *topic, const char *part)
{
    for (size_t i = 0; i < p->zone_count; i++)
        for (size_t k = 0; k < p->zones[i].part_count; k++) {
            const struct body_profile_part *one = &p->zones[i].parts[k];
            if (one->ordered && str_equal_z(one->row->topic->id, topic) &&
                str_equal_z(one->row->part->key, part))
                return true;
        }
    return false;
}

const struct body_profile_class *
body_profile_class_get(const struct body_profile *p, struct str axis, struct str code)
{
    for (size_t i = 0; i < p->class_count; i++)
        if (str_equal(p->classes[i].axis, axis) && str_equal(p->classes[i].code, code))
            return &p->classes[i];
    return NULL;
}

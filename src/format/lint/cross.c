/*
 * cross: see cross.h. Runs on the command line; cored may use it on import.
 *
 * Invariant: section I of the view is clause I of the set, and behind the clauses comes one section
 * per document, its front.
 */
#include "format/lint/cross.h"

#include <string.h>

struct crosser {
    struct arena *arena;
    const struct clause_set *set;
    struct lint_view view;
    unsigned *files; /* of each document */
    unsigned file_count;
    bool counting;
};

/* Documents of one source have one number. */
static void
number_files(struct crosser *c)
{
    const struct clause_set *set = c->set;
    for (size_t i = 0; i < set->doc_count; i++) {
        size_t k = 0;
        while (k < i && !(str_equal(set->docs[k].sha256, set->docs[i].sha256) &&
                          str_equal(set->docs[k].name, set->docs[i].name)))
            k++;
        c->files[i] = k < i ? c->files[k] : c->file_count++;
    }
}

/* Each line of TEXT is a paragraph. */
static void
add_lines(struct crosser *c, struct str text, size_t section, bool title)
{
    struct str line;
    while (str_split_next(&text, '\n', &line)) {
        if (line.n == 0)
            continue;
        if (c->counting)
            c->view.passage_count++;
        else
            lint_view_add(&c->view, c->arena, line, section, title);
    }
}

static void
walk(struct crosser *c)
{
    const struct clause_set *set = c->set;
    c->view.passage_count = 0;
    for (size_t i = 0; i < set->doc_count; i++) {
        const struct clause_doc *doc = &set->docs[i];
        add_lines(c, doc->front, set->clause_count + i, false);
        for (size_t k = doc->first; k < doc->first + doc->count; k++) {
            add_lines(c, set->clauses[k].title, k, true);
            add_lines(c, set->clauses[k].text, k, false);
        }
    }
    for (size_t i = 0; i < set->table_count; i++) {
        const struct clause_table *t = &set->tables[i];
        for (size_t k = 0; t->clause != CLAUSE_NONE && k < t->row_count; k++)
            for (size_t n = 0; n < t->rows[k].cell_count; n++)
                add_lines(c, t->rows[k].cells[n], t->clause, false);
    }
}

static void
add_sections(struct crosser *c)
{
    const struct clause_set *set = c->set;
    for (size_t i = 0; i < set->clause_count; i++) {
        const struct clause *clause = &set->clauses[i];
        c->view.sections[i] = (struct lint_section){.label = clause->label,
                                                    .title = clause->title,
                                                    .parent = clause->parent,
                                                    .doc = set->docs[clause->doc].kind,
                                                    .file = c->files[clause->doc]};
    }
    for (size_t i = 0; i < set->doc_count; i++)
        c->view.sections[set->clause_count + i] = (struct lint_section){
            .parent = LINT_NONE, .doc = set->docs[i].kind, .file = c->files[i]};
    c->view.section_count = set->clause_count + set->doc_count;
}

static int
make_view(struct crosser *c, struct err *err)
{
    size_t sections = c->set->clause_count + c->set->doc_count;
    c->counting = true;
    walk(c);
    c->counting = false;
    c->view.sections = arena_array(c->arena, sections + 1, sizeof *c->view.sections);
    c->view.passages = arena_array(c->arena, c->view.passage_count + 1, sizeof *c->view.passages);
    if (arena_check(c->arena, err) < 0)
        return -1;
    add_sections(c);
    walk(c);
    return arena_check(c->arena, err);
}

static unsigned
file_of(const struct crosser *c, size_t passage)
{
    return c->view.sections[c->view.passages[passage].section].file;
}

/* What stands in front of the slash of a finding's text. */
static struct str
own_part(struct str text)
{
    ptrdiff_t slash = str_find(text, STR(" / "), 0);
    return slash < 0 ? text : str_slice(text, 0, (size_t)slash);
}

/* A reader has told of the same word within its own file already. */
static bool
is_told(const struct crosser *c, const struct lint_remark *m)
{
    struct str word = own_part(m->detail);
    for (size_t i = 0; i < c->set->finding_count; i++) {
        const struct clause_finding *f = &c->set->findings[i];
        if (str_equal_z(f->code, m->code) && str_find(f->text, word, 0) >= 0)
            return true;
    }
    return false;
}

static bool
is_wanted(const struct crosser *c, const struct lint_remark *m)
{
    return m->other != LINT_NONE && file_of(c, m->passage) != file_of(c, m->other) &&
           !is_told(c, m);
}

static struct cross_finding
finding_of(const struct crosser *c, const struct lint_remark *m)
{
    const struct clause_set *set = c->set;
    size_t section = c->view.passages[m->passage].section;
    bool front = section >= set->clause_count;
    const struct clause *clause = front ? NULL : &set->clauses[section];
    return (struct cross_finding){
        .code = m->code,
        .severity = m->severity,
        .doc = front ? section - set->clause_count : clause->doc,
        .clause = front ? CLAUSE_NONE : section,
        .at = front ? (struct policy_range){0, 0} : clause->at,
        .text = m->detail,
    };
}

static int
find(struct crosser *c, struct cross_answer *ret, struct err *err)
{
    struct lint_remarks remarks = {.arena = c->arena, .view = &c->view};
    lint_agree(&remarks);
    lint_spelling(&remarks);
    ret->findings = arena_array(c->arena, remarks.count + 1, sizeof *ret->findings);
    if (arena_check(c->arena, err) < 0)
        return -1;
    for (const struct lint_remark *m = remarks.first; m != NULL; m = m->next)
        if (is_wanted(c, m))
            ret->findings[ret->count++] = finding_of(c, m);
    return 0;
}

struct settling {
    const struct crosser *c;
    bool *settled;
    size_t *owners; /* the finding of each word */
};

/* The word of a finding stands in a file that is not its own. */
static void
on_term(void *ctx, unsigned id, struct lint_spot spot)
{
    struct settling *s = ctx;
    const struct clause_set *set = s->c->set;
    const struct clause_finding *f = &set->findings[s->owners[id]];
    if (s->c->files[set->clauses[f->clause].doc] != file_of(s->c, spot.passage))
        s->settled[s->owners[id]] = true;
}

/* Terms that one file defines and the other uses. */
static int
settle(struct crosser *c, struct cross_answer *ret, struct err *err)
{
    const struct clause_set *set = c->set;
    struct lint_word *words = arena_array(c->arena, set->finding_count + 1, sizeof *words);
    struct settling s = {.c = c};
    s.owners = arena_array(c->arena, set->finding_count + 1, sizeof *s.owners);
    s.settled = ret->settled = arena_array(c->arena, set->finding_count + 1, sizeof *ret->settled);
    if (arena_check(c->arena, err) < 0)
        return -1;
    unsigned count = 0;
    for (size_t i = 0; i < set->finding_count; i++) {
        const struct clause_finding *f = &set->findings[i];
        bool term = str_equal_z(f->code, "P201") || str_equal_z(f->code, "P202");
        if (!term || f->clause == CLAUSE_NONE)
            continue;
        s.owners[count] = i;
        words[count] = (struct lint_word){lint_bare(c->arena, own_part(f->text)), count};
        count++;
    }
    struct lint_scan *scan = lint_scan_new(c->arena, words, count);
    if (scan != NULL)
        lint_scan_view(scan, &c->view, on_term, &s);
    return arena_check(c->arena, err);
}

int
cross_check(struct arena *arena, const struct clause_set *set, struct cross_answer *ret,
            struct err *err)
{
    struct crosser c = {.arena = arena, .set = set};
    *ret = (struct cross_answer){0};
    c.files = arena_array(arena, set->doc_count + 1, sizeof *c.files);
    ret->settled = arena_array(arena, set->finding_count + 1, sizeof *ret->settled);
    if (arena_check(arena, err) < 0)
        return -1;
    number_files(&c);
    if (c.file_count < 2)
        return 0;
    if (make_view(&c, err) < 0 || find(&c, ret, err) < 0 || settle(&c, ret, err) < 0)
        return -1;
    return arena_check(arena, err);
}

/*
 * policy: the reader's order of steps, and what all steps use. Runs in policy-worker (one document
 * per process) and the command line.
 */
#include "format/policy/policy.h"

#include "base/mem/ensure.h"
#include "format/policy/read.h"

void
drop_add(struct reader *r, size_t from, size_t to, enum policy_drop reason)
{
    struct policy_dropped *d = arena_alloc(r->arena, sizeof *d);
    if (d == NULL) /* arena_check at the end of the step reports it */
        return;
    *d = (struct policy_dropped){.at = {from, to}, .reason = reason};
    if (r->last_dropped == NULL)
        r->tree->dropped = d;
    else
        r->last_dropped->next = d;
    r->last_dropped = d;
}

void
finding_add_text(struct reader *r, const char *code, enum policy_severity severity,
                 struct policy_node *node, struct policy_range at, struct str detail)
{
    r->tree->severity_count[severity]++;
    if (r->tree->finding_count++ >= POLICY_FINDINGS)
        return;
    struct policy_finding *f = arena_alloc(r->arena, sizeof *f);
    if (f == NULL)
        return;
    *f = (struct policy_finding){
        .code = code, .severity = severity, .node = node, .at = at, .detail = detail};
    if (r->last_finding == NULL)
        r->tree->findings = f;
    else
        r->last_finding->next = f;
    r->last_finding = f;
}

void
finding_add(struct reader *r, const char *code, enum policy_severity severity,
            struct policy_node *node, struct policy_range at)
{
    enum { DETAIL_BYTES = 90 };
    size_t to = at.to - at.from > DETAIL_BYTES ? at.from + DETAIL_BYTES : at.to;
    while (to < at.to && ((unsigned char)r->text.p[to] & 0xc0) == 0x80)
        to++;
    finding_add_text(r, code, severity, node, at, str_slice(r->text, at.from, to));
}

static int
run(struct reader *r)
{
    if (reader_source(r) < 0 || reader_lines(r) < 0)
        return -1;
    reader_noise(r);
    if (arena_check(r->arena, r->err) < 0)
        return -1;
    if (reader_feed(r) < 0 || reader_split(r) < 0 || reader_finish(r) < 0 ||
        reader_sentences(r) < 0 || reader_refs(r) < 0 || reader_lint(r) < 0)
        return -1;
    if (arena_check(r->arena, r->err) < 0)
        return -1;
    return reader_places(r);
}

int
policy_read(struct arena *arena, struct str source, struct policy_tree **ret_tree, struct err *err)
{
    return policy_read_as(arena, source, POLICY_ANY, ret_tree, err);
}

int
policy_read_as(struct arena *arena, struct str source, enum policy_input kind,
               struct policy_tree **ret_tree, struct err *err)
{
    struct policy_tree *tree = arena_alloc(arena, sizeof *tree);
    if (tree == NULL)
        return arena_check(arena, err);
    tree->source = source;
    tree->kind = kind;
    struct reader r = {.arena = arena, .tree = tree, .err = err};
    buf_init(&r.open.text, POLICY_PARAGRAPH_BYTES);
    int rc = run(&r);
    buf_free(&r.open.text);
    if (rc == 0)
        *ret_tree = tree;
    return rc;
}

const struct policy_node *
policy_find(const struct policy_tree *tree, struct str name)
{
    const struct policy_node *found = NULL;
    struct str doc = {0};
    ptrdiff_t colon = str_find(name, STR(":"), 0);
    if (colon > 0) {
        doc = str_slice(name, 0, (size_t)colon);
        name = str_slice(name, (size_t)colon + 1, name.n);
    }
    for (const struct policy_node *n = tree->nodes; n != NULL; n = n->following) {
        if (doc.n > 0 && !str_equal_z(doc, policy_doc_word(n->doc->kind)))
            continue;
        if (str_equal_z(name, n->key))
            return n;
        if (!str_equal(n->label, name))
            continue;
        if (found != NULL)
            return NULL;
        found = n;
    }
    return found;
}

const char *
policy_doc_word(enum policy_doc_kind kind)
{
    static const char *const words[] = {"preface", "basic", "std", "procedure", "other"};
    return words[kind];
}

const char *policy_mark_word(enum policy_mark_class class)
{
    static const char *const words[] = {
        "none",  "chapter",     "section", "subsection",  "article", "dai",
        "dot",   "num",         "paren",   "circle",      "kata",    "paren_kata",
        "iroha", "paren_iroha", "alpha",   "paren_alpha", "bullet"};
    return words[class];
}

const char *
policy_kind_word(enum policy_kind kind)
{
    static const char *const words[] = {"clause",     "limit",   "term",
                                        "supplement", "preface", "preface"};
    return words[kind];
}

const char *
policy_annex_word(enum policy_annex annex)
{
    static const char *const words[] = {"rules", "schedule", "form"};
    return words[annex];
}

const char *
policy_table_word(enum policy_table_kind kind)
{
    static const char *const words[] = {"terms",     "roles",     "classes",
                                        "revisions", "structure", "other"};
    return words[kind];
}

const char *
policy_type_word(enum policy_type type)
{
    static const char *const words[] = {"duty", "item", "lead", "definition", "statement"};
    return words[type];
}

const char *
policy_modality_word(enum policy_modality modality)
{
    static const char *const words[] = {"must", "must_not", "may", "should", "plain"};
    return words[modality];
}

const char *
policy_role_word(unsigned index)
{
    static const char *const words[] = {
        "ciso",           "chief",           "department_officer", "section_manager",
        "system_manager", "system_operator", "audit_chief",        "committee",
        "csirt",          "person"};
    ensure(index < ROLE_COUNT);
    return words[index];
}

const char *
policy_when_word(unsigned index)
{
    static const char *const words[] = {"at_once", "yearly", "periodic", "before",
                                        "after",   "always", "as_needed"};
    ensure(index < WHEN_COUNT);
    return words[index];
}

const char *
policy_needs_word(unsigned index)
{
    static const char *const words[] = {"permit", "record", "report", "consent"};
    ensure(index < NEEDS_COUNT);
    return words[index];
}

const char *
policy_severity_word(enum policy_severity severity)
{
    static const char *const words[] = {"note", "ask", "error"};
    return words[severity];
}

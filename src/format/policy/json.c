/*
 * json: a tree as one JSON object; the layout stands in docs/formats/policy.md. Runs in
 * policy-worker and the command line. Text is foreign: it only ever goes out as JSON strings.
 */
#include "base/text/json.h"
#include "format/policy/policy.h"

static void
put_key_str(struct json *j, const char *key, struct str s)
{
    json_key(j, key);
    json_str(j, s);
}

static void
put_key_z(struct json *j, const char *key, const char *z)
{
    json_key(j, key);
    json_z(j, z);
}

static void
put_key_num(struct json *j, const char *key, size_t n)
{
    json_key(j, key);
    json_u64(j, n);
}

static void
put_range(struct json *j, struct policy_range range)
{
    json_open_array(j);
    json_u64(j, range.from);
    json_u64(j, range.to);
    json_end(j);
}

static void
put_ranges(struct json *j, const struct policy_range *at, size_t count)
{
    json_key(j, "at");
    json_open_array(j);
    for (size_t i = 0; i < count; i++)
        put_range(j, at[i]);
    json_end(j);
}

static void
put_bits(struct json *j, const char *key, unsigned bits, const char *(*word)(unsigned))
{
    json_key(j, key);
    json_open_array(j);
    for (unsigned i = 0; bits >> i != 0; i++)
        if ((bits >> i & 1) != 0)
            json_z(j, word(i));
    json_end(j);
}

static void
put_sentence(struct json *j, const struct policy_sentence *s)
{
    json_open_object(j);
    put_key_num(j, "n", s->number);
    put_key_str(j, "text", s->text);
    put_key_z(j, "type", policy_type_word(s->type));
    put_key_z(j, "modality", policy_modality_word(s->modality));
    put_bits(j, "subject", s->subject, policy_role_word);
    if (s->subject_inherited) {
        json_key(j, "inherited");
        json_bool(j, true);
    }
    put_bits(j, "when", s->when, policy_when_word);
    put_bits(j, "needs", s->needs, policy_needs_word);
    json_key(j, "effort");
    json_bool(j, s->effort);
    json_key(j, "exception");
    json_bool(j, s->exception);
    put_ranges(j, s->at, s->at_count);
    json_end(j);
}

static void
put_mark(struct json *j, const struct policy_mark *mark)
{
    json_key(j, "mark");
    json_open_object(j);
    put_key_z(j, "class", policy_mark_word(mark->class));
    put_key_str(j, "printed", mark->printed);
    put_key_num(j, "ordinal", mark->ordinal);
    json_end(j);
}

static void
put_node(struct json *j, const struct policy_node *n)
{
    json_open_object(j);
    put_key_z(j, "key", n->key);
    put_key_z(j, "doc", policy_doc_word(n->doc->kind));
    put_key_str(j, "label", n->label);
    put_key_str(j, "path", n->path);
    put_key_num(j, "depth", n->depth);
    put_key_z(j, "kind", policy_kind_word(n->kind));
    if (n->kind == POLICY_SUPPLEMENT)
        put_key_z(j, "annex", policy_annex_word(n->annex));
    put_key_str(j, "title", n->title);
    put_key_str(j, "text", n->text);
    put_mark(j, &n->mark);
    json_key(j, "parent");
    if (n->parent != NULL && n->parent->key != NULL)
        json_z(j, n->parent->key);
    else
        json_put_null(j);
    put_ranges(j, n->at, n->at_count);
    json_key(j, "sentences");
    json_open_array(j);
    for (const struct policy_sentence *s = n->sentences; s != NULL; s = s->next)
        put_sentence(j, s);
    json_end(j);
    json_end(j);
}

static void
put_doc(struct json *j, const struct policy_doc *doc)
{
    json_open_object(j);
    put_key_z(j, "doc", policy_doc_word(doc->kind));
    put_key_str(j, "title", doc->title);
    put_key_str(j, "body_name", doc->body_name);
    put_key_str(j, "version", doc->version);
    put_key_str(j, "dated", doc->dated);
    put_key_num(j, "chapters", doc->chapters);
    put_key_num(j, "nodes", doc->nodes);
    put_key_num(j, "leaves", doc->leaves);
    put_key_num(j, "sentences", doc->sentences);
    put_key_str(j, "front", doc->root->text);
    json_end(j);
}

static void
put_paras(struct json *j, const struct policy_para *paras)
{
    struct buf text;
    buf_init(&text, POLICY_PARAGRAPH_BYTES * 4);
    for (const struct policy_para *p = paras; p != NULL; p = p->next) {
        if (text.n > 0)
            buf_put_char(&text, '\n');
        buf_put_str(&text, p->text);
    }
    json_str(j, buf_str(&text));
    buf_free(&text);
}

static void
put_cells_at(struct json *j, const struct policy_row *row)
{
    json_key(j, "at");
    json_open_array(j);
    for (const struct policy_cell *c = row->cells; c != NULL; c = c->next)
        for (const struct policy_para *p = c->text; p != NULL; p = p->next)
            for (const struct policy_piece *x = p->pieces; x != NULL; x = x->next)
                put_range(j, x->source);
    json_end(j);
}

static void
put_row(struct json *j, const struct policy_row *row)
{
    json_open_object(j);
    json_key(j, "cells");
    json_open_array(j);
    for (const struct policy_cell *c = row->cells; c != NULL; c = c->next)
        put_paras(j, c->text);
    json_end(j);
    put_bits(j, "role", row->role, policy_role_word);
    put_cells_at(j, row);
    json_end(j);
}

static void
put_table(struct json *j, const struct policy_table *t)
{
    json_open_object(j);
    put_key_z(j, "kind", policy_table_word(t->kind));
    put_key_str(j, "axis", t->axis);
    json_key(j, "clause");
    if (t->node != NULL && t->node->key != NULL)
        json_z(j, t->node->key);
    else
        json_put_null(j);
    json_key(j, "head");
    put_paras(j, t->head);
    json_key(j, "rows");
    json_open_array(j);
    for (const struct policy_row *row = t->rows; row != NULL; row = row->next)
        put_row(j, row);
    json_end(j);
    json_end(j);
}

static void
put_ref(struct json *j, const struct policy_ref *ref)
{
    static const char *const kinds[] = {"absolute", "range", "relative", "outside", "vague"};
    json_open_object(j);
    put_key_z(j, "kind", kinds[ref->kind]);
    put_key_z(j, "from", ref->from->key);
    json_key(j, "to");
    json_open_array(j);
    for (size_t i = 0; i < ref->to_count; i++)
        json_z(j, ref->to[i]->key);
    json_end(j);
    put_key_str(j, "text", ref->text);
    json_end(j);
}

static void
put_finding(struct json *j, const struct policy_finding *f)
{
    json_open_object(j);
    put_key_z(j, "code", f->code);
    put_key_z(j, "severity", policy_severity_word(f->severity));
    json_key(j, "clause");
    if (f->node != NULL && f->node->key != NULL)
        json_z(j, f->node->key);
    else
        json_put_null(j);
    put_key_z(j, "doc", f->node != NULL ? policy_doc_word(f->node->doc->kind) : "");
    put_key_str(j, "label", f->node != NULL ? f->node->label : (struct str){0});
    json_key(j, "at");
    put_range(j, f->at);
    put_key_str(j, "text", f->detail);
    json_end(j);
}

static void
put_findings(struct json *j, const struct policy_tree *tree)
{
    json_open_array(j);
    for (const struct policy_finding *f = tree->findings; f != NULL; f = f->next)
        put_finding(j, f);
    json_end(j);
}

static void
put_source(struct json *j, const struct policy_tree *tree, struct str name, struct str sha256_hex)
{
    static const char *const encodings[] = {"utf-8", "utf-16le", "utf-16be", "cp932"};
    json_key(j, "source");
    json_open_object(j);
    put_key_str(j, "name", name);
    put_key_num(j, "bytes", tree->source.n);
    put_key_str(j, "sha256", sha256_hex);
    put_key_z(j, "kind", policy_input_word(tree->kind));
    put_key_z(j, "encoding", encodings[tree->encoding]);
    put_key_z(j, "places", tree->text_places ? "text" : "source");
    json_end(j);
    put_key_z(j, "reader", "1");
}

static void
put_clauses(struct json *j, const struct policy_tree *tree)
{
    json_key(j, "documents");
    json_open_array(j);
    for (const struct policy_doc *doc = tree->docs; doc != NULL; doc = doc->next)
        put_doc(j, doc);
    json_end(j);
    json_key(j, "clauses");
    json_open_array(j);
    for (const struct policy_node *n = tree->nodes; n != NULL; n = n->following)
        put_node(j, n);
    json_end(j);
    json_key(j, "supplements");
    json_open_array(j);
    for (const struct policy_doc *doc = tree->docs; doc != NULL; doc = doc->next)
        for (const struct policy_node *n = doc->supplements; n != NULL; n = n->next)
            put_node(j, n);
    json_end(j);
    json_key(j, "tables");
    json_open_array(j);
    for (const struct policy_table *t = tree->tables; t != NULL; t = t->next)
        put_table(j, t);
    json_end(j);
}

static void
put_dropped(struct json *j, const struct policy_tree *tree)
{
    static const char *const reasons[] = {"header", "contents", "overlap",
                                          "markup", "figure",   "invisible"};
    json_key(j, "dropped");
    json_open_array(j);
    for (const struct policy_dropped *d = tree->dropped; d != NULL; d = d->next) {
        json_open_object(j);
        json_key(j, "at");
        put_range(j, d->at);
        put_key_z(j, "reason", reasons[d->reason]);
        json_end(j);
    }
    json_end(j);
}

void
policy_put_json(struct buf *out, const struct policy_tree *tree, struct str name,
                struct str sha256_hex)
{
    struct json j;
    json_init(&j, out);
    json_open_object(&j);
    put_source(&j, tree, name, sha256_hex);
    put_clauses(&j, tree);
    json_key(&j, "refs");
    json_open_array(&j);
    for (const struct policy_ref *ref = tree->refs; ref != NULL; ref = ref->next)
        put_ref(&j, ref);
    json_end(&j);
    json_key(&j, "short_names");
    json_open_array(&j);
    for (const struct policy_short_name *s = tree->short_names; s != NULL; s = s->next) {
        json_open_object(&j);
        json_key(&j, "clause");
        if (s->node->key != NULL)
            json_z(&j, s->node->key);
        else
            json_put_null(&j);
        put_key_str(&j, "name", s->name);
        json_end(&j);
    }
    json_end(&j);
    put_dropped(&j, tree);
    json_key(&j, "findings");
    put_findings(&j, tree);
    json_key(&j, "stats");
    json_open_object(&j);
    put_key_num(&j, "nodes", tree->node_count);
    put_key_num(&j, "sentences", tree->sentence_count);
    put_key_num(&j, "lines", tree->line_count);
    put_key_num(&j, "findings", tree->finding_count);
    json_end(&j);
    json_end(&j);
}

void
policy_put_findings(struct buf *out, const struct policy_tree *tree)
{
    struct json j;
    json_init(&j, out);
    put_findings(&j, tree);
}

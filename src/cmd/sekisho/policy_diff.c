/*
 * policy_diff: see policy_diff.h. Runs in the command line. The texts are foreign: control
 * characters never reach the terminal.
 */
#include "cmd/sekisho/policy_diff.h"

#include "base/messages/messages.h"
#include "base/text/json.h"
#include "cmd/sekisho/policy_source.h"
#include "format/clause/diff.h"

#include <stdio.h>
#include <string.h>

enum { ANSWER_BYTES = 128 << 20, SETS_BYTES = 512 << 20 };

struct printer {
    struct arena *arena;
    struct clause_set old, new;
    struct json json;
    bool as_json, differs;
    size_t counts[DIFF_KINDS];
};

static void
put_str(struct json *j, const char *key, struct str s)
{
    json_key(j, key);
    json_str(j, s);
}

static void
put_clause(struct json *j, const char *key, const struct clause_set *set, size_t index)
{
    json_key(j, key);
    if (index == CLAUSE_NONE) {
        json_put_null(j);
        return;
    }
    const struct clause *c = &set->clauses[index];
    json_open_object(j);
    put_str(j, "doc", set->docs[c->doc].word);
    put_str(j, "key", c->key);
    put_str(j, "label", c->label);
    put_str(j, "title", c->title);
    put_str(j, "text", c->text);
    json_end(j);
}

static void
put_pair(struct printer *p, const struct diff_pair *pair)
{
    struct json *j = &p->json;
    json_open_object(j);
    json_key(j, "kind");
    json_z(j, diff_kind_word(pair->kind));
    json_key(j, "fields");
    json_open_array(j);
    for (unsigned i = 0; i < DIFF_FIELD_COUNT; i++)
        if ((pair->fields >> i & 1) != 0)
            json_z(j, diff_field_word(i));
    json_end(j);
    put_clause(j, "old", &p->old, pair->old);
    put_clause(j, "new", &p->new, pair->new);
    json_key(j, "spans");
    json_open_array(j);
    for (size_t i = 0; i < pair->span_count; i++) {
        json_open_array(j);
        json_str(j, (struct str){&pair->spans[i].sign, 1});
        json_str(j, pair->spans[i].text);
        json_end(j);
    }
    json_end(j);
    json_key(j, "recheck");
    json_bool(j, pair->recheck);
    json_end(j);
}

static void
print_name(const struct clause_set *set, size_t index)
{
    if (index == CLAUSE_NONE)
        return;
    const struct clause *c = &set->clauses[index];
    policy_source_print(set->docs[c->doc].word);
    putchar(':');
    policy_source_print(c->label);
}

/* KIND [fields] OLD -> NEW, then the words with [-taken out-] and {+put in+}. */
static void
print_pair(const struct printer *p, const struct diff_pair *pair)
{
    char key[40];
    (void)snprintf(key, sizeof key, "policy.diff.%s", diff_kind_word(pair->kind));
    printf("%s", message_text(message_lang(), key));
    for (unsigned i = 0; i < DIFF_FIELD_COUNT; i++)
        if ((pair->fields >> i & 1) != 0) {
            (void)snprintf(key, sizeof key, "policy.diff.field.%s", diff_field_word(i));
            printf(" [%s]", message_text(message_lang(), key));
        }
    putchar(' ');
    print_name(&p->old, pair->old);
    if (pair->old != CLAUSE_NONE && pair->new != CLAUSE_NONE)
        printf(" → ");
    print_name(&p->new, pair->new);
    putchar('\n');
    for (size_t i = 0; i < pair->span_count; i++) {
        char sign = pair->spans[i].sign;
        printf("%s", i == 0 ? "    " : "");
        printf("%s", sign == '-' ? "[-" : sign == '+' ? "{+" : "");
        policy_source_print(pair->spans[i].text);
        printf("%s", sign == '-' ? "-]" : sign == '+' ? "+}" : "");
    }
    if (pair->span_count > 0)
        putchar('\n');
}

static int
diff_docs(struct printer *p, size_t old, size_t new, struct err *err)
{
    struct diff_side a = {&p->old, old}, b = {&p->new, new};
    struct diff *diff;
    if (diff_make(p->arena, &a, &b, NULL, &diff, err) < 0)
        return -1;
    for (unsigned k = 0; k < DIFF_KINDS; k++)
        p->counts[k] += diff->counts[k];
    for (size_t i = 0; i < diff->pair_count; i++) {
        p->differs = p->differs || diff->pairs[i].kind != DIFF_SAME;
        if (p->as_json)
            put_pair(p, &diff->pairs[i]);
        else if (diff->pairs[i].kind != DIFF_SAME)
            print_pair(p, &diff->pairs[i]);
    }
    return 0;
}

static size_t
doc_of(const struct clause_set *set, struct str word)
{
    const struct clause_doc *doc = clause_doc_get(set, word);
    return doc == NULL ? CLAUSE_NONE : (size_t)(doc - set->docs);
}

/* The documents of both, by their words; those of one side alone came or went. */
static int
diff_all(struct printer *p, struct err *err)
{
    for (size_t i = 0; i < p->old.doc_count; i++) {
        struct str word = p->old.docs[i].word;
        if (doc_of(&p->old, word) == i && diff_docs(p, i, doc_of(&p->new, word), err) < 0)
            return -1;
    }
    for (size_t i = 0; i < p->new.doc_count; i++)
        if (doc_of(&p->old, p->new.docs[i].word) == CLAUSE_NONE &&
            diff_docs(p, CLAUSE_NONE, i, err) < 0)
            return -1;
    return 0;
}

static int
print_json(struct printer *p, struct err *err)
{
    struct json *j = &p->json;
    json_open_object(j);
    json_key(j, "command");
    json_z(j, "policy diff");
    json_key(j, "pairs");
    json_open_array(j);
    if (diff_all(p, err) < 0)
        return -1;
    json_end(j);
    json_key(j, "ok");
    json_bool(j, !p->differs);
    json_key(j, "counts");
    json_open_object(j);
    for (unsigned k = 0; k < DIFF_KINDS; k++) {
        json_key(j, diff_kind_word((enum diff_kind)k));
        json_u64(j, p->counts[k]);
    }
    json_end(j);
    json_end(j);
    if (buf_done(j->buf, err) < 0)
        return -1;
    (void)fwrite(j->buf->p, 1, j->buf->n, stdout);
    putchar('\n');
    return 0;
}

static int
run(struct printer *p, char **files)
{
    struct err err;
    struct buf out;
    int code = policy_source_set(p->arena, &files[0], 1, &p->old);
    if (code == 0)
        code = policy_source_set(p->arena, &files[1], 1, &p->new);
    if (code != 0)
        return code;
    buf_init(&out, ANSWER_BYTES);
    json_init(&p->json, &out);
    int rc = p->as_json ? print_json(p, &err) : diff_all(p, &err);
    buf_free(&out);
    if (rc < 0)
        message_tell_err(&err);
    return rc < 0 ? POLICY_SOURCE_USAGE : p->differs;
}

int
policy_diff_command(int argc, char **argv)
{
    bool as_json = argc == 4 && strcmp(argv[3], "--json") == 0;
    if (argc != 3 && !as_json) {
        fprintf(stderr, "%s\n", message_text(message_lang(), "policy.usage"));
        return POLICY_SOURCE_USAGE;
    }
    struct printer p = {.arena = arena_new(SETS_BYTES), .as_json = as_json};
    int code = run(&p, argv + 1);
    arena_free(p.arena);
    return code;
}

/*
 * policy_lint: see policy_lint.h. Runs in the command line. The texts are read by the sandboxed
 * worker; its findings are shown as they come, but for terms that another of the files uses. Texts
 * are foreign: control characters never reach the terminal.
 */
#include "cmd/sekisho/policy_lint.h"

#include "base/messages/messages.h"
#include "cmd/sekisho/policy_source.h"
#include "format/lint/cross.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { SET_BYTES = 512 << 20 };

struct linted {
    struct arena *arena;
    struct clause_set set;
    struct cross_answer cross;
    json_t *files;   /* [{file, findings[]}] */
    json_t *crossed; /* [finding] */
    bool one_body;   /* the files can be held against each other */
    int worst;
};

/* FILE: DOC:LABEL CODE severity: what it means: what stands there */
static void
print_finding(const char *file, const json_t *finding)
{
    char key[64];
    enum lang lang = message_lang();
    snprintf(key, sizeof key, "policy.finding.%.8s", policy_source_word(finding, "code"));
    const char *meaning = message_text(lang, key);
    snprintf(key, sizeof key, "policy.severity.%.8s", policy_source_word(finding, "severity"));
    const char *severity = message_text(lang, key);
    const char *doc = policy_source_word(finding, "doc"),
               *label = policy_source_word(finding, "label");
    printf("%s: %s%s%s %s %s: %s: ", file, doc, doc[0] == 0 ? "" : ":", label,
           policy_source_word(finding, "code"), severity == NULL ? "" : severity,
           meaning == NULL ? "" : meaning);
    policy_source_print(str_of(policy_source_word(finding, "text")));
    putchar('\n');
}

static int
fail(const struct err *err, int code)
{
    message_tell_err(err);
    return code;
}

/* Adds the worker's answer to the set; two policies of one kind are of two bodies. */
static int
add_to_set(struct linted *l, struct str answer)
{
    struct err err;
    if (!l->one_body || clause_set_add(&l->set, answer, &err) == 0)
        return 0;
    l->one_body = false;
    return err_is(&err, "clause.twice") ? 0 : fail(&err, POLICY_SOURCE_FAILED);
}

static int
add_answer(struct linted *l, const char *file, struct str answer)
{
    struct err err;
    json_t *root = json_loadb(answer.p, answer.n, JSON_ALLOW_NUL, NULL);
    json_t *findings = json_object_get(root, "findings");
    if (!json_is_array(findings)) {
        json_decref(root);
        ERR(&err, "policy.worker", "json");
        return fail(&err, POLICY_SOURCE_FAILED);
    }
    if (json_array_size(json_object_get(root, "clauses")) == 0)
        l->worst = POLICY_SOURCE_FINDINGS;
    json_array_append_new(l->files, json_pack("{s:s, s:O}", "file", file, "findings", findings));
    json_decref(root);
    return add_to_set(l, answer);
}

static int
read_one(struct linted *l, const char *file)
{
    struct err err;
    struct buf answer;
    buf_init(&answer, POLICY_SOURCE_ANSWER_BYTES);
    int code = policy_source_read(file, "json", &answer, &err);
    if (code < 0)
        code =
            fail(&err, err_is(&err, "policy.worker") ? POLICY_SOURCE_FAILED : POLICY_SOURCE_USAGE);
    else if (code == POLICY_SOURCE_USAGE)
        policy_source_tell(file, buf_str(&answer));
    else
        code = add_answer(l, file, buf_str(&answer));
    buf_free(&answer);
    return code;
}

/* Takes the settled findings out; the set holds those of all files in the order of the files. */
static void
take_settled(struct linted *l)
{
    size_t i, index = 0;
    json_t *file;
    json_array_foreach(l->files, i, file)
    {
        json_t *findings = json_object_get(file, "findings");
        for (size_t k = 0; k < json_array_size(findings); index++)
            if (index < l->set.finding_count && l->cross.settled[index])
                json_array_remove(findings, k);
            else
                k++;
    }
}

static json_t *
cross_json(const struct linted *l, const struct cross_finding *f)
{
    static const struct clause none;
    const struct clause_doc *doc = &l->set.docs[f->doc];
    const struct clause *c = f->clause == CLAUSE_NONE ? &none : &l->set.clauses[f->clause];
    return json_pack("{s:s%, s:s, s:s, s:s%, s:s%, s:s%, s:[I,I], s:s%}", "file", doc->name.p,
                     doc->name.n, "code", f->code, "severity", policy_severity_word(f->severity),
                     "clause", c->key.p == NULL ? "" : c->key.p, c->key.n, "doc", doc->word.p,
                     doc->word.n, "label", c->label.p == NULL ? "" : c->label.p, c->label.n, "at",
                     (json_int_t)f->at.from, (json_int_t)f->at.to, "text", f->text.p, f->text.n);
}

static int
cross(struct linted *l)
{
    struct err err;
    if (!l->one_body || json_array_size(l->files) < 2)
        return 0;
    if (cross_check(l->arena, &l->set, &l->cross, &err) < 0)
        return fail(&err, POLICY_SOURCE_FAILED);
    take_settled(l);
    for (size_t i = 0; i < l->cross.count; i++)
        json_array_append_new(l->crossed, cross_json(l, &l->cross.findings[i]));
    return 0;
}

/* A note is nothing to ask. */
static void
weigh(struct linted *l, const json_t *findings)
{
    size_t i;
    json_t *finding;
    json_array_foreach(findings, i, finding)
    {
        bool asks = strcmp(policy_source_word(finding, "severity"), "note") != 0;
        if (asks && l->worst < POLICY_SOURCE_FINDINGS)
            l->worst = POLICY_SOURCE_FINDINGS;
    }
}

static void
print_all(const struct linted *l)
{
    size_t i, k;
    json_t *file, *finding;
    json_array_foreach(l->files, i, file)
    {
        const json_t *findings = json_object_get(file, "findings");
        json_array_foreach(findings, k, finding)
        {
            print_finding(policy_source_word(file, "file"), finding);
        }
    }
    json_array_foreach(l->crossed, i, finding)
    {
        print_finding(policy_source_word(finding, "file"), finding);
    }
}

static void
print_json(const struct linted *l)
{
    json_t *all = json_pack("{s:s, s:b, s:O, s:O}", "command", "policy lint", "ok", l->worst == 0,
                            "files", l->files, "cross", l->crossed);
    json_dumpf(all, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(all);
}

static void
run(struct linted *l, int argc, char **argv, bool as_json)
{
    for (int i = 1; i < argc; i++) {
        int code = strcmp(argv[i], "--json") == 0 ? 0 : read_one(l, argv[i]);
        l->worst = code > l->worst ? code : l->worst;
    }
    int code = cross(l);
    l->worst = code > l->worst ? code : l->worst;
    size_t i;
    json_t *file;
    json_array_foreach(l->files, i, file)
    {
        weigh(l, json_object_get(file, "findings"));
    }
    weigh(l, l->crossed);
    if (as_json)
        print_json(l);
    else
        print_all(l);
}

int
policy_lint_command(int argc, char **argv)
{
    bool as_json = false;
    int files = 0;
    for (int i = 1; i < argc; i++) {
        bool option = strcmp(argv[i], "--json") == 0;
        as_json = as_json || option;
        files += !option;
    }
    if (files == 0) {
        fprintf(stderr, "%s\n", message_text(message_lang(), "policy.usage"));
        return POLICY_SOURCE_USAGE;
    }
    struct linted l = {.arena = arena_new(SET_BYTES), .one_body = true};
    clause_set_init(&l.set, l.arena);
    l.files = json_array();
    l.crossed = json_array();
    run(&l, argc, argv, as_json);
    json_decref(l.files);
    json_decref(l.crossed);
    arena_free(l.arena);
    return l.worst;
}

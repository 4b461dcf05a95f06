/*
 * policy_bind: see policy_bind.h. Runs in the command line. The clauses come from the sandboxed
 * reader; labels are quoted, so nothing in them can become YAML.
 */
#include "cmd/sekisho/policy_bind.h"

#include "core/control/match.h"

#include <stdio.h>
#include <string.h>

enum { ARENA_BYTES = 256 << 20, DEPTH_MOST = 16 };

static struct str
text_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) ? (struct str){json_string_value(value), json_string_length(value)}
                                 : (struct str){"", 0};
}

/* The clauses in reading order; the parent is the last one a level above. */
static struct control_clause *
clauses_of(struct arena *arena, const json_t *tree, size_t *ret_count)
{
    const json_t *rows = json_object_get(tree, "clauses");
    struct control_clause *list = arena_array(arena, json_array_size(rows) + 1, sizeof *list);
    size_t last[DEPTH_MOST + 1], i;
    json_t *row;
    *ret_count = 0;
    if (list == NULL)
        return NULL;
    json_array_foreach(rows, i, row)
    {
        json_int_t depth = json_integer_value(json_object_get(row, "depth"));
        if (depth < 1 || depth > DEPTH_MOST)
            continue;
        struct control_clause *c = &list[*ret_count];
        *c = (struct control_clause){.doc = text_of(row, "doc"),
                                     .key = text_of(row, "key"),
                                     .label = text_of(row, "label"),
                                     .title = text_of(row, "title"),
                                     .kind = text_of(row, "kind"),
                                     .depth = (unsigned)depth};
        c->parent = depth == 1 ? CONTROL_NO_PARENT : last[depth - 1];
        last[depth] = (*ret_count)++;
    }
    return list;
}

/* In double quotes; a label holds marks, digits and brackets only, anything else becomes "?". */
static void
print_label(struct str doc, struct str label)
{
    printf("\"%.*s:", STR_FMT(doc));
    for (size_t i = 0; i < label.n; i++) {
        unsigned char c = (unsigned char)label.p[i];
        putchar(c < ' ' || c == '"' || c == '\\' || c == 0x7f ? '?' : c);
    }
    putchar('"');
}

static void
print_match(const struct control_clause *clauses, const struct control_match *m)
{
    const struct control_clause *c = &clauses[m->clause];
    printf("  - {clause: ");
    print_label(c->doc, c->label);
    printf(", topic: %.*s, confirmed: no} # %s %.2f", STR_FMT(m->topic->id),
           control_confidence_word(m->confidence), m->score);
    if (m->second != NULL && m->confidence != CONFIDENCE_SURE)
        printf(", %.*s %.2f", STR_FMT(m->second->id), m->second_score);
    putchar('\n');
}

static int
run(struct arena *arena, const json_t *tree, const char *data_dir, struct err *err)
{
    struct catalogue *catalogue = NULL;
    struct control_match *matches;
    size_t count, found, asked = 0;
    if (catalogue_read(arena, data_dir, &catalogue, err) < 0)
        return -1;
    struct control_clause *clauses = clauses_of(arena, tree, &count);
    if (clauses == NULL)
        return arena_check(arena, err);
    if (control_match(arena, catalogue, clauses, count, &matches, &found, err) < 0)
        return -1;
    printf(found == 0 ? "bindings: []\n" : "bindings:\n");
    for (size_t i = 0; i < found; i++) {
        print_match(clauses, &matches[i]);
        asked += matches[i].confidence == CONFIDENCE_ASK;
    }
    return asked > 0;
}

int
policy_bind_print(const json_t *tree, const char *data_dir, struct err *err)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    int rc = run(arena, tree, data_dir, err);
    arena_free(arena);
    return rc;
}

/*
 * cmd_register: checks register files and flows as cored would load them. No daemon, no database.
 */
#include "cmd/sekisho/cmd_register.h"

#include "base/messages/messages.h"
#include "cmd/sekisho/register_check.h"
#include "cmd/sekisho/register_reference.h"
#include "cmd/sekisho/register_walk.h"
#include "cmd/sekisho/register_sheet.h"
#include "core/register/definition.h"
#include "core/register/pack.h"
#include "core/register/schema.h"
#include "core/register/show.h"
#include "core/transfer/flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_CLEAN, EXIT_FINDINGS, EXIT_USAGE, EXIT_FAILED, WORDS_MOST = 600 };

struct words {
    const char *data, *class, *plain[WORDS_MOST];
    bool inspected, surface, unscanned, json;
    size_t count;
};

static int
usage(const char *key)
{
    fprintf(stderr, "%s\n", message_text(message_lang(), key));
    return EXIT_USAGE;
}

/* Sorts ARGV behind the verb. False on a word it does not know. */
static bool
words_read(int argc, char **argv, struct words *ret)
{
    *ret = (struct words){.data = "data"};
    for (int i = 2; i < argc; i++) {
        bool next = i + 1 < argc;
        if (strcmp(argv[i], "--data") == 0 && next) {
            ret->data = argv[++i];
        } else if (strcmp(argv[i], "--class") == 0 && next) {
            ret->class = argv[++i];
        } else if (strcmp(argv[i], "--verdict") == 0 && next) {
            ret->inspected = strcmp(argv[++i], "inspected") == 0;
        } else if (strcmp(argv[i], "--depth") == 0 && next) {
            ret->surface = strcmp(argv[++i], "surface") == 0;
        } else if (strcmp(argv[i], "--unscanned") == 0) {
            ret->unscanned = true;
        } else if (strcmp(argv[i], "--json") == 0) {
            ret->json = true;
        } else if (argv[i][0] == '-' || ret->count == WORDS_MOST) {
            return false;
        } else {
            ret->plain[ret->count++] = argv[i];
        }
    }
    return true;
}

static void
print_json(json_t *value)
{
    char *text = json_dumps(value, JSON_INDENT(2));
    puts(text != NULL ? text : "{}");
    free(text);
    json_decref(value);
}

static int
list_registers(struct register_set *set, const struct words *words)
{
    json_t *list = json_array();
    for (size_t i = 0; i < set->def_count; i++) {
        const struct register_def *def = &set->defs[i];
        struct str title = message_lang() == LANG_EN ? def->title.en : def->title.ja;
        if (words->json) {
            (void)json_array_append_new(
                list, json_pack("{ss% sI ss%}", "register", def->name.p, def->name.n, "version",
                                (json_int_t)def->version, "title", title.p, title.n));
        } else {
            printf("%.*s\t%lld\t%.*s\n", STR_FMT(def->name), (long long)def->version,
                   STR_FMT(title));
        }
    }
    if (words->json) {
        print_json(json_pack("{sssbs[]sO}", "command", "register list", "ok", 1, "findings",
                             "registers", list));
    }
    json_decref(list);
    return EXIT_CLEAN;
}

/* A register as the pages see it: always JSON. */
static int
show_register(struct register_set *set, const struct words *words)
{
    struct str name = str_of(words->plain[0]);
    const struct register_def *def = register_def_find(set, name);
    int code = EXIT_USAGE;
    if (def == NULL && (str_ends(name, STR(".yaml")) || str_find(name, STR("/"), 0) >= 0)) {
        def = register_check_one(set, words->plain[0], &code);
        if (def == NULL) {
            return code;
        }
    }
    if (def == NULL) {
        struct err err = {0};
        (void)ERR(&err, "not_found", "%s", words->plain[0]);
        message_tell_err(&err);
        return EXIT_USAGE;
    }
    print_json(register_def_json(set, def));
    return EXIT_CLEAN;
}

static int
check_registers(struct register_set *set, const struct words *words)
{
    return register_check_files(set, words->plain, words->count, words->json);
}

static int
test_registers(struct register_set *set, const struct words *words)
{
    return register_walk_files(set, words->data, words->plain, words->count);
}

static const char *
word_of(const char *group, const char *name)
{
    char key[64];
    (void)snprintf(key, sizeof key, "register.pack_%s_%s", group, name);
    return message_text(message_lang(), key);
}

static json_t *
change_json(const struct pack_change *change)
{
    return json_pack("{ss ss ss% sb}", "part", pack_part_names[change->part], "way",
                     pack_way_names[change->way], "name", change->name.p, change->name.n, "heavy",
                     change->heavy);
}

static void
print_diff(const struct register_def *def, const struct pack_diff *diff, bool json)
{
    const char *decides = diff->heavy ? "ciso" : "chief";
    json_t *list = json_array();
    for (size_t i = 0; i < diff->count; i++) {
        const struct pack_change *change = &diff->list[i];
        if (json) {
            (void)json_array_append_new(list, change_json(change));
        } else {
            printf("%s\t%s\t%.*s\n", word_of("way", pack_way_names[change->way]),
                   word_of("part", pack_part_names[change->part]), STR_FMT(change->name));
        }
    }
    if (json) {
        print_json(json_pack("{ss sb s[] ss% ss sO}", "command", "register diff", "ok", 1,
                             "findings", "register", def->name.p, def->name.n, "decides", decides,
                             "changes", list));
    } else {
        puts(word_of("decides", decides));
    }
    json_decref(list);
}

/* What a file changes against the register of its name in the data folder. */
static int
diff_register(struct register_set *set, const struct words *words)
{
    struct pack_diff diff;
    struct err err = {0};
    int code = EXIT_USAGE;
    const struct register_def *def = register_check_one(set, words->plain[0], &code);
    if (def == NULL) {
        return code;
    }
    if (pack_compare(set, set->arena, register_def_find(set, def->name), def, &diff, &err) < 0) {
        message_tell_err(&err);
        return EXIT_FAILED;
    }
    print_diff(def, &diff, words->json);
    return EXIT_CLEAN;
}

static const struct verb {
    const char *name;
    size_t least, most; /* words behind it */
    int (*run)(struct register_set *set, const struct words *words);
} verbs[] = {
    {"check", 1, WORDS_MOST, check_registers},
    {"diff", 1, 1, diff_register},
    {"list", 0, 0, list_registers},
    {"show", 1, 1, show_register},
    {"test", 1, WORDS_MOST, test_registers},
};

int
cmd_register(int argc, char **argv)
{
    struct words words;
    struct register_set *set = NULL;
    struct err err = {0};
    const struct verb *verb = NULL;
    if (argc > 1 && (strcmp(argv[1], "import") == 0 || strcmp(argv[1], "export") == 0)) {
        return register_sheet(argc, argv);
    }
    if (argc == 2 && strcmp(argv[1], "schema") == 0) {
        print_json(register_schema_json());
        return EXIT_CLEAN;
    }
    if (argc == 2 && strcmp(argv[1], "reference") == 0) {
        struct buf text;
        buf_init(&text, 256 * 1024);
        register_reference_put(&text);
        printf("%.*s", STR_FMT(buf_str(&text)));
        buf_free(&text);
        return EXIT_CLEAN;
    }
    for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof *verbs; i++) {
        verb = strcmp(argv[1], verbs[i].name) == 0 ? &verbs[i] : verb;
    }
    if (verb == NULL || !words_read(argc, argv, &words) || words.count < verb->least ||
        words.count > verb->most) {
        return usage("register.usage");
    }
    if (register_set_load_good(words.data, &set, &err) < 0) {
        message_tell_err(&err);
        return EXIT_USAGE;
    }
    int code = verb->run(set, &words);
    register_set_free(set);
    return code;
}

static void
print_rule(const struct flow *flow, const struct flow_class *class, const struct flow_facts *facts)
{
    size_t rule = flow_judge(flow, facts);
    printf("%.*s\t%.*s\t%zu\t%.*s\n", STR_FMT(flow->id), STR_FMT(class->id), rule + 1,
           STR_FMT(flow->rules[rule].route));
}

static int
print_flows(const struct flow_set *flows)
{
    for (size_t i = 0; i < flows->count; i++) {
        const struct flow *flow = &flows->flows[i];
        for (size_t k = 0; k < flow->class_count; k++) {
            struct flow_facts facts = {
                .class_rank = flow->classes[k]->rank, .items = 1, .size_bytes = 1};
            print_rule(flow, flow->classes[k], &facts);
        }
    }
    return EXIT_CLEAN;
}

static int
explain_flow(const struct flow_set *flows, const struct words *words)
{
    const struct flow *flow = flow_find(flows, str_of(words->plain[0]));
    const struct flow_class *class = flow_class_find(flows, str_of(words->class));
    struct err err = {0};
    if (flow == NULL || class == NULL || !flow_has_class(flow, class)) {
        (void)ERR(&err, flow == NULL ? "flow.unknown" : "flow.class", "%s", words->class);
        message_tell_err(&err);
        return EXIT_FINDINGS;
    }
    struct flow_facts facts = {.class_rank = class->rank,
                               .items = 1,
                               .size_bytes = 1,
                               .inspected = words->inspected || words->surface,
                               .surface = words->surface,
                               .unscanned = words->unscanned};
    print_rule(flow, class, &facts);
    return EXIT_CLEAN;
}

int
cmd_flow(int argc, char **argv)
{
    struct words words;
    struct register_set *set = NULL;
    struct flow_set *flows = NULL;
    struct err err = {0};
    bool check = argc > 1 && strcmp(argv[1], "check") == 0;
    bool explain = argc > 1 && strcmp(argv[1], "explain") == 0;
    if ((!check && !explain) || !words_read(argc, argv, &words) ||
        (explain && (words.count != 1 || words.class == NULL))) {
        return usage("flow.usage");
    }
    if (register_set_load(words.data, &set, &err) < 0 ||
        flow_set_load(words.data, set, &flows, &err) < 0) {
        message_tell_err(&err);
        register_set_free(set);
        return EXIT_FINDINGS;
    }
    int code = check ? print_flows(flows) : explain_flow(flows, &words);
    flow_set_free(flows);
    register_set_free(set);
    return code;
}

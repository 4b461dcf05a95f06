/*
 * cmd_register: checks register files and flows as cored would load them. No daemon, no database.
 */
#include "cmd/sekisho/cmd_register.h"

#include "base/mem/buf.h"
#include "base/messages/messages.h"
#include "base/os/file.h"
#include "core/register/definition.h"
#include "core/transfer/flow.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { EXIT_CLEAN, EXIT_FINDINGS, EXIT_USAGE, EXIT_FAILED, WORDS_MOST = 64 };

struct words {
    const char *data, *class, *plain[WORDS_MOST];
    bool inspected, surface, unscanned;
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
        } else if (argv[i][0] == '-' || ret->count == WORDS_MOST) {
            return false;
        } else {
            ret->plain[ret->count++] = argv[i];
        }
    }
    return true;
}

/* One line a finding: CODE file:line:column: …; the number of them, -1 when FILE cannot be read. */
static int
check_file(struct register_set *set, const char *file)
{
    struct buf text;
    struct err err = {0};
    struct register_def *def = NULL;
    struct register_finding *findings = NULL;
    buf_init(&text, REGISTER_FILE_BYTES);
    struct arena *arena = arena_new(16 << 20);
    int count = 0;
    if (file_read(AT_FDCWD, file, REGISTER_FILE_BYTES, &text, &err) < 0 ||
        register_check(set, arena, file, buf_str(&text), &def, &findings, &err) < 0) {
        message_tell_err(&err);
        count = -1;
    }
    for (; findings != NULL; findings = findings->next, count++) {
        printf("%s ",
               findings->err.code + (strncmp(findings->err.code, "register.", 9) == 0 ? 9 : 0));
        struct buf line;
        buf_init(&line, 4096);
        message_put_err(&line, message_lang(), &findings->err);
        printf("%.*s\n", STR_FMT(buf_str(&line)));
        buf_free(&line);
    }
    arena_free(arena);
    buf_free(&text);
    return count;
}

static int
check_files(struct register_set *set, const struct words *words)
{
    int worst = EXIT_CLEAN;
    for (size_t i = 0; i < words->count; i++) {
        int found = check_file(set, words->plain[i]);
        int code = found < 0 ? EXIT_USAGE : found > 0 ? EXIT_FINDINGS : EXIT_CLEAN;
        worst = code > worst ? code : worst;
    }
    return worst;
}

static int
list_registers(const struct register_set *set)
{
    for (size_t i = 0; i < set->def_count; i++) {
        const struct register_def *def = &set->defs[i];
        struct str title = message_lang() == LANG_EN ? def->title.en : def->title.ja;
        printf("%.*s\t%lld\t%.*s\n", STR_FMT(def->name), (long long)def->version, STR_FMT(title));
    }
    return EXIT_CLEAN;
}

int
cmd_register(int argc, char **argv)
{
    struct words words;
    struct register_set *set = NULL;
    struct err err = {0};
    bool check = argc > 2 && strcmp(argv[1], "check") == 0;
    bool list = argc > 1 && strcmp(argv[1], "list") == 0;
    if ((!check && !list) || !words_read(argc, argv, &words) || (check && words.count == 0)) {
        return usage("register.usage");
    }
    if (register_set_load(words.data, &set, &err) < 0) {
        message_tell_err(&err);
        return EXIT_USAGE;
    }
    int code = list ? list_registers(set) : check_files(set, &words);
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

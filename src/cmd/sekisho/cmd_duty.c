/*
 * cmd_duty: the year's duties through a portal, as the person who signs in. It decides nothing
 * itself and prints foreign text without control characters.
 */
#include "cmd/sekisho/cmd_duty.h"

#include "base/messages/messages.h"
#include "base/os/time.h"
#include "cmd/sekisho/portal_client.h"

#include <stdio.h>
#include <string.h>

struct words {
    const char *fy, *role;
    bool late, json;
};

static int
usage(void)
{
    fprintf(stderr, "%s\n", message_text(message_lang(), "duty.usage"));
    return PORTAL_USAGE;
}

static bool
words_read(int argc, char **argv, struct words *ret)
{
    *ret = (struct words){0};
    const struct {
        const char *name, **value;
    } options[] = {{"--fy", &ret->fy}, {"--role", &ret->role}};
    for (int i = 2; i < argc; i++) {
        size_t k = 0;
        while (k < 2 && strcmp(argv[i], options[k].name) != 0) {
            k++;
        }
        if (k < 2 && i + 1 < argc) {
            *options[k].value = argv[++i];
        } else if (strcmp(argv[i], "--late") == 0) {
            ret->late = true;
        } else if (strcmp(argv[i], "--json") == 0) {
            ret->json = true;
        } else {
            return false;
        }
    }
    return true;
}

/* A word of a query: [a-z0-9_]. */
static bool
is_word(const char *text)
{
    return text[0] != '\0' && strlen(text) <= 40 &&
           text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static const char *
word(const json_t *object, const char *key)
{
    const char *z = json_string_value(json_object_get(object, key));
    return z != NULL ? z : "";
}

/* Tabs and controls would break the lines of others. */
static void
text_print(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        putchar((unsigned char)*c < 0x20 || *c == 0x7f ? ' ' : *c);
    }
}

static const char *
titled(const json_t *row)
{
    return word(json_object_get(row, "title"), message_lang() == LANG_EN ? "en" : "ja");
}

static void
duty_print(const json_t *row)
{
    char due[DATE_CHARS + 1] = "-", key[64];
    json_int_t at = json_integer_value(json_object_get(row, "due"));
    if (at > 0 && at <= TIME_US_LAST) {
        date_format(tokyo_day(at - 1), due);
    }
    (void)snprintf(key, sizeof key, "duty.state.%s", word(row, "state"));
    const char *state = message_text(message_lang(), key);
    printf("%s\t%s\t", due, state != NULL ? state : "?");
    text_print(word(row, "role"));
    putchar('\t');
    text_print(titled(row));
    putchar('\t');
    text_print(word(json_object_get(row, "scope"), "name"));
    putchar('\t');
    text_print(word(row, "key"));
    putchar('\n');
}

static void
finding_print(const json_t *row)
{
    char key[64];
    (void)snprintf(key, sizeof key, "duty.finding.%s", word(row, "code"));
    const char *text = message_text(message_lang(), key);
    printf("%s\t", text != NULL ? text : word(row, "code"));
    text_print(titled(row));
    putchar('\t');
    text_print(word(row, "duty"));
    putchar('\n');
}

/* Whether anything is late or found. */
static int
list_code(const json_t *answer)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(answer, "duties"), i, row)
    {
        if (strcmp(word(row, "state"), "late") == 0) {
            return PORTAL_REFUSED;
        }
    }
    return json_array_size(json_object_get(answer, "findings")) > 0 ? PORTAL_REFUSED : PORTAL_DONE;
}

static int
answer_print(const struct words *words, json_t *answer, const char *command, int code)
{
    size_t i;
    json_t *row;
    if (words->json) {
        (void)json_object_set_new(answer, "command", json_string(command));
        (void)json_object_set_new(answer, "ok", json_boolean(code == PORTAL_DONE));
        (void)json_dumpf(answer, stdout, JSON_COMPACT);
        printf("\n");
        return code;
    }
    json_array_foreach(json_object_get(answer, "duties"), i, row)
    {
        duty_print(row);
    }
    json_array_foreach(json_object_get(answer, "findings"), i, row)
    {
        finding_print(row);
    }
    if (json_object_get(answer, "record") != NULL) {
        text_print(word(answer, "record"));
        putchar('\n');
    }
    return code;
}

static int
list_ask(struct portal *portal, const struct words *words, struct portal_answer *ret,
         struct err *err)
{
    char path[200];
    (void)snprintf(path, sizeof path, "duties?%s%s%s%s%s", words->late ? "late=1" : "late=0",
                   words->fy != NULL ? "&fy=" : "", words->fy != NULL ? words->fy : "",
                   words->role != NULL ? "&role=" : "", words->role != NULL ? words->role : "");
    return portal_call(portal, "GET", path, STR(""), ret, err);
}

static int
plan_ask(struct portal *portal, const struct words *words, struct portal_answer *ret,
         struct err *err)
{
    uint64_t year = 0;
    (void)str_to_u64(str_of(words->fy), &year);
    return portal_call_json(portal, "POST", "duties/plan",
                            json_pack("{sI}", "fy", (json_int_t)year), ret, err);
}

static int
run(const struct words *words, bool plan)
{
    struct portal portal;
    struct portal_answer answer;
    struct err err = {0};
    if (portal_load(&portal, &err) < 0) {
        message_tell_err(&err);
        return err_is(&err, "portal_client.no_session") ? PORTAL_DENIED : PORTAL_FAILED;
    }
    int rc =
        plan ? plan_ask(&portal, words, &answer, &err) : list_ask(&portal, words, &answer, &err);
    if (rc < 0) {
        message_tell_err(&err);
        return PORTAL_FAILED;
    }
    int code = portal_told(&answer);
    if (code == PORTAL_DONE) {
        code = answer_print(words, answer.body, plan ? "duty plan" : "duty list",
                            plan ? PORTAL_DONE : list_code(answer.body));
    }
    portal_answer_done(&answer);
    return code;
}

int
cmd_duty(int argc, char **argv)
{
    struct words words;
    uint64_t year = 0;
    bool list = argc > 1 && strcmp(argv[1], "list") == 0;
    bool plan = argc > 1 && strcmp(argv[1], "plan") == 0;
    if ((!list && !plan) || !words_read(argc, argv, &words) || (plan && words.fy == NULL) ||
        (plan && (words.late || words.role != NULL)) ||
        (words.role != NULL && !is_word(words.role)) ||
        (words.fy != NULL && !str_to_u64(str_of(words.fy), &year))) {
        return usage();
    }
    return run(&words, plan);
}

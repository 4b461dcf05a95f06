/*
 * duty: what of a topic comes back every year or regularly; see duty.h. Runs where the catalogue is
 * loaded.
 *
 * Invariant: the ids of the duties of one part differ; a due day lies after the opening.
 */
#include "format/catalogue/duty.h"

static const char *const each_words[] = {"body", "section", "system", "room", "contract", "record"};
static const char *const cycle_words[] = {"year", "periodic"};

const char *
duty_each_word(enum duty_each each)
{
    return each_words[each];
}

/* "fy+11m": 11. */
static bool
months_parse(struct str s, uint64_t *ret)
{
    return str_starts(s, STR("fy+")) && str_ends(s, STR("m")) && s.n > 4 &&
           str_to_u64(str_slice(s, 3, s.n - 1), ret) && *ret <= 12;
}

bool
duty_due_parse(struct str s, struct duty_due *ret)
{
    uint64_t n = 0;
    if (months_parse(s, &n) && n > 0) {
        *ret = (struct duty_due){.months = (unsigned)n};
        return true;
    }
    bool open_days = str_ends(s, STR("bd"));
    size_t tail = open_days ? 2 : 1;
    if (!str_ends(s, STR("d")) || !str_to_u64(str_slice(s, 0, s.n - tail), &n) || n == 0 ||
        n > 366) {
        return false;
    }
    *ret = (struct duty_due){.days = (unsigned)n, .open_days = open_days};
    return true;
}

static int
title_read(struct arena *arena, const struct yaml_node *node, const struct topic_part *part,
           struct bilingual *ret, struct err *err)
{
    static const struct yaml_key keys[] = {{"ja", YAML_TEXT, true}, {"en", YAML_TEXT, true}};
    *ret = part->title;
    if (node == NULL) {
        return 0;
    }
    if (yaml_check(node, keys, 2, err) < 0) {
        return -1;
    }
    ret->ja = str_dup(arena, yaml_text(yaml_get(node, "ja")));
    ret->en = str_dup(arena, yaml_text(yaml_get(node, "en")));
    return arena_check(arena, err);
}

/* When it opens and until when it is due. */
static int
times_read(const struct yaml_node *node, struct topic_duty *ret, struct err *err)
{
    const struct yaml_node *opens = yaml_get(node, "opens"), *due = yaml_get(node, "due");
    uint64_t months = 0;
    bool yearly = ret->cycle == DUTY_YEAR;
    if (opens != NULL && (!yearly || !months_parse(yaml_text(opens), &months) || months > 11)) {
        return YAML_ERR(err, "control.duty", opens, "opens");
    }
    ret->opens = (unsigned)months;
    if (due != NULL && !duty_due_parse(yaml_text(due), &ret->due)) {
        return YAML_ERR(err, "control.duty", due, "due");
    }
    if (ret->due.months != 0 && (!yearly || ret->due.months <= ret->opens)) {
        return YAML_ERR(err, "control.duty", due, "due");
    }
    return 0;
}

static int
one_read(struct arena *arena, struct str topic, const struct yaml_node *node,
         const struct topic_part *part, struct topic_duty *ret, struct err *err)
{
    static const struct yaml_key keys[] = {
        {"cycle", YAML_TEXT, true}, {"register", YAML_TEXT, false}, {"who", YAML_TEXT, true},
        {"each", YAML_TEXT, false}, {"opens", YAML_TEXT, false},    {"due", YAML_TEXT, false},
        {"key", YAML_TEXT, false},  {"title", YAML_MAP, false}};
    size_t cycle = 0, each = EACH_BODY;
    if (yaml_check(node, keys, sizeof keys / sizeof *keys, err) < 0 ||
        yaml_enum(yaml_get(node, "cycle"), cycle_words, 2, &cycle, err) < 0 ||
        title_read(arena, yaml_get(node, "title"), part, &ret->title, err) < 0) {
        return -1;
    }
    if (yaml_get(node, "each") != NULL &&
        yaml_enum(yaml_get(node, "each"), each_words, 6, &each, err) < 0) {
        return -1;
    }
    ret->cycle = (enum duty_cycle)cycle;
    ret->each = (enum duty_each)each;
    ret->reg = str_dup(arena, yaml_text(yaml_get(node, "register")));
    ret->role = str_dup(arena, yaml_text(yaml_get(node, "who")));
    struct str key = yaml_text(yaml_get(node, "key"));
    ret->id = str_of(arena_printf(arena, "%.*s.%.*s%s%.*s", STR_FMT(topic), STR_FMT(part->key),
                                  key.n > 0 ? "." : "", STR_FMT(key)));
    if (ret->role.n == 0 || (ret->each == EACH_RECORD && ret->reg.n == 0)) {
        return YAML_ERR(err, "control.duty", node, "who, register");
    }
    return arena_check(arena, err) < 0 ? -1 : times_read(node, ret, err);
}

int
duty_read(struct arena *arena, struct str topic, const struct yaml_node *node,
          struct topic_part *part, struct err *err)
{
    if (node == NULL) {
        return arena_check(arena, err);
    }
    part->duties = arena_array(arena, node->count, sizeof *part->duties);
    if (part->duties == NULL) {
        return arena_check(arena, err);
    }
    YAML_EACH(child, node)
    {
        struct topic_duty *duty = &part->duties[part->duty_count];
        if (one_read(arena, topic, child, part, duty, err) < 0) {
            return -1;
        }
        for (size_t i = 0; i < part->duty_count; i++) {
            if (str_equal(part->duties[i].id, duty->id)) {
                return YAML_ERR(err, "control.twice", child, "%.*s", STR_FMT(duty->id));
            }
        }
        part->duty_count++;
    }
    return arena_check(arena, err);
}

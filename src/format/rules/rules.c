/*
 * rules: see rules.h. Run by cored at its start and by `sekisho auth check`.
 *
 * Invariants of a loaded file: every combination of every rule has at least `kinds` kinds and holds
 * all of `must`; every rule can be reached; the last one matches everybody.
 */
#include "format/rules/rules.h"

#include "base/mem/ensure.h"
#include "format/yaml/yaml.h"

#include <string.h>

enum { KIND_KNOW = 1, KIND_HAVE = 2 };

struct factor_row {
    const char *name;
    unsigned bit, kinds;
};

static const struct factor_row factors[] = {
    {"password", FACTOR_PASSWORD, KIND_KNOW},
    {"totp", FACTOR_TOTP, KIND_HAVE},
    {"passkey", FACTOR_PASSKEY, KIND_HAVE},
    {"passkey_uv", FACTOR_PASSKEY_UV, KIND_HAVE | KIND_KNOW},
    {"card", FACTOR_CARD, KIND_HAVE},
    {"card_pin", FACTOR_CARD_PIN, KIND_HAVE | KIND_KNOW},
    {"ldap", FACTOR_LDAP, KIND_KNOW},
    {"krb", FACTOR_KRB, KIND_KNOW},
    {"code", FACTOR_CODE, KIND_HAVE},
};

enum { FACTOR_COUNT = sizeof factors / sizeof *factors };

static const struct yaml_key file_keys[] = {
    {"sekisho", YAML_TEXT, true},
    {"privileged", YAML_LIST, true},
    {"rules", YAML_LIST, true},
};

static const struct yaml_key rule_keys[] = {
    {"when", YAML_MAP, true},        {"kinds", YAML_TEXT, true},     {"must", YAML_LIST, false},
    {"any", YAML_LIST, true},        {"attested", YAML_TEXT, false}, {"idle_min", YAML_TEXT, true},
    {"absolute_h", YAML_TEXT, true}, {"tries", YAML_TEXT, true},     {"clause", YAML_TEXT, true},
};

enum { RULE_KEY_COUNT = sizeof rule_keys / sizeof *rule_keys };

unsigned
rules_factor(struct str name)
{
    for (size_t i = 0; i < FACTOR_COUNT; i++)
        if (str_equal_z(name, factors[i].name))
            return factors[i].bit;
    return 0;
}

const char *
rules_factor_name(unsigned factor)
{
    for (size_t i = 0; i < FACTOR_COUNT; i++)
        if (factors[i].bit == factor)
            return factors[i].name;
    ensure(false);
    return "";
}

unsigned
rules_kinds(unsigned set)
{
    unsigned kinds = 0;
    for (size_t i = 0; i < FACTOR_COUNT; i++)
        if (set & factors[i].bit)
            kinds |= factors[i].kinds;
    return (kinds & KIND_KNOW ? 1u : 0u) + (kinds & KIND_HAVE ? 1u : 0u);
}

/* A list of texts, or one text: both ways of naming zones and roles. */
static int
names_read(struct arena *arena, const struct yaml_node *node, const struct str **ret_names,
           size_t *ret_count, struct err *err)
{
    *ret_names = NULL;
    *ret_count = 0;
    if (node == NULL)
        return 0;
    size_t count = node->kind == YAML_LIST ? node->count : 1;
    if (count == 0 || count > RULES_LIST_MOST)
        return YAML_ERR(err, "rules.most", node, "%zu / %d", count, RULES_LIST_MOST);
    struct str *names = arena_array(arena, count, sizeof *names);
    if (names == NULL)
        return arena_check(arena, err);
    size_t n = 0;
    if (node->kind == YAML_TEXT)
        names[n++] = node->text;
    YAML_EACH(child, node)
    {
        if (child->kind != YAML_TEXT || child->text.n == 0)
            return YAML_ERR(err, "yaml.kind", child, "text");
        names[n++] = child->text;
    }
    *ret_names = names;
    *ret_count = count;
    return 0;
}

static int
roles_known(const struct yaml_node *node, const struct str *names, size_t count,
            const struct roles *roles, struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (roles_find(roles, names[i]) == NULL)
            return YAML_ERR(err, "rules.role", node, "%.*s", STR_FMT(names[i]));
    return 0;
}

static int
set_read(const struct yaml_node *list, unsigned *ret_set, struct err *err)
{
    *ret_set = 0;
    if (list != NULL && (list->kind != YAML_LIST || list->count == 0))
        return YAML_ERR(err, "rules.factor", list, "[]");
    YAML_EACH(node, list)
    {
        unsigned bit = rules_factor(yaml_text(node));
        if (bit == 0 || (*ret_set & bit) != 0)
            return YAML_ERR(err, "rules.factor", node, "%.*s", STR_FMT(yaml_text(node)));
        *ret_set |= bit;
    }
    return 0;
}

static int
any_read(const struct yaml_node *node, struct rule *rule, struct err *err)
{
    const struct yaml_node *any = yaml_get(node, "any");
    unsigned must = 0;
    if (set_read(yaml_get(node, "must"), &must, err) != 0)
        return -1;
    if (any->count > RULES_COMBINATIONS_MOST)
        return YAML_ERR(err, "rules.most", any, "%zu / %d", any->count, RULES_COMBINATIONS_MOST);
    YAML_EACH(list, any)
    {
        unsigned set;
        if (set_read(list, &set, err) != 0)
            return -1;
        if (rules_kinds(set) < rule->kinds)
            return YAML_ERR(err, "rules.kinds", list, "%u < %u", rules_kinds(set), rule->kinds);
        if ((set & must) == must)
            rule->any[rule->any_count++] = set;
    }
    if (rule->any_count == 0)
        return YAML_ERR(err, "rules.unsatisfiable", any, "any");
    return 0;
}

static int
when_read(struct arena *arena, const struct yaml_node *when, const struct roles *roles,
          struct rule *rule, struct err *err)
{
    YAML_EACH(node, when)
    if (!str_equal_z(node->key, "from") && !str_equal_z(node->key, "zone") &&
        !str_equal_z(node->key, "role"))
        return YAML_ERR(err, "yaml.unknown_key", node, "%.*s", STR_FMT(node->key));
    const struct yaml_node *from = yaml_get(when, "from");
    if (from != NULL && !str_equal_z(yaml_text(from), "outside"))
        return YAML_ERR(err, "yaml.choice", from, "outside");
    rule->outside = from != NULL;
    const struct yaml_node *role = yaml_get(when, "role");
    if (names_read(arena, yaml_get(when, "zone"), &rule->zones, &rule->zone_count, err) != 0 ||
        names_read(arena, role, &rule->roles, &rule->role_count, err) != 0)
        return -1;
    return roles_known(role, rule->roles, rule->role_count, roles, err);
}

static int
limits_read(const struct yaml_node *node, struct rule *rule, struct err *err)
{
    int64_t kinds, idle, absolute, tries;
    if (yaml_int(yaml_get(node, "kinds"), 1, 2, &kinds, err) != 0 ||
        yaml_int(yaml_get(node, "idle_min"), 1, 60, &idle, err) != 0 ||
        yaml_int(yaml_get(node, "absolute_h"), 1, 24, &absolute, err) != 0 ||
        yaml_int(yaml_get(node, "tries"), 3, 50, &tries, err) != 0)
        return -1;
    const struct yaml_node *attested = yaml_get(node, "attested");
    if (attested != NULL && yaml_bool(attested, &rule->attested, err) != 0)
        return -1;
    rule->kinds = (unsigned)kinds;
    rule->idle_s = (uint32_t)idle * 60;
    rule->absolute_s = (uint32_t)absolute * 3600;
    rule->tries = (uint32_t)tries;
    rule->clause = yaml_text(yaml_get(node, "clause"));
    return 0;
}

static bool
names_hold(const struct str *names, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(names[i], name))
            return true;
    return false;
}

/* True if all that LATER can match is taken by EARLIER. */
static bool
rule_covers(const struct rule *earlier, const struct rule *later)
{
    if (earlier->outside && !later->outside)
        return false;
    if (earlier->zone_count > 0 && later->zone_count == 0)
        return false;
    if (earlier->role_count > 0 && later->role_count == 0)
        return false;
    for (size_t i = 0; earlier->zone_count > 0 && i < later->zone_count; i++)
        if (!names_hold(earlier->zones, earlier->zone_count, later->zones[i]))
            return false;
    for (size_t i = 0; earlier->role_count > 0 && i < later->role_count; i++)
        if (!names_hold(earlier->roles, earlier->role_count, later->roles[i]))
            return false;
    return true;
}

/* True if a person in the zone mynumber can come to RULE, the INDEX-th of RULES. */
static bool
rule_in_mynumber(const struct rule *rules, size_t index)
{
    const struct rule *rule = &rules[index];
    if (rule->zone_count > 0)
        return names_hold(rule->zones, rule->zone_count, STR("mynumber"));
    struct str zone = STR("mynumber");
    struct rule narrowed = *rule;
    narrowed.zones = &zone;
    narrowed.zone_count = 1;
    for (size_t i = 0; i < index; i++)
        if (rule_covers(&rules[i], &narrowed))
            return false;
    return true;
}

static int
rules_check(const struct rules *rules, const struct yaml_node *list, struct err *err)
{
    size_t index = 0;
    YAML_EACH(node, list)
    {
        const struct rule *rule = &rules->rule[index];
        for (size_t i = 0; i < index; i++)
            if (rule_covers(&rules->rule[i], rule))
                return YAML_ERR(err, "rules.unreachable", node, "%zu: %zu", index + 1, i + 1);
        if (rule->kinds < 2 && rule_in_mynumber(rules->rule, index))
            return YAML_ERR(err, "rules.mynumber", node, "%zu", index + 1);
        index++;
        if (index == rules->count && (rule->outside || rule->zone_count + rule->role_count > 0))
            return YAML_ERR(err, "rules.open_end", node, "%zu", index);
    }
    return 0;
}

static int
rule_read(struct arena *arena, const struct yaml_node *node, const struct roles *roles,
          struct rule *rule, struct err *err)
{
    if (yaml_check(node, rule_keys, RULE_KEY_COUNT, err) != 0)
        return -1;
    if (limits_read(node, rule, err) != 0 || any_read(node, rule, err) != 0)
        return -1;
    return when_read(arena, yaml_get(node, "when"), roles, rule, err);
}

int
rules_load(struct arena *arena, const char *name, struct str bytes, const struct roles *roles,
           const struct rules **ret_rules, struct err *err)
{
    const struct yaml_node *root;
    if (yaml_parse(arena, name, bytes, NULL, &root, err) != 0 ||
        yaml_check(root, file_keys, 3, err) != 0)
        return -1;
    const struct yaml_node *version = yaml_get(root, "sekisho");
    if (!str_equal_z(yaml_text(version), "auth/1"))
        return YAML_ERR(err, "rules.version", version, "auth/1");
    const struct yaml_node *list = yaml_get(root, "rules");
    const struct yaml_node *privileged = yaml_get(root, "privileged");
    if (list->count == 0 || list->count > RULES_MOST)
        return YAML_ERR(err, "rules.most", list, "%zu / %d", list->count, RULES_MOST);
    struct rules *rules = arena_alloc(arena, sizeof *rules);
    struct rule *rule = arena_array(arena, list->count, sizeof *rule);
    if (rules == NULL || rule == NULL)
        return arena_check(arena, err);
    rules->rule = rule;
    if (names_read(arena, privileged, &rules->privileged, &rules->privileged_count, err) != 0 ||
        roles_known(privileged, rules->privileged, rules->privileged_count, roles, err) != 0)
        return -1;
    YAML_EACH(node, list)
    if (rule_read(arena, node, roles, &rule[rules->count++], err) != 0)
        return -1;
    *ret_rules = rules;
    return rules_check(rules, list, err);
}

static bool
roles_meet(const struct str *names, size_t count, const struct rules_subject *subject)
{
    for (size_t i = 0; i < subject->role_count; i++)
        if (names_hold(names, count, subject->roles[i]))
            return true;
    return false;
}

const struct rule *
rules_match(const struct rules *rules, const struct rules_subject *subject)
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->rule[i];
        if (rule->outside && !subject->outside)
            continue;
        if (rule->zone_count > 0 && !names_hold(rule->zones, rule->zone_count, subject->zone))
            continue;
        if (rule->role_count > 0 && !roles_meet(rule->roles, rule->role_count, subject))
            continue;
        return rule;
    }
    ensure(false); /* the last rule is for all */
    return NULL;
}

bool
rules_privileged(const struct rules *rules, const struct rules_subject *subject)
{
    return roles_meet(rules->privileged, rules->privileged_count, subject);
}

void
rules_put_combination(struct buf *out, unsigned set)
{
    bool first = true;
    for (size_t i = 0; i < FACTOR_COUNT; i++) {
        if (!(set & factors[i].bit))
            continue;
        if (!first)
            buf_put_char(out, '+');
        buf_put_z(out, factors[i].name);
        first = false;
    }
}

void
rules_put_any(struct buf *out, const struct rule *rule)
{
    for (size_t i = 0; i < rule->any_count; i++) {
        if (i > 0)
            buf_put_char(out, ' ');
        rules_put_combination(out, rule->any[i]);
    }
}

bool
rules_read_any(struct str text, unsigned ret_any[RULES_COMBINATIONS_MOST], size_t *ret_count)
{
    struct str rest = text, combination, name;
    *ret_count = 0;
    while (str_split_next(&rest, ' ', &combination)) {
        unsigned set = 0;
        while (str_split_next(&combination, '+', &name)) {
            unsigned bit = rules_factor(name);
            if (bit == 0)
                return false;
            set |= bit;
        }
        if (*ret_count == RULES_COMBINATIONS_MOST)
            return false;
        ret_any[(*ret_count)++] = set;
    }
    return *ret_count > 0;
}

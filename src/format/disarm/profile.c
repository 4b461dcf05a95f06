/*
 * profile: see profile.h. Built-in profiles are columns of one table. The canonical JSON has every
 * switch and every limit in a fixed order, so reading it back is a walk along the same order.
 */
#include "format/disarm/profile.h"

#include "base/text/json.h"

#include <stdio.h>
#include <string.h>

static const char letters[] = "arb"; /* by enum disarm_setting */
static const char *const setting_words[] = {"allow", "remove", "block"};

/* standard, strict, outward; what is not named here is removed in all three. */
static const struct {
    enum disarm_switch which;
    char setting[4];
} rows[] = {
    {SWITCH_MACRO, "rbr"},
    {SWITCH_DDE, "rbr"},
    {SWITCH_EXTERNAL_DATA, "rbr"},
    {SWITCH_WEB_QUERY, "rbr"},
    {SWITCH_OLE, "rbr"},
    {SWITCH_ACTIVEX, "rbr"},
    {SWITCH_EMBEDDED_OFFICE, "rrr"},
    {SWITCH_EXTERNAL_REF, "rbr"},
    {SWITCH_LINK, "ara"},
    {SWITCH_ACTION, "rbr"},
    {SWITCH_MEDIA, "rbr"},
    {SWITCH_FORM_CONTROL, "ara"},
    {SWITCH_COMMENTS, "arr"},
    {SWITCH_TRACKED_CHANGES, "ara"},
    {SWITCH_HIDDEN, "ara"},
    {SWITCH_ARCHIVE_MEMBER, "rbb"},
};

static const struct disarm_limits default_limits = {
    .size_bytes = 100 << 20,
    .part_bytes = 128 << 20,
    .inflated_bytes = 512 << 20,
    .pixels = 100000000,
    .entries = 10000,
    .parts = 20000,
    .archive_depth = 3,
    .xml_depth = 256,
    .xml_attributes = 512,
    .ratio = 200,
    .ratio_free_bytes = 16 << 20,
};

int
disarm_profile_builtin(const char *id, struct disarm_profile *ret_profile)
{
    static const char *const ids[] = {"standard", "strict", "outward"};
    size_t column = 0;
    while (column < 3 && strcmp(ids[column], id) != 0)
        column++;
    if (column == 3)
        return -1;
    struct disarm_profile profile = {.limits = default_limits};
    memcpy(profile.id, id, strlen(id) + 1);
    memset(profile.setting, SETTING_REMOVE, sizeof profile.setting);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *at = strchr(letters, rows[i].setting[column]);
        profile.setting[rows[i].which] = (unsigned char)(at - letters);
    }
    *ret_profile = profile;
    return 0;
}

int
disarm_profile_set(struct disarm_profile *profile, const char *word, const char *value,
                   struct err *err)
{
    int which = switch_find(word);
    if (which < 0)
        return ERR(err, "disarm.profile", "%s", word);
    if (strcmp(value, "keep") == 0)
        value = "allow";
    if (strcmp(value, "drop") == 0)
        value = "remove";
    for (unsigned char i = 0; i < 3; i++) {
        if (strcmp(setting_words[i], value) == 0) {
            profile->setting[which] = i;
            return 0;
        }
    }
    return ERR(err, "disarm.profile", "%s=%s", word, value);
}

struct limit_field {
    const char *name;
    uint64_t value;
};

enum { LIMIT_FIELDS = 11 };

static void
limits_list(const struct disarm_limits *l, struct limit_field ret[LIMIT_FIELDS])
{
    const struct limit_field all[LIMIT_FIELDS] = {{"size", l->size_bytes},
                                                  {"part", l->part_bytes},
                                                  {"inflated", l->inflated_bytes},
                                                  {"pixels", l->pixels},
                                                  {"entries", l->entries},
                                                  {"parts", l->parts},
                                                  {"archive_depth", l->archive_depth},
                                                  {"xml_depth", l->xml_depth},
                                                  {"xml_attributes", l->xml_attributes},
                                                  {"ratio", l->ratio},
                                                  {"ratio_free", l->ratio_free_bytes}};
    memcpy(ret, all, sizeof all);
}

void
disarm_profile_put(struct buf *buf, const struct disarm_profile *profile)
{
    struct json json;
    struct limit_field fields[LIMIT_FIELDS];
    json_init(&json, buf);
    json_open_object(&json);
    json_key(&json, "id");
    json_z(&json, profile->id);
    json_key(&json, "switches");
    json_open_object(&json);
    for (int i = 1; i < SWITCH_COUNT; i++) {
        json_key(&json, switch_word((enum disarm_switch)i));
        json_z(&json, setting_words[profile->setting[i]]);
    }
    json_end(&json);
    json_key(&json, "limits");
    json_open_object(&json);
    limits_list(&profile->limits, fields);
    for (size_t i = 0; i < LIMIT_FIELDS; i++) {
        json_key(&json, fields[i].name);
        json_u64(&json, fields[i].value);
    }
    json_end(&json);
    json_end(&json);
}

/* Takes TEXT from the front of *REST, or sets *BAD. */
static void
take(struct str *rest, const char *text, bool *bad)
{
    struct str want = str_of(text);
    if (*bad || !str_starts(*rest, want))
        *bad = true;
    else
        *rest = str_slice(*rest, want.n, rest->n);
}

static struct str
take_until(struct str *rest, char end, bool *bad)
{
    ptrdiff_t at = str_find(*rest, (struct str){&end, 1}, 0);
    if (*bad || at < 0) {
        *bad = true;
        return (struct str){"", 0};
    }
    struct str part = str_slice(*rest, 0, (size_t)at);
    *rest = str_slice(*rest, (size_t)at, rest->n);
    return part;
}

static void
take_switches(struct str *rest, struct disarm_profile *profile, bool *bad)
{
    for (int i = 1; i < SWITCH_COUNT && !*bad; i++) {
        char key[64];
        snprintf(key, sizeof key, "%s\"%s\":\"", i > 1 ? "," : "",
                 switch_word((enum disarm_switch)i));
        take(rest, key, bad);
        struct str word = take_until(rest, '"', bad);
        take(rest, "\"", bad);
        unsigned char setting = 0;
        while (setting < 3 && !str_equal_z(word, setting_words[setting]))
            setting++;
        *bad = *bad || setting == 3;
        profile->setting[i] = setting;
    }
}

static void
take_limits(struct str *rest, struct disarm_limits *limits, bool *bad)
{
    struct limit_field fields[LIMIT_FIELDS];
    limits_list(limits, fields);
    for (size_t i = 0; i < LIMIT_FIELDS && !*bad; i++) {
        char key[64];
        snprintf(key, sizeof key, "%s\"%s\":", i > 0 ? "," : "", fields[i].name);
        take(rest, key, bad);
        struct str number = take_until(rest, i + 1 < LIMIT_FIELDS ? ',' : '}', bad);
        *bad = *bad || !str_to_u64(number, &fields[i].value) ||
               (i >= 4 && fields[i].value > UINT32_MAX);
    }
    *limits = (struct disarm_limits){
        .size_bytes = fields[0].value,
        .part_bytes = fields[1].value,
        .inflated_bytes = fields[2].value,
        .pixels = fields[3].value,
        .entries = (uint32_t)fields[4].value,
        .parts = (uint32_t)fields[5].value,
        .archive_depth = (uint32_t)fields[6].value,
        .xml_depth = (uint32_t)fields[7].value,
        .xml_attributes = (uint32_t)fields[8].value,
        .ratio = (uint32_t)fields[9].value,
        .ratio_free_bytes = (uint32_t)fields[10].value,
    };
}

int
disarm_profile_parse(struct str json, struct disarm_profile *ret_profile, struct err *err)
{
    bool bad = false;
    struct disarm_profile profile = {.limits = default_limits};
    take(&json, "{\"id\":\"", &bad);
    struct str id = take_until(&json, '"', &bad);
    bad = bad || id.n >= sizeof profile.id;
    if (!bad)
        memcpy(profile.id, id.p, id.n);
    take(&json, "\",\"switches\":{", &bad);
    take_switches(&json, &profile, &bad);
    take(&json, "},\"limits\":{", &bad);
    take_limits(&json, &profile.limits, &bad);
    take(&json, "}}", &bad);
    if (bad || json.n > 0)
        return ERR(err, "disarm.profile", "json");
    *ret_profile = profile;
    return 0;
}

void
disarm_profile_digest(const struct disarm_profile *profile, char ret_hex[DIGEST_HEX])
{
    struct buf buf;
    buf_init(&buf, 1 << 16);
    disarm_profile_put(&buf, profile);
    digest_hex(buf_str(&buf), ret_hex);
    buf_free(&buf);
}

/*
 * links: see links.h. Pure. 「…は、関市情報セキュリティ対策基準とする。」 names another body's
 * document when the name before it ends as names of bodies do and is not this body's own.
 */
#include "format/bind/links.h"

#include "base/text/utf8.h"

#include <string.h>

enum { LINKS_MOST = 64 };

static const struct {
    const char *name, *word, *topic;
} documents[] = {{"情報セキュリティ対策基準", "std", "basic.standard"},
                 {"情報セキュリティ実施手順", "procedure", "basic.procedure"}};

enum { DOCUMENTS = sizeof documents / sizeof *documents };

/* Kanji, katakana and ヶ: what names of bodies are written in. */
static bool
is_name(uint32_t c)
{
    return (c >= 0x3400 && c <= 0x9fff) || (c >= 0x30a1 && c <= 0x30fa) || c == 0x30fc ||
           c == 0x3005;
}

/* The run of name characters of S that ends at END. */
static struct str
name_before(struct str s, size_t end)
{
    size_t from = end;
    while (from >= 3) {
        struct str last = str_slice(s, from - 3, from);
        int32_t c = utf8_next(&last);
        if (c < 0 || last.n != 0 || !is_name((uint32_t)c))
            break;
        from -= 3;
    }
    return str_slice(s, from, end);
}

static bool
is_body(struct str name)
{
    static const char *const ends[] = {"市", "町", "村",   "区",   "都",     "道",
                                       "府", "県", "組合", "連合", "事務局", "企業団"};
    if (name.n < 6 || str_starts(name, STR("本")) || str_starts(name, STR("当")))
        return false;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (str_ends(name, str_of(ends[i])))
            return true;
    return false;
}

static bool
is_own(const struct clause_set *set, struct str name)
{
    for (size_t i = 0; i < set->doc_count; i++)
        if (str_equal(set->docs[i].body_name, name))
            return true;
    return false;
}

/* What says that a named document is the one in force: it stands right behind its name. */
static bool
is_in_force(struct str rest)
{
    static const char *const words[] = {"とする",   "による", "に従",   "に準",
                                        "を準用",   "を適用", "に基づ", "を用い",
                                        "のとおり", "に定め", "の定め"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_starts(rest, str_of(words[i])))
            return true;
    return false;
}

/* Another body's name before document D in S; empty when there is none. */
static struct str
other_body(const struct clause_set *set, struct str s, size_t d)
{
    struct str name = str_of(documents[d].name);
    for (ptrdiff_t at = str_find(s, name, 0); at >= 0; at = str_find(s, name, (size_t)at + 1)) {
        struct str body = name_before(s, (size_t)at);
        if (is_body(body) && !is_own(set, body) &&
            is_in_force(str_slice(s, (size_t)at + name.n, s.n)))
            return body;
    }
    return (struct str){"", 0};
}

static void
add(struct coverage_link *list, size_t *count, struct coverage_link link)
{
    for (size_t i = 0; i < *count; i++)
        if (str_equal(list[i].doc, link.doc) && str_equal(list[i].body, link.body))
            return;
    if (*count < LINKS_MOST)
        list[(*count)++] = link;
}

/* The own document, where a clause of the basic policy says that it is made. */
static void
add_own(const struct bind_result *result, size_t d, struct coverage_link *list, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        if (str_equal_z(list[i].doc, documents[d].word))
            return;
    for (size_t i = 0; i < result->row_count; i++)
        if (str_equal_z(result->rows[i].topic->id, documents[d].topic)) {
            add(list, count,
                (struct coverage_link){
                    .clause = result->rows[i].clause,
                    .doc = str_of(documents[d].word),
                    .body = {"", 0},
                    .loaded = clause_doc_get(result->set, str_of(documents[d].word)) != NULL});
            return;
        }
}

int
links_make(struct arena *arena, const struct bind_result *result, struct coverage_link **ret,
           size_t *ret_count, struct err *err)
{
    const struct clause_set *set = result->set;
    struct coverage_link *list = arena_array(arena, LINKS_MOST, sizeof *list);
    size_t count = 0;
    if (list == NULL)
        return arena_check(arena, err);
    for (size_t d = 0; d < DOCUMENTS; d++) {
        for (size_t i = 0; i < set->sentence_count; i++) {
            struct str body = other_body(set, set->sentences[i].text, d);
            if (body.n > 0)
                add(list, &count,
                    (struct coverage_link){.clause = set->sentences[i].clause,
                                           .doc = str_of(documents[d].word),
                                           .body = body,
                                           .delegated = true});
        }
        add_own(result, d, list, &count);
    }
    *ret = list;
    *ret_count = count;
    return 0;
}

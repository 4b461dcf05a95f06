/*
 * number: the automatic numbers of Word (ECMA-376 part 1, 17.9): levels from numbering.xml, lists
 * of styles from styles.xml, counters that run through the document. Runs in policy-worker.
 *
 * Counters belong to the abstract list, so that several w:num of one list count on; a w:num with a
 * start of its own begins anew at its first use. A level restarts when a higher one has counted.
 */
#include "format/docx/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parse {
    struct numbering *n;
    size_t list_cap, number_cap, style_cap;
    struct list *list;     /* open, or NULL */
    struct number *number; /* open, or NULL */
    struct style *style;   /* open, or NULL */
    long level;            /* open level or override, or -1 */
    bool full;
};

/* A place for one more of COUNT rows of SIZE bytes; NULL past the limit. */
static void *
grow(struct parse *p, void **rows, size_t count, size_t *cap, size_t size)
{
    if (count >= NUMBERS_MOST) {
        p->full = true;
        return NULL;
    }
    if (count == *cap) {
        size_t more = *cap == 0 ? 64 : *cap * 2;
        char *bigger = arena_array(p->n->arena, more, size);
        if (bigger == NULL)
            return NULL;
        if (count > 0)
            memcpy(bigger, *rows, count * size);
        *rows = bigger;
        *cap = more;
    }
    return (char *)*rows + count * size;
}

static struct str
copy(struct parse *p, const char *z)
{
    return z == NULL ? (struct str){0} : str_dup(p->n->arena, str_of(z));
}

static void
open_list(struct parse *p, const char **attributes)
{
    void *rows = p->n->lists;
    p->list = grow(p, &rows, p->n->list_count, &p->list_cap, sizeof *p->list);
    p->n->lists = rows;
    if (p->list == NULL)
        return;
    p->n->list_count++;
    p->list->id = xml_number(xml_attribute(attributes, "abstractNumId"), -1);
}

static void
open_number(struct parse *p, const char **attributes)
{
    void *rows = p->n->numbers;
    p->number = grow(p, &rows, p->n->number_count, &p->number_cap, sizeof *p->number);
    p->n->numbers = rows;
    if (p->number == NULL)
        return;
    p->n->number_count++;
    p->number->id = xml_number(xml_attribute(attributes, "numId"), -1);
    p->number->list = -1;
}

static struct level *
open_level(struct parse *p)
{
    bool good = p->list != NULL && p->number == NULL && p->level >= 0 && p->level < LEVELS;
    return good ? &p->list->levels[p->level] : NULL;
}

static void
set_word(char *word, size_t size, const char *value)
{
    if (value != NULL)
        snprintf(word, size, "%s", value);
}

/* An element inside w:lvl. */
static void
take_level(struct parse *p, struct level *level, const char *name, const char *value)
{
    if (strcmp(name, "start") == 0)
        level->start = (unsigned)xml_number(value, 1);
    else if (strcmp(name, "numFmt") == 0)
        set_word(level->format, sizeof level->format, value);
    else if (strcmp(name, "suff") == 0)
        set_word(level->suffix, sizeof level->suffix, value);
    else if (strcmp(name, "lvlText") == 0)
        level->text = copy(p, value);
    else if (strcmp(name, "isLgl") == 0)
        level->legal = true;
    else if (strcmp(name, "lvlRestart") == 0)
        level->keeps = xml_number(value, 1) == 0;
}

static void
numbering_open(void *data, const char *name, const char **attributes)
{
    struct parse *p = data;
    const char *value = xml_attribute(attributes, "val");
    struct level *level = open_level(p);
    bool number = p->number != NULL && p->level >= 0 && p->level < LEVELS;
    if (strcmp(name, "abstractNum") == 0) {
        open_list(p, attributes);
    } else if (strcmp(name, "num") == 0) {
        open_number(p, attributes);
    } else if (strcmp(name, "lvl") == 0 || strcmp(name, "lvlOverride") == 0) {
        p->level = xml_number(xml_attribute(attributes, "ilvl"), -1);
        if ((level = open_level(p)) != NULL)
            *level = (struct level){.format = "decimal", .suffix = "tab", .start = 1, .set = true};
    } else if (strcmp(name, "abstractNumId") == 0 && p->number != NULL) {
        p->number->list = xml_number(value, -1);
    } else if (strcmp(name, "startOverride") == 0 && number) {
        p->number->override[p->level] = true;
        p->number->start[p->level] = (unsigned)xml_number(value, 1);
    } else if (strcmp(name, "numStyleLink") == 0 && p->list != NULL) {
        p->list->style_link = copy(p, value);
    } else if (level != NULL) {
        take_level(p, level, name, value);
    }
}

static void
numbering_close(void *data, const char *name)
{
    struct parse *p = data;
    if (strcmp(name, "abstractNum") == 0)
        p->list = NULL;
    else if (strcmp(name, "num") == 0)
        p->number = NULL;
    if (strcmp(name, "lvlOverride") == 0 || (strcmp(name, "lvl") == 0 && p->number == NULL))
        p->level = -1;
}

static void
styles_open(void *data, const char *name, const char **attributes)
{
    struct parse *p = data;
    const char *value = xml_attribute(attributes, "val");
    if (strcmp(name, "style") == 0) {
        void *rows = p->n->styles;
        p->style = grow(p, &rows, p->n->style_count, &p->style_cap, sizeof *p->style);
        p->n->styles = rows;
        if (p->style == NULL)
            return;
        p->n->style_count++;
        *p->style = (struct style){
            .id = copy(p, xml_attribute(attributes, "styleId")), .number = -1, .level = -1};
    } else if (p->style == NULL) {
        return;
    } else if (strcmp(name, "basedOn") == 0) {
        p->style->base = copy(p, value);
    } else if (strcmp(name, "numId") == 0) {
        p->style->number = xml_number(value, -1);
    } else if (strcmp(name, "ilvl") == 0) {
        p->style->level = xml_number(value, -1);
    }
}

static void
styles_close(void *data, const char *name)
{
    struct parse *p = data;
    if (strcmp(name, "style") == 0)
        p->style = NULL;
}

int
numbering_read(struct arena *arena, const struct docx_parts *parts, struct numbering *ret,
               struct err *err)
{
    static const struct handlers numbering = {numbering_open, numbering_close, NULL};
    static const struct handlers styles = {styles_open, styles_close, NULL};
    *ret = (struct numbering){.arena = arena};
    struct parse p = {.n = ret, .level = -1};
    if (parts->numbering.n > 0 &&
        xml_feed(parts->numbering, "numbering.xml", &numbering, &p, err) < 0)
        return -1;
    if (parts->styles.n > 0 && xml_feed(parts->styles, "styles.xml", &styles, &p, err) < 0)
        return -1;
    if (p.full)
        return ERR(err, "docx.size", "%d", NUMBERS_MOST);
    return arena_check(arena, err);
}

static const struct style *
style_of(const struct numbering *n, struct str id)
{
    for (size_t i = 0; id.n > 0 && i < n->style_count; i++)
        if (str_equal(n->styles[i].id, id))
            return &n->styles[i];
    return NULL;
}

/* List and level that STYLE, or what it is based on, gives; false when none does. */
static bool
style_list(const struct numbering *n, struct str id, long *number, long *level)
{
    enum { BASES_MOST = 20 };
    const struct style *style = style_of(n, id);
    for (unsigned i = 0; style != NULL && i < BASES_MOST; i++) {
        if (*level < 0)
            *level = style->level;
        if (style->number >= 0) {
            *number = style->number;
            return true;
        }
        style = style_of(n, style->base);
    }
    return false;
}

static struct number *
number_of(const struct numbering *n, long id)
{
    for (size_t i = 0; i < n->number_count; i++)
        if (n->numbers[i].id == id)
            return &n->numbers[i];
    return NULL;
}

static struct list *
list_of(const struct numbering *n, long id)
{
    for (size_t i = 0; i < n->list_count; i++)
        if (n->lists[i].id == id)
            return &n->lists[i];
    return NULL;
}

/* The list with the levels: its own, or that of the style it points to. */
static struct list *
levels_of(const struct numbering *n, const struct number *number)
{
    struct list *list = list_of(n, number->list);
    long linked = -1, level = -1;
    if (list == NULL || list->style_link.n == 0 ||
        !style_list(n, list->style_link, &linked, &level))
        return list;
    const struct number *other = number_of(n, linked);
    return other == NULL ? list : list_of(n, other->list);
}

static void
count_on(struct list *list, struct number *number, long at)
{
    for (long i = 0; !number->used && i < LEVELS; i++)
        if (number->override[i])
            list->begun[i] = false;
    for (long i = 0; i <= at; i++) {
        unsigned start = number->override[i] ? number->start[i] : list->levels[i].start;
        if (!list->begun[i])
            list->count[i] = start;
        else if (i == at)
            list->count[i]++;
        list->begun[i] = true;
    }
    for (long i = at + 1; i < LEVELS; i++)
        list->begun[i] = list->begun[i] && list->levels[i].keeps;
    number->used = true;
}

/* "第%1条" with the counters in the place of %1 to %9. */
static void
put_level(const struct list *list, const struct level *level, struct buf *out)
{
    for (size_t i = 0; i < level->text.n; i++) {
        char next = i + 1 < level->text.n ? level->text.p[i + 1] : 0;
        if (level->text.p[i] != '%' || next < '1' || next > '9') {
            buf_put_char(out, level->text.p[i]);
            continue;
        }
        const struct level *of = &list->levels[next - '1'];
        form_put(out, level->legal ? "decimal" : of->format, list->count[next - '1']);
        i++;
    }
}

void
numbering_put(struct numbering *n, struct str style, long number, long level, struct buf *out)
{
    if (number < 0 && !style_list(n, style, &number, &level))
        return;
    struct number *found = number > 0 ? number_of(n, number) : NULL; /* 0: no number here */
    struct list *list = found == NULL ? NULL : levels_of(n, found);
    level = level < 0 ? 0 : level;
    if (list == NULL || level >= LEVELS || !list->levels[level].set)
        return;
    const struct level *form = &list->levels[level];
    count_on(list, found, level);
    if (strcmp(form->format, "none") == 0 && form->text.n == 0)
        return;
    if (strcmp(form->format, "bullet") == 0)
        buf_put_z(out, "・"); /* whatever sign of whatever font */
    else
        put_level(list, form, out);
    if (strcmp(form->suffix, "nothing") != 0)
        buf_put_z(out, strcmp(form->suffix, "space") == 0 ? " " : "　");
}

/*
 * xlsx: the package and the workbook (ECMA-376 parts 1 and 2). Pure; runs in sheet-worker.
 *
 * Parts are found by their relations, not by their usual names. Only the parts that are needed are
 * inflated, one sheet at a time, against one budget; the ZIP reader is the strict one of the
 * disarming, so what two programs could read in two ways is refused.
 */
#include "format/sheet/xlsx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS_MOST = 20000, RELATIONS_MOST = 2000 };

struct relation {
    struct str id, type, target;
};

struct relations {
    struct book *book;
    struct relation *list;
    size_t count;
};

static int
fail_zip(struct book *b)
{
    const struct disarm_report *report = b->ctx.report;
    return ERR(b->reader->err, "sheet.zip", "%s %s",
               report->reason_count > 0 ? reason_word(report->reasons[0].reason) : "",
               report->reason_count > 0 ? report->reasons[0].at : "");
}

static int
open_zip(struct book *b, struct str source)
{
    struct arena *arena = b->reader->arena;
    struct disarm_profile *profile = arena_alloc(arena, sizeof *profile);
    struct disarm_budget *budget = arena_alloc(arena, sizeof *budget);
    struct disarm_report *report = arena_alloc(arena, sizeof *report);
    if (arena_check(arena, b->reader->err) < 0)
        return -1;
    profile->limits = (struct disarm_limits){.part_bytes = SHEET_PART_BYTES,
                                             .inflated_bytes = SHEET_INFLATED_BYTES,
                                             .ratio = 1,
                                             .ratio_free_bytes = SHEET_INFLATED_BYTES};
    budget->input_bytes = source.n;
    b->ctx = (struct disarm_ctx){arena, profile, budget, report, 0};
    return zip_open(&b->ctx, source, PARTS_MOST, &b->zip) < 0 ? fail_zip(b) : 0;
}

/* The part NAME inflated, to be freed; *RET is empty when there is none and it is not REQUIRED. */
static int
take_part(struct book *b, struct str name, bool required, struct str *ret)
{
    const struct zip_entry *found = NULL;
    *ret = (struct str){0};
    for (size_t i = 0; i < b->zip.count; i++) {
        if (!str_equal_nocase(b->zip.entries[i].name, name))
            continue;
        if (found != NULL)
            return ERR(b->reader->err, "sheet.zip", "%.*s", STR_FMT(name));
        found = &b->zip.entries[i];
    }
    if (found == NULL && required)
        return ERR(b->reader->err, "sheet.part", "%.*s", STR_FMT(name));
    return found != NULL && zip_read(&b->ctx, found, ret) < 0 ? fail_zip(b) : 0;
}

static int
on_relation(void *data, const char *name, const char **attributes)
{
    struct relations *r = data;
    const char *mode = sheet_xml_attribute(attributes, "TargetMode");
    if (strcmp(name, "Relationship") != 0 || (mode != NULL && strcmp(mode, "External") == 0))
        return 0;
    if (r->count >= RELATIONS_MOST)
        return ERR(r->book->reader->err, "sheet.form", "relations");
    struct arena *arena = r->book->reader->arena;
    struct relation *one = &r->list[r->count++];
    one->id = str_dup(arena, str_of(sheet_xml_attribute(attributes, "Id")));
    one->type = str_dup(arena, str_of(sheet_xml_attribute(attributes, "Type")));
    one->target = str_dup(arena, str_of(sheet_xml_attribute(attributes, "Target")));
    return arena_check(arena, r->book->reader->err);
}

static int
on_nothing(void *data, const char *name)
{
    (void)data;
    (void)name;
    return 0;
}

/* The relations of part SOURCE ("xl/workbook.xml"; empty: of the package). */
static int
read_relations(struct book *b, struct str source, struct relations *ret)
{
    struct arena *arena = b->reader->arena;
    size_t cut = source.n;
    while (cut > 0 && source.p[cut - 1] != '/')
        cut--;
    char *name = arena_printf(arena, "%.*s_rels/%.*s.rels", STR_FMT(str_slice(source, 0, cut)),
                              STR_FMT(str_slice(source, cut, source.n)));
    *ret = (struct relations){.book = b,
                              .list = arena_array(arena, RELATIONS_MOST, sizeof *ret->list)};
    if (arena_check(arena, b->reader->err) < 0)
        return -1;
    struct str part;
    struct xml_handlers handlers = {on_relation, on_nothing, NULL, ret};
    if (take_part(b, str_of(name), true, &part) < 0)
        return -1;
    int rc = sheet_xml_feed(part, name, &handlers, b->reader->err);
    free((void *)(uintptr_t)part.p);
    return rc;
}

/* The part that TARGET names, seen from part FROM. A "." or ".." in it finds nothing. */
static struct str
part_name(struct book *b, struct str from, struct str target)
{
    if (str_starts(target, STR("/")))
        return str_slice(target, 1, target.n);
    size_t cut = from.n;
    while (cut > 0 && from.p[cut - 1] != '/')
        cut--;
    return str_of(arena_printf(b->reader->arena, "%.*s%.*s", STR_FMT(str_slice(from, 0, cut)),
                               STR_FMT(target)));
}

/* The target of the first relation whose type ends with KIND, or whose id is ID; empty for none. */
static struct str
find_relation(const struct relations *r, const char *kind, struct str id)
{
    for (size_t i = 0; i < r->count; i++)
        if (kind != NULL ? str_ends(r->list[i].type, str_of(kind)) : str_equal(r->list[i].id, id))
            return r->list[i].target;
    return (struct str){0};
}

static int
on_workbook(void *data, const char *name, const char **attributes)
{
    struct book *b = data;
    if (strcmp(name, "workbookPr") == 0)
        b->since_1904 = sheet_xml_true(sheet_xml_attribute(attributes, "date1904"));
    if (strcmp(name, "sheet") != 0)
        return 0;
    if (b->sheet_count >= SHEET_SHEETS)
        return ERR(b->reader->err, "sheet.form", "sheets %zu", b->sheet_count);
    const char *state = sheet_xml_attribute(attributes, "state");
    struct sheet_entry *sheet = &b->sheets[b->sheet_count++];
    struct arena *arena = b->reader->arena;
    sheet->hidden = state != NULL && strcmp(state, "visible") != 0;
    sheet->name = str_dup(arena, str_of(sheet_xml_attribute(attributes, "name")));
    if (sheet->name.n == 0 || sheet->name.n > SHEET_NAME_BYTES)
        return ERR(b->reader->err, "sheet.form", "sheet %zu", b->sheet_count);
    sheet->part = str_dup(arena, str_of(sheet_xml_relation(attributes)));
    return arena_check(arena, b->reader->err);
}

/* Inflates the part of kind KIND, if there is one, and reads it. */
static int
read_kind(struct book *b, const struct relations *r, struct str workbook, const char *kind)
{
    struct str part, target = find_relation(r, kind, (struct str){0});
    if (target.n == 0)
        return 0;
    if (take_part(b, part_name(b, workbook, target), true, &part) < 0)
        return -1;
    int rc = strcmp(kind, "/styles") == 0 ? styles_read(b, part) : strings_read(b, part);
    free((void *)(uintptr_t)part.p);
    return rc;
}

static int
read_one(struct book *b, const struct relations *r, struct str workbook,
         const struct sheet_entry *sheet)
{
    struct str part, target = find_relation(r, NULL, sheet->part);
    char word[SHEET_NAME_BYTES + 1];
    snprintf(word, sizeof word, "%.*s", STR_FMT(sheet->name));
    bool is_table = false;
    for (size_t i = 0; i < r->count; i++)
        if (str_equal(r->list[i].id, sheet->part))
            is_table = str_ends(r->list[i].type, STR("/worksheet"));
    if (!is_table) /* a chart sheet holds no rows */
        return target.n > 0 ? 0 : ERR(b->reader->err, "sheet.part", "%s", word);
    if (take_part(b, part_name(b, workbook, target), true, &part) < 0)
        return -1;
    int rc = reader_sheet(b->reader, sheet->name);
    if (rc == 0)
        rc = cells_read(b, part, word);
    free((void *)(uintptr_t)part.p);
    return rc;
}

static int
read_sheets(struct book *b, const struct relations *r, struct str workbook)
{
    struct str wish = b->reader->options->sheet;
    for (size_t i = 0; i < b->sheet_count; i++) {
        const struct sheet_entry *sheet = &b->sheets[i];
        if (wish.n > 0 && !str_equal(sheet->name, wish))
            continue;
        if (wish.n == 0 && sheet->hidden) {
            char name[SHEET_NAME_BYTES + 1];
            snprintf(name, sizeof name, "%.*s", STR_FMT(sheet->name));
            if (reader_note_at(b->reader, false, "sheet.hidden_sheet", name) < 0)
                return -1;
            continue;
        }
        if (read_one(b, r, workbook, sheet) < 0)
            return -1;
    }
    if (b->reader->result->sheets == 0)
        return ERR(b->reader->err, "sheet.none", "%.*s", STR_FMT(wish));
    return 0;
}

static int
read_book(struct book *b)
{
    struct relations package, relations;
    struct str part;
    struct xml_handlers handlers = {on_workbook, on_nothing, NULL, b};
    if (read_relations(b, (struct str){0}, &package) < 0)
        return -1;
    struct str workbook =
        part_name(b, (struct str){0}, find_relation(&package, "/officeDocument", (struct str){0}));
    if (take_part(b, workbook, true, &part) < 0)
        return -1;
    int rc = sheet_xml_feed(part, "workbook", &handlers, b->reader->err);
    free((void *)(uintptr_t)part.p);
    if (rc < 0 || read_relations(b, workbook, &relations) < 0 ||
        read_kind(b, &relations, workbook, "/styles") < 0 ||
        read_kind(b, &relations, workbook, "/sharedStrings") < 0)
        return -1;
    return read_sheets(b, &relations, workbook);
}

int
xlsx_read(struct reader *r, struct str source)
{
    struct book *b = arena_alloc(r->arena, sizeof *b);
    if (b == NULL)
        return arena_check(r->arena, r->err);
    b->reader = r;
    int rc = open_zip(b, source);
    if (rc == 0)
        rc = read_book(b);
    buf_free(&b->strings);
    free(b->string_at);
    return rc;
}

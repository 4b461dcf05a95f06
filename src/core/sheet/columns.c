/*
 * columns: see columns.h. Runs in cored.
 */
#include "core/sheet/columns.h"

#include "format/sheet/sheet.h"

#define WORD(z)                                                                                    \
    {                                                                                              \
        (z), sizeof(z) - 1                                                                         \
    }

/* What stands in front of the fields. Their keys have a point, which no field's key has. */
static const struct column fixed[] = {
    {.kind = COLUMN_ID,
     .key = WORD("record.id"),
     .title = {.ja = WORD("記録ID"), .en = WORD("Record ID")}},
    {.kind = COLUMN_NUMBER,
     .key = WORD("record.number"),
     .title = {.ja = WORD("記録番号"), .en = WORD("Record number")}},
    {.kind = COLUMN_STATE,
     .key = WORD("record.state"),
     .title = {.ja = WORD("記録の状態"), .en = WORD("Record state")}},
    {.kind = COLUMN_SECTION,
     .key = WORD("record.section"),
     .title = {.ja = WORD("記録の所属"), .en = WORD("Record section")}},
    {.kind = COLUMN_OWNER,
     .key = WORD("record.owner"),
     .title = {.ja = WORD("記録の作成者"), .en = WORD("Record owner")}},
};
enum { FIXED = sizeof fixed / sizeof *fixed };

/* S as titles are compared, in ARENA. */
static int
fold(struct arena *arena, struct str s, struct str *ret, struct err *err)
{
    struct buf out;
    buf_init(&out, SHEET_CELL_BYTES * 4);
    int rc = sheet_fold_title(&out, s, err);
    if (rc == 0) {
        rc = buf_done(&out, err);
    }
    *ret = str_dup(arena, buf_str(&out));
    buf_free(&out);
    return rc < 0 ? -1 : arena_check(arena, err);
}

int
columns_of(struct arena *arena, const struct register_def *def, struct columns *ret,
           struct err *err)
{
    ret->count = FIXED + def->field_count;
    ret->list = arena_array(arena, ret->count, sizeof *ret->list);
    if (ret->list == NULL) {
        return ERR(err, "limit.memory", "columns");
    }
    for (size_t i = 0; i < ret->count; i++) {
        struct column *c = &ret->list[i];
        const struct register_field *field = i < FIXED ? NULL : &def->fields[i - FIXED];
        *c = field == NULL ? fixed[i]
                           : (struct column){.kind = COLUMN_FIELD,
                                             .key = field->key,
                                             .title = field->title,
                                             .field = field};
        if (fold(arena, c->title.ja, &c->ja, err) < 0 ||
            fold(arena, c->title.en, &c->en, err) < 0 || fold(arena, c->key, &c->folded, err) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < ret->count; i++) {
        size_t same = 0;
        for (size_t k = 0; k < ret->count; k++) {
            same += str_equal(ret->list[i].ja, ret->list[k].ja);
        }
        ret->list[i].unique = same == 1;
    }
    return 0;
}

int
columns_find(const struct columns *columns, struct arena *arena, struct str header)
{
    struct err why;
    struct str folded;
    int found = COLUMN_UNKNOWN;
    if (fold(arena, header, &folded, &why) < 0 || folded.n == 0) {
        return COLUMN_UNKNOWN;
    }
    for (size_t i = 0; i < columns->count; i++) {
        if (str_equal(columns->list[i].folded, folded)) {
            return (int)i;
        }
    }
    for (size_t i = 0; i < columns->count; i++) {
        if (str_equal(columns->list[i].ja, folded) || str_equal(columns->list[i].en, folded)) {
            found = found == COLUMN_UNKNOWN ? (int)i : COLUMN_AMBIGUOUS;
        }
    }
    return found;
}

struct str
column_header(const struct column *column)
{
    return column->unique ? column->title.ja : column->key;
}

static void
put_title(struct buf *out, struct str title, size_t most)
{
    if (title.n > 0 && out->n + title.n + 1 <= most) {
        buf_put_str(out, title);
        buf_put_char(out, '\n');
    }
}

void
columns_put_titles(const struct columns *columns, struct buf *out, size_t most)
{
    for (size_t i = 0; i < columns->count; i++) {
        put_title(out, columns->list[i].title.ja, most);
        put_title(out, columns->list[i].title.en, most);
    }
}

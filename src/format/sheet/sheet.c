/*
 * sheet: the door and the row builder, see sheet.h. Pure; runs in sheet-worker.
 *
 * Invariant: a row reaches the sink only whole, within every limit, as UTF-8 without control
 * characters other than TAB and LF.
 */
#include "format/sheet/read.h"

#include "base/text/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static const char *const codes[] = {
#define CODE(word) word,
#include "format/sheet/codes.def"
#undef CODE
};

static const struct {
    const char *word;
    enum sheet_encoding encoding;
} encodings[] = {{"auto", SHEET_AUTO},   {"utf-8", SHEET_UTF8},      {"utf-16le", SHEET_UTF16LE},
                 {"cp932", SHEET_CP932}, {"shift_jis", SHEET_CP932}, {"sjis", SHEET_CP932},
                 {"utf8", SHEET_UTF8}};

enum sheet_encoding
sheet_encoding_of(struct str word)
{
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++)
        if (str_equal_nocase(word, str_of(encodings[i].word)))
            return encodings[i].encoding;
    return SHEET_ENCODINGS;
}

const char *
sheet_encoding_word(enum sheet_encoding encoding)
{
    return encoding < SHEET_ENCODINGS ? encodings[encoding].word : "";
}

uint32_t
sheet_notes_told(const struct sheet_result *result)
{
    uint32_t problems = result->problems, notices = result->notes - problems;
    return (problems < SHEET_NOTES ? problems : SHEET_NOTES) +
           (notices < SHEET_NOTES ? notices : SHEET_NOTES);
}

const char *
sheet_code(struct str code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (str_equal_z(code, codes[i]))
            return codes[i];
    return NULL;
}

void
sheet_put_column(struct buf *out, uint32_t column)
{
    char letters[8];
    size_t n = 0;
    for (uint64_t c = (uint64_t)column + 1; c > 0; c = (c - 1) / 26)
        letters[n++] = (char)('A' + (c - 1) % 26);
    while (n > 0)
        buf_put_char(out, letters[--n]);
}

int
sheet_fold_title(struct buf *out, struct str s, struct err *err)
{
    utf8proc_uint8_t *folded = NULL;
    utf8proc_option_t how =
        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD;
    utf8proc_ssize_t n = s.n > SHEET_CELL_BYTES ? -1
                                                : utf8proc_map((const utf8proc_uint8_t *)s.p,
                                                               (utf8proc_ssize_t)s.n, &folded, how);
    if (n < 0)
        return ERR(err, "text.utf8", "%zu", s.n);
    for (utf8proc_ssize_t i = 0; i < n; i++)
        if (strchr(" \t\r\n", folded[i]) == NULL)
            buf_put_char(out, (char)folded[i]);
    free(folded);
    return 0;
}

bool
sheet_is_risky(struct str s)
{
    while (s.n > 0 && s.p[0] == '\'')
        s = str_slice(s, 1, s.n);
    if (s.n == 0)
        return false;
    return memchr("=+-@\t\r\n", s.p[0], 7) != NULL || str_starts(s, STR("＝")) ||
           str_starts(s, STR("＋")) || str_starts(s, STR("－")) || str_starts(s, STR("＠"));
}

/* "名簿!B12"; a column past all gives "名簿!12". */
static void
put_place(struct buf *out, const struct reader *r, uint32_t column)
{
    buf_init(out, SHEET_PLACE_BYTES);
    if (r->sheet.n > 0)
        buf_printf(out, "%.*s!", STR_FMT(r->sheet));
    if (column != UINT32_MAX)
        sheet_put_column(out, column);
    buf_printf(out, "%u", r->row);
}

int
reader_note_at(struct reader *r, bool problem, const char *code, const char *place)
{
    struct sheet_result *result = r->result;
    result->notes++;
    result->problems += problem;
    if ((problem ? result->problems : result->notes - result->problems) > SHEET_NOTES)
        return 0;
    struct str where = str_of(place);
    struct sheet_note note = {problem, code, str_slice(where, 0, utf8_valid_prefix(where))};
    return r->sink->note(r->sink->data, &note, r->err);
}

int
reader_note(struct reader *r, bool problem, const char *code, uint32_t column, const char *word)
{
    struct buf place;
    put_place(&place, r, column);
    if (word[0] != 0)
        buf_printf(&place, " %s", word);
    buf_put_char(&place, 0);
    int rc = reader_note_at(r, problem, code, place.over ? "" : place.p);
    buf_free(&place);
    return rc;
}

int
reader_fail(struct reader *r, const char *code, uint32_t column)
{
    struct buf place;
    put_place(&place, r, column);
    (void)ERR(r->err, code, "%.*s", STR_FMT(buf_str(&place)));
    buf_free(&place);
    return -1;
}

int
reader_sheet(struct reader *r, struct str name)
{
    size_t n = name.n < SHEET_NAME_BYTES ? name.n : SHEET_NAME_BYTES;
    r->sheet = str_dup(r->arena, str_slice(name, 0, utf8_valid_prefix(str_slice(name, 0, n))));
    if (r->sheet.p == NULL)
        return arena_check(r->arena, r->err);
    r->row = 0;
    r->result->sheets++;
    return r->sink->sheet(r->sink->data, r->sheet, r->err);
}

void
reader_row(struct reader *r, uint32_t number)
{
    r->row = number;
    r->count = 0;
    buf_clear(&r->text);
}

/* Appends S with CR LF and CR as LF. False: a control character that no text has. */
static bool
put_clean(struct buf *out, struct str s)
{
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c >= ' ' && c != 0x7f) || c == '\t' || c == '\n')
            continue;
        if (c != '\r')
            return false;
        buf_put_str(out, str_slice(s, from, i));
        if (i + 1 == s.n || s.p[i + 1] != '\n')
            buf_put_char(out, '\n');
        from = i + 1;
    }
    buf_put_str(out, str_slice(s, from, s.n));
    return true;
}

int
reader_cell(struct reader *r, uint32_t column, struct str text, struct piece kind)
{
    if (text.n == 0)
        return 0;
    if (column >= SHEET_COLUMNS)
        return reader_fail(r, "sheet.columns", column);
    if (kind.type == SHEET_TEXT && text.p[0] == '\'' && sheet_is_risky(text)) {
        text = str_slice(text, 1, text.n);
        kind.flags |= SHEET_GUARDED;
    }
    if (text.n > SHEET_CELL_BYTES)
        return reader_fail(r, "sheet.cell", column);
    while (r->count < column)
        r->pieces[r->count++] = (struct piece){.at = r->text.n};
    kind.at = r->text.n;
    if (!put_clean(&r->text, text))
        return reader_fail(r, "sheet.control", column);
    kind.n = r->text.n - kind.at;
    r->pieces[r->count++] = kind;
    if (kind.flags & SHEET_FORMULA && reader_note(r, false, "sheet.formula", column, "") < 0)
        return -1;
    return kind.flags & SHEET_DIGITS ? reader_note(r, false, "sheet.digits", column, "") : 0;
}

int
reader_row_end(struct reader *r)
{
    if (r->count == 0)
        return 0;
    if (++r->result->rows > SHEET_ROWS)
        return reader_fail(r, "sheet.rows", UINT32_MAX);
    if (buf_done(&r->text, r->err) < 0)
        return -1;
    for (size_t i = 0; i < r->count; i++) {
        const struct piece *p = &r->pieces[i];
        const char *text = p->n == 0 ? "" : r->text.p + p->at;
        r->cells[i] = (struct sheet_cell){{text, p->n}, p->type, p->flags};
    }
    struct sheet_row row = {r->row, r->count, r->cells};
    return r->sink->row(r->sink->data, &row, r->err);
}

static int
read_kind(struct reader *r, struct str source)
{
    struct str text;
    enum sheet_encoding encoding;
    if (source.n > SHEET_FILE_BYTES)
        return ERR(r->err, "sheet.size", "%zu", source.n);
    if (str_starts(source, STR("\xD0\xCF\x11\xE0")))
        return ERR(r->err, "sheet.kind", "%.*s", STR_FMT(r->options->name));
    if (str_starts(source, STR("PK\3\4"))) {
        r->result->kind = SHEET_XLSX;
        r->result->encoding = SHEET_UTF8;
        return xlsx_read(r, source);
    }
    if (csv_decode(r, source, &text, &encoding) < 0)
        return -1;
    r->result->encoding = encoding;
    return csv_read(r, text, encoding);
}

int
sheet_read(struct arena *arena, struct str source, const struct sheet_options *options,
           const struct sheet_sink *sink, struct sheet_result *ret_result, struct err *err)
{
    struct reader *r = arena_alloc(arena, sizeof *r);
    if (r == NULL)
        return arena_check(arena, err);
    *ret_result = (struct sheet_result){0};
    r->arena = arena;
    r->options = options;
    r->sink = sink;
    r->result = ret_result;
    r->err = err;
    buf_init(&r->text, (size_t)SHEET_COLUMNS * SHEET_CELL_BYTES);
    int rc = read_kind(r, source);
    buf_free(&r->text);
    return rc;
}

/*
 * stream: see stream.h. Written in sheet-worker, read in cored and the command line.
 *
 * Byte layout, little endian: kind (1), length (4), body.
 *   S name        R number (4), count (2), per cell: type | flags << 4 (1), length (2), text
 *   N problem (1), code length (1), code, place
 *   E kind, encoding, separator (1 each), sheets, rows, notes, problems (4 each)
 *   X code length (1), code, detail
 */
#include "format/sheet/stream.h"

#include "base/mem/ensure.h"
#include "base/text/utf8.h"

#include <string.h>

enum { HEAD_BYTES = 5, ROW_HEAD_BYTES = 6, CELL_HEAD_BYTES = 3, END_BYTES = 19 };

static void
put_number(struct buf *out, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        buf_put_char(out, (char)(v >> (8 * i) & 0xFF));
}

static void
put_head(struct buf *out, char kind, size_t n)
{
    buf_put_char(out, kind);
    put_number(out, n, 4);
}

void
sheet_stream_put_sheet(struct buf *out, struct str name)
{
    put_head(out, 'S', name.n);
    buf_put_str(out, name);
}

void
sheet_stream_put_row(struct buf *out, const struct sheet_row *row)
{
    size_t n = ROW_HEAD_BYTES;
    for (size_t i = 0; i < row->count; i++)
        n += CELL_HEAD_BYTES + row->cells[i].text.n;
    put_head(out, 'R', n);
    put_number(out, row->number, 4);
    put_number(out, row->count, 2);
    for (size_t i = 0; i < row->count; i++) {
        const struct sheet_cell *cell = &row->cells[i];
        ensure(cell->text.n <= UINT16_MAX);
        buf_put_char(out, (char)(cell->type | cell->flags << 4));
        put_number(out, cell->text.n, 2);
        buf_put_str(out, cell->text);
    }
}

static void
put_words(struct buf *out, const char *code, struct str more)
{
    size_t n = strlen(code);
    ensure(n <= UINT8_MAX);
    buf_put_char(out, (char)n);
    buf_put(out, code, n);
    buf_put_str(out, more);
}

void
sheet_stream_put_note(struct buf *out, const struct sheet_note *note)
{
    put_head(out, 'N', 2 + strlen(note->code) + note->place.n);
    buf_put_char(out, note->problem);
    put_words(out, note->code, note->place);
}

void
sheet_stream_put_end(struct buf *out, const struct sheet_result *result)
{
    put_head(out, 'E', END_BYTES);
    buf_put_char(out, (char)result->kind);
    buf_put_char(out, (char)result->encoding);
    buf_put_char(out, result->separator);
    put_number(out, result->sheets, 4);
    put_number(out, result->rows, 4);
    put_number(out, result->notes, 4);
    put_number(out, result->problems, 4);
}

void
sheet_stream_put_error(struct buf *out, const struct err *err)
{
    struct str detail = str_of(err->detail);
    detail = str_slice(detail, 0, utf8_valid_prefix(detail));
    put_head(out, 'X', 1 + strlen(err->code) + detail.n);
    put_words(out, err->code, detail);
}

/* ---- reading ---- */

/* Takes BYTES as a number; false when S is too short. */
static bool
take_number(struct str *s, unsigned bytes, uint32_t *ret)
{
    if (s->n < bytes)
        return false;
    *ret = 0;
    for (unsigned i = 0; i < bytes; i++)
        *ret |= (uint32_t)(unsigned char)s->p[i] << (8 * i);
    *s = str_slice(*s, bytes, s->n);
    return true;
}

static bool
take_text(struct str *s, size_t n, struct str *ret)
{
    if (s->n < n)
        return false;
    *ret = str_slice(*s, 0, n);
    *s = str_slice(*s, n, s->n);
    return utf8_valid(*ret);
}

static bool
read_sheet(struct sheet_stream *stream, struct str body, struct sheet_record *ret)
{
    ret->kind = SHEET_RECORD_SHEET;
    stream->has_sheet = true;
    stream->row = 0;
    return ++stream->sheets <= SHEET_SHEETS && body.n <= SHEET_NAME_BYTES &&
           take_text(&body, body.n, &ret->name);
}

static bool
read_cell(struct str *body, struct sheet_cell *cell)
{
    uint32_t head, n;
    if (!take_number(body, 1, &head) || !take_number(body, 2, &n) || n > SHEET_CELL_BYTES)
        return false;
    cell->type = head & 15;
    cell->flags = (uint8_t)(head >> 4);
    return cell->type < SHEET_TYPES && cell->flags < 8 && take_text(body, n, &cell->text) &&
           (cell->type != SHEET_EMPTY || n == 0);
}

static bool
read_row(struct sheet_stream *stream, struct str body, struct sheet_record *ret)
{
    uint32_t number, count;
    ret->kind = SHEET_RECORD_ROW;
    if (!stream->has_sheet || !take_number(&body, 4, &number) || !take_number(&body, 2, &count) ||
        number <= stream->row || count == 0 || count > SHEET_COLUMNS || ++stream->rows > SHEET_ROWS)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!read_cell(&body, &stream->cells[i]))
            return false;
    stream->row = number;
    ret->row = (struct sheet_row){number, count, stream->cells};
    return body.n == 0;
}

/* A code of ours and the text behind it. */
static bool
read_words(struct str body, const char **ret_code, struct str *ret_more)
{
    uint32_t n;
    struct str code;
    if (!take_number(&body, 1, &n) || !take_text(&body, n, &code))
        return false;
    *ret_code = sheet_code(code);
    return *ret_code != NULL && body.n <= 1024 && take_text(&body, body.n, ret_more);
}

static bool
read_note(struct sheet_stream *stream, struct str body, struct sheet_record *ret)
{
    uint32_t problem;
    ret->kind = SHEET_RECORD_NOTE;
    if (!take_number(&body, 1, &problem) || problem > 1 || ++stream->notes > 2 * SHEET_NOTES)
        return false;
    ret->note.problem = problem == 1;
    return read_words(body, &ret->note.code, &ret->note.place);
}

static bool
read_end(struct sheet_stream *stream, struct str body, struct sheet_record *ret)
{
    uint32_t kind, encoding, separator;
    struct sheet_result *r = &ret->result;
    ret->kind = SHEET_RECORD_END;
    stream->done = true;
    bool whole = body.n == END_BYTES && take_number(&body, 1, &kind) &&
                 take_number(&body, 1, &encoding) && take_number(&body, 1, &separator) &&
                 take_number(&body, 4, &r->sheets) && take_number(&body, 4, &r->rows) &&
                 take_number(&body, 4, &r->notes) && take_number(&body, 4, &r->problems);
    if (!whole || kind >= SHEET_KINDS || encoding == SHEET_AUTO || encoding >= SHEET_ENCODINGS)
        return false;
    r->kind = (enum sheet_kind)kind;
    r->encoding = (enum sheet_encoding)encoding;
    r->separator = (char)separator;
    return r->sheets == stream->sheets && r->rows == stream->rows && r->problems <= r->notes &&
           sheet_notes_told(r) == stream->notes;
}

static bool
read_record(struct sheet_stream *stream, char kind, struct str body, struct sheet_record *ret)
{
    *ret = (struct sheet_record){0};
    switch (kind) {
    case 'S':
        return read_sheet(stream, body, ret);
    case 'R':
        return read_row(stream, body, ret);
    case 'N':
        return read_note(stream, body, ret);
    case 'E':
        return read_end(stream, body, ret);
    case 'X':
        ret->kind = SHEET_RECORD_ERROR;
        stream->done = true;
        return read_words(body, &ret->code, &ret->detail);
    default:
        return false;
    }
}

int
sheet_stream_next(struct sheet_stream *stream, struct str *rest, struct sheet_record *ret,
                  struct err *err)
{
    uint32_t n = 0;
    struct str s = *rest;
    if (rest->n == 0)
        return 0;
    if (stream->done)
        return ERR(err, "sheet.stream", "end");
    char kind = s.p[0];
    s = str_slice(s, 1, s.n);
    if (!take_number(&s, 4, &n))
        return 0;
    if (n > SHEET_RECORD_BYTES)
        return ERR(err, "sheet.stream", "%u", n);
    if (s.n < n)
        return 0;
    if (!read_record(stream, kind, str_slice(s, 0, n), ret))
        return ERR(err, "sheet.stream", "%c", kind >= 'A' && kind <= 'Z' ? kind : '?');
    *rest = str_slice(s, n, s.n);
    return 1;
}

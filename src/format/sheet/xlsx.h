/* xlsx: what the steps of the workbook reader share. Private to format/sheet. */
#ifndef FORMAT_SHEET_XLSX_H
#define FORMAT_SHEET_XLSX_H

#include "format/disarm/zip.h"
#include "format/sheet/read.h"

#include <expat.h>

/* One element of SpreadsheetML or of package relations, NAME without its namespace ("-": of another
 * namespace). Handlers return 0, or -1 with the reader's err. */
struct xml_handlers {
    int (*open)(void *data, const char *name, const char **attributes);
    int (*close)(void *data, const char *name);
    int (*text)(void *data, struct str text); /* may be NULL */
    void *data;
};

/* xml.c: feeds PART, called WORD in errors. -1 with sheet.xml (DTD, damage, depth) or what a
 * handler gave. */
int sheet_xml_feed(struct str part, const char *word, const struct xml_handlers *handlers,
                   struct err *err);
/* The attribute NAME without a namespace, or that of relations ("id"); NULL when there is none. */
const char *sheet_xml_attribute(const char **attributes, const char *name);
const char *sheet_xml_relation(const char **attributes);
/* VALUE as a number below 2^31; OTHERWISE when it is none. */
long sheet_xml_number(const char *value, long otherwise);
/* True for "1", "true", "on". */
bool sheet_xml_true(const char *value);

/* How a cell's number is to be read. */
enum form { FORM_NUMBER, FORM_DATE, FORM_DATETIME, FORM_TIME, FORM_ZEROS };
struct style {
    uint8_t form;
    uint8_t zeros; /* FORM_ZEROS: the digits shown at least */
};

struct sheet_entry {
    struct str name, part;
    bool hidden;
};

struct book {
    struct reader *reader;
    struct zip zip;
    struct disarm_ctx ctx;
    bool since_1904;
    struct style *styles;
    size_t style_count;
    struct buf strings;  /* the shared strings one behind the other */
    uint32_t *string_at; /* where each begins; one more than there are */
    size_t string_count, string_room;
    struct sheet_entry sheets[SHEET_SHEETS];
    size_t sheet_count;
};

/* styles.c: fills styles of BOOK from PART. -1 sheet.xml, sheet.form, limit.memory. */
int styles_read(struct book *book, struct str part);
/* What number format CODE shows. */
struct style style_of_code(struct str code);
/* The number written as TEXT in STYLE, to OUT, as *RET_TYPE with more *FLAGS. 0; 1: it is no date
 * that exists (OUT has the number); -1: no number. */
int style_put(struct buf *out, struct str text, struct style style, bool since_1904,
              struct piece *kind);

/* strings.c: the shared strings. -1 sheet.xml, sheet.cell, limit.memory, limit.buffer. */
int strings_read(struct book *book, struct str part);
/* Appends S with its _xHHHH_ escapes undone. */
void xstring_put(struct buf *out, struct str s);

/* cells.c: one worksheet. */
int cells_read(struct book *book, struct str part, const char *word);

#endif

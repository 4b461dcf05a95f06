/*
 * utf8: strict UTF-8 (Unicode 15, RFC 3629): check, decode, encode, NFC, classes of characters.
 *
 * Surrogates, overlong forms and values past U+10FFFF are refused. Variation selectors (IVS) and
 * private-use characters (gaiji) are ordinary text: nothing here drops or changes them.
 */
#ifndef BASE_TEXT_UTF8_H
#define BASE_TEXT_UTF8_H

#include "base/mem/buf.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stdint.h>

/* Classes of a code point; a code point may have several. */
enum utf8_class {
    UTF8_CONTROL = 1 << 0,    /* C0 but TAB LF CR, DEL, C1 */
    UTF8_BIDI = 1 << 1,       /* U+061C 200E 200F 202A-202E 2066-2069 */
    UTF8_ZERO_WIDTH = 1 << 2, /* U+00AD 200B-200D 2060-2064 FEFF, tag characters */
    UTF8_VARIATION = 1 << 3,  /* U+FE00-FE0F, E0100-E01EF */
    UTF8_PRIVATE = 1 << 4,    /* U+E000-F8FF and planes 15, 16 */
    UTF8_NONCHAR = 1 << 5,    /* U+FDD0-FDEF and the last two of each plane */
    UTF8_LINE = 1 << 6,       /* U+2028 2029 0085 */
};

/* The first code point of *REST, which moves behind it; -1 when the bytes there are not UTF-8 (REST
 * then moves by one byte) or nothing is left (REST is empty). */
int32_t utf8_next(struct str *rest);

/* True if all of S is strict UTF-8. NUL bytes are UTF-8. */
bool utf8_valid(struct str s);

/* Bytes at the beginning of S that are strict UTF-8 with no broken or cut character. */
size_t utf8_valid_prefix(struct str s);

/* Appends CODE_POINT (below 0x110000 and no surrogate, else U+FFFD is written). */
void utf8_put(struct buf *buf, uint32_t code_point);

/* Bits of enum utf8_class for CODE_POINT. */
unsigned utf8_class(uint32_t code_point);

/* The union of the classes of all characters of S; bytes that are no UTF-8 count as UTF8_NONCHAR.
 */
unsigned utf8_classes(struct str s);

/*
 * Appends S in normal form C to OUT. CJK compatibility ideographs (U+F900-FAFF, 2F800-2FA1F) stay
 * as they are although NFC would replace them: in names they are different characters (macOS does
 * the same). -1 with err "text.utf8" when S is not UTF-8.
 */
int utf8_put_nfc(struct buf *out, struct str s, struct err *err);

#endif

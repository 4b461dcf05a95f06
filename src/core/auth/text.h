/*
 * text: what people type, brought to one form before it is compared or hashed. Japanese input
 * methods give full-width letters and digits; without this they lock people out.
 */
#ifndef CORE_AUTH_TEXT_H
#define CORE_AUTH_TEXT_H

#include "base/mem/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PASSWORD_BYTES = 256,       /* longest password as typed */
    PASSWORD_FORM_BYTES = 2048, /* the same in its one form */
    PASSWORD_CHARACTERS = 8,    /* shortest, beside another kind of factor (NIST SP 800-63B-4) */
    LOGIN_BYTES = 32
};

/* Puts the NFKC form (Unicode 15) of TEXT (UTF-8) into RET and its length into *RET_N; the caller
 * wipes RET. False when TEXT is longer than PASSWORD_BYTES or no UTF-8. */
bool password_form(struct str text, char ret[PASSWORD_FORM_BYTES], size_t *ret_n);

/* The number of characters (code points) of UTF-8 TEXT. */
size_t text_characters(struct str text);

/* The login name meant by TEXT: NFKC, without blanks at the ends, ASCII letters small. RET becomes
 * NUL-terminated; "-", which nobody has, when TEXT cannot be a login name at all. */
void login_form(struct str text, char ret[LOGIN_BYTES + 1]);

/* Reads six digits, full width or not, blanks between them allowed. False on anything else. */
bool otp_read(struct str text, uint32_t *ret_code);

#endif

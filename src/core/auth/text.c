/*
 * text: see text.h. Runs in authd and in the maker of the demo town.
 */
#include "core/auth/text.h"

#include "base/crypt/secret.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* The NFKC form of TEXT in RET of LIMIT bytes. False when it is no UTF-8 or does not fit. */
static bool
form(struct str text, char *ret, size_t limit, size_t *ret_n)
{
    utf8proc_uint8_t *made = NULL;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text.p, (utf8proc_ssize_t)text.n,
                                      &made, UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE);
    bool fits = n >= 0 && (size_t)n <= limit;
    if (fits) {
        memcpy(ret, made, (size_t)n);
        *ret_n = (size_t)n;
    }
    if (n > 0)
        secret_wipe(made, (size_t)n);
    free(made);
    return fits;
}

bool
password_form(struct str text, char ret[PASSWORD_FORM_BYTES], size_t *ret_n)
{
    *ret_n = 0;
    if (text.n == 0)
        return true;
    return text.n <= PASSWORD_BYTES && form(text, ret, PASSWORD_FORM_BYTES, ret_n);
}

size_t
text_characters(struct str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.n; i++)
        count += ((unsigned char)text.p[i] & 0xc0) != 0x80;
    return count;
}

static bool
login_fits(struct str login)
{
    if (login.n < 2 || login.n > LOGIN_BYTES)
        return false;
    for (size_t i = 0; i < login.n; i++) {
        char c = login.p[i];
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-')
            return false;
    }
    return true;
}

void
login_form(struct str text, char ret[LOGIN_BYTES + 1])
{
    char made[4 * PASSWORD_BYTES];
    size_t n = 0;
    if (text.n == 0 || text.n > PASSWORD_BYTES || !form(text, made, sizeof made, &n))
        n = 0;
    for (size_t i = 0; i < n; i++)
        if (made[i] >= 'A' && made[i] <= 'Z')
            made[i] = (char)(made[i] + ('a' - 'A'));
    struct str login = str_trim((struct str){made, n});
    if (!login_fits(login))
        login = STR("-");
    memcpy(ret, login.p, login.n);
    ret[login.n] = '\0';
    secret_wipe(made, sizeof made); /* people type passwords here */
}

bool
otp_read(struct str text, uint32_t *ret_code)
{
    char made[64];
    size_t n, digits = 0;
    uint32_t code = 0;
    if (text.n == 0 || text.n > sizeof made || !form(text, made, sizeof made, &n))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (made[i] == ' ')
            continue;
        if (made[i] < '0' || made[i] > '9' || ++digits > 6)
            return false;
        code = code * 10 + (uint32_t)(made[i] - '0');
    }
    *ret_code = code;
    return digits == 6;
}

/*
 * text_fuzz: any bytes as a login name, a password and a code: each has one form, and that form is
 * its own form.
 */
#include "base/mem/ensure.h"
#include "core/auth/text.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    char login[LOGIN_BYTES + 1], again[LOGIN_BYTES + 1];
    login_form(text, login);
    login_form(str_of(login), again);
    ensure(strcmp(login, again) == 0);
    char form[PASSWORD_FORM_BYTES], twice[PASSWORD_FORM_BYTES];
    size_t n, m;
    if (password_form(text, form, &n) && n <= PASSWORD_BYTES) {
        ensure(password_form((struct str){form, n}, twice, &m));
        ensure(n == m && memcmp(form, twice, n) == 0);
    }
    uint32_t code;
    if (otp_read(text, &code))
        ensure(code < 1000000);
    return 0;
}

/*
 * canon: the one form of values that people write in several. Pure; runs in cored and in the
 * command line.
 */
#include "core/register/canon.h"

#include "base/os/time.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
is_letter(char c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

/* TEXT, NUL-terminated, when it fits and has no NUL itself. */
static bool
text_z(struct str text, char *ret, size_t size)
{
    if (text.n == 0 || text.n >= size || memchr(text.p, 0, text.n) != NULL) {
        return false;
    }
    memcpy(ret, text.p, text.n);
    ret[text.n] = '\0';
    return true;
}

/* The bytes of an address; how many there are, 0: it is none. */
static size_t
ip_bytes(struct str text, unsigned char ret[16])
{
    char z[INET6_ADDRSTRLEN];
    if (!text_z(text, z, sizeof z)) {
        return 0;
    }
    return inet_pton(AF_INET, z, ret) == 1 ? 4 : inet_pton(AF_INET6, z, ret) == 1 ? 16 : 0;
}

static bool
canon_ip(struct str text, char *ret)
{
    unsigned char bytes[16];
    size_t n = ip_bytes(text, bytes);
    return n > 0 && inet_ntop(n == 4 ? AF_INET : AF_INET6, bytes, ret, INET6_ADDRSTRLEN) != NULL;
}

static bool
canon_cidr(struct str text, char *ret)
{
    ptrdiff_t slash = str_find(text, STR("/"), 0);
    unsigned char bytes[16];
    uint64_t length = 0;
    size_t n = slash < 0 ? 0 : ip_bytes(str_slice(text, 0, (size_t)slash), bytes);
    if (n == 0 || !str_to_u64(str_slice(text, (size_t)slash + 1, text.n), &length) ||
        length > n * 8) {
        return false;
    }
    for (size_t bit = (size_t)length; bit < n * 8; bit++) {
        if ((bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) {
            return false;
        }
    }
    char ip[INET6_ADDRSTRLEN];
    if (inet_ntop(n == 4 ? AF_INET : AF_INET6, bytes, ip, sizeof ip) == NULL) {
        return false;
    }
    (void)snprintf(ret, CANON_CHARS, "%s/%u", ip, (unsigned)length);
    return true;
}

static bool
canon_mac(struct str text, char *ret)
{
    if (text.n != 17) {
        return false;
    }
    for (size_t i = 0; i < 17; i++) {
        char c = lower(text.p[i]);
        bool hex = is_digit(c) || (c >= 'a' && c <= 'f');
        if (i % 3 == 2 ? c != ':' && c != '-' : !hex) {
            return false;
        }
        ret[i] = i % 3 == 2 ? ':' : c;
    }
    ret[17] = '\0';
    return true;
}

static bool
canon_fqdn(struct str text, char *ret)
{
    if (text.n == 0 || text.n > 253) {
        return false;
    }
    size_t label = 0, dots = 0;
    bool letters = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = lower(text.p[i]);
        bool dot = c == '.', hyphen = c == '-';
        bool edge = label == 0 || i + 1 == text.n || text.p[i + 1] == '.';
        if (!(dot || hyphen || is_digit(c) || is_letter(c)) || (hyphen && edge) ||
            (dot && (label == 0 || i + 1 == text.n)) || label > 63) {
            return false;
        }
        label = dot ? 0 : label + 1;
        letters = dot ? false : letters || is_letter(c);
        dots += dot;
        ret[i] = c;
    }
    ret[text.n] = '\0';
    return dots > 0 && letters && label <= 63;
}

static bool
canon_port(struct str text, char *ret)
{
    ptrdiff_t slash = str_find(text, STR("/"), 0);
    struct str digits = slash < 0 ? text : str_slice(text, 0, (size_t)slash);
    struct str rest = slash < 0 ? (struct str){0} : str_slice(text, (size_t)slash, text.n);
    uint64_t port = 0;
    if (!str_to_u64(digits, &port) || port == 0 || port > 65535 ||
        (slash >= 0 && !str_equal_nocase(rest, STR("/tcp")) &&
         !str_equal_nocase(rest, STR("/udp")))) {
        return false;
    }
    (void)snprintf(ret, CANON_CHARS, "%u%s", (unsigned)port,
                   slash < 0                             ? ""
                   : str_equal_nocase(rest, STR("/tcp")) ? "/tcp"
                                                         : "/udp");
    return true;
}

static bool
canon_mail(struct str text, char *ret)
{
    ptrdiff_t at = -1;
    for (size_t i = 0; i < text.n; i++) {
        at = text.p[i] == '@' ? (ptrdiff_t)i : at;
    }
    if (at < 1 || at > 64) {
        return false;
    }
    for (ptrdiff_t i = 0; i < at; i++) {
        char c = text.p[i];
        bool dot = c == '.' && (i == 0 || i + 1 == at || text.p[i + 1] == '.');
        if (dot || (!is_letter(c) && !is_digit(c) &&
                    (c == '\0' || strchr("!#$%&'*+-/=?^_`{|}~.", c) == NULL))) {
            return false;
        }
        ret[i] = c;
    }
    ret[at] = '@';
    return canon_fqdn(str_slice(text, (size_t)at + 1, text.n), ret + at + 1);
}

static bool
canon_phone(struct str text, char *ret)
{
    size_t digits = 0;
    if (text.n > 30) {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        digits += is_digit(c);
        if (!is_digit(c) && c != '-' && c != '(' && c != ')' && (c != '+' || i > 0)) {
            return false;
        }
        ret[i] = c;
    }
    ret[text.n] = '\0';
    return digits >= 3 && digits <= 20;
}

static bool
canon_url(struct str text, char *ret)
{
    size_t head = str_starts(text, STR("https://")) ? 8 : str_starts(text, STR("http://")) ? 7 : 0;
    if (head == 0 || text.n <= head || text.n >= CANON_CHARS || text.p[head] == '/') {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c <= 0x20 || c >= 0x7f || strchr("\"<>\\^`{|}", c) != NULL) {
            return false;
        }
    }
    memcpy(ret, text.p, text.n);
    ret[text.n] = '\0';
    return true;
}

bool
canon_text(struct str kind, struct str text, char ret[CANON_CHARS])
{
    static const struct {
        const char *name;
        bool (*make)(struct str text, char *ret);
    } kinds[] = {
        {"ip", canon_ip},     {"cidr", canon_cidr}, {"mac", canon_mac},     {"fqdn", canon_fqdn},
        {"port", canon_port}, {"mail", canon_mail}, {"phone", canon_phone}, {"url", canon_url},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (str_equal_z(kind, kinds[i].name)) {
            return kinds[i].make(text, ret);
        }
    }
    return false;
}

/* Two digits at AT, not above MOST. */
static bool
two_digits(struct str text, size_t at, unsigned most, int64_t *ret)
{
    if (at + 2 > text.n || !is_digit(text.p[at]) || !is_digit(text.p[at + 1])) {
        return false;
    }
    *ret = (text.p[at] - '0') * 10 + (text.p[at + 1] - '0');
    return *ret <= (int64_t)most;
}

/* Minutes east of UTC that ZONE says; nothing said: Japan. */
static bool
zone_minutes(struct str zone, int64_t *ret)
{
    int64_t hours = 0, minutes = 0;
    *ret = 540;
    if (zone.n == 0) {
        return true;
    }
    if (str_equal_z(zone, "Z")) {
        *ret = 0;
        return true;
    }
    if (zone.n != 6 || (zone.p[0] != '+' && zone.p[0] != '-') || zone.p[3] != ':' ||
        !two_digits(zone, 1, 14, &hours) || !two_digits(zone, 4, 59, &minutes)) {
        return false;
    }
    *ret = (zone.p[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
    return true;
}

bool
canon_time(struct str text, int64_t *ret_us)
{
    int64_t day = 0, hour = 0, minute = 0, second = 0, zone = 0;
    if (time_parse(text, ret_us)) {
        return true;
    }
    if (text.n < 16 || text.p[10] != 'T' || text.p[13] != ':' ||
        !date_parse(str_slice(text, 0, 10), &day) || !two_digits(text, 11, 23, &hour) ||
        !two_digits(text, 14, 59, &minute)) {
        return false;
    }
    size_t at = 16;
    if (text.n > at && text.p[at] == ':') {
        if (!two_digits(text, 17, 59, &second)) {
            return false;
        }
        at = 19;
    }
    if (!zone_minutes(str_slice(text, at, text.n), &zone)) {
        return false;
    }
    *ret_us = (((day * 24 + hour) * 60 + minute - zone) * 60 + second) * TIME_US_SECOND;
    return *ret_us >= 0 && *ret_us <= TIME_US_LAST;
}

/*
 * canon: the one form of values that people write in several: network names, addresses, times,
 * decimals. Pure.
 */
#ifndef CORE_REGISTER_CANON_H
#define CORE_REGISTER_CANON_H

#include "base/mem/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { CANON_CHARS = 512 };

/* KIND (ip, cidr, mac, fqdn, port, mail, phone, url) in its one form; false when TEXT is none. What
 * is canonical stays as it is. ip, cidr: RFC 5952, no host bits in a cidr; mac: aa:bb:cc:dd:ee:ff;
 * fqdn: RFC 1123, small letters; port: 1-65535, perhaps with /tcp or /udp; mail: the domain in
 * small letters; phone: digits, + - ( ); url: http or https. */
bool canon_text(struct str kind, struct str text, char ret[CANON_CHARS]);

/* "2026-04-01T09:00", with seconds, with Z or +09:00, or the 27 characters of base/os/time: an
 * instant. Without a zone it is the time of Japan. */
bool canon_time(struct str text, int64_t *ret_us);

#endif

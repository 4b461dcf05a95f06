/*
 * secret: see secret.h. Used by every program that holds keys, passwords or codes.
 */
#include "base/crypt/secret.h"

#include "base/mem/ensure.h"

#include <sodium.h>

void
crypt_init(void)
{
    ensure(sodium_init() >= 0);
}

void
random_bytes(void *ret_bytes, size_t n)
{
    crypt_init();
    randombytes_buf(ret_bytes, n);
}

unsigned int
random_below(unsigned int limit)
{
    ensure(limit > 0);
    crypt_init();
    return randombytes_uniform(limit);
}

bool
secret_equal(const void *a, const void *b, size_t n)
{
    return sodium_memcmp(a, b, n) == 0;
}

void
secret_wipe(void *p, size_t n)
{
    sodium_memzero(p, n);
}

void *
secret_new(size_t n)
{
    crypt_init();
    void *p = sodium_malloc(n);
    ensure(p != NULL);
    sodium_memzero(p, n);
    return p;
}

void
secret_free(void *p)
{
    sodium_free(p);
}

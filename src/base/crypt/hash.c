/*
 * hash: see hash.h. Used by every program that hashes; no state but one context per thread.
 */
#include "base/crypt/hash.h"

#include "base/mem/ensure.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>

static const EVP_MD *
sha256_algorithm(void)
{
    static EVP_MD *md;
    EVP_MD *now = __atomic_load_n(&md, __ATOMIC_ACQUIRE);
    if (now != NULL)
        return now;
    EVP_MD *made = EVP_MD_fetch(NULL, "SHA256", NULL);
    ensure(made != NULL);
    EVP_MD *none = NULL;
    if (!__atomic_compare_exchange_n(&md, &none, made, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        EVP_MD_free(made);
        return none;
    }
    return made;
}

static void
restart(EVP_MD_CTX *ctx)
{
    ensure(EVP_DigestInit_ex(ctx, sha256_algorithm(), NULL) == 1);
}

static EVP_MD_CTX *
thread_context(void)
{
    static _Thread_local EVP_MD_CTX *ctx;
    if (ctx == NULL) {
        ctx = EVP_MD_CTX_new();
        ensure(ctx != NULL);
    }
    restart(ctx);
    return ctx;
}

void
sha256_init(struct sha256 *h)
{
    h->ctx = EVP_MD_CTX_new();
    ensure(h->ctx != NULL);
    restart(h->ctx);
}

void
sha256_put(struct sha256 *h, const void *p, size_t n)
{
    ensure(EVP_DigestUpdate(h->ctx, p, n) == 1);
}

void
sha256_take(struct sha256 *h, uint8_t ret_digest[SHA256_BYTES])
{
    ensure(EVP_DigestFinal_ex(h->ctx, ret_digest, NULL) == 1);
    restart(h->ctx);
}

void
sha256_done(struct sha256 *h)
{
    EVP_MD_CTX_free(h->ctx);
    h->ctx = NULL;
}

void
sha256_of(const void *p, size_t n, uint8_t ret_digest[SHA256_BYTES])
{
    EVP_MD_CTX *ctx = thread_context();
    ensure(EVP_DigestUpdate(ctx, p, n) == 1);
    ensure(EVP_DigestFinal_ex(ctx, ret_digest, NULL) == 1);
}

void
sha256_of_pair(const void *a, size_t a_n, const void *b, size_t b_n,
               uint8_t ret_digest[SHA256_BYTES])
{
    EVP_MD_CTX *ctx = thread_context();
    ensure(EVP_DigestUpdate(ctx, a, a_n) == 1);
    ensure(EVP_DigestUpdate(ctx, b, b_n) == 1);
    ensure(EVP_DigestFinal_ex(ctx, ret_digest, NULL) == 1);
}

void
hmac_sha1(const void *key, size_t key_n, const void *p, size_t n, uint8_t ret_mac[HMAC_SHA1_BYTES])
{
    unsigned int len = HMAC_SHA1_BYTES;
    ensure(key_n <= INT32_MAX);
    ensure(HMAC(EVP_sha1(), key, (int)key_n, p, n, ret_mac, &len) != NULL);
}

/*
 * secret: random bytes, secrets that are compared, kept and forgotten with care (libsodium).
 */
#ifndef BASE_CRYPT_SECRET_H
#define BASE_CRYPT_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* Makes the library ready. Every function here does it by itself; a program that is about to give
 * up system calls calls it first. Aborts when there is no source of randomness. */
void crypt_init(void);

/* Fills N bytes from the system's random source. */
void random_bytes(void *ret_bytes, size_t n);

/* A uniform number below LIMIT (> 0). */
unsigned int random_below(unsigned int limit);

/* True if A and B hold the same N bytes, in a time that depends on N only. */
bool secret_equal(const void *a, const void *b, size_t n);

/* Overwrites N bytes with zeros; the compiler may not leave it out. */
void secret_wipe(void *p, size_t n);

/*
 * N bytes between guard pages, kept out of swap (where the limits of the process allow) and core
 * dumps. Aborts when memory is out. Freed by secret_free, which wipes it.
 */
void *secret_new(size_t n);

/* Wipes and frees what secret_new gave. NULL is fine. */
void secret_free(void *p);

#endif

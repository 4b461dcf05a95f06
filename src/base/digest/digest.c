/*
 * digest: see digest.h. Straight from FIPS 180-4, section 6.2; on x86 with the SHA extensions the
 * block function uses them (chosen once, by cpuid).
 */
#include "base/digest/digest.h"

#include <stdbool.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t
ror(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static void
block_plain(uint32_t state[8], const unsigned char *p)
{
    uint32_t w[64], s[8];
    for (size_t i = 0; i < 16; i++)
        w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 |
               (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
    for (size_t i = 16; i < 64; i++) {
        uint32_t a = ror(w[i - 15], 7) ^ ror(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t b = ror(w[i - 2], 17) ^ ror(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + a + w[i - 7] + b;
    }
    memcpy(s, state, sizeof s);
    for (size_t i = 0; i < 64; i++) {
        uint32_t big1 = ror(s[4], 6) ^ ror(s[4], 11) ^ ror(s[4], 25);
        uint32_t t1 = s[7] + big1 + ((s[4] & s[5]) ^ (~s[4] & s[6])) + round_constants[i] + w[i];
        uint32_t big0 = ror(s[0], 2) ^ ror(s[0], 13) ^ ror(s[0], 22);
        uint32_t t2 = big0 + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof s[0]);
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (size_t i = 0; i < 8; i++)
        state[i] += s[i];
}

#if defined(__x86_64__)
__attribute__((target("sha,sse4.1"))) static void
block_sha(uint32_t state[8], const unsigned char *p)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const void *)state), 0xB1);
    __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const void *)(state + 4)), 0x1B);
    __m128i abef = _mm_alignr_epi8(low, high, 8), cdgh = _mm_blend_epi16(high, low, 0xF0);
    __m128i abef0 = abef, cdgh0 = cdgh, m[4];
    for (size_t i = 0; i < 16; i++) {
        __m128i w;
        if (i < 4) {
            w = _mm_shuffle_epi8(_mm_loadu_si128((const void *)(p + 16 * i)), swap);
        } else {
            __m128i t = _mm_alignr_epi8(m[(i + 3) & 3], m[(i + 2) & 3], 4);
            t = _mm_add_epi32(_mm_sha256msg1_epu32(m[i & 3], m[(i + 1) & 3]), t);
            w = _mm_sha256msg2_epu32(t, m[(i + 3) & 3]);
        }
        m[i & 3] = w;
        __m128i k = _mm_add_epi32(w, _mm_loadu_si128((const void *)(round_constants + 4 * i)));
        cdgh = _mm_sha256rnds2_epu32(cdgh, abef, k);
        abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(k, 0x0E));
    }
    abef = _mm_shuffle_epi32(_mm_add_epi32(abef, abef0), 0x1B);
    cdgh = _mm_shuffle_epi32(_mm_add_epi32(cdgh, cdgh0), 0xB1);
    _mm_storeu_si128((void *)state, _mm_blend_epi16(abef, cdgh, 0xF0));
    _mm_storeu_si128((void *)(state + 4), _mm_alignr_epi8(cdgh, abef, 8));
}

static bool
has_sha(void)
{
    uint32_t a = 7, b = 0, c = 0, d = 0;
    __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return (b >> 29 & 1) != 0 && __builtin_cpu_supports("sse4.1");
}
#endif

static void
blocks(uint32_t state[8], const unsigned char *p, size_t count)
{
#if defined(__x86_64__)
    if (count > 0 && has_sha()) {
        for (size_t i = 0; i < count; i++)
            block_sha(state, p + 64 * i);
        return;
    }
#endif
    for (size_t i = 0; i < count; i++)
        block_plain(state, p + 64 * i);
}

void
digest_init(struct digest *sha)
{
    *sha = (struct digest){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                                     0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void
digest_add(struct digest *sha, struct str bytes)
{
    size_t held = sha->total % 64;
    sha->total += bytes.n;
    if (held > 0) {
        size_t take = bytes.n < 64 - held ? bytes.n : 64 - held;
        memcpy(sha->block + held, bytes.p, take);
        bytes = str_slice(bytes, take, bytes.n);
        if (held + take < 64)
            return;
        blocks(sha->state, sha->block, 1);
    }
    blocks(sha->state, (const unsigned char *)bytes.p, bytes.n / 64);
    size_t rest = bytes.n % 64;
    if (rest > 0)
        memcpy(sha->block, bytes.p + bytes.n - rest, rest);
}

void
digest_end(struct digest *sha, unsigned char ret_digest[DIGEST_BYTES])
{
    unsigned char tail[128] = {0};
    size_t held = sha->total % 64;
    memcpy(tail, sha->block, held);
    tail[held] = 0x80;
    size_t n = held < 56 ? 64 : 128;
    uint64_t bits = sha->total * 8;
    for (size_t i = 0; i < 8; i++)
        tail[n - 1 - i] = (unsigned char)(bits >> (8 * i));
    blocks(sha->state, tail, n / 64);
    for (size_t i = 0; i < 32; i++)
        ret_digest[i] = (unsigned char)(sha->state[i / 4] >> (24 - 8 * (i % 4)));
}

void
digest_hex(struct str s, char ret_hex[DIGEST_HEX])
{
    struct digest sha;
    unsigned char digest[DIGEST_BYTES];
    digest_init(&sha);
    digest_add(&sha, s);
    digest_end(&sha, digest);
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        ret_hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        ret_hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    ret_hex[64] = '\0';
}

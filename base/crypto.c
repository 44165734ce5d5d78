/* crypto.c - see base/crypto.h. */
#include "base/crypto.h"

#include <argon2.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <sys/random.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

/* OWASP's second choice of parameters: 19 MiB, two passes, one lane. */
enum { ARGON_MEMORY_KIB = 19456, ARGON_PASSES = 2, ARGON_LANES = 1, SALT = 16, TAG = 32 };
/* A stored hash that asks for more than this was not made by us and must not exhaust the machine. */
enum { MOST_MEMORY_KIB = 1024 * 1024, MOST_PASSES = 64, MOST_LANES = 16 };

static const char base32[] = "0123456789abcdefghjkmnpqrstvwxyz"; /* Crockford: no i, l, o, u */

void crypto_random(void *out, size_t n)
{
    char *p = out;
    while (n) {
        ssize_t got = getrandom(p, n, 0);
        sl_assert(got > 0 || errno == EINTR);
        if (got > 0) {
            p += got;
            n -= (size_t)got;
        }
    }
}

void crypto_random_id(char *out, size_t n)
{
    crypto_random(out, n);
    for (size_t i = 0; i < n; i++)
        out[i] = base32[out[i] & 31];
    out[n] = '\0';
}

void crypto_random_password(char out[32])
{
    enum { GROUPS = 5, SIZE = 4 }; /* 20 characters of 5 bits: 100 bits */
    for (int g = 0; g < GROUPS; g++) {
        crypto_random_id(out + g * (SIZE + 1), SIZE);
        out[g * (SIZE + 1) + SIZE] = g + 1 < GROUPS ? '-' : '\0';
    }
}

void crypto_sha256(struct sl_str data, uint8_t out[32])
{
    sl_assert(EVP_Digest(data.p ? data.p : "", data.n, out, NULL, EVP_sha256(), NULL) == 1);
}

void crypto_hmac_sha256(struct sl_str key, struct sl_str data, uint8_t out[32])
{
    sl_assert(key.n <= INT32_MAX);
    const unsigned char *text = (const unsigned char *)(data.p ? data.p : "");
    sl_assert(HMAC(EVP_sha256(), key.p ? key.p : "", (int)key.n, text, data.n, out, NULL));
}

bool crypto_equal(const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}

void crypto_wipe(void *p, size_t n)
{
    if (n)
        OPENSSL_cleanse(p, n);
}

/* struct crypto_digest is never defined: it is OpenSSL's context under our name. */
struct crypto_digest *crypto_digest_new(void)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    sl_assert(ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1);
    return (struct crypto_digest *)ctx;
}

void crypto_digest_add(struct crypto_digest *d, const void *data, size_t n)
{
    sl_assert(EVP_DigestUpdate((EVP_MD_CTX *)d, data, n) == 1);
}

void crypto_digest_end(struct crypto_digest **d, uint8_t out[32])
{
    EVP_MD_CTX *ctx = (EVP_MD_CTX *)*d;
    sl_assert(EVP_DigestFinal_ex(ctx, out, NULL) == 1);
    EVP_MD_CTX_free(ctx);
    *d = NULL;
}

void crypto_hex(const void *data, size_t n, char *hex)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *p = data;
    for (size_t i = 0; i < n; i++) {
        hex[2 * i] = digits[p[i] >> 4];
        hex[2 * i + 1] = digits[p[i] & 15];
    }
    hex[2 * n] = '\0';
}

size_t crypto_base64url(const void *data, size_t n, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const uint8_t *p = data;
    size_t len = 0;
    for (size_t i = 0; i < n; i += 3) {
        size_t have = SL_MIN(n - i, (size_t)3);
        uint32_t group = (uint32_t)p[i] << 16;
        group |= have > 1 ? (uint32_t)p[i + 1] << 8 : 0;
        group |= have > 2 ? (uint32_t)p[i + 2] : 0;
        for (size_t k = 0; k <= have; k++)
            out[len++] = digits[group >> (18 - 6 * k) & 63];
    }
    out[len] = '\0';
    return len;
}

/* The value of a digit, 64 when it is none. c62 and c63 tell the two alphabets apart. */
static unsigned digit_value(char c, char c62, char c63)
{
    if (c >= 'A' && c <= 'Z')
        return (unsigned)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0') + 52;
    return c == c62 ? 62 : c == c63 ? 63 : 64;
}

/* Digits without padding. Bits left over must be zero, so that a value has one spelling only. */
static bool decode(struct sl_str text, char c62, char c63, uint8_t *out, size_t cap, size_t *out_n)
{
    uint32_t bits = 0;
    unsigned held = 0;
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        unsigned value = digit_value(text.p[i], c62, c63);
        if (value == 64)
            return false;
        bits = bits << 6 | value;
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        if (n == cap)
            return false;
        out[n++] = (uint8_t)(bits >> held);
    }
    *out_n = n;
    return held < 6 && (bits & ((1u << held) - 1)) == 0;
}

bool crypto_base64url_decode(struct sl_str text, void *out, size_t cap, size_t *out_n)
{
    return decode(text, '-', '_', out, cap, out_n);
}

bool crypto_base64_decode(struct sl_str text, void *out, size_t cap, size_t *out_n)
{
    size_t padding = 0;
    while (padding < text.n && padding < 2 && text.p[text.n - 1 - padding] == '=')
        padding++;
    if (padding && text.n % 4 != 0)
        return false;
    return decode(sl_str_sub(text, 0, text.n - padding), '+', '/', out, cap, out_n);
}

bool crypto_password_hash(struct sl_str password, char out[CRYPTO_PASSWORD_HASH], struct sl_err *err)
{
    uint8_t salt[SALT];
    crypto_random(salt, sizeof salt);
    int rc = argon2id_hash_encoded(ARGON_PASSES, ARGON_MEMORY_KIB, ARGON_LANES, password.p ? password.p : "",
                                   password.n, salt, sizeof salt, TAG, out, CRYPTO_PASSWORD_HASH);
    if (rc != ARGON2_OK)
        return sl_fail(err, SL_INTERNAL, "cannot hash the password: %s", argon2_error_message(rc));
    return true;
}

static bool affordable(const char *hash)
{
    unsigned memory, passes, lanes;
    return sscanf(hash, "$argon2id$v=19$m=%10u,t=%10u,p=%10u$", &memory, &passes, &lanes) == 3 &&
           memory <= MOST_MEMORY_KIB && passes <= MOST_PASSES && lanes <= MOST_LANES;
}

bool crypto_password_verify(struct sl_str password, const char *hash)
{
    return affordable(hash) && argon2id_verify(hash, password.p ? password.p : "", password.n) == ARGON2_OK;
}

/* CRC32C by half bytes: the 16 remainders of a nibble under the reversed polynomial 0x82f63b78. */
static uint32_t crc32c_table(uint32_t crc, const uint8_t *p, size_t n)
{
    static const uint32_t table[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
                                       0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                       0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const uint8_t *p, size_t n)
{
    uint64_t wide = crc;
    for (; n >= 8; p += 8, n -= 8) {
        uint64_t word;
        memcpy(&word, p, sizeof word);
        wide = _mm_crc32_u64(wide, word);
    }
    crc = (uint32_t)wide;
    for (; n; p++, n--)
        crc = _mm_crc32_u8(crc, *p);
    return crc;
}
#endif

uint32_t crypto_crc32c(uint32_t crc, const void *data, size_t n)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2"))
        return ~crc32c_sse42(~crc, data, n);
#endif
    return ~crc32c_table(~crc, data, n);
}

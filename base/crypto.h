/* crypto.h - random bytes, hashes, passwords: the one door to OpenSSL's libcrypto and to argon2. Any thread.
 */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include "sluice/err.h"
#include "sluice/str.h"

void crypto_random(void *out, size_t n); /* CSPRNG; aborts if the system has none */
/* n random characters of Crockford's base32, lower case (5 bits each), with a NUL behind: out has n + 1
 * bytes. */
void crypto_random_id(char *out, size_t n);
/* A password that a person can type: "k3vq-8mzt-..." with at least 100 bits. */
void crypto_random_password(char out[32]);

void crypto_sha256(struct sl_str data, uint8_t out[32]);
void crypto_hmac_sha256(struct sl_str key, struct sl_str data, uint8_t out[32]);
bool crypto_equal(const void *a, const void *b, size_t n); /* constant time */
void crypto_wipe(void *p, size_t n);

/* Streaming SHA-256 for files. */
struct crypto_digest;
struct crypto_digest *crypto_digest_new(void);
void crypto_digest_add(struct crypto_digest *d, const void *data, size_t n);
void crypto_digest_end(struct crypto_digest **d, uint8_t out[32]); /* frees and clears *d */

/* hex has 2n + 1 bytes. */
void crypto_hex(const void *data, size_t n, char *hex);
/* base64url without padding; out has 4 * ((n + 2) / 3) + 1 bytes. Returns the length. */
size_t crypto_base64url(const void *data, size_t n, char *out);
bool crypto_base64url_decode(struct sl_str text, void *out, size_t cap, size_t *out_n);
/* Standard base64 with padding optional (RFC 4648; what Basic credentials use). */
bool crypto_base64_decode(struct sl_str text, void *out, size_t cap, size_t *out_n);

/* argon2id in PHC string form ($argon2id$v=19$m=19456,t=2,p=1$...); takes some 20 ms and 19 MiB, so never on
 * a worker. */
enum { CRYPTO_PASSWORD_HASH = 128 };
bool crypto_password_hash(struct sl_str password, char out[CRYPTO_PASSWORD_HASH], struct sl_err *err);
bool crypto_password_verify(struct sl_str password, const char *hash);

/* CRC32C (Castagnoli), SSE4.2 when the CPU has it; start with crc 0. */
uint32_t crypto_crc32c(uint32_t crc, const void *data, size_t n);

#endif

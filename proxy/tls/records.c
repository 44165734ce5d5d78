/* records.c - see records.h. A context of OpenSSL's ciphers takes a kilobyte, and giving it another key 150
 * ns; so a thread has one for each suite and direction, and connections have their keys. */
#include "proxy/tls/records.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/crypto.h"

enum { HASH_MAX = 48, BLOCK_MAX = 128, LABEL_MAX = 64 };

struct record_suite {
    unsigned number;
    const char *cipher, *hash;
    size_t key_n, hash_n, block_n;
};

static const struct record_suite suites[] = {
    {0x1301, "AES-128-GCM", "SHA256", 16, 32, 64},
    {0x1302, "AES-256-GCM", "SHA384", 32, 48, 128},
    {0x1303, "ChaCha20-Poly1305", "SHA256", 32, 32, 64},
};

/* Looking them up by name takes a lock and microseconds. */
static EVP_CIPHER *ciphers[SL_COUNT(suites)];
static EVP_MD *hashes[SL_COUNT(suites)];

static void fetch(void)
{
    for (size_t i = 0; i < SL_COUNT(suites); i++) {
        ciphers[i] = EVP_CIPHER_fetch(NULL, suites[i].cipher, NULL);
        hashes[i] = EVP_MD_fetch(NULL, suites[i].hash, NULL);
        sl_assert(ciphers[i] && hashes[i]);
    }
}

const struct record_suite *record_suite(unsigned number)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, fetch);
    for (size_t i = 0; i < SL_COUNT(suites); i++)
        if (suites[i].number == number)
            return &suites[i];
    return NULL;
}

size_t record_secret_n(const struct record_suite *suite)
{
    return suite->hash_n;
}

/* ---- what this thread has ---- */

enum { SLOTS = 1024 };

struct tools {
    struct slot {
        EVP_CIPHER_CTX *cipher; /* NULL: not needed yet */
        uint64_t id;            /* of the keys that it has */
    } slots[SLOTS];
    EVP_MD_CTX *hash;
};

static pthread_key_t tools_key;

static void free_tools(void *p)
{
    struct tools *t = p;
    for (size_t i = 0; i < SLOTS; i++)
        EVP_CIPHER_CTX_free(t->slots[i].cipher);
    EVP_MD_CTX_free(t->hash);
    sl_freep(&t);
}

static void make_tools_key(void)
{
    sl_assert(pthread_key_create(&tools_key, free_tools) == 0);
}

static struct tools *tools(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    static _Thread_local struct tools *mine;
    if (mine)
        return mine;
    pthread_once(&once, make_tools_key);
    mine = sl_calloc(1, sizeof *mine);
    mine->hash = EVP_MD_CTX_new();
    sl_assert(mine->hash && pthread_setspecific(tools_key, mine) == 0);
    return mine;
}

/* ---- keys ---- */

static void hash_of(const struct record_suite *s, const uint8_t *a, size_t a_n, const uint8_t *b, size_t b_n,
                    uint8_t *out)
{
    EVP_MD_CTX *c = tools()->hash;
    unsigned n;
    sl_assert(EVP_DigestInit_ex2(c, hashes[s - suites], NULL) == 1 && EVP_DigestUpdate(c, a, a_n) == 1 &&
              EVP_DigestUpdate(c, b, b_n) == 1 && EVP_DigestFinal_ex(c, out, &n) == 1);
}

/* HMAC (RFC 2104) under a key that is no longer than a block. */
static void hmac(const struct record_suite *s, const uint8_t *key, const uint8_t *text, size_t n,
                 uint8_t *out)
{
    uint8_t inner[BLOCK_MAX], outer[BLOCK_MAX], first[HASH_MAX];
    for (size_t i = 0; i < s->block_n; i++) {
        uint8_t byte = i < s->hash_n ? key[i] : 0;
        inner[i] = byte ^ 0x36;
        outer[i] = byte ^ 0x5c;
    }
    hash_of(s, inner, s->block_n, text, n, first);
    hash_of(s, outer, s->block_n, first, s->hash_n, out);
    crypto_wipe(inner, sizeof inner);
    crypto_wipe(outer, sizeof outer);
    crypto_wipe(first, sizeof first);
}

/* HKDF-Expand-Label with an empty context, for no more than one hash. */
static void expand(const struct record_suite *s, const uint8_t *secret, const char *label, uint8_t *out,
                   size_t n)
{
    uint8_t info[LABEL_MAX], block[HASH_MAX];
    size_t label_n = strlen(label), at = 0;
    sl_assert(n <= s->hash_n && label_n + 11 < sizeof info);
    info[at++] = 0;
    info[at++] = (uint8_t)n;
    info[at++] = (uint8_t)(6 + label_n);
    memcpy(info + at, "tls13 ", 6);
    memcpy(info + at + 6, label, label_n);
    at += 6 + label_n;
    info[at++] = 0;
    info[at++] = 1; /* the first block of HKDF-Expand */
    hmac(s, secret, info, at, block);
    memcpy(out, block, n);
    crypto_wipe(block, sizeof block);
}

static void derive(struct record_keys *k)
{
    static atomic_uint_fast64_t ids;
    expand(k->suite, k->secret, "key", k->key, k->suite->key_n);
    expand(k->suite, k->secret, "iv", k->iv, sizeof k->iv);
    k->id = atomic_fetch_add_explicit(&ids, 1, memory_order_relaxed) + 1;
}

void record_keys_init(struct record_keys *k, const struct record_suite *suite, const uint8_t *secret,
                      uint64_t number)
{
    *k = (struct record_keys){.suite = suite, .number = number};
    memcpy(k->secret, secret, suite->hash_n);
    derive(k);
}

void record_keys_update(struct record_keys *k)
{
    uint8_t next[RECORD_SECRET_MAX];
    expand(k->suite, k->secret, "traffic upd", next, k->suite->hash_n);
    memcpy(k->secret, next, k->suite->hash_n);
    crypto_wipe(next, sizeof next);
    k->number = 0;
    derive(k);
}

void record_keys_wipe(struct record_keys *k)
{
    struct slot *s = &tools()->slots[k->id % SLOTS];
    if (s->id == k->id && s->cipher) {
        EVP_CIPHER_CTX_reset(s->cipher);
        s->id = 0;
    }
    crypto_wipe(k, sizeof *k);
}

/* ---- records ---- */

static struct slot *slot_of(const struct record_keys *k)
{
    struct slot *s = &tools()->slots[k->id % SLOTS];
    if (!s->cipher)
        s->cipher = EVP_CIPHER_CTX_new();
    sl_assert(s->cipher);
    return s;
}

/* A context ready for the next record of these keys: the number goes into the nonce (5.3). */
static EVP_CIPHER_CTX *ready(struct record_keys *k, bool seals)
{
    struct slot *s = slot_of(k);
    uint8_t nonce[sizeof k->iv];
    bool keyed = s->id == k->id;
    sl_assert(k->number < UINT64_MAX); /* no nonce twice */
    memcpy(nonce, k->iv, sizeof nonce);
    for (int i = 0; i < 8; i++)
        nonce[sizeof nonce - 1 - (size_t)i] ^= (uint8_t)(k->number >> (8 * i));
    k->number++;
    sl_assert(EVP_CipherInit_ex2(s->cipher, keyed ? NULL : ciphers[k->suite - suites], keyed ? NULL : k->key,
                                 nonce, seals, NULL) == 1);
    s->id = k->id;
    return s->cipher;
}

static void copy(const struct iovec *pieces, size_t from, size_t n, uint8_t *out)
{
    for (; from >= pieces->iov_len && n > 0; pieces++)
        from -= pieces->iov_len;
    for (; n > 0; pieces++, from = 0) {
        size_t take = SL_MIN(pieces->iov_len - from, n);
        memcpy(out, (const uint8_t *)pieces->iov_base + from, take);
        out += take;
        n -= take;
    }
}

size_t record_seal(struct record_keys *k, enum record_type type, const struct iovec *pieces, size_t from,
                   size_t n, uint8_t *out)
{
    size_t inner = n + 1, body = inner + RECORD_TAG;
    const uint8_t head[RECORD_HEAD] = {RECORD_DATA, 3, 3, (uint8_t)(body >> 8), (uint8_t)body};
    uint8_t *at = out + RECORD_HEAD;
    EVP_CIPHER_CTX *c = ready(k, true);
    int done;
    sl_assert(n <= RECORD_PLAIN_MAX);
    memcpy(out, head, sizeof head);
    copy(pieces, from, n, at);
    at[n] = (uint8_t)type;
    sl_assert(EVP_EncryptUpdate(c, NULL, &done, head, sizeof head) == 1 &&
              EVP_EncryptUpdate(c, at, &done, at, (int)inner) == 1 && (size_t)done == inner &&
              EVP_EncryptFinal_ex(c, at + inner, &done) == 1 &&
              EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, RECORD_TAG, at + inner) == 1);
    return RECORD_HEAD + body;
}

bool record_measure(struct sl_str bytes, size_t *out_n)
{
    const uint8_t *p = (const uint8_t *)bytes.p;
    *out_n = 0;
    if (bytes.n < RECORD_HEAD)
        return bytes.n == 0 || p[0] == RECORD_DATA;
    size_t body = (size_t)p[3] << 8 | p[4];
    *out_n = RECORD_HEAD + body;
    return p[0] == RECORD_DATA && body > RECORD_TAG && body <= RECORD_BODY_MAX;
}

/* The type is the last byte that is not padding (5.2). */
static bool strip(const uint8_t *inner, size_t n, size_t *out_n, enum record_type *out_type)
{
    while (n > 0 && inner[n - 1] == 0)
        n--;
    if (n == 0 || n - 1 > RECORD_PLAIN_MAX)
        return false;
    *out_n = n - 1;
    *out_type = (enum record_type)inner[n - 1];
    return true;
}

bool record_open(struct record_keys *k, struct sl_str record, uint8_t *out, size_t *out_n,
                 enum record_type *out_type)
{
    const uint8_t *head = (const uint8_t *)record.p, *body = head + RECORD_HEAD;
    size_t inner = record.n - RECORD_HEAD - RECORD_TAG;
    EVP_CIPHER_CTX *c = ready(k, false);
    int done;
    return EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, RECORD_TAG, (void *)(body + inner)) == 1 &&
           EVP_DecryptUpdate(c, NULL, &done, head, RECORD_HEAD) == 1 &&
           EVP_DecryptUpdate(c, out, &done, body, (int)inner) == 1 &&
           EVP_DecryptFinal_ex(c, out + inner, &done) == 1 && strip(out, inner, out_n, out_type);
}

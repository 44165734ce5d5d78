/* keyhash.c - see keyhash.h. */
#include "policy/store/keyhash.h"

#include "base/crypto.h"

struct sip {
    uint64_t v0, v1, v2, v3;
    uint64_t tail; /* bytes not yet compressed, the first one lowest */
    uint64_t n;    /* bytes taken */
};

static uint64_t rotl(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static uint64_t load_le(const uint8_t *p)
{
    uint64_t x = 0;
    for (int i = 0; i < 8; i++)
        x |= (uint64_t)p[i] << (8 * i);
    return x;
}

static void store_le(uint8_t *p, uint64_t x)
{
    for (int i = 0; i < 8; i++)
        p[i] = (uint8_t)(x >> (8 * i));
}

static void sip_rounds(struct sip *s, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        s->v0 += s->v1;
        s->v2 += s->v3;
        s->v1 = rotl(s->v1, 13) ^ s->v0;
        s->v3 = rotl(s->v3, 16) ^ s->v2;
        s->v0 = rotl(s->v0, 32);
        s->v2 += s->v1;
        s->v0 += s->v3;
        s->v1 = rotl(s->v1, 17) ^ s->v2;
        s->v3 = rotl(s->v3, 21) ^ s->v0;
        s->v2 = rotl(s->v2, 32);
    }
}

static void sip_word(struct sip *s, uint64_t word)
{
    s->v3 ^= word;
    sip_rounds(s, 2);
    s->v0 ^= word;
}

static void sip_begin(struct sip *s, const struct keyhash_key *key)
{
    *s = (struct sip){.v0 = key->k0 ^ 0x736f6d6570736575u,
                      .v1 = key->k1 ^ 0x646f72616e646f6du ^ 0xee, /* 0xee: the form with 128 bits */
                      .v2 = key->k0 ^ 0x6c7967656e657261u,
                      .v3 = key->k1 ^ 0x7465646279746573u};
}

static void sip_add(struct sip *s, const void *data, size_t n)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < n; i++) {
        s->tail |= (uint64_t)p[i] << (8 * (s->n & 7));
        if ((++s->n & 7) == 0) {
            sip_word(s, s->tail);
            s->tail = 0;
        }
    }
}

static void sip_end(struct sip *s, uint8_t out[16])
{
    sip_word(s, s->tail | s->n << 56);
    s->v2 ^= 0xee;
    sip_rounds(s, 4);
    store_le(out, s->v0 ^ s->v1 ^ s->v2 ^ s->v3);
    s->v1 ^= 0xdd;
    sip_rounds(s, 4);
    store_le(out + 8, s->v0 ^ s->v1 ^ s->v2 ^ s->v3);
}

void keyhash_key_derive(const uint8_t secret[32], const char *purpose, struct keyhash_key *out)
{
    uint8_t digest[32];
    crypto_hmac_sha256(sl_str((const char *)secret, 32), sl_cstr(purpose), digest);
    out->k0 = load_le(digest);
    out->k1 = load_le(digest + 8);
    crypto_wipe(digest, sizeof digest);
}

void keyhash_bytes(const struct keyhash_key *key, struct sl_str data, uint8_t out[16])
{
    struct sip s;
    sip_begin(&s, key);
    sip_add(&s, data.p, data.n);
    sip_end(&s, out);
}

void keyhash_parts(const struct keyhash_key *key, const struct sl_str *parts, size_t count, uint8_t out[16])
{
    struct sip s;
    sip_begin(&s, key);
    for (size_t i = 0; i < count; i++) {
        uint8_t length[8];
        store_le(length, parts[i].n);
        sip_add(&s, length, sizeof length);
        sip_add(&s, parts[i].p, parts[i].n);
    }
    sip_end(&s, out);
}

/* keyhash.c - see keyhash.h. */
#include "policy/store/keyhash.h"

#include "base/crypto.h"

struct sip {
    uint64_t v0, v1, v2, v3;
};

static uint64_t rotl(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

/* n bytes (at most 8), the first one lowest. */
static uint64_t load_le(const void *p, size_t n)
{
    const uint8_t *b = p;
    uint64_t x = 0;
    for (size_t i = 0; i < n; i++)
        x |= (uint64_t)b[i] << (8 * i);
    return x;
}

static uint64_t load_word(const void *p)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return x;
#else
    return load_le(p, 8);
#endif
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

/* Takes the whole words of data; what is left over, less than 8 bytes, is returned as a number. */
static uint64_t sip_words(struct sip *s, struct sl_str data)
{
    size_t at = 0;
    for (; at + 8 <= data.n; at += 8)
        sip_word(s, load_word(data.p + at));
    return load_le(data.p + at, data.n - at);
}

/* last: the bytes left over, and the length of all in the top byte. */
static void sip_end(struct sip *s, uint64_t last, uint8_t out[16])
{
    sip_word(s, last);
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
    out->k0 = load_word(digest);
    out->k1 = load_word(digest + 8);
    crypto_wipe(digest, sizeof digest);
}

void keyhash_bytes(const struct keyhash_key *key, struct sl_str data, uint8_t out[16])
{
    struct sip s;
    sip_begin(&s, key);
    uint64_t rest = sip_words(&s, data);
    sip_end(&s, rest | (uint64_t)data.n << 56, out);
}

/* Each part is its length and its bytes in whole words, filled up with zeros: SipHash of a text that no other
 * parts give. */
void keyhash_parts(const struct keyhash_key *key, const struct sl_str *parts, size_t count, uint8_t out[16])
{
    struct sip s;
    sip_begin(&s, key);
    for (size_t i = 0; i < count; i++) {
        sip_word(&s, parts[i].n);
        uint64_t rest = sip_words(&s, parts[i]);
        if (parts[i].n % 8)
            sip_word(&s, rest);
    }
    sip_end(&s, 0, out);
}

/* page_continue.c - the signed link by which a user goes on after a warning (page.h).
 *
 *     http://PAGE_HOST/continue?t=BASE64URL(payload).BASE64URL(mac)
 *     payload = domain LF rule LF warn_for LF expires LF url
 *     mac     = HMAC-SHA256(key, "continue" NUL length-of-who LF who LF payload)
 *
 * `who` is signed but not told: the link says nothing about the user, and works for nobody else. Everything
 * that a redirect or an acceptance uses is inside the signature. No field can hold a LF: canonical URLs, host
 * names and ids have no control bytes. */
#include <stdio.h>

#include "base/crypto.h"
#include "proxy/http/page.h"

enum { MAC_BYTES = 32, TOKEN_MAX = 65536 };

static void sign(const uint8_t key[32], struct sl_str who, struct sl_str payload, uint8_t mac[MAC_BYTES])
{
    SL_CLEANUP(sl_text_fini) struct sl_text message = {0};
    sl_text_add(&message, sl_str("continue\0", 9));
    sl_text_addf(&message, "%zu\n", who.n);
    sl_text_add(&message, who);
    sl_text_addc(&message, '\n');
    sl_text_add(&message, payload);
    crypto_hmac_sha256(sl_str((const char *)key, 32), sl_text_str(&message), mac);
}

static void add_base64url(struct sl_text *out, const void *data, size_t n)
{
    char piece[4 * 256 + 1];
    const char *p = data;
    while (n > 0) {
        size_t take = SL_MIN(n, (size_t)(3 * 256)); /* whole groups of three, so that pieces join */
        sl_text_add(out, sl_str(piece, crypto_base64url(p, take, piece)));
        p += take;
        n -= take;
    }
}

void continue_link_make(const uint8_t key[32], const char *page_host, const struct continue_link *l,
                        struct sl_text *out)
{
    SL_CLEANUP(sl_text_fini) struct sl_text payload = {0};
    uint8_t mac[MAC_BYTES];
    sl_text_addf(&payload, "%.*s\n%.*s\n%lld\n%lld\n%.*s", SL_FMT(l->domain), SL_FMT(l->rule),
                 (long long)l->warn_for_s, (long long)l->expires_s, SL_FMT(l->url));
    sign(key, l->who, sl_text_str(&payload), mac);
    sl_text_addf(out, "http://%s/continue?t=", page_host);
    add_base64url(out, payload.p, payload.n);
    sl_text_addc(out, '.');
    add_base64url(out, mac, sizeof mac);
}

/* The value of t, in a query that may have other parameters. */
static bool find_token(struct sl_str query, struct sl_str *out)
{
    struct sl_str part;
    while (sl_str_split(&query, '&', &part))
        if (sl_str_starts(part, SL_STR("t="))) {
            *out = sl_str_sub(part, 2, part.n);
            return true;
        }
    return false;
}

static bool read_payload(struct sl_str rest, struct continue_link *out)
{
    struct sl_str warn_for, expires;
    uint64_t warn_for_s, expires_s;
    if (!sl_str_split(&rest, '\n', &out->domain) || !sl_str_split(&rest, '\n', &out->rule) ||
        !sl_str_split(&rest, '\n', &warn_for) || !sl_str_split(&rest, '\n', &expires))
        return false;
    if (!sl_str_u64(warn_for, INT64_MAX, &warn_for_s) || !sl_str_u64(expires, INT64_MAX, &expires_s) ||
        rest.n == 0)
        return false;
    out->warn_for_s = (int64_t)warn_for_s;
    out->expires_s = (int64_t)expires_s;
    out->url = rest;
    return true;
}

bool continue_link_verify(const uint8_t key[32], struct sl_str query, struct sl_str who, int64_t now_s,
                          struct sl_text *scratch, struct continue_link *out)
{
    struct sl_str token;
    uint8_t given[MAC_BYTES + 3], mac[MAC_BYTES];
    size_t given_n = 0, payload_n = 0;
    if (!find_token(query, &token) || token.n > TOKEN_MAX)
        return false;
    size_t dot = sl_str_find(token, '.');
    struct sl_str encoded = sl_str(token.p, dot);
    if (!crypto_base64url_decode(sl_str_sub(token, dot + 1, token.n), given, sizeof given, &given_n) ||
        given_n != MAC_BYTES)
        return false;
    SL_CLEANUP(sl_freep) char *decoded = sl_malloc(encoded.n + 3);
    if (!crypto_base64url_decode(encoded, decoded, encoded.n + 3, &payload_n))
        return false;
    sl_text_clear(scratch);
    sl_text_add(scratch, sl_str(decoded, payload_n));
    sign(key, who, sl_text_str(scratch), mac);
    *out = (struct continue_link){.who = who};
    return crypto_equal(mac, given, MAC_BYTES) && read_payload(sl_text_str(scratch), out) &&
           now_s < out->expires_s && out->expires_s <= now_s + CONTINUE_LIVES_S;
}

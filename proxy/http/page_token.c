/* page_token.c - see page_token.h. */
#include "proxy/http/page_token.h"

#include "base/crypto.h"

enum { MAC_BYTES = 32, TOKEN_MAX = 65536 };

static void sign(const uint8_t key[32], struct sl_str purpose, struct sl_str who, struct sl_str payload,
                 uint8_t mac[MAC_BYTES])
{
    SL_CLEANUP(sl_text_fini) struct sl_text message = {0};
    sl_text_add(&message, purpose);
    sl_text_addc(&message, '\0');
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

void page_token_add(const uint8_t key[32], struct sl_str purpose, struct sl_str who, struct sl_str payload,
                    struct sl_text *out)
{
    uint8_t mac[MAC_BYTES];
    sign(key, purpose, who, payload, mac);
    sl_text_add(out, SL_STR("t="));
    add_base64url(out, payload.p, payload.n);
    sl_text_addc(out, '.');
    add_base64url(out, mac, sizeof mac);
}

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

bool page_token_open(const uint8_t key[32], struct sl_str purpose, struct sl_str who, struct sl_str query,
                     struct sl_text *scratch)
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
    sign(key, purpose, who, sl_text_str(scratch), mac);
    return crypto_equal(mac, given, MAC_BYTES);
}

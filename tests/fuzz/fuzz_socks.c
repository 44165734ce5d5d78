/* fuzz_socks.c - any bytes as what a SOCKS5 server says: each answer is taken as far as it goes and no
 * further, however it arrives, and it ends. */
#include "proxy/parent/socks.h"

static enum socks_result hear_all(struct socks *s, const uint8_t *p, size_t n, size_t *out_used)
{
    enum socks_result r = SOCKS_MORE;
    uint8_t out[SOCKS_SAY_MAX];
    *out_used = 0;
    for (int steps = 0; steps < 4; steps++) {
        size_t used;
        sl_assert(socks_say(s, out) <= sizeof out);
        r = socks_hear(s, p + *out_used, n - *out_used, &used);
        sl_assert(used <= n - *out_used);
        *out_used += used;
        if (r != SOCKS_SAY)
            break;
    }
    sl_assert(r != SOCKS_SAY); /* method, login, destination: then it is over */
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct socks s, again;
    size_t used, used_again;
    bool login = size > 0 && data[0] & 1;
    struct socks_target target = {.name = SL_STR("a.test"), .port = 443};
    if (size == 0)
        return 0;
    data++;
    size--;
    socks_begin(&s, login ? SL_STR("user") : SL_STR(""), SL_STR("word"), &target);
    again = s;
    enum socks_result r = hear_all(&s, data, size, &used);
    /* What comes behind changes nothing, and every byte less is no whole answer. */
    if (r == SOCKS_OPEN) {
        sl_assert(hear_all(&again, data, used, &used_again) == SOCKS_OPEN && used_again == used);
        socks_begin(&again, login ? SL_STR("user") : SL_STR(""), SL_STR("word"), &target);
        sl_assert(hear_all(&again, data, used - 1, &used_again) == SOCKS_MORE);
    }
    return 0;
}

/* fuzz_hello.c - any bytes as the begin of a TLS connection. How they are cut into pieces must not matter,
 * nor in which records the message lies: cut up into records of other lengths it says the same. */
#include "proxy/tls/hello.h"

static void check_same(const struct hello *a, const struct hello *b)
{
    sl_assert(sl_str_eq(hello_name(a), hello_name(b)) && a->alpn_n == b->alpn_n && a->version == b->version);
    sl_assert(memcmp(a->alpn, b->alpn, a->alpn_n) == 0 && a->encrypted == b->encrypted);
}

/* The message of one record again, in records of at most `most` bytes. */
static size_t cut_up(const uint8_t *data, size_t n, size_t most, uint8_t *out)
{
    size_t to = 0;
    for (size_t at = 5; at < n;) {
        size_t length = SL_MIN(most, n - at);
        memcpy(out + to, (uint8_t[]){22, 3, 1, (uint8_t)(length >> 8), (uint8_t)length}, 5);
        memcpy(out + to + 5, data + at, length);
        to += 5 + length;
        at += length;
    }
    return to;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t again[HELLO_MAX * 6];
    struct sl_str all = sl_str((const char *)data, size);
    struct hello whole, part;
    enum hello_result r = hello_parse(all, &whole);
    sl_assert(r != HELLO_MORE || size < HELLO_MAX);
    for (size_t n = 0; n < SL_MIN(size, (size_t)64); n++) {
        enum hello_result earlier = hello_parse(sl_str_sub(all, 0, n), &part);
        sl_assert(earlier != HELLO_BAD || r == HELLO_BAD);
        sl_assert(earlier != HELLO_DONE || r == HELLO_DONE);
    }
    if (r != HELLO_DONE)
        return 0;
    sl_assert(whole.alpn_n <= HELLO_ALPN_MAX);
    size_t first = (size_t)data[3] << 8 | data[4];
    if (size < 5 + first || first < 4 || ((size_t)data[6] << 16 | (size_t)data[7] << 8 | data[8]) + 4 > first)
        return 0; /* it lies in more than one record already */
    for (size_t most = 7; most < 2000; most *= 5) {
        size_t n = cut_up(data, 5 + first, most, again);
        if (n > HELLO_MAX)
            continue;
        sl_assert(hello_parse(sl_str((const char *)again, n), &part) == HELLO_DONE);
        check_same(&whole, &part);
    }
    return 0;
}

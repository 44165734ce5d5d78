/* fuzz_chunked.c - chunked bodies: any bytes, whole and in pieces, by every function of body.h, tell the
 * same; and what we relay is chunked again. */
#include <stdlib.h>

#include "proxy/http/body.h"

struct outcome {
    enum body_result result;
    enum body_fault fault;
    size_t used;
    struct sl_text out;
    uint64_t payload;
};

static struct outcome relay(const char *p, size_t n, size_t step)
{
    struct outcome o = {.result = BODY_MORE};
    struct body b;
    body_init(&b, BODY_CHUNKED, 0);
    while (o.used < n && o.result == BODY_MORE) {
        size_t take = SL_MIN(step, n - o.used), used, sent;
        char *piece = malloc(take); /* without slack, so that ASan sees a byte too many */
        memcpy(piece, p + o.used, take);
        o.result = body_scan(&b, piece, take, &used, &sent);
        sl_assert(sent <= used && used <= take);
        sl_text_add(&o.out, sl_str(piece, sent));
        o.used += used;
        free(piece);
    }
    if (o.result == BODY_END)
        sl_text_add(&o.out, body_tail(&b));
    o.fault = b.fault;
    o.payload = b.payload;
    body_fini(&b);
    return o;
}

static struct outcome dechunk(const char *p, size_t n, size_t step)
{
    struct outcome o = {.result = BODY_MORE};
    struct body b;
    char *copy = malloc(n ? n : 1);
    memcpy(copy, p, n);
    body_init(&b, BODY_CHUNKED, 0);
    while (o.used < n && o.result == BODY_MORE) {
        size_t used, payload;
        o.result = body_dechunk(&b, copy + o.used, SL_MIN(step, n - o.used), &used, &payload);
        sl_text_add(&o.out, sl_str(copy + o.used, payload));
        o.used += used;
    }
    o.fault = b.fault;
    o.payload = b.payload;
    free(copy);
    body_fini(&b);
    return o;
}

static void same(const struct outcome *a, const struct outcome *b)
{
    sl_assert(a->result == b->result && a->fault == b->fault && a->used == b->used &&
              a->payload == b->payload);
}

/* What went out, read by the least that a parser of chunks can be: hex digits, CRLF, that many bytes, CRLF.
 */
static void plainly_chunked(const struct sl_text *wire, const struct sl_text *payload)
{
    size_t at = 0, seen = 0;
    for (;;) {
        size_t digits = strspn(wire->p + at, "0123456789abcdefABCDEF");
        size_t n = strtoull(wire->p + at, NULL, 16);
        sl_assert(digits > 0 && digits <= 16 && memcmp(wire->p + at + digits, "\r\n", 2) == 0);
        at += digits + 2;
        if (n == 0)
            break;
        sl_assert(seen + n <= payload->n && memcmp(wire->p + at, payload->p + seen, n) == 0);
        seen += n;
        at += n;
        sl_assert(memcmp(wire->p + at, "\r\n", 2) == 0);
        at += 2;
    }
    sl_assert(seen == payload->n && at + 2 <= wire->n && memcmp(wire->p + wire->n - 2, "\r\n", 2) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    size_t step = 1 + data[0], n = size - 1;
    const char *p = (const char *)data + 1;
    struct outcome whole = relay(p, n, n + 1), pieces = relay(p, n, step), plain = dechunk(p, n, step);
    same(&whole, &pieces);
    same(&whole, &plain);
    sl_assert(plain.out.n == plain.payload);
    if (whole.result == BODY_END) {
        sl_assert(whole.out.n == pieces.out.n && memcmp(whole.out.p, pieces.out.p, whole.out.n) == 0);
        plainly_chunked(&whole.out, &plain.out);
        struct outcome again = relay(whole.out.p, whole.out.n, whole.out.n);
        sl_assert(again.result == BODY_END && again.used == whole.out.n && again.payload == whole.payload);
        sl_text_fini(&again.out);
    }
    sl_text_fini(&whole.out);
    sl_text_fini(&pieces.out);
    sl_text_fini(&plain.out);
    return 0;
}

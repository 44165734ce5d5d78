/* run.c - see audit/run.h. */
#include "audit/run.h"

enum { MASK_BLOCK, MASK_QUOTA, MASK_WARN, MASK_ERROR, MASK_BYTES, MASK_LAST, MASK_REQUESTS, MASK_BITS };
enum { VARINT_MOST = 10 };
static const uint64_t REQUESTS_MOST = (uint64_t)1 << 44;

static size_t varint_write(uint8_t *out, uint64_t value)
{
    size_t n = 0;
    for (; value >= 0x80; value >>= 7)
        out[n++] = (uint8_t)(value | 0x80);
    out[n++] = (uint8_t)value;
    return n;
}

void varint_put(struct sl_text *out, uint64_t value)
{
    uint8_t bytes[VARINT_MOST];
    sl_text_add(out, sl_str((char *)bytes, varint_write(bytes, value)));
}

bool varint_take(struct sl_str *rest, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < rest->n && i < VARINT_MOST; i++) {
        uint8_t b = (uint8_t)rest->p[i];
        if (i == VARINT_MOST - 1 && b > 1)
            return false;
        value |= (uint64_t)(b & 0x7f) << 7 * i;
        if (b < 0x80) {
            *rest = sl_str(rest->p + i + 1, rest->n - i - 1);
            *out = value;
            return true;
        }
    }
    return false;
}

/* Small steps up or down as small numbers; all arithmetic is modulo 2^64. */
static uint64_t zigzag(uint64_t step)
{
    return step << 1 ^ (0 - (step >> 63));
}

static uint64_t unzigzag(uint64_t n)
{
    return n >> 1 ^ (0 - (n & 1));
}

void run_encode(const struct sum *items, size_t count, int64_t start_min, struct sl_text *out)
{
    uint64_t before = 0;
    for (size_t i = 0; i < count; i++) {
        const struct figures *f = &items[i].f;
        sl_assert(f->requests > 0 && f->last_min >= start_min);
        uint64_t numbers[MASK_BITS] = {f->block,   f->quota, f->warn,
                                       f->error,   f->bytes, (uint64_t)(f->last_min - start_min),
                                       f->requests};
        uint8_t bytes[VARINT_MOST * (MASK_BITS + 1) + 1], mask = 0;
        size_t at = varint_write(bytes, zigzag(items[i].thing - before)), n = at + 1;
        for (int bit = 0; bit < MASK_BITS; bit++)
            if (numbers[bit] != (bit == MASK_REQUESTS)) {
                mask |= (uint8_t)(1 << bit);
                n += varint_write(bytes + n, numbers[bit]);
            }
        bytes[at] = mask;
        sl_text_add(out, sl_str((char *)bytes, n));
        before = items[i].thing;
    }
}

bool run_next(struct sl_str *rest, int64_t start_min, uint64_t *thing, struct figures *out)
{
    struct sl_str s = *rest;
    uint64_t step, numbers[MASK_BITS] = {[MASK_REQUESTS] = 1};
    if (s.n == 0 || !varint_take(&s, &step) || s.n == 0)
        return false;
    uint8_t mask = (uint8_t)*s.p;
    s = sl_str(s.p + 1, s.n - 1);
    if (mask >> MASK_BITS)
        return false;
    for (int bit = 0; bit < MASK_BITS; bit++)
        if (mask >> bit & 1 && !varint_take(&s, &numbers[bit]))
            return false;
    /* What no day has is damage; so sums of what is taken can't wrap, nor what was allowed be less than none.
     */
    uint64_t others = 0;
    for (int bit = MASK_BLOCK; bit <= MASK_ERROR; bit++)
        if (numbers[bit] > REQUESTS_MOST)
            return false;
        else
            others += numbers[bit];
    if (numbers[MASK_LAST] > UINT32_MAX || numbers[MASK_REQUESTS] == 0 ||
        numbers[MASK_REQUESTS] > REQUESTS_MOST || others > numbers[MASK_REQUESTS])
        return false;
    *out = (struct figures){.block = numbers[MASK_BLOCK],
                            .quota = numbers[MASK_QUOTA],
                            .warn = numbers[MASK_WARN],
                            .error = numbers[MASK_ERROR],
                            .bytes = numbers[MASK_BYTES],
                            .last_min = start_min + (int64_t)numbers[MASK_LAST],
                            .requests = numbers[MASK_REQUESTS]};
    *thing += unzigzag(step);
    *rest = s;
    return true;
}

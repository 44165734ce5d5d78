/* request_id.c - what is the name of a request? See sluice/record.h.
 *
 *   62            22 21        12 11       0
 *   [ ms since 2020 ][  worker   ][ counter ]      positive as int64, so SQLite keeps it as a row id
 */
#include "sluice/record.h"

enum { TIME_SHIFT = 22, WORKER_SHIFT = 12, WORKERS = 1 << 10, COUNTERS = 1 << 12 };
static const int64_t EPOCH_US = 1577836800 * (int64_t)1000000;
static const int64_t LAST_MS = ((int64_t)1 << 41) - 1;

static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

uint64_t request_id_floor(int64_t wall_us)
{
    int64_t ms = wall_us < EPOCH_US ? 0 : (wall_us - EPOCH_US) / 1000;
    return (uint64_t)SL_MIN(ms, LAST_MS) << TIME_SHIFT;
}

int64_t request_id_time_us(uint64_t id)
{
    return EPOCH_US + (int64_t)(id >> TIME_SHIFT) * 1000;
}

uint64_t request_id_make(int64_t wall_us, unsigned worker, uint64_t last_id)
{
    const uint64_t own = (uint64_t)worker << WORKER_SHIFT, in_ms = ((uint64_t)1 << TIME_SHIFT) - 1;
    sl_assert(worker < WORKERS);
    uint64_t id = request_id_floor(wall_us) | own;
    if (id > last_id && id != 0)
        return id;
    /* The same millisecond again, or the clock went back: count on from the last id, keeping our worker's
     * bits. */
    bool ours = (last_id & in_ms & ~(uint64_t)(COUNTERS - 1)) == own;
    if (ours && last_id % COUNTERS != COUNTERS - 1)
        return last_id + 1;
    id = (last_id & ~in_ms) | own;
    return id > last_id ? id : id + in_ms + 1;
}

const char *request_id_text(uint64_t id, char buf[REQUEST_ID_TEXT])
{
    for (int i = REQUEST_ID_TEXT - 2; i >= 0; i--, id >>= 5)
        buf[i] = digits[id & 31];
    buf[REQUEST_ID_TEXT - 1] = '\0';
    return buf;
}

/* Crockford's reading: capitals count, O is 0, I and L are 1. */
static int digit_value(char c)
{
    c = sl_lower(c);
    c = c == 'o' ? '0' : c == 'i' || c == 'l' ? '1' : c;
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

bool request_id_parse(struct sl_str text, uint64_t *out)
{
    uint64_t id = 0;
    /* Thirteen digits are 65 bits; an id has 63, so the first digit is at most 7. */
    if (text.n != REQUEST_ID_TEXT - 1 || *text.p < '0' || *text.p > '7')
        return false;
    for (size_t i = 0; i < text.n; i++) {
        int value = digit_value(text.p[i]);
        if (value < 0)
            return false;
        id = id << 5 | (uint64_t)value;
    }
    if (id == 0)
        return false;
    *out = id;
    return true;
}

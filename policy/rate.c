/* rate.c - see rate.h. */
#include "policy/rate.h"

#include <inttypes.h>
#include <stdio.h>

#include "policy/document_parts.h"

enum {
    FRACTION_DIGITS = 3,
    WHOLE_DIGITS = 12, /* what keeps all arithmetic in 64 bits */
    LEAST_RATE = 1000, /* below, one page takes minutes and peers give up: that is a block in disguise */
    USUAL_BURST_LEAST = 16384,
    LEAST_BURST = 4096,
    BURST_PARTS = 50 /* a burst holds at least this part of a second: turns are given out in milliseconds */
};
static const uint64_t MOST_RATE = UINT64_C(125000000000); /* 1,000 Gbit/s */
static const uint64_t MOST_BURST = UINT64_C(1) << 40;

/* ---- text ---- */

static const struct {
    struct sl_str word;
    uint64_t bits;
} units[] = {
    {{"Gbit/s", 6}, 1000000000}, {{"Mbit/s", 6}, 1000000}, {{"kbit/s", 6}, 1000},    {{"bit/s", 5}, 1},
    {{"MB/s", 4}, 8000000},      {{"kB/s", 4}, 8000},      {{"MiB/s", 5}, 8u << 20}, {{"KiB/s", 5}, 8u << 10},
};

static size_t digits_at(struct sl_str text, size_t from)
{
    size_t n = 0;
    while (from + n < text.n && text.p[from + n] >= '0' && text.p[from + n] <= '9')
        n++;
    return n;
}

/* "1.25" as 1250; *out_n bytes belong to it. */
static bool take_thousandths(struct sl_str text, uint64_t *out, size_t *out_n)
{
    static const uint64_t scale[FRACTION_DIGITS + 1] = {1000, 100, 10, 1};
    size_t whole = digits_at(text, 0), fraction = 0;
    uint64_t number, parts = 0;
    if (whole == 0 || whole > WHOLE_DIGITS || !sl_str_u64(sl_str_sub(text, 0, whole), UINT64_MAX, &number))
        return false;
    *out_n = whole;
    if (whole < text.n && text.p[whole] == '.') {
        fraction = digits_at(text, whole + 1);
        if (fraction == 0 || fraction > FRACTION_DIGITS ||
            !sl_str_u64(sl_str_sub(text, whole + 1, fraction), UINT64_MAX, &parts))
            return false;
        *out_n += 1 + fraction;
    }
    *out = number * 1000 + parts * scale[fraction];
    return true;
}

bool rate_parse(struct sl_str text, uint64_t *out_bytes_per_s)
{
    uint64_t thousandths;
    size_t n;
    if (!take_thousandths(text, &thousandths, &n))
        return false;
    struct sl_str unit = sl_str_sub(text, n, text.n);
    for (size_t i = 0; i < SL_COUNT(units); i++) {
        if (!sl_str_eq(unit, units[i].word))
            continue;
        unsigned __int128 bits = (unsigned __int128)thousandths * units[i].bits / 1000;
        *out_bytes_per_s = bits / 8 > UINT64_MAX ? UINT64_MAX : (uint64_t)(bits / 8);
        return true;
    }
    return false;
}

const char *rate_text(uint64_t bytes_per_s, char buf[RATE_TEXT])
{
    unsigned __int128 bits = (unsigned __int128)bytes_per_s * 8;
    size_t i = 0;
    while (bits % units[i].bits != 0)
        i++;
    snprintf(buf, RATE_TEXT, "%" PRIu64 "%s", (uint64_t)(bits / units[i].bits), units[i].word.p);
    return buf;
}

/* ---- documents ---- */

static uint64_t usual_burst(uint64_t bytes_per_s)
{
    return SL_MAX(bytes_per_s, (uint64_t)USUAL_BURST_LEAST);
}

bool rate_read(struct reader *r, const json_t *v, struct rate_def *out)
{
    uint64_t rate;
    if (!read_is(r, v, JSON_STRING, "a rate such as \"2Mbit/s\""))
        return false;
    if (!rate_parse(read_str(v), &rate))
        read_fault(r, "'%.*s' is no rate such as 2Mbit/s; units are " RATE_UNITS,
                   SL_FMT(sl_str_sub(read_str(v), 0, 100)));
    else if (rate < LEAST_RATE || rate > MOST_RATE)
        read_fault(r, "'%.*s' is out of range; must be 8kbit/s to 1000Gbit/s", SL_FMT(read_str(v)));
    else {
        out->bytes_per_s = rate;
        out->burst = usual_burst(rate);
        return true;
    }
    return false;
}

static void read_throttle_per(struct reader *r, const json_t *v, struct rate_def *out)
{
    int word;
    if (read_word(r, v, quota_per_words, &word))
        out->per = (enum quota_per)word;
}

/* Read after the rate, by the order of the table. */
static void read_burst(struct reader *r, const json_t *v, struct rate_def *out)
{
    uint64_t least = SL_MAX(out->bytes_per_s / BURST_PARTS, (uint64_t)LEAST_BURST), burst;
    if (!read_size(r, v, &burst))
        return;
    if (burst < least || burst > MOST_BURST)
        read_fault(r, "is %" PRIu64 " bytes; must be %" PRIu64 " (4KiB, or a 50th of a second) to 1TiB",
                   burst, least);
    else
        out->burst = burst;
}

READER(throttle_rate, rate_def, rate_read(r, v, o))
READER(throttle_per, rate_def, read_throttle_per(r, v, o))
READER(throttle_burst, rate_def, read_burst(r, v, o))

static const struct read_field throttle_fields[] = {
    {"rate", throttle_rate, SCHEMA_RATE, READ_REQUIRED},
    {"per", throttle_per, "{\"enum\":[\"user\",\"client\",\"group\",\"all\"],\"default\":\"user\"}", 0},
    {"burst", throttle_burst, SCHEMA_REF("size"), 0},
};
const struct read_shape rate_shape = {"throttle", "a throttle", READ_FIELDS(throttle_fields)};

void rate_read_throttle(struct reader *r, const json_t *v, struct rate_def *out)
{
    if (json_is_object(v))
        read_object(r, v, &rate_shape, out);
    else
        rate_read(r, v, out);
}

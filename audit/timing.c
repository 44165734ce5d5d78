/* timing.c - see audit/timing.h. */
#include "audit/timing.h"

const char *const timing_names[TIMING_PHASES] = {"identify_us", "decide_us", "resolve_us", "connect_us",
                                                 "send_us",     "wait_us",   "relay_us"};

_Static_assert(sizeof(struct record_timing) == TIMING_PHASES * sizeof(uint32_t), "a phase is missing here");

void timing_values(const struct record_timing *t, uint32_t out[TIMING_PHASES])
{
    memcpy(out, t, sizeof *t);
}

size_t timing_pack(const struct record_timing *t, uint8_t out[TIMING_BYTES])
{
    uint32_t values[TIMING_PHASES];
    size_t n = 0, count = TIMING_PHASES;
    timing_values(t, values);
    while (count && values[count - 1] == 0)
        count--;
    for (size_t i = 0; i < count; i++) {
        uint32_t v = values[i];
        for (; v >= 0x80; v >>= 7)
            out[n++] = (uint8_t)(v | 0x80);
        out[n++] = (uint8_t)v;
    }
    return n;
}

void timing_unpack(struct sl_str bytes, struct record_timing *out)
{
    uint32_t values[TIMING_PHASES] = {0};
    size_t phase = 0;
    unsigned shift = 0;
    for (size_t i = 0; i < bytes.n && phase < TIMING_PHASES && shift < 32; i++) {
        uint8_t b = (uint8_t)bytes.p[i];
        values[phase] |= (uint32_t)(b & 0x7f) << shift;
        shift = b & 0x80 ? shift + 7 : 0;
        phase += !(b & 0x80);
    }
    memcpy(out, values, sizeof *out);
}

/* pack.c - see audit/pack.h. */
#include "audit/pack.h"

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

enum { V4_BYTES = 4, V4_AT = 12, PORT_BYTES = 2, ZONE_BYTES = 4 };

size_t pack_addr(struct sl_addr a, uint8_t out[PACKED_ADDR])
{
    if (sl_addr_none(a))
        return 0;
    size_t skip = sl_addr_is_v4(a) ? V4_AT : 0;
    memcpy(out, a.b + skip, PACKED_ADDR - skip);
    return PACKED_ADDR - skip;
}

struct sl_addr unpack_addr(struct sl_str bytes)
{
    struct sl_addr a = {{0}};
    if (bytes.n == V4_BYTES) {
        a.b[10] = a.b[11] = 0xff;
        memcpy(a.b + V4_AT, bytes.p, V4_BYTES);
    } else if (bytes.n == PACKED_ADDR) {
        memcpy(a.b, bytes.p, PACKED_ADDR);
    }
    return a;
}

size_t pack_endpoint(struct sl_endpoint e, uint8_t out[PACKED_ENDPOINT])
{
    if (e.port == 0)
        return 0;
    memcpy(out, &e.port, PORT_BYTES);
    size_t n = PORT_BYTES + pack_addr(e.addr, out + PORT_BYTES);
    if (e.scope) {
        memcpy(out + n, &e.scope, ZONE_BYTES);
        n += ZONE_BYTES;
    }
    return n;
}

struct sl_endpoint unpack_endpoint(struct sl_str bytes)
{
    struct sl_endpoint e = {0};
    if (bytes.n < PORT_BYTES)
        return e;
    memcpy(&e.port, bytes.p, PORT_BYTES);
    bytes = sl_str_sub(bytes, PORT_BYTES, SIZE_MAX);
    /* Only an IPv6 address has a zone. */
    if (bytes.n == PACKED_ADDR + ZONE_BYTES)
        memcpy(&e.scope, bytes.p + PACKED_ADDR, ZONE_BYTES);
    e.addr = unpack_addr(sl_str_sub(bytes, 0, bytes.n > PACKED_ADDR ? PACKED_ADDR : bytes.n));
    return e;
}

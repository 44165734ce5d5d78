/* proxy_header.c - see proxy_header.h. As the specification has it, and nothing beside: one space between
 * words, decimal numbers without leading zeros, addresses of the family that is named. */
#include "proxy/net/proxy_header.h"

enum { LINE_MAX_BYTES = 107, FIXED = 16, V4_BYTES = 12, V6_BYTES = 36 };

/* ---- version 1: "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n" ---- */

static bool read_port(struct sl_str text, uint16_t *out)
{
    uint64_t port;
    if ((text.n > 1 && text.p[0] == '0') || text.n > 5 || !sl_str_u64(text, UINT16_MAX, &port))
        return false;
    *out = (uint16_t)port;
    return true;
}

static bool read_addr(struct sl_str text, bool v6, struct sl_addr *out)
{
    bool colon = sl_str_find(text, ':') < text.n;
    return colon == v6 && sl_addr_parse(text, out);
}

static bool read_line(struct sl_str line, struct proxy_header *out)
{
    struct sl_str rest = line, word[6];
    size_t n = 0;
    while (n < SL_COUNT(word) && sl_str_split(&rest, ' ', &word[n]))
        n++;
    if (n >= 2 && sl_str_eq(word[1], SL_STR("UNKNOWN")))
        return true;
    if (n != SL_COUNT(word) || rest.p)
        return false;
    bool v6 = sl_str_eq(word[1], SL_STR("TCP6"));
    out->told = true;
    return (v6 || sl_str_eq(word[1], SL_STR("TCP4"))) && read_addr(word[2], v6, &out->client.addr) &&
           read_addr(word[3], v6, &out->destination.addr) && read_port(word[4], &out->client.port) &&
           read_port(word[5], &out->destination.port);
}

static enum proxy_header_result parse_line(struct sl_str bytes, struct proxy_header *out)
{
    struct sl_str seen = sl_str_sub(bytes, 0, LINE_MAX_BYTES);
    size_t n = sl_str_find(seen, '\n');
    for (size_t i = 0; i < SL_MIN(n, seen.n); i++)
        if (((unsigned char)seen.p[i] < ' ' && seen.p[i] != '\r') ||
            (seen.p[i] == '\r' && i + 1 < SL_MIN(n, seen.n)))
            return PROXY_HEADER_BAD;
    if (n == seen.n)
        return seen.n < LINE_MAX_BYTES ? PROXY_HEADER_MORE : PROXY_HEADER_BAD;
    if (n == 0 || seen.p[n - 1] != '\r' || !read_line(sl_str_sub(seen, 0, n - 1), out))
        return PROXY_HEADER_BAD;
    out->length = n + 1;
    return PROXY_HEADER_DONE;
}

/* ---- version 2 ---- */

enum {
    COMMAND_LOCAL = 0x20,
    COMMAND_PROXY = 0x21,
    FAMILY_UNSPEC = 0x00,
    FAMILY_TCP4 = 0x11,
    FAMILY_TCP6 = 0x21
};

static uint16_t number(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static struct sl_addr address(const uint8_t *p, size_t n)
{
    struct sl_addr a = {{[10] = 0xff, 0xff}};
    memcpy(a.b + sizeof a.b - n, p, n);
    return a;
}

/* Two addresses of n bytes, then two ports. */
static void read_addresses(const uint8_t *p, size_t n, struct proxy_header *out)
{
    out->told = true;
    out->client = (struct sl_endpoint){.addr = address(p, n), .port = number(p + 2 * n)};
    out->destination = (struct sl_endpoint){.addr = address(p + n, n), .port = number(p + 2 * n + 2)};
}

static enum proxy_header_result parse_binary(struct sl_str bytes, struct proxy_header *out)
{
    const uint8_t *p = (const uint8_t *)bytes.p;
    if (bytes.n > 12 && p[12] != COMMAND_LOCAL && p[12] != COMMAND_PROXY)
        return PROXY_HEADER_BAD;
    if (bytes.n < FIXED)
        return PROXY_HEADER_MORE;
    size_t behind = number(p + 14), wanted = p[13] == FAMILY_TCP4   ? V4_BYTES
                                             : p[13] == FAMILY_TCP6 ? V6_BYTES
                                                                    : 0;
    bool local = p[12] == COMMAND_LOCAL; /* whose addresses mean nothing */
    if (FIXED + behind > PROXY_HEADER_MAX || (!local && behind < wanted) ||
        (!local && wanted == 0 && p[13] != FAMILY_UNSPEC))
        return PROXY_HEADER_BAD;
    if (bytes.n < FIXED + behind)
        return PROXY_HEADER_MORE;
    out->length = FIXED + behind;
    if (!local && wanted > 0)
        read_addresses(p + FIXED, wanted == V4_BYTES ? 4 : 16, out);
    return PROXY_HEADER_DONE;
}

/* ---- either ---- */

/* Whether the bytes are the begin of word, or begin with it. */
static bool begins(struct sl_str bytes, struct sl_str word)
{
    size_t n = SL_MIN(bytes.n, word.n);
    return n == 0 || memcmp(bytes.p, word.p, n) == 0;
}

enum proxy_header_result proxy_header_parse(struct sl_str bytes, struct proxy_header *out)
{
    enum proxy_header_result r = PROXY_HEADER_BAD;
    struct sl_str line = SL_STR("PROXY "), signature = SL_STR("\r\n\r\n\0\r\nQUIT\n");
    *out = (struct proxy_header){0};
    if (bytes.n == 0)
        return PROXY_HEADER_MORE;
    if (begins(bytes, line))
        r = parse_line(bytes, out);
    else if (begins(bytes, signature))
        r = parse_binary(bytes, out);
    bool nobody = out->told && (sl_addr_none(out->client.addr) || out->client.port == 0);
    return r == PROXY_HEADER_DONE && nobody ? PROXY_HEADER_BAD : r;
}

/* addr.c - see sluice/addr.h. */
#include "sluice/addr.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

/* The two halves as numbers, so that comparing and masking take two operations. */
static uint64_t half(const struct sl_addr *a, int i)
{
    uint64_t x;
    memcpy(&x, a->b + 8 * i, sizeof x);
    return __builtin_bswap64(x);
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "half() swaps bytes");

bool sl_addr_none(struct sl_addr a)
{
    return (half(&a, 0) | half(&a, 1)) == 0;
}

bool sl_addr_is_v4(struct sl_addr a)
{
    return memcmp(a.b, mapped_prefix, sizeof mapped_prefix) == 0;
}

bool sl_addr_eq(struct sl_addr a, struct sl_addr b)
{
    return memcmp(a.b, b.b, sizeof a.b) == 0;
}

/* Four decimal numbers without leading zeros: 010.0.0.1 means different hosts to different programs. */
static bool parse_v4(struct sl_str text, struct sl_addr *out)
{
    struct sl_addr a = {0};
    struct sl_str part;
    int i = 0;
    memcpy(a.b, mapped_prefix, sizeof mapped_prefix);
    while (sl_str_split(&text, '.', &part)) {
        uint64_t value;
        if (i == 4 || part.n > 3 || !sl_str_u64(part, 255, &value) || (part.n > 1 && part.p[0] == '0'))
            return false;
        a.b[12 + i++] = (uint8_t)value;
    }
    if (i != 4)
        return false;
    *out = a;
    return true;
}

bool sl_addr_parse(struct sl_str text, struct sl_addr *out)
{
    if (text.n == 0 || text.n >= SL_ADDR_TEXT || sl_str_find(text, '\0') < text.n)
        return false;
    if (sl_str_find(text, ':') == text.n)
        return parse_v4(text, out);
    char copy[SL_ADDR_TEXT];
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    return inet_pton(AF_INET6, copy, out->b) == 1;
}

/* By hand: quotas per client and forwarded_for write one for each request, and printf would take longer than
 * both. */
static void write_v4(const uint8_t b[4], char *out)
{
    for (int i = 0; i < 4; i++) {
        unsigned n = b[i];
        if (n >= 100)
            *out++ = (char)('0' + n / 100);
        if (n >= 10)
            *out++ = (char)('0' + n / 10 % 10);
        *out++ = (char)('0' + n % 10);
        *out++ = i < 3 ? '.' : '\0';
    }
}

const char *sl_addr_text(struct sl_addr a, char buf[SL_ADDR_TEXT])
{
    if (sl_addr_is_v4(a))
        write_v4(a.b + 12, buf);
    else
        sl_assert(inet_ntop(AF_INET6, a.b, buf, SL_ADDR_TEXT));
    return buf;
}

/* The first `bits` bits of half i set. */
static uint64_t half_mask(unsigned bits, int i)
{
    unsigned here = i == 0 ? SL_MIN(bits, 64u) : bits > 64 ? bits - 64 : 0;
    return here == 0 ? 0 : UINT64_MAX << (64 - here);
}

static struct sl_addr masked(struct sl_addr a, unsigned bits)
{
    for (int i = 0; i < 2; i++) {
        uint64_t x = __builtin_bswap64(half(&a, i) & half_mask(bits, i));
        memcpy(a.b + 8 * i, &x, sizeof x);
    }
    return a;
}

bool sl_cidr_parse(struct sl_str text, struct sl_cidr *out, struct sl_err *err)
{
    struct sl_str whole = text;
    size_t slash = sl_str_find(text, '/');
    struct sl_str host = sl_str_sub(text, 0, slash), length = sl_str_sub(text, slash + 1, SIZE_MAX);
    struct sl_addr a;
    uint64_t bits = 128;
    if (!sl_addr_parse(host, &a))
        return sl_fail(err, SL_BAD_INPUT,
                       "'%.*s' is not a network; write 10.0.0.0/8, 2001:db8::/32 or one address",
                       SL_FMT(whole));
    unsigned most = sl_str_find(host, ':') == host.n ? 32 : 128;
    if (slash < text.n) {
        if (length.n > 3 || !sl_str_u64(length, most, &bits) || (length.n > 1 && length.p[0] == '0'))
            return sl_fail(err, SL_BAD_INPUT, "network '%.*s': the length behind / goes from 0 to %u",
                           SL_FMT(whole), most);
        bits += 128 - most;
    }
    struct sl_cidr net = {.addr = masked(a, (unsigned)bits), .bits = (uint8_t)bits};
    char meant[SL_ENDPOINT_TEXT];
    if (!sl_addr_eq(net.addr, a))
        return sl_fail(err, SL_BAD_INPUT,
                       "network '%.*s' has bits set behind its length; %s is the network meant",
                       SL_FMT(whole), sl_cidr_text(net, meant));
    *out = net;
    return true;
}

bool sl_cidr_contains(struct sl_cidr net, struct sl_addr a)
{
    if (((half(&net.addr, 0) ^ half(&a, 0)) & half_mask(net.bits, 0)) |
        ((half(&net.addr, 1) ^ half(&a, 1)) & half_mask(net.bits, 1)))
        return false;
    return net.bits >= 96 || !sl_addr_is_v4(a);
}

const char *sl_cidr_text(struct sl_cidr net, char buf[SL_ENDPOINT_TEXT])
{
    char addr[SL_ADDR_TEXT];
    bool v4 = sl_addr_is_v4(net.addr) && net.bits >= 96;
    sl_addr_text(net.addr, addr);
    if (net.bits == 128)
        snprintf(buf, SL_ENDPOINT_TEXT, "%s", addr);
    else
        snprintf(buf, SL_ENDPOINT_TEXT, "%s/%d", addr, v4 ? net.bits - 96 : net.bits);
    return buf;
}

/* The zone of a link-local address: an interface's name or number. */
static bool parse_zone(struct sl_str zone, uint32_t *out)
{
    char name[IF_NAMESIZE];
    uint64_t number;
    if (sl_str_u64(zone, UINT32_MAX, &number)) {
        *out = (uint32_t)number;
        return number != 0;
    }
    if (zone.n == 0 || zone.n >= sizeof name || sl_str_find(zone, '\0') < zone.n)
        return false;
    memcpy(name, zone.p, zone.n);
    name[zone.n] = '\0';
    *out = if_nametoindex(name);
    return *out != 0;
}

/* "::1" or "fe80::1%eth0", from between the brackets. */
static bool parse_bracketed(struct sl_str text, struct sl_endpoint *e)
{
    size_t percent = sl_str_find(text, '%');
    if (percent < text.n && !parse_zone(sl_str_sub(text, percent + 1, SIZE_MAX), &e->scope))
        return false;
    struct sl_str host = sl_str_sub(text, 0, percent);
    return sl_str_find(host, ':') < host.n && sl_addr_parse(host, &e->addr);
}

bool sl_endpoint_parse(struct sl_str text, struct sl_endpoint *out, struct sl_err *err)
{
    struct sl_endpoint e = {0};
    bool bracketed = text.n && text.p[0] == '[', known;
    size_t colon = bracketed ? sl_str_find(text, ']') + 1 : sl_str_find(text, ':');
    if (bracketed)
        known = colon <= text.n && parse_bracketed(sl_str_sub(text, 1, colon - 2), &e);
    else
        known = sl_addr_parse(sl_str_sub(text, 0, colon), &e.addr);
    uint64_t port;
    struct sl_str digits = sl_str_sub(text, colon + 1, SIZE_MAX);
    if (!known || colon >= text.n || text.p[colon] != ':')
        return sl_fail(err, SL_BAD_INPUT,
                       "'%.*s' is not an address with a port; write 127.0.0.1:3128 or [::1]:3128",
                       SL_FMT(text));
    if (digits.n > 5 || !sl_str_u64(digits, 65535, &port))
        return sl_fail(err, SL_BAD_INPUT, "'%.*s': the port behind : goes from 0 to 65535", SL_FMT(text));
    e.port = (uint16_t)port;
    *out = e;
    return true;
}

const char *sl_endpoint_text(struct sl_endpoint e, char buf[SL_ENDPOINT_TEXT])
{
    char addr[SL_ADDR_TEXT];
    sl_addr_text(e.addr, addr);
    if (sl_addr_is_v4(e.addr))
        snprintf(buf, SL_ENDPOINT_TEXT, "%s:%u", addr, e.port);
    else if (e.scope)
        snprintf(buf, SL_ENDPOINT_TEXT, "[%s%%%u]:%u", addr, e.scope, e.port);
    else
        snprintf(buf, SL_ENDPOINT_TEXT, "[%s]:%u", addr, e.port);
    return buf;
}

socklen_t sl_endpoint_to_sockaddr(struct sl_endpoint e, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    if (sl_addr_is_v4(e.addr)) {
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(e.port)};
        memcpy(&in.sin_addr, e.addr.b + 12, 4);
        memcpy(out, &in, sizeof in);
        return sizeof in;
    }
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(e.port), .sin6_scope_id = e.scope};
    memcpy(&in6.sin6_addr, e.addr.b, 16);
    memcpy(out, &in6, sizeof in6);
    return sizeof in6;
}

struct sl_endpoint sl_endpoint_from_sockaddr(const struct sockaddr *sa)
{
    struct sl_endpoint e = {0};
    if (sa->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, sa, sizeof in);
        memcpy(e.addr.b, mapped_prefix, sizeof mapped_prefix);
        memcpy(e.addr.b + 12, &in.sin_addr, 4);
        e.port = ntohs(in.sin_port);
    } else if (sa->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, sa, sizeof in6);
        memcpy(e.addr.b, &in6.sin6_addr, 16);
        e.port = ntohs(in6.sin6_port);
        e.scope = in6.sin6_scope_id;
    }
    return e;
}

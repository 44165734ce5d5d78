/* address_class.c - see address_class.h. */
#include "base/address_class.h"

static const char *const words[ADDRESS_CLASS_COUNT] = {
    [ADDRESS_PUBLIC] = "public",
    [ADDRESS_UNSPECIFIED] = "unspecified",
    [ADDRESS_LOOPBACK] = "loopback",
    [ADDRESS_PRIVATE] = "private",
    [ADDRESS_LINK_LOCAL] = "link-local",
    [ADDRESS_SHARED] = "shared",
    [ADDRESS_MULTICAST] = "multicast",
    [ADDRESS_BROADCAST] = "broadcast",
    [ADDRESS_DOCUMENTATION] = "documentation",
    [ADDRESS_BENCHMARKING] = "benchmarking",
    [ADDRESS_RESERVED] = "reserved",
    [ADDRESS_METADATA] = "metadata",
};

const char *address_class_word(enum address_class c)
{
    return words[c];
}

/* An IPv4 network is written as its last four bytes and 96 + n bits; the first row that holds an address is
 * its class. */
#define V4(a, b, c, d)                                           \
    {                                                            \
        {                                                        \
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d \
        }                                                        \
    }
#define V6(...)         \
    {                   \
        {               \
            __VA_ARGS__ \
        }               \
    }

static const struct {
    struct sl_addr addr;
    uint8_t bits;
    enum address_class class;
} rows[] = {
    {V4(169, 254, 169, 254), 128, ADDRESS_METADATA}, /* nearly all clouds */
    {V4(169, 254, 170, 2), 128, ADDRESS_METADATA},   /* credentials of containers */
    {V4(169, 254, 170, 23), 128, ADDRESS_METADATA},
    {V4(169, 254, 0, 23), 128, ADDRESS_METADATA},
    {V4(169, 254, 42, 42), 128, ADDRESS_METADATA},
    {V4(100, 100, 100, 200), 128, ADDRESS_METADATA},
    {V4(192, 0, 0, 192), 128, ADDRESS_METADATA},
    {V4(168, 63, 129, 16), 128, ADDRESS_METADATA}, /* public by its number, but each machine's own host */
    {V4(255, 255, 255, 255), 128, ADDRESS_BROADCAST},
    {V4(0, 0, 0, 0), 96 + 8, ADDRESS_UNSPECIFIED},
    {V4(10, 0, 0, 0), 96 + 8, ADDRESS_PRIVATE},
    {V4(100, 64, 0, 0), 96 + 10, ADDRESS_SHARED},
    {V4(127, 0, 0, 0), 96 + 8, ADDRESS_LOOPBACK},
    {V4(169, 254, 0, 0), 96 + 16, ADDRESS_LINK_LOCAL},
    {V4(172, 16, 0, 0), 96 + 12, ADDRESS_PRIVATE},
    {V4(192, 0, 0, 0), 96 + 24, ADDRESS_RESERVED},
    {V4(192, 0, 2, 0), 96 + 24, ADDRESS_DOCUMENTATION},
    {V4(192, 88, 99, 0), 96 + 24, ADDRESS_RESERVED}, /* 6to4 relays */
    {V4(192, 168, 0, 0), 96 + 16, ADDRESS_PRIVATE},
    {V4(198, 18, 0, 0), 96 + 15, ADDRESS_BENCHMARKING},
    {V4(198, 51, 100, 0), 96 + 24, ADDRESS_DOCUMENTATION},
    {V4(203, 0, 113, 0), 96 + 24, ADDRESS_DOCUMENTATION},
    {V4(224, 0, 0, 0), 96 + 4, ADDRESS_MULTICAST},
    {V4(240, 0, 0, 0), 96 + 4, ADDRESS_RESERVED},
    {V4(0, 0, 0, 0), 96, ADDRESS_PUBLIC}, /* the rest of IPv4 */
    {V6(0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54), 128, ADDRESS_METADATA},
    {V6(0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x23), 128, ADDRESS_METADATA},
    {V6(0xfd, 0x20, 0, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54), 128, ADDRESS_METADATA},
    {V6(0xfd, 0, 0, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x42), 128, ADDRESS_METADATA},
    {V6(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xa9, 0xfe, 0xa9, 0xfe), 128, ADDRESS_METADATA},
    {V6(0), 128, ADDRESS_UNSPECIFIED},
    {V6(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), 128, ADDRESS_LOOPBACK},
    {V6(0, 0x64, 0xff, 0x9b, 0, 0, 0, 0), 96, ADDRESS_PUBLIC}, /* NAT64: see below */
    {V6(0, 0x64, 0xff, 0x9b, 0, 1), 48, ADDRESS_PRIVATE},      /* NAT64 of local use */
    {V6(0), 8, ADDRESS_RESERVED},                              /* IPv4-compatible and other history */
    {V6(1, 0), 64, ADDRESS_RESERVED},                          /* discard */
    {V6(0x20, 0x01, 0, 0), 32, ADDRESS_PUBLIC},                /* Teredo: see below */
    {V6(0x20, 0x01, 0, 2), 48, ADDRESS_BENCHMARKING},
    {V6(0x20, 0x01, 0x0d, 0xb8), 32, ADDRESS_DOCUMENTATION},
    {V6(0x20, 0x01, 0, 0), 23, ADDRESS_RESERVED}, /* other protocol assignments, ORCHID */
    {V6(0x3f, 0xff), 20, ADDRESS_DOCUMENTATION},
    {V6(0xfe, 0x80), 10, ADDRESS_LINK_LOCAL},
    {V6(0xfe, 0xc0), 10, ADDRESS_RESERVED}, /* site-local */
    {V6(0xfc), 7, ADDRESS_PRIVATE},
    {V6(0xff), 8, ADDRESS_MULTICAST},
    {V6(0x20), 3, ADDRESS_PUBLIC},
};

enum address_class address_class_alone(struct sl_addr a)
{
    for (size_t i = 0; i < SL_COUNT(rows); i++)
        if (sl_cidr_contains((struct sl_cidr){rows[i].addr, rows[i].bits}, a))
            return rows[i].class;
    return ADDRESS_RESERVED; /* outside 2000::/3 nothing is handed out */
}

static struct sl_addr v4_of(const uint8_t b[4], uint8_t mask)
{
    struct sl_addr a = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}};
    for (int i = 0; i < 4; i++)
        a.b[12 + i] = b[i] ^ mask;
    return a;
}

size_t address_embedded(struct sl_addr a, struct sl_addr out[2])
{
    static const struct sl_cidr nat64 = {V6(0, 0x64, 0xff, 0x9b), 96}, six_to_four = {V6(0x20, 0x02), 16},
                                teredo = {V6(0x20, 0x01, 0, 0), 32}, compatible = {V6(0), 96};
    static const uint8_t isatap[4] = {0, 0, 0x5e, 0xfe};
    if (sl_addr_is_v4(a))
        return 0;
    if (sl_cidr_contains(six_to_four, a)) {
        out[0] = v4_of(a.b + 2, 0);
        return 1;
    }
    if (sl_cidr_contains(teredo, a)) {
        out[0] = v4_of(a.b + 4, 0);     /* its server */
        out[1] = v4_of(a.b + 12, 0xff); /* the client, inverted */
        return 2;
    }
    bool in_isatap = memcmp(a.b + 9, isatap + 1, 3) == 0 && (a.b[8] & 0xfc) == 0;
    if (sl_cidr_contains(nat64, a) || sl_cidr_contains(compatible, a) || in_isatap) {
        out[0] = v4_of(a.b + 12, 0);
        return 1;
    }
    return 0;
}

bool address_is_nat64_prefix(struct sl_cidr net)
{
    return !sl_addr_is_v4(net.addr) &&
           (net.bits == 96 || (net.bits >= 32 && net.bits <= 64 && net.bits % 8 == 0));
}

/* The four bytes follow the prefix; byte 8 lies between them and is not one of them. */
struct sl_addr address_from_nat64(struct sl_addr a, unsigned prefix_bits)
{
    uint8_t v4[4];
    for (size_t i = 0, at = prefix_bits / 8; i < 4; i++, at++) {
        if (at == 8)
            at++;
        v4[i] = a.b[at];
    }
    return v4_of(v4, 0);
}

enum address_class address_class_worse(enum address_class a, enum address_class b)
{
    if (a == ADDRESS_METADATA || b == ADDRESS_METADATA)
        return ADDRESS_METADATA;
    return a != ADDRESS_PUBLIC ? a : b;
}

bool address_class_excepted(enum address_class c, struct sl_addr a, const struct sl_cidr *nets, size_t count)
{
    unsigned least_bits = c == ADDRESS_METADATA ? 128 : 0;
    if (c == ADDRESS_MULTICAST || c == ADDRESS_BROADCAST)
        return false;
    for (size_t i = 0; i < count; i++)
        if (nets[i].bits >= least_bits && sl_cidr_contains(nets[i], a))
            return true;
    return false;
}

enum address_class address_classify(struct sl_addr a)
{
    struct sl_addr inner[2];
    enum address_class worst = address_class_alone(a);
    for (size_t i = 0, n = address_embedded(a, inner); i < n; i++)
        worst = address_class_worse(worst, address_class_alone(inner[i]));
    return worst;
}

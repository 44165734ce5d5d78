/* netset.c - see netset.h. */
#include "policy/netset.h"

#include <endian.h>
#include <stdlib.h>

struct net {
    struct sl_cidr cidr;
    uint32_t id;
    uint32_t around; /* index + 1 of the smallest network around this one (or equal, before it); 0 = none */
};
struct netset {
    struct net *nets; /* sealed: by first address, wider ones first */
    size_t count, cap;
};

struct netset *netset_new(void)
{
    return sl_calloc(1, sizeof(struct netset));
}

void netset_free(struct netset **set)
{
    if (*set)
        free((*set)->nets);
    free(*set);
    *set = NULL;
}

void netset_add(struct netset *set, struct sl_cidr net, uint32_t id)
{
    SL_GROW(set->nets, set->count, &set->cap);
    set->nets[set->count++] = (struct net){.cidr = net, .id = id};
}

static int order(const void *a, const void *b)
{
    const struct net *x = a, *y = b;
    int by_start = memcmp(x->cidr.addr.b, y->cidr.addr.b, sizeof x->cidr.addr.b);
    if (by_start != 0)
        return by_start;
    if (x->cidr.bits != y->cidr.bits)
        return x->cidr.bits < y->cidr.bits ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* As bits alone: sl_cidr_contains also says that ::/0 holds no IPv4 address, which would break the nesting.
 */
static bool nests(struct sl_cidr net, struct sl_addr a)
{
    size_t whole = net.bits / 8;
    unsigned mask = 0xff00u >> net.bits % 8;
    return memcmp(net.addr.b, a.b, whole) == 0 &&
           (whole == 16 || ((net.addr.b[whole] ^ a.b[whole]) & mask & 0xff) == 0);
}

void netset_seal(struct netset *set)
{
    if (set->count == 0)
        return;
    qsort(set->nets, set->count, sizeof *set->nets, order);
    uint32_t open = 0; /* the network before, whose chain holds every network still open */
    for (size_t i = 0; i < set->count; i++) {
        while (open != 0 && !nests(set->nets[open - 1].cidr, set->nets[i].cidr.addr))
            open = set->nets[open - 1].around;
        set->nets[i].around = open;
        open = (uint32_t)i + 1;
    }
}

static uint64_t big_endian(const uint8_t *b)
{
    uint64_t v;
    memcpy(&v, b, sizeof v);
    return be64toh(v);
}

/* Whether x stands before y or is the same. */
static bool up_to(const struct sl_addr *x, uint64_t y_high, uint64_t y_low)
{
    uint64_t high = big_endian(x->b);
    return high != y_high ? high < y_high : big_endian(x->b + 8) <= y_low;
}

/* How many networks start at or before a. */
static size_t started(const struct netset *set, struct sl_addr a)
{
    uint64_t a_high = big_endian(a.b), a_low = big_endian(a.b + 8);
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (up_to(&set->nets[mid].cidr.addr, a_high, a_low))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

void netset_lookup(const struct netset *set, struct sl_addr a, uint64_t *bits)
{
    /* A network that holds a starts at or before it, and so does the last one that started: of two such
     * networks the earlier holds the start of the later, hence all of it. So all that hold a are around the
     * last. */
    for (size_t at = started(set, a); at != 0; at = set->nets[at - 1].around) {
        const struct net *n = &set->nets[at - 1];
        if (sl_cidr_contains(n->cidr, a))
            bits[n->id / 64] |= UINT64_C(1) << (n->id % 64);
    }
}

/* networks.c - see networks.h. */
#include "policy/lists/networks.h"

#include <stdlib.h>

void networks_add(struct networks *n, struct sl_cidr net, uint16_t member)
{
    bool v4 = sl_addr_is_v4(net.addr) && net.bits >= 96;
    address_bits first = 0;
    for (size_t i = v4 ? 12 : 0; i < 16; i++)
        first = first << 8 | net.addr.b[i];
    address_bits below = net.bits == 0 ? ~(address_bits)0 : ((address_bits)1 << (128 - net.bits)) - 1;
    SL_GROW(n->items, n->count, &n->cap);
    n->items[n->count++] = (struct network){first & ~below, first | below, member};
}

/* A network stands before those inside it, and an exception behind what it is an exception from. */
static int by_place(const void *va, const void *vb)
{
    const struct network *a = va, *b = vb;
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    if (a->last != b->last)
        return a->last > b->last ? -1 : 1;
    if (member_excepts(a->member) != member_excepts(b->member))
        return member_excepts(a->member) ? 1 : -1;
    return a->member - b->member;
}

/* From here on the set holds; several changes at one address leave the last. */
static void change(struct stretches *s, address_bits first, uint32_t set)
{
    if (s->count > 0 && s->items[s->count - 1].first == first)
        s->count--;
    if (s->count > 0 && s->items[s->count - 1].set == set)
        return;
    SL_GROW(s->items, s->count, &s->cap);
    s->items[s->count++] = (struct stretch){first, set};
}

/* The networks that hold the current address, outermost first; at most one for each prefix length. */
struct nest {
    struct {
        address_bits last;
        uint32_t set;
    } open[130];
    size_t depth;
};

/* Closes the networks that end before `first`. */
static void close_before(struct nest *nest, address_bits first, struct stretches *out)
{
    while (nest->depth > 1 && nest->open[nest->depth - 1].last < first) {
        address_bits last = nest->open[--nest->depth].last;
        change(out, last + 1, nest->open[nest->depth - 1].set);
    }
}

/* An exception takes out what the networks around it put in; nothing of it is left in the sets. */
static uint32_t set_inside(struct sets *sets, uint32_t around, uint16_t member)
{
    return member_excepts(member) ? sets_without(sets, around, member & (uint16_t)~MEMBER_EXCEPT)
                                  : sets_with(sets, around, member);
}

void networks_flatten(struct networks *n, address_bits top, struct sets *sets, struct stretches *out)
{
    *out = (struct stretches){0};
    if (n->count == 0)
        return;
    qsort(n->items, n->count, sizeof *n->items, by_place);
    struct nest nest = {.open = {{top, 0}}, .depth = 1};
    change(out, 0, 0);
    for (size_t i = 0; i < n->count; i++) {
        const struct network *net = &n->items[i];
        close_before(&nest, net->first, out);
        uint32_t set = set_inside(sets, nest.open[nest.depth - 1].set, net->member);
        if (nest.depth == 1 || nest.open[nest.depth - 1].last != net->last)
            nest.depth++;
        nest.open[nest.depth - 1].last = net->last;
        nest.open[nest.depth - 1].set = set;
        change(out, net->first, set);
    }
    close_before(&nest, top, out); /* what ends with the last address has no stretch behind it */
}

size_t networks_distinct(const struct networks *n)
{
    size_t distinct = 0;
    for (size_t i = 0; i < n->count; i++)
        distinct +=
            i == 0 || n->items[i].first != n->items[i - 1].first || n->items[i].last != n->items[i - 1].last;
    return distinct;
}

void networks_fini(struct networks *n)
{
    free(n->items);
    *n = (struct networks){0};
}

void stretches_fini(struct stretches *s)
{
    free(s->items);
    *s = (struct stretches){0};
}

/* lame.c - see lame.h. Each endpoint has one place in the table, by a keyed hash; the newer one takes it. */
#include "proxy/net/lame.h"

#include <stdlib.h>

#include "proxy/net/keyhash.h"

enum { PLACES = 1024, LAME_MS = 60000, ADDRS_MAX = 16 };

struct lame {
    struct loop *loop;
    struct keyhash hash;
    int64_t last_ms; /* when the newest is forgotten: before it, there may be some */
    struct place {
        struct sl_addr addr;
        uint16_t port; /* 0: free */
        int64_t until_ms;
    } places[PLACES];
};

struct lame *lame_new(struct loop *l)
{
    struct lame *t = sl_calloc(1, sizeof *t);
    t->loop = l;
    keyhash_init(&t->hash);
    return t;
}

void lame_free(struct lame **l)
{
    sl_freep(l);
}

static size_t place_of(const struct lame *l, struct sl_addr addr, uint16_t port)
{
    return (keyhash(&l->hash, addr.b, sizeof addr.b) ^ port) % PLACES;
}

static bool is_lame(const struct lame *l, struct sl_addr addr, uint16_t port)
{
    const struct place *p = &l->places[place_of(l, addr, port)];
    return p->port == port && p->until_ms > loop_now_ms(l->loop) && sl_addr_eq(p->addr, addr);
}

void lame_note(struct lame *l, struct sl_endpoint e)
{
    l->last_ms = loop_now_ms(l->loop) + LAME_MS;
    l->places[place_of(l, e.addr, e.port)] =
        (struct place){.addr = e.addr, .port = e.port, .until_ms = l->last_ms};
}

void lame_forget(struct lame *l, struct sl_endpoint e)
{
    if (l->last_ms > loop_now_ms(l->loop) && is_lame(l, e.addr, e.port))
        l->places[place_of(l, e.addr, e.port)].port = 0;
}

void lame_last(const struct lame *l, struct sl_addr *addrs, unsigned n, uint16_t port)
{
    struct sl_addr lame[ADDRS_MAX];
    unsigned good = 0, bad = 0;
    sl_assert(n <= ADDRS_MAX);
    if (l->last_ms <= loop_now_ms(l->loop))
        return;
    for (unsigned i = 0; i < n; i++) {
        if (is_lame(l, addrs[i], port))
            lame[bad++] = addrs[i];
        else
            addrs[good++] = addrs[i];
    }
    memcpy(addrs + good, lame, bad * sizeof *lame);
}

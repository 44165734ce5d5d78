/* address_order.c - see address_order.h.
 * Of the rules of RFC 6724 those are here that tell destinations of a gateway apart: 1 (reachable), 2
 * (scope), 5 (label), 6 (precedence), 8 (smaller scope), 10 (as they came). Rule 9, the longest common
 * prefix, would undo what name servers do to share load; 3, 4 and 7 are about addresses that servers do not
 * have. */
#include "proxy/net/address_order.h"

#include <sys/socket.h>
#include <unistd.h>

enum { PROBE_PORT = 9 };

/* The policy table, 2.1; an IPv4 address is its mapped form. The first row that holds the address counts. */
static const struct {
    struct sl_addr addr;
    uint8_t bits, precedence, label;
} table[] = {
    {{{[15] = 1}}, 128, 50, 0},  {{{[10] = 0xff, [11] = 0xff}}, 96, 35, 4},
    {{{0}}, 96, 1, 3},           {{{0x20, 0x01}}, 32, 5, 5},
    {{{0x20, 0x02}}, 16, 30, 2}, {{{0x3f, 0xfe}}, 16, 1, 12},
    {{{0xfe, 0xc0}}, 10, 1, 11}, {{{0xfc}}, 7, 3, 13},
    {{{0}}, 0, 40, 1},
};

enum scope { SCOPE_LINK = 2, SCOPE_SITE = 5, SCOPE_GLOBAL = 14 };

struct candidate {
    struct sl_addr addr;
    bool reachable, same_scope, same_label;
    uint8_t precedence;
    enum scope scope;
};

static size_t row_of(struct sl_addr a)
{
    size_t i = 0;
    while (!sl_cidr_contains((struct sl_cidr){table[i].addr, table[i].bits}, a))
        i++;
    return i; /* the last row holds all IPv6 addresses, the second all IPv4 */
}

/* 3.1 and 3.2: loopback counts as of the link. */
static enum scope scope_of(struct sl_addr a)
{
    const uint8_t *b = a.b;
    static const struct sl_addr loopback = {{[15] = 1}};
    if (sl_addr_is_v4(a))
        return b[12] == 127 || (b[12] == 169 && b[13] == 254) ? SCOPE_LINK : SCOPE_GLOBAL;
    if (sl_addr_eq(a, loopback) || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80))
        return SCOPE_LINK;
    return b[0] == 0xfe && (b[1] & 0xc0) == 0xc0 ? SCOPE_SITE : SCOPE_GLOBAL;
}

/* Connecting a datagram socket sends nothing. */
static bool ask_kernel(struct address_order *o, struct sl_addr to, struct sl_addr *out)
{
    struct sockaddr_storage sa;
    struct sl_endpoint e = {.addr = to, .port = PROBE_PORT};
    socklen_t n = sl_endpoint_to_sockaddr(e, &sa);
    const struct sockaddr nobody = {.sa_family = AF_UNSPEC}; /* forgets the address of the last question */
    int *fd = &o->fds[sl_addr_is_v4(to)];
    if (*fd < 0)
        *fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (*fd < 0 || connect(*fd, &nobody, sizeof nobody) < 0 || connect(*fd, (struct sockaddr *)&sa, n) < 0)
        return false;
    n = sizeof sa;
    if (getsockname(*fd, (struct sockaddr *)&sa, &n) < 0)
        return false;
    *out = sl_endpoint_from_sockaddr((struct sockaddr *)&sa).addr;
    return true;
}

static struct candidate look_at(struct address_order *o, struct sl_addr a)
{
    struct sl_addr source;
    size_t row = row_of(a);
    struct candidate c = {.addr = a, .precedence = table[row].precedence, .scope = scope_of(a)};
    c.reachable = o->source(o, a, &source);
    if (c.reachable) {
        c.same_scope = scope_of(source) == c.scope;
        c.same_label = table[row_of(source)].label == table[row].label;
    }
    return c;
}

static bool before(const struct candidate *a, const struct candidate *b)
{
    if (a->reachable != b->reachable)
        return a->reachable;
    if (a->same_scope != b->same_scope)
        return a->same_scope;
    if (a->same_label != b->same_label)
        return a->same_label;
    if (a->precedence != b->precedence)
        return a->precedence > b->precedence;
    return a->scope < b->scope;
}

void address_order_init(struct address_order *o)
{
    *o = (struct address_order){.source = ask_kernel, .fds = {-1, -1}};
}

void address_order_fini(struct address_order *o)
{
    sl_closep(&o->fds[0]);
    sl_closep(&o->fds[1]);
}

void address_order_interleave(struct sl_addr *addrs, unsigned n)
{
    struct sl_addr sorted[ADDRESS_ORDER_MAX];
    unsigned at[2] = {0, 0}; /* next IPv6, next IPv4 */
    bool first_v4 = n > 0 && sl_addr_is_v4(addrs[0]);
    sl_assert(n <= ADDRESS_ORDER_MAX);
    for (unsigned done = 0; done < n; done++) {
        bool v4 = first_v4 ^ (done % 2);
        for (unsigned turn = 0; turn < 2; turn++, v4 = !v4) {
            while (at[v4] < n && sl_addr_is_v4(addrs[at[v4]]) != v4)
                at[v4]++;
            if (at[v4] < n)
                break;
        }
        sorted[done] = addrs[at[v4]++];
    }
    memcpy(addrs, sorted, n * sizeof *addrs);
}

static bool has_v6(const struct sl_addr *addrs, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (!sl_addr_is_v4(addrs[i]))
            return true;
    return false;
}

void address_order_sort(struct address_order *o, struct sl_addr *addrs, unsigned n)
{
    struct candidate all[ADDRESS_ORDER_MAX];
    unsigned reachable = 0;
    sl_assert(n <= ADDRESS_ORDER_MAX);
    if (n < 2 || !has_v6(addrs, n))
        return;
    for (unsigned i = 0; i < n; i++) {
        struct candidate c = look_at(o, addrs[i]);
        unsigned at = i;
        for (; at > 0 && before(&c, &all[at - 1]); at--)
            all[at] = all[at - 1];
        all[at] = c;
        reachable += c.reachable;
    }
    for (unsigned i = 0; i < n; i++)
        addrs[i] = all[i].addr;
    address_order_interleave(addrs, reachable);
}

/* address.c - see address.h. */
#include "proxy/net/address.h"

#include <stdlib.h>

#include "proxy/net/local.h"

enum { CARRIED_MAX = 3 };

void address_rules_init(struct address_rules *r, const struct conf_cidrs *allow_private,
                        const struct conf_cidrs *nat64, const struct sl_endpoint *own, size_t own_count)
{
    *r = (struct address_rules){.allow_private = allow_private, .nat64 = nat64, .own_count = own_count};
    r->own = sl_calloc(own_count + 1, sizeof *own);
    if (own_count)
        memcpy(r->own, own, own_count * sizeof *own);
}

void address_rules_fini(struct address_rules *r)
{
    free(r->own);
    *r = (struct address_rules){0};
}

/* ---- what is carried inside ---- */

static bool translated(const struct address_rules *r, struct sl_addr a, struct sl_addr *out)
{
    for (size_t i = 0; i < r->nat64->count; i++)
        if (sl_cidr_contains(r->nat64->items[i], a)) {
            *out = address_from_nat64(a, r->nat64->items[i].bits);
            return true;
        }
    return false;
}

static size_t carried(const struct address_rules *r, struct sl_addr a, struct sl_addr out[CARRIED_MAX])
{
    size_t n = address_embedded(a, out);
    return n + translated(r, a, &out[n]);
}

/* ---- ourselves ---- */

/* connect() takes 0.0.0.0 and :: for loopback. */
static bool is_local(struct sl_addr a)
{
    enum address_class class = address_class_alone(a);
    return class == ADDRESS_LOOPBACK || class == ADDRESS_UNSPECIFIED || local_is(a);
}

/* Whether a listener takes connections to a, if that is an address of this machine. */
static bool listens_at(struct sl_addr listener, struct sl_addr a)
{
    if (sl_addr_eq(listener, a) || address_class_alone(listener) == ADDRESS_UNSPECIFIED)
        return true;
    return address_class_alone(a) == ADDRESS_UNSPECIFIED && address_class_alone(listener) == ADDRESS_LOOPBACK;
}

/* The machine's addresses are asked for last: few destinations have the port of a listener. */
static bool is_own(const struct address_rules *r, struct sl_addr a, uint16_t port)
{
    for (size_t i = 0; i < r->own_count; i++)
        if (r->own[i].port == port && listens_at(r->own[i].addr, a) && is_local(a))
            return true;
    return false;
}

/* ---- class ---- */

/* The worst that a is or carries: what an attacker gains most by, first. In a prefix of this network's
 * translators only what is carried counts. */
static enum address_class class_of(const struct address_rules *r, struct sl_addr a)
{
    struct sl_addr inner[CARRIED_MAX];
    enum address_class worst = ADDRESS_PUBLIC;
    if (!translated(r, a, &inner[0]))
        worst = address_class_alone(a);
    for (size_t i = 0, n = carried(r, a, inner); i < n; i++)
        worst = address_class_worse(worst, address_class_alone(inner[i]));
    return worst;
}

enum address_verdict address_judge(const struct address_rules *r, struct sl_addr a, uint16_t port)
{
    struct sl_addr inner[CARRIED_MAX];
    if (is_own(r, a, port))
        return ADDRESS_OWN;
    for (size_t i = 0, n = carried(r, a, inner); i < n; i++)
        if (is_own(r, inner[i], port))
            return ADDRESS_OWN;
    enum address_class class = class_of(r, a);
    if (class == ADDRESS_PUBLIC)
        return ADDRESS_ALLOWED;
    const struct conf_cidrs *nets = r->allow_private;
    return address_class_excepted(class, a, nets->items, nets->count) ? ADDRESS_SPECIAL : ADDRESS_REFUSED;
}

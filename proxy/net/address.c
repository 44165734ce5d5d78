/* address.c - see address.h. */
#include "proxy/net/address.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <stdlib.h>

static void read_local(struct address_rules *r)
{
    struct ifaddrs *list = NULL;
    size_t cap = 0;
    if (getifaddrs(&list) < 0)
        return; /* loopback is known without it */
    for (struct ifaddrs *i = list; i; i = i->ifa_next) {
        if (!i->ifa_addr || (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6))
            continue;
        SL_GROW(r->local, r->local_count, &cap);
        r->local[r->local_count++] = sl_endpoint_from_sockaddr(i->ifa_addr).addr;
    }
    freeifaddrs(list);
}

void address_rules_init(struct address_rules *r, const struct conf_cidrs *allow_private,
                        const struct sl_endpoint *own, size_t own_count)
{
    *r = (struct address_rules){.allow_private = allow_private, .own_count = own_count};
    r->own = sl_calloc(own_count + 1, sizeof *own);
    if (own_count)
        memcpy(r->own, own, own_count * sizeof *own);
    read_local(r);
}

void address_rules_fini(struct address_rules *r)
{
    free(r->own);
    free(r->local);
    *r = (struct address_rules){0};
}

static bool is_local(const struct address_rules *r, struct sl_addr a)
{
    enum address_class class = address_class_alone(a);
    if (class == ADDRESS_LOOPBACK ||
        class == ADDRESS_UNSPECIFIED) /* connect() takes 0.0.0.0 and :: for loopback */
        return true;
    for (size_t i = 0; i < r->local_count; i++)
        if (sl_addr_eq(r->local[i], a))
            return true;
    return false;
}

/* Whether a listener takes connections to a, which is an address of this machine. */
static bool listens_at(struct sl_addr listener, struct sl_addr a)
{
    if (sl_addr_eq(listener, a) || address_class_alone(listener) == ADDRESS_UNSPECIFIED)
        return true;
    return address_class_alone(a) == ADDRESS_UNSPECIFIED && address_class_alone(listener) == ADDRESS_LOOPBACK;
}

static bool is_own(const struct address_rules *r, struct sl_addr a, uint16_t port)
{
    for (size_t i = 0; i < r->own_count; i++)
        if (r->own[i].port == port && is_local(r, a) && listens_at(r->own[i].addr, a))
            return true;
    return false;
}

enum address_verdict address_judge(const struct address_rules *r, struct sl_addr a, uint16_t port)
{
    struct sl_addr inner[2];
    if (is_own(r, a, port))
        return ADDRESS_OWN;
    for (size_t i = 0, n = address_embedded(a, inner); i < n; i++)
        if (is_own(r, inner[i], port))
            return ADDRESS_OWN;
    if (address_classify(a) == ADDRESS_PUBLIC)
        return ADDRESS_ALLOWED;
    for (size_t i = 0; i < r->allow_private->count; i++)
        if (sl_cidr_contains(r->allow_private->items[i], a))
            return ADDRESS_ALLOWED;
    return ADDRESS_REFUSED;
}

/* resolve.h - names to addresses: hosts file, cache, then DNS (c-ares in the worker's loop).
 * One resolver per worker. A name that is being asked for is asked once; all who want it wait together.
 * Answers are kept for their TTL within bounds, that there is none for what the zone says, failures for a
 * second. Addresses come in the order to try them (address_order.h). A and AAAA are asked for at once, and
 * the one need not wait for the other: an answer may come in two steps (RFC 8305). */
#ifndef PROXY_NET_RESOLVE_H
#define PROXY_NET_RESOLVE_H

#include "proxy/net/hosts.h"
#include "proxy/runtime/loop.h"
#include "proxy/runtime/metrics.h"

enum { RESOLVE_MAX = 16 };

struct resolver;

struct resolve_config {
    const char *const *servers; /* "192.0.2.1", "192.0.2.1:53", "[2001:db8::1]:53"; none: /etc/resolv.conf */
    size_t server_count;
    int64_t timeout_ms; /* of a lookup, spread over its tries */
    int64_t max_ttl_ms, negative_ttl_ms;
    size_t cache_entries;    /* 0: 10,000 */
    struct hosts *hosts;     /* may be NULL; the resolver takes its own reference */
    struct metrics *metrics; /* may be NULL */
};

enum resolve_result {
    RESOLVE_OK,
    RESOLVE_WAIT,
    RESOLVE_NONE,   /* no such name, or it has no address */
    RESOLVE_FAILED, /* the servers failed or refused */
    RESOLVE_TIMEOUT
};

struct resolved {
    struct sl_addr addrs[RESOLVE_MAX];
    unsigned count;
    bool more; /* the other family has not answered yet: done is called again, with all addresses */
};

/* Someone who waits; lives in its owner. */
struct resolve_wait {
    struct sl_list node;
    void (*done)(struct resolve_wait *w, enum resolve_result r,
                 const struct resolved *answer); /* answer->more:
                                   w still waits, and can cancel */
};

bool resolver_new(struct loop *l, const struct resolve_config *cfg, struct resolver **out,
                  struct sl_err *err);
void resolver_free(struct resolver **r); /* nobody may be waiting */
/* name is canonical (sl_url.host), no address. RESOLVE_WAIT, or out->more: w->done is called later, never
 * from within this call. */
enum resolve_result resolver_lookup(struct resolver *r, struct sl_str name, struct resolved *out,
                                    struct resolve_wait *w);
void resolve_wait_init(struct resolve_wait *w);
void resolve_cancel(struct resolve_wait *w); /* fine when it does not wait */
/* Other servers, bounds and hosts table (a reference is taken); the system's list of servers is read again,
 * and what is cached forgotten. Lookups that run ask the new servers. On failure only the servers stay as
 * they were. */
bool resolver_configure(struct resolver *r, const struct resolve_config *cfg, struct sl_err *err);
size_t resolver_cached(const struct resolver *r);

#endif

/* facts.h - what the policy is told about a request. Plain values and views that the caller keeps alive
 * during the call. */
#ifndef SLUICE_FACTS_H
#define SLUICE_FACTS_H

#include "sluice/addr.h"
#include "sluice/tls_fault.h"
#include "sluice/url.h"

/* Facts learned after the request head; a rule that needs one not yet known is passed over at this stage. */
enum fact_known {
    FACT_ADDRESS =
        1 << 0, /* `address`: the destination, just before dialling (a literal host: from the start) */
    FACT_RESPONSE = 1 << 1, /* `content_type`, `size`: the response head */
    FACT_USER = 1 << 2      /* identification is over; `user` may still be empty (nobody) */
};

struct facts {
    struct sl_str user;          /* identified user, "" = nobody */
    const struct sl_str *groups; /* from the identity source, beside the groups of the policy */
    size_t group_count;
    struct sl_addr client;
    int64_t time_s; /* seconds since 1970, UTC */
    struct sl_str method;
    const struct sl_url *url;
    struct sl_str user_agent;
    struct sl_addr address;
    unsigned known;    /* set of enum fact_known */
    bool tunnel;       /* CONNECT: path, query and type are hidden */
    bool last_counted; /* the request that used a quota of requests up: it is not its own obstacle */
    struct sl_str content_type;
    int64_t size;      /* of the response body, -1 unknown */
    tls_faults faults; /* what is wrong with the origin's TLS; 0: nothing, or not known yet */
};

#endif

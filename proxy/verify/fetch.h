/* fetch.h - a small answer by plain HTTP, asked for on our own account: an issuer, an OCSP answer, a CRL.
 *
 *     (name --> judge the addresses --> dial | approach by a parent) --> ask --> answer --> done
 *
 * The URL is the word of a stranger. So the guard of destinations holds as for requests, low ports but 80 are
 * refused, no redirect is followed, and time and size are bounded. Where the settings send everything through
 * a parent, this goes there too. A worker's thread. */
#ifndef PROXY_VERIFY_FETCH_H
#define PROXY_VERIFY_FETCH_H

#include "proxy/net/address.h"
#include "proxy/net/dial.h"
#include "proxy/net/resolve.h"
#include "proxy/parent/approach.h"
#include "proxy/parent/parents.h"

/* What a worker has for it. Those that a reload makes anew are looked at when they are needed. */
struct fetch_means {
    const struct dialler *dialler;
    struct resolver *const *resolver;
    const struct address_rules *const *addresses;
    struct buf_pool *bufs;
    struct parents *const *parents;
    struct tls_client *const *parent_tls;
};

struct fetch_plan {
    struct sl_str url;
    struct sl_str body, type; /* of a POST; body.n 0: a GET */
    size_t most;              /* bytes of the answer */
    int64_t timeout_ms;       /* of the whole */
};

/* answer.n 0: there is none. The fetch is gone afterwards. */
typedef void fetch_done(void *arg, struct sl_str answer);

struct fetch;
/* Never calls done from within. */
struct fetch *fetch_start(const struct fetch_means *means, const struct fetch_plan *plan, fetch_done *done,
                          void *arg);
void fetch_cancel(struct fetch **f); /* NULL is fine */

#endif

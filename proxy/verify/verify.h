/* verify.h - brings the verdict on an origin's certificate to its end: what it still wants is fetched and
 * fed, and then it is judged again (sluice/certificate.h).
 *
 *     verify_start --> wants --> fetch.c, together with whoever wants the same --> feed --> judge --> done
 *                        ^                                                                   |
 *                        +-------------------------- it wants more --------------------------+
 *
 * It ends within its time, whoever does not answer: then what is not known counts as unknown. One verifier
 * for each worker; a worker's thread. */
#ifndef PROXY_VERIFY_VERIFY_H
#define PROXY_VERIFY_VERIFY_H

#include "proxy/runtime/metrics.h"
#include "proxy/verify/fetch.h"
#include "sluice/certificate.h"

enum {
    VERIFY_MS = 8000,       /* a client waits */
    VERIFY_FETCH_MS = 4000, /* of one fetch: another place may know it */
    VERIFY_FETCHES = 64     /* at once, in each worker */
};

struct verifier;
/* means: borrowed for good. metrics may be NULL. */
struct verifier *verifier_new(const struct fetch_means *means, struct metrics *metrics);
void verifier_free(struct verifier **v); /* nobody may be waiting; NULL is fine */

struct verify;
/* c: the verdict that stands, wants nothing more; borrowed for the call. The verify is gone afterwards. */
typedef void verify_done(void *arg, const struct certificate *c);
/* c: one that wants something (want_count > 0). It ends within_ms from now, or earlier. Never calls done from
 * within. */
struct verify *verify_start(struct verifier *v, struct trust *trust, const struct certificate *c,
                            int64_t within_ms, verify_done *done, void *arg);
void verify_cancel(struct verify **v); /* NULL is fine */

#endif

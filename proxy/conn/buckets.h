/* buckets.h - whose turn is it to move bytes? Token buckets shared by all workers, without a lock.
 *
 *   now                    tat = the time at which all that was set aside will have passed
 *    |<------ queue ------->|
 *    [take][take][take][take]           each take is a piece of time: its bytes at the rate
 *    |<-- burst -->|                    what ends within the burst may pass at once
 *
 * A bucket is one number, the theoretical arrival time of the next byte. Taking n bytes moves it by their
 * time and tells when they may pass. So takes are served in the order in which they came, whichever worker
 * they came from; none is overtaken, and one that knows its time sleeps until then. A bucket that nobody
 * waits for is full, and indistinguishable from a new one: it may be forgotten at any moment, which bounds
 * the table.
 *
 * Any thread. Times are microseconds of the monotonic clock. */
#ifndef PROXY_CONN_BUCKETS_H
#define PROXY_CONN_BUCKETS_H

#include "sluice/policy.h"

struct buckets;

/* connections: the most there are; the table has room for several buckets of each. */
struct buckets *buckets_new(size_t connections);
void buckets_free(struct buckets **b);

/* Whom a bucket serves. Another rate makes another bucket: so a changed rate acts on whoever joins again. */
struct bucket_key {
    char kind;             /* 'r' rule, 'q' quota: ids of both are their own; 'n' requests (limits.c) */
    char of;               /* 'u' user, 'g' group, 'c' client address, 'a' all */
    struct sl_str id;      /* of the rule or quota */
    struct sl_str subject; /* name, or the bytes of an address */
    uint64_t bytes_per_s, burst;
};
/* Finds or makes it, and keeps it until buckets_leave. */
uint32_t buckets_join(struct buckets *b, const struct bucket_key *key, int64_t now_us);
void buckets_leave(struct buckets *b, uint32_t place);
/* Sets n bytes aside; the time from which they may pass, not before now. Nothing is ever given back: others
 * were told their times already, and whoever ends while it waits had at most a quantum. */
int64_t buckets_take(struct buckets *b, uint32_t place, const struct rate_def *rate, uint64_t n,
                     int64_t now_us);
/* Takes n if they may pass now. Otherwise nothing is taken: for whoever is turned away, not put off. */
bool buckets_try(struct buckets *b, uint32_t place, const struct rate_def *rate, uint64_t n, int64_t now_us);
/* What one flow takes at a time: 20 ms of the rate. Small enough to be fair, large enough to be cheap. */
static inline uint32_t buckets_quantum(uint64_t bytes_per_s)
{
    return (uint32_t)SL_MIN(SL_MAX(bytes_per_s / 50, (uint64_t)2048), (uint64_t)262144);
}

#endif

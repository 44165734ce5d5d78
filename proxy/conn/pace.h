/* pace.h - how fast may this transaction move bytes? The throttles of its verdict, as buckets that it is in.
 *
 * Bytes are held back where they are read: what must not come yet stays in the kernel, whose full buffer
 * stops the peer. Before a read the bytes that wait in the socket, a quantum at most, are taken from each
 * bucket; they may be read when the latest says so, and until then the transaction sleeps. What was read
 * before anybody knew of a throttle (the head, and what came with it) is taken without waiting, and the next
 * read waits for it. A transaction without a throttle has none of this: `t->pace` is NULL. */
#ifndef PROXY_CONN_PACE_H
#define PROXY_CONN_PACE_H

#include "proxy/conn/buckets.h"
#include "proxy/net/sock.h"
#include "proxy/runtime/timer.h"

struct conn;
struct txn;

enum { PACE_MAX = 8 }; /* buckets of one transaction; those of more groups or quotas don't count */
enum pace_way { PACE_UP, PACE_DOWN, PACE_WAYS };

struct pace {
    struct conn *conn;
    struct timer timer; /* for the turn that comes first */
    struct pace_bucket {
        uint32_t place;
        struct rate_def rate;
    } buckets[PACE_MAX];
    unsigned count; /* 0: the throttle was lifted */
    uint32_t quantum;
    uint64_t bytes_per_s; /* of the slowest, for people */
    struct pace_turn {
        uint32_t bytes; /* taken and not read yet */
        int64_t ready_us;
    } turns[PACE_WAYS];
};

/* Puts the transaction into the buckets that its verdict names, and out of all others. */
void pace_follow(struct txn *t);
/* Out of all; nothing calls back afterwards. */
void pace_end(struct txn *t);
/* How many bytes may be read from `from` now; 0: its turn has not come, and the connection runs when it has.
 */
size_t pace_allow(struct txn *t, enum pace_way way, struct sock *from);
void pace_read(struct txn *t, enum pace_way way, size_t n);
/* It has a throttle and waits for it: then it is not late. */
bool pace_waits(const struct txn *t);
/* Bytes a second; 0: none. */
uint64_t pace_rate(const struct txn *t);

#endif

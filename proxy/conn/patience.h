/* patience.h - how slow may a peer be while it is waited for?
 *
 * Whoever moves a byte before each deadline is never silent, and holds buffers, descriptors and a connection
 * to an origin for as long as it likes. So the time in which a peer alone is waited for is added up, and what
 * it moved in that time is held against proxy.min_rate. Somebody waits for a peer when it was asked for bytes
 * of its body and has none, or does not take what there is for it. Time in which a throttle, the other side
 * or the policy holds things up is nobody's fault.
 *
 *     waited for:  |----- half -----|          |----- half -----|
 *                  begin            first look                  judged: moved enough since the look?
 *
 * `half` is half of timeout_body (of a tunnel: timeout_tunnel_idle). What a peer has taken is what was sent
 * less what still lies in the kernel's queue: that is asked at a look only, so a quick peer costs nothing,
 * and one that drains megabytes of that queue slowly is not taken for silent. Made when somebody is waited
 * for the first time; `t->patience` is NULL before. */
#ifndef PROXY_CONN_PATIENCE_H
#define PROXY_CONN_PATIENCE_H

#include "proxy/conn/fault.h"
#include "proxy/runtime/timer.h"

struct conn;
struct txn;

/* What is waited for. */
enum patience_for {
    PATIENCE_BODY,   /* the client's next bytes */
    PATIENCE_CLIENT, /* that it takes its answer */
    PATIENCE_ORIGIN, /* that the origin takes the request */
    PATIENCE_COUNT
};

struct patience {
    struct conn *conn;
    struct timer timer;
    struct patience_side {
        int64_t since_ms;  /* waited for since; 0: not now */
        int64_t waited_ms; /* before that, since the last look */
        uint64_t moved;    /* at the last look */
        bool looked;
    } sides[PATIENCE_COUNT];
};

void patience_begin(struct txn *t, enum patience_for what);
void patience_over(struct txn *t, enum patience_for what);
/* Whether what this fault blames a peer for is watched here; then a deadline has nothing to say. */
bool patience_watches(const struct txn *t, enum fault late);
void patience_end(struct txn *t); /* of one that has any */

#endif

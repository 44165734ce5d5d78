/* trace.h - what the connections of one client go through, line by line, while somebody looks.
 *
 * Costs a request one test of a number while nobody looks. Shared by all workers and the admin API's threads;
 * a lock guards it, and only traced connections take it. Lines go into a ring a client: who reads too late
 * loses the oldest, and is told how many. A line never has credentials, cookies or bodies: it tells what the
 * audit record tells, and what the connection did on the way. */
#ifndef PROXY_CONN_TRACE_H
#define PROXY_CONN_TRACE_H

#include <stdatomic.h>

#include "sluice/policy.h"
#include "sluice/trace.h"

struct conn;

struct tracer {
    _Atomic unsigned count; /* clients that are traced; may be one that is over */
    struct tracer_inside *inside;
};

void tracer_init(struct tracer *t);
void tracer_fini(struct tracer *t);
/* The answer to q, a new reference:
 *   BEGIN  {"client","began","lasts_s"}; NULL: TRACE_CLIENTS others are traced
 *   READ   {"client","lines":[{"number","time","worker","connection","request","text"}],"next","lost"};
 *          NULL: not traced. At most TRACE_READ_MOST lines, oldest first; "request" is null between requests.
 *   END    {"client"}; NULL: not traced
 * Any thread. */
json_t *tracer_answer(struct tracer *t, const struct trace_query *q);

static inline bool tracer_active(const struct tracer *t)
{
    return SL_UNLIKELY(atomic_load_explicit(&t->count, memory_order_relaxed) > 0);
}
/* Whether this client is traced now. Any thread. */
bool tracer_wants(struct tracer *t, struct sl_addr client);

/* Adds a line about c if its client is traced. Its worker's thread. */
#define conn_trace(c, ...)                     \
    do {                                       \
        if (SL_UNLIKELY((c)->traced))          \
            conn_trace_line((c), __VA_ARGS__); \
    } while (0)
void conn_trace_line(const struct conn *c, const char *fmt, ...) SL_PRINTF(2, 3);

#endif

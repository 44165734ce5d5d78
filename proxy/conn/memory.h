/* memory.h - how much memory may connections hold, at the very worst?
 *
 * Small things are bounded by their number: a connection holds its structs and a few small blocks, whatever
 * its peers do. What is larger has budgets for each worker: pieces of bodies (buf.h), and what must be larger
 * to be whole: heads beyond 16 KiB, long addresses. Who waits while it holds some of the latter and more is
 * out than the budget is answered 503, or cut. docs/limits.md has the sum. */
#ifndef PROXY_CONN_MEMORY_H
#define PROXY_CONN_MEMORY_H

#include "proxy/conn/txn.h"
#include "sluice/memory.h"

enum { MEMORY_ARENA = 16384 }; /* what an arena may hold and count as small */

/* Puts the arena on the account of what is larger. */
void memory_weigh(struct txn *t);
static inline void memory_give(struct txn *t)
{
    if (SL_UNLIKELY(t->weighed > 0))
        t->conn->plane->bufs.grown_in_use -= t->weighed;
    t->weighed = 0;
}
bool memory_holds_large(const struct txn *t);
/* Asked whenever a transaction waits. */
static inline bool memory_overdrawn(struct txn *t)
{
    if (SL_UNLIKELY(t->arena.used > MEMORY_ARENA))
        memory_weigh(t);
    return SL_UNLIKELY(buf_pool_overdrawn(&t->conn->plane->bufs)) && memory_holds_large(t);
}

/* The sum. */
void memory_bound(const struct settings *s, size_t connections, size_t workers, struct proxy_memory *out);

#endif

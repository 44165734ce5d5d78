/* latency.h - how long did requests take? A histogram whose steps are 1/64 of the value, so a quantile that
 * it gives is at most 1.6 % above the true one. Values are nanoseconds; one thread. */
#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include <stdint.h>

enum {
    LATENCY_BITS = 6,
    LATENCY_STEPS = 1 << LATENCY_BITS,
    LATENCY_CELLS = (65 - LATENCY_BITS) * LATENCY_STEPS
};

struct latency {
    uint64_t count, sum, most;
    uint64_t cells[LATENCY_CELLS];
};

/* Values below 64 have a cell each; above, the highest bit chooses a row and the six bits behind it a cell.
 */
static inline unsigned latency_cell(uint64_t ns)
{
    if (ns < LATENCY_STEPS)
        return (unsigned)ns;
    unsigned shift = 63 - (unsigned)__builtin_clzll(ns) - LATENCY_BITS;
    return (shift << LATENCY_BITS) + (unsigned)(ns >> shift);
}

static inline void latency_add(struct latency *l, uint64_t ns)
{
    l->cells[latency_cell(ns)]++;
    l->count++;
    l->sum += ns;
    if (ns > l->most)
        l->most = ns;
}

/* The value that `share` (0 to 1) of all values do not exceed. */
static inline uint64_t latency_quantile(const struct latency *l, double share)
{
    uint64_t below = 0, wanted = (uint64_t)(share * (double)l->count + 0.999999);
    for (unsigned cell = 0; cell < LATENCY_CELLS; cell++) {
        below += l->cells[cell];
        if (below == 0 || below < wanted)
            continue;
        unsigned shift = cell < 2 * LATENCY_STEPS ? 0 : (cell >> LATENCY_BITS) - 1;
        uint64_t upper = (((uint64_t)(cell - (shift << LATENCY_BITS)) + 1) << shift) - 1;
        return upper < l->most ? upper : l->most;
    }
    return 0;
}

#endif

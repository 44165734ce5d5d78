/* metrics.c - see metrics.h. */
#include "proxy/runtime/metrics.h"

#include <inttypes.h>

enum kind { COUNTER, GAUGE };

static const struct {
    enum kind kind;
    const char *name, *labels, *help;
} rows[] = {
#define X(id, kind, name, labels, help) [METRIC_##id] = {kind, name, labels, help},
    METRICS(X)
#undef X
};

/* Upper bounds of the duration buckets; behind the last is infinity. */
static const uint32_t bounds_us[DURATION_BUCKETS] = {1000,   2500,   5000,    10000,   25000,    50000,
                                                     100000, 250000, 1000000, 2500000, 10000000, 60000000};

void metrics_duration(struct metrics *m, uint64_t duration_us)
{
    size_t i = 0;
    while (i < DURATION_BUCKETS && duration_us > bounds_us[i])
        i++;
    uint64_t count = atomic_load_explicit(&m->duration[i], memory_order_relaxed);
    uint64_t sum = atomic_load_explicit(&m->duration_us, memory_order_relaxed);
    atomic_store_explicit(&m->duration[i], count + 1, memory_order_relaxed);
    atomic_store_explicit(&m->duration_us, sum + duration_us, memory_order_relaxed);
}

void metrics_sum(const struct metrics *m, struct metrics *sum)
{
    const _Atomic uint64_t *from = m->value;
    _Atomic uint64_t *to = sum->value;
    for (size_t i = 0; i < METRIC_COUNT; i++)
        to[i] += atomic_load_explicit(&from[i], memory_order_relaxed);
    for (size_t i = 0; i <= DURATION_BUCKETS; i++)
        sum->duration[i] += atomic_load_explicit(&m->duration[i], memory_order_relaxed);
    sum->duration_us += atomic_load_explicit(&m->duration_us, memory_order_relaxed);
}

uint64_t metrics_get(const struct metrics *m, enum metric id)
{
    return atomic_load_explicit(&m->value[id], memory_order_relaxed);
}

static void print_durations(const struct metrics *m, struct sl_text *out)
{
    static const char name[] = "sluice_request_duration_seconds";
    uint64_t count = 0;
    sl_text_addf(out,
                 "# HELP %s Time from a request's head to its end, tunnels excepted.\n# TYPE %s histogram\n",
                 name, name);
    for (size_t i = 0; i < DURATION_BUCKETS; i++) {
        count += m->duration[i];
        sl_text_addf(out, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name, bounds_us[i] / 1e6, count);
    }
    count += m->duration[DURATION_BUCKETS];
    sl_text_addf(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum %.6f\n%s_count %" PRIu64 "\n", name, count,
                 name, (double)m->duration_us / 1e6, name, count);
}

void metrics_print(const struct metrics *m, struct sl_text *out)
{
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        if (*rows[i].help)
            sl_text_addf(out, "# HELP sluice_%s %s\n# TYPE sluice_%s %s\n", rows[i].name, rows[i].help,
                         rows[i].name, rows[i].kind == COUNTER ? "counter" : "gauge");
        bool labels = *rows[i].labels;
        sl_text_addf(out, "sluice_%s%s%s%s %" PRIu64 "\n", rows[i].name, labels ? "{" : "", rows[i].labels,
                     labels ? "}" : "", metrics_get(m, (enum metric)i));
    }
    print_durations(m, out);
}

/* metrics.c - see metrics.h. */
#include "proxy/runtime/metrics.h"

#include <inttypes.h>
#include <stdio.h>

#include "sluice/verdict.h"

enum kind { COUNTER, GAUGE };

static const struct {
    enum kind kind;
    const char *name, *labels, *help;
} rows[] = {
#define X(id, kind, name, labels, help) [METRIC_##id] = {kind, name, labels, help},
    METRICS(X)
#undef X
};

static const char *const actions[METRIC_ACTIONS] = {
    [ACTION_ALLOW] = "allow", [ACTION_BLOCK] = "block", [ACTION_WARN] = "warn",
    [ACTION_QUOTA] = "quota", [ACTION_ERROR] = "error",
};

static const char *const phases[METRIC_PHASES] = {"identify", "decide", "resolve", "connect",
                                                  "send",     "wait",   "relay"};

static const char *const tls_sides[METRIC_TLS_SIDES] = {"client", "origin"};
static const char *const tls_versions[METRIC_TLS_VERSIONS] = {"TLSv1.2", "TLSv1.3"};

/* Upper bounds of the buckets; behind the last is infinity. The first are for what the gateway itself takes.
 */
static const uint32_t bounds_us[METRIC_BUCKETS] = {10,    50,    250,    1000,   2500,    5000,     10000,
                                                   25000, 50000, 100000, 250000, 1000000, 10000000, 60000000};

static void add(_Atomic uint64_t *to, uint64_t n)
{
    uint64_t old = atomic_load_explicit(to, memory_order_relaxed);
    atomic_store_explicit(to, old + n, memory_order_relaxed);
}

static void observe(struct histogram *h, uint64_t us)
{
    size_t i = 0;
    while (i < METRIC_BUCKETS && us > bounds_us[i])
        i++;
    add(&h->count[i], 1);
    add(&h->sum_us, us);
}

void metrics_ended(struct metrics *m, unsigned action, unsigned status)
{
    sl_assert(action < METRIC_ACTIONS);
    add(&m->ended[action][status >= 100 && status < 600 ? status - 99 : 0], 1);
}

void metrics_tls(struct metrics *m, enum metric_tls side, const char *version, bool resumed)
{
    add(&m->tls[side][strcmp(version, tls_versions[0]) != 0][resumed], 1);
}

void metrics_tls_failed(struct metrics *m, enum metric_tls side, enum tls_fault fault)
{
    add(&m->tls_faults[side][fault], 1);
}

void metrics_duration(struct metrics *m, uint64_t duration_us)
{
    observe(&m->duration, duration_us);
}

void metrics_phases(struct metrics *m, const uint64_t *phase_us, size_t count)
{
    sl_assert(count <= METRIC_PHASES);
    for (size_t i = 0; i < count; i++)
        if (phase_us[i] > 0)
            observe(&m->phase[i], phase_us[i]);
}

void metrics_sum(const struct metrics *m, struct metrics *sum)
{
    const _Atomic uint64_t *from = (const _Atomic uint64_t *)m;
    _Atomic uint64_t *to = (_Atomic uint64_t *)sum;
    _Static_assert(sizeof *m % sizeof *from == 0, "a set is nothing but counters");
    for (size_t i = 0; i < sizeof *m / sizeof *from; i++)
        to[i] += atomic_load_explicit(&from[i], memory_order_relaxed);
}

uint64_t metrics_get(const struct metrics *m, enum metric id)
{
    return atomic_load_explicit(&m->value[id], memory_order_relaxed);
}

static void print_head(struct sl_text *out, const char *name, const char *type, const char *help)
{
    sl_text_addf(out, "# HELP sluice_%s %s\n# TYPE sluice_%s %s\n", name, help, name, type);
}

uint64_t metrics_get_ended(const struct metrics *m, unsigned action)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < METRIC_STATUSES; i++)
        sum += atomic_load_explicit(&m->ended[action][i], memory_order_relaxed);
    return sum;
}

/* A series for each pair that occurred, and one for each action from the start, so that rates are right. */
static void print_ended(const struct metrics *m, struct sl_text *out)
{
    print_head(out, "requests_total", "counter",
               "Requests ended, by action and by the status they were answered with.");
    for (size_t a = 0; a < METRIC_ACTIONS; a++)
        for (size_t i = 0; i < METRIC_STATUSES; i++) {
            char status[8] = "none";
            if (i > 0)
                snprintf(status, sizeof status, "%u", (unsigned)i + 99);
            if (i == 0 || m->ended[a][i] > 0)
                sl_text_addf(out, "sluice_requests_total{action=\"%s\",status=\"%s\"} %" PRIu64 "\n",
                             actions[a], status, m->ended[a][i]);
        }
}

static void print_tls(const struct metrics *m, struct sl_text *out)
{
    print_head(out, "inspect_handshakes_total", "counter",
               "TLS handshakes of inspected tunnels, by side, version and result.");
    for (size_t side = 0; side < METRIC_TLS_SIDES; side++)
        for (size_t i = 0; i < 2 * METRIC_TLS_VERSIONS; i++)
            sl_text_addf(
                out,
                "sluice_inspect_handshakes_total{side=\"%s\",version=\"%s\",result=\"%s\"} %" PRIu64 "\n",
                tls_sides[side], tls_versions[i / 2], i % 2 ? "resumed" : "full", m->tls[side][i / 2][i % 2]);
    print_head(out, "inspect_faults_total", "counter",
               "What was wrong with TLS of inspected tunnels, by side and fault.");
    for (size_t side = 0; side < METRIC_TLS_SIDES; side++)
        for (size_t f = TLS_FAULT_NONE + 1; f < TLS_FAULT_COUNT; f++)
            if (m->tls_faults[side][f] > 0 || f == TLS_FAULT_EXPIRED)
                sl_text_addf(out, "sluice_inspect_faults_total{side=\"%s\",fault=\"%s\"} %" PRIu64 "\n",
                             tls_sides[side], tls_fault_word((enum tls_fault)f), m->tls_faults[side][f]);
}

/* labels: "" or "name=\"value\"". */
static void print_histogram(const struct histogram *h, const char *name, const char *labels,
                            struct sl_text *out)
{
    uint64_t count = 0;
    const char *comma = *labels ? "," : "", *open = *labels ? "{" : "", *close = *labels ? "}" : "";
    for (size_t i = 0; i < METRIC_BUCKETS; i++) {
        count += h->count[i];
        sl_text_addf(out, "sluice_%s_bucket{%s%sle=\"%g\"} %" PRIu64 "\n", name, labels, comma,
                     bounds_us[i] / 1e6, count);
    }
    count += h->count[METRIC_BUCKETS];
    sl_text_addf(out, "sluice_%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n", name, labels, comma, count);
    sl_text_addf(out, "sluice_%s_sum%s%s%s %.6f\nsluice_%s_count%s%s%s %" PRIu64 "\n", name, open, labels,
                 close, (double)h->sum_us / 1e6, name, open, labels, close, count);
}

static void print_durations(const struct metrics *m, struct sl_text *out)
{
    print_head(out, "request_duration_seconds", "histogram",
               "Time from a request's head to its end, tunnels excepted.");
    print_histogram(&m->duration, "request_duration_seconds", "", out);
    print_head(
        out, "phase_duration_seconds", "histogram",
        "Time that requests spent in each phase, those that had it; how long tunnels lasted is left out.");
    for (size_t i = 0; i < METRIC_PHASES; i++) {
        char label[32];
        snprintf(label, sizeof label, "phase=\"%s\"", phases[i]);
        print_histogram(&m->phase[i], "phase_duration_seconds", label, out);
    }
}

void metrics_print(const struct metrics *m, struct sl_text *out)
{
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        if (*rows[i].help)
            print_head(out, rows[i].name, rows[i].kind == COUNTER ? "counter" : "gauge", rows[i].help);
        bool labels = *rows[i].labels;
        sl_text_addf(out, "sluice_%s%s%s%s %" PRIu64 "\n", rows[i].name, labels ? "{" : "", rows[i].labels,
                     labels ? "}" : "", metrics_get(m, (enum metric)i));
    }
    print_ended(m, out);
    print_tls(m, out);
    print_durations(m, out);
}

/* proxy.c - see sluice/proxy.h: the data plane as a whole. What workers share is made here, and they are
 * started, told, configured anew and ended from here. */
#include "sluice/proxy.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "proxy/conn/memory.h"
#include "proxy/conn/trace.h"
#include "proxy/inspection.h"
#include "proxy/names.h"
#include "proxy/proxy_tls.h"
#include "proxy/worker.h"
#include "sluice/clock.h"
#include "sluice/leaf.h"
#include "sluice/log.h"

enum { DRAIN_STEP_MS = 10, SPARE_FDS = 256, FDS_PER_WORKER = 8 + 2 * PIPES_MOST, FDS_PER_CONNECTION = 2 };

struct proxy {
    struct store *store;
    struct ca_live *ca;
    struct faulty_hosts *faulty;
    struct audit *audit;
    struct fields_self self;
    struct clients *clients;
    struct buckets *buckets;
    struct tracer tracer;
    struct identity *identity;
    struct worker **workers;
    size_t worker_count;
    unsigned first_worker;
    struct names *names;
    pthread_mutex_t lock; /* what follows: held while workers are told of another one */
    struct setup *setup;
    struct parents *parents; /* our reference */
    struct entrances entrances;
    struct tls_server *tls; /* NULL: no certificate is set */
    struct inspection inspection;
    struct trust *trust; /* in origins; NULL: inspection is off */
    uint32_t trust_number;
    struct sl_endpoint own[PROXY_OWN_MOST];
    size_t own_count;
};

struct proxy_change {
    const struct settings *settings;
    struct tls_server *tls;
    struct trust *trust;
    struct parents *parents;
    struct entrances entrances; /* sockets of the running ones, and new ones, which listen already */
};

/* ---- what follows from the settings ---- */

static size_t usable_cpus(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return (size_t)SL_MAX(n, 1);
}

size_t proxy_worker_count(const struct settings *s)
{
    return s->proxy.workers > 0 ? (size_t)s->proxy.workers : usable_cpus();
}

void proxy_memory_bound(const struct settings *s, size_t connections, size_t workers,
                        struct proxy_memory *out)
{
    memory_bound(s, connections, workers, out);
}

/* Said at the start, where somebody can still do something about it. */
static void warn_of_memory(const struct settings *s, size_t connections, size_t workers)
{
    struct proxy_memory bound;
    uint64_t ram = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    proxy_memory_bound(s, connections, workers, &bound);
    if (bound.total > ram)
        sl_log_warning("proxy",
                       "%zu connections could take %llu MiB at the worst, more than the %llu MiB of this "
                       "machine; lower proxy.max_connections, or know who can reach the proxy",
                       connections, (unsigned long long)(bound.total >> 20), (unsigned long long)(ram >> 20));
}

/* How many client connections the descriptors of this process allow: each may need one to an origin. Pooled
 * connections have no share of their own: they are given up when descriptors run out. */
static size_t budget(const struct settings *s, size_t workers)
{
    struct rlimit limit;
    size_t wanted = (size_t)s->proxy.max_connections;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return wanted;
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
            getrlimit(RLIMIT_NOFILE, &limit);
    }
    size_t own = SPARE_FDS + workers * FDS_PER_WORKER;
    size_t most = limit.rlim_cur > own ? (limit.rlim_cur - own) / FDS_PER_CONNECTION : 1;
    if (most >= wanted)
        return wanted;
    sl_log_warning("proxy",
                   "the limit of %llu open files allows %zu connections, not proxy.max_connections = %zu",
                   (unsigned long long)limit.rlim_cur, most, wanted);
    return most;
}

static bool configure_identity(struct proxy *p, const struct settings *s, struct sl_err *err)
{
    struct identity_config cfg = {
        .methods = &s->auth.methods,
        .realm = s->auth.realm,
        .cache_ms = s->auth.cache_ms,
        .backend = identity_store_backend(p->store),
    };
    return p->identity ? identity_configure(p->identity, &cfg, err) : identity_new(&cfg, &p->identity, err);
}

static struct setup *make_setup(struct proxy *p, const struct settings *s)
{
    inspection_configure(&p->inspection, p->ca, s);
    const struct setup_inspection inspection = {.shared = p->inspection.leaves ? &p->inspection : NULL,
                                                .trust = p->trust,
                                                .trust_number = p->trust_number};
    return setup_new(s, &p->entrances, p->own, p->own_count, &p->self, p->tls, p->parents, &inspection);
}

/* Hands every worker another setup; each takes it between two turns of its loop, and nobody looks at the old
 * one afterwards. */
static void replace_setup(struct proxy *p, const struct settings *s)
{
    struct setup *old = p->setup;
    p->setup = make_setup(p, s);
    for (size_t i = 0; i < p->worker_count; i++)
        worker_configure(p->workers[i], p->setup);
    names_watch(p->names, s->dns.hosts, s->dns.servers.count ? "" : "/etc/resolv.conf");
    setup_free(&old);
}

void proxy_reload_names(struct proxy *p)
{
    pthread_mutex_lock(&p->lock);
    replace_setup(p, p->setup->settings);
    pthread_mutex_unlock(&p->lock);
}

static void on_names_changed(void *arg)
{
    proxy_reload_names(arg);
}

/* ---- listeners ---- */

static void shut_entrance(struct proxy *p, uint64_t id)
{
    for (size_t i = 0; i < p->worker_count; i++)
        if (p->workers[i])
            worker_unlisten(p->workers[i], id);
}

/* Has every worker take connections from those that are not `running`. A worker owns a socket once it was
 * told of it, whether or not it listens. */
static bool open_entrances(struct proxy *p, struct entrances *e, const struct entrances *running,
                           struct sl_err *err)
{
    bool ok = true;
    for (size_t i = 0; i < e->count; i++)
        for (size_t k = 0; k < e->items[i].count && !entrances_find(running, e->items[i].id); k++) {
            if (ok)
                ok = worker_listen(p->workers[k % p->worker_count], e->items[i].id, e->items[i].wanted.kind,
                                   e->items[i].fds[k], err);
            else
                sl_closep(&e->items[i].fds[k]);
        }
    return ok;
}

/* Ends those of e that are not among `others`. */
static void shut_entrances(struct proxy *p, const struct entrances *e, const struct entrances *others)
{
    for (size_t i = 0; i < e->count; i++)
        if (!entrances_find(others, e->items[i].id))
            shut_entrance(p, e->items[i].id);
}

/* ---- begin ---- */

static bool make_worker(struct proxy *p, size_t i, struct sl_err *err)
{
    struct worker_config cfg = {
        .count = (unsigned)p->worker_count,
        .number = p->first_worker + (unsigned)i,
        .first = i == 0,
        .setup = p->setup,
        .clients = p->clients,
        .buckets = p->buckets,
        .tracer = &p->tracer,
        .identity = p->identity,
        .store = p->store,
        .audit = p->audit,
        .ca = p->ca,
        .faulty = p->faulty,
    };
    return worker_new(&cfg, &p->workers[i], err);
}

static bool make_workers(struct proxy *p, const struct settings *s, struct sockets *given, struct sl_err *err)
{
    bool ok = true;
    if (!proxy_tls_open(s, &p->tls, err) || !inspection_trust(s, &p->trust, err) ||
        !entrances_make(&s->proxy.listen, NULL, p->worker_count, given, &p->entrances, err))
        return false;
    p->trust_number = 1;
    p->setup = make_setup(p, s);
    for (size_t i = 0; ok && i < p->worker_count; i++)
        ok = make_worker(p, i, err);
    if (!ok) {
        entrances_close(&p->entrances, NULL);
        return false;
    }
    ok = open_entrances(p, &p->entrances, NULL, err);
    for (size_t i = 0; ok && i < p->worker_count; i++)
        ok = worker_start(p->workers[i], err);
    return ok;
}

static void take_own(struct proxy *p, const struct sl_endpoint *own, size_t count)
{
    sl_assert(count <= PROXY_OWN_MOST);
    if (count)
        memcpy(p->own, own, count * sizeof *own);
    p->own_count = count;
}

/* glibc makes the names of the time zone at the first conversion and shares them from then on: workers only
 * read them. */
static void make_zone_names(void)
{
    time_t now = (time_t)(sl_wall_us() / 1000000);
    struct tm tm;
    localtime_r(&now, &tm);
}

bool proxy_start(const struct proxy_config *cfg, struct proxy **out, struct sl_err *err)
{
    const struct settings *s = cfg->settings;
    struct proxy *p = sl_calloc(1, sizeof *p);
    p->store = cfg->store;
    p->audit = cfg->audit;
    p->ca = cfg->ca;
    p->faulty = cfg->faulty;
    p->first_worker = cfg->first_worker;
    pthread_mutex_init(&p->lock, NULL);
    take_own(p, cfg->own, cfg->own_count);
    make_zone_names();
    p->worker_count = proxy_worker_count(s);
    p->workers = sl_calloc(p->worker_count, sizeof *p->workers);
    size_t connections = budget(s, p->worker_count);
    warn_of_memory(s, connections, p->worker_count);
    p->clients = clients_new(connections);
    p->buckets = buckets_new(connections);
    tracer_init(&p->tracer);
    fields_self_init(&p->self, store_secret(cfg->store), s->proxy.via,
                     (enum forwarded_for)s->proxy.forwarded_for);
    if (names_start(on_names_changed, p, &p->names, err) && configure_identity(p, s, err) &&
        parents_new(s, NULL, &p->parents, err) && make_workers(p, s, cfg->given, err)) {
        names_watch(p->names, s->dns.hosts, s->dns.servers.count ? "" : "/etc/resolv.conf");
        *out = p;
        return true;
    }
    proxy_stop(&p);
    return false;
}

bool proxy_listener(struct proxy *p, size_t i, struct sl_endpoint *out)
{
    pthread_mutex_lock(&p->lock);
    bool there = i < p->entrances.count;
    if (there)
        *out = p->entrances.items[i].at;
    pthread_mutex_unlock(&p->lock);
    return there;
}

/* ---- another configuration ---- */

bool proxy_check(const struct settings *s, struct sl_err *err)
{
    struct parents *parents = NULL;
    struct tls_server *tls = NULL;
    struct trust *trust = NULL;
    bool ok = parents_new(s, NULL, &parents, err) && proxy_tls_open(s, &tls, err) &&
              inspection_trust(s, &trust, err);
    parents_unref(&parents);
    trust_unref(&trust);
    tls_server_unref(&tls);
    return ok;
}

bool proxy_prepare(struct proxy *p, const struct settings *s, struct proxy_change **out, struct sl_err *err)
{
    struct proxy_change *c = sl_calloc(1, sizeof *c);
    if (!parents_new(s, p->parents, &c->parents, err) || !proxy_tls_open(s, &c->tls, err) ||
        !inspection_trust(s, &c->trust, err) ||
        !entrances_make(&s->proxy.listen, &p->entrances, p->worker_count, NULL, &c->entrances, err)) {
        parents_unref(&c->parents);
        tls_server_unref(&c->tls);
        trust_unref(&c->trust);
        free(c);
        return false;
    }
    c->settings = settings_ref(s);
    *out = c;
    if (open_entrances(p, &c->entrances, &p->entrances, err))
        return true;
    proxy_abandon(p, out);
    return false;
}

void proxy_abandon(struct proxy *p, struct proxy_change **ref)
{
    struct proxy_change *c = *ref;
    if (!c)
        return;
    shut_entrances(p, &c->entrances, &p->entrances);
    entrances_fini(&c->entrances);
    tls_server_unref(&c->tls);
    trust_unref(&c->trust);
    parents_unref(&c->parents);
    settings_unref(&c->settings);
    sl_freep(ref);
}

void proxy_commit(struct proxy *p, struct proxy_change **ref, const struct sl_endpoint *own, size_t own_count)
{
    struct proxy_change *c = *ref;
    struct entrances old = p->entrances;
    struct sl_err err = {0};
    if (!configure_identity(p, c->settings, &err))
        sl_log_error("proxy", "going on with the methods of authentication as they were: %s", err.msg);
    clients_configure(p->clients, budget(c->settings, p->worker_count));
    pthread_mutex_lock(&p->lock);
    p->entrances = c->entrances;
    tls_server_unref(&p->tls); /* connections that were made with it keep what they need */
    p->tls = c->tls;
    struct trust *trust = p->trust;
    p->trust = c->trust;
    p->trust_number++;
    take_own(p, own, own_count);
    struct parents *parents = p->parents;
    p->parents = c->parents;
    replace_setup(p, c->settings);
    pthread_mutex_unlock(&p->lock);
    parents_unref(&parents);
    trust_unref(&trust);
    shut_entrances(p, &old, &p->entrances);
    entrances_fini(&old);
    settings_unref(&c->settings);
    sl_freep(ref);
}

/* ---- end ---- */

static void sum_metrics(const struct proxy *p, struct metrics *sum)
{
    for (size_t i = 0; i < p->worker_count; i++)
        metrics_sum(worker_metrics(p->workers[i]), sum);
}

uint64_t proxy_connections(const struct proxy *p)
{
    uint64_t n = 0;
    for (size_t i = 0; i < p->worker_count; i++)
        n += metrics_get(worker_metrics(p->workers[i]), METRIC_CLIENT_CONNECTIONS);
    return n;
}

void proxy_drain_begin(struct proxy *p, bool patient)
{
    for (size_t i = 0; i < p->worker_count; i++)
        worker_drain(p->workers[i], patient);
}

unsigned proxy_drain_end(struct proxy *p)
{
    unsigned cut = 0;
    for (size_t i = 0; i < p->worker_count; i++)
        cut += worker_cut(p->workers[i]);
    return cut;
}

unsigned proxy_drain(struct proxy *p, int64_t drain_ms)
{
    int64_t until_us = sl_monotonic_us() + drain_ms * 1000;
    proxy_drain_begin(p, false);
    while (proxy_connections(p) > 0 && sl_monotonic_us() < until_us)
        nanosleep(&(struct timespec){.tv_nsec = DRAIN_STEP_MS * 1000000L}, NULL);
    return proxy_drain_end(p);
}

bool proxy_turns(struct proxy *p)
{
    bool all = true;
    for (size_t i = 0; i < p->worker_count; i++)
        all &= worker_turns(p->workers[i]);
    return all;
}

/* ---- another process takes over ---- */

void proxy_sockets(struct proxy *p, void (*each)(void *arg, const char *name, int fd), void *arg)
{
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < p->entrances.count; i++)
        for (size_t k = 0; k < p->entrances.items[i].count; k++)
            each(arg, "proxy", p->entrances.items[i].fds[k]);
    pthread_mutex_unlock(&p->lock);
}

void proxy_pause(struct proxy *p, bool pause)
{
    for (size_t i = 0; i < p->worker_count; i++)
        worker_pause(p->workers[i], pause);
}

void proxy_stop(struct proxy **pp)
{
    struct proxy *p = *pp;
    if (!p)
        return;
    names_stop(&p->names);
    for (size_t i = 0; i < p->worker_count; i++)
        worker_free(&p->workers[i]);
    identity_free(&p->identity);
    clients_free(&p->clients);
    buckets_free(&p->buckets);
    tracer_fini(&p->tracer);
    setup_free(&p->setup);
    parents_unref(&p->parents);
    entrances_fini(&p->entrances);
    tls_server_unref(&p->tls);
    trust_unref(&p->trust);
    inspection_fini(&p->inspection);
    pthread_mutex_destroy(&p->lock);
    free(p->workers);
    sl_freep(pp);
}

/* ---- what it tells of itself ---- */

/* A reference: a reload may make others meanwhile. */
static struct parents *parents_of(const struct proxy *p)
{
    struct proxy *unlocked = (struct proxy *)(uintptr_t)p;
    pthread_mutex_lock(&unlocked->lock);
    struct parents *parents = parents_ref(p->parents);
    pthread_mutex_unlock(&unlocked->lock);
    return parents;
}

static json_t *parents_json(const struct proxy *p)
{
    struct parents *parents = parents_of(p);
    json_t *list = parents_status(parents);
    parents_unref(&parents);
    return list;
}

static void print_parents(const struct proxy *p, struct sl_text *out)
{
    struct parents *parents = parents_of(p);
    parents_metrics(parents, out);
    parents_unref(&parents);
}

static json_t *number(const struct metrics *m, enum metric id)
{
    return json_integer((json_int_t)metrics_get(m, id));
}

static uint64_t ended(const struct metrics *m)
{
    uint64_t requests = 0;
    for (unsigned action = ACTION_ALLOW; action <= ACTION_ERROR; action++)
        requests += metrics_get_ended(m, action);
    return requests;
}

static json_t *per_worker(const struct proxy *p)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < p->worker_count; i++) {
        const struct metrics *m = worker_metrics(p->workers[i]);
        json_array_append_new(rows, json_pack("{s:I,s:o,s:I,s:f}", "worker", (json_int_t)i, "connections",
                                              number(m, METRIC_CLIENT_CONNECTIONS), "requests",
                                              (json_int_t)ended(m), "cpu_s",
                                              (double)(worker_cpu_us(p->workers[i]) / 1000) / 1e3));
    }
    return rows;
}

json_t *proxy_status(const struct proxy *p)
{
    static const struct {
        const char *word;
        enum metric id;
    } connections[] = {{"client", METRIC_CLIENT_CONNECTIONS},
                       {"idle", METRIC_CLIENT_IDLE},
                       {"upstream", METRIC_UPSTREAM_CONNECTIONS},
                       {"pooled", METRIC_UPSTREAM_IDLE},
                       {"tunnels", METRIC_TUNNELS},
                       {"refused", METRIC_CLIENT_REFUSED}},
      bytes[] = {{"from_clients", METRIC_BYTES_FROM_CLIENTS},
                 {"to_clients", METRIC_BYTES_TO_CLIENTS},
                 {"from_origins", METRIC_BYTES_FROM_ORIGINS},
                 {"to_origins", METRIC_BYTES_TO_ORIGINS}};
    struct metrics *sum = sl_calloc(1, sizeof *sum);
    json_t *by_action = json_object(), *open = json_object(), *moved = json_object();
    sum_metrics(p, sum);
    for (unsigned action = ACTION_ALLOW; action <= ACTION_ERROR; action++) {
        json_int_t count = (json_int_t)metrics_get_ended(sum, action);
        json_object_set_new(by_action, action_word((enum action)action), json_integer(count));
    }
    for (size_t i = 0; i < SL_COUNT(connections); i++)
        json_object_set_new(open, connections[i].word, number(sum, connections[i].id));
    for (size_t i = 0; i < SL_COUNT(bytes); i++)
        json_object_set_new(moved, bytes[i].word, number(sum, bytes[i].id));
    json_t *status = json_pack("{s:I,s:o,s:o,s:I,s:o,s:o,s:o,s:o}", "workers", (json_int_t)p->worker_count,
                               "per_worker", per_worker(p), "connections", open, "requests",
                               (json_int_t)ended(sum), "by_action", by_action, "bytes", moved, "regex_limits",
                               number(sum, METRIC_REGEX_LIMITS), "parents", parents_json(p));
    free(sum);
    return status;
}

json_t *proxy_tunnels(struct proxy *p, const struct tunnel_query *q)
{
    struct census census = {.count = 0};
    for (size_t i = 0; i < p->worker_count; i++)
        worker_tunnels(p->workers[i], q, &census);
    return census_end(&census, q);
}

json_t *proxy_trace(struct proxy *p, const struct trace_query *q)
{
    return tracer_answer(&p->tracer, q);
}

bool proxy_tunnel_close(struct proxy *p, uint64_t id)
{
    bool found = false;
    for (size_t i = 0; i < p->worker_count && !found; i++)
        found = worker_tunnel_close(p->workers[i], id);
    return found;
}

static void print_identity(const struct proxy *p, struct sl_text *out)
{
    struct identity_counters n;
    identity_counters(p->identity, &n);
    const struct {
        const char *result;
        uint64_t count;
    } rows[] = {{"remembered", n.memo_hits + n.cache_hits},
                {"verified", n.verified},
                {"failed", n.failed},
                {"busy", n.busy}};
    sl_text_add(out, SL_STR("# HELP sluice_auth_checks_total Credentials looked at, by result.\n"
                            "# TYPE sluice_auth_checks_total counter\n"));
    for (size_t i = 0; i < SL_COUNT(rows); i++)
        sl_text_addf(out, "sluice_auth_checks_total{result=\"%s\"} %llu\n", rows[i].result,
                     (unsigned long long)rows[i].count);
    sl_text_addf(out,
                 "# HELP sluice_auth_waiting Verifications that wait or run.\n"
                 "# TYPE sluice_auth_waiting gauge\nsluice_auth_waiting %u\n",
                 n.waiting);
}

/* How evenly the kernel spreads connections, and which worker is at its limit. */
static void print_workers(const struct proxy *p, struct sl_text *out)
{
    sl_text_addf(out,
                 "# HELP sluice_workers Threads that move traffic.\n"
                 "# TYPE sluice_workers gauge\nsluice_workers %zu\n",
                 p->worker_count);
    sl_text_add(out, SL_STR("# HELP sluice_worker_cpu_seconds_total CPU time of each worker.\n"
                            "# TYPE sluice_worker_cpu_seconds_total counter\n"));
    for (size_t i = 0; i < p->worker_count; i++)
        sl_text_addf(out, "sluice_worker_cpu_seconds_total{worker=\"%zu\"} %.6f\n", i,
                     (double)worker_cpu_us(p->workers[i]) / 1e6);
    sl_text_add(out, SL_STR("# HELP sluice_worker_requests_total Requests ended, by worker.\n"
                            "# TYPE sluice_worker_requests_total counter\n"));
    for (size_t i = 0; i < p->worker_count; i++)
        sl_text_addf(out, "sluice_worker_requests_total{worker=\"%zu\"} %llu\n", i,
                     (unsigned long long)ended(worker_metrics(p->workers[i])));
    sl_text_add(out,
                SL_STR("# HELP sluice_worker_client_connections Client connections open now, by worker.\n"
                       "# TYPE sluice_worker_client_connections gauge\n"));
    for (size_t i = 0; i < p->worker_count; i++)
        sl_text_addf(
            out, "sluice_worker_client_connections{worker=\"%zu\"} %llu\n", i,
            (unsigned long long)metrics_get(worker_metrics(p->workers[i]), METRIC_CLIENT_CONNECTIONS));
}

static void print_leaves(const struct proxy *p, struct sl_text *out)
{
    struct leaves_stats n;
    if (!p->inspection.leaves)
        return;
    leaves_stats(p->inspection.leaves, &n);
    const struct {
        const char *result;
        uint64_t count;
    } rows[] = {{"hit", n.hits}, {"minted", n.minted}, {"failed", n.failed}};
    sl_text_add(out,
                SL_STR("# HELP sluice_inspect_leaves_total Leaf certificates that were needed, by result.\n"
                       "# TYPE sluice_inspect_leaves_total counter\n"));
    for (size_t i = 0; i < SL_COUNT(rows); i++)
        sl_text_addf(out, "sluice_inspect_leaves_total{result=\"%s\"} %llu\n", rows[i].result,
                     (unsigned long long)rows[i].count);
    sl_text_addf(out,
                 "# HELP sluice_inspect_leaf_cache Leaf certificates at hand.\n"
                 "# TYPE sluice_inspect_leaf_cache gauge\nsluice_inspect_leaf_cache %llu\n",
                 (unsigned long long)n.size);
}

void proxy_metrics(const struct proxy *p, struct sl_text *out)
{
    struct metrics *sum = sl_calloc(1, sizeof *sum);
    sum_metrics(p, sum);
    metrics_print(sum, out);
    print_identity(p, out);
    print_workers(p, out);
    print_parents(p, out);
    print_leaves(p, out);
    free(sum);
}

/* proxy.c - see sluice/proxy.h: the data plane as a whole. What workers share is made here, and they are
 * started, told and ended from here; the functions of the front door may be called by any thread but one at a
 * time, status and metrics excepted. */
#include "sluice/proxy.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "proxy/conn/trace.h"
#include "proxy/net/listen.h"
#include "proxy/worker.h"
#include "sluice/clock.h"
#include "sluice/log.h"

enum {
    DRAIN_STEP_MS = 10,
    NAMES_EVERY_MS = 2000,
    SPARE_FDS = 256,
    FDS_PER_WORKER = 8,
    FDS_PER_CONNECTION = 2
};

struct proxy {
    struct proxy_config cfg;
    struct address_rules addresses;
    struct fields_self self;
    struct clients *clients;
    struct buckets *buckets;
    struct tracer tracer;
    struct identity *identity;
    struct sl_endpoint *listeners;
    size_t listener_count;
    struct worker **workers;
    size_t worker_count, started;
    /* names: looks whether hosts file or resolv.conf changed */
    pthread_t names_thread;
    pthread_mutex_t names_lock;
    pthread_cond_t names_wake;
    bool names_running, names_stop;
};

/* ---- names ---- */

static struct hosts *read_hosts(const struct proxy *p)
{
    struct sl_err err = {0};
    const char *path = p->cfg.settings->dns.hosts;
    struct hosts *h = path && *path ? hosts_read(path, &err) : NULL;
    if (!h && path && *path)
        sl_log_warning("proxy", "names: going on without a hosts file: %s", err.msg);
    return h;
}

void proxy_reload_names(struct proxy *p)
{
    struct hosts *h = read_hosts(p);
    for (size_t i = 0; i < p->worker_count; i++)
        worker_reload(p->workers[i], h);
    hosts_unref(&h);
}

struct file_mark {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

static bool differs(struct file_mark *mark, const char *path)
{
    struct stat st;
    struct file_mark now = {0};
    if (path && *path && stat(path, &st) == 0)
        now = (struct file_mark){st.st_dev, st.st_ino, st.st_size, st.st_mtim};
    bool other = mark->device != now.device || mark->inode != now.inode || mark->size != now.size ||
                 mark->changed.tv_sec != now.changed.tv_sec || mark->changed.tv_nsec != now.changed.tv_nsec;
    *mark = now;
    return other;
}

/* Waits; false when it is time to end. */
static bool names_wait(struct proxy *p)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += NAMES_EVERY_MS / 1000;
    pthread_mutex_lock(&p->names_lock);
    int r = 0;
    while (!p->names_stop && r != ETIMEDOUT)
        r = pthread_cond_timedwait(&p->names_wake, &p->names_lock, &until);
    bool stop = p->names_stop;
    pthread_mutex_unlock(&p->names_lock);
    return !stop;
}

static void *names_main(void *arg)
{
    struct proxy *p = arg;
    struct file_mark hosts = {0}, servers = {0};
    const char *hosts_path = p->cfg.settings->dns.hosts;
    const char *servers_path = p->cfg.settings->dns.servers.count ? NULL : "/etc/resolv.conf";
    differs(&hosts, hosts_path);
    differs(&servers, servers_path);
    while (names_wait(p)) {
        bool changed = differs(&hosts, hosts_path);
        changed |= differs(&servers, servers_path);
        if (changed)
            proxy_reload_names(p);
    }
    return NULL;
}

static bool names_start(struct proxy *p, struct sl_err *err)
{
    pthread_condattr_t attr;
    pthread_mutex_init(&p->names_lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&p->names_wake, &attr);
    pthread_condattr_destroy(&attr);
    int error = pthread_create(&p->names_thread, NULL, names_main, p);
    p->names_running = error == 0;
    return p->names_running || sl_fail_errno(err, SL_IO, error, "cannot start a thread");
}

static void names_end(struct proxy *p)
{
    if (!p->names_running)
        return;
    pthread_mutex_lock(&p->names_lock);
    p->names_stop = true;
    pthread_cond_signal(&p->names_wake);
    pthread_mutex_unlock(&p->names_lock);
    pthread_join(p->names_thread, NULL);
    pthread_cond_destroy(&p->names_wake);
    pthread_mutex_destroy(&p->names_lock);
    p->names_running = false;
}

/* ---- begin ---- */

static size_t usable_cpus(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return (size_t)SL_MAX(n, 1);
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

static bool parse_listeners(struct proxy *p, struct sl_err *err)
{
    const struct conf_texts *texts = &p->cfg.settings->proxy.listen;
    p->listeners = sl_calloc(texts->count + 1, sizeof *p->listeners);
    for (size_t i = 0; i < texts->count; i++)
        if (!sl_endpoint_parse(sl_cstr(texts->items[i]), &p->listeners[i], err))
            return sl_fail_in(err, "proxy.listen: ");
    p->listener_count = texts->count;
    return texts->count > 0 || sl_fail(err, SL_BAD_INPUT, "proxy.listen is empty");
}

/* fds[listener * workers + worker]; all or none. */
static bool open_sockets(struct proxy *p, int *fds, struct sl_err *err)
{
    for (size_t i = 0; i < p->listener_count; i++) {
        if (listen_open(&p->listeners[i], fds + i * p->worker_count, p->worker_count, err))
            continue;
        for (size_t k = 0; k < i * p->worker_count; k++)
            sl_closep(&fds[k]);
        return false;
    }
    return true;
}

static void fill_addresses(struct proxy *p)
{
    size_t count = p->listener_count + p->cfg.own_count;
    struct sl_endpoint *own = sl_calloc(count + 1, sizeof *own);
    memcpy(own, p->listeners, p->listener_count * sizeof *own);
    memcpy(own + p->listener_count, p->cfg.own, p->cfg.own_count * sizeof *own);
    address_rules_init(&p->addresses, &p->cfg.settings->proxy.allow_private,
                       &p->cfg.settings->proxy.nat64_prefixes, own, count);
    free(own);
}

static bool make_worker(struct proxy *p, size_t i, const int *fds, struct hosts *hosts, struct sl_err *err)
{
    int *own = sl_calloc(p->listener_count + 1, sizeof *own);
    for (size_t k = 0; k < p->listener_count; k++)
        own[k] = fds[k * p->worker_count + i];
    struct worker_config cfg = {
        .number = (unsigned)i,
        .settings = p->cfg.settings,
        .addresses = &p->addresses,
        .self = &p->self,
        .clients = p->clients,
        .buckets = p->buckets,
        .tracer = &p->tracer,
        .identity = p->identity,
        .store = p->cfg.store,
        .audit = p->cfg.audit,
        .hosts = hosts,
        .listeners = p->listeners,
        .listener_count = p->listener_count,
        .fds = own,
    };
    bool ok = worker_new(&cfg, &p->workers[i], err);
    free(own);
    return ok;
}

static bool make_workers(struct proxy *p, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) int *fds = sl_calloc(p->listener_count * p->worker_count, sizeof *fds);
    bool ok = open_sockets(p, fds, err);
    if (!ok)
        return false;
    fill_addresses(p);
    struct hosts *hosts = read_hosts(p);
    for (size_t i = 0; i < p->worker_count; i++) {
        if (ok)
            ok = make_worker(p, i, fds, hosts, err);
        else
            for (size_t k = 0; k < p->listener_count; k++)
                sl_closep(&fds[k * p->worker_count + i]);
    }
    hosts_unref(&hosts);
    for (size_t i = 0; ok && i < p->worker_count; i++)
        ok = worker_start(p->workers[i], err);
    return ok;
}

static bool make_identity(struct proxy *p, struct sl_err *err)
{
    const struct settings *s = p->cfg.settings;
    struct identity_config cfg = {
        .methods = &s->auth.methods,
        .realm = s->auth.realm,
        .cache_ms = s->auth.cache_ms,
        .backend = identity_store_backend(p->cfg.store),
    };
    return identity_new(&cfg, &p->identity, err);
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
    p->cfg = *cfg;
    make_zone_names();
    p->worker_count = s->proxy.workers > 0 ? (size_t)s->proxy.workers : usable_cpus();
    p->workers = sl_calloc(p->worker_count, sizeof *p->workers);
    size_t connections = budget(s, p->worker_count);
    p->clients = clients_new(connections);
    p->buckets = buckets_new(connections);
    tracer_init(&p->tracer);
    fields_self_init(&p->self, store_secret(cfg->store), s->proxy.via,
                     (enum forwarded_for)s->proxy.forwarded_for);
    if (parse_listeners(p, err) && make_identity(p, err) && make_workers(p, err) && names_start(p, err)) {
        *out = p;
        return true;
    }
    proxy_stop(&p);
    return false;
}

bool proxy_listener(const struct proxy *p, size_t i, struct sl_endpoint *out)
{
    if (i >= p->listener_count)
        return false;
    *out = p->listeners[i];
    return true;
}

/* ---- end ---- */

static void sum_metrics(const struct proxy *p, struct metrics *sum)
{
    for (size_t i = 0; i < p->worker_count; i++)
        metrics_sum(worker_metrics(p->workers[i]), sum);
}

static uint64_t open_connections(const struct proxy *p)
{
    uint64_t n = 0;
    for (size_t i = 0; i < p->worker_count; i++)
        n += metrics_get(worker_metrics(p->workers[i]), METRIC_CLIENT_CONNECTIONS);
    return n;
}

unsigned proxy_drain(struct proxy *p, int64_t drain_ms)
{
    int64_t until_us = sl_monotonic_us() + drain_ms * 1000;
    unsigned cut = 0;
    for (size_t i = 0; i < p->worker_count; i++)
        worker_drain(p->workers[i]);
    while (open_connections(p) > 0 && sl_monotonic_us() < until_us)
        nanosleep(&(struct timespec){.tv_nsec = DRAIN_STEP_MS * 1000000L}, NULL);
    for (size_t i = 0; i < p->worker_count; i++)
        cut += worker_cut(p->workers[i]);
    return cut;
}

void proxy_stop(struct proxy **pp)
{
    struct proxy *p = *pp;
    if (!p)
        return;
    names_end(p);
    for (size_t i = 0; i < p->worker_count; i++)
        worker_free(&p->workers[i]);
    identity_free(&p->identity);
    clients_free(&p->clients);
    buckets_free(&p->buckets);
    tracer_fini(&p->tracer);
    address_rules_fini(&p->addresses);
    free(p->workers);
    free(p->listeners);
    sl_freep(pp);
}

/* ---- what it tells of itself ---- */

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
    json_t *status =
        json_pack("{s:I,s:o,s:o,s:I,s:o,s:o,s:o}", "workers", (json_int_t)p->worker_count, "per_worker",
                  per_worker(p), "connections", open, "requests", (json_int_t)ended(sum), "by_action",
                  by_action, "bytes", moved, "regex_limits", number(sum, METRIC_REGEX_LIMITS));
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

void proxy_metrics(const struct proxy *p, struct sl_text *out)
{
    struct metrics *sum = sl_calloc(1, sizeof *sum);
    sum_metrics(p, sum);
    metrics_print(sum, out);
    print_identity(p, out);
    print_workers(p, out);
    free(sum);
}

/* worker.c - see worker.h. */
#include "proxy/worker.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proxy/conn/conn.h"
#include "proxy/conn/limits.h"
#include "proxy/conn/streams.h"
#include "proxy/conn/txn.h"
#include "proxy/net/listen.h"
#include "sluice/clock.h"
#include "sluice/log.h"

enum { ACCEPT_LOG_MS = 10000, IDLE_GIVEN_UP = 16, STUCK_US = 5000000 };

/* A question whether the loop turns: posted, and taken back by the loop. */
struct probe {
    struct loop_task task;
    atomic_bool pending;
    int64_t asked_us; /* the asker's */
};

struct worker {
    struct plane plane;
    struct metrics metrics;
    const struct setup *setup;
    bool first; /* does what one worker does for all */
    struct worker_door {
        uint64_t id;   /* of the entrance */
        unsigned kind; /* of the settings in force, or of those to come */
        struct listener *listener;
    } * doors;
    size_t door_count, door_cap;
    struct probe probe;
    struct loop_task inbox_task;
    atomic_bool inbox_pending;
    int64_t accept_logged_ms;
    pthread_t thread;
    bool running;
};

/* Something said to a running worker; the speaker waits. */
struct command {
    struct loop_task task;
    struct worker *worker;
    void (*run)(struct worker *w, void *arg);
    void *arg;
    sem_t done;
};

/* ---- in the worker's thread ---- */

static void on_accepted(void *arg, uint64_t id, int fd, struct sl_endpoint client)
{
    struct worker *w = arg;
    size_t i = 0;
    while (w->doors[i].id != id)
        i++;
    conn_accept(&w->plane, w->doors[i].kind, fd, client);
}

static void on_accept_failed(void *arg, int errno_value)
{
    struct worker *w = arg;
    int64_t now_ms = loop_now_ms(w->plane.loop);
    pool_clear(w->plane.pool); /* idle connections are worth less than a client that asks */
    limits_make_room(&w->plane, IDLE_GIVEN_UP);
    metrics_add(&w->metrics, METRIC_ACCEPT_FAILED, 1);
    metrics_add(&w->metrics, METRIC_LIMIT_DESCRIPTORS, 1);
    if (w->accept_logged_ms && now_ms - w->accept_logged_ms < ACCEPT_LOG_MS)
        return;
    w->accept_logged_ms = now_ms;
    sl_log_warning("proxy", "cannot accept connections: %s; trying again", strerror(errno_value));
}

static void on_turn(void *arg)
{
    struct worker *w = arg;
    if (w->plane.scratch == NULL) /* half made: it is taken apart again */
        return;
    plane_refresh(&w->plane);
    journal_tend(w->plane.journal);
    metrics_set(&w->metrics, METRIC_BUFFER_BYTES, w->plane.bufs.bytes);
    metrics_set(&w->metrics, METRIC_BUFFER_BYTES_IN_USE, w->plane.bufs.in_use);
    metrics_set(&w->metrics, METRIC_BYTES_SPLICED, w->plane.pipes.bytes);
}

static void on_inbox(struct loop_task *task)
{
    struct worker *w = SL_CONTAINER(task, struct worker, inbox_task);
    atomic_store_explicit(&w->inbox_pending, false,
                          memory_order_seq_cst); /* before looking: nothing is overlooked */
    identity_inbox_run(w->plane.inbox);
}

/* A verifier's thread. */
static void wake_inbox(void *arg)
{
    struct worker *w = arg;
    if (!atomic_exchange_explicit(&w->inbox_pending, true, memory_order_seq_cst))
        loop_post(w->plane.loop, &w->inbox_task);
}

static void *thread_main(void *arg)
{
    struct worker *w = arg;
    loop_run(w->plane.loop);
    return NULL;
}

/* ---- commands ---- */

static void on_command(struct loop_task *task)
{
    struct command *c = SL_CONTAINER(task, struct command, task);
    c->run(c->worker, c->arg);
    sem_post(&c->done); /* the command's memory is the speaker's again */
}

static void tell(struct worker *w, void (*run)(struct worker *w, void *arg), void *arg)
{
    struct command c = {.task.run = on_command, .worker = w, .run = run, .arg = arg};
    if (!w->running) {
        run(w, arg);
        return;
    }
    sl_assert(sem_init(&c.done, 0, 0) == 0);
    loop_post(w->plane.loop, &c.task);
    while (sem_wait(&c.done) < 0)
        ; /* a signal */
    sem_destroy(&c.done);
}

static void close_doors(struct worker *w)
{
    for (; w->door_count > 0; w->door_count--)
        listen_stop(&w->doors[w->door_count - 1].listener);
}

static void drain(struct worker *w, void *arg)
{
    const bool *patient = arg;
    struct plane *p = &w->plane;
    p->draining = true;
    close_doors(w);
    pool_clear(p->pool);
    SL_LIST_EACH(node, &p->conns)
    {
        struct conn *c = SL_LIST_ITEM(node, struct conn, node);
        if (c->h2)
            streams_goodbye(c);
        else if (!*patient && c->state == CONN_IDLE && !c->sock.readable)
            conn_hurry(c);
    }
}

void worker_drain(struct worker *w, bool patient)
{
    tell(w, drain, &patient);
}

static void cut(struct worker *w, void *arg)
{
    unsigned *count = arg;
    *count += (unsigned)w->plane.conn_count;
    struct sl_list *conns = &w->plane.conns; /* one may take others with it */
    while (!sl_list_empty(conns))
        conn_kill(SL_LIST_ITEM(conns->next, struct conn, node), FAULT_DRAIN);
}

unsigned worker_cut(struct worker *w)
{
    unsigned count = 0;
    tell(w, cut, &count);
    return count;
}

struct census_question {
    const struct tunnel_query *query;
    struct census *out;
};

static void take_census(struct worker *w, void *arg)
{
    struct census_question *q = arg;
    census_take(&w->plane, q->query, q->out);
}

void worker_tunnels(struct worker *w, const struct tunnel_query *q, struct census *out)
{
    struct census_question question = {q, out};
    tell(w, take_census, &question);
}

struct close_query {
    uint64_t id;
    bool found;
};

static void close_tunnel(struct worker *w, void *arg)
{
    struct close_query *q = arg;
    q->found = census_close(&w->plane, q->id);
}

bool worker_tunnel_close(struct worker *w, uint64_t id)
{
    struct close_query q = {.id = id};
    tell(w, close_tunnel, &q);
    return q.found;
}

struct door_question {
    uint64_t id;
    unsigned kind;
    int fd;
    bool ok;
    struct sl_err *err;
};

static void open_door(struct worker *w, void *arg)
{
    struct door_question *q = arg;
    struct listen_config listen = {
        .accepted = on_accepted, .failed = on_accept_failed, .arg = w, .id = q->id};
    struct listener *l;
    q->ok = listen_start(w->plane.loop, q->fd, &listen, &l, q->err);
    if (!q->ok)
        return;
    SL_GROW(w->doors, w->door_count, &w->door_cap);
    w->doors[w->door_count++] = (struct worker_door){q->id, q->kind, l};
}

bool worker_listen(struct worker *w, uint64_t id, unsigned kind, int fd, struct sl_err *err)
{
    struct door_question q = {.id = id, .kind = kind, .fd = fd, .err = err};
    tell(w, open_door, &q);
    return q.ok;
}

static void close_door(struct worker *w, void *arg)
{
    const struct door_question *q = arg;
    for (size_t i = 0; i < w->door_count;) {
        if (w->doors[i].id != q->id) {
            i++;
            continue;
        }
        listen_stop(&w->doors[i].listener);
        w->doors[i] = w->doors[--w->door_count];
    }
}

static void pause_doors(struct worker *w, void *arg)
{
    const bool *pause = arg;
    for (size_t i = 0; i < w->door_count; i++)
        listen_pause(w->doors[i].listener, *pause);
}

void worker_pause(struct worker *w, bool pause)
{
    tell(w, pause_doors, &pause);
}

void worker_unlisten(struct worker *w, uint64_t id)
{
    struct door_question q = {.id = id};
    tell(w, close_door, &q);
}

/* ---- settings ---- */

static struct resolve_config names_config(struct worker *w)
{
    const struct settings *s = w->setup->settings;
    return (struct resolve_config){
        .servers = (const char *const *)s->dns.servers.items,
        .server_count = s->dns.servers.count,
        .timeout_ms = s->dns.timeout_ms,
        .max_ttl_ms = s->dns.cache_max_ttl_ms,
        .negative_ttl_ms = s->dns.cache_negative_ttl_ms,
        .hosts = w->setup->hosts,
        .metrics = &w->metrics,
    };
}

static void take_setup(struct worker *w, const struct setup *setup)
{
    struct plane *p = &w->plane;
    w->setup = setup;
    p->settings = setup->settings;
    p->addresses = &setup->addresses;
    p->self = &setup->self;
    p->listeners = setup->listeners;
    p->listener_count = setup->listener_count;
    p->tls = setup->tls;
    p->inspection = setup->inspection.shared;
    for (size_t i = 0; i < w->door_count; i++)
        w->doors[i].kind = setup_kind(setup, w->doors[i].id, w->doors[i].kind);
}

static void configure(struct worker *w, void *arg)
{
    struct sl_err err = {0};
    take_setup(w, arg);
    plane_configure(&w->plane);
    plane_set_parents(&w->plane, w->setup->parents, w->first);
    plane_set_trust(&w->plane, w->setup->inspection.trust, w->setup->inspection.trust_number);
    struct resolve_config names = names_config(w);
    if (!resolver_configure(w->plane.resolver, &names, &err))
        sl_log_warning("proxy", "names: keeping the servers as they were: %s", err.msg);
}

void worker_configure(struct worker *w, const struct setup *setup)
{
    tell(w, configure, (void *)(uintptr_t)setup);
}

/* ---- does it turn? ---- */

static void on_probe(struct loop_task *task)
{
    struct probe *p = SL_CONTAINER(task, struct probe, task);
    atomic_store_explicit(&p->pending, false, memory_order_release);
}

bool worker_turns(struct worker *w)
{
    struct probe *p = &w->probe;
    int64_t now_us = sl_monotonic_us();
    if (!w->running)
        return true;
    if (atomic_load_explicit(&p->pending, memory_order_acquire))
        return now_us - p->asked_us < STUCK_US;
    p->asked_us = now_us;
    p->task.run = on_probe;
    atomic_store_explicit(&p->pending, true, memory_order_relaxed);
    loop_post(w->plane.loop, &p->task);
    return true;
}

/* ---- begin and end ---- */

static void fill_plane(struct worker *w, const struct worker_config *cfg)
{
    struct plane *p = &w->plane;
    p->worker = cfg->number;
    w->first = cfg->first;
    p->worker_count = cfg->count;
    p->clients = cfg->clients;
    p->buckets = cfg->buckets;
    p->tracer = cfg->tracer;
    p->identity = cfg->identity;
    p->store = cfg->store;
    p->ca = cfg->ca;
    p->faulty = cfg->faulty;
    p->live = store_live(cfg->store);
    p->ledger = store_ledger(cfg->store);
    p->consents = store_consents(cfg->store);
    p->learned = store_learned(cfg->store);
    p->metrics = &w->metrics;
    p->last_id = audit_last_id(cfg->audit);
    p->scratch = policy_scratch_new();
    p->inbox = identity_inbox_new(cfg->identity, wake_inbox, w);
    plane_init(p);
    plane_set_parents(p, w->setup->parents, w->first);
    plane_set_trust(p, w->setup->inspection.trust, w->setup->inspection.trust_number);
    plane_refresh(p);
}

bool worker_new(const struct worker_config *cfg, struct worker **out, struct sl_err *err)
{
    struct worker *w = sl_calloc(1, sizeof *w);
    struct loop_hooks hooks = {.arg = w, .turn = on_turn};
    w->inbox_task.run = on_inbox;
    sl_list_init(&w->plane.conns);
    take_setup(w, cfg->setup);
    struct resolve_config names = names_config(w);
    if (loop_new(&hooks, &w->plane.loop, err) &&
        journal_open(cfg->audit, cfg->number, &w->plane.journal, err) &&
        resolver_new(w->plane.loop, &names, &w->plane.resolver, err)) {
        fill_plane(w, cfg);
        *out = w;
        return true;
    }
    worker_free(&w);
    return false;
}

bool worker_start(struct worker *w, struct sl_err *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the main thread */
    int error = pthread_create(&w->thread, NULL, thread_main, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error)
        return sl_fail_errno(err, SL_IO, error, "cannot start a worker");
    char name[16];
    snprintf(name, sizeof name, "worker-%u", w->plane.worker);
    pthread_setname_np(w->thread, name);
    w->running = true;
    return true;
}

static void stop_thread(struct worker *w)
{
    if (!w->running)
        return;
    loop_stop(w->plane.loop);
    pthread_join(w->thread, NULL);
    w->running = false;
}

void worker_free(struct worker **wp)
{
    struct worker *w = *wp;
    struct plane *p = w ? &w->plane : NULL;
    if (!w)
        return;
    stop_thread(w);
    if (p->scratch) /* the plane was filled */
        worker_cut(w);
    close_doors(w);
    if (p->scratch)
        worker_cut(w); /* what listen_stop still took */
    identity_inbox_free(&p->inbox);
    if (p->loop)
        loop_turn(p->loop, 0);      /* frees what was closed */
    parent_checks_free(&p->checks); /* which may wait for a name */
    resolver_free(&p->resolver);
    pool_free(&p->pool);
    if (p->scratch)
        plane_fini(p);
    policy_scratch_free(&p->scratch);
    journal_close(&p->journal);
    loop_free(&p->loop);
    free(w->doors);
    sl_freep(wp);
}

const struct metrics *worker_metrics(const struct worker *w)
{
    return &w->metrics;
}

int64_t worker_cpu_us(const struct worker *w)
{
    clockid_t clock;
    struct timespec used;
    if (!w->running || pthread_getcpuclockid(w->thread, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return 0;
    return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

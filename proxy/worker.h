/* worker.h - one thread of the data plane: its loop, listeners and connections. Made, told and ended by
 * proxy.c. What is said to a running worker goes through its loop as a command and is waited for. */
#ifndef PROXY_WORKER_H
#define PROXY_WORKER_H

#include "proxy/conn/census.h"
#include "proxy/conn/plane.h"
#include "proxy/setup.h"

struct worker;

struct worker_config {
    unsigned number, count; /* of this worker; of all */
    bool first; /* does what one worker does for all; `number` is not 0 in a process that took over */
    const struct setup *setup; /* borrowed until another one is given */
    struct clients *clients;
    struct buckets *buckets;
    struct tracer *tracer;
    struct identity *identity;
    struct store *store;
    struct audit *audit;
    struct ca_live *ca;
    struct faulty_hosts *faulty;
};
/* Makes all but the thread. */
bool worker_new(const struct worker_config *cfg, struct worker **out, struct sl_err *err);
bool worker_start(struct worker *w, struct sl_err *err);
/* Stops accepting, lets no connection be kept, and closes idle ones; `patient`: they may ask once more. */
void worker_drain(struct worker *w, bool patient);
/* Cuts every connection; returns how many there were. */
unsigned worker_cut(struct worker *w);
/* Adds what is open on it. */
void worker_tunnels(struct worker *w, const struct tunnel_query *q, struct census *out);
bool worker_tunnel_close(struct worker *w, uint64_t id);
/* Goes on with another setup; nothing looks at the old one when it returns. */
void worker_configure(struct worker *w, const struct setup *setup);
/* Takes connections from fd, which it owns from now on, also on failure. id names it; kind: in what way
 * clients come, as long as the setup does not say. */
bool worker_listen(struct worker *w, uint64_t id, unsigned kind, int fd, struct sl_err *err);
/* Takes no connections for a while, or takes them again. */
void worker_pause(struct worker *w, bool pause);
/* Takes what waits in the backlog, then closes; fine when there is none of this id. */
void worker_unlisten(struct worker *w, uint64_t id);
/* Whether its loop still turns: false when it has not for some seconds. Never waits. One thread asks, every
 * second or so. */
bool worker_turns(struct worker *w);
/* Ends the thread, if it runs, and frees everything. */
void worker_free(struct worker **w);
const struct metrics *worker_metrics(const struct worker *w);
/* CPU time of its thread since it began. Any thread. */
int64_t worker_cpu_us(const struct worker *w);

#endif

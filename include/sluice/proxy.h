/* proxy.h - front door of proxy/: the data plane. */
#ifndef SLUICE_PROXY_H
#define SLUICE_PROXY_H

#include <jansson.h>

#include "sluice/audit.h"
#include "sluice/ca.h"
#include "sluice/faulty.h"
#include "sluice/memory.h"
#include "sluice/settings.h"
#include "sluice/sockets.h"
#include "sluice/store.h"
#include "sluice/trace.h"
#include "sluice/tunnels.h"

struct proxy;

enum { PROXY_OWN_MOST = 32 };

/* The head with which this request would be sent under a verdict, as plain or inspected traffic; for tests of
 * header rules. request: a head in absolute-form. False: it is none. */
bool proxy_preview(const struct snapshot *s, const struct verdict *v, const struct sl_url *url,
                   struct sl_str request, struct sl_text *out);

struct proxy_config {
    const struct settings *settings; /* a reference is taken */
    struct store *store;             /* live policy, ledger, consents, users */
    struct audit *audit;
    struct ca_live *ca; /* whose leaves inspected clients get */
    struct faulty_hosts *faulty;
    struct sl_endpoint
        own[PROXY_OWN_MOST]; /* other listeners of the process (admin API): never a destination */
    size_t own_count;
    struct sockets *given; /* listeners that somebody opened for us; those that fit are taken. NULL: none */
    unsigned
        first_worker; /* number of the first worker: ids of requests never meet those of another process */
};
/* Whether the files that the settings name (certificates, keys) can be used; err says which can't. */
bool proxy_check(const struct settings *s, struct sl_err *err);
/* Binds the listeners (all or nothing) and starts the workers. */
bool proxy_start(const struct proxy_config *cfg, struct proxy **out, struct sl_err *err);
/* The i-th real listening endpoint (port 0 resolved); false past the end. */
bool proxy_listener(struct proxy *p, size_t i, struct sl_endpoint *out);

/* ---- other settings, while it serves; one change at a time ----
 * proxy_prepare does all that can fail: certificates are read, new listeners are bound and already take
 * connections. Then either proxy_commit puts the settings in force in every worker and ends listeners that
 * are no longer wanted, after what waits in their backlogs was taken, or proxy_abandon leaves everything as
 * it was. Connections go on under the new settings; nothing is cut. */
struct proxy_change;
bool proxy_prepare(struct proxy *p, const struct settings *s, struct proxy_change **out, struct sl_err *err);
void proxy_commit(struct proxy *p, struct proxy_change **change, const struct sl_endpoint *own,
                  size_t own_count);
void proxy_abandon(struct proxy *p, struct proxy_change **change); /* NULL is fine */

/* Stops accepting, answers running requests with Connection: close, waits up to drain_ms for them and cuts
 * the rest. Returns how many were cut. */
unsigned proxy_drain(struct proxy *p, int64_t drain_ms);
/* The same in steps, for who has other things to do meanwhile: begin, until proxy_connections is 0 or time is
 * over, end. Idle connections are closed at once, which a client that asks at that moment takes for a
 * failure; `patient`: they stay for one more request, or their idle time. */
void proxy_drain_begin(struct proxy *p, bool patient);
uint64_t proxy_connections(const struct proxy *p);
unsigned proxy_drain_end(struct proxy *p);

/* Whether every worker's loop still turns; false when one has not for 5 s. Never waits; one thread asks,
 * every second or so. */
bool proxy_turns(struct proxy *p);

/* ---- another process takes over ---- */
/* Each listening socket; the descriptors stay the workers'. */
void proxy_sockets(struct proxy *p, void (*each)(void *arg, const char *name, int fd), void *arg);
/* Leaves new connections to the other process, which has the same sockets, or takes them again. A drain that
 * begins while it is so leaves it the backlogs, too. */
void proxy_pause(struct proxy *p, bool pause);
void proxy_stop(struct proxy **p); /* ends workers at once; drain first to be gentle */
/* The hosts file or resolv.conf changed: workers read them again. */
void proxy_reload_names(struct proxy *p);

/* What is open: tunnels, and transfers that have lasted a second:
 * {"items":[{"id","kind","started","age_s","client","user","host","port","path","rule","throttle",
 * "policy_version","bytes_in","bytes_out","upstream"}],"total"}. Any thread; waits for the workers. */
json_t *proxy_tunnels(struct proxy *p, const struct tunnel_query *q);
/* Cuts one of them by the id of its request; false when there is none. Any thread; waits for the workers. */
bool proxy_tunnel_close(struct proxy *p, uint64_t id);

/* Follows one client's connections; see proxy/conn/trace.h for the answers. NULL: not traced, or too many
 * are. Any thread. */
json_t *proxy_trace(struct proxy *p, const struct trace_query *q);

/* {"workers","connections":{"client","upstream","idle","tunnels"},"requests","by_action":{...},...} from the
 * workers' counters. Any thread. */
json_t *proxy_status(const struct proxy *p);
/* Prometheus text exposition 0.0.4 of the same and more, appended to out. Any thread. */
void proxy_metrics(const struct proxy *p, struct sl_text *out);

void proxy_memory_bound(const struct settings *s, size_t connections, size_t workers,
                        struct proxy_memory *out);
/* How many workers these settings make on this machine. */
size_t proxy_worker_count(const struct settings *s);

#endif

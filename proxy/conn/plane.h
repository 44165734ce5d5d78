/* plane.h - what all connections of one worker use: its loop, pools, journal, snapshot, and what workers
 * share. Filled by worker.c; belongs to the worker's thread. */
#ifndef PROXY_CONN_PLANE_H
#define PROXY_CONN_PLANE_H

#include "proxy/conn/buckets.h"
#include "proxy/conn/clients.h"
#include "proxy/conn/govern.h"
#include "proxy/http/fields.h"
#include "proxy/identity/identity.h"
#include "proxy/net/address.h"
#include "proxy/net/dial.h"
#include "proxy/net/pipe.h"
#include "proxy/net/pool.h"
#include "proxy/net/resolve.h"
#include "proxy/parent/check.h"
#include "proxy/tls/server.h"
#include "proxy/verify/verify.h"
#include "sluice/audit.h"
#include "sluice/learned.h"
#include "sluice/settings.h"
#include "sluice/store.h"

/* How long a state may last; a row of the table in conn.c names one. */
enum timeout_id {
    T_NONE,
    T_HANDSHAKE,
    T_IDLE,
    T_HEAD,
    T_IDENTIFY,
    T_STALL,
    T_QUEUE,
    T_DNS,
    T_CONNECT,
    T_RESPONSE,
    T_BODY,
    T_TUNNEL,
    T_LINGER,
    T_COUNT
};

/* A snapshot and how many transactions of this worker hold it: they finish under the policy that judged them.
 */
struct pin {
    struct snapshot *snapshot;
    size_t refs; /* of transactions, and one while it is the current one */
};

struct inspection;
struct trust;
struct h2_memory;
struct tracer;
struct txn;
struct txn_opening;

struct plane {
    unsigned worker, worker_count;
    struct loop *loop;
    const struct settings *settings;
    /* shared with other workers, immutable or atomic */
    const struct address_rules *addresses;
    const struct fields_self *self;
    struct clients *clients;
    struct buckets *buckets; /* of throttles */
    struct tracer *tracer;
    struct identity *identity;
    struct store *store;
    struct ca_live *ca;
    struct faulty_hosts *faulty; /* where a faulty origin is noted */
    struct policy_live *live;
    struct ledger *ledger;
    struct consents *consents;
    struct learned *learned;             /* hosts that can't be inspected */
    const struct sl_endpoint *listeners; /* of the proxy */
    struct tls_server *tls;              /* of listeners with tls, or NULL */
    const struct inspection *inspection; /* NULL: it was never on */
    size_t listener_count;
    /* this worker's */
    struct metrics *metrics;
    struct buf_pool bufs;
    int64_t no_leaf_told_ms;     /* before this the log is not told again */
    struct h2_memory *h2_memory; /* NULL: nobody has spoken HTTP/2 yet */
    struct pipe_pool pipes;
    struct pool *pool;
    struct resolver *resolver;
    struct dialler dialler;
    struct parents *parents;       /* a reference; shared, as is how they do */
    struct tls_client *parent_tls; /* to parents of https; NULL: there were none */
    struct tls_client
        *origin_tls;            /* to origins, of requests out of tunnels; NULL as long as there were none */
    uint32_t origin_tls_number; /* another for each; 0: none */
    struct fetch_means means;   /* of the verifier: where what it needs stands in here */
    struct verifier *verifier;  /* of origins' certificates */
    struct parent_checks *checks; /* of one worker, for all; else NULL */
    struct identity_inbox *inbox;
    struct journal *journal;
    struct policy_scratch *scratch;
    struct learned_view learned_view;
    struct pin *pin;
    uint64_t epoch;   /* of pin */
    uint64_t last_id; /* of requests */
    uint64_t conn_number;
    int64_t timeout_ms[T_COUNT];
    struct head_limits limits;
    bool draining;
    struct governor governor;
    struct timer stall;   /* some request waits for room in the audit trail */
    struct timer lasting; /* some tunnel has lasted */
    struct sl_list young; /* tunnels that have not, the oldest first */
    struct sl_list conns, bridges;
    size_t conn_count, refused_count, handshakes;
    struct txn *free_txns;
    struct txn_opening *free_openings;
    size_t free_txn_count, free_opening_count;
    char *head_space; /* where heads are built, good until the next one */
    size_t head_space_n;
    struct sl_text page; /* where pages are built */
};

/* The policy in force now, pinned for a transaction. */
struct pin *plane_pin(struct plane *p);
void plane_unpin(struct pin **pin);
/* Lets go of a policy that is no longer in force, and has open transfers judged again; once a turn. */
void plane_refresh(struct plane *p);
/* Takes other parents over (a reference of its own). checks: this worker looks after them. */
void plane_set_parents(struct plane *p, struct parents *parents, bool checks);
/* Whom origins are believed by; connections that were made under another number are not used any more. */
void plane_set_trust(struct plane *p, struct trust *trust, uint32_t number);
/* Room for a head of n bytes. */
char *plane_head_space(struct plane *p, size_t n);
/* Has requests that stall for the audit trail run again soon. */
void plane_stalled(struct plane *p);
/* Readies what belongs to the plane itself; the rest has been filled in. */
void plane_init(struct plane *p);
/* Gives every part its figures of p->settings: once at start, and again whenever the settings are others.
 * What is not handed over here is read from p->settings when it is needed. */
void plane_configure(struct plane *p);
/* Frees what transactions left for reuse, and the pin. */
void plane_fini(struct plane *p);

#endif

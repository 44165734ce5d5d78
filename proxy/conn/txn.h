/* txn.h - one request: what was asked, what was decided, where it goes, what it cost, and its record.
 * Allocates from its arena and frees nothing by itself; texts are views into the arena or the head block,
 * good until txn_end. What only its begin needs is given back early (txn_settle) when the request will last,
 * so what many idle tunnels hold is little. */
#ifndef PROXY_CONN_TXN_H
#define PROXY_CONN_TXN_H

#include "proxy/conn/conn.h"
#include "proxy/conn/flow.h"
#include "proxy/conn/pace.h"
#include "proxy/conn/patience.h"
#include "proxy/net/dial.h"
#include "proxy/parent/approach.h"

enum { TXN_ARENA_BYTES = 256 * 1024 };

/* What a transfer needs no more once it goes on for longer: what came and where it could have gone. */
struct txn_opening {
    struct txn *txn;
    struct txn_opening *next_free;
    char id_text[REQUEST_ID_TEXT];
    struct buf head_block; /* the request's head as it came */
    struct sl_str accept, accept_language;
    struct identity_job *job;
    struct pool_wait seat; /* for a connection of its own */
    struct dial *dial;
    struct resolve_wait wait;
    const struct resolved *resolved; /* the answer, while the state is run for it */
    enum resolve_result resolve_result;
    enum fault way_fault; /* why the last parent could not be used */
    struct approach *approach;
    struct verify *verify; /* of the origin's certificate; NULL: none runs */
    uint64_t tried;        /* numbers of parents, as bits */
    struct sl_str through; /* what the verdict says of parents, for the addresses that may be dialled */
    struct sl_addr source; /* from which they are dialled; sl_addr_none: from anywhere */
    struct sl_str as;      /* the name whose addresses are dialled instead; "": the URL's host */
    size_t target_count;
    bool more_targets; /* another family's are still to come */
    /* Large, and nothing of them is read before it is set: not cleared. */
    struct head request, response;
    struct sl_endpoint targets[DIAL_MAX]; /* what may be dialled */
};

/* A quota that this request is charged to. */
struct txn_entry {
    struct ledger_entry *entry;
    int quota;
};

enum phase {
    PHASE_NONE,
    PHASE_IDENTIFY,
    PHASE_DECIDE,
    PHASE_RESOLVE,
    PHASE_CONNECT,
    PHASE_SEND,
    PHASE_WAIT,
    PHASE_RELAY,
    PHASE_COUNT
};

struct txn {
    struct txn *next_free;
    struct conn *conn;
    struct sl_arena arena;
    uint64_t id;
    int64_t start_us, since_us; /* monotonic: of the request, of the present state */
    int64_t wall_us;
    uint64_t phase_us[PHASE_COUNT];

    /* what was asked */
    struct txn_opening *opening; /* NULL once settled */
    struct sl_url url;
    struct facts facts; /* method, user agent, user and content type as soon as they are known */
    struct sl_str referrer;
    enum method method;
    unsigned interim;     /* 1xx answers forwarded */
    uint64_t users_epoch; /* under which the user was verified */

    /* what was decided */
    struct pin *pin; /* NULL before `decide` */
    struct verdict verdict;
    struct txn_entry *entries; /* in the arena */
    uint32_t entry_count, entry_cap;
    uint64_t charged, checked; /* client-side bytes told to the ledger; how many when limits were looked at */
    int64_t checked_ms;        /* when that was */

    /* where it goes */
    struct upstream *upstream;
    struct parents *parents;    /* a reference to the set that group and parent are of */
    struct parent_group *group; /* NULL: directly */
    struct parent *parent;      /* the one that is asked; NULL: none yet */
    uint16_t parent_status;
    uint8_t parent_code, parent_tls; /* what it answered: HTTP, SOCKS5, enum tls_fault */
    struct sl_endpoint peer;         /* dialled or pooled; port 0: none */

    /* on its way */
    struct flow up, down;
    struct pace *pace;         /* NULL: as fast as it goes */
    struct patience *patience; /* NULL: nobody had to be waited for */
    struct sl_list young;      /* of a tunnel: in plane->young, or alone */
    int64_t opened_ms;         /* of a tunnel */
    int64_t asked_us;          /* the turn of the loop in which the request was first sent */
    int64_t gone_ms;           /* when the client's FIN was seen while it waited; 0: not */

    /* what comes of it */
    enum fault fault;
    enum action action;
    struct sl_str reason, quota;
    const char *error;            /* static word */
    uint64_t bytes_in, bytes_out; /* at the client, heads included */
    uint32_t reserved;            /* room in the journal */
    uint32_t weighed;             /* bytes of the arena on the account of grown buffers, see memory.c */

    /* Of TLS with the origin: what was used, static or NULL, and the certificate that was refused, or NULL.
     */
    const char *origin_version, *origin_cipher;
    const struct certificate *shown;

    uint16_t status;        /* of the answer that has begun; 0: none */
    uint8_t minor;          /* of the client's HTTP/1 */
    struct sl_str sni;      /* of the ClientHello in a tunnel, as sent */
    struct sl_str tls_name; /* the same as a host name, where it is another than that of the URL */
    uint8_t tls_fault;      /* enum tls_fault: why the origin's TLS, or the client's, did not come about */
    bool has_url;
    bool tunnel;                 /* CONNECT, or upgraded */
    bool upgrade;                /* the client asks for one, and we let it */
    bool keep_alive;             /* the client connection can go on behind this answer */
    bool origin_keep;            /* the origin's connection too */
    bool reused, retried, fresh; /* fresh: no pooled connection any more */
    bool hurried;                /* dialled with TCP Fast Open: perhaps nobody is there */
    bool sending;                /* the request's head has been built for this upstream */
    bool early;                  /* what there is to read came before the request was sent */
    bool up_lost;                /* the origin takes nothing more; it may still answer */
    bool up_done;                /* the whole request has been sent */
    bool direct;                 /* no parent could be reached, and the settings let it go without */
    bool redialled;              /* once more, after descriptors had run out */
    bool slow_client;            /* it has not taken a piece at once */
    bool internal;               /* answered by ourselves: page host */
    bool opaque;                 /* redirected TLS: no answer in HTTP will be understood */
    bool unverified;             /* redirected, and what it names may be something else than where it goes */
    bool secure;                 /* a request out of a tunnel: TLS is spoken to the origin */
    bool misdirected;            /* for a host that the tunnel does not lead to */
    bool listening;              /* the ClientHello in a tunnel has not been heard yet */
    bool heard;                  /* it has, or there is none */
    bool greeted;                /* the client has had the 200 of its CONNECT */
    bool answers_inside;         /* refused: the client is told so in its tunnel */
    bool intercepting;           /* TLS with the client, in the origin's place, is under way and counted */
    bool inspect_name;           /* the policy says so of tls_name */
    bool pass_by;                /* the tunnel is not looked into, whatever the policy says */
    bool ech;                    /* the ClientHello hides the name */
    bool login_failed;
    bool cut;       /* what waits to be sent is not: the connection ends */
    bool uncharged; /* costs no quota anything: it was refused */
    bool admitted, recorded, stalled, tunnelling;
    bool tunnel_counted; /* at tunnel_places, see limits.c */
    uint32_t tunnel_places[2];
};

/* A request begins with its first byte. */
struct txn *txn_begin(struct conn *c);
/* Ends whatever it waits for: name, connection, password, origin. Nothing calls back afterwards. */
void txn_stop(struct txn *t);
/* Gives everything back: upstream (closed, unless it was given to the pool before), buffers, pin. Records
 * what was not yet recorded. */
void txn_end(struct conn *c);
/* Copies what the record will need, and gives the opening back. The connection must be there. */
void txn_settle(struct txn *t);
/* The phase that ended, and the begin of the next. */
void txn_phase(struct txn *t, enum phase p);
/* Frees what waits for reuse. */
void txn_free_spares(struct plane *p);
/* Copy in the arena, at most max bytes; "" when the arena is full. */
struct sl_str txn_copy(struct txn *t, struct sl_str s, size_t max);

/* ---- targets.c: addresses ---- */
/* From where the rule that holds now wants the origin dialled; sl_addr_none: from anywhere. */
struct sl_addr targets_source(const struct txn *t);
/* Has the addresses of the verdict's resolve_as dialled instead of the host's, unless the host is an address.
 * False: the arena is full. */
bool targets_rename(struct txn *t);
/* Of a request out of a tunnel: where that leads, also where the request is for the other of its names. */
struct sl_str inspect_host(const struct txn *t);
static inline struct sl_str targets_name(const struct txn *t)
{
    if (SL_UNLIKELY(t->opening->as.n > 0))
        return t->opening->as;
    return SL_UNLIKELY(t->secure) ? inspect_host(t) : t->url.host;
}
/* Whether some rule asks for the address, so that each is judged. */
bool targets_by_address(const struct txn *t);
/* Judges again with this address, where rules ask for it. False: refused, and t->verdict says why. */
bool targets_judge(struct txn *t, struct sl_addr addr);
/* Fills targets, source and verdict. *out_wait: this is half of an answer, and no good without the rest. */
enum fault targets_choose(struct txn *t, const struct resolved *r, bool *out_wait);

/* ---- standing.c: quotas ---- */
/* policy_decide and judge_standing on the facts as they are now; finds the quotas to charge. */
void txn_judge(struct txn *t);
void txn_charge_request(struct txn *t);
/* Tells the ledger of the bytes that moved since, and looks at the limits if they are many or some time has
 * passed. False: a quota is used up now and cuts the transfer. */
bool txn_charge_bytes(struct txn *t);
/* Tells the ledger of all that moved, and of bytes that are about to. Looks at no limit. */
void txn_charge_all(struct txn *t, uint64_t to_come);
/* Whether a quota has run out since the verdict, or has room again. */
bool txn_quota_changed(const struct txn *t);

/* ---- pace.c: throttles; what a transaction without one pays ---- */
static inline size_t txn_may_read(struct txn *t, enum pace_way way, struct sock *from)
{
    return SL_LIKELY(!t->pace) ? SIZE_MAX : pace_allow(t, way, from);
}
static inline void txn_has_read(struct txn *t, enum pace_way way, size_t n)
{
    if (SL_UNLIKELY(t->pace))
        pace_read(t, way, n);
}

/* ---- patience.c: after each attempt to move bytes ---- */
static inline void txn_waits(struct txn *t, enum patience_for what, enum io_result r)
{
    if (SL_UNLIKELY(r == IO_WAIT))
        patience_begin(t, what);
    else if (SL_UNLIKELY(t->patience != NULL))
        patience_over(t, what);
}

/* ---- forward.c ---- */
/* Takes an idle connection that does, and goes to CONN_SEND. False: there is none. */
bool forward_use_pooled(struct conn *c);
/* Makes the key of its connection to the origin what it is by now. */
void forward_rekey(struct txn *t);
/* The way is open: takes sock, and the request or the tunnel goes on it. */
void forward_connected(struct conn *c, struct sock *sock, struct sl_endpoint peer);

/* ---- tunnel.c ---- */
/* Queues the 200 of a CONNECT. False: no room for it. */
bool tunnel_greet(struct txn *t);
/* Of one that was open: it is counted no more. */
void tunnel_end(struct txn *t);

/* ---- secure.c ---- */
/* A connection to the origin was lost before any answer, and it had asked for a certificate of ours: in
 * TLS 1.3 it says no only then, if it says anything. Notes it in t. */
bool secure_lacks_certificate(struct txn *t);
/* TLS begins with the client in the place of what it is inspected as. False: nobody signs for that. */
bool intercept_begin(struct conn *c, struct sl_str ahead);

/* ---- way.c: parent proxies ---- */
bool way_leads_directly(const struct txn *t); /* the same, asked in earnest */
/* Whether the verdict leads directly to the origin. */
static inline bool way_is_direct(const struct txn *t)
{
    return SL_LIKELY(t->verdict.parent.n == 0 && t->conn->plane->parents->count == 0) ||
           way_leads_directly(t);
}
enum fault way_find(struct txn *t);
/* Finds the group that the verdict leads through, if any. */
static inline enum fault way_choose(struct txn *t)
{
    return SL_LIKELY(!t->parents && way_is_direct(t)) ? FAULT_NONE : way_find(t);
}
/* Requests are sent as to a proxy: in absolute-form, with our login. */
static inline bool way_to_proxy(const struct txn *t)
{
    return SL_UNLIKELY(t->parent != NULL) && t->parent->spec.kind != PARENT_SOCKS5 && !t->secure;
}
/* The parents' name, for the record; "": it went directly. */
static inline struct sl_str way_name(const struct txn *t)
{
    return SL_UNLIKELY(t->group != NULL) ? sl_cstr(t->group->name) : SL_STR("");
}
/* What a parent said, for the page; *out_word may be set. */
struct sl_str way_detail(const struct txn *t, const char **out_word);

/* ---- recording.c: the audit record ---- */
enum admission { ADMIT_NOW, ADMIT_LATER, ADMIT_NEVER };
/* Sets room for the record aside. Without room the administrator's on_failure decides; LATER: the state is
 * run again. */
enum admission txn_admit(struct txn *t);
/* Appends the record, once. */
void txn_record(struct txn *t);

/* ---- exchange.c, response.c ---- */
/* Moves what there is of the request to the origin. */
enum fault exchange_pump_up(struct conn *c);
/* Queues the head of the origin's answer for the client. */
void response_lead(struct conn *c, bool keep_alive, enum body_kind framing);
/* The origin spoke before it was asked. */
enum step response_early(struct conn *c);

/* ---- reply.c: answers of our own ---- */
/* Fills a page with what is known; build it with reply_with. */
void reply_page(const struct txn *t, enum page_kind kind, struct page *out);
/* Queues the page as the answer and goes to CONN_REPLY. */
enum step reply_with(struct conn *c, struct page *page);
/* How a quota stands, for a page. */
void reply_quota(const struct txn *t, int quota, const struct quota_use *use, struct page_quota *out);
/* The same for a verdict that refuses. */
enum step reply_verdict(struct conn *c);
/* ---- pages.c: the page host ---- */
/* Answers a request to the page host. */
enum step pages_answer(struct conn *c);
/* Whether the URL (or, of an origin-form request, the Host) means ourselves. */
bool pages_mine(const struct txn *t);

/* Looks at n more bytes that came from the client. False: the body is malformed. */
bool txn_take_body(struct txn *t, size_t n);
/* Lets go of the upstream: pooled when clean, closed otherwise. */
void txn_release_upstream(struct txn *t, bool clean);
void upstream_event(void *owner, uint32_t events); /* owner is the conn */

#endif

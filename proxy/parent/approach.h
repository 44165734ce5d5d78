/* approach.h - a connection by way of a parent proxy: its name, a dial, TLS, and what has to be said there
 * before the way is open.
 *
 *     name --> dial --> (TLS) --> (SOCKS5 | CONNECT) --> done
 *
 * Whatever the parent does, it ends within the time it was given, and with one word for what happened.
 * Nothing that the parent says before the way is open reaches the client. A worker's thread. */
#ifndef PROXY_PARENT_APPROACH_H
#define PROXY_PARENT_APPROACH_H

#include "proxy/http/head.h"
#include "proxy/net/address.h"
#include "proxy/net/dial.h"
#include "proxy/net/resolve.h"
#include "proxy/parent/parents.h"
#include "proxy/parent/socks.h"
#include "sluice/tls_fault.h"

enum approach_result {
    APPROACH_OPEN,
    /* ours */
    APPROACH_NO_SOCKET,
    APPROACH_NO_SOURCE,
    /* the parent's: another one may do better */
    APPROACH_NAME_NONE,
    APPROACH_NAME_FAILED,
    APPROACH_NAME_TIMEOUT,
    APPROACH_OWN, /* its address is a listener of ours */
    APPROACH_CONNECT_REFUSED,
    APPROACH_UNREACHABLE,
    APPROACH_CONNECT_TIMEOUT,
    APPROACH_TLS,     /* see tls */
    APPROACH_CLOSED,  /* it hung up instead of answering */
    APPROACH_TIMEOUT, /* it took too long to answer */
    APPROACH_INVALID, /* what it said is no answer */
    APPROACH_LOGIN,   /* it does not let us in */
    /* its answer about the destination */
    APPROACH_DENIED,
    APPROACH_FAILED,
    APPROACH_RESULTS
};
const char *approach_word(enum approach_result r); /* "connect-refused": for status, log and trace */
/* The parent itself could not be used, whatever the destination. */
bool approach_blames_parent(enum approach_result r);

/* What for: borrowed until done or cancelled, but for texts, which are copied. */
struct approach_plan {
    const struct dialler *dialler;
    struct resolver *resolver;
    const struct address_rules *const *addresses; /* those in force when it dials: a reload makes others */
    struct buf_pool *bufs;
    struct tls_client *tls; /* for parents of https */
    const struct parent *parent;
    struct sl_addr source;
    int64_t timeout_ms;         /* of the whole */
    struct sl_str connect;      /* HTTP: the head that asks for a tunnel; n 0: none is needed */
    struct head_limits limits;  /* of the answer's head */
    struct socks_target target; /* SOCKS5 */
};

struct approach_end {
    enum approach_result result;
    struct sock *sock; /* OPEN: move it out with sock_move before returning; else NULL */
    struct buf *rest;  /* OPEN: came behind the answer; take it by copying the struct and zeroing this */
    struct sl_endpoint peer; /* dialled, or tried first; port 0: none */
    unsigned status;         /* HTTP: of its answer; 0: none */
    uint8_t code;            /* SOCKS5: of its answer */
    enum tls_fault tls;      /* of APPROACH_TLS */
};
/* The approach is gone afterwards. */
typedef void approach_done(void *arg, const struct approach_end *end);

struct approach;
/* Never calls done from within. */
struct approach *approach_start(const struct approach_plan *plan, approach_done *done, void *arg);
void approach_cancel(struct approach **a); /* NULL is fine */

#endif

/* dial.h - a connection to the first of some addresses that answers: Happy Eyeballs (RFC 8305).
 * The addresses have been judged before; exactly they are dialled, in the order in which they are given. The
 * next one is tried when one fails, or has not answered for 250 ms. The caller's deadline bounds the whole.
 */
#ifndef PROXY_NET_DIAL_H
#define PROXY_NET_DIAL_H

#include "proxy/net/lame.h"
#include "proxy/net/sock.h"

enum { DIAL_MAX = 8, DIAL_STAGGER_MS = 250 };

enum dial_result {
    DIAL_OK,
    DIAL_REFUSED,
    DIAL_UNREACHABLE,
    DIAL_TIMEOUT,   /* the kernel gave up before the caller's deadline */
    DIAL_NO_SOCKET, /* this process has no descriptor, or the machine no local port left */
    DIAL_NO_SOURCE  /* the local address that was asked for is none of this machine */
};

struct dial;

/* DIAL_OK: sock is connected; move it out with sock_move before returning. Else sock is NULL, and the result
 * is what tells most of all the failures. The dial is gone afterwards. */
typedef void dial_done(void *arg, enum dial_result r, struct sock *sock, struct sl_endpoint peer);

/* What all dials of a worker share. */
struct dialler {
    struct loop *loop;
    struct lame *lame; /* learns who fails */
};

struct dial_plan {
    const struct sl_endpoint *targets; /* at most DIAL_MAX are tried */
    size_t count;
    bool more; /* others may come by dial_add: until then it does not fail */
    /* What is sent first may go with the SYN, and so may arrive twice. With the cookie of an earlier
     * connection a target wins at once, and that it is not there shows at the first read. */
    bool fast_open;
    struct sl_addr source; /* local address, of the targets' family; sl_addr_none: the kernel's choice */
};
/* Never calls done from within. */
struct dial *dial_start(const struct dialler *shared, const struct dial_plan *plan, dial_done *done,
                        void *arg);
/* The rest has come: all targets, of which those that are new come in behind those that have been started, in
 * their order. */
void dial_add(struct dial *d, const struct sl_endpoint *targets, size_t count);
void dial_cancel(struct dial **d); /* NULL is fine */

#endif

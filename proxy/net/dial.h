/* dial.h - a connection to the first of some addresses that answers: Happy Eyeballs (RFC 8305).
 * The addresses have been judged before; exactly they are dialled. The next one is tried when one fails, or
 * has not answered for 250 ms. The caller's deadline bounds the whole. */
#ifndef PROXY_NET_DIAL_H
#define PROXY_NET_DIAL_H

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

/* At most DIAL_MAX targets are tried, from the local address source (sl_addr_none: the kernel's choice),
 * whose family they have: a target of the other one fails. Never calls done from within. */
struct dial *dial_start(struct loop *l, const struct sl_endpoint *targets, size_t count,
                        struct sl_addr source, dial_done *done, void *arg);
void dial_cancel(struct dial **d); /* NULL is fine */

#endif

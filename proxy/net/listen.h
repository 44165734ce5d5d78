/* listen.h - sockets that take clients: one per worker and address (SO_REUSEPORT), so the kernel spreads
 * connections and no worker wakes for another's. */
#ifndef PROXY_NET_LISTEN_H
#define PROXY_NET_LISTEN_H

#include "base/listen_spec.h"
#include "proxy/runtime/loop.h"

/* Opens count sockets of a kind (set of enum listen_kind) for *e, all or none, and puts the real port into *e
 * where it was 0. An address that another process listens on is refused, also where SO_REUSEPORT would let us
 * share it by accident. */
bool listen_open(struct sl_endpoint *e, unsigned kind, int *fds, size_t count, struct sl_err *err);

/* Opens count more sockets beside fd, which somebody else opened for e; where the system does not let us,
 * they are further descriptors of fd. False: there are no more descriptors. */
bool listen_join(struct sl_endpoint e, unsigned kind, int fd, int *fds, size_t count, struct sl_err *err);

struct listener;

/* Called with each new connection; takes fd (non-blocking, close-on-exec). id: of the listener. */
typedef void listen_accepted(void *arg, uint64_t id, int fd, struct sl_endpoint client);

struct listen_config {
    listen_accepted *accepted;
    void (*failed)(void *arg,
                   int errno_value); /* no connection could be taken for now; called once per pause */
    void *arg;
    uint64_t id; /* told with each connection */
};
/* Takes fd. */
bool listen_start(struct loop *l, int fd, const struct listen_config *cfg, struct listener **out,
                  struct sl_err *err);
/* Leaves connections in the backlog for the others who have the socket, or takes them again. */
void listen_pause(struct listener *l, bool pause);
/* Takes what waits in the backlog, then closes: a connection that the kernel completed is served. One that is
 * paused takes nothing: somebody else has the socket and does. */
void listen_stop(struct listener **lp);

#endif

/* sockets.h - listening sockets that this process did not open: systemd did, or the gateway before this one.
 * Who wants to listen takes those that fit first and opens the rest. */
#ifndef SLUICE_SOCKETS_H
#define SLUICE_SOCKETS_H

#include "sluice/addr.h"
#include "sluice/err.h"

enum { SOCKET_NAME = 24 };

struct sockets {
    struct given_socket {
        char name[SOCKET_NAME]; /* for what: "proxy", "admin", "local" */
        int fd;                 /* -1: taken */
        bool local;             /* a Unix socket */
        struct sl_endpoint at;
    } * items;
    size_t count, cap;
};

/* Looks what fd is. False when it is no listening stream socket, or `name` is too long; fd stays the
 * caller's. On success it becomes close-on-exec and non-blocking. */
bool sockets_add(struct sockets *s, const char *name, int fd, struct sl_err *err);
/* The next one of this name that listens where wanted says (port 0: any port), or -1. out_at (may be NULL):
 * where it really is. The caller owns it then. s may be NULL. */
int sockets_take(struct sockets *s, const char *name, struct sl_endpoint wanted, struct sl_endpoint *out_at);
int sockets_take_local(struct sockets *s, const char *name);
/* Closes what nobody took. */
void sockets_fini(struct sockets *s);

#endif

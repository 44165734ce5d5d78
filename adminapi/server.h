/* server.h - the one door to libmicrohttpd: listeners on TCP and on a Unix socket, from transport to
 * api_request and back. */
#ifndef ADMINAPI_SERVER_H
#define ADMINAPI_SERVER_H

#include "adminapi/api.h"

struct server;
struct endpoint;

/* A listening descriptor that the server takes over. local: a Unix socket, whose callers are administrators.
 */
struct server_listener {
    int fd;
    bool local;
};
/* Makes a server that listens nowhere yet. */
bool server_start(struct api_context *ctx, struct server **out, struct sl_err *err);
/* Takes callers from l, whose descriptor it owns from now on, also on failure. With a certificate and key in
 * PEM they speak TLS. One thread opens and retires. */
bool server_open(struct server *server, const struct server_listener *l, const char *cert, const char *key,
                 struct endpoint **out, struct sl_err *err);
int server_fd(const struct endpoint *e); /* still the server's */
/* Another descriptor of the same socket; -1 when there are no more. */
int server_share(const struct endpoint *e);
/* Takes no more callers: those who are there go on. `shut`: the socket refuses others at once, whoever else
 * has it. Clears *e. */
void server_retire(struct endpoint **e, bool shut);
/* Ends retired ones that nobody uses any more. Any thread. */
void server_tidy(struct server *server);
/* Stops accepting, lets running handlers finish. */
void server_stop(struct server **server);

#endif

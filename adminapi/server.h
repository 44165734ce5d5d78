/* server.h - the one door to libmicrohttpd: listeners on TCP and on a Unix socket, from transport to
 * api_request and back. */
#ifndef ADMINAPI_SERVER_H
#define ADMINAPI_SERVER_H

#include "adminapi/api.h"

struct server;

/* A listening descriptor that the server takes over. local: a Unix socket, whose callers are administrators.
 */
struct server_listener {
    int fd;
    bool local;
};
bool server_start(struct api_context *ctx, const struct server_listener *listeners, size_t count,
                  const char *tls_cert, const char *tls_key, struct server **out, struct sl_err *err);
/* Stops accepting, lets running handlers finish. */
void server_stop(struct server **server);

#endif

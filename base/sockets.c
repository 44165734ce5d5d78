/* sockets.c - see sluice/sockets.h. */
#include "sluice/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static bool is_listener(int fd, int *out_family)
{
    int type = 0, listens = 0;
    socklen_t n = sizeof(int);
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, out_family, &n) == 0 &&
           getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_STREAM &&
           getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &n) == 0 && listens;
}

static bool make_ours(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

bool sockets_add(struct sockets *s, const char *name, int fd, struct sl_err *err)
{
    struct sockaddr_storage sa = {0};
    socklen_t n = sizeof sa;
    int family = 0;
    if (strlen(name) >= SOCKET_NAME)
        return sl_fail(err, SL_BAD_INPUT, "the socket '%s' has too long a name", name);
    if (!is_listener(fd, &family) || (family != AF_INET && family != AF_INET6 && family != AF_UNIX))
        return sl_fail(err, SL_BAD_INPUT, "descriptor %d, '%s', is no listening stream socket", fd, name);
    if (getsockname(fd, (struct sockaddr *)&sa, &n) != 0 || !make_ours(fd))
        return sl_fail_errno(err, SL_IO, errno, "socket '%s'", name);
    SL_GROW(s->items, s->count, &s->cap);
    struct given_socket *g = &s->items[s->count++];
    *g = (struct given_socket){.fd = fd, .local = family == AF_UNIX};
    snprintf(g->name, sizeof g->name, "%s", name);
    if (!g->local)
        g->at = sl_endpoint_from_sockaddr((struct sockaddr *)&sa);
    return true;
}

static int take(struct given_socket *g)
{
    int fd = g->fd;
    g->fd = -1;
    return fd;
}

int sockets_take(struct sockets *s, const char *name, struct sl_endpoint wanted, struct sl_endpoint *out_at)
{
    for (size_t i = 0; s && i < s->count; i++) {
        struct given_socket *g = &s->items[i];
        if (g->fd < 0 || g->local || strcmp(g->name, name) != 0 || !sl_addr_eq(g->at.addr, wanted.addr) ||
            (wanted.port != 0 && g->at.port != wanted.port))
            continue;
        if (out_at)
            *out_at = g->at;
        return take(g);
    }
    return -1;
}

int sockets_take_local(struct sockets *s, const char *name)
{
    for (size_t i = 0; s && i < s->count; i++)
        if (s->items[i].fd >= 0 && s->items[i].local && strcmp(s->items[i].name, name) == 0)
            return take(&s->items[i]);
    return -1;
}

void sockets_fini(struct sockets *s)
{
    for (size_t i = 0; i < s->count; i++)
        sl_closep(&s->items[i].fd);
    free(s->items);
    *s = (struct sockets){0};
}

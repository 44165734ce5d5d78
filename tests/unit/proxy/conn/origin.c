/* origin.c - see origin.h. */
#include "tests/unit/proxy/conn/origin.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_MAX = 65536 };

struct origin {
    int fd;
    uint16_t port;
    origin_handler *handler;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t idle;
    unsigned requests, connections, open;
    char last[HEAD_MAX];
};

struct visit {
    struct origin *origin;
    int fd;
    unsigned number;
    size_t n;
    char buf[HEAD_MAX];
};

/* One request; false when the connection is over. */
static bool serve(struct visit *v, unsigned number)
{
    char head[HEAD_MAX], path[4096] = "", *end;
    v->buf[v->n] = '\0';
    while (!(end = strstr(v->buf, "\r\n\r\n"))) {
        ssize_t n = recv(v->fd, v->buf + v->n, sizeof v->buf - 1 - v->n, 0);
        if (n <= 0)
            return false;
        v->n += (size_t)n;
        v->buf[v->n] = '\0';
    }
    size_t head_n = (size_t)(end + 4 - v->buf);
    memcpy(head, v->buf, head_n);
    head[head_n] = '\0';
    memmove(v->buf, v->buf + head_n, v->n - head_n + 1);
    v->n -= head_n;
    sscanf(head, "%*s %4095s", path);
    pthread_mutex_lock(&v->origin->lock);
    v->origin->requests++;
    memcpy(v->origin->last, head, head_n + 1);
    pthread_mutex_unlock(&v->origin->lock);
    struct origin_request r = {.fd = v->fd,
                               .origin = v->origin,
                               .head = head,
                               .path = path,
                               .number = number,
                               .connection = v->number,
                               .early = v->buf,
                               .early_n = v->n};
    bool keep = v->origin->handler(&r);
    memmove(v->buf, r.early, r.early_n); /* what the handler left */
    v->n = r.early_n;
    return keep;
}

static void *visit_main(void *arg)
{
    struct visit *v = arg;
    for (unsigned number = 1; serve(v, number); number++)
        ;
    close(v->fd);
    pthread_mutex_lock(&v->origin->lock);
    v->origin->open--;
    pthread_cond_signal(&v->origin->idle);
    pthread_mutex_unlock(&v->origin->lock);
    free(v);
    return NULL;
}

static void *origin_main(void *arg)
{
    struct origin *o = arg;
    int fd;
    while ((fd = accept(o->fd, NULL, NULL)) >= 0) {
        struct visit *v = sl_calloc(1, sizeof *v);
        pthread_t thread;
        pthread_mutex_lock(&o->lock);
        o->open++;
        *v = (struct visit){.origin = o, .fd = fd, .number = ++o->connections};
        pthread_mutex_unlock(&o->lock);
        sl_assert(pthread_create(&thread, NULL, visit_main, v) == 0);
        pthread_detach(thread);
    }
    return NULL;
}

struct origin *origin_start(origin_handler *handler)
{
    struct origin *o = sl_calloc(1, sizeof *o);
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof sa;
    o->handler = handler;
    pthread_mutex_init(&o->lock, NULL);
    pthread_cond_init(&o->idle, NULL);
    o->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sl_assert(bind(o->fd, (struct sockaddr *)&sa, n) == 0 && listen(o->fd, 128) == 0);
    sl_assert(getsockname(o->fd, (struct sockaddr *)&sa, &n) == 0);
    o->port = ntohs(sa.sin_port);
    sl_assert(pthread_create(&o->thread, NULL, origin_main, o) == 0);
    return o;
}

void origin_stop(struct origin **op)
{
    struct origin *o = *op;
    shutdown(o->fd, SHUT_RDWR);
    pthread_join(o->thread, NULL);
    close(o->fd);
    pthread_mutex_lock(&o->lock);
    while (o->open > 0)
        pthread_cond_wait(&o->idle, &o->lock);
    pthread_mutex_unlock(&o->lock);
    pthread_mutex_destroy(&o->lock);
    pthread_cond_destroy(&o->idle);
    sl_freep(op);
}

uint16_t origin_port(const struct origin *o)
{
    return o->port;
}

void origin_last_head(struct origin *o, char *out, size_t cap)
{
    pthread_mutex_lock(&o->lock);
    snprintf(out, cap, "%s", o->last);
    pthread_mutex_unlock(&o->lock);
}

unsigned origin_requests(struct origin *o)
{
    pthread_mutex_lock(&o->lock);
    unsigned n = o->requests;
    pthread_mutex_unlock(&o->lock);
    return n;
}

unsigned origin_connections(struct origin *o)
{
    pthread_mutex_lock(&o->lock);
    unsigned n = o->connections;
    pthread_mutex_unlock(&o->lock);
    return n;
}

void origin_send_bytes(struct origin_request *r, const void *data, size_t n)
{
    const char *p = data;
    while (n > 0) {
        ssize_t done = send(r->fd, p, n, MSG_NOSIGNAL);
        if (done <= 0)
            return;
        p += done;
        n -= (size_t)done;
    }
}

void origin_send(struct origin_request *r, const char *text)
{
    origin_send_bytes(r, text, strlen(text));
}

void origin_sendf(struct origin_request *r, const char *fmt, ...)
{
    char text[8192];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    origin_send_bytes(r, text, (size_t)n);
}

bool origin_read(struct origin_request *r, void *out, size_t n)
{
    char *p = out;
    size_t early = SL_MIN(n, r->early_n);
    memcpy(p, r->early, early);
    r->early += early;
    r->early_n -= early;
    while (early < n) {
        ssize_t done = recv(r->fd, p + early, n - early, 0);
        if (done <= 0)
            return false;
        early += (size_t)done;
    }
    return true;
}

bool origin_answer(struct origin_request *r, const char *body)
{
    origin_sendf(r, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s",
                 strlen(body), body);
    return true;
}

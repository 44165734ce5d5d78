/* pipe.c - see pipe.h. */
#include "proxy/net/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    SPARES = 8,
    USEFUL_BYTES = 65536 /* a smaller pipe costs more calls than the copies it saves */
};

void pipe_pool_init(struct pipe_pool *pool)
{
    *pool = (struct pipe_pool){.most = PIPES_MOST};
}

static void pipe_close(struct pipe_pool *pool, struct pipe *p)
{
    sl_closep(&p->out);
    sl_closep(&p->in);
    free(p);
    pool->open--;
}

void pipe_pool_fini(struct pipe_pool *pool)
{
    while (pool->spare) {
        struct pipe *p = pool->spare;
        pool->spare = p->next;
        pipe_close(pool, p);
    }
    sl_assert(pool->open == 0);
    *pool = (struct pipe_pool){0};
}

/* The kernel bounds what the pipes of a user without privileges may hold in all, and makes smaller ones
 * beyond: then those that are open are all there will be. */
static bool is_useful(struct pipe_pool *pool, int fd)
{
    int size = fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
    if (size < 0)
        size = fcntl(fd, F_GETPIPE_SZ);
    if (size < USEFUL_BYTES)
        pool->most = pool->open;
    return size >= USEFUL_BYTES;
}

static struct pipe *pipe_open(struct pipe_pool *pool)
{
    int fds[2];
    if (pool->open >= pool->most || pipe2(fds, O_NONBLOCK | O_CLOEXEC) < 0)
        return NULL;
    if (!is_useful(pool, fds[1])) {
        close(fds[0]);
        close(fds[1]);
        return NULL;
    }
    struct pipe *p = sl_calloc(1, sizeof *p);
    *p = (struct pipe){.out = fds[0], .in = fds[1]};
    pool->open++;
    return p;
}

struct pipe *pipe_take(struct pipe_pool *pool)
{
    struct pipe *p = pool->spare;
    if (!p)
        return pipe_open(pool);
    pool->spare = p->next;
    pool->spare_count--;
    return p;
}

void pipe_give(struct pipe_pool *pool, struct pipe **pp)
{
    struct pipe *p = *pp;
    *pp = NULL;
    if (!p)
        return;
    if (p->used > 0 || pool->spare_count == SPARES) {
        pipe_close(pool, p);
        return;
    }
    p->next = pool->spare;
    pool->spare = p;
    pool->spare_count++;
}

bool pipe_suits(const struct sock *s)
{
    return s->tls == NULL;
}

static ssize_t move(int from, int to, size_t n)
{
    ssize_t moved;
    do
        moved = splice(from, NULL, to, NULL, n, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    while (moved < 0 && errno == EINTR);
    return moved;
}

/* How full a pipe gets depends on the pieces that the kernel has the bytes in, so a short move does not tell
 * that the socket is drained; only "try again" does. */
enum io_result pipe_fill(struct pipe_pool *pool, struct pipe *p, struct sock *from, size_t max, size_t *out_n)
{
    *out_n = 0;
    sl_assert(p->used == 0);
    if (from->ended)
        return IO_END;
    if (!from->readable)
        return IO_WAIT;
    ssize_t n = move(from->fd, p->in, SL_MIN(max, (size_t)PIPE_PIECE));
    if (n > 0) {
        *out_n = p->used = (uint32_t)n;
        pool->bytes += (uint64_t)n;
        return IO_DATA;
    }
    from->readable = false;
    if (n < 0)
        return errno == EAGAIN ? IO_WAIT : sock_lost(from);
    from->ended = from->hangup = true;
    return IO_END;
}

enum io_result pipe_drain(struct pipe *p, struct sock *to, size_t *out_n)
{
    *out_n = 0;
    while (p->used > 0 && to->writable) {
        ssize_t n = move(p->out, to->fd, p->used);
        if (n < 0 && errno != EAGAIN)
            return sock_lost(to);
        if (n <= 0) {
            to->writable = false;
            break;
        }
        p->used -= (uint32_t)n;
        *out_n += (size_t)n;
    }
    return p->used == 0 ? IO_DATA : IO_WAIT;
}

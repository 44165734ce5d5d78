/* pipe.h - bytes of a large transfer that never enter this program: splice() takes them from a socket into a
 * pipe and from there into another socket, which saves both copies.
 *
 * A pipe is two descriptors and kernel memory, so a transfer holds one only while bytes are in it. One pool
 * per worker, bounded; when no pipe is to be had, the transfer goes on by copies. One thread. */
#ifndef PROXY_NET_PIPE_H
#define PROXY_NET_PIPE_H

#include "proxy/net/sock.h"

enum {
    PIPE_BYTES =
        1 << 20, /* what the kernel is asked for: in units of pages, of which a piece may fill little */
    PIPE_PIECE = 256 * 1024, /* the most that it holds; what a limit may be overrun by */
    PIPES_MOST = 64          /* of a worker, in use */
};

struct pipe {
    struct pipe *next; /* in the pool */
    int out, in;       /* read end, write end */
    uint32_t used;     /* bytes that wait in it */
};

struct pipe_pool {
    struct pipe *spare; /* empty ones */
    unsigned spare_count, open, most;
    uint64_t bytes; /* that went into pipes so far */
};

void pipe_pool_init(struct pipe_pool *pool);
void pipe_pool_fini(struct pipe_pool *pool); /* all must have been given back */
/* An empty one; NULL when there are enough, or the system has none. */
struct pipe *pipe_take(struct pipe_pool *pool);
/* Gives it back, bytes or not; clears *p; NULL is fine. */
void pipe_give(struct pipe_pool *pool, struct pipe **p);

/* Whether the socket's bytes may pass without being read: no transport of its own lies between. */
bool pipe_suits(const struct sock *s);
/* Takes at most max bytes (more than 0) out of the socket into p, which is empty. Results as sock_recv. */
enum io_result pipe_fill(struct pipe_pool *pool, struct pipe *p, struct sock *from, size_t max,
                         size_t *out_n);
/* Sends what is in it. Results as sock_send. SIGPIPE must be ignored: splice knows no MSG_NOSIGNAL. */
enum io_result pipe_drain(struct pipe *p, struct sock *to, size_t *out_n);

#endif

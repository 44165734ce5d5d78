/* h2.h - HTTP/2 with a client: one connection, many requests at once, each on a sock of its own.
 *
 *     client === sock === h2 --- h2_stream --- sock: HTTP/1.1, one request and its answer
 *                            --- h2_stream --- sock
 *
 * Whoever reads from a stream's sock reads a request as HTTP/1.1 would bring it, and writes the answer as
 * HTTP/1.1 would carry it: frames, compression of fields, windows and what may go wrong with them stay here.
 * The sock has a transport (net/sock.h) and no descriptor; its events come as the loop's would.
 *
 * What a client may cost is bounded: requests at once, fields, content that nobody has taken, and by budgets
 * what brings nothing: streams that are reset, frames about the connection. Who exceeds one of them is told
 * to calm down, and loses the connection. All of it belongs to one worker. */
#ifndef PROXY_H2_H2_H
#define PROXY_H2_H2_H

#include "proxy/http/head.h"
#include "proxy/net/sock.h"
#include "proxy/runtime/metrics.h"

struct h2;
struct h2_memory;
struct h2_stream;

struct h2_config {
    struct loop *loop;
    struct buf_pool *bufs;
    struct metrics *metrics;
    struct h2_memory *memory;  /* shared by sessions; NULL: the heap */
    struct head_limits limits; /* of a request's fields */
    uint32_t streams;          /* requests at once */
};

struct h2_memory *h2_memory_new(void);
void h2_memory_free(struct h2_memory **m); /* no session may be left; NULL is fine */

/* Who has the connection. */
struct h2_owner {
    /* A request has come. True: it was taken by h2_stream_take. False: refused; it may be sent again. */
    bool (*begin)(void *arg, struct h2_stream *s);
    /* There is something to do: h2_run. From the loop, never from within a call. */
    void (*wake)(void *arg);
};

/* Speaks HTTP/2 on sock, which is its owner's and stays where it is. */
struct h2 *h2_new(const struct h2_config *cfg, struct sock *sock, const struct h2_owner *owner, void *arg);
/* Says goodbye, if there is anybody who could hear it. Streams that are left see a reset. Not from within
 * h2_run. */
void h2_free(struct h2 **h);

enum h2_state {
    H2_BUSY, /* some request is under way */
    H2_IDLE,
    H2_OVER /* close it */
};
/* Reads and writes what there is, and gives streams their events. After each event of the sock. */
enum h2_state h2_run(struct h2 *h);
/* Takes no further request: says so, and is over when those under way are. */
void h2_goodbye(struct h2 *h);

/* Makes s the transport of sock, an empty one, whose owner gets its events. */
void h2_stream_take(struct h2_stream *s, struct sock *sock, loop_event *event, void *owner);
/* More of its request waits than a small block holds. */
bool h2_stream_holds_large(const struct sock *sock);

#endif

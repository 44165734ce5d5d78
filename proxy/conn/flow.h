/* flow.h - bytes on their way from one peer to the other: a head of ours, then a body as it comes, then its
 * end.
 *
 *     lead/pend            data                                  tail
 *     [head we built] [ready: may go | skip: withheld | rest] [end of the body]
 *
 * One piece is in flight: the source is read again only when everything ready has been taken, which is all
 * there is to backpressure. Buffers are held only while they have bytes. Where a read was large and more of
 * the same is to come that nobody looks at, the next piece goes through a pipe instead of a buffer. One
 * thread. */
#ifndef PROXY_CONN_FLOW_H
#define PROXY_CONN_FLOW_H

#include "proxy/http/body.h"
#include "proxy/net/pipe.h"

struct flow {
    struct sl_str lead; /* lives until the next flow_send has returned: what is left is kept in pend */
    struct buf pend;
    struct buf data;
    uint32_t ready, skip; /* of data, from the first */
    struct sl_str tail, held_tail;
    struct body body;
    bool ended;              /* the body is over; what is left in data belongs to the next message */
    bool dechunk;            /* payload goes on without its chunks */
    bool large;              /* the last read was: the next may go through a pipe */
    bool held;               /* the last byte waits, see flow_hold_end */
    struct pipe_pool *pipes; /* where from; NULL: not this flow */
    struct pipe *pipe;       /* while bytes are in it; behind all the rest */
    uint64_t sent;
};

/* All zero is an empty flow. Begins a body; buffers stay. */
void flow_begin(struct flow *f, enum body_kind kind, uint64_t length);
void flow_fini(struct flow *f, struct buf_pool *pool);
/* Puts bytes before all that is not sent yet except earlier leads. */
void flow_lead(struct flow *f, struct buf_pool *pool, struct sl_str bytes);
/* Lets no trailer field pass, also where the end has come already. Before any of that end was sent. */
void flow_drop_trailers(struct flow *f);
/* Looks at what is in data behind ready. BODY_BAD: f->body.fault. */
enum body_result flow_scan(struct flow *f);
/* The source closed. BODY_END: the body may end so; BODY_BAD: it was cut. */
enum body_result flow_eof(struct flow *f);
/* Lets pieces go through pipes, where both ends allow it. */
void flow_use_pipes(struct flow *f, struct pipe_pool *pipes, const struct sock *from, const struct sock *to);
/* Reads at most max bytes into data, which has nothing ready (or into a pipe: then flow_scan sees nothing
 * new). IO_WAIT when max is 0. */
enum io_result flow_fill(struct flow *f, struct buf_pool *pool, struct sock *from, size_t max, size_t *out_n);
/* Sends what may go; *out_n bytes were taken. IO_DATA: all of it. */
enum io_result flow_send(struct flow *f, struct buf_pool *pool, struct sock *to, size_t *out_n);
/* Bytes that flow_send would send now. */
size_t flow_pending(const struct flow *f);
/* Keeps the end of an ended flow back, so that something can be done between all the rest and it. */
void flow_hold_end(struct flow *f);
void flow_release_end(struct flow *f);

#endif

/* inside.h - what the sources of this folder share. Not for others. */
#ifndef PROXY_H2_INSIDE_H
#define PROXY_H2_INSIDE_H

#include <nghttp2/nghttp2.h>

#include "proxy/h2/budget.h"
#include "proxy/h2/h2.h"
#include "proxy/h2/memory.h"
#include "proxy/h2/request.h"
#include "proxy/http/body.h"
#include "sluice/list.h"

enum {
    H2_FRAME_HEAD = 9,
    H2_STREAM_WINDOW = 65535, /* of content that nobody has taken yet; what RFC 9113 begins with */
    H2_CONNECTION_WINDOW =
        1 << 20 /* given back at once: streams bound what is kept, and hold up none but themselves */
};

/* During a call of send: what is left of what is offered, and how much of it may be taken. */
struct h2_offer {
    const struct iovec *pieces;
    int count;
    size_t at, taken, part;
};

/* One request. It is known to the library until both sides have ended it (id), and to its owner until the
 * sock is closed (sock); it goes when neither is the case. */
struct h2_stream {
    struct sock_tls net; /* first: what proxy/net knows */
    struct h2 *h2;       /* NULL: the connection is over */
    struct buf_pool *bufs;
    struct sock *sock; /* NULL: not taken yet, or closed */
    loop_event *event;
    void *owner;
    struct sl_list node;    /* in h2->streams */
    struct sl_list due;     /* in h2->due: it is to be begun, or told of `events` */
    struct sl_list waiting; /* in h2->waiting: for room to write */
    uint32_t events;
    int32_t id; /* 0: the library knows it no more */
    enum method method;

    /* the request: a head, content, trailers */
    struct buf in;
    uint32_t head, content, tail; /* bytes of each that are left */
    uint32_t chunk;               /* content that goes before the next line of framing */
    uint8_t line_n, line_at;      /* a line of framing under way */
    char line[BODY_CHUNK_HEAD + 2];

    /* the answer */
    struct sl_text text; /* of a head that comes in pieces */
    struct body body;    /* how the rest is framed */
    struct h2_offer offered;

    bool begun;     /* its owner was asked to take it */
    bool chunked;   /* content is put in chunks */
    bool in_chunk;  /* one has begun: the end of its line is due */
    bool in_ended;  /* all of the request has come */
    bool in_told;   /* and that has been read, but for trailers */
    bool raw;       /* CONNECT: bytes both ways */
    bool answering; /* the final head is on its way */
    bool finished;  /* nothing more is to be sent */
    bool out_ended; /* and that has been said */
    bool blocked;   /* not all that was offered could be taken */
    bool reset;     /* by the client, or with the connection */
    bool ours;      /* the reset was our wish */
};

struct h2 {
    nghttp2_session *session;
    struct h2_config cfg;
    struct sock *sock;
    const struct h2_owner *owner;
    void *arg;
    struct loop_task task;
    struct buf out; /* frames on their way: the kernel takes what is in it whole */
    struct sl_list streams, due, waiting;
    size_t open, taken, blocked; /* streams: all; with a sock; whose owner waits to write */
    struct h2_request request;
    struct sl_text scratch;
    struct h2_budget frames, resets;
    uint32_t block, continuations; /* of the block of fields that is coming: bytes, frames behind the first */
    bool task_pending, running, freed;
    bool in_block; /* of fields: `request` has a part of it */
    bool gone;     /* the client is */
    bool failed;   /* no more is read; what there is to say to that is sent, if it can be */
    bool leaving;
};

/* ---- session.c ---- */
/* Runs the library's output into h->out, and that to the client as it fills. */
void h2_write(struct h2 *h);
/* Room for a frame of at least one byte of content. */
bool h2_has_room(struct h2 *h);
void h2_later(struct h2 *h);
/* Has the client told to calm down, and the connection closed; counts the limit. */
void h2_calm(struct h2 *h, enum metric limit);

/* ---- frames.c: what comes, and what the library asks for ---- */
const nghttp2_session_callbacks *h2_callbacks(void);

/* ---- stream.c ---- */
extern const struct sock_transport h2_stream_transport;
struct h2_stream *h2_stream_new(struct h2 *h, int32_t id);
/* h2->request is all of its head; false: malformed. */
bool h2_stream_head(struct h2_stream *s, bool ended);
void h2_stream_content(struct h2_stream *s, struct sl_str data);
/* h2->request is what comes behind the content, and ends it; false: malformed. */
bool h2_stream_tail(struct h2_stream *s);
void h2_stream_ended(struct h2_stream *s);
/* Has its owner told, from h2_run. */
void h2_stream_due(struct h2_stream *s, uint32_t events);
/* That now: it is begun, or gets its events. It may be gone afterwards. */
void h2_stream_tell(struct h2_stream *s);
/* Our end of it is out. */
void h2_stream_sent(struct h2_stream *s);
/* Ends it with an error. */
void h2_stream_reset(struct h2_stream *s, uint32_t error);
/* The library knows it no more. */
void h2_stream_closed(struct h2_stream *s);
/* The connection is over; its owner is to be told. */
void h2_stream_leave(struct h2_stream *s);
/* It has to wait for room. */
void h2_stream_wait(struct h2_stream *s);
/* There is room again. */
void h2_stream_resume(struct h2_stream *s);
/* Its window has opened: what was offered before may come again. */
void h2_stream_wanted(struct h2_stream *s);

/* ---- answer.c ---- */
/* Takes what it can of what is offered. False: it is no answer. */
bool h2_answer(struct h2_stream *s);
/* The library asks for content: it is put into h2->out, where its frame will be. */
ssize_t h2_on_content(nghttp2_session *session, int32_t id, uint8_t *unused, size_t n, uint32_t *flags,
                      nghttp2_data_source *source, void *arg);

#endif

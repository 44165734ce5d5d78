/* stream.c - one request: its life between the library that speaks HTTP/2 and whoever has its sock, and what
 * he reads there. What he writes: answer.c. */
#include <stdlib.h>
#include <sys/epoll.h>

#include "proxy/h2/inside.h"

static struct h2_stream *stream_of(const struct sock *s)
{
    return (struct h2_stream *)s->tls;
}

/* ---- for the library's side ---- */

struct h2_stream *h2_stream_new(struct h2 *h, int32_t id)
{
    struct h2_stream *s = sl_calloc(1, sizeof *s);
    s->net.calls = &h2_stream_transport;
    s->h2 = h;
    s->bufs = h->cfg.bufs;
    s->id = id;
    sl_list_init(&s->due);
    sl_list_init(&s->waiting);
    sl_list_push(&h->streams, &s->node);
    h->open++;
    return s;
}

static void forget(struct h2_stream *s)
{
    sl_list_remove(&s->node);
    sl_list_remove(&s->due);
    sl_list_remove(&s->waiting);
    buf_give(s->bufs, &s->in);
    body_fini(&s->body);
    sl_text_fini(&s->text);
    free(s);
}

void h2_stream_due(struct h2_stream *s, uint32_t events)
{
    s->events |= events;
    if (sl_list_empty(&s->due))
        sl_list_push(&s->h2->due, &s->due);
}

void h2_stream_reset(struct h2_stream *s, uint32_t error)
{
    if (s->id == 0)
        return;
    s->ours = true;
    nghttp2_submit_rst_stream(s->h2->session, NGHTTP2_FLAG_NONE, s->id, error);
}

/* The answer is out. Who still sends a request that nobody reads any more is told to stop (section 8.1). */
static void stop_upload(struct h2_stream *s)
{
    if (s->out_ended && !s->in_ended && !s->sock)
        h2_stream_reset(s, NGHTTP2_NO_ERROR);
}

void h2_stream_sent(struct h2_stream *s)
{
    s->out_ended = true;
    stop_upload(s);
}

void h2_stream_closed(struct h2_stream *s)
{
    s->h2->open--;
    s->id = 0;
    if (!s->sock) {
        forget(s);
        return;
    }
    s->reset = !s->out_ended;
    if (s->reset)
        h2_stream_due(s, EPOLLIN | EPOLLOUT | EPOLLHUP | EPOLLERR);
}

void h2_stream_leave(struct h2_stream *s)
{
    s->h2 = NULL;
    s->id = 0;
    s->reset = true;
    s->events = EPOLLIN | EPOLLOUT | EPOLLHUP | EPOLLERR;
}

/* ---- the request ---- */

static bool deserted(const struct h2_stream *s)
{
    return s->begun && !s->sock;
}

static bool malformed(struct h2 *h)
{
    sl_text_clear(&h->scratch);
    return false;
}

bool h2_stream_head(struct h2_stream *s, bool ended)
{
    struct h2 *h = s->h2;
    sl_text_clear(&h->scratch);
    enum h2_request_result r = h2_request_end(&h->request, ended, &h->scratch, &s->chunked, &s->method);
    if (r == H2_REQUEST_BAD)
        return malformed(h);
    s->raw = s->method == METHOD_CONNECT;
    s->in_ended = ended;
    s->head = (uint32_t)h->scratch.n;
    buf_add(s->bufs, &s->in, h->scratch.p, h->scratch.n);
    h2_stream_due(s, EPOLLIN | EPOLLOUT);
    return true;
}

/* Without chunks there is no place for them: they are dropped, as section 6.5.1 of RFC 9110 lets one do. */
bool h2_stream_tail(struct h2_stream *s)
{
    struct h2 *h = s->h2;
    sl_text_clear(&h->scratch);
    if (!h2_request_trailers(&h->request, &h->scratch))
        return malformed(h);
    if (s->chunked && !deserted(s)) {
        s->tail = (uint32_t)h->scratch.n;
        buf_add(s->bufs, &s->in, h->scratch.p, h->scratch.n);
    }
    h2_stream_ended(s);
    return true;
}

void h2_stream_ended(struct h2_stream *s)
{
    s->in_ended = true;
    h2_stream_due(s, EPOLLIN);
}

/* Of one that nobody reads any more the window stays closed: it is about to be reset. */
void h2_stream_content(struct h2_stream *s, struct sl_str data)
{
    if (deserted(s))
        return;
    buf_add(s->bufs, &s->in, data.p, data.n);
    s->content += (uint32_t)data.n;
    h2_stream_due(s, EPOLLIN);
}

/* ---- for whoever has the sock ---- */

void h2_stream_take(struct h2_stream *s, struct sock *sock, loop_event *event, void *owner)
{
    *sock = (struct sock){.fd = -1, .tls = &s->net};
    s->sock = sock;
    s->event = event;
    s->owner = owner;
    s->h2->taken++;
}

void h2_stream_tell(struct h2_stream *s)
{
    uint32_t events = s->events;
    sl_list_remove(&s->due);
    s->events = 0;
    if (!s->h2 && !s->sock) {
        forget(s);
        return;
    }
    if (!s->begun) {
        s->begun = true;
        if (!s->h2->owner->begin(s->h2->arg, s)) {
            h2_stream_reset(s, NGHTTP2_REFUSED_STREAM);
            return;
        }
    }
    if (s->sock)
        s->event(s->owner, events);
}

/* ---- reading ---- */

/* The end of a chunk and the begin of the next, or the end of all. */
static void frame(struct h2_stream *s, bool end)
{
    size_t n = 0;
    if (s->in_chunk) {
        memcpy(s->line, BODY_CHUNK_CRLF, 2);
        n = 2;
    }
    if (!end) {
        n += body_chunk_head(s->content, s->line + n);
    } else {
        struct sl_str last = s->tail ? SL_STR("0\r\n") : SL_STR(BODY_LAST_CHUNK);
        memcpy(s->line + n, last.p, last.n);
        n += last.n;
    }
    s->line_n = (uint8_t)n;
    s->line_at = 0;
    s->in_chunk = true;
}

/* Readies what comes next. False: nothing, for now or for good. */
static bool next(struct h2_stream *s)
{
    if (s->head || s->chunk || s->line_at < s->line_n)
        return true;
    if (s->content > 0) {
        if (s->chunked)
            frame(s, false);
        s->chunk = s->content;
        return true;
    }
    if (!s->in_ended || s->in_told)
        return s->in_told && s->tail > 0;
    s->in_told = true;
    if (s->chunked)
        frame(s, true);
    return s->chunked;
}

static size_t copy(struct buf *from, uint32_t *left, char *p, size_t room)
{
    size_t n = SL_MIN((size_t)*left, room);
    memcpy(p, from->p + from->from, n);
    buf_consume(from, n);
    *left -= (uint32_t)n;
    return n;
}

static size_t read_line(struct h2_stream *s, char *p, size_t room)
{
    size_t n = SL_MIN((size_t)(s->line_n - s->line_at), room);
    memcpy(p, s->line + s->line_at, n);
    s->line_at = (uint8_t)(s->line_at + n);
    return n;
}

/* Content that is taken makes room for as much. */
static size_t read_content(struct h2_stream *s, char *p, size_t room)
{
    size_t n = copy(&s->in, &s->chunk, p, room);
    s->content -= (uint32_t)n;
    if (s->id) {
        nghttp2_session_consume_stream(s->h2->session, s->id, n);
        h2_later(s->h2);
    }
    return n;
}

static enum io_result stream_recv(struct sock *sock, char *p, size_t room, size_t *out_n)
{
    struct h2_stream *s = stream_of(sock);
    size_t n = 0;
    while (n < room && next(s)) {
        if (s->line_at < s->line_n)
            n += read_line(s, p + n, room - n);
        else if (s->head)
            n += copy(&s->in, &s->head, p + n, room - n);
        else if (s->chunk)
            n += read_content(s, p + n, room - n);
        else
            n += copy(&s->in, &s->tail, p + n, room - n);
    }
    buf_rest(s->bufs, &s->in);
    sock->readable = s->reset || next(s);
    *out_n = n;
    if (n > 0)
        return IO_DATA;
    if (s->reset)
        return IO_LOST;
    if (!s->raw || !s->in_told)
        return IO_WAIT;
    sock->ended = sock->hangup = true;
    return IO_END;
}

static bool stream_silent(struct sock *sock)
{
    struct h2_stream *s = stream_of(sock);
    return !s->reset && !next(s);
}

bool h2_stream_holds_large(const struct sock *sock)
{
    return sock->tls && stream_of(sock)->in.grown;
}

static size_t stream_waiting(struct sock *sock)
{
    const struct h2_stream *s = stream_of(sock);
    return (size_t)s->head + s->content + s->tail;
}

/* ---- writing ---- */

/* Of those that have more to say than can go now each gets so much at once. */
enum { PART = 64 * 1024 };

static void block(struct h2_stream *s)
{
    s->blocked = true;
    s->h2->blocked++;
}

static void unblock(struct h2_stream *s)
{
    s->h2->blocked -= s->blocked;
    s->blocked = false;
    sl_list_remove(&s->waiting);
}

/* Both are open, so it is our own part that is used up, or the connection takes nothing. */
static bool windows_open(const struct h2_stream *s)
{
    return nghttp2_session_get_remote_window_size(s->h2->session) > 0 &&
           nghttp2_session_get_stream_remote_window_size(s->h2->session, s->id) > 0;
}

void h2_stream_wait(struct h2_stream *s)
{
    if (sl_list_empty(&s->waiting))
        sl_list_push(&s->h2->waiting, &s->waiting);
}

void h2_stream_resume(struct h2_stream *s)
{
    if (s->finished)
        nghttp2_session_resume_data(s->h2->session, s->id);
    else
        h2_stream_due(s, EPOLLOUT);
}

void h2_stream_wanted(struct h2_stream *s)
{
    if (!s->blocked)
        return;
    unblock(s);
    h2_stream_due(s, EPOLLOUT);
}

static enum io_result stream_send(struct sock *sock, const struct iovec *pieces, int count, size_t wanted,
                                  size_t *out_n)
{
    struct h2_stream *s = stream_of(sock);
    if (!s->h2 || !s->id || s->reset || s->finished)
        return IO_LOST;
    unblock(s);
    s->offered = (struct h2_offer){pieces, count, 0, 0, s->h2->blocked > 0 ? PART : SIZE_MAX};
    bool fine = h2_answer(s);
    *out_n = s->offered.taken;
    s->offered = (struct h2_offer){0};
    if (!fine) {
        h2_stream_reset(s, NGHTTP2_INTERNAL_ERROR);
        h2_later(s->h2);
        return IO_LOST;
    }
    if (*out_n == wanted)
        return IO_DATA;
    block(s);
    if (s->id && (!s->answering || windows_open(s)))
        h2_stream_wait(s);
    sock->writable = false;
    return IO_WAIT;
}

/* ---- its end ---- */

/* Has our end said, as soon as there is room. */
static void finish(struct h2_stream *s)
{
    s->finished = true;
    nghttp2_session_resume_data(s->h2->session, s->id);
    if (h2_has_room(s->h2))
        h2_write(s->h2);
    else
        h2_stream_wait(s);
}

static bool whole(struct h2_stream *s)
{
    return s->answering && body_eof(&s->body) == BODY_END;
}

/* Of a tunnel one way ends. Behind an answer nothing of the request is wanted any more: what comes is as good
 * as ended. */
static void stream_shutdown(struct sock *sock)
{
    struct h2_stream *s = stream_of(sock);
    if (!s->raw) {
        sock->ended = sock->hangup = true;
        sock->readable = false;
    } else if (s->h2 && s->id && !s->finished && whole(s)) {
        finish(s);
    }
}

static void stream_close(struct sock *sock, bool orderly)
{
    struct h2_stream *s = stream_of(sock);
    struct h2 *h = s->h2;
    s->sock = NULL;
    sock->tls = NULL;
    if (!h) {
        forget(s);
        return;
    }
    h->taken--;
    unblock(s);
    sl_list_remove(&s->due);
    if (!s->id) {
        forget(s);
    } else if (!orderly || !whole(s)) {
        h2_stream_reset(s, s->answering ? NGHTTP2_INTERNAL_ERROR : NGHTTP2_CANCEL);
    } else if (!s->finished) {
        finish(s);
    } else {
        stop_upload(s);
    }
    h2_later(h);
}

const struct sock_transport h2_stream_transport = {
    .recv = stream_recv,
    .send = stream_send,
    .shutdown = stream_shutdown,
    .silent = stream_silent,
    .waiting = stream_waiting,
    .close = stream_close,
};

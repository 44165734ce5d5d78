/* session.c - see h2.h. The connection: bytes in, bytes out, whose turn it is, and its end. */
#include <stdlib.h>

#include "proxy/h2/inside.h"

enum {
    ROUNDS = 8,       /* reads of a turn: others have theirs */
    FRAME_LEAST = 64, /* of content: with less room a frame is not worth its head */
    QUEUE_MOST =
        256, /* frames that wait to be sent; with more of them nothing is read that could ask for others */
    ACKS_MOST = 4096,  /* more than one read can ask for: frames.c ends who asks for too many */
    SETTINGS_MOST = 32 /* entries of one frame */
};

/* ---- out ---- */

/* IO_DATA: all of it has gone. */
static enum io_result flush(struct h2 *h)
{
    size_t n = 0;
    if (buf_used(&h->out) == 0)
        return IO_DATA;
    struct iovec piece = {h->out.p + h->out.from, buf_used(&h->out)};
    enum io_result r = sock_send(h->sock, &piece, 1, &n);
    buf_consume(&h->out, n);
    return r;
}

bool h2_has_room(struct h2 *h)
{
    enum { LEAST = H2_FRAME_HEAD + FRAME_LEAST };
    buf_take(h->cfg.bufs, &h->out);
    return buf_room(&h->out) >= LEAST || (flush(h) == IO_DATA && buf_room(&h->out) >= LEAST);
}

void h2_write(struct h2 *h)
{
    if (nghttp2_session_send(h->session) != 0)
        h->failed = true;
    if (!h->running)
        h2_later(h);
}

/* What many streams say in one turn goes out in one record. */
void h2_later(struct h2 *h)
{
    if (h->task_pending || h->running)
        return;
    h->task_pending = true;
    loop_defer(h->cfg.loop, &h->task);
}

/* More is to be done than one turn is for. */
static void again(struct h2 *h)
{
    if (h->task_pending)
        return;
    h->task_pending = true;
    loop_post(h->cfg.loop, &h->task);
}

static void on_task(struct loop_task *t)
{
    struct h2 *h = SL_CONTAINER(t, struct h2, task);
    h->task_pending = false;
    if (h->freed)
        free(h);
    else
        h->owner->wake(h->arg);
}

void h2_calm(struct h2 *h, enum metric limit)
{
    if (h->failed)
        return;
    metrics_add(h->cfg.metrics, limit, 1);
    nghttp2_session_terminate_session(h->session, NGHTTP2_ENHANCE_YOUR_CALM);
    h->failed = true;
}

/* ---- in ---- */

/* One block of it. False: there is nothing more for now. */
static bool read_some(struct h2 *h)
{
    struct buf in = {0};
    size_t n = 0;
    if ((!h->sock->readable && !h->sock->ended) ||
        nghttp2_session_get_outbound_queue_size(h->session) > QUEUE_MOST)
        return false;
    buf_take(h->cfg.bufs, &in);
    enum io_result r = sock_recv(h->sock, &in, &n);
    if (r == IO_DATA && nghttp2_session_mem_recv(h->session, (const uint8_t *)in.p, n) < 0 && !h->failed) {
        metrics_add(h->cfg.metrics, METRIC_MALFORMED,
                    1); /* so far beyond repair that there is no word for it */
        h->failed = true;
    }
    buf_give(h->cfg.bufs, &in);
    if (r == IO_END || r == IO_LOST)
        h->gone = true;
    return r == IO_DATA && !h->failed;
}

static void deliver(struct h2 *h)
{
    while (!sl_list_empty(&h->due))
        h2_stream_tell(SL_LIST_ITEM(h->due.next, struct h2_stream, due));
}

/* Those who wait for room, the longest first; who has more to say than its part goes to the end. */
static void serve_waiting(struct h2 *h)
{
    for (size_t n = h->blocked + 1; n > 0 && !sl_list_empty(&h->waiting) && h2_has_room(h); n--) {
        struct h2_stream *s = SL_LIST_ITEM(h->waiting.next, struct h2_stream, waiting);
        sl_list_remove(&s->waiting);
        h2_stream_resume(s);
        deliver(h);
    }
}

/* ---- the whole ---- */

static enum h2_state state(const struct h2 *h)
{
    bool open = nghttp2_session_want_read(h->session) || nghttp2_session_want_write(h->session);
    if (h->gone || h->failed || h->sock->broken || (!open && buf_used(&h->out) == 0))
        return H2_OVER;
    return h->taken > 0 ? H2_BUSY : H2_IDLE;
}

/* What the next request will need as well is kept, unless it has grown; a block of fields under way is not to
 * be lost. */
static void rest(struct h2 *h)
{
    enum { KEPT = 4096 };
    const struct h2_request *r = &h->request;
    if (h->scratch.cap > KEPT)
        sl_text_fini(&h->scratch);
    if (!h->in_block && r->fields.cap + r->cookie.cap + r->pseudo.cap > KEPT)
        h2_request_fini(&h->request);
}

enum h2_state h2_run(struct h2 *h)
{
    int round = 0;
    sl_assert(!h->running);
    h->running = true;
    for (bool more = true; more && round < ROUNDS; round++) {
        more = read_some(h);
        deliver(h);
        if (more)
            h2_write(h); /* what was asked for is said before more is read */
    }
    serve_waiting(h);
    h2_write(h);
    flush(h);
    buf_rest(h->cfg.bufs, &h->out);
    h->running = false;
    enum h2_state s = state(h);
    if (s == H2_IDLE)
        rest(h);
    if (s != H2_OVER && (round == ROUNDS || (h->sock->writable && !sl_list_empty(&h->waiting))))
        again(h);
    return s;
}

void h2_goodbye(struct h2 *h)
{
    if (h->leaving || h->failed)
        return;
    h->leaving = true;
    nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(h->session),
                          NGHTTP2_NO_ERROR, NULL, 0);
    h2_later(h);
}

/* ---- the begin ---- */

static void options_freep(nghttp2_option **o)
{
    nghttp2_option_del(*o);
}

static nghttp2_session *new_session(struct h2 *h)
{
    nghttp2_mem memory = h2_memory_calls(h->cfg.memory);
    nghttp2_session *session;
    SL_CLEANUP(options_freep) nghttp2_option *o;
    sl_assert(nghttp2_option_new(&o) == 0);
    nghttp2_option_set_no_auto_window_update(o, 1); /* who takes content makes room for more */
    nghttp2_option_set_no_closed_streams(o, 1);
    nghttp2_option_set_max_outbound_ack(o, ACKS_MOST);
    nghttp2_option_set_max_settings(o, SETTINGS_MOST);
    sl_assert(nghttp2_session_server_new3(&session, h2_callbacks(), h, o, &memory) == 0);
    return session;
}

/* Priorities are not looked at, so the old scheme is declined. */
static void begin(struct h2 *h)
{
    nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, h->cfg.streams},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, h->cfg.limits.bytes},
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
    };
    sl_assert(nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, settings, SL_COUNT(settings)) == 0);
    sl_assert(nghttp2_session_set_local_window_size(h->session, NGHTTP2_FLAG_NONE, 0, H2_CONNECTION_WINDOW) ==
              0);
}

struct h2 *h2_new(const struct h2_config *cfg, struct sock *sock, const struct h2_owner *owner, void *arg)
{
    struct h2 *h = sl_calloc(1, sizeof *h);
    *h = (struct h2){.cfg = *cfg, .sock = sock, .owner = owner, .arg = arg, .task.run = on_task};
    sl_list_init(&h->streams);
    sl_list_init(&h->due);
    sl_list_init(&h->waiting);
    h->session = new_session(h);
    begin(h);
    return h;
}

/* None of them may find the connection half gone when another's owner is told. */
static void lose_streams(struct h2 *h)
{
    struct sl_list lost;
    sl_list_init(&lost);
    while (!sl_list_empty(&h->streams)) {
        struct h2_stream *s = SL_LIST_ITEM(h->streams.next, struct h2_stream, node);
        sl_list_remove(&s->node);
        sl_list_push(&lost, &s->node);
        h2_stream_leave(s);
    }
    while (!sl_list_empty(&lost)) {
        struct h2_stream *s = SL_LIST_ITEM(lost.next, struct h2_stream, node);
        sl_list_remove(&s->node);
        h2_stream_tell(s);
    }
}

void h2_free(struct h2 **hp)
{
    struct h2 *h = *hp;
    *hp = NULL;
    if (!h)
        return;
    sl_assert(!h->running);
    if (!h->gone && !h->sock->broken) {
        h2_goodbye(h);
        h2_write(h);
        flush(h);
    }
    nghttp2_session_del(h->session);
    lose_streams(h);
    buf_give(h->cfg.bufs, &h->out);
    h2_request_fini(&h->request);
    sl_text_fini(&h->scratch);
    h->freed = true;
    if (!h->task_pending)
        free(h);
}

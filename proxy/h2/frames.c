/* frames.c - what the library that speaks HTTP/2 asks for and tells, see inside.h: frames out, fields and
 * content in, and what frames cost. */
#include <pthread.h>

#include "proxy/h2/inside.h"

/* What brings nothing. A page that is left cancels all it had asked for, some clients give windows back by
 * the kilobyte: so much is ordinary, and more comes from who wants to keep us busy. */
static const struct h2_allowance frames_allowed = {.at_once = 1000, .per_s = 100};
static const struct h2_allowance resets_allowed = {.at_once = 400, .per_s = 20};
enum {
    REQUEST_EARNS = 8,       /* frames */
    CONTENT_EARNS = 256,     /* bytes for a frame */
    BLOCK_MOST = 128 * 1024, /* of fields, as it comes */
    CONTINUATIONS_MOST =
        6 /* of one block, whose frames may have 16 KiB each; newer libraries end it at 8, in silence */
};

static struct h2_stream *stream_of(nghttp2_session *session, int32_t id)
{
    return id ? nghttp2_session_get_stream_user_data(session, id) : NULL;
}

static struct sl_str text_of(nghttp2_rcbuf *b)
{
    nghttp2_vec v = nghttp2_rcbuf_get_buf(b);
    return sl_str((const char *)v.base, v.len);
}

static void spend(struct h2 *h, struct h2_budget *b, const struct h2_allowance *of, enum metric limit)
{
    if (!h2_budget_spend(b, of, 1, loop_now_ms(h->cfg.loop)))
        h2_calm(h, limit);
}

static void spend_frame(struct h2 *h)
{
    spend(h, &h->frames, &frames_allowed, METRIC_LIMIT_HTTP2_FRAMES);
}

static void spend_reset(struct h2 *h)
{
    spend(h, &h->resets, &resets_allowed, METRIC_LIMIT_HTTP2_RESETS);
}

/* ---- out ---- */

static ssize_t on_send(nghttp2_session *session, const uint8_t *data, size_t n, int flags, void *arg)
{
    struct h2 *h = arg;
    if (!h2_has_room(h))
        return NGHTTP2_ERR_WOULDBLOCK;
    n = SL_MIN(n, buf_room(&h->out));
    memcpy(h->out.p + h->out.to, data, n);
    h->out.to += (uint32_t)n;
    return (ssize_t)n;
}

/* The content is where on_content has put it: its head goes before it. */
static int on_send_content(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head, size_t n,
                           nghttp2_data_source *source, void *arg)
{
    struct h2 *h = arg;
    memcpy(h->out.p + h->out.to, head, H2_FRAME_HEAD);
    h->out.to += H2_FRAME_HEAD + (uint32_t)n;
    h2_budget_earn(&h->frames, (uint32_t)(n / CONTENT_EARNS));
    return 0;
}

static int on_sent(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
    struct h2 *h = arg;
    struct h2_stream *s = stream_of(session, frame->hd.stream_id);
    bool content = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
    if (s && content && frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
        h2_stream_sent(s);
    if (frame->hd.type == NGHTTP2_RST_STREAM && (!s || !s->ours))
        spend_reset(h); /* it made the library do that */
    return 0;
}

/* ---- fields ---- */

static int on_begin_fields(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
    struct h2 *h = arg;
    bool request = frame->headers.cat == NGHTTP2_HCAT_REQUEST;
    h->block = (uint32_t)frame->hd.length;
    h->continuations = 0;
    h->in_block = true;
    if (request)
        nghttp2_session_set_stream_user_data(session, frame->hd.stream_id,
                                             h2_stream_new(h, frame->hd.stream_id));
    h2_request_begin(&h->request, request ? h->cfg.limits.bytes : BODY_TRAILER_MAX);
    return 0;
}

static int on_field(nghttp2_session *session, const nghttp2_frame *frame, nghttp2_rcbuf *name,
                    nghttp2_rcbuf *value, uint8_t flags, void *arg)
{
    struct h2 *h = arg;
    h2_request_field(&h->request, text_of(name), text_of(value));
    return 0;
}

/* It would be left out otherwise, and the request be another than was sent. */
static int on_bad_field(nghttp2_session *session, const nghttp2_frame *frame, nghttp2_rcbuf *name,
                        nghttp2_rcbuf *value, uint8_t flags, void *arg)
{
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static void on_fields(struct h2 *h, struct h2_stream *s, const nghttp2_frame *frame)
{
    bool ended = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    h->in_block = false;
    bool fine = frame->headers.cat == NGHTTP2_HCAT_REQUEST ? h2_stream_head(s, ended) : h2_stream_tail(s);
    if (fine) {
        h2_budget_earn(&h->frames, REQUEST_EARNS);
        return;
    }
    metrics_add(h->cfg.metrics, METRIC_MALFORMED, 1);
    spend_reset(h);
    h2_stream_reset(s, NGHTTP2_PROTOCOL_ERROR);
}

/* ---- frames ---- */

/* Before its content. Nothing of a connection that failed is looked at. */
static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *head, void *arg)
{
    struct h2 *h = arg;
    switch (head->type) {
    case NGHTTP2_HEADERS:
        break;
    case NGHTTP2_DATA:
        if (head->length == 0 && !(head->flags & NGHTTP2_FLAG_END_STREAM))
            spend_frame(h);
        break;
    case NGHTTP2_CONTINUATION:
        h->block += (uint32_t)head->length;
        if (++h->continuations > CONTINUATIONS_MOST || h->block > BLOCK_MOST)
            h2_calm(h, METRIC_LIMIT_HTTP2_FIELDS);
        break;
    default:
        spend_frame(h);
    }
    return h->failed ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
    struct h2 *h = arg;
    struct h2_stream *s = stream_of(session, frame->hd.stream_id);
    switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
        if (s)
            on_fields(h, s, frame);
        break;
    case NGHTTP2_DATA:
        if (s && frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
            h2_stream_ended(s);
        break;
    case NGHTTP2_RST_STREAM:
        spend_reset(h);
        break;
    default:
        break;
    }
    return 0;
}

static int on_bad_frame(nghttp2_session *session, const nghttp2_frame *frame, int error, void *arg)
{
    struct h2 *h = arg;
    bool many = frame->hd.type == NGHTTP2_HEADERS && h->open >= h->cfg.streams;
    metrics_add(h->cfg.metrics, many ? METRIC_LIMIT_HTTP2_STREAMS : METRIC_MALFORMED, 1);
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t n,
                   void *arg)
{
    struct h2_stream *s = stream_of(session, id);
    nghttp2_session_consume_connection(session, n);
    if (s)
        h2_stream_content(s, sl_str((const char *)data, n));
    return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t error, void *arg)
{
    struct h2_stream *s = stream_of(session, id);
    if (s)
        h2_stream_closed(s);
    return 0;
}

/* ---- the table ---- */

static nghttp2_session_callbacks *callbacks;

static void make_callbacks(void)
{
    sl_assert(nghttp2_session_callbacks_new(&callbacks) == 0);
    nghttp2_session_callbacks_set_send_callback(callbacks, on_send);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, on_send_content);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_sent);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_fields);
    nghttp2_session_callbacks_set_on_header_callback2(callbacks, on_field);
    nghttp2_session_callbacks_set_on_invalid_header_callback2(callbacks, on_bad_field);
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, on_begin_frame);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, on_bad_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
}

const nghttp2_session_callbacks *h2_callbacks(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_callbacks);
    return callbacks;
}

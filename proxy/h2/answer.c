/* answer.c - an answer as HTTP/1.1 carries it, made into frames: heads into fields, content without its
 * chunks, what came behind it into trailers.
 *
 * What is read here was written by us: each head is one that proxy/http built, each body was framed or
 * checked there. So it is read plainly; what is no answer ends the stream. */
#include "proxy/h2/inside.h"

#include "proxy/http/fields.h"

enum {
    HEAD_MOST = 1 << 20,              /* bytes of a head that comes in pieces */
    LINES_MOST = HEAD_FIELDS_MAX + 32 /* fields of an answer, with those that we add */
};

struct answer_head {
    unsigned status;
    bool chunked, has_length;
    uint64_t length;
    size_t count; /* of fields; the first is the status */
    nghttp2_nv fields[LINES_MOST + 1];
};

/* ---- what is offered ---- */

static struct sl_str piece(const struct h2_offer *o)
{
    return o->count == 0 ? sl_str(NULL, 0)
                         : sl_str((const char *)o->pieces->iov_base + o->at, o->pieces->iov_len - o->at);
}

static void advance(struct h2_offer *o, size_t n)
{
    o->taken += n;
    o->at += n;
    while (o->count > 0 && o->at == o->pieces->iov_len) {
        o->pieces++;
        o->count--;
        o->at = 0;
    }
}

/* ---- heads ---- */

static nghttp2_nv field(struct sl_str name, struct sl_str value)
{
    return (nghttp2_nv){(uint8_t *)name.p, (uint8_t *)value.p, name.n, value.n, NGHTTP2_NV_FLAG_NONE};
}

/* Takes the next line off; false: it was the empty one. */
static bool take_line(struct sl_str *rest, struct sl_str *name, struct sl_str *value)
{
    size_t n = sl_str_find(*rest, '\r');
    struct sl_str line = sl_str(rest->p, n);
    *rest = sl_str_sub(*rest, n + 2, SIZE_MAX);
    *name = sl_str(line.p, sl_str_find(line, ':'));
    *value = sl_str_trim(sl_str_sub(line, name->n + 1, SIZE_MAX));
    return line.n > 0;
}

/* What is of a connection is not for a stream (section 8.2.2). */
static bool goes_on(struct answer_head *h, enum field_id id, struct sl_str value)
{
    switch (id) {
    case FIELD_CONNECTION:
    case FIELD_KEEP_ALIVE:
    case FIELD_PROXY_CONNECTION:
    case FIELD_UPGRADE:
        return false;
    case FIELD_TRANSFER_ENCODING:
        h->chunked = true;
        return false;
    case FIELD_CONTENT_LENGTH:
        h->has_length = sl_str_u64(value, UINT64_MAX, &h->length);
        return true;
    default:
        return true;
    }
}

static bool parse_head(struct sl_str text, struct answer_head *h)
{
    enum { STATUS_AT = sizeof "HTTP/1.1 " - 1, STATUS_N = 3 };
    struct sl_str name, value, status = sl_str_sub(text, STATUS_AT, STATUS_N);
    uint64_t number;
    h->chunked = h->has_length = false;
    h->count = 1;
    if (!sl_str_starts(text, SL_STR("HTTP/1.")) || status.n < STATUS_N || !sl_str_u64(status, 999, &number))
        return false;
    h->status = (unsigned)number;
    h->fields[0] = field(SL_STR(":status"), status);
    take_line(&text, &name, &value);
    while (take_line(&text, &name, &value)) {
        if (!goes_on(h, field_id_of(name), value))
            continue;
        if (h->count > LINES_MOST)
            return false;
        h->fields[h->count++] = field(name, value);
    }
    return h->status >= 100 && h->status != 101;
}

static enum body_kind framing(const struct h2_stream *s, const struct answer_head *h)
{
    if (s->raw && h->status < 300)
        return BODY_CLOSE;
    if (s->method == METHOD_HEAD || h->status == 204 || h->status == 304)
        return BODY_NONE;
    return h->chunked ? BODY_CHUNKED : h->has_length ? BODY_LENGTH : BODY_CLOSE;
}

static bool submit(struct h2_stream *s, const struct answer_head *h)
{
    nghttp2_session *session = s->h2->session;
    nghttp2_data_provider content = {.source.ptr = s, .read_callback = h2_on_content};
    if (h->status < 200)
        return nghttp2_submit_headers(session, NGHTTP2_FLAG_NONE, s->id, NULL, h->fields, h->count, NULL) ==
               0;
    s->answering = true;
    s->raw &= h->status < 300;
    body_init(&s->body, framing(s, h), h->length);
    s->finished = body_ended(&s->body);
    return nghttp2_submit_response(session, s->id, h->fields, h->count, s->finished ? NULL : &content) == 0;
}

/* The end of a head in text, the empty line included; 0: it has not come. */
static size_t end_of_head(struct sl_str text)
{
    const char *end = text.n ? memmem(text.p, text.n, "\r\n\r\n", 4) : NULL;
    return end ? (size_t)(end - text.p) + 4 : 0;
}

/* A head lies in one piece as a rule; else its pieces are put together. */
static bool find_head(struct h2_stream *s, struct sl_str *out)
{
    struct sl_str p = piece(&s->offered);
    size_t before = s->text.n, n = before ? 0 : end_of_head(p);
    if (n > 0) {
        advance(&s->offered, n);
        *out = sl_str(p.p, n);
        return true;
    }
    sl_text_add(&s->text, p);
    n = end_of_head(sl_text_str(&s->text));
    advance(&s->offered, n ? n - before : p.n);
    *out = sl_str(s->text.p, n);
    return n > 0;
}

/* Nothing of a head is taken without room for it, so none piles up behind another. */
static bool heads(struct h2_stream *s)
{
    while (!s->answering && s->offered.count > 0 && h2_has_room(s->h2)) {
        struct answer_head h;
        struct sl_str text;
        if (!find_head(s, &text)) {
            if (s->text.n > HEAD_MOST)
                return false;
            continue;
        }
        if (!parse_head(text, &h) || !submit(s, &h))
            return false;
        sl_text_fini(&s->text);
        if (!s->answering)
            h2_write(s->h2);
    }
    return true;
}

/* ---- content ---- */

bool h2_answer(struct h2_stream *s)
{
    advance(&s->offered, 0);
    bool begun = s->answering;
    if (!heads(s))
        return false;
    if (!s->answering)
        return true;
    if (begun)
        nghttp2_session_resume_data(s->h2->session, s->id);
    h2_write(s->h2);
    return s->body.fault == BODY_OK && (s->offered.count == 0 || !s->finished);
}

/* Framing, up to payload or the end. */
static void take_framing(struct h2_stream *s)
{
    while (s->offered.count > 0 && !body_ended(&s->body) && body_run(&s->body) == 0 &&
           s->body.fault == BODY_OK) {
        size_t used;
        struct sl_str none;
        body_step(&s->body, piece(&s->offered).p, 1, &used, &none);
        advance(&s->offered, used);
    }
}

static size_t take_content(struct h2_stream *s, char *p, size_t room)
{
    size_t n = 0;
    take_framing(s);
    while (n < room && s->offered.count > 0 && body_run(&s->body) > 0) {
        struct sl_str from = piece(&s->offered);
        size_t some = (size_t)SL_MIN(body_run(&s->body), (uint64_t)SL_MIN(from.n, room - n));
        memcpy(p + n, from.p, some);
        body_skip(&s->body, some);
        advance(&s->offered, some);
        n += some;
        take_framing(s);
    }
    return n;
}

static bool submit_trailers(struct h2_stream *s)
{
    struct sl_str text = body_tail(&s->body), name, value;
    nghttp2_nv fields[LINES_MOST];
    size_t count = 0;
    while (text.n > 2 && count < LINES_MOST && take_line(&text, &name, &value))
        fields[count++] = field(name, value);
    return count > 0 && nghttp2_submit_trailer(s->h2->session, s->id, fields, count) == 0;
}

ssize_t h2_on_content(nghttp2_session *session, int32_t id, uint8_t *unused, size_t n, uint32_t *flags,
                      nghttp2_data_source *source, void *arg)
{
    struct h2_stream *s = source->ptr;
    struct h2 *h = s->h2;
    if (!h2_has_room(h)) {
        h2_stream_wait(s);
        return NGHTTP2_ERR_DEFERRED;
    }
    size_t room = SL_MIN(SL_MIN(n, buf_room(&h->out) - H2_FRAME_HEAD), s->offered.part);
    size_t taken = take_content(s, h->out.p + h->out.to + H2_FRAME_HEAD, room);
    s->offered.part -= SL_MIN(taken, s->offered.part);
    if (s->body.fault != BODY_OK)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    s->finished |= body_ended(&s->body);
    if (taken == 0 && !s->finished) {
        h2_stream_wanted(s);
        return NGHTTP2_ERR_DEFERRED;
    }
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (s->finished)
        *flags |= NGHTTP2_DATA_FLAG_EOF | (submit_trailers(s) ? NGHTTP2_DATA_FLAG_NO_END_STREAM : 0);
    return (ssize_t)taken;
}

/* client.c - see client.h. */
#include "tests/unit/proxy/h2/client.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIELDS_MOST = 300, TURNS = 4000 };

static struct reply *reply_of(struct client *c, int32_t id)
{
    assert_in_range(id, 1, 2 * REPLIES_MOST - 1);
    return &c->replies[id / 2];
}

static int on_head(nghttp2_session *s, const nghttp2_frame *f, void *arg)
{
    struct reply *r = reply_of(arg, f->hd.stream_id);
    if (r->fields.n > 0)
        sl_text_add(&r->fields, SL_STR("-\n"));
    return 0;
}

static int on_field(nghttp2_session *s, const nghttp2_frame *f, const uint8_t *name, size_t name_n,
                    const uint8_t *value, size_t value_n, uint8_t flags, void *arg)
{
    sl_text_addf(&reply_of(arg, f->hd.stream_id)->fields, "%.*s: %.*s\n", (int)name_n, (const char *)name,
                 (int)value_n, (const char *)value);
    return 0;
}

static int on_data(nghttp2_session *s, uint8_t flags, int32_t id, const uint8_t *data, size_t n, void *arg)
{
    struct client *c = arg;
    sl_text_add(&reply_of(c, id)->body, sl_str((const char *)data, n));
    if (!c->hold_windows)
        assert_int_equal(nghttp2_session_consume(s, id, n), 0);
    return 0;
}

static int on_frame(nghttp2_session *s, const nghttp2_frame *f, void *arg)
{
    struct client *c = arg;
    if (f->hd.type == NGHTTP2_GOAWAY) {
        c->goaway = true;
        c->goaway_error = f->goaway.error_code;
    }
    bool content = f->hd.type == NGHTTP2_HEADERS || f->hd.type == NGHTTP2_DATA;
    if (content && f->hd.flags & NGHTTP2_FLAG_END_STREAM)
        reply_of(c, f->hd.stream_id)->ended = true;
    return 0;
}

static int on_close(nghttp2_session *s, int32_t id, uint32_t error, void *arg)
{
    struct reply *r = reply_of(arg, id);
    r->closed = true;
    r->error = error;
    return 0;
}

static int on_refused(nghttp2_session *s, const nghttp2_frame *f, int error, void *arg)
{
    ((struct client *)arg)->refused = true;
    return 0;
}

static ssize_t on_send(nghttp2_session *s, const uint8_t *data, size_t n, int flags, void *arg)
{
    struct client *c = arg;
    ssize_t sent = send(c->world->peer, data, n, MSG_NOSIGNAL);
    return sent >= 0 ? sent : errno == EAGAIN ? NGHTTP2_ERR_WOULDBLOCK : NGHTTP2_ERR_CALLBACK_FAILURE;
}

void client_begin(struct client *c, struct world *w, const nghttp2_settings_entry *settings, size_t count)
{
    nghttp2_session_callbacks *calls;
    nghttp2_option *o;
    *c = (struct client){.world = w};
    assert_int_equal(nghttp2_session_callbacks_new(&calls), 0);
    nghttp2_session_callbacks_set_on_begin_headers_callback(calls, on_head);
    nghttp2_session_callbacks_set_on_header_callback(calls, on_field);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(calls, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(calls, on_close);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(calls, on_refused);
    nghttp2_session_callbacks_set_send_callback(calls, on_send);
    assert_int_equal(nghttp2_option_new(&o), 0);
    nghttp2_option_set_no_auto_window_update(o, 1);
    nghttp2_option_set_no_http_messaging(o, 0);
    assert_int_equal(nghttp2_session_client_new2(&c->session, calls, c, o), 0);
    nghttp2_option_del(o);
    nghttp2_session_callbacks_del(calls);
    assert_int_equal(nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, settings, count), 0);
}

void client_end(struct client *c)
{
    for (size_t i = 0; i < REPLIES_MOST; i++) {
        sl_text_fini(&c->replies[i].fields);
        sl_text_fini(&c->replies[i].body);
    }
    nghttp2_session_del(c->session);
}

static bool read_on(struct client *c)
{
    uint8_t space[65536];
    ssize_t n = recv(c->world->peer, space, sizeof space, MSG_DONTWAIT);
    if (n > 0 && nghttp2_session_mem_recv(c->session, space, (size_t)n) != n)
        c->refused = true;
    return n > 0;
}

void client_turn(struct client *c)
{
    int quiet = 0;
    for (int i = 0; i < TURNS && quiet < 3; i++) {
        nghttp2_session_send(c->session);
        world_turn(c->world);
        quiet = read_on(c) || nghttp2_session_want_write(c->session) ? 0 : quiet + 1;
    }
}

static ssize_t on_upload(nghttp2_session *s, int32_t id, uint8_t *buf, size_t room, uint32_t *flags,
                         nghttp2_data_source *source, void *arg)
{
    struct reply *r = source->ptr;
    size_t n = SL_MIN(room, r->upload_n);
    memcpy(buf, r->upload, n);
    r->upload += n;
    r->upload_n -= n;
    if (r->upload_n > 0)
        return (ssize_t)n;
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (r->trailers[0]) {
        nghttp2_nv nv = {(uint8_t *)r->trailers[0], (uint8_t *)r->trailers[1], strlen(r->trailers[0]),
                         strlen(r->trailers[1]), 0};
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        assert_int_equal(nghttp2_submit_trailer(s, id, &nv, 1), 0);
    }
    return (ssize_t)n;
}

struct reply *client_ask(struct client *c, const char *const *fields, const char *upload, size_t upload_n)
{
    nghttp2_nv nv[FIELDS_MOST];
    size_t n = 0;
    struct reply *r = reply_of(c, nghttp2_session_get_next_stream_id(c->session));
    nghttp2_data_provider provider = {.source.ptr = r, .read_callback = on_upload};
    for (; fields[2 * n]; n++) {
        assert_in_range(n, 0, FIELDS_MOST - 1);
        nv[n] = (nghttp2_nv){(uint8_t *)fields[2 * n], (uint8_t *)fields[2 * n + 1], strlen(fields[2 * n]),
                             strlen(fields[2 * n + 1]), 0};
    }
    r->upload = upload;
    r->upload_n = upload_n;
    assert_true(nghttp2_submit_request(c->session, NULL, nv, n, upload ? &provider : NULL, NULL) > 0);
    return r;
}

struct reply *client_get(struct client *c, const char *path)
{
    const char *fields[] = {":method", "GET", ":scheme",    "https",  ":authority", "a.test",
                            ":path",   path,  "user-agent", "tester", NULL};
    return client_ask(c, fields, NULL, 0);
}

int32_t client_id(const struct client *c, const struct reply *r)
{
    return (int32_t)(r - c->replies) * 2 + 1;
}

const char *reply_text(const struct reply *r)
{
    return r->fields.p ? r->fields.p : "";
}

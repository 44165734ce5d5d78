/* world.c - see world.h. */
#include "tests/unit/proxy/h2/world.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TURNS = 8, READ = 16384 };

static void write_on(struct served *s)
{
    while (s->open && s->answer && s->written < s->answer_n) {
        size_t left = s->answer_n - s->written, n = s->write_step ? SL_MIN(left, s->write_step) : left, done;
        struct iovec piece = {(void *)(s->answer + s->written), n};
        enum io_result r = sock_send(&s->sock, &piece, 1, &done);
        s->written += done;
        s->lost |= r == IO_LOST;
        if (r != IO_DATA)
            return;
    }
}

static void read_on(struct served *s)
{
    char space[READ];
    while (s->open && !s->hold_reading) {
        struct buf b = {.p = space, .cap = sizeof space};
        size_t n;
        enum io_result r = sock_recv_some(&s->sock, &b, s->read_step ? s->read_step : READ, &n);
        sl_text_add(&s->request, sl_str(space, n));
        s->ended |= r == IO_END;
        s->lost |= r == IO_LOST;
        if (r != IO_DATA)
            return;
    }
}

static void on_stream(void *owner, uint32_t events)
{
    struct served *s = owner;
    bool before = s->request.n > 0;
    sock_note(&s->sock, events);
    read_on(s);
    if (!before && s->request.n > 0 && s->world->serve)
        s->world->serve(s);
    write_on(s);
    if (s->lost && s->open)
        served_close(s);
}

static bool begin_stream(void *arg, struct h2_stream *stream)
{
    struct world *w = arg;
    if (w->refuse)
        return false;
    assert_true(w->count < SERVED_MOST);
    struct served *s = w->served[w->count++] = sl_calloc(1, sizeof *s);
    *s = (struct served){.world = w, .open = true, .hold_reading = w->hold_reading};
    h2_stream_take(stream, &s->sock, on_stream, s);
    return true;
}

static void run(struct world *w)
{
    if (!w->h2)
        return;
    w->state = h2_run(w->h2);
    if (w->state != H2_OVER)
        return;
    h2_free(&w->h2);
    sock_close(&w->sock, w->loop);
}

static void on_event(void *owner, uint32_t events)
{
    struct world *w = owner;
    sock_note(&w->sock, events);
    run(w);
}

static void wake(void *arg)
{
    run(arg);
}

void world_begin(struct world *w, void (*serve)(struct served *))
{
    static const struct h2_owner owner = {begin_stream, wake};
    int fds[2];
    *w = (struct world){.serve = serve, .metrics = sl_calloc(1, sizeof *w->metrics)};
    assert_true(loop_new(NULL, &w->loop, NULL));
    buf_pool_init(&w->bufs, 1 << 20);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    w->peer = fds[1];
    assert_true(sock_open(&w->sock, w->loop, fds[0], on_event, w));
    struct h2_config cfg = {.loop = w->loop,
                            .bufs = &w->bufs,
                            .metrics = w->metrics,
                            .memory = w->memory = h2_memory_new(),
                            .limits = {.bytes = 65536, .fields = HEAD_FIELDS_MAX},
                            .streams = 100};
    w->h2 = h2_new(&cfg, &w->sock, &owner, w);
}

void world_end(struct world *w)
{
    h2_free(&w->h2);
    sock_close(&w->sock, w->loop);
    for (size_t i = 0; i < w->count; i++) {
        served_close(w->served[i]);
        sl_text_fini(&w->served[i]->request);
        free(w->served[i]);
    }
    loop_turn(w->loop, 0);
    if (w->peer >= 0)
        close(w->peer);
    assert_int_equal(loop_count(w->loop), 0);
    assert_int_equal(w->bufs.in_use, 0);
    loop_free(&w->loop);
    buf_pool_fini(&w->bufs);
    h2_memory_free(&w->memory);
    free(w->metrics);
}

void world_turn(struct world *w)
{
    for (int i = 0; i < TURNS; i++)
        loop_turn(w->loop, 0);
}

void served_say(struct served *s, const char *text)
{
    s->answer = text;
    s->answer_n = strlen(text);
    s->written = 0;
    write_on(s);
}

void served_answer_n(struct served *s, const char *text, size_t n)
{
    s->answer = text;
    s->answer_n = n;
    s->written = 0;
    write_on(s);
    if (s->written == n)
        served_close(s);
}

void served_answer(struct served *s, const char *text)
{
    served_answer_n(s, text, strlen(text));
}

void served_close(struct served *s)
{
    if (s->open)
        sock_close(&s->sock, s->world->loop);
    s->open = false;
}

void served_abort(struct served *s)
{
    if (s->open)
        sock_abort(&s->sock, s->world->loop);
    s->open = false;
}

void served_go_on(struct served *s)
{
    s->hold_reading = false;
    on_stream(s, 0);
}

uint64_t world_metric(const struct world *w, enum metric m)
{
    return metrics_get(w->metrics, m);
}

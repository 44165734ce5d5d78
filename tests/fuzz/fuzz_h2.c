/* fuzz_h2.c - any bytes as what a client of HTTP/2 sends, behind the preface, and as what is answered.
 *
 * What comes out of a stream must be one request of HTTP/1.1 that our own parser reads, whose content ends
 * where the parser says, and which is the same however it is read. Whatever is answered, and whenever a
 * stream is closed, nothing is left behind.
 *
 * The first byte chooses in what pieces bytes move, the second what is answered; up to the last 0xff 0xff
 * the rest is the client's, behind it the answer's. */
#include <stdlib.h>

#include "proxy/h2/h2.h"
#include "proxy/http/body.h"

enum { SERVED_MOST = 512, READ = 4096 };

struct served {
    struct sock sock;
    struct sl_text request;
    size_t written;
    bool open;
};

struct run {
    struct loop *loop;
    struct buf_pool bufs;
    struct metrics metrics;
    struct h2 *h2;
    struct sock sock;
    struct sock_tls net;
    struct sl_str from_client, answer;
    size_t read_step, write_step,
        room; /* room: what the client's socket takes at once; then it waits a turn */
    bool close_early, hold;
    struct served *served[SERVED_MOST];
    size_t count;
    bool over;
};

static struct run run;

/* ---- the client's socket, in memory ---- */

static enum io_result client_recv(struct sock *s, char *p, size_t room, size_t *out_n)
{
    size_t n = SL_MIN(SL_MIN(room, run.read_step), run.from_client.n);
    if (n == 0) {
        s->readable = false;
        return IO_WAIT;
    }
    memcpy(p, run.from_client.p, n);
    run.from_client = sl_str_sub(run.from_client, n, SIZE_MAX);
    *out_n = n;
    return IO_DATA;
}

static enum io_result client_send(struct sock *s, const struct iovec *pieces, int count, size_t wanted,
                                  size_t *out_n)
{
    *out_n = SL_MIN(wanted, run.room);
    run.room -= *out_n;
    s->writable = *out_n == wanted;
    return s->writable ? IO_DATA : IO_WAIT;
}

static void client_shutdown(struct sock *s)
{
}
static bool client_silent(struct sock *s)
{
    return run.from_client.n == 0;
}
static size_t client_waiting(struct sock *s)
{
    return run.from_client.n;
}
static void client_close(struct sock *s, bool orderly)
{
}

static const struct sock_transport client = {.recv = client_recv,
                                             .send = client_send,
                                             .shutdown = client_shutdown,
                                             .silent = client_silent,
                                             .waiting = client_waiting,
                                             .close = client_close};

/* ---- what reads the streams ---- */

static void check_body(const struct head *h, const char *p, size_t n)
{
    SL_CLEANUP(sl_freep) char *copy = sl_malloc(n + 1);
    struct body b;
    size_t used, relay;
    memcpy(copy, p, n);
    body_init(&b, h->body, h->content_length);
    enum body_result r = n > 0 ? body_scan(&b, copy, n, &used, &relay) : BODY_MORE;
    sl_assert(r != BODY_BAD || b.fault == BODY_TOO_LARGE || b.fault == BODY_BAD_TRAILER);
    sl_assert(r != BODY_END || used == n || h->method == METHOD_CONNECT);
    body_fini(&b);
}

static void check_request(const struct served *s)
{
    struct head head;
    struct sl_str text = sl_text_str(&s->request);
    const char *end = text.n ? memmem(text.p, text.n, "\r\n\r\n", 4) : NULL;
    struct head_limits limits = {.bytes = 65536, .fields = HEAD_FIELDS_MAX};
    head_init(&head);
    enum head_result r = text.n ? head_parse_request(&head, text.p, text.n, limits) : HEAD_MORE;
    if (r == HEAD_BAD) {
        /* What is bad is bad in a way that the states answer with a page, never in how it is framed. */
        enum head_fault f = head.fault;
        sl_assert(f != HEAD_BARE_LF && f != HEAD_BARE_CR && f != HEAD_CONTROL_BYTE && f != HEAD_LINE &&
                  f != HEAD_METHOD && f != HEAD_VERSION && f != HEAD_FIELD_NAME && f != HEAD_FOLDED &&
                  f != HEAD_LENGTH && f != HEAD_LENGTH_AND_CODING && f != HEAD_CODING &&
                  f != HEAD_CODING_UNKNOWN && f != HEAD_NO_HOST && f != HEAD_HOSTS);
        return;
    }
    if (r == HEAD_MORE)
        return;
    sl_assert(end && head.length == (size_t)(end - text.p) + 4 && !head.keep_alive && head.minor == 1);
    if (head.method != METHOD_CONNECT)
        check_body(&head, text.p + head.length, text.n - head.length);
}

static void end(struct served *s, bool orderly)
{
    if (!s->open)
        return;
    s->open = false;
    if (orderly)
        sock_close(&s->sock, run.loop);
    else
        sock_abort(&s->sock, run.loop);
}

static void read_on(struct served *s)
{
    char space[READ];
    enum io_result r = IO_DATA;
    while (r == IO_DATA && s->open) {
        struct buf b = {.p = space, .cap = sizeof space};
        size_t n;
        r = sock_recv_some(&s->sock, &b, SL_MIN(run.read_step, (size_t)READ), &n);
        sl_text_add(&s->request, sl_str(space, n));
        if (r == IO_LOST)
            end(s, false);
    }
}

static void write_on(struct served *s)
{
    while (s->open && s->written < run.answer.n) {
        size_t n, most = SL_MIN(run.write_step, run.answer.n - s->written);
        struct iovec pieces[] = {{(void *)(run.answer.p + s->written), most / 2},
                                 {(void *)(run.answer.p + s->written + most / 2), most - most / 2}};
        enum io_result r = sock_send(&s->sock, pieces, 2, &n);
        sl_assert(n <= most);
        s->written += n;
        if (r == IO_LOST)
            end(s, false);
        if (r != IO_DATA)
            return;
    }
    if (s->open && s->written == run.answer.n)
        end(s, !run.close_early);
}

static void on_stream(void *owner, uint32_t events)
{
    struct served *s = owner;
    sock_note(&s->sock, events);
    if (s->open && !run.hold)
        read_on(s);
    write_on(s);
}

static bool on_begin(void *arg, struct h2_stream *stream)
{
    if (run.count == SERVED_MOST)
        return false;
    struct served *s = run.served[run.count++] = sl_calloc(1, sizeof *s);
    s->open = true;
    h2_stream_take(stream, &s->sock, on_stream, s);
    return true;
}

static void on_wake(void *arg)
{
    if (!run.over)
        run.over = h2_run(run.h2) == H2_OVER;
}

static const struct h2_owner owner = {on_begin, on_wake};

/* ---- a run ---- */

static const char *const answers[] = {
    "",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
};

static void divide(struct sl_str all)
{
    size_t at = all.n;
    for (size_t i = 2; i + 1 < all.n; i++)
        if (all.p[i] == (char)0xff && all.p[i + 1] == (char)0xff)
            at = i;
    run.from_client = sl_str_sub(all, 2, at - 2);
    run.answer = sl_str_sub(all, SL_MIN(at + 2, all.n), SIZE_MAX);
    if (at == all.n)
        run.answer = sl_cstr(answers[(uint8_t)all.p[1] % SL_COUNT(answers)]);
}

static void begin(struct sl_str all, struct sl_text *sent)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
    static const size_t steps[] = {1, 3, 17, 16384};
    uint8_t how = (uint8_t)all.p[0];
    struct loop *loop = run.loop;
    memset(&run, 0, sizeof run);
    run.loop = loop;
    divide(all);
    sl_text_add(sent, sl_str(preface, sizeof preface - 1));
    sl_text_add(sent, run.from_client);
    run.from_client = sl_text_str(sent);
    run.read_step = steps[how & 3];
    run.write_step = steps[how >> 2 & 3];
    run.hold = how & 0x10;
    run.close_early = how & 0x20;
    buf_pool_init(&run.bufs, 1 << 20);
    run.net.calls = &client;
    run.sock = (struct sock){.fd = -1, .readable = true, .tls = &run.net};
    struct h2_config cfg = {.loop = run.loop,
                            .bufs = &run.bufs,
                            .metrics = &run.metrics,
                            .limits = {.bytes = 65536, .fields = HEAD_FIELDS_MAX},
                            .streams = 100};
    run.h2 = h2_new(&cfg, &run.sock, &owner, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SL_CLEANUP(sl_text_fini) struct sl_text sent = {0};
    if (size < 2 || size > 100000)
        return 0;
    if (!run.loop)
        sl_assert(loop_new(NULL, &run.loop, NULL));
    begin(sl_str((const char *)data, size), &sent);
    for (int turn = 0; turn < 200 && !run.over && (run.from_client.n > 0 || turn < 8); turn++) {
        run.room = data[0] & 0x40 ? 50 : 1 << 20;
        run.sock.readable = run.sock.writable = true;
        on_wake(NULL);
        loop_turn(run.loop, 0);
        run.hold = run.hold && turn < 4;
    }
    h2_free(&run.h2);
    for (size_t i = 0; i < run.count; i++) {
        end(run.served[i], true);
        check_request(run.served[i]);
        sl_text_fini(&run.served[i]->request);
        free(run.served[i]);
    }
    loop_turn(run.loop, 0);
    sl_assert(run.bufs.in_use == 0);
    buf_pool_fini(&run.bufs);
    return 0;
}

/* test_flow.c - unit tests of proxy/conn/flow.c: whatever the pieces in which bytes come and go, the result
 * is the same. */
#include "proxy/conn/flow.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/cmocka_all.h"

struct rig {
    struct loop *loop;
    struct buf_pool pool;
    struct pipe_pool pipes;
    struct sock from, to;
    int source, sink; /* our ends */
    struct sl_text got;
    struct flow flow;
};

static void ignore(void *owner, uint32_t events)
{
    sock_note(owner, events);
}

static void open_pair(struct rig *r, struct sock *s, int *own, int sndbuf)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &sndbuf, sizeof sndbuf);
    *own = fds[1];
    assert_true(sock_open(s, r->loop, fds[0], ignore, s));
}

static void begin(struct rig *r, enum body_kind kind, uint64_t length)
{
    memset(r, 0, sizeof *r);
    assert_true(loop_new(NULL, &r->loop, NULL));
    buf_pool_init(&r->pool, 1 << 20);
    pipe_pool_init(&r->pipes);
    open_pair(r, &r->from, &r->source, 4096);
    open_pair(r, &r->to, &r->sink, 1); /* the least the kernel allows: sends are short */
    flow_begin(&r->flow, kind, length);
}

static void end(struct rig *r)
{
    flow_fini(&r->flow, &r->pool);
    assert_int_equal(r->pool.in_use, 0);
    buf_pool_fini(&r->pool);
    pipe_pool_fini(&r->pipes);
    sock_close(&r->from, r->loop);
    sock_close(&r->to, r->loop);
    loop_free(&r->loop);
    close(r->source);
    close(r->sink);
    sl_text_fini(&r->got);
}

static void drain(struct rig *r, size_t most)
{
    char piece[8192];
    ssize_t n = read(r->sink, piece, SL_MIN(most, sizeof piece));
    if (n > 0)
        sl_text_add(&r->got, sl_str(piece, (size_t)n));
}

/* Turns until the flow is over or stuck. */
static enum body_result pump(struct rig *r)
{
    size_t n;
    for (int i = 0; i < 100000; i++) {
        loop_turn(r->loop, 0);
        enum io_result io = flow_send(&r->flow, &r->pool, &r->to, &n);
        drain(r, 1 + (size_t)i % 3000);
        if (io == IO_DATA && r->flow.ended) {
            while (drain(r, 8192), r->got.n < r->flow.sent)
                ;
            return BODY_END;
        }
        if (io != IO_DATA)
            continue;
        io = flow_fill(&r->flow, &r->pool, &r->from, SIZE_MAX, &n);
        if (io == IO_DATA && flow_scan(&r->flow) == BODY_BAD)
            return BODY_BAD;
        if (io == IO_END && flow_eof(&r->flow) == BODY_BAD)
            return BODY_BAD;
    }
    return BODY_MORE;
}

/* Writes text to the source in pieces of n bytes, pumping in between. */
static enum body_result feed(struct rig *r, const char *text, size_t total, size_t n)
{
    enum body_result result = BODY_MORE;
    for (size_t at = 0; at < total && result == BODY_MORE; at += n) {
        size_t piece = SL_MIN(n, total - at), sent;
        assert_int_equal(write(r->source, text + at, piece), piece);
        loop_turn(r->loop, 0);
        if (buf_used(&r->flow.data) == 0 && flow_pending(&r->flow) == 0 &&
            flow_fill(&r->flow, &r->pool, &r->from, SIZE_MAX, &sent) == IO_DATA)
            result = flow_scan(&r->flow);
        if (result != BODY_BAD)
            flow_send(&r->flow, &r->pool, &r->to, &sent);
        drain(r, 8192);
    }
    return result;
}

static const struct {
    enum body_kind kind;
    uint64_t length;
    const char *in, *out; /* out: with "head:" before it */
    bool dechunk;
} cases[] = {
    {BODY_LENGTH, 5, "helloGET /", "head:hello", false},
    {BODY_CHUNKED, 0, "3\r\nabc\r\n0\r\n\r\nGET /", "head:3\r\nabc\r\n0\r\n\r\n", false},
    {BODY_CHUNKED, 0, "3\r\nabc\r\n0\r\nX-A: 1\r\nHost: evil\r\n\r\nGET /",
     "head:3\r\nabc\r\n0\r\nX-A: 1\r\n\r\n", false},
    {BODY_CHUNKED, 0, "3;ext\r\nabc\r\n2 ;e=\"x\"\r\nde\r\n0;z\r\n\r\nGET /",
     "head:3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", false},
    {BODY_CHUNKED, 0, "3\r\nabc\r\n2;e\r\nde\r\n0\r\nX-A: 1\r\n\r\nGET /", "head:abcde", true},
};

TEST(flow__sends_the_same_however_it_is_cut_up)
{
    for (size_t i = 0; i < SL_COUNT(cases); i++)
        for (size_t n = 1; n < 40; n++) {
            struct rig r;
            begin(&r, cases[i].kind, cases[i].length);
            r.flow.dechunk = cases[i].dechunk;
            flow_lead(&r.flow, &r.pool, SL_STR("head:"));
            enum body_result result = feed(&r, cases[i].in, strlen(cases[i].in), n);
            if (result == BODY_MORE)
                result = pump(&r);
            size_t left;
            flow_send(&r.flow, &r.pool, &r.to, &left);
            drain(&r, 8192);
            if (result != BODY_END || !sl_str_eq(sl_text_str(&r.got), sl_cstr(cases[i].out)))
                fail_msg("case %zu in pieces of %zu: '%.*s'", i, n, SL_FMT(sl_text_str(&r.got)));
            end(&r);
        }
}

TEST(flow__keeps_what_follows_the_body_for_the_next_message)
{
    struct rig r;
    size_t n;
    begin(&r, BODY_CHUNKED, 0);
    const char *text = "1\r\na\r\n0\r\nX-A: 1\r\n\r\nnext";
    assert_int_equal(write(r.source, text, strlen(text)), strlen(text));
    loop_turn(r.loop, 0);
    assert_int_equal(flow_fill(&r.flow, &r.pool, &r.from, SIZE_MAX, &n), IO_DATA);
    assert_int_equal(flow_scan(&r.flow), BODY_END);
    loop_turn(r.loop, 0);
    assert_int_equal(flow_send(&r.flow, &r.pool, &r.to, &n), IO_DATA);
    assert_true(sl_str_eq(buf_str(&r.flow.data), SL_STR("next")));
    end(&r);
}

TEST(flow_hold_end__keeps_the_last_byte_or_the_tail)
{
    for (int chunked = 0; chunked < 2; chunked++) {
        struct rig r;
        size_t n;
        const char *text = chunked ? "1\r\na\r\n0\r\nX-A: 1\r\n\r\n" : "hello";
        begin(&r, chunked ? BODY_CHUNKED : BODY_LENGTH, 5);
        assert_int_equal(write(r.source, text, strlen(text)), strlen(text));
        loop_turn(r.loop, 0);
        assert_int_equal(flow_fill(&r.flow, &r.pool, &r.from, SIZE_MAX, &n), IO_DATA);
        assert_int_equal(flow_scan(&r.flow), BODY_END);
        flow_hold_end(&r.flow);
        loop_turn(r.loop, 0);
        assert_int_equal(flow_send(&r.flow, &r.pool, &r.to, &n), IO_DATA);
        drain(&r, 8192);
        assert_true(r.got.n < strlen(text));
        flow_release_end(&r.flow);
        assert_int_equal(flow_send(&r.flow, &r.pool, &r.to, &n), IO_DATA);
        drain(&r, 8192);
        assert_true(sl_str_eq(sl_text_str(&r.got), sl_cstr(text)));
        assert_int_equal(r.pool.in_use, 0);
        end(&r);
    }
}

TEST(flow__a_slow_sink_holds_one_piece_only)
{
    enum { TOTAL = 3 << 20 };
    struct rig r;
    size_t fed = 0, most = 0;
    char *data = sl_malloc(TOTAL);
    for (size_t i = 0; i < TOTAL; i++)
        data[i] = (char)(i * 7 + i / 1000);
    begin(&r, BODY_LENGTH, TOTAL);
    for (int i = 0; r.got.n < TOTAL; i++) {
        size_t n;
        assert_true(i < 1000000);
        if (fed < TOTAL) {
            ssize_t put = write(r.source, data + fed, SL_MIN((size_t)TOTAL - fed, (size_t)100000));
            fed += put > 0 ? (size_t)put : 0;
        }
        loop_turn(r.loop, 0);
        if (flow_send(&r.flow, &r.pool, &r.to, &n) == IO_DATA && !r.flow.ended &&
            flow_fill(&r.flow, &r.pool, &r.from, SIZE_MAX, &n) == IO_DATA)
            assert_int_not_equal(flow_scan(&r.flow), BODY_BAD);
        most = SL_MAX(most, r.pool.in_use);
        drain(&r, 8192);
    }
    assert_memory_equal(r.got.p, data, TOTAL);
    assert_true(most <= BUF_LARGE);
    free(data);
    end(&r);
}

/* A body of which more is to come than one read took. */
TEST(flow__passes_a_large_body_through_a_pipe_all_but_its_last_byte)
{
    enum { SIZE = 300 * 1024 };
    struct rig r;
    int room = 1 << 20;
    size_t n, at = 0;
    char *text = sl_malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++)
        text[i] = (char)(i * 31 >> 5);
    begin(&r, BODY_LENGTH, SIZE);
    flow_use_pipes(&r.flow, &r.pipes, &r.from, &r.to);
    setsockopt(r.source, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    r.flow.large = true; /* as if the read before had been */
    while (!r.flow.ended || flow_pending(&r.flow) > 0) {
        ssize_t sent = write(r.source, text + at, SIZE - at);
        at += sent > 0 ? (size_t)sent : 0;
        loop_turn(r.loop, 0);
        if (flow_pending(&r.flow) == 0 && flow_fill(&r.flow, &r.pool, &r.from, SIZE_MAX, &n) == IO_DATA)
            flow_scan(&r.flow);
        assert_false(r.flow.ended && r.flow.ready == 0 && flow_pending(&r.flow) > 0);
        flow_send(&r.flow, &r.pool, &r.to, &n);
        drain(&r, 8192);
    }
    while (r.got.n < SIZE)
        drain(&r, 8192);
    assert_memory_equal(r.got.p, text, SIZE);
    assert_int_equal(r.flow.sent, SIZE);
    assert_in_range(r.pipes.bytes, 1, SIZE - 1);
    assert_null(r.flow.pipe);
    free(text);
    end(&r);
}

TEST(flow_eof__tells_an_end_from_a_cut)
{
    static const struct {
        enum body_kind kind;
        const char *in;
        enum body_result result;
    } ends[] = {{BODY_CLOSE, "abc", BODY_END},
                {BODY_LENGTH, "abc", BODY_BAD},
                {BODY_CHUNKED, "3\r\nabc\r\n", BODY_BAD}};
    for (size_t i = 0; i < SL_COUNT(ends); i++) {
        struct rig r;
        begin(&r, ends[i].kind, 5);
        assert_true(write(r.source, ends[i].in, strlen(ends[i].in)) > 0);
        shutdown(r.source, SHUT_WR);
        assert_int_equal(pump(&r), ends[i].result);
        end(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flow__sends_the_same_however_it_is_cut_up),
        cmocka_unit_test(flow__keeps_what_follows_the_body_for_the_next_message),
        cmocka_unit_test(flow_hold_end__keeps_the_last_byte_or_the_tail),
        cmocka_unit_test(flow__passes_a_large_body_through_a_pipe_all_but_its_last_byte),
        cmocka_unit_test(flow__a_slow_sink_holds_one_piece_only),
        cmocka_unit_test(flow_eof__tells_an_end_from_a_cut),
    };
    return cmocka_run_group_tests_name("proxy/conn/flow", tests, NULL, NULL);
}

/* test_pipe.c - unit tests of proxy/net/pipe.c. */
#include "proxy/net/pipe.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/cmocka_all.h"

struct rig {
    struct loop *loop;
    struct pipe_pool pool;
    struct sock from, to;
    int source, sink; /* our ends */
};

static void note(void *owner, uint32_t events)
{
    sock_note(owner, events);
}

static void open_pair(struct rig *r, struct sock *s, int *own)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    *own = fds[1];
    assert_true(sock_open(s, r->loop, fds[0], note, s));
}

static void begin(struct rig *r)
{
    assert_true(loop_new(NULL, &r->loop, NULL));
    pipe_pool_init(&r->pool);
    open_pair(r, &r->from, &r->source);
    open_pair(r, &r->to, &r->sink);
}

static void end(struct rig *r)
{
    sock_close(&r->from, r->loop);
    sock_close(&r->to, r->loop);
    pipe_pool_fini(&r->pool);
    loop_free(&r->loop);
    close(r->source);
    close(r->sink);
}

TEST(pipe__moves_bytes_and_tells_what_the_sockets_say)
{
    struct rig r;
    char got[16] = "";
    size_t n;
    begin(&r);
    struct pipe *p = pipe_take(&r.pool);
    assert_non_null(p);
    loop_turn(r.loop, 0);
    assert_int_equal(pipe_fill(&r.pool, p, &r.from, 100, &n), IO_WAIT);
    assert_int_equal(write(r.source, "hello", 5), 5);
    loop_turn(r.loop, 0);
    assert_int_equal(pipe_fill(&r.pool, p, &r.from, 3, &n), IO_DATA);
    assert_int_equal(n, 3);
    assert_true(r.from.readable); /* only "try again" clears it */
    assert_int_equal(pipe_drain(p, &r.to, &n), IO_DATA);
    assert_int_equal(pipe_fill(&r.pool, p, &r.from, 100, &n), IO_DATA);
    assert_int_equal(pipe_drain(p, &r.to, &n), IO_DATA);
    assert_int_equal(read(r.sink, got, sizeof got), 5);
    assert_string_equal(got, "hello");
    assert_int_equal(pipe_fill(&r.pool, p, &r.from, 100, &n), IO_WAIT);
    assert_false(r.from.readable);
    shutdown(r.source, SHUT_WR);
    loop_turn(r.loop, 0);
    assert_int_equal(pipe_fill(&r.pool, p, &r.from, 100, &n), IO_END);
    assert_int_equal(r.pool.bytes, 5);
    pipe_give(&r.pool, &p);
    end(&r);
}

TEST(pipe__a_sink_that_is_full_or_gone_shows)
{
    struct rig r;
    char piece[4096] = {0};
    size_t n;
    begin(&r);
    struct pipe *p = pipe_take(&r.pool);
    loop_turn(r.loop, 0);
    while (send(r.to.fd, piece, sizeof piece, MSG_DONTWAIT) > 0)
        ;
    assert_int_equal(write(r.source, "x", 1), 1);
    loop_turn(r.loop, 0);
    r.to.writable = true;
    assert_int_equal(pipe_fill(&r.pool, p, &r.from, 100, &n), IO_DATA);
    assert_int_equal(pipe_drain(p, &r.to, &n), IO_WAIT);
    assert_int_equal(p->used, 1);
    assert_false(r.to.writable);
    shutdown(r.sink, SHUT_RDWR);
    r.to.writable = true;
    assert_int_equal(pipe_drain(p, &r.to, &n), IO_LOST);
    assert_true(r.to.broken);
    pipe_give(&r.pool, &p);
    assert_int_equal(r.pool.spare_count, 0); /* its byte must reach nobody else */
    end(&r);
}

TEST(pipe_pool__is_bounded_and_gives_empty_ones_again)
{
    struct pipe_pool pool;
    struct pipe *pipes[PIPES_MOST + 1];
    pipe_pool_init(&pool);
    unsigned count = 0;
    while (count <= PIPES_MOST && (pipes[count] = pipe_take(&pool)))
        count++;
    assert_in_range(count, 1, PIPES_MOST);
    struct pipe *last = pipes[count - 1];
    pipe_give(&pool, &pipes[count - 1]);
    assert_ptr_equal(pipe_take(&pool), last);
    pipes[count - 1] = last;
    while (count > 0)
        pipe_give(&pool, &pipes[--count]);
    assert_in_range(pool.open, 1, 8);
    pipe_pool_fini(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pipe__moves_bytes_and_tells_what_the_sockets_say),
        cmocka_unit_test(pipe__a_sink_that_is_full_or_gone_shows),
        cmocka_unit_test(pipe_pool__is_bounded_and_gives_empty_ones_again),
    };
    signal(SIGPIPE, SIG_IGN); /* as the program does */
    return cmocka_run_group_tests_name("proxy/net/pipe", tests, NULL, NULL);
}

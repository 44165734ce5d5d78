/* test_pool_queue.c - unit tests of proxy/net/pool_queue.c. */
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/net/pool.h"
#include "tests/support/cmocka_all.h"

enum { PEERS = 16 };

static struct loop *loop;
static struct pool *pool;
static struct metrics metrics;
static int peers[PEERS];
static size_t peer_count;

struct guest {
    struct pool_wait wait;
    unsigned told; /* in which place; 0: not yet */
    struct upstream *upstream;
};
static unsigned told_count;

static void ignore(void *owner, uint32_t events)
{
}

static void on_told(struct pool_wait *w, struct upstream *u)
{
    struct guest *g = SL_CONTAINER(w, struct guest, wait);
    g->told = ++told_count;
    g->upstream = u;
}

static void begin(size_t origin_limit, size_t open_limit, size_t queue_max)
{
    struct pool_config cfg = {.per_origin = 8,
                              .total = 8,
                              .idle_ms = 60000,
                              .origin_limit = origin_limit,
                              .open_limit = open_limit,
                              .queue_max = queue_max,
                              .metrics = &metrics};
    peer_count = 0;
    told_count = 0;
    assert_true(loop_new(NULL, &loop, NULL));
    pool = pool_new(loop, &cfg);
}

static void end(void)
{
    pool_free(&pool);
    loop_free(&loop);
    for (size_t i = 0; i < peer_count; i++)
        close(peers[i]);
    assert_int_equal(metrics_get(&metrics, METRIC_UPSTREAM_CONNECTIONS), 0);
    assert_int_equal(metrics_get(&metrics, METRIC_UPSTREAM_WAITING), 0);
}

static struct pool_key to(const char *host)
{
    return (struct pool_key){.host = sl_cstr(host), .port = 80};
}

static enum pool_seat ask(struct guest *g, const char *host, bool fresh)
{
    struct pool_key key = to(host);
    *g = (struct guest){.told = 0};
    pool_wait_init(&g->wait);
    g->wait.done = on_told;
    return pool_reserve(pool, &key, fresh, &g->wait);
}

static struct upstream *dial(struct guest *g, const char *host)
{
    struct pool_key key = to(host);
    struct sock sock;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    peers[peer_count++] = fds[1];
    assert_true(sock_open(&sock, loop, fds[0], ignore, NULL));
    struct upstream *u = pool_add(pool, &key, &sock, (struct sl_endpoint){.port = 80}, ignore, NULL);
    pool_release(pool, &g->wait);
    return u;
}

static struct upstream *open_one(const char *host)
{
    struct guest g;
    assert_int_equal(ask(&g, host, false), POOL_SEATED);
    return dial(&g, host);
}

TEST(pool_reserve__costs_nothing_without_limits)
{
    begin(0, 0, 0);
    struct guest g;
    assert_int_equal(ask(&g, "a", false), POOL_SEATED);
    assert_null(g.wait.origin);
    pool_release(pool, &g.wait);
    end();
}

TEST(pool_queue__serves_in_order_and_hands_over)
{
    begin(2, 0, 10);
    struct guest g[4], other;
    struct upstream *a = open_one("a"), *b = open_one("a"), *first = a;
    for (int i = 0; i < 4; i++)
        assert_int_equal(ask(&g[i], "a", i == 1), POOL_QUEUED); /* the second wants a fresh one */
    assert_int_equal(metrics_get(&metrics, METRIC_UPSTREAM_WAITING), 4);
    assert_int_equal(ask(&other, "b", false), POOL_SEATED); /* nobody else is in their way */
    pool_release(pool, &other.wait);
    pool_give(&a);
    assert_int_equal(g[0].told, 0); /* never from within */
    loop_turn(loop, 0);
    assert_true(g[0].told == 1 && g[0].upstream == first && first->reused);
    pool_give(&b); /* ended for who wants a fresh one */
    loop_turn(loop, 0);
    assert_true(g[1].told == 2 && !g[1].upstream && g[1].wait.seated);
    pool_release(pool, &g[2].wait); /* tired of waiting */
    pool_release(pool, &g[1].wait); /* the dial failed: the next one may */
    loop_turn(loop, 0);
    assert_true(g[2].told == 0 && g[3].told == 3 && g[3].wait.seated);
    pool_release(pool, &g[3].wait);
    pool_close(&g[0].upstream);
    end();
}

TEST(pool_queue__is_bounded)
{
    begin(1, 0, 1);
    struct guest g[2];
    struct upstream *a = open_one("a");
    assert_int_equal(ask(&g[0], "a", false), POOL_QUEUED);
    assert_int_equal(ask(&g[1], "a", false), POOL_NO_ROOM);
    assert_false(pool_waits(&g[1].wait));
    pool_release(pool, &g[1].wait); /* fine */
    pool_release(pool, &g[0].wait);
    pool_close(&a);
    end();
}

TEST(pool_queue__has_one_line_for_all_origins_when_all_is_full)
{
    begin(0, 2, 10);
    struct guest b, a, a2;
    struct upstream *u = open_one("a"), *v = open_one("a");
    assert_int_equal(ask(&b, "b", false), POOL_QUEUED);
    assert_int_equal(ask(&a, "a", false), POOL_QUEUED);
    assert_int_equal(ask(&a2, "a", false), POOL_QUEUED);
    pool_give(&u); /* a has use for it, but b came first */
    loop_turn(loop, 0);
    assert_true(b.told == 1 && b.wait.seated && a.told == 0);
    pool_give(&v); /* now a is first */
    loop_turn(loop, 0);
    assert_true(a.told == 2 && a.upstream && a2.told == 0);
    pool_release(pool, &b.wait);
    loop_turn(loop, 0);
    assert_true(a2.told == 3 && a2.wait.seated);
    pool_release(pool, &a2.wait);
    pool_close(&a.upstream);
    end();
}

TEST(pool_queue__those_of_a_full_origin_step_aside)
{
    begin(1, 2, 10);
    struct guest a, b;
    struct upstream *u = open_one("a"), *v = open_one("c");
    assert_int_equal(ask(&a, "a", false), POOL_QUEUED);
    assert_int_equal(ask(&b, "b", false), POOL_QUEUED);
    pool_close(&v);
    loop_turn(loop, 0);
    assert_true(a.told == 0 && b.told == 1);
    pool_close(&u);
    loop_turn(loop, 0);
    assert_true(a.told == 2);
    pool_release(pool, &a.wait);
    pool_release(pool, &b.wait);
    end();
}

TEST(pool_queue__idle_connections_give_way)
{
    begin(1, 2, 10);
    struct guest g;
    struct upstream *u = open_one("a"), *v = open_one("b");
    pool_give(&u);
    pool_give(&v);
    assert_int_equal(pool_idle(pool), 2);
    assert_int_equal(ask(&g, "c", false), POOL_SEATED);
    assert_int_equal(pool_idle(pool), 1);
    pool_release(pool, &g.wait);
    assert_int_equal(ask(&g, "b", true), POOL_SEATED);
    assert_int_equal(pool_idle(pool), 0);
    pool_release(pool, &g.wait);
    end();
}

TEST(pool_queue__takes_a_seat_for_a_connection_that_died_on_the_way)
{
    begin(1, 0, 10);
    struct guest g, next;
    struct upstream *u = open_one("a");
    assert_int_equal(ask(&g, "a", false), POOL_QUEUED);
    assert_int_equal(ask(&next, "a", false), POOL_QUEUED);
    pool_give(&u);
    g.wait.upstream->sock.hangup = true; /* as an event in the same turn would say */
    loop_turn(loop, 0);
    assert_true(g.told == 1 && !g.upstream && g.wait.seated && next.told == 0);
    pool_release(pool, &g.wait);
    loop_turn(loop, 0);
    assert_int_equal(next.told, 2);
    pool_release(pool, &next.wait);
    end();
}

TEST(pool_release__of_what_was_handed_over_and_not_told)
{
    begin(1, 0, 10);
    struct guest g, next;
    struct upstream *u = open_one("a");
    assert_int_equal(ask(&g, "a", false), POOL_QUEUED);
    assert_int_equal(ask(&next, "a", false), POOL_QUEUED);
    pool_give(&u);
    pool_release(pool, &g.wait);
    loop_turn(loop, 0);
    assert_true(g.told == 0 && next.told == 1 && next.wait.seated);
    pool_release(pool, &next.wait);
    end();
}

TEST(pool_configure__opens_and_closes_lines)
{
    begin(1, 0, 10);
    struct pool_config wider = {
        .per_origin = 8, .total = 8, .idle_ms = 60000, .origin_limit = 3, .queue_max = 10};
    struct guest g[3];
    struct upstream *u = open_one("a");
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask(&g[i], "a", false), POOL_QUEUED);
    pool_configure(pool, &wider);
    loop_turn(loop, 0);
    assert_true(g[0].told == 1 && g[1].told == 2 && g[2].told == 0);
    wider.origin_limit = 0;
    pool_configure(pool, &wider);
    loop_turn(loop, 0);
    assert_int_equal(g[2].told, 3);
    for (int i = 0; i < 3; i++)
        pool_release(pool, &g[i].wait);
    pool_close(&u);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pool_reserve__costs_nothing_without_limits),
        cmocka_unit_test(pool_queue__serves_in_order_and_hands_over),
        cmocka_unit_test(pool_queue__is_bounded),
        cmocka_unit_test(pool_queue__has_one_line_for_all_origins_when_all_is_full),
        cmocka_unit_test(pool_queue__those_of_a_full_origin_step_aside),
        cmocka_unit_test(pool_queue__idle_connections_give_way),
        cmocka_unit_test(pool_queue__takes_a_seat_for_a_connection_that_died_on_the_way),
        cmocka_unit_test(pool_release__of_what_was_handed_over_and_not_told),
        cmocka_unit_test(pool_configure__opens_and_closes_lines),
    };
    return cmocka_run_group_tests_name("proxy/net/pool_queue", tests, NULL, NULL);
}

/* test_pool.c - unit tests of proxy/net/pool.c. */
#include "proxy/net/pool.h"

#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/cmocka_all.h"

enum { PEERS = 8 };

static struct loop *loop;
static struct pool *pool;
static struct metrics metrics;
static int peers[PEERS];
static size_t peer_count;

static void ignore(void *owner, uint32_t events)
{
}

static void begin(size_t per_origin, size_t total, int64_t idle_ms)
{
    struct pool_config cfg = {
        .per_origin = per_origin, .total = total, .idle_ms = idle_ms, .metrics = &metrics};
    peer_count = 0;
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
    assert_int_equal(metrics_get(&metrics, METRIC_UPSTREAM_IDLE), 0);
}

/* A new connection, taken. The other end is peers[peer_count - 1]. */
static struct upstream *connected(const struct pool_key *key)
{
    int fds[2];
    struct sock sock;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    peers[peer_count++] = fds[1];
    assert_true(sock_open(&sock, loop, fds[0], ignore, NULL));
    return pool_add(pool, key, &sock, (struct sl_endpoint){.port = 80}, ignore, NULL);
}

static struct upstream *dialled(const char *host)
{
    struct pool_key key = {.host = sl_cstr(host), .port = 80};
    return connected(&key);
}

static struct upstream *take(const char *host, uint16_t port)
{
    struct pool_key key = {.host = sl_cstr(host), .port = port};
    return pool_take(pool, &key, ignore, NULL);
}

TEST(pool_take__gives_the_newest_of_the_same_origin)
{
    begin(4, 10, 1000);
    struct upstream *a = dialled("a"), *b = dialled("a"), *older = a, *newer = b;
    pool_give(&a);
    pool_give(&b);
    loop_turn(loop, 0); /* they are writable: no news */
    assert_int_equal(pool_idle(pool), 2);
    assert_null(take("b", 80));
    assert_null(take("a", 81));
    a = take("a", 80);
    b = take("a", 80);
    assert_ptr_equal(a, newer);
    assert_ptr_equal(b, older);
    assert_true(a->reused);
    assert_null(take("a", 80));
    pool_close(&a);
    pool_close(&b);
    end();
}

TEST(pool_take__tells_ways_and_manners_apart)
{
    begin(4, 10, 1000);
    struct sl_addr source;
    assert_true(sl_addr_parse(SL_STR("192.0.2.7"), &source));
    const struct pool_key plain = {.host = SL_STR("a"), .port = 80};
    const struct pool_key keys[] = {
        {.host = SL_STR("a"), .port = 80, .parent = SL_STR("p")},
        {.host = SL_STR("a"), .port = 80, .parent = SL_STR("q")},
        {.host = SL_STR("a"), .port = 80, .source = source},
        {.host = SL_STR("a"), .port = 80, .tls = 1},
        {.host = SL_STR("a"), .port = 80, .tls = 1, .source = source, .parent = SL_STR("p")},
    };
    struct upstream *u = dialled("a");
    pool_give(&u);
    for (size_t i = 0; i < SL_COUNT(keys); i++)
        assert_null(pool_take(pool, &keys[i], ignore, NULL));
    assert_non_null(u = pool_take(pool, &plain, ignore, NULL));
    pool_close(&u);
    for (size_t i = 0; i < SL_COUNT(keys); i++) {
        u = connected(&keys[i]);
        pool_give(&u);
        assert_null(pool_take(pool, &plain, ignore, NULL));
        assert_non_null(u = pool_take(pool, &keys[i], ignore, NULL));
        pool_close(&u);
    }
    end();
}

TEST(pool__drops_what_the_origin_closed_or_talks_unasked)
{
    begin(4, 10, 1000);
    struct upstream *a = dialled("a"), *b = dialled("a");
    pool_give(&a);
    pool_give(&b);
    close(peers[0]);
    assert_int_equal(write(peers[1], "x", 1), 1);
    loop_turn(loop, 0);
    assert_int_equal(pool_idle(pool), 0);
    assert_null(take("a", 80));
    peers[0] = dup(peers[1]); /* for end() to close */
    end();
}

TEST(pool_probe__sees_what_no_event_has_told_yet)
{
    begin(4, 10, 1000);
    struct upstream *a = dialled("a");
    pool_give(&a);
    a = take("a", 80);
    assert_true(pool_probe(a));
    close(peers[0]);
    assert_false(pool_probe(a));
    pool_close(&a);
    peer_count = 0;
    end();
}

TEST(pool_give__keeps_to_its_bounds_oldest_first)
{
    begin(2, 3, 1000);
    struct upstream *a[3], *b[2], *first_b;
    for (int i = 0; i < 3; i++)
        a[i] = dialled("a");
    for (int i = 0; i < 2; i++)
        b[i] = dialled("b");
    first_b = b[0];
    pool_give(&b[0]);
    for (int i = 0; i < 3; i++)
        pool_give(&a[i]); /* per origin: two stay */
    assert_int_equal(pool_idle(pool), 3);
    pool_give(&b[1]); /* in all: the oldest goes, which is b's own */
    assert_int_equal(pool_idle(pool), 3);
    struct upstream *u = take("b", 80);
    assert_ptr_not_equal(u, first_b);
    assert_null(take("b", 80));
    pool_close(&u);
    end();
}

TEST(pool__gives_up_the_idle_after_their_time)
{
    begin(4, 10, 20);
    struct upstream *a = dialled("a");
    pool_give(&a);
    for (int i = 0; i < 100 && pool_idle(pool) > 0; i++)
        loop_turn(loop, 10);
    assert_int_equal(pool_idle(pool), 0);
    end();
}

TEST(pool_give__closes_what_is_not_clean)
{
    begin(4, 10, 1000);
    struct upstream *a = dialled("a"), *b = dialled("a");
    assert_int_equal(write(peers[0], "rest", 4), 4);
    loop_turn(loop, 0);
    pool_give(&a); /* something is left to read */
    sock_shutdown(&b->sock);
    pool_give(&b);
    assert_int_equal(pool_idle(pool), 0);
    end();
}

TEST(pool__believes_an_origin_how_long_it_waits)
{
    static const struct {
        int64_t keep_ms;
        bool kept;
    } cases[] = {{0, true}, {60000, true}, {2000, true}, {1, false}};
    begin(4, 10, 30000);
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct upstream *a = dialled("a");
        a->keep_ms = cases[i].keep_ms;
        pool_give(&a);
        assert_int_equal(pool_idle(pool), cases[i].kept);
        pool_clear(pool);
    }
    struct upstream *brief = dialled("b");
    brief->keep_ms = 40;
    pool_give(&brief);
    usleep(30000); /* more than half of it: it may be on its way out */
    loop_turn(loop, 0);
    assert_null(take("b", 80));
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pool_take__gives_the_newest_of_the_same_origin),
        cmocka_unit_test(pool_take__tells_ways_and_manners_apart),
        cmocka_unit_test(pool__drops_what_the_origin_closed_or_talks_unasked),
        cmocka_unit_test(pool_probe__sees_what_no_event_has_told_yet),
        cmocka_unit_test(pool_give__keeps_to_its_bounds_oldest_first),
        cmocka_unit_test(pool__gives_up_the_idle_after_their_time),
        cmocka_unit_test(pool_give__closes_what_is_not_clean),
        cmocka_unit_test(pool__believes_an_origin_how_long_it_waits),
    };
    return cmocka_run_group_tests_name("proxy/net/pool", tests, NULL, NULL);
}

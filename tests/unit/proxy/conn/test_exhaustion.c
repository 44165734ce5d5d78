/* test_exhaustion.c - what becomes of clients while the kernel refuses descriptors or memory: nothing hangs,
 * nothing spins, and all is well when it gives again. The calls of this program stand before the library's.
 */
#include "tests/unit/proxy/conn/rig.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum call { CALL_ACCEPT, CALL_SOCKET, CALL_CONNECT, CALL_EPOLL_ADD, CALL_COUNT };

/* How many of the next calls fail, with what; and how often each was made. Only those of workers: the tests'
 * own threads ask the kernel by other calls (accept, epoll_wait) or before they order failures. */
static atomic_int failures[CALL_COUNT], made[CALL_COUNT];
static atomic_int error;
static _Thread_local bool spared; /* this thread's calls succeed */

static bool fails(enum call call)
{
    if (spared)
        return false;
    atomic_fetch_add(&made[call], 1);
    int left = atomic_load(&failures[call]);
    while (left > 0 && !atomic_compare_exchange_weak(&failures[call], &left, left - 1))
        ;
    if (left > 0)
        errno = atomic_load(&error);
    return left > 0;
}

int accept4(int fd, struct sockaddr *addr, socklen_t *n, int flags)
{
    return fails(CALL_ACCEPT) ? -1 : (int)syscall(SYS_accept4, fd, addr, n, flags);
}

int socket(int domain, int type, int protocol)
{
    return fails(CALL_SOCKET) ? -1 : (int)syscall(SYS_socket, domain, type, protocol);
}

int connect(int fd, const struct sockaddr *addr, socklen_t n)
{
    return fails(CALL_CONNECT) ? -1 : (int)syscall(SYS_connect, fd, addr, n);
}

int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
    bool refused = op == EPOLL_CTL_ADD && fails(CALL_EPOLL_ADD);
    return refused ? -1 : (int)syscall(SYS_epoll_ctl, epfd, op, fd, event);
}

static void order(enum call call, int count, int errno_value)
{
    atomic_store(&error, errno_value);
    atomic_store(&failures[call], count);
}

static uint64_t refused_descriptors(void)
{
    return gateway_metric(rig_gateway, "sluice_limit_hits_total{limit=\"descriptors\"}");
}

static void expect_well(void)
{
    struct client c;
    rig_open(&c);
    rig_get(&c, "/");
    rig_expect(&c, 200, "hello");
    client_close(&c);
}

TEST(accept__that_fails_pauses_and_goes_on)
{
    static const int errors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};
    rig_begin(rig_hello, NULL, NULL);
    spared = true;
    for (size_t i = 0; i < SL_COUNT(errors); i++) {
        struct client c;
        int before = atomic_load(&made[CALL_ACCEPT]);
        uint64_t hits = refused_descriptors();
        order(CALL_ACCEPT, 2, errors[i]); /* with EMFILE the second is that of the reserve */
        rig_open(&c);
        rig_get(&c, "/");
        rig_expect(&c, 200, "hello"); /* it waited in the backlog */
        client_close(&c);
        assert_true(refused_descriptors() > hits);
        assert_in_range(atomic_load(&made[CALL_ACCEPT]) - before, 3, 8); /* it did not spin */
    }
    rig_end();
}

TEST(accept__that_fails_takes_room_from_idle_clients)
{
    enum { IDLE = 20 };
    struct client c[IDLE];
    rig_begin(rig_hello, NULL, NULL);
    spared = true;
    for (int i = 0; i < IDLE; i++)
        rig_open(&c[i]);
    rig_wait_metric("sluice_client_connections_idle", IDLE);
    order(CALL_ACCEPT, 2, ENFILE);
    expect_well();
    assert_true(client_closed(&c[0])); /* the first was idle for longest */
    assert_true(gateway_metric(rig_gateway, "sluice_limit_hits_total{limit=\"idle\"}") < IDLE);
    rig_get(&c[IDLE - 1], "/");
    rig_expect(&c[IDLE - 1], 200, "hello");
    for (int i = 0; i < IDLE; i++)
        client_close(&c[i]);
    rig_end();
}

TEST(epoll__that_takes_no_client_closes_it_and_counts)
{
    struct client c;
    rig_begin(rig_hello, NULL, NULL);
    spared = true;
    order(CALL_EPOLL_ADD, 1, ENOMEM);
    rig_open(&c);
    assert_true(client_closed(&c));
    client_close(&c);
    assert_int_equal(refused_descriptors(), 1);
    assert_int_equal(gateway_metric(rig_gateway, "sluice_client_connections"), 0);
    expect_well();
    rig_end();
}

/* Towards the origin: 503 when the gateway itself has nothing left, and the connection goes on. */
TEST(dialling__without_descriptors_is_answered_and_recovers)
{
    static const struct {
        enum call call;
        int error;
    } cases[] = {{CALL_SOCKET, EMFILE},    {CALL_SOCKET, ENFILE},   {CALL_SOCKET, ENOBUFS},
                 {CALL_SOCKET, ENOMEM},    {CALL_CONNECT, ENOBUFS}, {CALL_CONNECT, ENOMEM},
                 {CALL_EPOLL_ADD, ENOMEM}, {CALL_EPOLL_ADD, ENOSPC}};
    struct client c;
    rig_begin(rig_hello, NULL, "[proxy]\npool_total = 0\n");
    spared = true;
    rig_open(&c);
    rig_get(&c, "/");
    rig_expect(&c, 200, "hello");
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        order(cases[i].call, 100, cases[i].error);
        rig_get(&c, "/");
        struct answer *a = client_read(&c, false);
        if (!a->whole || a->status != 503)
            fail_msg("case %zu: %d\n%s", i, a->status, a->head);
        assert_string_not_equal(answer_field(a, "Retry-After"), "");
        answer_free(&a);
        assert_string_equal(rig_recorded(2 * i + 2, "error"), "gateway-no-socket");
        order(cases[i].call, 0, 0);
        rig_get(&c, "/");
        rig_expect(&c, 200, "hello");
    }
    client_close(&c);
    rig_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accept__that_fails_pauses_and_goes_on),
        cmocka_unit_test(accept__that_fails_takes_room_from_idle_clients),
        cmocka_unit_test(epoll__that_takes_no_client_closes_it_and_counts),
        cmocka_unit_test(dialling__without_descriptors_is_answered_and_recovers),
    };
    return cmocka_run_group_tests_name("proxy/conn/exhaustion", tests, NULL, NULL);
}

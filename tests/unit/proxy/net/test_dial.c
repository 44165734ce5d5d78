/* test_dial.c - unit tests of proxy/net/dial.c and listen.c, on loopback. */
#include "proxy/net/dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proxy/net/listen.h"
#include "tests/support/cmocka_all.h"

struct outcome {
    struct loop *loop;
    bool done;
    enum dial_result result;
    struct sl_endpoint peer;
};

static void on_done(void *arg, enum dial_result r, struct sock *sock, struct sl_endpoint peer)
{
    struct outcome *o = arg;
    o->done = true;
    o->result = r;
    o->peer = peer;
    assert_int_equal(sock != NULL, r == DIAL_OK);
}

static struct sl_endpoint at(const char *text)
{
    struct sl_endpoint e;
    struct sl_err err = {0};
    if (!sl_endpoint_parse(sl_cstr(text), &e, &err))
        fail_msg("%s", err.msg);
    return e;
}

static const struct sl_addr no_source;

static struct dialler begin(struct outcome *o)
{
    assert_true(loop_new(NULL, &o->loop, NULL));
    return (struct dialler){.loop = o->loop, .lame = lame_new(o->loop)};
}

static void end(struct outcome *o, struct dialler *shared)
{
    lame_free(&shared->lame);
    loop_free(&o->loop);
}

static struct outcome run_from(const struct sl_endpoint *targets, size_t n, struct sl_addr source)
{
    struct outcome o = {0};
    struct dial_plan plan = {.targets = targets, .count = n, .source = source};
    struct dialler shared = begin(&o);
    dial_start(&shared, &plan, on_done, &o);
    assert_false(o.done); /* never from within */
    for (int i = 0; i < 200 && !o.done; i++)
        loop_turn(o.loop, 100);
    assert_true(o.done);
    assert_int_equal(loop_count(o.loop), 0);
    end(&o, &shared);
    return o;
}

static struct outcome run(const struct sl_endpoint *targets, size_t n)
{
    return run_from(targets, n, no_source);
}

/* A listener whose backlog is full takes no connection and refuses none. */
static int deaf(struct sl_endpoint *out, int *fill)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof sa;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(bind(fd, (struct sockaddr *)&sa, n) == 0 && listen(fd, 0) == 0);
    getsockname(fd, (struct sockaddr *)&sa, &n);
    *out = sl_endpoint_from_sockaddr((struct sockaddr *)&sa);
    for (int i = 0; i < 3; i++) {
        fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        connect(fill[i], (struct sockaddr *)&sa, n);
    }
    return fd;
}

TEST(dial__takes_the_first_that_answers)
{
    struct sl_endpoint open = at("127.0.0.1:0"), quiet;
    int fd, fill[3], silent = deaf(&quiet, fill);
    assert_true(listen_open(&open, 0, &fd, 1, NULL));
    struct sl_endpoint refusing = at("127.0.0.1:1");
    struct sl_endpoint targets[] = {refusing, quiet, open};
    struct outcome o = run(targets, 3);
    assert_int_equal(o.result, DIAL_OK);
    assert_int_equal(o.peer.port, open.port);
    o = run(&open, 1);
    assert_int_equal(o.result, DIAL_OK);
    close(fd);
    close(silent);
    for (int i = 0; i < 3; i++)
        close(fill[i]);
}

TEST(dial__tells_the_failure_that_says_most)
{
    struct sl_endpoint targets[] = {at("127.0.0.1:1"), at("[ff02::1]:1"), at("255.255.255.255:1")};
    assert_int_equal(run(targets, 3).result, DIAL_REFUSED);
    assert_int_equal(run(targets + 2, 1).result, DIAL_UNREACHABLE);
}

TEST(dial__comes_from_the_address_it_was_told)
{
    struct sl_endpoint open = at("127.0.0.1:0"), none = at("192.0.2.1:1");
    struct sockaddr_storage sa;
    socklen_t n = sizeof sa;
    int fd;
    assert_true(listen_open(&open, 0, &fd, 1, NULL));
    assert_int_equal(run_from(&open, 1, at("127.0.0.77:0").addr).result, DIAL_OK);
    int peer = accept(fd, (struct sockaddr *)&sa, &n);
    assert_true(sl_addr_eq(sl_endpoint_from_sockaddr((struct sockaddr *)&sa).addr, at("127.0.0.77:0").addr));
    assert_int_equal(run_from(&open, 1, none.addr).result, DIAL_NO_SOURCE);
    close(peer);
    close(fd);
}

TEST(dial__says_when_descriptors_ran_out)
{
    struct outcome o = {0};
    struct rlimit before, none;
    struct sl_endpoint target = at("127.0.0.1:1");
    struct dial_plan plan = {.targets = &target, .count = 1};
    struct dialler shared = begin(&o);
    getrlimit(RLIMIT_NOFILE, &before);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    dial_start(&shared, &plan, on_done, &o);
    setrlimit(RLIMIT_NOFILE, &before);
    for (int i = 0; i < 10 && !o.done; i++)
        loop_turn(o.loop, 10);
    assert_true(o.done);
    assert_int_equal(o.result, DIAL_NO_SOCKET);
    end(&o, &shared);
}

TEST(dial_cancel__leaves_nothing_behind)
{
    struct outcome o = {0};
    struct sl_endpoint quiet;
    int fill[3], silent = deaf(&quiet, fill);
    struct dial_plan plan = {.targets = &quiet, .count = 1};
    struct dialler shared = begin(&o);
    struct dial *d = dial_start(&shared, &plan, on_done, &o);
    loop_turn(o.loop, 0);
    dial_cancel(&d);
    assert_null(d);
    assert_int_equal(loop_count(o.loop), 0);
    dial_cancel(&d);
    end(&o, &shared);
    close(silent);
    for (int i = 0; i < 3; i++)
        close(fill[i]);
}

/* ---- targets that come later, and what is remembered ---- */

static void turns(struct outcome *o, int64_t ms)
{
    int64_t until_ms = loop_now_ms(o->loop) + ms;
    while (!o->done && loop_now_ms(o->loop) < until_ms)
        loop_turn(o->loop, 20);
}

TEST(dial_add__is_waited_for_when_all_before_have_failed)
{
    struct outcome o = {0};
    struct sl_endpoint targets[] = {at("127.0.0.1:1"), at("127.0.0.1:0")};
    struct dial_plan plan = {.targets = targets, .count = 1, .more = true};
    struct dialler shared = begin(&o);
    int fd;
    assert_true(listen_open(&targets[1], 0, &fd, 1, NULL));
    targets[0].addr = at("127.0.0.9:0").addr;
    struct dial *d = dial_start(&shared, &plan, on_done, &o);
    turns(&o, 60);
    assert_false(o.done);
    dial_add(d, targets, 2);
    assert_false(o.done);
    turns(&o, 5000);
    assert_int_equal(o.result, DIAL_OK);
    assert_int_equal(o.peer.port, targets[1].port);
    o.done = false;
    d = dial_start(&shared, &plan, on_done, &o);
    dial_add(d, targets, 1); /* nothing new: the failure counts now */
    turns(&o, 5000);
    assert_int_equal(o.result, DIAL_REFUSED);
    end(&o, &shared);
    close(fd);
}

TEST(dial__puts_who_was_overtaken_or_failed_last_for_a_while)
{
    struct outcome o = {0};
    struct sl_endpoint open = at("127.0.0.9:0"), quiet;
    int fd, fill[3], silent = deaf(&quiet, fill);
    assert_true(listen_open(&open, 0, &fd, 1, NULL));
    struct sl_endpoint targets[] = {quiet, open};
    struct dial_plan plan = {.targets = targets, .count = 2};
    struct dialler shared = begin(&o);
    dial_start(&shared, &plan, on_done, &o);
    turns(&o, 5000);
    assert_int_equal(o.result, DIAL_OK);
    struct sl_addr order[] = {quiet.addr, open.addr};
    lame_last(shared.lame, order, 2, open.port); /* another port is another server */
    assert_true(sl_addr_eq(order[0], quiet.addr));
    lame_last(shared.lame, order, 2, quiet.port);
    assert_true(sl_addr_eq(order[0], open.addr));
    lame_forget(shared.lame, quiet);
    struct sl_addr again[] = {quiet.addr, open.addr};
    lame_last(shared.lame, again, 2, quiet.port);
    assert_true(sl_addr_eq(again[0], quiet.addr));
    end(&o, &shared);
    close(fd);
    close(silent);
    for (int i = 0; i < 3; i++)
        close(fill[i]);
}

/* ---- Fast Open ---- */

enum { CANNOT_TRY = 77 };

static bool had_data_in_syn(int fd)
{
    struct tcp_info info;
    socklen_t n = sizeof info;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n) == 0 && info.tcpi_options & TCPI_OPT_SYN_DATA;
}

static void send_first(void *arg, enum dial_result r, struct sock *sock, struct sl_endpoint peer)
{
    on_done(arg, r, sock, peer);
    if (r == DIAL_OK && send(sock->fd, "x", 1, MSG_NOSIGNAL) != 1)
        _exit(3);
    if (r == DIAL_OK) /* the dial closes what nobody takes, and with it what is not sent yet */
        usleep(20000);
}

/* The first connection brings the cookie, the second one its data in the SYN. */
static int dial_twice(int listener, struct sl_endpoint target)
{
    for (int i = 0; i < 2; i++) {
        struct outcome o = {0};
        struct dial_plan plan = {.targets = &target, .count = 1, .fast_open = true};
        struct dialler shared = begin(&o);
        char byte = 0;
        dial_start(&shared, &plan, send_first, &o);
        turns(&o, 5000);
        int fd = o.result == DIAL_OK ? accept(listener, NULL, NULL) : -1;
        bool fine = recv(fd, &byte, 1, 0) == 1 && byte == 'x' && had_data_in_syn(fd) == (i == 1);
        close(fd);
        end(&o, &shared);
        if (!fine)
            return 1 + i;
    }
    return 0;
}

static int fast_open_alone(void)
{
    struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    struct sl_endpoint e = at("127.0.0.1:0");
    int fd, line = 8;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
        return CANNOT_TRY;
    int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int allow = open("/proc/sys/net/ipv4/tcp_fastopen", O_WRONLY | O_CLOEXEC);
    if (ioctl(any, SIOCSIFFLAGS, &up) < 0 || allow < 0 || write(allow, "3", 1) != 1 ||
        !listen_open(&e, 0, &fd, 1, NULL) ||
        setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, &line, sizeof line) < 0)
        return CANNOT_TRY;
    fcntl(fd, F_SETFL, 0); /* accept() waits */
    return dial_twice(fd, e);
}

TEST(dial__can_send_with_the_first_packet)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(fast_open_alone());
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WEXITSTATUS(status) == CANNOT_TRY)
        skip();
    assert_int_equal(status, 0);
}

/* ---- listen ---- */

static unsigned accepted, failed;

static void on_accepted(void *arg, uint64_t id, int fd, struct sl_endpoint client)
{
    accepted++;
    close(fd);
}

static void on_failed(void *arg, int errno_value)
{
    failed++;
}

static int client_to(struct sl_endpoint e)
{
    struct sockaddr_storage sa;
    socklen_t n = sl_endpoint_to_sockaddr(e, &sa);
    int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&sa, n), 0);
    return fd;
}

TEST(listen_open__refuses_an_address_in_use)
{
    struct sl_endpoint e = at("127.0.0.1:0"), again;
    int fds[2], more[1];
    struct sl_err err = {0};
    assert_true(listen_open(&e, 0, fds, 2, &err));
    assert_true(e.port > 0);
    again = e;
    assert_false(listen_open(&again, 0, more, 1, &err)); /* though SO_REUSEPORT would share it */
    assert_int_equal(err.code, SL_BUSY);
    close(fds[0]);
    close(fds[1]);
}

TEST(listen_stop__serves_what_the_kernel_had_completed)
{
    struct loop *l = NULL;
    struct listener *listener = NULL;
    struct sl_endpoint e = at("127.0.0.1:0");
    struct listen_config cfg = {.accepted = on_accepted, .failed = on_failed};
    int fd, clients[3];
    accepted = 0;
    assert_true(loop_new(NULL, &l, NULL));
    assert_true(listen_open(&e, 0, &fd, 1, NULL));
    assert_true(listen_start(l, fd, &cfg, &listener, NULL));
    for (int i = 0; i < 3; i++)
        clients[i] = client_to(e);
    listen_stop(&listener);
    assert_int_equal(accepted, 3);
    loop_free(&l);
    for (int i = 0; i < 3; i++)
        close(clients[i]);
}

TEST(listener__survives_running_out_of_descriptors)
{
    struct loop *l = NULL;
    struct listener *listener = NULL;
    struct sl_endpoint e = at("127.0.0.1:0");
    struct listen_config cfg = {.accepted = on_accepted, .failed = on_failed};
    struct rlimit before, tight;
    char byte;
    int fd;
    accepted = failed = 0;
    assert_true(loop_new(NULL, &l, NULL));
    assert_true(listen_open(&e, 0, &fd, 1, NULL));
    assert_true(listen_start(l, fd, &cfg, &listener, NULL));
    int first = client_to(e), second = client_to(e);
    getrlimit(RLIMIT_NOFILE, &before);
    tight = (struct rlimit){.rlim_cur = (rlim_t)second, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &tight);
    loop_turn(l, 100);
    loop_turn(l, 0); /* it rests: no spinning */
    assert_int_equal(failed, 1);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_int_equal(recv(first, &byte, 1, 0), 0); /* it was not left hanging */
    for (int i = 0; i < 20 && accepted == 0; i++)
        loop_turn(l, 100);
    assert_int_equal(accepted, 1);
    listen_stop(&listener);
    loop_free(&l);
    close(first);
    close(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dial__takes_the_first_that_answers),
        cmocka_unit_test(dial__tells_the_failure_that_says_most),
        cmocka_unit_test(dial__comes_from_the_address_it_was_told),
        cmocka_unit_test(dial__says_when_descriptors_ran_out),
        cmocka_unit_test(dial__can_send_with_the_first_packet),
        cmocka_unit_test(dial_add__is_waited_for_when_all_before_have_failed),
        cmocka_unit_test(dial__puts_who_was_overtaken_or_failed_last_for_a_while),
        cmocka_unit_test(dial_cancel__leaves_nothing_behind),
        cmocka_unit_test(listen_open__refuses_an_address_in_use),
        cmocka_unit_test(listen_stop__serves_what_the_kernel_had_completed),
        cmocka_unit_test(listener__survives_running_out_of_descriptors),
    };
    return cmocka_run_group_tests_name("proxy/net/dial", tests, NULL, NULL);
}

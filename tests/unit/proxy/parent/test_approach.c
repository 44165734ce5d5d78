/* test_approach.c - unit tests of proxy/parent/approach.c: how a parent answers, piece by piece, and giving
 * up. */
#include "proxy/parent/approach.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "sluice/log.h"
#include "tests/support/cmocka_all.h"

/* A parent that answers the first bytes it gets by a text, "|" a pause and a send of its own; then it hangs
 * up, or waits until the other does. */
struct server {
    int fd;
    uint16_t port;
    pthread_t thread;
    const char *answer;
    bool hang_up;
};

static void *serve(void *arg)
{
    struct server *s = arg;
    char in[4096];
    int c = accept(s->fd, NULL, NULL);
    if (c < 0)
        return NULL;
    struct sl_str rest = sl_cstr(s->answer), piece;
    if (recv(c, in, sizeof in, 0) > 0)
        while (sl_str_split(&rest, '|', &piece)) {
            (void)!send(c, piece.p, piece.n, MSG_NOSIGNAL);
            nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        }
    if (!s->hang_up)
        while (recv(c, in, sizeof in, 0) > 0)
            ;
    close(c);
    return NULL;
}

static void server_start(struct server *s)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof sa;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(bind(s->fd, (struct sockaddr *)&sa, n) == 0 && listen(s->fd, 4) == 0);
    getsockname(s->fd, (struct sockaddr *)&sa, &n);
    s->port = ntohs(sa.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void server_stop(struct server *s)
{
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->fd);
}

struct outcome {
    bool done;
    enum approach_result result;
    unsigned status;
    char rest[64];
};

static void on_done(void *arg, const struct approach_end *end)
{
    struct outcome *o = arg;
    o->done = true;
    o->result = end->result;
    o->status = end->status;
    assert_int_equal(end->sock != NULL, end->result == APPROACH_OPEN);
    if (end->rest)
        snprintf(o->rest, sizeof o->rest, "%.*s", SL_FMT(buf_str(end->rest)));
}

static struct parents *parents_at(const char *scheme, uint16_t port)
{
    struct settings *s = settings_new();
    const struct settings *done = s;
    struct parents *p;
    char text[128];
    struct conf_faults faults = {0};
    snprintf(text, sizeof text, "[proxy]\nparent = %s://127.0.0.1:%u\n", scheme, port);
    assert_true(settings_load_text("f", sl_cstr(text), s, &faults));
    assert_true(parents_new(s, NULL, &p, NULL));
    settings_unref(&done);
    return p;
}

/* Goes there; turns: how often the loop turns before it is cancelled, 0: to the end. */
static struct outcome go(struct server *s, const char *scheme, int turns)
{
    static const struct conf_cidrs none;
    struct outcome o = {0};
    struct address_rules rules;
    const struct address_rules *in_force = &rules;
    struct buf_pool bufs;
    struct dialler dialler = {0};
    address_rules_init(&rules, &none, &none, NULL, 0);
    buf_pool_init(&bufs, BUF_LARGE);
    assert_true(loop_new(NULL, &dialler.loop, NULL));
    dialler.lame = lame_new(dialler.loop);
    server_start(s);
    struct parents *parents = parents_at(scheme, s->port);
    struct approach_plan plan = {.dialler = &dialler,
                                 .addresses = &in_force,
                                 .bufs = &bufs,
                                 .parent = &parents->items[0],
                                 .timeout_ms = 300,
                                 .connect = SL_STR("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n"),
                                 .limits = {.bytes = 2000, .fields = 20},
                                 .target = {.name = SL_STR("a.test"), .port = 443}};
    if (strcmp(scheme, "socks5") == 0)
        plan.connect.n = 0;
    struct approach *a = approach_start(&plan, on_done, &o);
    assert_false(o.done); /* never from within */
    for (int i = 0; turns ? i < turns && !o.done : i < 1000 && !o.done; i++)
        loop_turn(dialler.loop, turns ? 2 : 100);
    if (!o.done)
        approach_cancel(&a);
    assert_true(turns || o.done);
    assert_int_equal(loop_count(dialler.loop), 0);
    assert_int_equal(bufs.in_use, 0);
    server_stop(s);
    parents_unref(&parents);
    lame_free(&dialler.lame);
    loop_free(&dialler.loop);
    buf_pool_fini(&bufs);
    address_rules_fini(&rules);
    return o;
}

#define INTERIM "HTTP/1.1 102 Processing\r\n\r\n"
#define INTERIMS INTERIM INTERIM INTERIM INTERIM INTERIM INTERIM
#define OK "HTTP/1.1 200 OK\r\n\r\n"

TEST(approach__reads_the_answer_however_it_comes)
{
    static const struct {
        const char *answer, *rest;
        enum approach_result result;
        unsigned status;
        bool hang_up;
    } cases[] = {
        {OK, "", APPROACH_OPEN, 200, false},
        {"H|TTP/1.1 20|0 OK\r|\n\r|\nSSH-2.0", "SSH-2.0", APPROACH_OPEN, 200, false},
        {INTERIM "|" OK "x", "x", APPROACH_OPEN, 200, false},
        {INTERIMS INTERIMS OK, "", APPROACH_INVALID, 0, false},
        {"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "", APPROACH_INVALID, 0,
         false},
        {"HTTP/1.1 407 Login\r\nContent-Length: 3\r\n\r\nabc", "", APPROACH_LOGIN, 407, false},
        {"HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n", "", APPROACH_FAILED, 302, false},
        {"HTTP/1.1 404 Not Found\r\n\r\n", "", APPROACH_DENIED, 404, false},
        {"HTTP/1.1 200 OK\r\nX: ", "", APPROACH_CLOSED, 0, true},
        {"HTTP/1.1 200 OK\r\nX: ", "", APPROACH_TIMEOUT, 0, false},
        {"HTTP/1.1 200 OK\nX: y\n\n", "", APPROACH_INVALID, 0, false},
        {"", "", APPROACH_TIMEOUT, 0, false},
        {"", "", APPROACH_CLOSED, 0, true},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct server s = {.answer = cases[i].answer, .hang_up = cases[i].hang_up};
        struct outcome o = go(&s, "http", 0);
        if (o.result != cases[i].result || o.status != cases[i].status || strcmp(o.rest, cases[i].rest) != 0)
            fail_msg("case %zu: %s, %u, '%s'", i, approach_word(o.result), o.status, o.rest);
    }
}

TEST(approach__refuses_a_socks_answer_before_the_question)
{
    struct server s = {.answer = "\x05\x02\x01"}; /* a method that was not offered */
    assert_int_equal(go(&s, "socks5", 0).result, APPROACH_INVALID);
    s = (struct server){.answer = "\x05\xff"};
    assert_int_equal(go(&s, "socks5", 0).result, APPROACH_LOGIN);
}

/* Nothing is left behind, whenever it is given up. */
TEST(approach__can_be_cancelled_at_any_time)
{
    for (int turns = 1; turns < 8; turns++) {
        struct server s = {.answer = "HTTP/1.1 2|00 OK|\r\n|\r|\n"};
        go(&s, "http", turns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(approach__reads_the_answer_however_it_comes),
        cmocka_unit_test(approach__refuses_a_socks_answer_before_the_question),
        cmocka_unit_test(approach__can_be_cancelled_at_any_time),
    };
    sl_log_level(SL_LOG_ERROR);
    return cmocka_run_group_tests_name("proxy/parent/approach", tests, NULL, NULL);
}

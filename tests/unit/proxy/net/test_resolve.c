/* test_resolve.c - unit tests of proxy/net/resolve.c against a name server of our own on loopback. */
#include "proxy/net/resolve.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/cmocka_all.h"

/* ---- the name server: one thread, UDP; the first label says what it does ---- */

static struct {
    int fd;
    uint16_t port;
    pthread_t thread;
    atomic_uint questions;
} server;

enum { TYPE_A = 1, TYPE_AAAA = 28, NO_ERROR = 0, SERVFAIL = 2, NXDOMAIN = 3 };

static size_t put_answer(uint8_t *out, unsigned type, uint32_t ttl_s, const char *addr)
{
    uint8_t head[] = {0xc0, 12, 0, (uint8_t)type, 0, 1, 0, 0, 0, (uint8_t)ttl_s, 0, type == TYPE_A ? 4 : 16};
    memcpy(out, head, sizeof head);
    inet_pton(type == TYPE_A ? AF_INET : AF_INET6, addr, out + sizeof head);
    return sizeof head + head[11];
}

static size_t put_soa(uint8_t *out, uint8_t ttl_s, uint8_t minimum_s)
{
    const uint8_t record[] = {0,
                              0,
                              6,
                              0,
                              1,
                              0,
                              0,
                              0,
                              ttl_s,
                              0,
                              22, /* of the root */
                              0,
                              0, /* two names */
                              [32] = minimum_s};
    memcpy(out, record, sizeof record);
    return sizeof record;
}

/* Turns the question in p into its answer; returns the length, 0 for silence. */
static size_t answer(uint8_t *p, size_t n)
{
    const char *label = (const char *)p + 13;
    unsigned type = p[n - 3], code = NO_ERROR, count = 0;
    size_t at = n;
    if (strncasecmp(label, "both", 4) == 0 || (strncasecmp(label, "four", 4) == 0 && type == TYPE_A)) {
        at += put_answer(p + at, type, 60, type == TYPE_A ? "192.0.2.1" : "2001:db8::1");
        at += put_answer(p + at, type, 60, type == TYPE_A ? "192.0.2.2" : "2001:db8::2");
        count = 2;
    } else if (strncasecmp(label, "brief", 5) == 0 && type == TYPE_A) {
        at += put_answer(p + at, type, 1, "192.0.2.3");
        count = 1;
    } else if (strncasecmp(label, "lag", 3) == 0 || strncasecmp(label, "slow4", 5) == 0) {
        bool late = label[3] == (type == TYPE_A ? '4' : '6');
        if (late)
            return 0;
        if (label[0] == 's' && type == TYPE_A)
            usleep(100000);
        at += put_answer(p + at, type, 60, type == TYPE_A ? "192.0.2.1" : "2001:db8::1");
        count = 1;
    } else if (strncasecmp(label, "soa", 3) == 0) {
        at += put_soa(p + at, 60, 1);
        p[9] = 1;
        code = NXDOMAIN;
    } else if (strncasecmp(label, "silent", 6) == 0) {
        return 0;
    } else if (strncasecmp(label, "broken", 6) == 0) {
        code = SERVFAIL;
    } else if (strncasecmp(label, "none", 4) == 0) {
        code = NXDOMAIN;
    }
    p[2] = 0x81;
    p[3] = (uint8_t)(0x80 | code);
    p[7] = (uint8_t)count;
    return at;
}

static void *serve(void *arg)
{
    uint8_t packet[1500];
    struct sockaddr_in from;
    socklen_t from_n = sizeof from;
    ssize_t n;
    while ((n = recvfrom(server.fd, packet, 512, 0, (struct sockaddr *)&from, &from_n)) > 17) {
        server.questions++;
        packet[11] = 0; /* no additional records */
        size_t out = answer(packet, (size_t)n);
        if (out)
            sendto(server.fd, packet, out, 0, (struct sockaddr *)&from, from_n);
    }
    return NULL;
}

static int start_server(void **state)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof sa;
    server.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server.fd, (struct sockaddr *)&sa, n), 0);
    getsockname(server.fd, (struct sockaddr *)&sa, &n);
    server.port = ntohs(sa.sin_port);
    return pthread_create(&server.thread, NULL, serve, NULL);
}

static int stop_server(void **state)
{
    struct sockaddr_in sa = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(server.port)};
    sendto(server.fd, "x", 1, 0, (struct sockaddr *)&sa, sizeof sa); /* too short: the thread ends */
    pthread_join(server.thread, NULL);
    close(server.fd);
    return 0;
}

/* ---- asking ---- */

static struct loop *loop;
static struct resolver *resolver;

struct question {
    struct resolve_wait wait;
    bool done;
    enum resolve_result result;
    struct resolved answer;
};

static void on_done(struct resolve_wait *w, enum resolve_result r, const struct resolved *answered)
{
    struct question *q = SL_CONTAINER(w, struct question, wait);
    q->done = true;
    q->result = r;
    q->answer = *answered;
}

static void begin(struct resolve_config cfg)
{
    char text[32];
    const char *servers[] = {text};
    snprintf(text, sizeof text, "127.0.0.1:%u", server.port);
    cfg.servers = servers;
    cfg.server_count = 1;
    if (cfg.timeout_ms == 0)
        cfg.timeout_ms = 3000;
    if (cfg.max_ttl_ms == 0)
        cfg.max_ttl_ms = 3600000;
    server.questions = 0;
    assert_true(loop_new(NULL, &loop, NULL));
    assert_true(resolver_new(loop, &cfg, &resolver, NULL));
}

static void end(void)
{
    resolver_free(&resolver);
    loop_free(&loop);
}

static void ask(struct question *q, const char *name)
{
    *q = (struct question){.wait.done = on_done};
    resolve_wait_init(&q->wait);
    q->result = resolver_lookup(resolver, sl_cstr(name), &q->answer, &q->wait);
    q->done = q->result != RESOLVE_WAIT;
}

static void await(struct question *q)
{
    for (int i = 0; i < 500 && !q->done; i++)
        loop_turn(loop, 20);
    assert_true(q->done);
}

static struct question asked(const char *name)
{
    struct question q;
    ask(&q, name);
    await(&q);
    return q;
}

/* On a busy machine one family's answer may come after the time that it is waited for. */
static void ask_for_all(struct question *q, const char *name)
{
    ask(q, name);
    await(q);
    while (q->answer.more) {
        q->done = false;
        await(q);
    }
}

static const char *nth(const struct question *q, unsigned i)
{
    static char text[SL_ADDR_TEXT];
    return sl_addr_text(q->answer.addrs[i], text);
}

static bool has(const struct question *q, const char *text)
{
    for (unsigned i = 0; i < q->answer.count; i++)
        if (strcmp(nth(q, i), text) == 0)
            return true;
    return false;
}

TEST(resolver_lookup__gives_both_families)
{
    struct question q;
    begin((struct resolve_config){0});
    ask_for_all(&q, "both.test");
    assert_int_equal(q.result, RESOLVE_OK);
    assert_int_equal(q.answer.count, 4);
    assert_true(has(&q, "2001:db8::1") && has(&q, "192.0.2.1") && has(&q, "2001:db8::2"));
    assert_int_not_equal(sl_addr_is_v4(q.answer.addrs[0]), sl_addr_is_v4(q.answer.addrs[3]));
    ask_for_all(&q, "four.test");
    assert_int_equal(q.answer.count, 2);
    end();
}

/* The server keeps the answer of one family to itself. */
TEST(resolver_lookup__does_not_wait_for_the_other_family)
{
    static const struct {
        const char *name, *address;
    } cases[] = {{"lag4.test", "2001:db8::1"}, {"lag6.test", "192.0.2.1"}};
    begin((struct resolve_config){.timeout_ms = 600, .negative_ttl_ms = 1000});
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct question q, late;
        ask(&q, cases[i].name);
        await(&q);
        assert_int_equal(q.result, RESOLVE_OK);
        assert_true(q.answer.more && q.answer.count == 1);
        assert_string_equal(nth(&q, 0), cases[i].address);
        ask(&late, cases[i].name); /* who comes now has it at once, and waits for the rest too */
        assert_true(late.result == RESOLVE_OK && late.answer.more);
        resolve_cancel(&late.wait);
        q.done = false;
        await(&q);
        assert_true(q.result == RESOLVE_OK && !q.answer.more && q.answer.count == 1);
    }
    end();
}

TEST(resolver_lookup__tells_the_rest_when_it_comes)
{
    struct question q;
    begin((struct resolve_config){0});
    ask_for_all(&q, "slow4.test");
    assert_true(has(&q, "2001:db8::1") && has(&q, "192.0.2.1"));
    end();
}

TEST(resolver_lookup__believes_the_zone_how_long_there_is_none)
{
    begin((struct resolve_config){.negative_ttl_ms = 60000});
    asked("soa.test"); /* for one second */
    unsigned before = server.questions;
    asked("soa.test");
    assert_int_equal(server.questions, before);
    usleep(1100000);
    loop_turn(loop, 0);
    asked("soa.test");
    assert_true(server.questions > before);
    end();
}

TEST(resolver_lookup__asks_once_for_all_who_wait_and_remembers)
{
    struct question q[5];
    begin((struct resolve_config){0});
    for (int i = 0; i < 5; i++)
        ask(&q[i], "four.test");
    assert_int_equal(q[4].result, RESOLVE_WAIT);
    resolve_cancel(&q[2].wait);
    for (int i = 0; i < 5; i++)
        if (i != 2)
            await(&q[i]);
    assert_false(q[2].done);
    assert_int_equal(server.questions, 2); /* A and AAAA */
    ask(&q[0], "four.test");
    assert_int_equal(q[0].result, RESOLVE_OK);
    assert_int_equal(server.questions, 2);
    end();
}

TEST(resolver_lookup__forgets_after_the_ttl)
{
    begin((struct resolve_config){0});
    asked("brief.test");
    unsigned before = server.questions;
    usleep(1100000);
    loop_turn(loop, 0);
    assert_int_equal(asked("brief.test").result, RESOLVE_OK);
    assert_true(server.questions > before);
    end();
}

TEST(resolver_lookup__bounds_how_long_an_answer_is_believed)
{
    begin((struct resolve_config){.max_ttl_ms = 50});
    asked("four.test");
    unsigned before = server.questions;
    usleep(60000);
    loop_turn(loop, 0);
    asked("four.test");
    assert_true(server.questions > before);
    end();
}

TEST(resolver_lookup__remembers_that_there_is_none)
{
    begin((struct resolve_config){.negative_ttl_ms = 200});
    assert_int_equal(asked("none.test").result, RESOLVE_NONE);
    assert_int_equal(asked("empty.test").result, RESOLVE_NONE); /* a name without addresses */
    unsigned before = server.questions;
    assert_int_equal(asked("none.test").result, RESOLVE_NONE);
    assert_int_equal(server.questions, before);
    usleep(210000);
    loop_turn(loop, 0);
    asked("none.test");
    assert_true(server.questions > before);
    end();
}

TEST(resolver_lookup__tells_failure_from_silence)
{
    begin((struct resolve_config){.timeout_ms = 300});
    assert_int_equal(asked("broken.test").result, RESOLVE_FAILED);
    assert_int_equal(asked("silent.test").result, RESOLVE_TIMEOUT);
    end();
}

TEST(resolver__keeps_its_cache_bounded)
{
    begin((struct resolve_config){.cache_entries = 10});
    for (int i = 0; i < 50; i++) {
        char name[32];
        snprintf(name, sizeof name, "four-%d.test", i);
        asked(name);
        assert_true(resolver_cached(resolver) <= 10);
    }
    end();
}

TEST(resolver__looks_into_the_hosts_file_first)
{
    struct hosts *h = hosts_parse(SL_STR("10.9.8.7 four.test\n"));
    begin((struct resolve_config){.hosts = h});
    struct question q = asked("four.test");
    assert_string_equal(nth(&q, 0), "10.9.8.7");
    assert_string_equal((q = asked("localhost"), nth(&q, 0)), "::1");
    assert_string_equal((q = asked("a.localhost"), nth(&q, 1)), "127.0.0.1");
    assert_int_equal(server.questions, 0);
    hosts_unref(&h);
    end();
}

TEST(resolver_configure__asks_again_for_those_who_wait)
{
    struct question q;
    begin((struct resolve_config){0});
    ask(&q, "four.test");
    assert_int_equal(q.result, RESOLVE_WAIT);
    const char *nobody[] = {"127.0.0.1:9"};
    struct resolve_config other = {
        .servers = nobody, .server_count = 1, .timeout_ms = 200, .max_ttl_ms = 3600000};
    assert_true(resolver_configure(resolver, &other, NULL));
    assert_int_equal(q.result, RESOLVE_WAIT);
    char text[32];
    snprintf(text, sizeof text, "127.0.0.1:%u", server.port);
    const char *again[] = {text};
    other.servers = again;
    other.timeout_ms = 3000;
    assert_true(resolver_configure(resolver, &other, NULL));
    await(&q);
    assert_int_equal(q.result, RESOLVE_OK);
    end();
}

TEST(resolver_free__with_a_lookup_underway)
{
    struct question q;
    begin((struct resolve_config){0});
    ask(&q, "silent.test");
    loop_turn(loop, 10);
    resolve_cancel(&q.wait);
    end();
    assert_false(q.done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolver_lookup__gives_both_families),
        cmocka_unit_test(resolver_lookup__does_not_wait_for_the_other_family),
        cmocka_unit_test(resolver_lookup__tells_the_rest_when_it_comes),
        cmocka_unit_test(resolver_lookup__believes_the_zone_how_long_there_is_none),
        cmocka_unit_test(resolver_lookup__asks_once_for_all_who_wait_and_remembers),
        cmocka_unit_test(resolver_lookup__forgets_after_the_ttl),
        cmocka_unit_test(resolver_lookup__bounds_how_long_an_answer_is_believed),
        cmocka_unit_test(resolver_lookup__remembers_that_there_is_none),
        cmocka_unit_test(resolver_lookup__tells_failure_from_silence),
        cmocka_unit_test(resolver__keeps_its_cache_bounded),
        cmocka_unit_test(resolver__looks_into_the_hosts_file_first),
        cmocka_unit_test(resolver_configure__asks_again_for_those_who_wait),
        cmocka_unit_test(resolver_free__with_a_lookup_underway),
    };
    return cmocka_run_group_tests_name("proxy/net/resolve", tests, start_server, stop_server);
}

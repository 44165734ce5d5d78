/* test_inspect.c - unit tests of proxy/conn/inspect.c and secure.c: each way in which a peer can fail while a
 * tunnel is looked at, in each state in which it can, byte by byte; and what a whole one looks like. All rows
 * run at the same time. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/tmpdir.h"
#include "tests/unit/proxy/conn/rig.h"
#include "tests/unit/proxy/conn/secure.h"

enum { HELLO_ROOM = 4096, PORTS = 65536, SERVERS = 2 };

static char *folder;
static struct secure_server *server;
static unsigned char hello[HELLO_ROOM];
static size_t hello_n;

/* What a peer does first, and how it ends. */
enum says { NOTHING, GARBAGE, HALF, HELLO, BYTES /* the hello, one at a time */, ALERT, TLS, AT_ONCE };
enum ends { STAYS, CLOSES, RESETS, SHUTS };

static const struct row {
    const char *name;
    enum says client;
    enum ends client_ends;
    enum says origin;
    enum ends origin_ends;
    const char *error; /* `|` stands between words of which any is right */
    enum action action;
} rows[] = {
    /* ---- hello ---- */
    {"hello: stalls", NOTHING, STAYS, NOTHING, STAYS, "client-timeout-hello", ACTION_ERROR},
    {"hello: closes", NOTHING, CLOSES, NOTHING, STAYS, "client-closed-hello|client-closed-wait",
     ACTION_ERROR},
    {"hello: resets", NOTHING, RESETS, NOTHING, STAYS, "client-closed-hello|client-closed-wait",
     ACTION_ERROR},
    {"hello: half-closes", NOTHING, SHUTS, NOTHING, STAYS, "client-closed-hello", ACTION_ERROR},
    {"hello: garbage", GARBAGE, STAYS, NOTHING, STAYS, "client-not-tls", ACTION_BLOCK},
    {"hello: garbage, closes", GARBAGE, CLOSES, NOTHING, STAYS, "client-not-tls|client-closed-wait",
     ACTION_BLOCK},
    {"hello: half, stalls", HALF, STAYS, NOTHING, STAYS, "client-timeout-hello", ACTION_ERROR},
    {"hello: half, closes", HALF, CLOSES, NOTHING, STAYS, "client-closed-hello|client-closed-wait",
     ACTION_ERROR},
    {"hello: half, resets", HALF, RESETS, NOTHING, STAYS, "client-closed-hello|client-closed-wait",
     ACTION_ERROR},
    {"hello: half, half-closes", HALF, SHUTS, NOTHING, STAYS, "client-closed-hello", ACTION_ERROR},
    {"hello: origin speaks", NOTHING, STAYS, GARBAGE, STAYS, "client-not-tls", ACTION_BLOCK},
    {"hello: origin speaks, closes", NOTHING, STAYS, GARBAGE, CLOSES, "client-not-tls", ACTION_BLOCK},
    {"hello: origin closes", NOTHING, STAYS, AT_ONCE, CLOSES, "client-timeout-hello", ACTION_ERROR},
    {"hello: origin resets", NOTHING, STAYS, AT_ONCE, RESETS, "client-timeout-hello", ACTION_ERROR},
    /* ---- secure ---- */
    {"secure: origin stalls", HELLO, STAYS, NOTHING, STAYS, "origin-timeout-tls", ACTION_ERROR},
    {"secure: origin closes", HELLO, STAYS, NOTHING, CLOSES, "origin-failed-tls", ACTION_ERROR},
    {"secure: origin resets", HELLO, STAYS, NOTHING, RESETS, "origin-failed-tls", ACTION_ERROR},
    {"secure: origin half-closes", HELLO, STAYS, NOTHING, SHUTS, "origin-failed-tls", ACTION_ERROR},
    {"secure: origin closed before", HELLO, STAYS, AT_ONCE, CLOSES, "origin-failed-tls", ACTION_ERROR},
    {"secure: origin reset before", HELLO, STAYS, AT_ONCE, RESETS, "origin-failed-tls", ACTION_ERROR},
    {"secure: origin sends an alert", HELLO, STAYS, ALERT, STAYS, "origin-failed-tls", ACTION_ERROR},
    {"secure: the client closes", HELLO, CLOSES, NOTHING, STAYS, "client-closed-wait|origin-timeout-tls",
     ACTION_ERROR},
    {"secure: the client resets", HELLO, RESETS, NOTHING, STAYS, "client-closed-wait", ACTION_ERROR},
    /* ---- intercept ---- */
    {"intercept: stalls", HELLO, STAYS, TLS, STAYS, "client-timeout-tls", ACTION_ALLOW},
    {"intercept: in bytes, stalls", BYTES, STAYS, TLS, STAYS, "client-timeout-tls", ACTION_ALLOW},
    {"intercept: closes", HELLO, CLOSES, TLS, STAYS, "client-failed-tls|client-closed-wait", ACTION_ALLOW},
    {"intercept: resets", HELLO, RESETS, TLS, STAYS, "client-failed-tls|client-closed-wait", ACTION_ALLOW},
    {"intercept: half-closes", HELLO, SHUTS, TLS, STAYS, "client-failed-tls|client-closed-wait",
     ACTION_ALLOW},
    {"intercept: says no", ALERT, STAYS, TLS, STAYS, "client-failed-tls", ACTION_ALLOW},
};

/* One row while it runs. */
struct run {
    const struct row *row;
    int listener;
    uint16_t port, client_port;
    int status;
    pthread_t client, origin;
};

static uint16_t port_of(int fd)
{
    struct sockaddr_in sa;
    socklen_t n = sizeof sa;
    getsockname(fd, (struct sockaddr *)&sa, &n);
    return ntohs(sa.sin_port);
}

static void say(int fd, const void *bytes, size_t n)
{
    ssize_t ignored = send(fd, bytes, n, MSG_NOSIGNAL);
    (void)ignored;
}

static void await_end(int fd)
{
    char bytes[4096];
    struct timeval patience = {.tv_sec = 10};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    while (recv(fd, bytes, sizeof bytes, 0) > 0)
        ;
}

static void end(int fd, enum ends how)
{
    struct linger now = {.l_onoff = 1};
    if (how == RESETS)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    if (how == SHUTS)
        shutdown(fd, SHUT_WR);
    if (how == STAYS || how == SHUTS)
        await_end(fd);
    close(fd);
}

static const char fatal[] = "\x15\x03\x03\0\x02\x02\x30"; /* unknown_ca */

static void *client_main(void *arg)
{
    struct run *r = arg;
    struct client c;
    rig_open(&c);
    r->client_port = port_of(c.fd);
    client_sendf(&c, "CONNECT 127.0.0.1:%u HTTP/1.1\r\nHost: x\r\n\r\n", r->port);
    struct answer *a = client_read(&c, true);
    r->status = a->status;
    answer_free(&a);
    if (r->row->client == GARBAGE)
        say(c.fd, "SSH-2.0-x\r\n", 11);
    if (r->row->client == HALF)
        say(c.fd, hello, hello_n / 2);
    if (r->row->client == HELLO || r->row->client == ALERT)
        say(c.fd, hello, hello_n);
    for (size_t i = 0; r->row->client == BYTES && i < hello_n; i++)
        say(c.fd, hello + i, 1);
    if (r->row->client == ALERT)
        say(c.fd, fatal, sizeof fatal - 1);
    end(c.fd, r->row->client_ends);
    free(c.in);
    return NULL;
}

static void *origin_main(void *arg)
{
    struct run *r = arg;
    char first[HELLO_ROOM];
    int fd = accept(r->listener, NULL, NULL);
    if (r->row->origin == AT_ONCE)
        rig_nap_ms(50); /* the tunnel is open */
    if (r->row->origin == TLS) {
        struct secure *s = secure_accept(server, fd);
        if (s) {
            secure_hear(s, "never");
            secure_close(&s);
        }
        return NULL;
    }
    if (r->row->origin == GARBAGE)
        say(fd, "220 mail\r\n", 10);
    else if (r->row->origin != AT_ONCE && r->row->client >= HELLO && recv(fd, first, sizeof first, 0) > 0 &&
             r->row->origin == ALERT)
        say(fd, fatal, sizeof fatal - 1);
    end(fd, r->row->origin_ends);
    return NULL;
}

static void start(struct run *r)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    r->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sl_assert(bind(r->listener, (struct sockaddr *)&sa, sizeof sa) == 0 && listen(r->listener, 1) == 0);
    r->port = port_of(r->listener);
    sl_assert(pthread_create(&r->origin, NULL, origin_main, r) == 0);
    sl_assert(pthread_create(&r->client, NULL, client_main, r) == 0);
}

static bool one_of(const char *text, const char *words)
{
    const char *at = strstr(words, text);
    size_t n = strlen(text);
    return n > 0 && at && (at == words || at[-1] == '|') && (at[n] == '\0' || at[n] == '|');
}

static unsigned check(const struct run *r, const json_t *record)
{
    const char *error = json_string_value(json_object_get(record, "error"));
    const char *action = json_string_value(json_object_get(record, "action"));
    bool gone = error && strcmp(error, "client-closed-wait") == 0;
    if (error && one_of(error, r->row->error) && (gone || strcmp(action, action_word(r->row->action)) == 0))
        return r->status != 200;
    print_error("%s: %d, recorded as %s, %s\n", r->row->name, r->status, error ? error : "nothing",
                action ? action : "-");
    return 1;
}

static const char inspect_all[] =
    "{\"schema\":1,\"default\":{\"then\":\"allow\"},\"inspection\":{\"default\":\"inspect\"}}";

static void begin(const char *policy, const char *more)
{
    SL_CLEANUP(sl_freep) char *trust = NULL;
    folder = tmpdir_new();
    server = secure_server_new(folder, &trust);
    SL_CLEANUP(sl_freep) char *ini = sl_asprintf("%s[inspect]\nenabled = on\n%s", more, trust);
    rig_begin(rig_hello, policy, ini);
}

static void finish(void)
{
    rig_end();
    secure_server_free(&server);
    tmpdir_free(&folder);
}

TEST(inspect__each_fault_in_each_state_is_recorded_and_leaves_nothing)
{
    static struct run runs[SL_COUNT(rows)];
    static json_t *by_port[PORTS];
    unsigned complaints = 0;
    hello_n = secure_hello("localhost", hello, sizeof hello);
    begin(inspect_all, "timeout_handshake = 1500ms\ntimeout_connect = 1500ms\npool_idle = 0s\n");
    for (size_t i = 0; i < SL_COUNT(rows); i++) {
        runs[i].row = &rows[i];
        start(&runs[i]);
    }
    for (size_t i = 0; i < SL_COUNT(rows); i++) {
        pthread_join(runs[i].client, NULL);
        pthread_join(runs[i].origin, NULL);
        close(runs[i].listener);
    }
    json_t *records = gateway_records(rig_gateway, SL_COUNT(rows));
    for (size_t i = 0; i < json_array_size(records); i++)
        by_port[json_integer_value(json_object_get(json_array_get(records, i), "client_port"))] =
            json_array_get(records, i);
    for (size_t i = 0; i < SL_COUNT(rows); i++)
        complaints += check(&runs[i], by_port[runs[i].client_port]);
    assert_int_equal(complaints, 0);
    json_decref(records);
    rig_wait_metric("sluice_client_connections", 0);
    rig_wait_metric("sluice_tunnels", 0);
    rig_wait_metric("sluice_upstream_connections", 0);
    rig_wait_metric("sluice_buffer_bytes_in_use", 0);
    assert_int_equal(gateway_metric(rig_gateway, "sluice_client_connections_idle"), 0);
    finish();
}

/* ---- whole ones ---- */

static int listener;
static _Atomic unsigned accepted;

/* Answers each request of one connection after the other with its path. */
static void *serve(void *arg)
{
    int fd;
    while ((fd = accept(listener, NULL, NULL)) >= 0) {
        struct secure *s = secure_accept(server, fd);
        const char *head;
        accepted++;
        while (s && *(head = secure_hear(s, "\r\n\r\n"))) {
            char path[64] = "", answer[256];
            sscanf(head, "%*s %63s", path);
            snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(path),
                     path);
            secure_say(s, answer);
            if (strcmp(path, "/bye") == 0)
                break;
        }
        if (s)
            secure_close(&s);
    }
    return NULL;
}

static pthread_t server_threads[SERVERS];
static uint16_t server_port;

static void serve_begin(void)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    accepted = 0;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sl_assert(bind(listener, (struct sockaddr *)&sa, sizeof sa) == 0 && listen(listener, 8) == 0);
    server_port = port_of(listener);
    for (size_t i = 0; i < SERVERS; i++)
        sl_assert(pthread_create(&server_threads[i], NULL, serve, NULL) == 0);
}

static void serve_end(void)
{
    shutdown(listener, SHUT_RDWR);
    for (size_t i = 0; i < SERVERS; i++)
        pthread_join(server_threads[i], NULL);
    close(listener);
}

static void finish_served(void)
{
    gateway_stop(&rig_gateway); /* lets go of its connections */
    serve_end();
    origin_stop(&rig_origin);
    secure_server_free(&server);
    tmpdir_free(&folder);
}

static struct secure *open_inside(const char *more)
{
    SL_CLEANUP(sl_freep)
    char *head = sl_asprintf("CONNECT 127.0.0.1:%u HTTP/1.1\r\nHost: x\r\n%s\r\n", server_port, more);
    return secure_tunnel(rig_gateway->endpoint, head);
}

static const char *get(struct secure *s, const char *path, const char *until)
{
    SL_CLEANUP(sl_freep)
    char *request = sl_asprintf("GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", path, server_port);
    return secure_ask(s, request, until);
}

TEST(inspect__a_second_connect_dials_nothing)
{
    begin(inspect_all, "");
    serve_begin();
    for (int i = 0; i < 3; i++) {
        struct secure *s = open_inside("");
        assert_non_null(s);
        assert_non_null(strstr(get(s, "/one", "/one"), "200 OK"));
        assert_non_null(strstr(get(s, "/two", "/two"), "200 OK"));
        secure_close(&s);
    }
    assert_int_equal(accepted, 1);
    assert_int_equal(gateway_metric(rig_gateway, "sluice_upstream_connects_total{result=\"ok\"}"), 1);
    json_decref(gateway_records(rig_gateway, 9));
    finish_served();
}

TEST(inspect__a_connection_that_the_origin_gave_up_is_replaced)
{
    begin(inspect_all, "");
    serve_begin();
    struct secure *s = open_inside("");
    for (unsigned i = 1; i <= 3; i++) {
        assert_non_null(strstr(get(s, "/bye", "/bye"), "200 OK"));
        assert_int_equal(accepted, i);
    }
    secure_close(&s);
    finish_served();
}

TEST(inspect__a_tunnel_costs_no_quota_and_its_requests_do)
{
    begin("{\"schema\":1,\"default\":{\"then\":\"allow\"},\"inspection\":{\"default\":\"inspect\"},"
          "\"quotas\":[{\"id\":\"q\","
          "\"per\":\"client\",\"window\":\"day\",\"requests\":2,\"then\":\"block\"}]}",
          "");
    serve_begin();
    struct secure *s = open_inside("");
    assert_non_null(strstr(get(s, "/one", "/one"), "200 OK"));
    assert_non_null(strstr(get(s, "/two", "/two"), "200 OK"));
    assert_non_null(strstr(get(s, "/three", "</html>"), "403 "));
    secure_close(&s);
    finish_served();
}

/* Half a handshake, from which the gateway has answered on. */
static void shake_half(struct client *c)
{
    char first;
    hello_n = secure_hello("localhost", hello, sizeof hello);
    rig_open(c);
    client_sendf(c, "CONNECT 127.0.0.1:%u HTTP/1.1\r\nHost: x\r\n\r\n", server_port);
    struct answer *a = client_read(c, true);
    assert_int_equal(a->status, 200);
    answer_free(&a);
    client_send_bytes(c, hello, hello_n);
    assert_true(client_read_bytes(c, &first, 1));
}

TEST(inspect__bounds_handshakes_at_once)
{
    struct client slow;
    begin(inspect_all, "max_handshakes = 1\n");
    serve_begin();
    shake_half(&slow);
    assert_null(open_inside(""));
    assert_int_equal(gateway_metric(rig_gateway, "sluice_limit_hits_total{limit=\"handshakes\"}"), 1);
    assert_string_equal(rig_recorded(1, "error"), "gateway-limit-handshakes");
    client_close(&slow);
    rig_wait_metric("sluice_client_connections", 0);
    for (int i = 0; i < 2; i++) { /* one that is done counts no more */
        struct secure *s = open_inside("");
        assert_non_null(s);
        assert_non_null(strstr(get(s, "/one", "/one"), "200 OK"));
        secure_close(&s);
    }
    finish_served();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inspect__each_fault_in_each_state_is_recorded_and_leaves_nothing),
        cmocka_unit_test(inspect__a_second_connect_dials_nothing),
        cmocka_unit_test(inspect__a_connection_that_the_origin_gave_up_is_replaced),
        cmocka_unit_test(inspect__a_tunnel_costs_no_quota_and_its_requests_do),
        cmocka_unit_test(inspect__bounds_handshakes_at_once),
    };
    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes to who has gone */
    return cmocka_run_group_tests_name("proxy/conn/inspect", tests, NULL, NULL);
}

/* test_exchange.c - requests and answers through a real data plane: framing, keep-alive, pooling, faults of
 * both sides. Most cases are a row: what the origin says, what the client must get. */
#include "tests/unit/proxy/conn/rig.h"

#include <stdlib.h>
#include <sys/socket.h>

TEST(exchange__keeps_both_connections)
{
    struct client c;
    char head[4096];
    rig_begin(rig_hello, NULL, NULL);
    rig_open(&c);
    for (int i = 0; i < 10; i++) {
        rig_get(&c, "/a?b=c");
        rig_expect(&c, 200, "hello");
    }
    assert_int_equal(origin_connections(rig_origin), 1);
    origin_last_head(rig_origin, head, sizeof head);
    assert_non_null(strstr(head, "GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:"));
    assert_non_null(strstr(head, "\r\nVia: 1.1 sluice-"));
    client_close(&c);
    json_t *records = gateway_records(rig_gateway, 10), *r = json_array_get(records, 0);
    assert_string_equal(json_string_value(json_object_get(r, "action")), "allow");
    assert_int_equal(json_integer_value(json_object_get(r, "status")), 200);
    assert_true(json_is_true(json_object_get(r, "reused")));
    assert_string_equal(json_string_value(json_object_get(r, "content_type")), "text/plain");
    json_decref(records);
    rig_end();
}

/* ---- framing of answers ---- */

static const struct shape {
    const char *path, *response; /* what the origin sends, then it closes unless kept */
    bool keep;
    int status;
    const char *body;
    bool whole, stays; /* for an HTTP/1.1 client */
} shapes[] = {
    {"/length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", true, 200, "abc", true, true},
    {"/none", "HTTP/1.1 204 No Content\r\n\r\n", true, 204, "", true, true},
    {"/304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", true, 304, "", true, true},
    {"/chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
     true, 200, "abcde", true, true},
    {"/trailers",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 7\r\nContent-Length: "
     "9\r\n\r\n",
     true, 200, "a", true, true},
    {"/close", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end", false, 200, "until the end", true,
     false},
    {"/ten", "HTTP/1.0 200 OK\r\n\r\nold", false, 200, "old", true, false},
    {"/early", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
     true, 103, "", true, true},
    {"/cut", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", false, 200, "abc", false, false},
    {"/cut-chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", false, 200, "ab", false,
     false},
    {"/bad-chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", false, 502, NULL, true,
     true},
    {"/bad-head", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", false, 502, NULL,
     true, true},
    {"/bad-both", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     false, 502, NULL, true, true},
    {"/nonsense", "hello\r\n\r\n", false, 502, NULL, true, true},
    {"/nothing", "", false, 502, NULL, true, true},
    {"/half", "HTTP/1.1 200 OK\r\nContent-", false, 502, NULL, true, true},
    {"/101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", false, 502, NULL, true, true},
};

static bool shaped(struct origin_request *r)
{
    for (size_t i = 0; i < SL_COUNT(shapes); i++)
        if (strcmp(shapes[i].path, r->path) == 0) {
            origin_send(r, shapes[i].response);
            return shapes[i].keep;
        }
    return rig_hello(r);
}

TEST(exchange__relays_each_framing_and_hides_no_fault)
{
    rig_begin(shaped, NULL, NULL);
    for (size_t i = 0; i < SL_COUNT(shapes); i++) {
        struct client c;
        const struct shape *s = &shapes[i];
        rig_open(&c);
        rig_get(&c, s->path);
        struct answer *a = client_read(&c, false);
        if (a->status != s->status || a->whole != s->whole || (s->body && strcmp(a->body, s->body) != 0))
            fail_msg("%s: status %d, whole %d, body '%s'", s->path, a->status, a->whole, a->body);
        if (strcmp(s->path, "/early") == 0)
            rig_expect(&c, 200, "x");
        if (strcmp(s->path, "/trailers") == 0) {
            assert_non_null(strstr(a->head, "trailer-X-Sum: 7"));
            assert_null(strstr(a->head, "trailer-Content-Length"));
        }
        answer_free(&a);
        if (s->stays) {
            rig_get(&c, "/");
            rig_expect(&c, 200, "hello");
        } else if (!client_closed(&c)) {
            fail_msg("%s: the connection stays open", s->path);
        }
        client_close(&c);
    }
    rig_end();
}

TEST(exchange__undoes_chunks_for_an_old_client)
{
    struct client c;
    rig_begin(shaped, NULL, NULL);
    rig_open(&c);
    client_sendf(&c, "GET http://127.0.0.1:%u/chunked HTTP/1.0\r\n\r\n", origin_port(rig_origin));
    struct answer *a = client_read(&c, false);
    assert_int_equal(a->status, 200);
    assert_string_equal(a->body, "abcde");
    assert_string_equal(answer_field(a, "Transfer-Encoding"), "");
    answer_free(&a);
    client_close(&c);
    rig_open(&c);
    client_sendf(&c, "GET http://127.0.0.1:%u/early HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
                 origin_port(rig_origin));
    a = client_read(&c, false); /* no 103 */
    assert_int_equal(a->status, 200);
    assert_string_equal(answer_field(a, "Connection"), "keep-alive");
    answer_free(&a);
    client_sendf(&c, "GET http://127.0.0.1:%u/length HTTP/1.0\r\n\r\n", origin_port(rig_origin));
    rig_expect(&c, 200, "abc");
    assert_true(client_closed(&c));
    client_close(&c);
    rig_end();
}

static bool dated(struct origin_request *r)
{
    origin_send(r, strcmp(r->path, "/dated") == 0
                       ? "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n"
                       : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    return true;
}

TEST(exchange__dates_what_the_origin_did_not)
{
    struct client c;
    rig_begin(dated, NULL, NULL);
    rig_open(&c);
    rig_get(&c, "/dated");
    struct answer *a = client_read(&c, false);
    assert_string_equal(answer_field(a, "Date"), "Sun, 06 Nov 1994 08:49:37 GMT");
    answer_free(&a);
    rig_get(&c, "/");
    a = client_read(&c, false);
    assert_int_equal(strlen(answer_field(a, "Date")), 29);
    answer_free(&a);
    client_close(&c);
    rig_end();
}

static bool lengthy_head(struct origin_request *r)
{
    origin_send(r, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    if (strncmp(r->head, "HEAD", 4) != 0)
        origin_send(r, "hello");
    return true;
}

TEST(exchange__a_head_has_no_body)
{
    struct client c;
    rig_begin(lengthy_head, NULL, NULL);
    rig_open(&c);
    client_sendf(&c, "HEAD http://127.0.0.1:%u/ HTTP/1.1\r\nHost: x\r\n\r\n", origin_port(rig_origin));
    struct answer *a = client_read(&c, true);
    assert_int_equal(a->status, 200);
    assert_string_equal(answer_field(a, "Content-Length"), "5");
    answer_free(&a);
    rig_get(&c, "/");
    rig_expect(&c, 200, "hello");
    client_close(&c);
    rig_end();
}

/* ---- requests ---- */

TEST(exchange__answers_pipelined_requests_in_order)
{
    enum { COUNT = 100 };
    struct client c;
    rig_begin(shaped, NULL, NULL);
    rig_open(&c);
    for (int i = 0; i < COUNT; i++)
        rig_get(&c, i % 2 ? "/length" : "/chunked");
    for (int i = 0; i < COUNT; i++)
        rig_expect(&c, 200, i % 2 ? "abc" : "abcde");
    client_close(&c);
    rig_end();
}

/* Sends back what it was sent, in one piece. */
static bool echo(struct origin_request *r)
{
    const char *field = strcasestr(r->head, "\r\nContent-Length:");
    size_t n = field ? strtoul(field + 17, NULL, 10) : 0;
    char *body = sl_calloc(1, n + 1);
    if (strcasestr(r->head, "\r\nTransfer-Encoding: chunked")) {
        char piece[2] = "";
        struct sl_text all = {0};
        while (!(all.n >= 5 && memcmp(all.p + all.n - 5, "0\r\n\r\n", 5) == 0) && origin_read(r, piece, 1))
            sl_text_addc(&all, piece[0]);
        origin_sendf(r, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        origin_send_bytes(r, all.p, all.n);
        sl_text_fini(&all);
    } else if (origin_read(r, body, n)) {
        origin_sendf(r, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", n);
        origin_send_bytes(r, body, n);
    }
    free(body);
    return true;
}

TEST(exchange__answers_all_that_was_asked_before_a_half_close)
{
    struct client c;
    rig_begin(shaped, NULL, NULL);
    rig_open(&c);
    for (int i = 0; i < 5; i++)
        rig_get(&c, "/length");
    shutdown(c.fd, SHUT_WR);
    for (int i = 0; i < 5; i++)
        rig_expect(&c, 200, "abc");
    assert_true(client_closed(&c));
    client_close(&c);
    rig_end();
}

TEST(exchange__carries_bodies_of_any_size_both_ways)
{
    static const size_t sizes[] = {0, 1, 1000, 16384, 65536, 300000, 5000000};
    struct client c;
    rig_begin(echo, NULL, NULL);
    rig_open(&c);
    for (size_t i = 0; i < SL_COUNT(sizes); i++) {
        char *data = sl_malloc(sizes[i] + 1);
        for (size_t k = 0; k < sizes[i]; k++)
            data[k] = (char)(k * 31 + i);
        client_sendf(&c, "POST http://127.0.0.1:%u/ HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n",
                     origin_port(rig_origin), sizes[i]);
        client_send_bytes(&c, data, sizes[i]);
        struct answer *a = client_read(&c, false);
        assert_int_equal(a->status, 200);
        assert_int_equal(a->body_n, sizes[i]);
        assert_memory_equal(a->body, data, sizes[i]);
        answer_free(&a);
        free(data);
    }
    assert_true(gateway_metric(rig_gateway, "sluice_spliced_bytes_total") > 0);
    client_sendf(&c, "PUT http://127.0.0.1:%u/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
                 origin_port(rig_origin));
    rig_nap_ms(20);
    client_send(&c, "5\r\nhel");
    rig_nap_ms(20);
    client_send(&c, "lo\r\n0\r\n\r\n");
    rig_expect(&c, 200, "hello");
    client_close(&c);
    rig_end();
}

static bool patient(struct origin_request *r)
{
    char body[5] = "";
    if (strstr(r->path, "refuse")) {
        origin_send(r, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
        return false;
    }
    if (!strcasestr(r->head, "\r\nExpect: 100-continue") || r->early_n > 0)
        return false;
    origin_send(r, "HTTP/1.1 100 Continue\r\n\r\n");
    return origin_read(r, body, 4) && origin_answer(r, body);
}

TEST(exchange__forwards_an_expectation_and_an_early_refusal)
{
    struct client c;
    rig_begin(patient, NULL, NULL);
    rig_open(&c);
    client_sendf(
        &c,
        "POST http://127.0.0.1:%u/ HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n",
        origin_port(rig_origin));
    rig_expect(&c, 100, NULL);
    client_send(&c, "ping");
    rig_expect(&c, 200, "ping");
    client_sendf(&c, "POST http://127.0.0.1:%u/refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n",
                 origin_port(rig_origin));
    client_send(&c, "a beginning");
    struct answer *a = client_read(&c, false);
    assert_int_equal(a->status, 413);
    assert_string_equal(a->body, "no");
    assert_string_equal(answer_field(a, "Connection"), "close");
    answer_free(&a);
    client_close(&c);
    rig_end();
}

static const struct {
    const char *request;
    int status;
    const char *error; /* in Proxy-Status */
} malformed[] = {
    {"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", 400, "http_request_error"},
    {"GET http://x/ HTTP/1.1\r\nHost : x\r\n\r\n", 400, "http_request_error"},
    {"GET http://x/ HTTP/1.1\nHost: x\n\n", 400, "http_request_error"},
    {"GET http://x/ HTTP/1.1\r\n\r\n", 400, "http_request_error"},
    {"POST http://x/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
     "http_request_error"},
    {"POST http://x/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501,
     "http_request_error"},
    {"POST http://127.0.0.1:9/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400,
     "http_request_error"},
    {"GET http://x/ HTTP/3.0\r\nHost: x\r\n\r\n", 505, "http_request_error"},
    {"GET ftp://127.0.0.1/ HTTP/1.1\r\nHost: x\r\n\r\n", 501, "http_request_error"},
    {"GET https://127.0.0.1/ HTTP/1.1\r\nHost: x\r\n\r\n", 501, "http_request_error"},
    {"GET http:///x HTTP/1.1\r\nHost: x\r\n\r\n", 400, "http_request_error"},
    {"CONNECT 127.0.0.1 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "http_request_error"},
    {"GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: x\r\nExpect: magic\r\n\r\n", 417, "http_request_error"},
    {"\x16\x03\x01\x02\x05\x01\r\n\r\n", 400, "http_request_error"},
};

TEST(exchange__refuses_what_is_malformed_with_a_page_and_a_record)
{
    rig_begin(rig_hello, NULL, NULL);
    for (size_t i = 0; i < SL_COUNT(malformed); i++) {
        struct client c;
        rig_open(&c);
        client_send(&c, malformed[i].request);
        struct answer *a = client_read(&c, false);
        if (a->status != malformed[i].status || !a->whole)
            fail_msg("%s: %d\n%s", malformed[i].request, a->status, a->head);
        assert_non_null(strstr(answer_field(a, "Proxy-Status"), malformed[i].error));
        assert_int_equal(strlen(answer_field(a, "X-Sluice-Request")), 13);
        answer_free(&a);
        client_close(&c);
    }
    json_t *records = gateway_records(rig_gateway, SL_COUNT(malformed));
    for (size_t i = 0; i < json_array_size(records); i++)
        assert_string_equal(json_string_value(json_object_get(json_array_get(records, i), "action")),
                            "error");
    json_decref(records);
    assert_int_equal(origin_requests(rig_origin), 0);
    rig_end();
}

TEST(exchange__a_head_over_the_limit_is_431)
{
    struct client c;
    char filler[1000];
    rig_begin(rig_hello, NULL, "[proxy]\nmax_head = 8KiB");
    memset(filler, 'a', sizeof filler);
    rig_open(&c);
    client_sendf(&c, "GET http://127.0.0.1:%u/ HTTP/1.1\r\nHost: x\r\n", origin_port(rig_origin));
    for (int i = 0; i < 9; i++)
        client_sendf(&c, "X-%d: %.*s\r\n", i, (int)sizeof filler, filler);
    client_send(&c, "\r\n");
    rig_expect(&c, 431, NULL);
    client_close(&c);
    rig_end();
}

/* ---- the pool ---- */

static bool closes_silently(struct origin_request *r)
{
    origin_answer(r, "hello");
    return false;
}

/* Closes the connection instead of answering a second request: the worst moment. */
static bool drops_second(struct origin_request *r)
{
    return r->number == 1 && origin_answer(r, "hello");
}

TEST(pool__a_stale_connection_is_no_fault_of_the_client)
{
    struct client c;
    rig_begin(drops_second, NULL, NULL);
    rig_open(&c);
    for (int i = 0; i < 5; i++) {
        rig_get(&c, "/");
        rig_expect(&c, 200, "hello");
    }
    assert_int_equal(gateway_metric(rig_gateway, "sluice_upstream_retries_total"), 4);
    client_sendf(&c, "POST http://127.0.0.1:%u/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx",
                 origin_port(rig_origin));
    rig_expect(&c, 502, NULL); /* it may have been acted upon: not sent twice */
    client_close(&c);
    rig_end();
}

TEST(pool__notices_that_an_origin_closed)
{
    struct client c;
    rig_begin(closes_silently, NULL, NULL);
    rig_open(&c);
    for (int i = 0; i < 5; i++) {
        rig_get(&c, "/");
        rig_expect(&c, 200, "hello");
        rig_wait_metric("sluice_upstream_connections", 0);
    }
    assert_int_equal(origin_connections(rig_origin), 5);
    assert_int_equal(gateway_metric(rig_gateway, "sluice_upstream_retries_total"), 0);
    client_close(&c);
    rig_end();
}

TEST(pool__gives_idle_connections_up_after_a_while)
{
    struct client c;
    rig_begin(rig_hello, NULL, "[proxy]\npool_idle = 400ms");
    rig_open(&c);
    rig_get(&c, "/");
    rig_expect(&c, 200, "hello");
    assert_int_equal(gateway_metric(rig_gateway, "sluice_upstream_connections_idle"), 1);
    rig_wait_metric("sluice_upstream_connections", 0);
    client_close(&c);
    rig_end();
}

/* ---- time ---- */

static bool silent(struct origin_request *r)
{
    char byte;
    recv(r->fd, &byte, 1, 0); /* until the gateway lets go */
    return false;
}

static bool stalls(struct origin_request *r)
{
    origin_send(r, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin");
    return silent(r);
}

TEST(deadlines__a_slow_head_is_408)
{
    struct client c;
    rig_begin(rig_hello, NULL, "[proxy]\ntimeout_head = 100ms");
    rig_open(&c);
    client_send(&c, "GET http://127.0.0.1/ HT");
    rig_expect(&c, 408, NULL);
    assert_true(client_closed(&c));
    client_close(&c);
    assert_string_equal(rig_recorded(1, "error"), "client-timeout-head");
    rig_end();
}

TEST(deadlines__an_idle_connection_is_closed_without_a_word)
{
    struct client c;
    rig_begin(rig_hello, NULL, "[proxy]\ntimeout_idle = 100ms");
    rig_open(&c);
    rig_get(&c, "/");
    rig_expect(&c, 200, "hello");
    assert_true(client_closed(&c));
    client_close(&c);
    rig_end();
}

TEST(deadlines__a_silent_origin_is_504)
{
    struct client c;
    rig_begin(silent, NULL, "[proxy]\ntimeout_response = 100ms");
    rig_open(&c);
    rig_get(&c, "/");
    rig_expect(&c, 504, NULL);
    client_close(&c);
    assert_string_equal(rig_recorded(1, "error"), "origin-timeout-response");
    rig_end();
}

TEST(deadlines__a_body_that_stops_is_cut)
{
    struct client c;
    rig_begin(stalls, NULL, "[proxy]\ntimeout_body = 100ms");
    rig_open(&c);
    rig_get(&c, "/");
    struct answer *a = client_read(&c, false);
    assert_int_equal(a->status, 200);
    assert_false(a->whole);
    answer_free(&a);
    client_close(&c);
    assert_string_equal(rig_recorded(1, "error"), "origin-timeout-relay");
    rig_open(&c);
    client_sendf(&c, "POST http://127.0.0.1:%u/ HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
                 origin_port(rig_origin));
    a = client_read(&c, false);
    assert_true(a->status == 200 || a->status == 408);
    answer_free(&a);
    client_close(&c);
    rig_end();
}

/* ---- clients that go ---- */

TEST(client__that_resets_while_it_waits_is_let_go_of)
{
    struct client c;
    rig_begin(silent, NULL, NULL);
    rig_open(&c);
    rig_get(&c, "/");
    while (origin_requests(rig_origin) == 0)
        rig_nap_ms(1);
    client_abort(&c);
    assert_string_equal(rig_recorded(1, "error"), "client-closed-wait");
    rig_wait_metric("sluice_upstream_connections", 0);
    rig_end();
}

static bool late(struct origin_request *r)
{
    rig_nap_ms(100);
    return rig_hello(r);
}

TEST(client__that_half_closes_still_gets_its_answer)
{
    struct client c;
    rig_begin(late, NULL, NULL);
    rig_open(&c);
    rig_get(&c, "/");
    shutdown(c.fd, SHUT_WR);
    rig_expect(&c, 200, "hello");
    assert_true(client_closed(&c));
    client_close(&c);
    rig_end();
}

static bool endless(struct origin_request *r)
{
    char block[65536];
    memset(block, 'x', sizeof block);
    origin_send(r, "HTTP/1.1 200 OK\r\n\r\n");
    for (;;) {
        ssize_t n = send(r->fd, block, sizeof block, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
    }
}

TEST(client__that_goes_quietly_is_let_go_of_after_a_moment)
{
    struct client c;
    rig_begin(silent, NULL, NULL);
    rig_open(&c);
    rig_get(&c, "/");
    while (origin_requests(rig_origin) == 0)
        rig_nap_ms(1);
    client_close(&c);
    rig_wait_metric("sluice_upstream_connections", 0);
    assert_string_equal(rig_recorded(1, "error"), "client-closed-wait");
    rig_end();
}

TEST(client__that_does_not_read_stops_the_origin_and_memory_stays_bounded)
{
    struct client c;
    uint64_t before = 0, now;
    rig_begin(endless, NULL, NULL);
    rig_open(&c);
    rig_get(&c, "/");
    while ((now = gateway_metric(rig_gateway, "sluice_upstream_bytes_total{direction=\"in\"}")) != before ||
           now == 0) {
        before = now;
        rig_nap_ms(100);
    }
    assert_true(now < 32 * 1024 * 1024); /* what the sockets' buffers took */
    client_abort(&c);
    assert_string_equal(rig_recorded(1, "error"), "client-reset-relay");
    rig_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exchange__keeps_both_connections),
        cmocka_unit_test(exchange__relays_each_framing_and_hides_no_fault),
        cmocka_unit_test(exchange__undoes_chunks_for_an_old_client),
        cmocka_unit_test(exchange__dates_what_the_origin_did_not),
        cmocka_unit_test(exchange__a_head_has_no_body),
        cmocka_unit_test(exchange__answers_pipelined_requests_in_order),
        cmocka_unit_test(exchange__answers_all_that_was_asked_before_a_half_close),
        cmocka_unit_test(exchange__carries_bodies_of_any_size_both_ways),
        cmocka_unit_test(exchange__forwards_an_expectation_and_an_early_refusal),
        cmocka_unit_test(exchange__refuses_what_is_malformed_with_a_page_and_a_record),
        cmocka_unit_test(exchange__a_head_over_the_limit_is_431),
        cmocka_unit_test(pool__a_stale_connection_is_no_fault_of_the_client),
        cmocka_unit_test(pool__notices_that_an_origin_closed),
        cmocka_unit_test(pool__gives_idle_connections_up_after_a_while),
        cmocka_unit_test(deadlines__a_slow_head_is_408),
        cmocka_unit_test(deadlines__an_idle_connection_is_closed_without_a_word),
        cmocka_unit_test(deadlines__a_silent_origin_is_504),
        cmocka_unit_test(deadlines__a_body_that_stops_is_cut),
        cmocka_unit_test(client__that_resets_while_it_waits_is_let_go_of),
        cmocka_unit_test(client__that_half_closes_still_gets_its_answer),
        cmocka_unit_test(client__that_goes_quietly_is_let_go_of_after_a_moment),
        cmocka_unit_test(client__that_does_not_read_stops_the_origin_and_memory_stays_bounded),
    };
    return cmocka_run_group_tests_name("proxy/conn/exchange", tests, NULL, NULL);
}

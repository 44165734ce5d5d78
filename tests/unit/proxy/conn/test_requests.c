/* test_requests.c - the request side byte by byte, through a real data plane: what a client sends, what it is
 * answered, and what the origin has seen of it. */
#include "tests/unit/proxy/conn/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

/* Reads a whole request as it is on the wire and sends it back, so that the client sees what the origin saw.
 */
static bool mirror(struct origin_request *r)
{
    SL_CLEANUP(sl_text_fini) struct sl_text seen = {0};
    const char *length = strcasestr(r->head, "\r\nContent-Length:");
    bool chunked = strcasestr(r->head, "\r\nTransfer-Encoding:") != NULL;
    size_t left = length ? strtoul(length + 17, NULL, 10) : 0;
    char byte;
    sl_text_add(&seen, sl_cstr(r->head));
    while (chunked ? memcmp(seen.p + seen.n - 5, "0\r\n\r\n", 5) != 0 && !strstr(seen.p, "\r\n0\r\nX")
                   : left-- > 0) {
        if (!origin_read(r, &byte, 1))
            return false;
        sl_text_addc(&seen, byte);
    }
    while (chunked && memcmp(seen.p + seen.n - 4, "\r\n\r\n", 4) != 0 && origin_read(r, &byte, 1))
        sl_text_addc(&seen, byte);
    origin_sendf(r, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", seen.n, seen.p);
    return true;
}

/* text with the origin's port for each '@'. */
static char *with_port(const char *text)
{
    struct sl_text out = {0};
    for (; *text; text++)
        if (*text == '@')
            sl_text_addf(&out, "127.0.0.1:%u", origin_port(rig_origin));
        else
            sl_text_addc(&out, *text);
    return out.p;
}

static struct answer *ask(const char *text)
{
    struct client c;
    SL_CLEANUP(sl_freep) char *request = with_port(text);
    rig_open(&c);
    client_send(&c, request);
    struct answer *a = client_read(&c, false);
    client_close(&c);
    return a;
}

struct seen {
    const char *request, *arrives; /* in full; NULL: nothing */
    int status;
};

static void check(const struct seen *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned before = origin_requests(rig_origin);
        struct answer *a = ask(cases[i].request);
        SL_CLEANUP(sl_freep) char *wanted = cases[i].arrives ? with_port(cases[i].arrives) : NULL;
        if (a->status != cases[i].status || (wanted && strcmp(a->body, wanted) != 0))
            fail_msg("%s\n%d\n%s", cases[i].request, a->status, a->body);
        assert_int_equal(origin_requests(rig_origin) - before, cases[i].arrives != NULL);
        answer_free(&a);
    }
}

#define HOST "Host: @\r\n"

TEST(requests__reach_the_origin_in_one_form)
{
    static const struct seen cases[] = {
        {"GET http://@ HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\n" HOST "\r\n", 200},
        {"GET http://@/%7ea/./b/../c?d HTTP/1.1\r\nHost: evil.example:1\r\nX:  y \r\n\r\n",
         "GET /~a/c?d HTTP/1.1\r\n" HOST "X: y\r\n\r\n", 200},
        {"POST http://@/ HTTP/1.1\r\nHost: x\r\n\r\n", "POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n",
         200},
        {"POST http://@/ HTTP/1.1\r\nHost: x\r\nContent-Length: 007\r\n\r\n1234567",
         "POST / HTTP/1.1\r\n" HOST "Content-Length: 7\r\n\r\n1234567", 200},
        {"GET http://@/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab",
         "GET / HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nab", 200},
        {"brew http://@/ HTTP/1.1\r\nHost: x\r\nCache-Control: no-store, x=y\r\nConnection: "
         "cache-control\r\n\r\n",
         "brew / HTTP/1.1\r\n" HOST "Cache-Control: no-store, x=y\r\n\r\n", 200},
        {"PUT http://@/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
         "CHUNKED\r\n\r\n3;a=\"b\"\r\nabc\r\n0;c\r\n\r\n",
         "PUT / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 200},
        {"GET http://@/ HTTP/1.1\r\nHost: x\r\nTE: gzip, trailers\r\nUpgrade: h2c, tls/1.2\r\nConnection: "
         "TE, "
         "upgrade\r\n\r\n",
         "GET / HTTP/1.1\r\n" HOST "TE: trailers\r\nConnection: TE\r\n\r\n", 200},
    };
    rig_begin(mirror, NULL, "[proxy]\nvia = off");
    check(cases, SL_COUNT(cases));
    rig_end();
}

TEST(requests__lose_the_credentials_of_their_url)
{
    char target[128], head[4096];
    struct client c;
    rig_begin(rig_hello, NULL, NULL);
    rig_open(&c);
    snprintf(target, sizeof target, "http://other.example:secret@127.0.0.1:%u/", origin_port(rig_origin));
    client_sendf(&c, "GET %s HTTP/1.1\r\nHost: other.example\r\n\r\n", target);
    rig_expect(&c, 200, "hello");
    origin_last_head(rig_origin, head, sizeof head);
    assert_null(strstr(head, "secret"));
    assert_null(strstr(head, "other.example"));
    assert_string_equal(rig_recorded(1, "host"), "127.0.0.1");
    client_close(&c);
    rig_end();
}

TEST(requests__with_a_body_that_nothing_announces_are_refused)
{
    static const struct seen cases[] = {
        {"POST http://@/ HTTP/1.1\r\nHost: x\r\n\r\na=b", NULL, 411},
        {"PATCH http://@/ HTTP/1.1\r\nHost: x\r\n\r\nGET http://@/smuggled HTTP/1.1\r\nHost: x\r\n\r\n", NULL,
         411},
        {"PUT http://@/ HTTP/1.0\r\n\r\n", NULL, 411},
        {"POST http://@/ HTTP/1.1\r\nHost: x\r\nContent_Length: 3\r\n\r\na=b", NULL, 411},
        {"TRACE http://@/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na=b", NULL, 400},
    };
    rig_begin(mirror, NULL, NULL);
    check(cases, SL_COUNT(cases));
    assert_string_equal(rig_recorded(SL_COUNT(cases), "error"), "client-malformed-head");
    rig_end();
}

TEST(requests__keep_trailers_that_may_pass)
{
#define CHUNKS "PUT http://@/ HTTP/1.1\r\nHost: x\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n"
#define ARRIVES "PUT / HTTP/1.1\r\n" HOST
    static const char policy[] =
        "{\"schema\":1,\"default\":{\"then\":\"allow\"},\"headers\":[{\"id\":\"h\",\"if\":"
        "{\"method\":[\"PATCH\"]},\"remove\":[\"X-Sum\"]}]}";
    static const struct seen cases[] = {
        {CHUNKS
         "\r\n1\r\na\r\n0\r\nX-Sum: 1\r\nHost: evil\r\nContent-Length: 3\r\nX_Forwarded_For: 1\r\n\r\n",
         ARRIVES "Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n", 200},
        {CHUNKS "Connection: x-sum\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n",
         ARRIVES "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", 200},
        {"PATCH http://@/ HTTP/1.1\r\nHost: x\r\nX-Sum: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: "
         "1\r\n\r\n",
         "PATCH / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200},
    };
    rig_begin(mirror, policy, "[proxy]\nvia = off");
    check(cases, SL_COUNT(cases));
    rig_end();
}

TEST(requests__that_go_no_further_are_answered_here)
{
    static const char secrets[] =
        "Cookie: a=b\r\nAuthorization: Basic eDp5\r\nProxy-Authorization: Basic eDp5\r\n";
    SL_CLEANUP(sl_freep)
    char *text =
        sl_asprintf("TRACE http://@/x HTTP/1.1\r\nHost: x\r\nMax-Forwards: 0\r\n%sX-Own: 1\r\n\r\n", secrets);
    rig_begin(mirror, NULL, "[proxy]\nvia = off");
    struct answer *a = ask(text);
    SL_CLEANUP(sl_freep)
    char *echo = with_port("TRACE http://@/x HTTP/1.1\r\nHost: x\r\nMax-Forwards: 0\r\nX-Own: 1\r\n\r\n");
    assert_int_equal(a->status, 200);
    assert_string_equal(a->body, echo);
    assert_string_equal(answer_field(a, "Content-Type"), "message/http");
    answer_free(&a);
    static const char *const mine[] = {"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
                                       "OPTIONS * HTTP/1.1\r\nHost: x\r\nMax-Forwards: 7\r\n\r\n",
                                       "OPTIONS http://@ HTTP/1.1\r\nHost: x\r\nMax-Forwards: 0\r\n\r\n"};
    for (size_t i = 0; i < SL_COUNT(mine); i++) {
        a = ask(mine[i]);
        assert_int_equal(a->status, 200);
        assert_non_null(strstr(answer_field(a, "Allow"), "GET"));
        assert_string_equal(answer_field(a, "Content-Length"), "0");
        assert_non_null(strstr(answer_field(a, "Proxy-Status"), "proxy_internal_response"));
        answer_free(&a);
    }
    assert_int_equal(origin_requests(rig_origin), 0);
    static const struct seen others[] = {
        {"OPTIONS http://@ HTTP/1.1\r\nHost: x\r\nMax-Forwards: 2\r\n\r\n",
         "OPTIONS * HTTP/1.1\r\n" HOST "Max-Forwards: 1\r\n\r\n", 200},
        {"TRACE http://@/ HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic eDp5\r\nMax-Forwards: 1\r\n\r\n",
         "TRACE / HTTP/1.1\r\n" HOST "Max-Forwards: 0\r\n\r\n", 200},
        {"OPTIONS http://@/ HTTP/1.1\r\nHost: x\r\nMax-Forwards: 0, 1\r\n\r\n", NULL, 400},
    };
    check(others, SL_COUNT(others));
    rig_end();
}

/* ---- expectations ---- */

static bool goes_on(struct origin_request *r)
{
    char body[5] = "";
    if (strcasestr(r->head, "\r\nExpect:"))
        origin_send(r, "HTTP/1.1 100 Continue\r\n\r\n");
    return origin_read(r, body, 4) && origin_answer(r, body);
}

TEST(expectations__go_on_with_slow_bodies_and_not_for_old_clients)
{
    struct client c;
    char head[4096];
    rig_begin(goes_on, NULL, NULL);
    rig_open(&c);
    client_sendf(
        &c,
        "POST http://127.0.0.1:%u/ HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-CONTINUE\r\n\r\n",
        origin_port(rig_origin));
    rig_expect(&c, 100, NULL);
    origin_last_head(rig_origin, head, sizeof head);
    assert_non_null(strstr(head, "\r\nExpect: 100-continue\r\n"));
    for (const char *p = "ping"; *p; p++) {
        client_send_bytes(&c, p, 1);
        rig_nap_ms(5);
    }
    rig_expect(&c, 200, "ping");
    client_sendf(
        &c, "POST http://127.0.0.1:%u/ HTTP/1.0\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\npong",
        origin_port(rig_origin));
    rig_expect(&c, 200, "pong"); /* nothing before it */
    origin_last_head(rig_origin, head, sizeof head);
    assert_null(strcasestr(head, "Expect"));
    client_close(&c);
    rig_end();
}

/* ---- what follows ---- */

TEST(close__ends_what_was_sent_behind_it)
{
    struct client c;
    rig_begin(rig_hello, NULL, NULL);
    rig_open(&c);
    SL_CLEANUP(sl_freep)
    char *text = with_port(
        "GET http://@/ HTTP/1.1\r\nHost: x\r\nConnection: x, Close\r\n\r\nGET http://@/ HTTP/1.1\r\n"
        "Host: x\r\n\r\n");
    client_send(&c, text);
    struct answer *a = client_read(&c, false);
    assert_int_equal(a->status, 200);
    assert_string_equal(answer_field(a, "Connection"), "close");
    answer_free(&a);
    assert_true(client_closed(&c));
    assert_int_equal(origin_requests(rig_origin), 1);
    client_close(&c);
    rig_end();
}

TEST(keep_alive__of_an_old_client_holds_while_answers_have_a_length)
{
    struct client c;
    rig_begin(rig_hello, NULL, NULL);
    rig_open(&c);
    for (int i = 0; i < 3; i++) {
        client_sendf(&c, "GET http://127.0.0.1:%u/ HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
                     origin_port(rig_origin));
        struct answer *a = client_read(&c, false);
        assert_string_equal(a->body, "hello");
        assert_string_equal(answer_field(a, "Connection"), "keep-alive");
        answer_free(&a);
    }
    client_sendf(&c, "GET http://127.0.0.1:%u/ HTTP/1.0\r\n\r\n", origin_port(rig_origin));
    rig_expect(&c, 200, "hello");
    assert_true(client_closed(&c));
    client_close(&c);
    rig_end();
}

TEST(upgrade__is_offered_for_a_websocket_get_alone)
{
#define WEBSOCKET "Upgrade: websocket\r\nConnection: Upgrade\r\n"
    static const struct seen cases[] = {
        {"GET http://@/ HTTP/1.1\r\nHost: x\r\n" WEBSOCKET "Sec-WebSocket-Key: k\r\nUpgrade: h2c\r\n\r\n",
         "GET / HTTP/1.1\r\n" HOST "Sec-WebSocket-Key: k\r\n" WEBSOCKET "\r\n", 200},
        {"POST http://@/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n" WEBSOCKET "\r\nx",
         "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx", 200},
        {"GET http://@/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n" WEBSOCKET "\r\nx",
         "GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx", 200},
        {"GET http://@/ HTTP/1.0\r\n" WEBSOCKET "\r\n", "GET / HTTP/1.1\r\n" HOST "\r\n", 200},
    };
    rig_begin(mirror, NULL, "[proxy]\nvia = off");
    check(cases, SL_COUNT(cases));
    rig_end();
}

static bool counts(struct origin_request *r)
{
    char chunk[6];
    unsigned n = 0;
    while (origin_read(r, chunk, 5) && memcmp(chunk, "0\r\n\r\n", 5) != 0 && origin_read(r, chunk + 5, 1))
        n++;
    origin_sendf(r, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n%05u", n);
    return true;
}

TEST(chunks__of_one_byte_pass_in_any_number)
{
    enum { CHUNKS_SENT = 30000 };
    SL_CLEANUP(sl_text_fini) struct sl_text body = {0};
    struct client c;
    rig_begin(counts, NULL, NULL);
    rig_open(&c);
    for (int i = 0; i < CHUNKS_SENT; i++)
        sl_text_add(&body, SL_STR("1\r\nx\r\n"));
    sl_text_add(&body, SL_STR("0\r\n\r\n"));
    client_sendf(&c, "POST http://127.0.0.1:%u/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
                 origin_port(rig_origin));
    client_send_bytes(&c, body.p, body.n);
    rig_expect(&c, 200, "30000");
    client_close(&c);
    rig_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests__reach_the_origin_in_one_form),
        cmocka_unit_test(requests__lose_the_credentials_of_their_url),
        cmocka_unit_test(requests__with_a_body_that_nothing_announces_are_refused),
        cmocka_unit_test(requests__keep_trailers_that_may_pass),
        cmocka_unit_test(requests__that_go_no_further_are_answered_here),
        cmocka_unit_test(expectations__go_on_with_slow_bodies_and_not_for_old_clients),
        cmocka_unit_test(close__ends_what_was_sent_behind_it),
        cmocka_unit_test(keep_alive__of_an_old_client_holds_while_answers_have_a_length),
        cmocka_unit_test(upgrade__is_offered_for_a_websocket_get_alone),
        cmocka_unit_test(chunks__of_one_byte_pass_in_any_number),
    };
    return cmocka_run_group_tests_name("proxy/conn/requests", tests, NULL, NULL);
}

/* test_head.c - unit tests of proxy/http/head.c and head_check.c. */
#include "tests/support/cmocka_all.h"

#include <stdlib.h>

#include "proxy/http/head.h"

static const struct head_limits limits = {.bytes = 65536, .fields = 100};

#define H "Host: a.example\r\n"

/* A copy without slack behind it, so that ASan sees any byte read beyond. */
static char *exact(const char *text, size_t n)
{
    char *p = malloc(n ? n : 1);
    memcpy(p, text, n);
    return p;
}

static enum head_result parse_request(struct head *h, const char *text, size_t n)
{
    head_init(h);
    return head_parse_request(h, text, n, limits);
}

TEST(head_parse_request__refuses_what_can_be_read_two_ways)
{
    static const struct {
        const char *text;
        enum head_fault fault;
        unsigned status;
    } cases[] = {
        {"GET http://a/ HTTP/1.1\n" H "\r\n", HEAD_BARE_LF, 400},
        {"GET http://a/ HTTP/1.1\r\n" H "\n", HEAD_BARE_LF, 400},
        {"GET http://a/ HTTP/1.1\r\nHost: a\rb\r\n\r\n", HEAD_BARE_CR, 400},
        {"GET http://a/ HTTP/1.1\r\n" H "A: b\r\r\n\r\n", HEAD_BARE_CR, 400},
        {"GET http://a/ HTTP/1.1\r\n" H "A: b\x01\r\n\r\n", HEAD_CONTROL_BYTE, 400},
        {"GET http://a/ HTTP/1.1\r\n" H "A: b\x7f\r\n\r\n", HEAD_CONTROL_BYTE, 400},
        {"\n\nGET http://a/ HTTP/1.1\r\n" H "\r\n", HEAD_BARE_LF, 400},
        {"\r\n\r\n\r\nGET http://a/ HTTP/1.1\r\n" H "\r\n", HEAD_LINE, 400},
        {"\x16\x03\x01\x02", HEAD_CONTROL_BYTE, 400},
        {" GET http://a/ HTTP/1.1\r\n" H "\r\n", HEAD_METHOD, 400},
        {"G(T http://a/ HTTP/1.1\r\n" H "\r\n", HEAD_METHOD, 400},
        {"AVERYVERYVERYVERYVERYVERYLONGMETHOD http://a/ HTTP/1.1\r\n" H "\r\n", HEAD_METHOD_LONG, 501},
        {"GET\r\n" H "\r\n", HEAD_LINE, 400},
        {"GET /\r\n\r\n", HEAD_LINE, 400},
        {"GET HTTP/1.1\r\n" H "\r\n", HEAD_LINE, 400},
        {"GET  HTTP/1.1\r\n" H "\r\n", HEAD_TARGET, 400},
        {"GET   HTTP/1.1\r\n" H "\r\n", HEAD_TARGET, 400},
        {"GET  http://a/ HTTP/1.1\r\n" H "\r\n", HEAD_TARGET, 400},
        {"GET http://a/  HTTP/1.1\r\n" H "\r\n", HEAD_TARGET, 400},
        {"GET\thttp://a/ HTTP/1.1\r\n" H "\r\n", HEAD_METHOD, 400},
        {"GET http://a/ b HTTP/1.1\r\n" H "\r\n", HEAD_TARGET, 400},
        {"GET http://a/#x HTTP/1.1\r\n" H "\r\n", HEAD_TARGET, 400},
        {"GET a.example/ HTTP/1.1\r\n" H "\r\n", HEAD_TARGET, 400},
        {"GET 1http://a/ HTTP/1.1\r\n" H "\r\n", HEAD_TARGET, 400},
        {"GET * HTTP/1.1\r\n" H "\r\n", HEAD_TARGET, 400},
        {"GET a.example:443 HTTP/1.1\r\n" H "\r\n", HEAD_OK,
         200}, /* scheme "a.example": left to the URL parser */
        {"CONNECT a.example HTTP/1.1\r\n" H "\r\n", HEAD_TARGET, 400},
        {"CONNECT http://a/ HTTP/1.1\r\n" H "\r\n", HEAD_TARGET, 400},
        {"CONNECT u@a:443 HTTP/1.1\r\n" H "\r\n", HEAD_TARGET, 400},
        {"CONNECT /x:1 HTTP/1.1\r\n" H "\r\n", HEAD_TARGET, 400},
        {"GET http://a/ HTTP/2.0\r\n\r\n", HEAD_VERSION, 505},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", HEAD_VERSION, 505},
        {"GET http://a/ HTTP/1.2\r\n\r\n", HEAD_VERSION, 505},
        {"GET http://a/ HTTP/0.9\r\n\r\n", HEAD_VERSION, 505},
        {"GET http://a/ HTTP/1.11\r\n\r\n", HEAD_LINE, 400},
        {"GET http://a/ http/1.1\r\n\r\n", HEAD_LINE, 400},
        {"GET http://a/ HTTP/11\r\n\r\n", HEAD_LINE, 400},
        {"GET http://a/ HTTP/1.1 \r\n\r\n", HEAD_LINE, 400},
        {"GET http://a/ HTTP/1.1\r\nHost : a\r\n\r\n", HEAD_FIELD_NAME, 400},
        {"GET http://a/ HTTP/1.1\r\n" H "X\r\n\r\n", HEAD_FIELD_NAME, 400},
        {"GET http://a/ HTTP/1.1\r\n" H ": x\r\n\r\n", HEAD_FIELD_NAME, 400},
        {"GET http://a/ HTTP/1.1\r\n" H "A\tb: x\r\n\r\n", HEAD_FIELD_NAME, 400},
        {"GET http://a/ HTTP/1.1\r\n" H "A(: x\r\n\r\n", HEAD_FIELD_NAME, 400},
        {"GET http://a/ HTTP/1.1\r\n" H "\xc3\xa4: x\r\n\r\n", HEAD_FIELD_NAME, 400},
        {"GET http://a/ HTTP/1.1\r\n" H "A: x\r\n  y\r\n\r\n", HEAD_FOLDED, 400},
        {"GET http://a/ HTTP/1.1\r\n" H "A: x\r\n\ty: z\r\n\r\n", HEAD_FOLDED, 400},
        {"GET http://a/ HTTP/1.1\r\n A: x\r\n" H "\r\n", HEAD_FOLDED, 400},
        {"POST http://a/ HTTP/1.1\r\n" H "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", HEAD_LENGTH, 400},
        {"POST http://a/ HTTP/1.1\r\n" H "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", HEAD_LENGTH, 400},
        {"POST http://a/ HTTP/1.1\r\n" H "Content-Length: 5, 5\r\n\r\n", HEAD_LENGTH, 400},
        {"POST http://a/ HTTP/1.1\r\n" H "Content-Length: +5\r\n\r\n", HEAD_LENGTH, 400},
        {"POST http://a/ HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\n", HEAD_LENGTH, 400},
        {"POST http://a/ HTTP/1.1\r\n" H "Content-Length: 0x5\r\n\r\n", HEAD_LENGTH, 400},
        {"POST http://a/ HTTP/1.1\r\n" H "Content-Length: 5 5\r\n\r\n", HEAD_LENGTH, 400},
        {"POST http://a/ HTTP/1.1\r\n" H "Content-Length:\r\n\r\n", HEAD_LENGTH, 400},
        {"POST http://a/ HTTP/1.1\r\n" H "Content-Length: 9223372036854775808\r\n\r\n", HEAD_LENGTH, 400},
        {"POST http://a/ HTTP/1.1\r\n" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
         HEAD_LENGTH_AND_CODING, 400},
        {"POST http://a/ HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
         HEAD_LENGTH_AND_CODING, 400},
        {"POST http://a/ HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n", HEAD_CODING_UNKNOWN,
         501},
        {"POST http://a/ HTTP/1.1\r\n" H
         "Transfer-Encoding: gzip, deflate\r\nTransfer-Encoding: chunked\r\n\r\n",
         HEAD_CODING_UNKNOWN, 501},
        {"POST http://a/ HTTP/1.1\r\n" H "Transfer-Encoding: gzip\r\n\r\n", HEAD_CODING, 400},
        {"POST http://a/ HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\n", HEAD_CODING, 400},
        {"POST http://a/ HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n", HEAD_CODING, 400},
        {"POST http://a/ HTTP/1.1\r\n" H "Transfer-Encoding: ,\r\n\r\n", HEAD_CODING, 400},
        {"POST http://a/ HTTP/1.0\r\n\r\n", HEAD_LENGTH_MISSING, 411},
        {"PUT http://a/ HTTP/1.0\r\nContent_Length: 4\r\n\r\n", HEAD_LENGTH_MISSING, 411},
        {"OPTIONS http://a/ HTTP/1.1\r\n" H "Max-Forwards: x\r\n\r\n", HEAD_MAX_FORWARDS, 400},
        {"OPTIONS http://a/ HTTP/1.1\r\n" H "Max-Forwards:\r\n\r\n", HEAD_MAX_FORWARDS, 400},
        {"OPTIONS * HTTP/1.1\r\n" H "Max-Forwards: -1\r\n\r\n", HEAD_MAX_FORWARDS, 400},
        {"TRACE http://a/ HTTP/1.1\r\n" H "Max-Forwards: 9\r\nMax-Forwards: 0\r\n\r\n", HEAD_MAX_FORWARDS,
         400},
        {"POST http://a/ HTTP/1.1\r\n" H "Transfer-Encoding: chunked, gzip\r\n\r\n", HEAD_CODING, 400},
        {"POST http://a/ HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n",
         HEAD_CODING, 400},
        {"POST http://a/ HTTP/1.1\r\n" H "Transfer-Encoding: chunked, chunked\r\n\r\n", HEAD_CODING, 400},
        {"POST http://a/ HTTP/1.1\r\n" H "Transfer-Encoding: chunked;q=1\r\n\r\n", HEAD_CODING, 400},
        {"POST http://a/ HTTP/1.1\r\n" H "Transfer-Encoding: \"chunked\"\r\n\r\n", HEAD_CODING, 400},
        {"POST http://a/ HTTP/1.1\r\n" H "Transfer-Encoding: chunked chunked\r\n\r\n", HEAD_CODING, 400},
        {"POST http://a/ HTTP/1.1\r\n" H "Transfer-Encoding:\r\n\r\n", HEAD_CODING, 400},
        {"POST http://a/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", HEAD_CODING_IN_10, 400},
        {"CONNECT a:443 HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\n", HEAD_BODY_UNEXPECTED, 400},
        {"CONNECT a:443 HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n", HEAD_BODY_UNEXPECTED, 400},
        {"TRACE http://a/ HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\n", HEAD_BODY_UNEXPECTED, 400},
        {"GET http://a/ HTTP/1.1\r\n\r\n", HEAD_NO_HOST, 400},
        {"GET http://a/ HTTP/1.1\r\n" H H "\r\n", HEAD_HOSTS, 400},
        {"GET http://a/ HTTP/1.0\r\n" H "host: b\r\n\r\n", HEAD_HOSTS, 400},
        {"GET http://a/ HTTP/1.1\r\nHost: a b\r\n\r\n", HEAD_HOST, 400},
        {"GET http://a/ HTTP/1.1\r\nHost: u@a\r\n\r\n", HEAD_HOST, 400},
        {"GET http://a/ HTTP/1.1\r\nHost: a/b\r\n\r\n", HEAD_HOST, 400},
        {"GET http://a/ HTTP/1.1\r\nHost: a:b\r\n\r\n", HEAD_HOST, 400},
        {"GET http://a/ HTTP/1.1\r\nHost: a:65536\r\n\r\n", HEAD_HOST, 400},
        {"GET http://a/ HTTP/1.1\r\nHost: [::1\r\n\r\n", HEAD_HOST, 400},
        {"GET http://a/ HTTP/1.1\r\nHost: [::1]x\r\n\r\n", HEAD_HOST, 400},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct head h;
        size_t n = strlen(cases[i].text);
        char *text = exact(cases[i].text, n);
        enum head_result r = parse_request(&h, text, n);
        if (h.fault != cases[i].fault)
            fail_msg("%s: got %s, expected %s", cases[i].text, head_fault_word(h.fault),
                     head_fault_word(cases[i].fault));
        assert_int_equal(r, cases[i].fault == HEAD_OK ? HEAD_DONE : HEAD_BAD);
        assert_int_equal(head_fault_status(h.fault), cases[i].status);
        free(text);
    }
}

TEST(head_parse_request__refuses_nul)
{
    static const char text[] = "GET http://a/ HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n";
    struct head h;
    assert_int_equal(parse_request(&h, text, sizeof text - 1), HEAD_BAD);
    assert_int_equal(h.fault, HEAD_CONTROL_BYTE);
}

static const char browser[] = "GET http://www.example.com/index.html?q=1 HTTP/1.1\r\n"
                              "Host: www.example.com\r\n"
                              "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101\r\n"
                              "Accept: text/html,application/xhtml+xml\r\n"
                              "Accept-Language: en-US,en;q=0.5\r\n"
                              "Accept-Encoding: gzip, deflate\r\n"
                              "Proxy-Connection: keep-alive\r\n"
                              "X-Odd:\t  with space\t \r\n"
                              "X-Empty:\r\n"
                              "\r\n";

static void check_browser(const struct head *h)
{
    assert_int_equal(h->length, sizeof browser - 1);
    assert_int_equal(h->method, METHOD_GET);
    assert_int_equal(h->form, TARGET_ABSOLUTE);
    assert_int_equal(h->minor, 1);
    assert_true(h->keep_alive);
    assert_int_equal(h->body, BODY_NONE);
    assert_int_equal(h->field_count, 8);
    assert_true(sl_str_eq(head_method(h), SL_STR("GET")));
    assert_true(sl_str_eq(head_target(h), SL_STR("http://www.example.com/index.html?q=1")));
    assert_true(sl_str_eq(head_get(h, FIELD_HOST), SL_STR("www.example.com")));
    assert_true(sl_str_eq(head_get(h, FIELD_ACCEPT_ENCODING), SL_STR("gzip, deflate")));
    assert_true(sl_str_eq(head_name(h, &h->fields[6]), SL_STR("X-Odd")));
    assert_true(sl_str_eq(head_value(h, &h->fields[6]), SL_STR("with space")));
    assert_int_equal(h->fields[7].value_n, 0);
    assert_null(head_get(h, FIELD_COOKIE).p);
}

TEST(head_parse_request__reads_a_browsers_request)
{
    struct head h;
    char *text = exact(browser, sizeof browser - 1);
    assert_int_equal(parse_request(&h, text, sizeof browser - 1), HEAD_DONE);
    check_browser(&h);
    free(text);
}

TEST(head_parse_request__reads_the_same_in_any_pieces)
{
    for (size_t piece = 1; piece < sizeof browser; piece++) {
        struct head h;
        enum head_result r = HEAD_MORE;
        head_init(&h);
        for (size_t n = piece; r == HEAD_MORE; n += piece) { /* the buffer moves with every read */
            n = SL_MIN(n, sizeof browser - 1);
            char *text = exact(browser, n);
            r = head_parse_request(&h, text, n, limits);
            if (r == HEAD_MORE)
                assert_true(n < sizeof browser - 1);
            free(text);
        }
        assert_int_equal(r, HEAD_DONE);
        head_rebase(&h, browser);
        check_browser(&h);
    }
}

TEST(head_parse_request__leaves_what_follows)
{
    static const char text[] =
        "\r\nPOST http://a/ HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabcGET http://b/ HTTP/1.1\r\n";
    struct head h;
    assert_int_equal(parse_request(&h, text, sizeof text - 1), HEAD_DONE);
    assert_int_equal(h.start, 2);
    assert_memory_equal(text + h.length, "abcGET", 6);
    assert_int_equal(h.body, BODY_LENGTH);
    assert_int_equal(h.content_length, 3);
}

TEST(head_parse_request__tells_forms_and_framing)
{
    static const struct {
        const char *text;
        enum target_form form;
        enum body_kind body;
        bool keep_alive;
    } cases[] = {
        {"GET / HTTP/1.1\r\n" H "\r\n", TARGET_ORIGIN, BODY_NONE, true},
        {"GET / HTTP/1.0\r\n\r\n", TARGET_ORIGIN, BODY_NONE, false},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", TARGET_ORIGIN, BODY_NONE, true},
        {"GET / HTTP/1.0\r\nProxy-Connection: keep-alive\r\n\r\n", TARGET_ORIGIN, BODY_NONE, true},
        {"GET / HTTP/1.0\r\nConnection: close, keep-alive\r\n\r\n", TARGET_ORIGIN, BODY_NONE, false},
        {"GET / HTTP/1.1\r\n" H "Connection: foo,, CLOSE\r\n\r\n", TARGET_ORIGIN, BODY_NONE, false},
        {"OPTIONS * HTTP/1.1\r\n" H "\r\n", TARGET_ASTERISK, BODY_NONE, true},
        {"CONNECT a.example:443 HTTP/1.1\r\n" H "\r\n", TARGET_AUTHORITY, BODY_NONE, true},
        {"CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\nContent-Length: 0\r\n\r\n", TARGET_AUTHORITY,
         BODY_LENGTH, true},
        {"POST ftp://a/ HTTP/1.1\r\nHost:\r\nTransfer-Encoding: Chunked\r\n\r\n", TARGET_ABSOLUTE,
         BODY_CHUNKED, true},
        {"POST http://a/ HTTP/1.1\r\n" H "Transfer-Encoding: , chunked ,\r\n\r\n", TARGET_ABSOLUTE,
         BODY_CHUNKED, true},
        {"get http://a/\xc3\xa4 HTTP/1.1\r\n" H "Content-Length: 007\r\n\r\n", TARGET_ABSOLUTE, BODY_LENGTH,
         true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct head h;
        if (parse_request(&h, cases[i].text, strlen(cases[i].text)) != HEAD_DONE)
            fail_msg("%s: %s", cases[i].text, head_fault_word(h.fault));
        assert_int_equal(h.form, cases[i].form);
        assert_int_equal(h.body, cases[i].body);
        assert_int_equal(h.keep_alive, cases[i].keep_alive);
    }
}

TEST(head_parse_request__reads_expectations_te_and_upgrade)
{
#define WS "Upgrade: h2c, WebSocket\r\nConnection: upgrade, TE\r\n"
    static const struct {
        const char *text;
        bool expect_continue, expect_other, te_trailers, upgrade;
    } cases[] = {
        {"GET http://a/ HTTP/1.1\r\n" H "TE: gzip;q=0.5, trailers\r\n" WS "\r\n", false, false, true, true},
        {"GET http://a/ HTTP/1.0\r\nTE: trailers\r\n" WS "\r\n", false, false, false, false},
        {"GET http://a/ HTTP/1.1\r\n" H "Upgrade: websocket\r\n\r\n", false, false, false, false},
        {"GET http://a/ HTTP/1.1\r\n" H "Upgrade: h2c\r\nConnection: upgrade\r\n\r\n", false, false, false,
         false},
        {"GET http://a/ HTTP/1.1\r\n" H "Content-Length: 1\r\n" WS "\r\n", false, false, false, false},
        {"POST http://a/ HTTP/1.1\r\n" H "Content-Length: 0\r\n" WS "\r\n", false, false, false, false},
        {"CONNECT a:443 HTTP/1.1\r\n" H WS "\r\n", false, false, false, false},
        {"PUT http://a/ HTTP/1.1\r\n" H "Content-Length: 1\r\nExpect: 100-Continue\r\n\r\n", true, false,
         false, false},
        {"PUT http://a/ HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nExpect: , 100-continue\r\n\r\n", true,
         false, false, false},
        {"PUT http://a/ HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue, x\r\n\r\n", false, false,
         false, false},
        {"PUT http://a/ HTTP/1.1\r\n" H "Content-Length: 0\r\nExpect: 100-continue\r\n\r\n", false, false,
         false, false},
        {"GET http://a/ HTTP/1.1\r\n" H "Expect: 200-ok\r\n\r\n", false, true, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct head h;
        if (parse_request(&h, cases[i].text, strlen(cases[i].text)) != HEAD_DONE)
            fail_msg("%s: %s", cases[i].text, head_fault_word(h.fault));
        if (h.expect_continue != cases[i].expect_continue || h.expect_other != cases[i].expect_other ||
            h.te_trailers != cases[i].te_trailers || head_wants_upgrade(&h) != cases[i].upgrade)
            fail_msg("%s: %d %d %d %d", cases[i].text, h.expect_continue, h.expect_other, h.te_trailers,
                     head_wants_upgrade(&h));
    }
}

TEST(head_parse_request__keeps_its_limits)
{
    struct head h;
    static const struct head_limits tight = {.bytes = 100, .fields = 3};
    char text[400];
    memset(text, 'a', sizeof text);
    head_init(&h);
    assert_int_equal(head_parse_request(&h, text, 99, tight), HEAD_MORE);
    assert_int_equal(head_parse_request(&h, text, 100, tight), HEAD_BAD);
    assert_int_equal(head_fault_status(h.fault), 414);
    memcpy(text, "GET http://a/ HTTP/1.1\r\n", 24);
    head_init(&h);
    assert_int_equal(head_parse_request(&h, text, sizeof text, tight), HEAD_BAD);
    assert_int_equal(head_fault_status(h.fault), 431);
    assert_int_equal(h.field_count, 0);
    static const char four[] = "GET http://a/ HTTP/1.1\r\n" H "A: 1\r\nB: 2\r\nC: 3\r\n\r\n";
    head_init(&h);
    assert_int_equal(head_parse_request(&h, four, sizeof four - 1, tight), HEAD_BAD);
    assert_int_equal(h.fault, HEAD_TOO_MANY_FIELDS);
    static const char fits[] = "GET http://a/ HTTP/1.1\r\n" H "A: 1\r\nB: 2\r\n\r\n";
    head_init(&h);
    assert_int_equal(head_parse_request(&h, fits, sizeof fits - 1, (struct head_limits){sizeof fits - 1, 3}),
                     HEAD_DONE);
    head_init(&h);
    assert_int_equal(head_parse_request(&h, fits, sizeof fits - 1, (struct head_limits){sizeof fits - 2, 3}),
                     HEAD_BAD);
    assert_int_equal(h.fault, HEAD_TOO_LARGE);
}

/* The search for what Connection names is fields times names: 200 of one and 30,000 of the other, if let. */
TEST(head_parse_request__bounds_what_connection_lists)
{
    static const struct {
        const char *piece;
        unsigned times;
        enum head_fault fault;
    } cases[] = {{"Connection: close, x-mine\r\n", 40, HEAD_OK},
                 {"Connection: close, x-mine\r\n", 100, HEAD_TOO_MANY_FIELDS}};
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        SL_CLEANUP(sl_text_fini) struct sl_text text = {0};
        struct head h;
        sl_text_add(&text, SL_STR("GET http://a/ HTTP/1.1\r\n" H));
        for (unsigned k = 0; k < cases[i].times; k++)
            sl_text_add(&text, sl_cstr(cases[i].piece));
        sl_text_add(&text, SL_STR("\r\n"));
        head_init(&h);
        head_parse_request(&h, text.p, text.n, (struct head_limits){65536, HEAD_FIELDS_MAX});
        assert_int_equal(h.fault, cases[i].fault);
    }
    SL_CLEANUP(sl_text_fini) struct sl_text commas = {0};
    struct head h;
    sl_text_add(&commas, SL_STR("HTTP/1.1 200 OK\r\nConnection: x"));
    for (int i = 0; i < HEAD_CONNECTION_MAX; i++)
        sl_text_addc(&commas, ',');
    sl_text_add(&commas, SL_STR("x\r\n\r\n"));
    head_init(&h);
    assert_int_equal(head_parse_response(&h, commas.p, commas.n, limits, METHOD_GET), HEAD_BAD);
    assert_int_equal(h.fault, HEAD_TOO_MANY_FIELDS);
}

TEST(head_parse_request__refuses_a_target_over_its_limit)
{
    size_t n = HEAD_TARGET_MAX + 100;
    char *text = malloc(n);
    struct head h;
    memset(text, 'a', n);
    memcpy(text, "GET http://a/", 13);
    memcpy(text + n - 13, " HTTP/1.1\r\n\r\n", 13);
    assert_int_equal(parse_request(&h, text, n), HEAD_BAD);
    assert_int_equal(h.fault, HEAD_TARGET_LONG);
    free(text);
}

TEST(head_parse_response__frames_by_rfc_9112)
{
    static const struct {
        const char *text;
        enum method method;
        enum head_fault fault;
        enum body_kind body;
        uint64_t length;
        bool keep_alive;
    } cases[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", METHOD_GET, HEAD_OK, BODY_LENGTH, 5, true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", METHOD_HEAD, HEAD_OK, BODY_NONE, 5, true},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", METHOD_GET, HEAD_OK, BODY_CHUNKED, 0, true},
        {"HTTP/1.1 200 OK\r\n\r\n", METHOD_GET, HEAD_OK, BODY_CLOSE, 0, false},
        {"HTTP/1.1 200\r\n\r\n", METHOD_GET, HEAD_OK, BODY_CLOSE, 0, false},
        {"HTTP/1.1 200 \r\n\r\n", METHOD_GET, HEAD_OK, BODY_CLOSE, 0, false},
        {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", METHOD_GET, HEAD_OK, BODY_LENGTH, 5, false},
        {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n", METHOD_GET, HEAD_OK,
         BODY_LENGTH, 5, true},
        {"HTTP/1.1 204 No\r\n\r\n", METHOD_GET, HEAD_OK, BODY_NONE, 0, true},
        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", METHOD_GET, HEAD_OK, BODY_NONE, 5, true},
        {"HTTP/1.1 100 Continue\r\n\r\n", METHOD_POST, HEAD_OK, BODY_NONE, 0, true},
        {"HTTP/1.1 101 Switching\r\n\r\n", METHOD_GET, HEAD_OK, BODY_NONE, 0, true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", METHOD_CONNECT, HEAD_OK, BODY_NONE, 5, true},
        {"HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\n", METHOD_CONNECT, HEAD_OK, BODY_LENGTH, 5, true},
        {"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", METHOD_GET, HEAD_OK, BODY_LENGTH, 0, true},
        {"HTTP/1.1 200 caf\xc3\xa9\r\nContent-Length: 0\r\n\r\n", METHOD_GET, HEAD_OK, BODY_LENGTH, 0, true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", METHOD_GET,
         HEAD_LENGTH_AND_CODING, 0, 0, 0},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", METHOD_GET, HEAD_LENGTH, 0, 0,
         0},
        {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", METHOD_GET, HEAD_CODING_IN_10, 0, 0, 0},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", METHOD_GET, HEAD_CODING, 0, 0, 0},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", METHOD_GET, HEAD_CODING_UNKNOWN, 0, 0,
         0},
        {"HTTP/1.1 099 OK\r\n\r\n", METHOD_GET, HEAD_STATUS, 0, 0, 0},
        {"HTTP/1.1 20 OK\r\n\r\n", METHOD_GET, HEAD_STATUS, 0, 0, 0},
        {"HTTP/1.1 2000 OK\r\n\r\n", METHOD_GET, HEAD_STATUS, 0, 0, 0},
        {"HTTP/1.1  200 OK\r\n\r\n", METHOD_GET, HEAD_STATUS, 0, 0, 0},
        {"HTTP/2.0 200 OK\r\n\r\n", METHOD_GET, HEAD_VERSION, 0, 0, 0},
        {"ICY 200 OK\r\n\r\n", METHOD_GET, HEAD_LINE, 0, 0, 0},
        {"SSH-2.0-OpenSSH_9.2p1 Debian\r\n", METHOD_GET, HEAD_LINE, 0, 0, 0},
        {"\r\nHTTP/1.1 200 OK\r\n\r\n", METHOD_GET, HEAD_LINE, 0, 0, 0},
        {"hello", METHOD_GET, HEAD_LINE, 0, 0, 0},
        {"HTTP/1.1 200 OK\r\nContent-Length \t: 5\r\n\r\n", METHOD_GET, HEAD_OK, BODY_LENGTH, 5, true},
        {"HTTP/1.1 200 OK\r\nA B: b\r\n\r\n", METHOD_GET, HEAD_FIELD_NAME, 0, 0, 0},
        {"HTTP/1.1 200 OK\r\nA \r\n\r\n", METHOD_GET, HEAD_FIELD_NAME, 0, 0, 0},
        {"HTTP/1.1 200 OK\r\n: b\r\n\r\n", METHOD_GET, HEAD_FIELD_NAME, 0, 0, 0},
        {"HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n", METHOD_GET, HEAD_OK, BODY_NONE, 0, true},
        {"HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", METHOD_GET, HEAD_OK, BODY_NONE, 5, false},
        {"HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n", METHOD_GET, HEAD_OK, BODY_NONE, 0, false},
        {"HTTP/1.1 103 Early\r\nContent-Length: 0\r\n\r\n", METHOD_GET, HEAD_OK, BODY_NONE, 0, true},
        {"HTTP/1.1 103 Early\r\nContent-Length: 5\r\n\r\n", METHOD_GET, HEAD_BODY_UNEXPECTED, 0, 0, 0},
        {"HTTP/1.1 100 Go\r\nTransfer-Encoding: chunked\r\n\r\n", METHOD_GET, HEAD_BODY_UNEXPECTED, 0, 0, 0},
        {"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", METHOD_GET, HEAD_FOLDED, 0, 0, 0},
        {"HTTP/1.1 200 OK\nA: b\n\n", METHOD_GET, HEAD_BARE_LF, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct head h;
        size_t n = strlen(cases[i].text);
        char *text = exact(cases[i].text, n);
        head_init(&h);
        enum head_result r = head_parse_response(&h, text, n, limits, cases[i].method);
        if (h.fault != cases[i].fault)
            fail_msg("%s: got %s, expected %s", cases[i].text, head_fault_word(h.fault),
                     head_fault_word(cases[i].fault));
        assert_int_equal(r, cases[i].fault == HEAD_OK ? HEAD_DONE : HEAD_BAD);
        if (r == HEAD_DONE) {
            assert_int_equal(h.body, cases[i].body);
            assert_int_equal(h.content_length, cases[i].length);
            assert_int_equal(h.keep_alive, cases[i].keep_alive);
        }
        free(text);
    }
}

TEST(field_id_of__knows_every_name_in_any_case)
{
    for (unsigned id = FIELD_OTHER + 1; id < FIELD_LOOKALIKE; id++) {
        char upper[64], lower[64];
        const char *name = field_id_name(id);
        size_t n = strlen(name);
        for (size_t i = 0; i <= n; i++) {
            lower[i] = sl_lower(name[i]);
            upper[i] = (char)(lower[i] >= 'a' && lower[i] <= 'z' ? lower[i] - 32 : lower[i]);
        }
        assert_int_equal(field_id_of(sl_str(name, n)), id);
        assert_int_equal(field_id_of(sl_str(upper, n)), id);
        assert_int_equal(field_id_of(sl_str(lower, n)), id);
        lower[n / 2] = lower[n / 2] == 'x' ? 'y' : 'x';
        assert_int_equal(field_id_of(sl_str(lower, n)), FIELD_OTHER);
    }
    assert_int_equal(field_id_of(SL_STR("")), FIELD_OTHER);
    assert_int_equal(field_id_of(SL_STR("X-Something-Nobody-Has-Heard-Of-Before")), FIELD_OTHER);
}

TEST(field_id_of__tells_names_that_turn_into_known_ones)
{
    static const char *const lookalikes[] = {"Content_Length", "transfer_encoding", "X_Forwarded-For",
                                             "x-forwarded_for", "PROXY_AUTHORIZATION"};
    static const char *const others[] = {"_Host", "Host_", "Content__Length",
                                         "X_Own", "_",     "X-Forwarded_Foo"};
    for (size_t i = 0; i < SL_COUNT(lookalikes); i++)
        assert_int_equal(field_id_of(sl_cstr(lookalikes[i])), FIELD_LOOKALIKE);
    for (size_t i = 0; i < SL_COUNT(others); i++)
        assert_int_equal(field_id_of(sl_cstr(others[i])), FIELD_OTHER);
}

TEST(head_fault__has_words_for_each)
{
    for (unsigned f = 0; f < HEAD_FAULT_COUNT; f++) {
        assert_true(strlen(head_fault_word(f)) > 0 && strlen(head_fault_sentence(f)) > 0);
        assert_true(head_fault_status(f) >= 200 && head_fault_status(f) < 600);
    }
}

TEST(method_of__is_case_sensitive)
{
    assert_int_equal(method_of(SL_STR("CONNECT")), METHOD_CONNECT);
    assert_int_equal(method_of(SL_STR("connect")), METHOD_OTHER);
    assert_true(method_idempotent(METHOD_PUT) && !method_idempotent(METHOD_POST) &&
                !method_idempotent(METHOD_OTHER));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(head_parse_request__refuses_what_can_be_read_two_ways),
        cmocka_unit_test(head_parse_request__refuses_nul),
        cmocka_unit_test(head_parse_request__reads_a_browsers_request),
        cmocka_unit_test(head_parse_request__reads_the_same_in_any_pieces),
        cmocka_unit_test(head_parse_request__leaves_what_follows),
        cmocka_unit_test(head_parse_request__tells_forms_and_framing),
        cmocka_unit_test(head_parse_request__reads_expectations_te_and_upgrade),
        cmocka_unit_test(head_parse_request__keeps_its_limits),
        cmocka_unit_test(head_parse_request__bounds_what_connection_lists),
        cmocka_unit_test(head_parse_request__refuses_a_target_over_its_limit),
        cmocka_unit_test(head_parse_response__frames_by_rfc_9112),
        cmocka_unit_test(field_id_of__knows_every_name_in_any_case),
        cmocka_unit_test(field_id_of__tells_names_that_turn_into_known_ones),
        cmocka_unit_test(head_fault__has_words_for_each),
        cmocka_unit_test(method_of__is_case_sensitive),
    };
    return cmocka_run_group_tests_name("proxy/http/head", tests, NULL, NULL);
}

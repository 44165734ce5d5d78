/* test_request.c - unit tests of proxy/h2/request.c. */
#include "proxy/h2/request.h"

#include <stdio.h>

#include "tests/support/cmocka_all.h"

enum { MOST = 65536 };

#define GET ":method", "GET", ":scheme", "https", ":path", "/"
#define AT ":authority", "a.test"

/* fields: pairs of name and value, ended by NULL. */
static enum h2_request_result ask(const char *const *fields, bool ended, struct sl_text *out)
{
    struct h2_request r = {0};
    bool chunked;
    enum method method;
    h2_request_begin(&r, MOST);
    for (; *fields; fields += 2)
        h2_request_field(&r, sl_cstr(fields[0]), sl_cstr(fields[1]));
    enum h2_request_result result = h2_request_end(&r, ended, out, &chunked, &method);
    h2_request_fini(&r);
    return result;
}

TEST(h2_request_end__refuses_what_is_malformed)
{
    static const struct {
        const char *why, *fields[20];
    } cases[] = {
        {"no method", {":scheme", "https", ":path", "/", AT}},
        {"no path", {":method", "GET", ":scheme", "https", AT}},
        {"no scheme", {":method", "GET", ":path", "/", AT}},
        {"no host", {GET}},
        {"another scheme", {":method", "GET", ":scheme", "http", ":path", "/", AT}},
        {"twice", {GET, AT, ":path", "/b"}},
        {"unknown", {GET, AT, ":version", "2"}},
        {"a status", {GET, AT, ":status", "200"}},
        {"a protocol that was not offered",
         {":method", "CONNECT", ":protocol", "websocket", ":scheme", "https", ":path", "/", AT}},
        {"pseudo behind regular", {":method", "GET", ":scheme", "https", "accept", "*/*", ":path", "/", AT}},
        {"a method that is none", {":method", "GE T", ":scheme", "https", ":path", "/", AT}},
        {"an empty method", {":method", "", ":scheme", "https", ":path", "/", AT}},
        {"a path with a space", {":method", "GET", ":scheme", "https", ":path", "/a b", AT}},
        {"a path with a line", {":method", "GET", ":scheme", "https", ":path", "/ HTTP/1.1\r\nx: y", AT}},
        {"a path without slash", {":method", "GET", ":scheme", "https", ":path", "a", AT}},
        {"an absolute path", {":method", "GET", ":scheme", "https", ":path", "https://b/", AT}},
        {"an empty path", {":method", "GET", ":scheme", "https", ":path", "", AT}},
        {"* of another method", {":method", "GET", ":scheme", "https", ":path", "*", AT}},
        {"an empty authority", {GET, ":authority", ""}},
        {"a user in it", {GET, ":authority", "u@a.test"}},
        {"a space in it", {GET, ":authority", "a.test b"}},
        {"another host", {GET, AT, "host", "b.test"}},
        {"two hosts", {GET, "host", "a.test", "host", "a.test"}},
        {"upper case", {GET, AT, "Accept", "*/*"}},
        {"no name", {GET, AT, "", "x"}},
        {"a colon in a name", {GET, AT, "a:b", "x"}},
        {"a line in a name", {GET, AT, "a\r\nb", "x"}},
        {"a line in a value", {GET, AT, "a", "x\r\nhost: b"}},
        {"a bare LF", {GET, AT, "a", "x\ny"}},
        {"a control byte", {GET, AT, "a", "x\001"}},
        {"a space before", {GET, AT, "a", " x"}},
        {"a tab behind", {GET, AT, "a", "x\t"}},
        {"connection", {GET, AT, "connection", "close"}},
        {"keep-alive", {GET, AT, "keep-alive", "x"}},
        {"proxy-connection", {GET, AT, "proxy-connection", "close"}},
        {"transfer-encoding", {GET, AT, "transfer-encoding", "chunked"}},
        {"upgrade", {GET, AT, "upgrade", "websocket"}},
        {"te", {GET, AT, "te", "gzip"}},
        {"a length that is none", {GET, AT, "content-length", "+1"}},
        {"two lengths", {GET, AT, "content-length", "0", "content-length", "0"}},
        {"a list of lengths", {GET, AT, "content-length", "0, 0"}},
        {"a length and no content", {GET, AT, "content-length", "1"}},
        {"CONNECT with a path", {":method", "CONNECT", ":path", "/", AT}},
        {"CONNECT with a scheme", {":method", "CONNECT", ":scheme", "https", AT}},
        {"CONNECT without authority", {":method", "CONNECT", "host", "a.test:443"}},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        SL_CLEANUP(sl_text_fini) struct sl_text out = {0};
        if (ask(cases[i].fields, true, &out) != H2_REQUEST_BAD)
            fail_msg("%s: %s", cases[i].why, out.p);
    }
}

TEST(h2_request_end__writes_what_reads_one_way)
{
    static const struct {
        const char *fields[20], *text;
        bool ended;
    } cases[] = {
        {{GET, AT}, "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n", true},
        {{GET, "host", "a.test"}, "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n", true},
        {{GET, AT, "host", "A.test"}, "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n", true},
        {{":path", "*", ":method", "OPTIONS", AT, ":scheme", "https"},
         "OPTIONS * HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n",
         true},
        {{GET, AT, "cookie", "a=1", "x", "y", "cookie", "b=2", "cookie", "c=3"},
         "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\nx: y\r\nCookie: a=1; b=2; c=3\r\n\r\n",
         true},
        {{":method", "POST", ":scheme", "https", ":path", "/", AT, "content-length", "007"},
         "POST / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\nContent-Length: 7\r\n\r\n",
         false},
        {{":method", "POST", ":scheme", "https", ":path", "/", AT, "expect", "100-continue"},
         "POST / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\nexpect: 100-continue\r\nTransfer-Encoding: "
         "chunked\r\n\r\n",
         false},
        {{":method", "CONNECT", ":authority", "a.test:443"},
         "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\nConnection: close\r\n\r\n",
         false},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        SL_CLEANUP(sl_text_fini) struct sl_text out = {0};
        assert_int_equal(ask(cases[i].fields, cases[i].ended, &out), H2_REQUEST_DONE);
        assert_string_equal(out.p, cases[i].text);
    }
}

/* It is the reader of the head who says 431: so it is logged as any. */
TEST(h2_request_end__makes_a_section_that_is_too_large_too_long_a_head)
{
    static char value[4096];
    struct h2_request r = {0};
    struct head head;
    SL_CLEANUP(sl_text_fini) struct sl_text out = {0};
    bool chunked;
    enum method method;
    const char *begin[] = {GET, AT, NULL};
    memset(value, 'v', sizeof value);
    h2_request_begin(&r, MOST);
    for (size_t i = 0; begin[i]; i += 2)
        h2_request_field(&r, sl_cstr(begin[i]), sl_cstr(begin[i + 1]));
    for (int i = 0; i < 100000; i++)
        h2_request_field(&r, i % 2 ? SL_STR("cookie") : SL_STR("x"), sl_str(value, sizeof value));
    assert_true(r.fields.n + r.cookie.n <= MOST);
    assert_int_equal(h2_request_end(&r, true, &out, &chunked, &method), H2_REQUEST_LARGE);
    assert_true(out.n < (size_t)3 * MOST);
    head_init(&head);
    struct head_limits limits = {.bytes = MOST, .fields = HEAD_FIELDS_MAX};
    assert_int_equal(head_parse_request(&head, out.p, out.n, limits), HEAD_BAD);
    assert_int_equal(head.fault, HEAD_TOO_LARGE);
    h2_request_fini(&r);
}

TEST(h2_request_trailers__are_lines_without_pseudo)
{
    struct h2_request r = {0};
    SL_CLEANUP(sl_text_fini) struct sl_text out = {0};
    h2_request_begin(&r, MOST);
    h2_request_field(&r, SL_STR("x-sum"), SL_STR("1"));
    assert_true(h2_request_trailers(&r, &out));
    assert_string_equal(out.p, "x-sum: 1\r\n\r\n");
    h2_request_field(&r, SL_STR(":path"), SL_STR("/"));
    assert_false(h2_request_trailers(&r, &out));
    h2_request_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(h2_request_end__refuses_what_is_malformed),
        cmocka_unit_test(h2_request_end__writes_what_reads_one_way),
        cmocka_unit_test(h2_request_end__makes_a_section_that_is_too_large_too_long_a_head),
        cmocka_unit_test(h2_request_trailers__are_lines_without_pseudo),
    };
    return cmocka_run_group_tests_name("proxy/h2/request", tests, NULL, NULL);
}

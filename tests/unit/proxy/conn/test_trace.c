/* test_trace.c - following one client's connections. */
#include "proxy/conn/trace.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/proxy/conn/rig.h"

static json_t *ask(enum trace_what what, const char *client, uint64_t after)
{
    struct trace_query q = {.what = what, .after = after};
    assert_true(sl_addr_parse(sl_cstr(client), &q.client));
    return proxy_trace(rig_gateway->proxy, &q);
}

static bool tells(const json_t *answer, const char *part)
{
    const json_t *line;
    size_t i;
    json_array_foreach(json_object_get(answer, "lines"), i, line)
    {
        if (strstr(json_string_value(json_object_get(line, "text")), part))
            return true;
    }
    return false;
}

TEST(trace__tells_the_way_of_a_request_and_no_secrets)
{
    struct client c;
    rig_begin(rig_hello, NULL, NULL);
    rig_open(&c);
    assert_null(ask(TRACE_READ, "127.0.0.1", 0));
    assert_null(ask(TRACE_END, "127.0.0.1", 0));
    rig_get(&c, "/before"); /* a connection that was there already is followed from its next request on */
    rig_expect(&c, 200, "hello");
    json_decref(ask(TRACE_BEGIN, "127.0.0.1", 0));
    client_sendf(&c,
                 "GET http://127.0.0.1:%u/page?q=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Basic c2VjcmV0\r\n"
                 "Cookie: id=secret\r\n\r\n",
                 origin_port(rig_origin));
    rig_expect(&c, 200, "hello");
    json_t *read = ask(TRACE_READ, "127.0.0.1", 0);
    assert_false(tells(read, "/before"));
    assert_true(tells(read, "/page?q=1 HTTP/1.1"));
    assert_true(tells(read, "says allow, reason default"));
    assert_true(tells(read, "takes an idle connection to 127.0.0.1:"));
    assert_true(tells(read, "answer 200: of known length"));
    assert_true(tells(read, "recorded: allow, status 200"));
    assert_false(tells(read, "ecret"));
    json_int_t next = json_integer_value(json_object_get(read, "next"));
    assert_int_equal(next, json_array_size(json_object_get(read, "lines")));
    json_decref(read);
    client_close(&c);
    for (;;) {
        read = ask(TRACE_READ, "127.0.0.1", (uint64_t)next);
        bool closed = tells(read, "the connection is closed");
        assert_false(tells(read, "/page"));
        json_decref(read);
        if (closed)
            break;
        rig_nap_ms(5);
    }
    json_decref(ask(TRACE_END, "127.0.0.1", 0));
    assert_null(ask(TRACE_READ, "127.0.0.1", 0));
    rig_end();
}

TEST(trace__keeps_the_newest_lines_and_says_what_is_lost)
{
    struct client c;
    rig_begin(rig_hello, NULL, NULL);
    json_decref(ask(TRACE_BEGIN, "127.0.0.1", 0));
    rig_open(&c);
    for (int i = 0; i < 400; i++) {
        rig_get(&c, "/x");
        rig_expect(&c, 200, "hello");
    }
    json_t *read = ask(TRACE_READ, "127.0.0.1", 0);
    assert_true(json_integer_value(json_object_get(read, "lost")) > 0);
    assert_int_equal(json_array_size(json_object_get(read, "lines")), TRACE_READ_MOST);
    json_decref(read);
    client_close(&c);
    rig_end();
}

TEST(trace__follows_a_few_clients_at_most)
{
    rig_begin(rig_hello, NULL, NULL);
    static const char *const clients[] = {"10.0.0.1", "10.0.0.2", "10.0.0.3", "::1"};
    for (size_t i = 0; i < TRACE_CLIENTS; i++)
        json_decref(ask(TRACE_BEGIN, clients[i], 0));
    assert_null(ask(TRACE_BEGIN, "10.0.0.9", 0));
    json_t *again = ask(TRACE_BEGIN, "10.0.0.1", 0);
    assert_non_null(again);
    json_decref(again);
    json_decref(ask(TRACE_END, "::1", 0));
    json_decref(ask(TRACE_BEGIN, "10.0.0.9", 0));
    rig_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace__tells_the_way_of_a_request_and_no_secrets),
        cmocka_unit_test(trace__keeps_the_newest_lines_and_says_what_is_lost),
        cmocka_unit_test(trace__follows_a_few_clients_at_most),
    };
    return cmocka_run_group_tests_name("proxy/conn/trace", tests, NULL, NULL);
}

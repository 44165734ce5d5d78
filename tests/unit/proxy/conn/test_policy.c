/* test_policy.c - what policy, identity and quotas make of requests, through a real data plane. */
#include "tests/unit/proxy/conn/rig.h"

#include <stdlib.h>

static const char rules[] =
    "{\"schema\":1,\"default\":{\"then\":\"allow\"},"
    "\"categories\":{\"bad\":{\"title\":\"Bad things\",\"urls\":[\"127.0.0.1/bad\"]}},"
    "\"rules\":[{\"id\":\"no-bad\",\"title\":\"Nothing "
    "bad\",\"if\":{\"category\":[\"bad\"]},\"then\":\"block\",\"message\":\"Sorry.\"},"
    "{\"id\":\"think\",\"if\":{\"url\":[\"127.0.0.1/warn\"]},\"then\":\"warn\"},"
    "{\"id\":\"zip\",\"if\":{\"content_type\":[\"application/zip\"]},\"then\":\"block\"},"
    "{\"id\":\"net\",\"if\":{\"address\":[\"127.0.0.2/32\"]},\"then\":\"block\"}]}";

static bool typed(struct origin_request *r)
{
    if (strstr(r->path, "zip")) {
        origin_send(r, "HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nContent-Length: 4\r\n\r\nPK..");
        return true;
    }
    return rig_hello(r);
}

TEST(policy__a_block_is_a_page_and_a_record)
{
    struct client c;
    rig_begin(typed, rules, NULL);
    rig_open(&c);
    client_sendf(&c,
                 "GET http://127.0.0.1:%u/bad/x HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nUser-Agent: "
                 "u/1\r\nReferer: http://r/\r\n\r\n",
                 origin_port(rig_origin));
    struct answer *a = client_read(&c, false);
    assert_int_equal(a->status, 403);
    assert_non_null(strstr(a->body, "Sorry."));
    assert_non_null(strstr(a->body, "Bad things"));
    assert_non_null(strstr(answer_field(a, "Proxy-Status"), "http_request_denied"));
    json_t *records = gateway_records(rig_gateway, 1), *r = json_array_get(records, 0);
    assert_string_equal(json_string_value(json_object_get(r, "id")), answer_field(a, "X-Sluice-Request"));
    assert_string_equal(json_string_value(json_object_get(r, "action")), "block");
    assert_string_equal(json_string_value(json_object_get(r, "rule")), "no-bad");
    assert_string_equal(json_string_value(json_object_get(r, "reason")), "rule");
    assert_string_equal(json_string_value(json_array_get(json_object_get(r, "categories"), 0)), "bad");
    assert_string_equal(json_string_value(json_object_get(r, "user_agent")), "u/1");
    assert_string_equal(json_string_value(json_object_get(r, "referrer")), "http://r/");
    assert_int_equal(json_integer_value(json_object_get(r, "bytes_out")), strlen(a->head) + a->body_n);
    json_decref(records);
    answer_free(&a);
    rig_get(&c, "/good"); /* on the same connection */
    rig_expect(&c, 200, "hello");
    client_close(&c);
    assert_int_equal(origin_requests(rig_origin), 1);
    rig_end();
}

TEST(policy__judges_again_when_address_and_answer_are_known)
{
    struct client c;
    rig_begin(typed, rules, NULL);
    rig_open(&c);
    rig_get(&c, "/zip");
    rig_expect(&c, 403, NULL);
    assert_string_equal(rig_recorded(1, "rule"), "zip");
    client_sendf(&c, "GET http://127.0.0.2:%u/ HTTP/1.1\r\nHost: x\r\n\r\n", origin_port(rig_origin));
    rig_expect(&c, 403, NULL);
    assert_string_equal(rig_recorded(2, "rule"), "net");
    client_close(&c);
    rig_end();
}

TEST(policy__a_new_one_holds_from_the_next_request_on)
{
    struct client c;
    rig_begin(typed, NULL, NULL);
    rig_open(&c);
    for (int i = 0; i < 20; i++) {
        rig_get(&c, "/bad");
        rig_expect(&c, i % 2 ? 403 : 200, NULL);
        gateway_apply(rig_gateway, i % 2 ? "{\"schema\":1,\"default\":{\"then\":\"allow\"}}" : rules);
    }
    client_close(&c);
    rig_end();
}

/* The href of the continue link, unescaped. */
static char *continue_link(const char *body)
{
    const char *at = strstr(body, "http://sluice.internal/continue?");
    assert_non_null(at);
    char *link = sl_strndup(at, strcspn(at, "\"' \n<")), *to = link;
    for (char *from = link; *from; from += strncmp(from, "&amp;", 5) == 0 ? 5 : 1)
        *to++ = *from;
    *to = '\0';
    return link;
}

TEST(policy__a_warning_can_be_accepted_and_then_holds)
{
    struct client c;
    rig_begin(typed, rules, NULL);
    rig_open(&c);
    client_sendf(&c, "GET http://127.0.0.1:%u/warn HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n",
                 origin_port(rig_origin));
    struct answer *a = client_read(&c, false);
    assert_int_equal(a->status, 403);
    char *link = continue_link(a->body);
    answer_free(&a);
    assert_string_equal(rig_recorded(1, "action"), "warn");
    client_sendf(&c, "GET %sx HTTP/1.1\r\nHost: x\r\n\r\n", link); /* forged */
    rig_expect(&c, 403, NULL);
    client_sendf(&c, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", link);
    a = client_read(&c, false);
    assert_int_equal(a->status, 302);
    assert_non_null(strstr(answer_field(a, "Location"), "/warn"));
    answer_free(&a);
    rig_get(&c, "/warn");
    rig_expect(&c, 200, "hello");
    assert_string_equal(rig_recorded(4, "reason"), "continued");
    client_close(&c);
    free(link);
    rig_end();
}

static const char quotas[] =
    "{\"schema\":1,\"default\":{\"then\":\"allow\"},\"quotas\":["
    "{\"id\":\"few\",\"title\":\"A "
    "few\",\"if\":{\"url\":[\"127.0.0.1/"
    "few\"]},\"per\":\"client\",\"window\":\"day\",\"requests\":3,\"then\":\"block\"},"
    "{\"id\":\"small\",\"if\":{\"url\":[\"127.0.0.1/"
    "big\"]},\"per\":\"client\",\"window\":\"day\",\"bytes\":\"512KiB\",\"then\":\"block\"}]}";

static bool big(struct origin_request *r)
{
    char block[65536];
    if (!strstr(r->path, "big"))
        return rig_hello(r);
    memset(block, 'x', sizeof block);
    origin_send(r, "HTTP/1.1 200 OK\r\nContent-Length: 6553600\r\n\r\n");
    for (int i = 0; i < 100; i++)
        origin_send_bytes(r, block, sizeof block);
    return true;
}

TEST(quota__ends_requests_and_cuts_a_transfer)
{
    struct client c;
    rig_begin(big, quotas, NULL);
    rig_open(&c);
    for (int i = 0; i < 3; i++) {
        rig_get(&c, "/few");
        rig_expect(&c, 200, "hello");
    }
    rig_get(&c, "/few");
    rig_expect(&c, 403, NULL);
    assert_string_equal(rig_recorded(4, "quota"), "few");
    assert_string_equal(rig_recorded(4, "action"), "quota");
    client_send(&c, "GET http://sluice.internal/quota HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n");
    struct answer *a = client_read(&c, false);
    assert_int_equal(a->status, 200);
    assert_non_null(strstr(a->body, "A few"));
    answer_free(&a);
    rig_get(&c, "/big");
    a = client_read(&c, false);
    assert_int_equal(a->status, 200);
    assert_false(a->whole);
    assert_true(a->body_n > 400 << 10 && a->body_n < 1200 << 10);
    answer_free(&a);
    client_close(&c);
    assert_string_equal(rig_recorded(6, "quota"), "small");
    assert_string_equal(rig_recorded(6, "action"), "quota");
    rig_end();
}

/* ---- identity ---- */

static void add_user(const char *name, const char *password)
{
    struct actor by = {SL_STR("test"), SL_STR("local")};
    struct sl_err err = {0};
    sl_assert(store_user_put(rig_gateway->store, sl_cstr(name), sl_cstr(password), true, &by, &err));
}

static void get_as(struct client *c, const char *credentials)
{
    client_sendf(c, "GET http://127.0.0.1:%u/ HTTP/1.1\r\nHost: x\r\n%s%s%s\r\n", origin_port(rig_origin),
                 credentials ? "Proxy-Authorization: Basic " : "", credentials ? credentials : "",
                 credentials ? "\r\n" : "");
}

TEST(identity__asks_until_it_knows)
{
    struct client c, second;
    char head[4096];
    rig_begin(rig_hello, NULL, "[auth]\nmethods = basic");
    add_user("alice", "secret");
    rig_open(&c);
    get_as(&c, NULL);
    struct answer *a = client_read(&c, false);
    assert_int_equal(a->status, 407);
    assert_non_null(strstr(answer_field(a, "Proxy-Authenticate"), "Basic realm=\"Sluice\""));
    answer_free(&a);
    get_as(&c, "YWxpY2U6d3Jvbmc="); /* alice:wrong */
    rig_expect(&c, 407, NULL);
    for (int i = 0; i < 3; i++) {
        get_as(&c, "YWxpY2U6c2VjcmV0"); /* alice:secret */
        rig_expect(&c, 200, "hello");
    }
    origin_last_head(rig_origin, head, sizeof head);
    assert_null(strstr(head, "Proxy-Authorization"));
    assert_string_equal(rig_recorded(5, "user"), "alice");
    rig_open(&second); /* a connection that goes while its password is looked at */
    get_as(&second, "YWxpY2U6d3Jvbmc=x");
    client_abort(&second);
    client_close(&c);
    rig_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policy__a_block_is_a_page_and_a_record),
        cmocka_unit_test(policy__judges_again_when_address_and_answer_are_known),
        cmocka_unit_test(policy__a_new_one_holds_from_the_next_request_on),
        cmocka_unit_test(policy__a_warning_can_be_accepted_and_then_holds),
        cmocka_unit_test(quota__ends_requests_and_cuts_a_transfer),
        cmocka_unit_test(identity__asks_until_it_knows),
    };
    return cmocka_run_group_tests_name("proxy/conn/policy", tests, NULL, NULL);
}

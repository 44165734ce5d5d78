/* test_census.c - what is told of what is open, through a real data plane with two workers. */
#include "tests/unit/proxy/conn/rig.h"

#include <stdio.h>
#include <sys/socket.h>

static const char policy[] =
    "{\"schema\":1,\"rules\":[{\"id\":\"slow\",\"if\":{\"url\":[\"127.0.0.1/slow\"]},\"then\":\"allow\","
    "\"throttle\":\"2Mbit/s\"}]}";

/* A part of an answer, or of nothing, and then silence. */
static bool serve(struct origin_request *r)
{
    char byte;
    if (!strstr(r->head, "PUT") && r->path[0] == '/')
        origin_send(r, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nfirst");
    while (recv(r->fd, &byte, 1, 0) > 0)
        ;
    return false;
}

static json_t *ask(struct tunnel_query q)
{
    q.limit = q.limit ? q.limit : 100;
    return proxy_tunnels(rig_gateway->proxy, &q);
}

static size_t total(struct tunnel_query q)
{
    json_t *answer = ask(q);
    size_t n = (size_t)json_integer_value(json_object_get(answer, "total"));
    assert_int_equal(json_array_size(json_object_get(answer, "items")), n);
    json_decref(answer);
    return n;
}

static const char *text_of(const json_t *answer, size_t i, const char *key)
{
    const char *text =
        json_string_value(json_object_get(json_array_get(json_object_get(answer, "items"), i), key));
    return text ? text : "";
}

/* Returns when it has reached the origin, so that the next one is younger. */
static void start(struct client *c, const char *before, const char *after)
{
    unsigned n = origin_requests(rig_origin);
    rig_open(c);
    client_sendf(c, "%s127.0.0.1:%u%s", before, origin_port(rig_origin), after);
    for (int i = 0; origin_requests(rig_origin) == n && i < 2000; i++)
        rig_nap_ms(5);
    rig_nap_ms(2);
}

TEST(census__finds_filters_and_sorts_what_is_open)
{
    struct client c[4], done;
    rig_begin(serve, policy, "[proxy]\nworkers = 2");
    start(&c[0], "CONNECT ", " HTTP/1.1\r\nHost: x\r\n\r\n\r\n\r\n");
    start(&c[1], "GET http://", "/slow/film HTTP/1.1\r\nHost: x\r\n\r\n");
    start(&c[2], "GET http://", "/fast HTTP/1.1\r\nHost: x\r\n\r\n");
    start(&c[3], "PUT http://", "/up HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\nsome");
    rig_open(&done);
    const struct tunnel_query any = {.kind = -1};
    for (int i = 0; total(any) < 4 && i < 1000; i++) /* transfers count when they have lasted a second */
        rig_nap_ms(10);
    json_t *all = ask((struct tunnel_query){.kind = -1, .order = TUNNELS_OLDEST});
    static const char *const kinds[] = {"tunnel", "download", "download", "upload"},
                             *const paths[] = {"", "/slow/film", "/fast", "/up"},
                             *const rules[] = {"", "slow", "", ""},
                             *const throttles[] = {"", "2Mbit/s", "", ""};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(text_of(all, i, "kind"), kinds[i]);
        assert_string_equal(text_of(all, i, "path"), paths[i]);
        assert_string_equal(text_of(all, i, "rule"), rules[i]);
        assert_string_equal(text_of(all, i, "throttle"), throttles[i]);
    }
    json_decref(all);
    all = ask((struct tunnel_query){.kind = -1, .order = TUNNELS_NEWEST, .limit = 1});
    assert_string_equal(text_of(all, 0, "kind"), "upload");
    assert_int_equal(json_integer_value(json_object_get(all, "total")), 4);
    json_decref(all);
    assert_int_equal(total((struct tunnel_query){.kind = TUNNEL_DOWNLOAD}), 2);
    assert_int_equal(total((struct tunnel_query){.kind = TUNNEL_UPGRADE}), 0);
    assert_int_equal(total((struct tunnel_query){.kind = -1, .throttled = true}), 1);
    assert_int_equal(total((struct tunnel_query){.kind = -1, .rule = SL_STR("slow")}), 1);
    assert_int_equal(total((struct tunnel_query){.kind = -1, .rule = SL_STR("")}), 3);
    assert_int_equal(total((struct tunnel_query){.kind = -1, .host = SL_STR("127.0.0.1")}), 4);
    assert_int_equal(total((struct tunnel_query){.kind = -1, .host = SL_STR("0.1")}), 4);
    assert_int_equal(total((struct tunnel_query){.kind = -1, .host = SL_STR(".1")}), 0);
    assert_int_equal(total((struct tunnel_query){.kind = -1, .client = SL_STR("127.0.0.1")}), 4);
    assert_int_equal(total((struct tunnel_query){.kind = -1, .client = SL_STR("::1")}), 0);
    assert_int_equal(total((struct tunnel_query){.kind = -1, .user = SL_STR("eve")}), 0);
    for (size_t i = 0; i < 4; i++)
        client_close(&c[i]);
    client_close(&done);
    rig_end();
}

TEST(census__cuts_a_transfer_too)
{
    struct client c;
    char head[20];
    uint64_t id;
    rig_begin(serve, policy, NULL);
    start(&c, "GET http://", "/film HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(client_read_bytes(&c, head, 20));
    json_t *answer = NULL;
    do {
        json_decref(answer);
        rig_nap_ms(10);
        answer = ask((struct tunnel_query){.kind = -1});
    } while (json_integer_value(json_object_get(answer, "total")) == 0);
    assert_true(request_id_parse(sl_cstr(text_of(answer, 0, "id")), &id));
    assert_true(proxy_tunnel_close(rig_gateway->proxy, id));
    assert_false(proxy_tunnel_close(rig_gateway->proxy, id));
    client_close(&c);
    assert_string_equal(rig_recorded(1, "error"), "gateway-closed-by-administrator");
    json_decref(answer);
    rig_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(census__finds_filters_and_sorts_what_is_open),
        cmocka_unit_test(census__cuts_a_transfer_too),
    };
    return cmocka_run_group_tests_name("proxy/conn/census", tests, NULL, NULL);
}

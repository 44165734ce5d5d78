/* test_upstream.c - the way to origins through a real data plane: from which address, by which connection. */
#include <arpa/inet.h>
#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/tmpdir.h"
#include "tests/unit/proxy/conn/rig.h"

/* ---- source ---- */

/* Says who asks. */
static bool tell_peer(struct origin_request *r)
{
    struct sockaddr_in sa;
    socklen_t n = sizeof sa;
    char text[INET_ADDRSTRLEN];
    if (getpeername(r->fd, (struct sockaddr *)&sa, &n) < 0)
        return false;
    return origin_answer(r, inet_ntop(AF_INET, &sa.sin_addr, text, sizeof text));
}

#define FROM(path, source)                                         \
    "{\"id\":\"from-" path "\",\"if\":{\"url\":[\"127.0.0.1/" path \
    "\"]},\"then\":\"allow\",\"source\":\"" source "\"}"
static const char sources[] =
    "{\"schema\":1,\"rules\":[" FROM("b", "127.0.0.66") "," FROM("c", "::1") "," FROM(
        "d", "192.0.2.1") ","
                          "{\"id\":\"by-address\",\"if\":{\"url\":[\"localhost/e\"],\"address\":[\"127.0.0.0/"
                          "8\"]},\"then\":\"allow\",\"source\":"
                          "\"127.0.0.77\"}]}";

TEST(source__is_the_address_that_origins_see)
{
    struct client c;
    rig_begin(tell_peer, sources, NULL);
    rig_open(&c);
    for (int i = 0; i < 2; i++) { /* a connection is shared by those of the same source only */
        rig_get(&c, "/a");
        rig_expect(&c, 200, "127.0.0.1");
        rig_get(&c, "/b");
        rig_expect(&c, 200, "127.0.0.66");
    }
    assert_int_equal(origin_connections(rig_origin), 2);
    client_close(&c);
    rig_end();
}

TEST(source__of_a_rule_that_asks_for_the_address)
{
    struct client c;
    rig_begin(tell_peer, sources, NULL);
    rig_open(&c);
    for (int i = 0; i < 2; i++) {
        client_sendf(&c, "GET http://localhost:%u/e HTTP/1.1\r\nHost: localhost\r\n\r\n",
                     origin_port(rig_origin));
        rig_expect(&c, 200, "127.0.0.77");
        client_sendf(&c, "GET http://localhost:%u/f HTTP/1.1\r\nHost: localhost\r\n\r\n",
                     origin_port(rig_origin));
        rig_expect(&c, 200, "127.0.0.1");
    }
    client_close(&c);
    rig_end();
}

TEST(source__that_leads_nowhere_is_an_error_not_another_source)
{
    static const char *const paths[] = {"/c", "/d"}; /* of the other family; of no interface */
    struct client c;
    rig_begin(tell_peer, sources, NULL);
    for (size_t i = 0; i < SL_COUNT(paths); i++) {
        rig_open(&c);
        rig_get(&c, paths[i]);
        rig_expect(&c, 502, NULL);
        client_close(&c);
        assert_string_equal(rig_recorded(i + 1, "error"), "gateway-no-source");
    }
    assert_int_equal(origin_connections(rig_origin), 0);
    rig_end();
}

/* ---- addresses ---- */

/* The gateway with a hosts file of its own. */
static void begin_with_hosts(origin_handler *handler, const char *policy, const char *hosts)
{
    char ini[200];
    char *directory = tmpdir_new(), *path = tmpdir_write(directory, "hosts", hosts);
    snprintf(ini, sizeof ini, "[dns]\nhosts = %s\n", path);
    rig_begin(handler, policy, ini);
    free(path);
    tmpdir_free(&directory);
}

TEST(address__each_is_judged_before_it_is_dialled)
{
    struct client c;
    /* the first refuses, and the other one is blocked: it is not tried though the first was allowed */
    begin_with_hosts(rig_hello,
                     "{\"schema\":1,\"rules\":[{\"id\":\"a\",\"if\":{\"address\":[\"127.0.0.1/"
                     "32\"]},\"then\":\"block\"}]}",
                     "127.0.0.9 two.test\n127.0.0.1 two.test\n127.0.0.1 one.test\n");
    for (int i = 0; i < 2; i++) {
        rig_open(&c);
        client_sendf(&c, "GET http://two.test:%u/ HTTP/1.1\r\nHost: x\r\n\r\n", origin_port(rig_origin));
        rig_expect(&c, 502, NULL);
        client_sendf(&c, "GET http://one.test:%u/ HTTP/1.1\r\nHost: x\r\n\r\n", origin_port(rig_origin));
        rig_expect(&c, 403, NULL);
        client_close(&c);
    }
    assert_int_equal(origin_connections(rig_origin), 0);
    rig_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(source__is_the_address_that_origins_see),
        cmocka_unit_test(source__of_a_rule_that_asks_for_the_address),
        cmocka_unit_test(source__that_leads_nowhere_is_an_error_not_another_source),
        cmocka_unit_test(address__each_is_judged_before_it_is_dialled),
    };
    return cmocka_run_group_tests_name("proxy/conn/upstream", tests, NULL, NULL);
}

/* test_exchange.c - requests and answers through a real data plane. */
#include "tests/support/cmocka_all.h"
#include "tests/unit/proxy/conn/client.h"
#include "tests/unit/proxy/conn/gateway.h"
#include "tests/unit/proxy/conn/origin.h"

#include <stdio.h>
#include <stdlib.h>

static bool hello(struct origin_request *r)
{
    return origin_answer(r, "hello");
}

TEST(exchange__a_get_comes_back)
{
    struct gateway *g = gateway_start(NULL, NULL);
    struct origin *o = origin_start(hello);
    struct client c;
    client_open(&c, g->endpoint);
    client_sendf(&c, "GET http://127.0.0.1:%u/x?y=1 HTTP/1.1\r\nHost: ignored\r\n\r\n", origin_port(o));
    struct answer *a = client_read(&c, false);
    assert_int_equal(a->status, 200);
    assert_string_equal(a->body, "hello");
    answer_free(&a);
    client_close(&c);
    gateway_stop(&g);
    origin_stop(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(exchange__a_get_comes_back)};
    return cmocka_run_group_tests_name("proxy/conn/exchange", tests, NULL, NULL);
}

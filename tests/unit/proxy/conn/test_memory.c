/* test_memory.c - who makes the gateway hold much is turned away before others feel it, through a real data
 * plane with a small budget. */
#include "tests/unit/proxy/conn/rig.h"

#include <stdlib.h>
#include <sys/socket.h>

enum { COUNT = 60, BUDGET = 1 << 20, LONG_HEAD = 60000, LONG_PATH = 30000, LONG_ANSWER = 200000 };

static const char settings[] = "[proxy]\nbuffer_budget = 1MiB\nmax_head = 256KiB\npool_total = 0\n";

static struct client clients[COUNT];
static char filler[LONG_ANSWER];

static uint64_t hits(void)
{
    return gateway_metric(rig_gateway, "sluice_limit_hits_total{limit=\"memory\"}");
}

/* What blocks hold in any case: a small one for each connection and direction. */
static void expect_bounded(uint64_t small)
{
    uint64_t in_use = gateway_metric(rig_gateway, "sluice_buffer_bytes_in_use");
    assert_in_range(in_use, 0, BUDGET + (512 << 10) + COUNT * small * 16384);
}

static void expect_well(void)
{
    struct client c;
    rig_open(&c);
    rig_get(&c, "/");
    rig_expect(&c, 200, "hello");
    client_close(&c);
}

static void close_all(int count)
{
    for (int i = 0; i < count; i++)
        client_abort(&clients[i]);
    rig_wait_metric("sluice_client_connections", 0);
    rig_wait_metric("sluice_buffer_bytes_in_use", 0);
}

TEST(memory__of_heads_that_never_end_is_bounded)
{
    memset(filler, 'f', sizeof filler);
    rig_begin(rig_hello, NULL, settings);
    for (int i = 0; i < COUNT; i++) {
        rig_open(&clients[i]);
        client_send(&clients[i], "GET http://x.test/ HTTP/1.1\r\nHost: x\r\nX: ");
        client_send_bytes(&clients[i], filler, LONG_HEAD);
    }
    struct answer *a = client_read(&clients[COUNT - 1], false); /* at the latest this one is too many */
    assert_int_equal(a->status, 503);
    assert_string_not_equal(answer_field(a, "Retry-After"), "");
    answer_free(&a);
    assert_true(hits() > 0);
    expect_bounded(1);
    assert_string_equal(rig_recorded(1, "error"), "gateway-no-memory");
    expect_well();
    close_all(COUNT);
    rig_end();
}

static bool stalls(struct origin_request *r)
{
    char byte;
    if (strcmp(r->path, "/") == 0)
        return origin_answer(r, "hello");
    return recv(r->fd, &byte, 1, 0) > 0; /* until the gateway goes */
}

TEST(memory__of_long_addresses_that_wait_is_bounded)
{
    memset(filler, 'f', sizeof filler);
    rig_begin(stalls, NULL, settings);
    for (int i = 0; i < COUNT; i++) {
        rig_open(&clients[i]);
        client_sendf(&clients[i], "GET http://127.0.0.1:%u/", origin_port(rig_origin));
        client_send_bytes(&clients[i], filler, LONG_PATH);
        client_send(&clients[i], " HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    struct answer *a = client_read(&clients[COUNT - 1], false);
    assert_int_equal(a->status, 503);
    answer_free(&a);
    expect_bounded(2);
    expect_well();
    close_all(COUNT);
    rig_end();
}

/* An answer with a long head, for clients that take none of it: what the kernel does not take waits here. */
static bool long_head(struct origin_request *r)
{
    if (strcmp(r->path, "/") == 0)
        return origin_answer(r, "hello");
    origin_send(r, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: ");
    origin_send_bytes(r, filler, LONG_ANSWER);
    origin_send(r, "\r\n\r\n");
    return true;
}

TEST(memory__of_answers_that_nobody_takes_is_bounded)
{
    enum { PIPELINED = 40, CLIENTS = 12 };
    static char requests[PIPELINED * 100];
    size_t n = 0;
    int small = 2048;
    memset(filler, 'f', sizeof filler);
    rig_begin(long_head, NULL, settings);
    for (int i = 0; i < PIPELINED; i++)
        n += (size_t)snprintf(requests + n, sizeof requests - n,
                              "GET http://127.0.0.1:%u/long HTTP/1.1\r\nHost: x\r\n\r\n",
                              origin_port(rig_origin));
    for (int i = 0; i < CLIENTS; i++) {
        rig_open(&clients[i]);
        setsockopt(clients[i].fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        client_send(&clients[i], requests);
    }
    for (int i = 0; i < 10000 && hits() == 0; i++)
        rig_nap_ms(1);
    assert_true(hits() > 0);
    expect_bounded(4);
    close_all(CLIENTS);
    expect_well();
    rig_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory__of_heads_that_never_end_is_bounded),
        cmocka_unit_test(memory__of_long_addresses_that_wait_is_bounded),
        cmocka_unit_test(memory__of_answers_that_nobody_takes_is_bounded),
    };
    return cmocka_run_group_tests_name("proxy/conn/memory", tests, NULL, NULL);
}

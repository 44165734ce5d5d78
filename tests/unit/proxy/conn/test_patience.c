/* test_patience.c - peers that move a byte before each deadline are cut; those that are merely slow are not.
 */
#include "tests/unit/proxy/conn/rig.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sluice/clock.h"

enum { LONG = 64 << 20, TRICKLE_MS = 20 };

static uint64_t hits(const char *limit)
{
    char series[100];
    snprintf(series, sizeof series, "sluice_limit_hits_total{limit=\"%s\"}", limit);
    return gateway_metric(rig_gateway, series);
}

static uint64_t late(const char *of)
{
    char series[100];
    snprintf(series, sizeof series, "sluice_timeouts_total{of=\"%s\"}", of);
    return gateway_metric(rig_gateway, series);
}

static bool sink(struct origin_request *r)
{
    char data[65536];
    while (recv(r->fd, data, sizeof data, 0) > 0)
        ;
    return false;
}

static bool reluctant(struct origin_request *r)
{
    int small = 4096;
    char byte;
    setsockopt(r->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    for (int i = 0; i < 200 && recv(r->fd, &byte, 1, 0) > 0; i++)
        rig_nap_ms(5);
    return false;
}

static bool endless(struct origin_request *r)
{
    char *data = calloc(1, LONG);
    origin_sendf(r, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", LONG);
    origin_send_bytes(r, data, LONG);
    free(data);
    return false;
}

/* ---- bodies of requests ---- */

/* Sends a piece now and then until the gateway has said something, or max_ms are over. */
static bool trickle(struct client *c, size_t piece, int64_t max_ms)
{
    static const char data[4096];
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    int64_t until_us = sl_monotonic_us() + max_ms * 1000;
    while (sl_monotonic_us() < until_us) {
        if (poll(&p, 1, TRICKLE_MS) > 0)
            return true;
        if (send(c->fd, data, piece, MSG_NOSIGNAL) < 0)
            return true;
    }
    return false;
}

static void begin_upload(struct client *c)
{
    rig_open(c);
    client_sendf(c, "POST http://127.0.0.1:%u/ HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n",
                 origin_port(rig_origin), LONG);
}

TEST(body__that_trickles_is_answered_408)
{
    struct client c;
    rig_begin(sink, NULL, "[proxy]\ntimeout_body = 400ms\nmin_rate = 100KiB\n");
    begin_upload(&c);
    assert_true(trickle(&c, 1, 8000));
    struct answer *a = client_read(&c, false);
    assert_int_equal(a->status, 408);
    answer_free(&a);
    assert_string_equal(rig_recorded(1, "error"), "client-slow-send");
    assert_int_equal(hits("body-rate"), 1);
    client_close(&c);
    rig_end();
}

TEST(body__that_stops_is_silent_and_not_slow)
{
    struct client c;
    rig_begin(sink, NULL, "[proxy]\ntimeout_body = 300ms\n");
    begin_upload(&c);
    client_send(&c, "some");
    struct answer *a = client_read(&c, false);
    assert_int_equal(a->status, 408);
    answer_free(&a);
    assert_string_equal(rig_recorded(1, "error"), "client-timeout-send");
    assert_int_equal(late("body"), 1);
    client_close(&c);
    rig_end();
}

TEST(body__that_comes_fast_enough_goes_on)
{
    struct client c;
    rig_begin(sink, NULL, "[proxy]\ntimeout_body = 1s\nmin_rate = 100\n");
    begin_upload(&c);
    assert_false(trickle(&c, 1000, 1300));
    client_close(&c);
    rig_end();
}

/* 2,000 bytes a second let in, many more asked for: it is us who make it wait. */
TEST(body__that_a_throttle_slows_down_is_not_slow)
{
    struct client c;
    rig_begin(
        sink,
        "{\"schema\": 1, \"default\": {\"then\": \"allow\"}, \"rules\": [{\"id\": \"slow\", \"if\": {}, "
        "\"then\": \"allow\", \"throttle\": \"16kbit/s\"}]}",
        "[proxy]\ntimeout_body = 300ms\nmin_rate = 100KiB\n");
    begin_upload(&c);
    client_send_bytes(&c, (char[65536]){0}, 65536);
    rig_nap_ms(800);
    assert_int_equal(hits("body-rate") + late("body"), 0);
    client_close(&c);
    rig_end();
}

TEST(origin__that_takes_a_request_byte_by_byte_is_given_up)
{
    struct client c;
    char *data = calloc(1, LONG);
    rig_begin(reluctant, NULL, "[proxy]\ntimeout_body = 400ms\nmin_rate = 100KiB\n");
    begin_upload(&c);
    struct timeval brief = {.tv_usec = 300000};
    setsockopt(c.fd, SOL_SOCKET, SO_SNDTIMEO, &brief, sizeof brief);
    ssize_t ignored = send(c.fd, data, LONG, MSG_NOSIGNAL);
    (void)ignored;
    struct answer *a = client_read(&c, false);
    assert_int_equal(a->status, 504);
    answer_free(&a);
    assert_int_equal(hits("origin-rate") + late("send"), 1);
    client_close(&c);
    rig_end();
    free(data);
}

/* ---- answers ---- */

static void ask_for_much(struct client *c)
{
    int small = 4096;
    rig_open(c);
    setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    rig_get(c, "/");
}

/* Reads a piece now and then, for max_ms. True: it was cut. */
static bool sip(struct client *c, size_t piece, long nap_ms, int64_t max_ms)
{
    char data[65536];
    int64_t until_us = sl_monotonic_us() + max_ms * 1000;
    while (sl_monotonic_us() < until_us) {
        ssize_t n = recv(c->fd, data, SL_MIN(piece, sizeof data), 0);
        if (n <= 0)
            return true;
        rig_nap_ms(nap_ms);
    }
    return false;
}

TEST(answer__taken_byte_by_byte_is_reset)
{
    struct client c;
    rig_begin(endless, NULL, "[proxy]\ntimeout_body = 400ms\nmin_rate = 1MiB\n");
    ask_for_much(&c);
    for (int i = 0; i < 8000 && hits("answer-rate") + late("answer") == 0; i++)
        assert_false(sip(&c, 1, 1, 1));
    assert_int_equal(hits("answer-rate") + late("answer"), 1);
    assert_true(sip(&c, 65536, 0, 8000));
    assert_int_equal(errno, ECONNRESET); /* so the kernel does not keep the rest for it */
    rig_wait_metric("sluice_buffer_bytes_in_use", 0);
    const char *error = rig_recorded(1, "error");
    assert_true(strcmp(error, "client-slow-relay") == 0 || strcmp(error, "client-timeout-relay") == 0);
    client_close(&c);
    rig_end();
}

/* The kernel takes megabytes and asks for more when a third of them is gone: longer than the gap allows. */
TEST(answer__that_drains_slowly_out_of_the_kernel_goes_on)
{
    struct client c;
    rig_begin(endless, NULL, "[proxy]\ntimeout_body = 1s\nmin_rate = 1000\n");
    ask_for_much(&c);
    assert_false(sip(&c, 2000, 5, 2200));
    assert_int_equal(hits("answer-rate") + late("answer"), 0);
    client_close(&c);
    rig_end();
}

/* ---- tunnels ---- */

static bool pours(struct origin_request *r)
{
    static char data[65536];
    origin_send(r, "!");
    while (send(r->fd, data, sizeof data, MSG_NOSIGNAL) > 0)
        ;
    return false;
}

TEST(tunnel__whose_client_takes_nothing_ends_however_much_it_sends)
{
    struct client c;
    rig_begin(pours, NULL, "[proxy]\ntimeout_tunnel_idle = 1s\n");
    rig_open(&c);
    client_sendf(&c, "CONNECT 127.0.0.1:%u HTTP/1.1\r\nHost: x\r\n\r\n", origin_port(rig_origin));
    struct answer *a = client_read(&c, true);
    assert_int_equal(a->status, 200);
    answer_free(&a);
    client_send(&c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    for (int i = 0; i < 400 && hits("answer-rate") == 0; i++) {
        if (send(c.fd, "x", 1, MSG_NOSIGNAL) < 0)
            break;
        rig_nap_ms(TRICKLE_MS);
    }
    rig_wait_metric("sluice_tunnels", 0);
    assert_string_equal(rig_recorded(1, "error"), "client-slow-tunnel");
    client_close(&c);
    rig_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(body__that_trickles_is_answered_408),
        cmocka_unit_test(body__that_stops_is_silent_and_not_slow),
        cmocka_unit_test(body__that_comes_fast_enough_goes_on),
        cmocka_unit_test(body__that_a_throttle_slows_down_is_not_slow),
        cmocka_unit_test(origin__that_takes_a_request_byte_by_byte_is_given_up),
        cmocka_unit_test(answer__taken_byte_by_byte_is_reset),
        cmocka_unit_test(answer__that_drains_slowly_out_of_the_kernel_goes_on),
        cmocka_unit_test(tunnel__whose_client_takes_nothing_ends_however_much_it_sends),
    };
    return cmocka_run_group_tests_name("proxy/conn/patience", tests, NULL, NULL);
}

/* test_throttle.c - throttled transfers through a real data plane. That bytes can't come sooner than the rate
 * allows is arithmetic, so the least time is asserted; nothing is about the most. */
#include "tests/unit/proxy/conn/rig.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "sluice/clock.h"

/* 1 MB/s and 64 KiB at once: 200 kB take 134 ms. */
enum { RATE = 1000000, BURST = 65536, BODY = 200000 };
#define SLOW(per)                                                                                      \
    "{\"schema\":1,\"rules\":[{\"id\":\"slow\",\"if\":{},\"then\":\"allow\",\"throttle\":{\"rate\":\"" \
    "1MB/s\",\"burst\":\"64KiB\",\"per\":\"" per "\"}}]}"

/* The least time for n bytes, in microseconds. */
static int64_t least_us(uint64_t n)
{
    return (int64_t)((n - BURST) * 1000000 / RATE);
}

/* /N: a body of N bytes. PUT: takes what comes and says how much that was. CONNECT: echoes. */
static bool serve(struct origin_request *r)
{
    static char block[65536];
    unsigned long n = strtoul(r->path + 1, NULL, 10);
    const char *length = strstr(r->head, "Content-Length: ");
    if (strncmp(r->head, "PUT", 3) == 0 && length) {
        size_t left = strtoul(length + 16, NULL, 10);
        for (size_t piece; left > 0; left -= piece) {
            piece = SL_MIN(left, sizeof block);
            if (!origin_read(r, block, piece))
                return false;
        }
        return origin_answer(r, "taken");
    }
    origin_sendf(r, "HTTP/1.1 200 OK\r\nContent-Length: %lu\r\n\r\n", n);
    for (size_t piece; n > 0; n -= piece) {
        piece = SL_MIN(n, sizeof block);
        origin_send_bytes(r, block, piece);
    }
    return true;
}

static void get_whole(size_t n)
{
    struct client c;
    char path[32];
    rig_open(&c);
    snprintf(path, sizeof path, "/%zu", n);
    rig_get(&c, path);
    struct answer *a = client_read(&c, false);
    assert_int_equal(a->status, 200);
    assert_true(a->whole && a->body_n == n);
    answer_free(&a);
    client_close(&c);
}

TEST(throttle__slows_a_download_down_and_does_not_cut_it)
{
    rig_begin(serve, SLOW("client"), "[proxy]\ntimeout_body = 1s");
    int64_t start = sl_monotonic_us();
    get_whole(BODY);
    assert_true(sl_monotonic_us() - start >= least_us(BODY));
    assert_string_equal(rig_recorded(1, "action"), "allow");
    assert_string_equal(rig_recorded(1, "rule"), "slow");
    assert_string_equal(rig_recorded(1, "error"), "");
    rig_end();
}

TEST(throttle__slows_an_upload_down)
{
    struct client c;
    char *body = sl_calloc(1, BODY);
    rig_begin(serve, SLOW("client"), NULL);
    rig_open(&c);
    int64_t start = sl_monotonic_us();
    client_sendf(&c, "PUT http://127.0.0.1:%u/ HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n",
                 origin_port(rig_origin), BODY);
    client_send_bytes(&c, body, BODY);
    rig_expect(&c, 200, "taken");
    assert_true(sl_monotonic_us() - start >= least_us(BODY));
    client_close(&c);
    free(body);
    rig_end();
}

static bool echo(struct origin_request *r)
{
    char piece[65536];
    ssize_t n;
    origin_send_bytes(r, r->early, r->early_n);
    while ((n = recv(r->fd, piece, sizeof piece, 0)) > 0)
        origin_send_bytes(r, piece, (size_t)n);
    return false;
}

static void tunnel(struct client *c)
{
    char byte, last[5] = "";
    rig_open(c);
    client_sendf(c, "CONNECT 127.0.0.1:%u HTTP/1.1\r\nHost: x\r\n\r\n\r\n\r\n", origin_port(rig_origin));
    while (memcmp(last, "\r\n\r\n", 4) != 0) {
        assert_true(client_read_bytes(c, &byte, 1));
        memmove(last, last + 1, 3);
        last[3] = byte;
    }
}

TEST(throttle__counts_both_directions_of_a_tunnel)
{
    struct client c;
    static char there[BODY / 2], back[BODY / 2];
    rig_begin(echo, SLOW("client"), NULL);
    tunnel(&c);
    int64_t start = sl_monotonic_us();
    memset(there, 'x', sizeof there);
    client_send_bytes(&c, there, sizeof there);
    assert_true(client_read_bytes(&c, back, sizeof back));
    assert_memory_equal(there, back, sizeof back);
    assert_true(sl_monotonic_us() - start >= least_us(BODY));
    client_close(&c);
    rig_end();
}

static void *get_part(void *arg)
{
    get_whole((size_t)(uintptr_t)arg);
    return NULL;
}

TEST(throttle__is_shared_by_all_flows_of_one_subject_and_all_workers)
{
    enum { FLOWS = 8 };
    pthread_t threads[FLOWS];
    rig_begin(serve, SLOW("all"), "[proxy]\nworkers = 3");
    int64_t start = sl_monotonic_us();
    for (int i = 0; i < FLOWS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, get_part, (void *)(uintptr_t)(BODY / FLOWS)), 0);
    for (int i = 0; i < FLOWS; i++)
        pthread_join(threads[i], NULL);
    assert_true(sl_monotonic_us() - start >= least_us(BODY));
    rig_end();
}

/* Each is smaller than the burst: together they are not. */
TEST(throttle__holds_for_many_small_answers)
{
    struct client c;
    rig_begin(serve, SLOW("client"), NULL);
    rig_open(&c);
    int64_t start = sl_monotonic_us();
    for (int i = 0; i < 20; i++) {
        rig_get(&c, "/10000");
        rig_expect(&c, 200, NULL);
    }
    assert_true(sl_monotonic_us() - start >= least_us(BODY));
    client_close(&c);
    rig_end();
}

TEST(throttle__of_one_client_leaves_others_alone)
{
    struct client c;
    rig_begin(serve,
              "{\"schema\":1,\"rules\":[{\"id\":\"slow\",\"if\":{\"url\":[\"127.0.0.1/9\"]},\"then\":"
              "\"allow\",\"throttle\":{\"rate\":\"1kB/s\",\"burst\":\"4KiB\"}}]}",
              NULL);
    rig_open(&c);
    rig_get(&c, "/9000000"); /* would take hours */
    get_whole(4000000);
    client_close(&c);
    rig_end();
}

TEST(throttle__counts_clients_of_ipv6_too)
{
    rig_begin(serve, SLOW("client"), "[proxy]\nlisten = [::1]:0");
    int64_t start = sl_monotonic_us();
    get_whole(BODY);
    assert_true(sl_monotonic_us() - start >= least_us(BODY));
    assert_string_equal(rig_recorded(1, "client"), "::1");
    rig_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(throttle__slows_a_download_down_and_does_not_cut_it),
        cmocka_unit_test(throttle__slows_an_upload_down),
        cmocka_unit_test(throttle__counts_both_directions_of_a_tunnel),
        cmocka_unit_test(throttle__is_shared_by_all_flows_of_one_subject_and_all_workers),
        cmocka_unit_test(throttle__holds_for_many_small_answers),
        cmocka_unit_test(throttle__of_one_client_leaves_others_alone),
        cmocka_unit_test(throttle__counts_clients_of_ipv6_too),
    };
    return cmocka_run_group_tests_name("proxy/conn/throttle", tests, NULL, NULL);
}

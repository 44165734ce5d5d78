/* rig.c - see rig.h. */
#include "tests/unit/proxy/conn/rig.h"

#include <stdio.h>
#include <time.h>

struct gateway *rig_gateway;
struct origin *rig_origin;

void rig_begin(origin_handler *handler, const char *policy, const char *ini)
{
    rig_gateway = gateway_start(policy, ini);
    rig_origin = origin_start(handler);
}

void rig_end(void)
{
    gateway_stop(&rig_gateway);
    origin_stop(&rig_origin);
}

void rig_open(struct client *c)
{
    client_open(c, rig_gateway->endpoint);
}

void rig_get(struct client *c, const char *path)
{
    client_sendf(c, "GET http://127.0.0.1:%u%s HTTP/1.1\r\nHost: x\r\n\r\n", origin_port(rig_origin), path);
}

void rig_expect(struct client *c, int status, const char *body)
{
    struct answer *a = client_read(c, false);
    if (a->status != status || !a->whole)
        fail_msg("status %d (whole: %d), not %d:\n%s", a->status, a->whole, status, a->head);
    if (body)
        assert_string_equal(a->body, body);
    answer_free(&a);
}

void rig_nap_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

const char *rig_recorded(size_t n, const char *key)
{
    static char word[256];
    json_t *records = gateway_records(rig_gateway, n);
    const char *text = json_string_value(json_object_get(json_array_get(records, 0), key));
    snprintf(word, sizeof word, "%s", text ? text : "");
    json_decref(records);
    return word;
}

void rig_wait_metric(const char *series, uint64_t value)
{
    for (int i = 0; gateway_metric(rig_gateway, series) != value; i++) {
        if (i == 5000)
            fail_msg("%s is %llu, not %llu", series, (unsigned long long)gateway_metric(rig_gateway, series),
                     (unsigned long long)value);
        rig_nap_ms(1);
    }
}

bool rig_hello(struct origin_request *r)
{
    return origin_answer(r, "hello");
}

/* samples.h - records for the tests of audit/: the same number gives the same record. */
#ifndef TESTS_UNIT_AUDIT_SAMPLES_H
#define TESTS_UNIT_AUDIT_SAMPLES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sluice/audit.h"
#include "sluice/clock.h"

/* 2026-11-23T09:00:00Z */
#define SAMPLE_TIME_US ((int64_t)1795424400 * 1000000)

static inline uint64_t sample_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* A record with the memory of its texts. */
struct sample {
    struct record r;
    char user[32], host[64], path[128], query[32], agent[64], sni[64];
};

/* Makes text in buf: sample_text(buf, "user%u", n). */
#define sample_text(buf, ...) sl_str((buf), (size_t)snprintf((buf), sizeof(buf), __VA_ARGS__))

/* Request number n of a stream of them, one every 10 ms from SAMPLE_TIME_US. */
static inline void sample_fill(struct sample *s, uint64_t n)
{
    static const struct sl_str categories[] = {{"news", 4}, {"social", 6}, {"video", 5}, {"ads", 3}};
    static const struct sl_str rules[] = {{"", 0}, {"social-work", 11}, {"malware", 7}};
    uint64_t x = n * 77 + 5;
    x = sample_random(&x);
    struct record *r = &s->r;
    memset(s, 0, sizeof *s);
    r->time_us = SAMPLE_TIME_US + (int64_t)n * 10000;
    r->id = request_id_make(r->time_us, (unsigned)(n % 4), 0);
    r->duration_us = x % 900000;
    r->timing.connect_us = (uint32_t)(x % 3000);
    r->timing.wait_us = (uint32_t)(x % 70000);
    r->client = (struct sl_addr){{[10] = 0xff, 0xff, 10, 1, (uint8_t)(x >> 8), (uint8_t)(x >> 16)}};
    r->client_port = (uint16_t)(x >> 5);
    if (x % 5)
        r->user = sample_text(s->user, "user%u", (unsigned)(x >> 9) % 40);
    r->groups[0] = SL_STR("staff");
    r->groups[1] = SL_STR("Domain Users");
    r->group_count = (unsigned)(x >> 3) % 3;
    r->method = x % 7 ? SL_STR("GET") : SL_STR("CONNECT");
    r->host = sample_text(s->host, "www%u.example.com", (unsigned)(x >> 24) % 200);
    r->port = 443;
    if (x % 7) {
        r->scheme = SL_STR("https");
        r->path = sample_text(s->path, "/assets/page-%u.html", (unsigned)(x >> 7) % 5000);
        r->query = sample_text(s->query, "v=%u", (unsigned)x);
    }
    r->action = (enum action)(x % 11 < 8 ? ACTION_ALLOW : x % 11 - 7);
    r->rule = rules[(x >> 33) % 3];
    r->reason = r->rule.n ? SL_STR("rule") : SL_STR("default");
    r->categories[0] = categories[(x >> 40) % 4];
    r->categories[1] = categories[(x >> 44) % 4];
    r->category_count = (unsigned)(x >> 50) % 3;
    r->report_only[0] = SL_STR("iso");
    r->report_count = x % 13 == 0;
    r->policy_version = 7;
    r->status = r->action == ACTION_ALLOW ? 200 : 403;
    r->bytes_in = 400 + x % 300;
    r->bytes_out = x % 200000;
    r->upstream.addr = (struct sl_addr){{[10] = 0xff, 0xff, 192, 0, 2, (uint8_t)(x >> 24)}};
    r->upstream.port = r->action == ACTION_ALLOW ? 443 : 0;
    r->reused = x % 3 == 0;
    if (r->upstream.port && x % 17 == 0)
        r->parent = SL_STR("cache");
    if (r->action == ACTION_ERROR)
        r->error = SL_STR("origin-connect-refused");
    if (x % 4 == 0) {
        r->tls.version = SL_STR("TLSv1.3");
        r->tls.cipher = SL_STR("TLS_AES_128_GCM_SHA256");
        r->tls.sni = sample_text(s->sni, "www%u.example.com", (unsigned)(x >> 24) % 200);
        r->tls.inspected = true;
        r->tls.issuer = SL_STR("CN=Example CA, O=Example");
        r->tls.origin_version = x % 8 ? SL_STR("TLSv1.2") : SL_STR("TLSv1.3");
        r->tls.fault = x % 64 ? SL_STR("") : SL_STR("expired");
        r->tls.exception = x % 128 ? SL_STR("") : SL_STR("old-printer");
    }
    r->http = x % 4 ? RECORD_HTTP_1_1 : RECORD_HTTP_2;
    r->content_type = SL_STR("text/html; charset=utf-8");
    r->user_agent =
        sample_text(s->agent, "Mozilla/5.0 (X11; Linux x86_64; rv:%u.0)", (unsigned)(x >> 14) % 30);
}

static inline struct audit_config sample_config(const char *directory)
{
    return (struct audit_config){
        .directory = directory, .segment_bytes = 128 * 1024, .batch_ms = 5, .retention_ms = 0};
}

/* Waits until everything appended is stored; aborts the test after ten seconds. */
static inline void sample_wait_stored(struct audit *a)
{
    struct audit_status st;
    for (int i = 0; i < 2000; i++) {
        audit_status(a, &st);
        if (st.lag_records == 0)
            return;
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    fprintf(stderr, "records are not stored: %s\n", st.last_error);
    abort();
}

#endif

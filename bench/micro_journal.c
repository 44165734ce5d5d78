/* micro_journal.c - what does a record cost the worker, and what the writer?
 *
 *   micro_journal [folder [records]]
 *
 * Records look like a day in an office: 20,000 hosts of which 1 % take half of the requests, 2,000 users, 50
 * user agents, 5,000 paths. First the worker alone, with segments enough that nothing waits; then everything
 * from an append to a row, at full speed. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "sluice/audit.h"
#include "sluice/clock.h"

#include "audit/journal.h"
#include "audit/segment.h"
#include "base/fs.h"

enum { HOSTS = 20000, USERS = 2000, AGENTS = 50, PATHS = 5000, SEGMENT = 16 * 1024 * 1024 };

static char hosts[HOSTS][40], users[USERS][16], agents[AGENTS][96], paths[PATHS][64];
static uint64_t rng = 7, last_id;

static uint64_t next_random(void)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return rng;
}

static void make_texts(void)
{
    for (int i = 0; i < HOSTS; i++)
        snprintf(hosts[i], sizeof hosts[i], "%s%d.example.com", i % 3 ? "www.site" : "cdn-", i);
    for (int i = 0; i < USERS; i++)
        snprintf(users[i], sizeof users[i], "user%04d", i);
    for (int i = 0; i < AGENTS; i++)
        snprintf(agents[i], sizeof agents[i],
                 "Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0", 80 + i, 80 + i);
    for (int i = 0; i < PATHS; i++)
        snprintf(paths[i], sizeof paths[i], "/assets/section-%d/picture-%d.webp", i % 40, i);
}

static void make_record(struct record *r, int64_t *time_us)
{
    static const struct sl_str types[] = {
        {"text/html; charset=utf-8", 24}, {"image/webp", 10}, {"application/json", 16}};
    uint64_t x = next_random();
    unsigned user = (unsigned)(x % USERS), host = (unsigned)(x >> 16) % (x >> 63 ? HOSTS / 100 : HOSTS);
    *time_us += 50;
    r->time_us = *time_us;
    r->id = last_id = request_id_make(*time_us, 0, last_id);
    r->duration_us = (x >> 20) % 900000;
    r->timing = (struct record_timing){
        .decide_us = 3, .send_us = 40, .wait_us = (uint32_t)(x >> 30) % 90000, .relay_us = 300};
    r->client = (struct sl_addr){{[10] = 0xff, 0xff, 10, 1, (uint8_t)(user / 250), (uint8_t)(user % 250)}};
    r->client_port = (uint16_t)x;
    r->user = sl_cstr(users[user]);
    r->method = SL_STR("GET");
    r->scheme = SL_STR("http");
    r->host = sl_cstr(hosts[host]);
    r->port = 80;
    r->path = sl_cstr(paths[(x >> 24) % PATHS]);
    r->action = x % 20 ? ACTION_ALLOW : ACTION_BLOCK;
    r->rule = x % 20 ? SL_STR("") : SL_STR("social-work");
    r->reason = x % 20 ? SL_STR("default") : SL_STR("rule");
    r->categories[0] = host % 4 ? SL_STR("news") : SL_STR("social");
    r->category_count = 1;
    r->policy_version = 12;
    r->status = x % 20 ? 200 : 403;
    r->bytes_in = 400 + x % 300;
    r->bytes_out = (x >> 8) % 200000;
    r->upstream.addr = (struct sl_addr){{[10] = 0xff, 0xff, 192, 0, (uint8_t)(host >> 8), (uint8_t)host}};
    r->upstream.port = 80;
    r->reused = true;
    r->content_type = types[x % 3];
    r->user_agent = sl_cstr(agents[user % AGENTS]);
}

static double cpu_us(int who)
{
    struct rusage use;
    getrusage(who, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e6 +
           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

static void no_wake(void *arg)
{
}

/* Appends alone: a fresh stream for every few segments, made outside the measured time. Returns the
 * microseconds each took. */
static double measure_append(const char *folder, uint64_t count, bool append)
{
    struct sl_err err = {0};
    int64_t time_us = sl_wall_us();
    double cpu = 0;
    for (uint64_t done = 0, stream = 1; done < count; stream++) {
        struct record r = {0};
        struct stream *s = stream_new(stream, false);
        for (int i = 0; i < 4; i++)
            if (!stream_make_spare(s, folder, SEGMENT, &err)) {
                fprintf(stderr, "%s\n", err.msg);
                exit(1);
            }
        /* As the writer does ahead of a worker that is busy. */
        for (size_t i = 0; i < s->count; i++)
            segment_touch(s->segments[i], SEGMENT);
        struct journal *j = journal_new(s, SEGMENT, no_wake, NULL);
        double before = cpu_us(RUSAGE_THREAD);
        for (int i = 0; i < 150000; i++, done++) {
            make_record(&r, &time_us);
            if (append && !journal_append(j, &r, 0))
                abort();
        }
        cpu += cpu_us(RUSAGE_THREAD) - before;
        journal_close(&j);
        stream_drop_all(s);
        stream_free(s);
    }
    return cpu / (double)(count / 150000 * 150000 + (count % 150000 ? 150000 : 0));
}

static void measure_store(const char *folder, uint64_t count)
{
    struct audit_config cfg = {.directory = folder, .segment_bytes = SEGMENT, .batch_ms = 200};
    struct audit *a;
    struct journal *j;
    struct sl_err err = {0};
    struct audit_status st;
    if (!audit_start(&cfg, &a, &err) || !journal_open(a, 0, &j, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        exit(1);
    }
    int64_t time_us = sl_wall_us(), began = sl_monotonic_us();
    struct record r = {0};
    double all = cpu_us(RUSAGE_SELF), own = cpu_us(RUSAGE_THREAD);
    for (uint64_t i = 0; i < count; i++) {
        make_record(&r, &time_us);
        while (!journal_append(j, &r, 0)) {
            journal_tend(j);
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        }
        if (i % 64 == 0)
            journal_tend(j);
    }
    journal_close(&j);
    do {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        audit_status(a, &st);
    } while (st.lag_records);
    own = cpu_us(RUSAGE_THREAD) - own;
    all = cpu_us(RUSAGE_SELF) - all;
    double wall_us = (double)(sl_monotonic_us() - began);
    audit_stop(&a);
    printf("writer: %.2f us CPU a row, %.0f rows/s, %.0f bytes a row\n", (all - own) / (double)count,
           (double)count / wall_us * 1e6, (double)st.database_bytes / (double)count);
}

int main(int argc, char **argv)
{
    struct sl_err err = {0};
    SL_CLEANUP(sl_freep) char *folder = sl_asprintf("%s/sluice-bench.XXXXXX", argc > 1 ? argv[1] : "/tmp");
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
    if (!mkdtemp(folder)) {
        perror(folder);
        return 1;
    }
    make_texts();
    double made = measure_append(folder, count, false), appended = measure_append(folder, count, true);
    printf("append: %.3f us CPU a record (making one, not counted: %.3f)\n", appended - made, made);
    measure_store(folder, count);
    return fs_remove_all(folder, &err) ? 0 : 1;
}

/* micro_journal.c - what does a record cost the worker, and what the writer?
 *
 *   micro_journal [folder [records]]
 *
 * Records are those of office.h. First the worker alone, with segments enough that nothing waits; then
 * everything from an append to a row, at full speed. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "sluice/audit.h"
#include "sluice/clock.h"

#include "audit/journal.h"
#include "audit/segment.h"
#include "base/fs.h"
#include "bench/office.h"

enum { SEGMENT = 16 * 1024 * 1024 };

static void make_record(struct record *r, int64_t *time_us)
{
    static uint64_t n, last_id;
    *time_us += 50;
    last_id = request_id_make(*time_us, 0, last_id);
    office_record(r, n++, last_id, *time_us);
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
    office_open();
    double made = measure_append(folder, count, false), appended = measure_append(folder, count, true);
    printf("append: %.3f us CPU a record (making one, not counted: %.3f)\n", appended - made, made);
    measure_store(folder, count);
    return fs_remove_all(folder, &err) ? 0 : 1;
}

/* fill.c - a log of any size, for benchmarks and for looking at the console: through journal and writer, so
 * that it is what a gateway would have written.
 *
 *   bench_fill STATE-DIRECTORY ROWS DAYS
 *
 * The rows of office.h, evenly over the DAYS (0.5 is possible) up to now, in the order in which they end;
 * what has not ended by now ends now. No gateway may run on the directory. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sluice/audit.h"
#include "sluice/clock.h"

#include "bench/office.h"

/* A request that has begun; waiting ones form a heap, the earliest end on top. */
struct begun {
    int64_t end_us, time_us;
    uint64_t n, id;
};
static struct {
    struct begun *items;
    size_t count, cap;
} heap;

static void swap(size_t a, size_t b)
{
    struct begun t = heap.items[a];
    heap.items[a] = heap.items[b];
    heap.items[b] = t;
}

static void push(struct begun b)
{
    SL_GROW(heap.items, heap.count, &heap.cap);
    size_t i = heap.count++;
    heap.items[i] = b;
    for (; i && heap.items[i].end_us < heap.items[(i - 1) / 2].end_us; i = (i - 1) / 2)
        swap(i, (i - 1) / 2);
}

static struct begun pop(void)
{
    struct begun top = heap.items[0];
    heap.items[0] = heap.items[--heap.count];
    for (size_t i = 0, child; (child = 2 * i + 1) < heap.count; i = child) {
        child += child + 1 < heap.count && heap.items[child + 1].end_us < heap.items[child].end_us;
        if (heap.items[i].end_us <= heap.items[child].end_us)
            break;
        swap(i, child);
    }
    return top;
}

static void append(struct journal *j, const struct begun *b)
{
    static unsigned turns;
    struct record r;
    office_record(&r, b->n, b->id, b->time_us);
    while (!journal_append(j, &r, 0)) {
        journal_tend(j);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    if (++turns % 64 == 0)
        journal_tend(j);
}

static void fill(struct audit *a, struct journal *j, uint64_t rows, double days)
{
    int64_t now_us = sl_wall_us(), span_us = (int64_t)(days * 86400e6);
    uint64_t id = audit_last_id(a);
    for (uint64_t n = 0; n < rows; n++) {
        struct begun b = {
            .n = n, .time_us = now_us - span_us + (int64_t)((double)span_us * ((double)n / (double)rows))};
        struct record r;
        while (heap.count && heap.items[0].end_us <= b.time_us) {
            struct begun done = pop();
            append(j, &done);
        }
        b.id = id = request_id_make(b.time_us, (unsigned)(n % 4), id);
        office_record(&r, n, id, b.time_us);
        b.end_us = b.time_us + (int64_t)r.duration_us;
        push(b);
    }
    while (heap.count) {
        struct begun done = pop();
        append(j, &done);
    }
}

int main(int argc, char **argv)
{
    uint64_t rows = argc == 4 ? strtoull(argv[2], NULL, 10) : 0;
    double days = argc == 4 ? strtod(argv[3], NULL) : 0;
    struct audit *a;
    struct journal *j;
    struct sl_err err = {0};
    if (rows == 0 || days <= 0 || days > 3650) {
        fprintf(stderr, "bench_fill STATE-DIRECTORY ROWS DAYS\n");
        return 2;
    }
    struct audit_config cfg = {.directory = argv[1], .segment_bytes = 16 << 20, .batch_ms = 200};
    if (!audit_start(&cfg, &a, &err) || !journal_open(a, 0, &j, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    int64_t began_us = sl_monotonic_us();
    office_open();
    fill(a, j, rows, days);
    journal_close(&j);
    audit_stop(&a);
    free(heap.items);
    double seconds = (double)(sl_monotonic_us() - began_us) / 1e6;
    printf("%llu rows in %.1f s, %.0f rows/s\n", (unsigned long long)rows, seconds, (double)rows / seconds);
    return 0;
}

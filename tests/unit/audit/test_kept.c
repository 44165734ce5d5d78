/* test_kept.c - unit tests of audit/kept.c and what survey.c keeps: figures are the same with a cache and
 * without (test_figures.c holds those to the records), while days change and while several ask at once. */
#include "tests/support/cmocka_all.h"
#include "tests/support/tmpdir.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/audit/samples.h"

#include "audit/days.h"
#include "audit/values.h"
#include "sluice/figures.h"
#include "sluice/log.h"

enum { ROWS = 3000, DAYS = 5, THREADS = 4, ROUNDS = 12, STEPS = 100 };

struct log {
    struct audit *audit;
    struct journal *journal;
};

static struct log open_log(const char *dir)
{
    struct audit_config cfg = sample_config(dir);
    struct log log;
    struct sl_err err = {0};
    cfg.segment_bytes = 4 * 1024 * 1024;
    if (!audit_start(&cfg, &log.audit, &err) || !journal_open(log.audit, 0, &log.journal, &err))
        fail_msg("%s", err.msg);
    return log;
}

static void close_log(struct log *log)
{
    journal_close(&log->journal);
    audit_stop(&log->audit);
}

/* Rows n of [from, to): over five days, half of them in one. */
static void add_rows(struct log *log, uint64_t from, uint64_t to)
{
    for (uint64_t n = from; n < to; n++) {
        struct sample s;
        uint64_t x = n * 31 + 7;
        sample_fill(&s, n);
        x = sample_random(&x);
        s.r.time_us = SAMPLE_TIME_US + (int64_t)(x % (n % 2 ? DAY_US : DAYS * DAY_US)) - DAYS * DAY_US;
        s.r.id = request_id_make(s.r.time_us, (unsigned)(n % 4), 0);
        s.r.timing.decide_us = (uint32_t)(x >> 30) % 900;
        while (!journal_append(log->journal, &s.r, 0))
            journal_tend(log->journal);
    }
}

static void append_rows(const char *dir, uint64_t from, uint64_t to)
{
    struct log log = open_log(dir);
    add_rows(&log, from, to);
    close_log(&log);
}

/* All files are as if nobody had written to them for hours, and it can be told that they stay what they are.
 */
static void let_settle(const char *dir)
{
    struct days days;
    struct db_stamp stamp;
    assert_true(days_list(dir, &days, NULL));
    for (size_t i = 0; i < days.count; i++) {
        SL_CLEANUP(sl_freep) char *path = day_path(dir, days.items[i]);
        struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
        assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
    }
    for (size_t i = 0; i < days.count; i++) {
        SL_CLEANUP(sl_freep) char *path = day_path(dir, days.items[i]);
        while (!db_stamp(path, &stamp))
            usleep(50000);
    }
    days_fini(&days);
}

static struct figures_span some_span(uint64_t *rng)
{
    static const int64_t units_us[] = {(int64_t)60 * 1000000, (int64_t)3600 * 1000000, DAY_US};
    struct figures_span span;
    int64_t from_us, to_us;
    do {
        int64_t unit_us = units_us[sample_random(rng) % SL_COUNT(units_us)];
        from_us = SAMPLE_TIME_US - 8 * DAY_US + (int64_t)(sample_random(rng) % (uint64_t)(9 * DAY_US));
        from_us -= from_us % unit_us;
        to_us = from_us + (int64_t)(1 + sample_random(rng) % 12) * unit_us;
    } while (!figures_span(from_us, to_us, 0, 1 + sample_random(rng) % STEPS, &span, NULL));
    return span;
}

static bool same_table(const struct figures_table *a, const struct figures_table *b, size_t steps)
{
    bool same = a->count == b->count && memcmp(&a->others, &b->others, sizeof a->others) == 0;
    for (size_t i = 0; i < a->count && same; i++) {
        const struct figures_value *x = &a->items[i], *y = &b->items[i];
        same = (x->name && y->name ? strcmp(x->name, y->name) == 0 : x->name == y->name) &&
               memcmp(&x->total, &y->total, sizeof x->total) == 0 &&
               (!steps || memcmp(x->steps, y->steps, steps * sizeof *x->steps) == 0);
    }
    return same;
}

/* Requests of one kind with and without what is kept. By bytes, since no two values have the same. */
static bool same_top(const struct figures_query *kept, const struct figures_query *plain, uint64_t *rng)
{
    struct figures_order order = {.by = (enum figures_by)(sample_random(rng) % 6),
                                  .metric = FIGURES_BYTES,
                                  .limit = (unsigned)(sample_random(rng) % 20),
                                  .steps = sample_random(rng) % 2};
    struct figures_table a, b;
    if (!figures_top(kept, &order, &a, NULL))
        return false;
    bool same = figures_top(plain, &order, &b, NULL) && !a.approx && !b.approx &&
                same_table(&a, &b, order.steps ? kept->span.count : 0);
    figures_table_fini(&a);
    figures_table_fini(&b);
    return same;
}

static bool same_numbers(const struct figures_query *kept, const struct figures_query *plain)
{
    struct figures a[STEPS], b[STEPS];
    uint64_t x[STEPS] = {0}, y[STEPS] = {0}, all[4];
    size_t n = kept->span.count;
    bool approx;
    return figures_over_time(kept, a, &approx, NULL) && figures_over_time(plain, b, &approx, NULL) &&
           memcmp(a, b, n * sizeof *a) == 0 && figures_users(kept, x, &all[0], &approx, NULL) &&
           figures_users(plain, y, &all[1], &approx, NULL) && memcmp(x, y, n * sizeof *x) == 0 &&
           figures_own_time(kept, 95, x, &all[2], &approx, NULL) &&
           figures_own_time(plain, 95, y, &all[3], &approx, NULL) && memcmp(x, y, n * sizeof *x) == 0 &&
           all[0] == all[1] && all[2] == all[3];
}

struct asker {
    pthread_t thread;
    const char *dir;
    struct figures_cache *cache;
    uint64_t rng;
    unsigned wrong;
};

static void *ask(void *arg)
{
    struct asker *a = arg;
    for (int round = 0; round < ROUNDS; round++) {
        /* The same few questions over and over, so that what one keeps is what the others find. */
        uint64_t rng = 1 + sample_random(&a->rng) % 12;
        struct figures_query kept = {.directory = a->dir, .cache = a->cache, .span = some_span(&rng)};
        struct figures_query plain = {.directory = a->dir, .span = kept.span};
        a->wrong += !same_numbers(&kept, &plain) + !same_top(&kept, &plain, &rng);
    }
    return NULL;
}

static void ask_all(const char *dir, struct figures_cache *cache)
{
    struct asker askers[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        askers[i] = (struct asker){.dir = dir, .cache = cache, .rng = i + 3};
        assert_int_equal(pthread_create(&askers[i].thread, NULL, ask, &askers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(askers[i].thread, NULL);
        assert_int_equal(askers[i].wrong, 0);
    }
}

TEST(figures__are_the_same_with_what_is_kept)
{
    char *dir = tmpdir_new();
    struct figures_cache *cache = figures_cache_new(0);
    append_rows(dir, 0, ROWS);
    ask_all(dir, cache); /* files that have just been written */
    let_settle(dir);
    ask_all(dir, cache);
    size_t parts = values_kept(cache)->count;
    assert_true(parts > 0);
    append_rows(dir, ROWS, ROWS + 500); /* to each of the days */
    ask_all(dir, cache);
    let_settle(dir);
    ask_all(dir, cache);
    assert_true(values_kept(cache)->count > parts);
    figures_cache_free(&cache);
    tmpdir_free(&dir);
}

static uint64_t count_all(const struct figures_query *q)
{
    struct figures steps[STEPS], sum = {0};
    bool approx;
    assert_true(figures_over_time(q, steps, &approx, NULL));
    for (size_t i = 0; i < q->span.count; i++)
        figures_add(&sum, &steps[i]);
    return sum.requests;
}

/* The writer has the files open and goes on: whatever was kept, what is stored now counts now. */
TEST(figures__of_days_that_go_on_are_new)
{
    char *dir = tmpdir_new();
    struct figures_cache *cache = figures_cache_new(0);
    struct figures_query q = {.directory = dir, .cache = cache};
    struct log log = open_log(dir);
    assert_true(
        figures_span(SAMPLE_TIME_US - 9 * DAY_US, SAMPLE_TIME_US + 9 * DAY_US, 0, STEPS, &q.span, NULL));
    for (uint64_t rows = 100; rows <= 400; rows += 100) {
        add_rows(&log, rows - 100, rows);
        sample_wait_stored(log.audit);
        assert_int_equal(count_all(&q), rows);
        if (rows < 300)
            let_settle(dir);
        assert_int_equal(count_all(&q), rows); /* now it is kept */
        assert_int_equal(count_all(&q), rows);
    }
    assert_true(values_kept(cache)->count > 0);
    close_log(&log);
    figures_cache_free(&cache);
    tmpdir_free(&dir);
}

/* Hosts leave no room for users: these are counted all the same, and hosts are said to be estimates. */
TEST(figures_users__are_all_counted_when_names_fill_the_cache)
{
    char *dir = tmpdir_new();
    struct figures_cache *cache = figures_cache_new(60);
    struct figures_query q = {.directory = dir, .cache = cache};
    struct figures_order order = {.by = FIGURES_BY_HOST, .limit = 1000};
    struct figures_table hosts;
    uint64_t steps[STEPS], all;
    bool approx;
    append_rows(dir, 0, 1000);
    assert_true(
        figures_span(SAMPLE_TIME_US - 9 * DAY_US, SAMPLE_TIME_US + 9 * DAY_US, 0, STEPS, &q.span, NULL));
    /* Somebody else is counting, so that nothing is forgotten in between. */
    values_begin(cache);
    assert_true(figures_top(&q, &order, &hosts, NULL));
    assert_true(hosts.approx && hosts.count < 200);
    figures_table_fini(&hosts);
    assert_true(figures_users(&q, steps, &all, &approx, NULL));
    assert_false(approx);
    assert_int_equal(all, 40);
    values_end(cache);
    figures_cache_free(&cache);
    tmpdir_free(&dir);
}

TEST(kept_add__makes_room_and_never_takes_a_part_from_who_holds_it)
{
    struct kept k;
    struct kept_part *held = NULL, *found;
    enum { LARGE = 300000, MANY = 20 };
    kept_init(&k);
    for (uint64_t i = 0; i < MANY; i++) {
        struct kept_key key = kept_key(&k, &i, sizeof i);
        struct kept_part *part = kept_part_new(key, LARGE);
        part->items[LARGE - 1].number = (uint32_t)i;
        kept_add(&k, part);
        if (i == 0)
            held = part;
        else
            kept_release(&k, &part);
        found = kept_find(&k, key);
        assert_non_null(found);
        assert_int_equal(found->items[LARGE - 1].number, i);
        kept_release(&k, &found);
    }
    assert_true(k.count < MANY);
    found = kept_find(&k, held->key);
    assert_null(found);
    assert_int_equal(held->items[LARGE - 1].number, 0);
    kept_release(&k, &held);
    held = kept_part_new((struct kept_key){{1, 2}}, 10 * LARGE);
    kept_add(&k, held); /* more than may be kept of one */
    found = kept_find(&k, held->key);
    assert_null(found);
    kept_release(&k, &held);
    kept_fini(&k);
}

int main(void)
{
    sl_log_level(SL_LOG_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures__are_the_same_with_what_is_kept),
        cmocka_unit_test(figures__of_days_that_go_on_are_new),
        cmocka_unit_test(figures_users__are_all_counted_when_names_fill_the_cache),
        cmocka_unit_test(kept_add__makes_room_and_never_takes_a_part_from_who_holds_it),
    };
    return cmocka_run_group_tests_name("audit/kept", tests, NULL, NULL);
}

/* test_rollup.c - unit tests of audit/rollup.c, run.c and sums.c: runs and deltas add up to what was added,
 * through folds and rollbacks, and what is no run is refused. */
#include "tests/support/cmocka_all.h"
#include "tests/support/tmpdir.h"

#include "tests/unit/audit/samples.h"

#include "audit/count.h"
#include "audit/days.h"
#include "audit/schema.h"

enum { BATCHES = 120, ROWS = 2000, THINGS = 60000 };

struct world {
    char *dir, *path;
    struct db *db;
    struct rollup *rollup;
    struct sums all; /* by kind and minute */
};

static void open_rollup(struct world *w)
{
    assert_true(db_open(w->path, DB_READ_WRITE, &audit_day_schema, &w->db, NULL));
    assert_true(rollup_open(w->db, &w->rollup, NULL));
}

static void close_rollup(struct world *w)
{
    rollup_close(&w->rollup);
    db_close(&w->db);
}

static int setup(void **state)
{
    struct world *w = sl_calloc(1, sizeof *w);
    w->dir = tmpdir_new();
    w->path = tmpdir_path(w->dir, "audit-2026-11-23.db");
    open_rollup(w);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    close_rollup(w);
    sums_fini(&w->all);
    free(w->path);
    tmpdir_free(&w->dir);
    free(w);
    return 0;
}

static struct rollup_row random_row(uint64_t *rng, int64_t minute)
{
    uint64_t x = sample_random(rng);
    return (struct rollup_row){.time_us = minute * 60000000 + (int64_t)(x % 60000000),
                               .things = {1 + x % THINGS, 1 + (x >> 20) % (x % 3 ? 100 : THINGS),
                                          1 + (x >> 40) % 20, (x >> 50) % 90, (x >> 57) % 9},
                               .action = (enum action)((x >> 7) % 5),
                               .bytes_in = x % 1000,
                               .bytes_out = x % 7 ? x % 100000 : x};
}

/* One transaction, of which all that is kept goes into w->all too. */
static void run_batch(struct world *w, uint64_t *rng, int64_t minute, bool keep)
{
    assert_true(db_begin(w->db, NULL));
    for (int i = 0; i < ROWS; i++) {
        int64_t late = sample_random(rng) % 20 ? 0 : (int64_t)(sample_random(rng) % 300);
        struct rollup_row row = random_row(rng, minute - late);
        rollup_add(w->rollup, &row);
        struct figures f = rollup_figures(&row);
        for (unsigned kind = 0; kind < ROLLUP_KINDS && keep; kind++)
            if (kind != ROLLUP_TLS || row.things[kind])
                figures_add(sums_at(&w->all, (uint64_t)kind << 32 | (uint64_t)f.last_min, row.things[kind]),
                            &f);
    }
    assert_true(rollup_write(w->rollup, NULL));
    if (keep)
        assert_true(db_commit(w->db, NULL));
    else
        db_rollback(w->db);
    rollup_settle(w->rollup, keep);
}

static bool add_each(void *arg, size_t step, uint64_t thing, const struct figures *f, struct sl_err *err)
{
    figures_add(sums_at(arg, step, thing), f);
    return true;
}

/* What the file tells of a span and a kind is what was added to it. */
static void check_span(struct world *w, enum rollup_kind kind, int64_t from_us, int64_t to_us, int64_t step_s)
{
    struct sums have = {0}, want = {0};
    struct count c = {.kind = kind, .each = add_each, .arg = &have};
    struct sl_err err = {0};
    assert_true(figures_span(from_us, to_us, step_s, 100, &c.span, NULL));
    if (!count_file(w->db, day_of_time(SAMPLE_TIME_US), &c, &err))
        fail_msg("%s", err.msg);
    for (size_t i = 0; i < w->all.count; i++) {
        const struct sum *sum = &w->all.items[i];
        int64_t minute = (int64_t)(sum->group & UINT32_MAX);
        if (sum->group >> 32 != (uint64_t)kind || minute < c.span.from_min || minute >= c.span.to_min)
            continue;
        uint64_t step = (uint64_t)(minute / c.span.step_min - c.span.from_min / c.span.step_min);
        figures_add(sums_at(&want, step, sum->thing), &sum->f);
    }
    sums_sort(&have);
    sums_sort(&want);
    assert_int_equal(have.count, want.count);
    for (size_t i = 0; i < have.count; i++) {
        assert_true(have.items[i].group == want.items[i].group && have.items[i].thing == want.items[i].thing);
        assert_memory_equal(&have.items[i].f, &want.items[i].f, sizeof have.items[i].f);
    }
    sums_fini(&have);
    sums_fini(&want);
}

static int64_t number(struct db *db, const char *sql)
{
    struct db_stmt *s = db_prepare_dynamic(db, sql, NULL);
    assert_int_equal(db_step(s, NULL), DB_ROW);
    int64_t n = db_column_int(s, 0);
    db_done(&s);
    return n;
}

TEST(rollups__add_up_through_folds_rollbacks_and_reopening)
{
    struct world *w = *state;
    uint64_t rng = 4;
    int64_t begin = SAMPLE_TIME_US / 60000000;
    bool folded = false, unfolded = false;
    for (int i = 0; i < BATCHES; i++) {
        run_batch(w, &rng, begin + i / 2, sample_random(&rng) % 8 != 0);
        unfolded |= number(w->db, "SELECT count(*) FROM rollup_deltas") > 0;
        folded |= number(w->db, "SELECT count(*) FROM rollups") > 0;
        if (i % 40 == 39) {
            check_span(w, (enum rollup_kind)(i / 40), SAMPLE_TIME_US - DAY_US, SAMPLE_TIME_US + DAY_US, 0);
            close_rollup(w);
            open_rollup(w);
            assert_int_equal(number(w->db, "SELECT count(*) FROM rollup_deltas"), 0);
        }
    }
    assert_true(folded && unfolded);
    for (int kind = 0; kind < ROLLUP_KINDS; kind++) {
        check_span(w, (enum rollup_kind)kind, SAMPLE_TIME_US - DAY_US, SAMPLE_TIME_US + DAY_US, 0);
        check_span(w, (enum rollup_kind)kind, SAMPLE_TIME_US - 7200000000, SAMPLE_TIME_US + 1000000, 3600);
        check_span(w, (enum rollup_kind)kind, SAMPLE_TIME_US, SAMPLE_TIME_US + 40 * 60000000L, 60);
    }
    /* Spans are kept in few runs, however many folds there were. */
    assert_true(number(w->db, "SELECT max(n) FROM (SELECT count(*) n FROM rollups GROUP BY id >> 16)") <= 16);
}

TEST(rollups_that_are_damaged__are_an_error)
{
    struct world *w = *state;
    uint64_t rng = 4;
    struct sums sums = {0};
    struct count c = {.kind = ROLLUP_WHO, .each = add_each, .arg = &sums};
    struct sl_err err = {0};
    run_batch(w, &rng, SAMPLE_TIME_US / 60000000, true);
    close_rollup(w);
    open_rollup(w);
    assert_true(db_exec(w->db, "UPDATE rollups SET data = substr(data, 1, length(data) - 1) || x'ff'", NULL));
    assert_true(figures_span(SAMPLE_TIME_US, SAMPLE_TIME_US + DAY_US, 0, 48, &c.span, NULL));
    assert_false(count_file(w->db, day_of_time(SAMPLE_TIME_US), &c, &err));
    assert_non_null(strstr(err.msg, "rollups are damaged"));
    sums_fini(&sums);
}

TEST(run_next__gives_back_what_was_put_in)
{
    struct sum items[] = {
        {0, 0, {.requests = 1, .last_min = 7}},
        {0, 1, {.requests = 2, .block = 1, .bytes = 5, .last_min = 7}},
        {0, UINT64_MAX, {.requests = (uint64_t)1 << 44, .error = 3, .bytes = UINT64_MAX, .last_min = 1000}},
        {0, 5, {.requests = 3, .quota = 1, .warn = 1, .last_min = 8}},
    };
    struct sl_text run = {0};
    run_encode(items, SL_COUNT(items), 7, &run);
    struct sl_str rest = sl_text_str(&run);
    uint64_t thing = 0;
    struct figures f;
    for (size_t i = 0; i < SL_COUNT(items); i++) {
        assert_true(run_next(&rest, 7, &thing, &f));
        assert_true(thing == items[i].thing);
        assert_memory_equal(&f, &items[i].f, sizeof f);
    }
    assert_false(run_next(&rest, 7, &thing, &f));
    assert_int_equal(rest.n, 0);
    sl_text_fini(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rollups__add_up_through_folds_rollbacks_and_reopening, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(rollups_that_are_damaged__are_an_error, setup, teardown),
        cmocka_unit_test(run_next__gives_back_what_was_put_in),
    };
    return cmocka_run_group_tests_name("audit/rollup", tests, NULL, NULL);
}

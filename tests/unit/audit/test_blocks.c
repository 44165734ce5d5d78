/* test_blocks.c - unit tests of audit/blocks.c and pick.c: columns keep their numbers, and every row is in
 * one block whatever happens in between. */
#include "tests/support/cmocka_all.h"
#include "tests/support/tmpdir.h"

#include "tests/unit/audit/samples.h"

#include "audit/blocks.h"
#include "audit/days.h"
#include "audit/pick.h"
#include "audit/schema.h"

static size_t numbers_of(struct sl_str bytes, uint64_t out[BLOCK_ROWS])
{
    static struct column column;
    column_take(bytes, &column);
    for (size_t i = 0; i < column.count; i++)
        out[i] = column_at(&column, i);
    return column.count;
}

TEST(column_take__gives_back_what_was_packed)
{
    static uint64_t numbers[BLOCK_ROWS], back[BLOCK_ROWS];
    static uint8_t packed[COLUMN_BYTES];
    for (uint64_t seed = 0; seed < 200; seed++) {
        uint64_t rng = seed;
        size_t count = 1 + sample_random(&rng) % BLOCK_ROWS;
        unsigned shift = (unsigned)(sample_random(&rng) % 64);
        uint64_t base = sample_random(&rng) >> 1;
        for (size_t i = 0; i < count; i++)
            numbers[i] = base + (sample_random(&rng) >> shift >> 1);
        size_t n = column_pack(numbers, count, packed);
        /* Where it ends, so that a read beyond is seen. */
        SL_CLEANUP(sl_freep) char *exact = sl_str_dup(sl_str((const char *)packed, n));
        assert_int_equal(numbers_of(sl_str(exact, n), back), count);
        assert_memory_equal(numbers, back, count * sizeof *numbers);
    }
}

TEST(column_take__takes_any_bytes)
{
    static uint64_t back[BLOCK_ROWS];
    uint64_t rng = 1;
    for (size_t n = 0; n < 3000; n++) {
        SL_CLEANUP(sl_freep) char *bytes = sl_malloc(n + 1);
        for (size_t i = 0; i < n; i++)
            bytes[i] = (char)sample_random(&rng);
        if (n)
            bytes[0] %= 10;
        assert_true(numbers_of(sl_str(bytes, n), back) <= BLOCK_ROWS);
    }
}

static struct db *open_file(const char *dir)
{
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/day.db", dir);
    struct db *db;
    struct sl_err err = {0};
    if (!db_open(path, DB_READ_WRITE, &audit_day_schema, &db, &err))
        fail_msg("%s", err.msg);
    return db;
}

static int64_t number(struct db *db, const char *sql)
{
    struct db_stmt *s = db_prepare_dynamic(db, sql, NULL);
    assert_int_equal(db_step(s, NULL), DB_ROW);
    int64_t n = db_column_int(s, 0);
    db_done(&s);
    return n;
}

static void add_rows(struct blocks *b, uint64_t *next, size_t count)
{
    for (size_t i = 0; i < count; i++, ++*next) {
        const int64_t numbers[FILTER_TABLES] = {(int64_t)(*next % 50), 7, 1};
        assert_true(blocks_add(b, *next + 1, numbers, NULL));
    }
}

/* Transactions of any size, some of them rolled back; the file is closed now and then. */
TEST(blocks__hold_each_committed_row_once)
{
    char *dir = tmpdir_new();
    struct db *db = open_file(dir);
    struct blocks *b;
    uint64_t next = 0, rng = 3;
    assert_true(blocks_open(db, &b, NULL));
    for (int i = 0; i < 60; i++) {
        uint64_t before = next;
        bool commit = sample_random(&rng) % 3 != 0;
        assert_true(db_begin(db, NULL));
        add_rows(b, &next, sample_random(&rng) % 3000);
        assert_true(blocks_write(b, NULL));
        if (commit) {
            assert_true(db_commit(db, NULL));
        } else {
            db_rollback(db);
            next = before;
        }
        blocks_settle(b, commit);
        if (i % 20 == 19) {
            blocks_free(&b);
            db_close(&db);
            db = open_file(dir);
            assert_true(blocks_open(db, &b, NULL));
        }
    }
    assert_int_equal(number(db, "SELECT sum(rows) FROM blocks"), next);
    static uint64_t ids[BLOCK_ROWS], seen;
    struct db_stmt *s = db_prepare(db, "SELECT c.data, b.rows FROM blocks b JOIN block_columns c ON c.id ="
                                       " b.id * 4 + 3 ORDER BY b.id");
    while (db_step(s, NULL) == DB_ROW) {
        size_t n = numbers_of(db_column_blob(s, 0), ids);
        assert_int_equal(n, db_column_int(s, 1));
        for (size_t i = 0; i < n; i++)
            assert_int_equal(ids[i], ++seen);
    }
    assert_int_equal(seen, next);
    db_reset(s);
    blocks_free(&b);
    db_close(&db);
    tmpdir_free(&dir);
}

/* A file from before there were blocks gets them when it is written again. */
TEST(blocks_open__catches_up_with_rows)
{
    char *dir = tmpdir_new();
    struct db *db = open_file(dir);
    struct blocks *b;
    assert_true(db_exec(db,
                        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
                        " INSERT INTO requests (id, time, duration, who, target, outcome, bytes_in,"
                        " bytes_out, flags) SELECT i, 0, 0, i % 9, i % 100, 1, 0, 0, 0 FROM n",
                        NULL));
    assert_true(blocks_open(db, &b, NULL));
    assert_int_equal(number(db, "SELECT sum(rows) FROM blocks"), 5000);
    assert_int_equal(number(db, "SELECT count(*) FROM blocks"), 3);
    blocks_free(&b);
    assert_true(blocks_open(db, &b, NULL));
    assert_int_equal(number(db, "SELECT sum(rows) FROM blocks"), 5000);
    blocks_free(&b);
    db_close(&db);
    tmpdir_free(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(column_take__gives_back_what_was_packed),
        cmocka_unit_test(column_take__takes_any_bytes),
        cmocka_unit_test(blocks__hold_each_committed_row_once),
        cmocka_unit_test(blocks_open__catches_up_with_rows),
    };
    return cmocka_run_group_tests_name("audit/blocks", tests, NULL, NULL);
}

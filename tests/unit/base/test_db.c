/* test_db.c - unit tests of base/db.c. */
#include "tests/support/cmocka_all.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/db.h"
#include "base/fs.h"
#include "tests/support/tmpdir.h"

static const char *const steps[] = {
    "CREATE TABLE owner(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE pet(id INTEGER PRIMARY KEY, owner INTEGER REFERENCES owner(id), kind TEXT CHECK(kind <> "
    "''));",
    "ALTER TABLE owner ADD COLUMN age INTEGER; INSERT INTO owner(name, age) VALUES('eve', 30);",
};
static const char *const broken_steps[] = {"CREATE TABLE t(a); CREATE TABLE t(a);"};
static const struct db_schema schema = {.application_id = 0x51c3beef, .migrations = steps, .count = 2};
static const struct db_schema old_schema = {.application_id = 0x51c3beef, .migrations = steps, .count = 1};
static const struct db_schema other_schema = {.application_id = 7, .migrations = steps, .count = 2};
static const struct db_schema broken_schema = {.application_id = 7, .migrations = broken_steps, .count = 1};

static char *dir, *path;
static struct sl_err err;

static int make_dir(void **state)
{
    dir = tmpdir_new();
    path = tmpdir_path(dir, "test.db");
    err = (struct sl_err){0};
    return 0;
}
static int remove_dir(void **state)
{
    tmpdir_free(&dir);
    sl_freep(&path);
    return 0;
}

static struct db *open_db(enum db_mode mode, const struct db_schema *s)
{
    struct db *db = NULL;
    if (!db_open(path, mode, s, &db, &err))
        fail_msg("%s", err.msg);
    return db;
}

static int64_t one_int(struct db *db, const char *sql)
{
    SL_CLEANUP(db_done) struct db_stmt *s = db_prepare_dynamic(db, sql, &err);
    assert_non_null(s);
    assert_int_equal(db_step(s, &err), DB_ROW);
    return db_column_int(s, 0);
}

TEST(db_open__creates_a_private_wal_file)
{
    struct db *db = open_db(DB_READ_WRITE, &schema);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    SL_CLEANUP(sl_freep) char *wal = tmpdir_path(dir, "test.db-wal");
    assert_int_equal(stat(wal, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(one_int(db, "PRAGMA user_version"), 2);
    assert_int_equal(one_int(db, "PRAGMA synchronous"), 1);
    assert_int_equal(one_int(db, "PRAGMA foreign_keys"), 1);
    assert_int_equal(one_int(db, "PRAGMA trusted_schema"), 0);
    assert_string_equal(db_path(db), path);
    db_close(&db);
    assert_null(db);
    db_close(&db);
}

TEST(db_open__migrates_step_by_step)
{
    struct db *db = open_db(DB_READ_WRITE, &old_schema);
    assert_int_equal(one_int(db, "PRAGMA user_version"), 1);
    assert_true(db_exec(db, "INSERT INTO owner(name) VALUES('bob')", &err));
    db_close(&db);
    assert_false(db_open(path, DB_READ_ONLY, &schema, &db, &err));
    assert_int_equal(err.code, SL_UNAVAILABLE);
    db = open_db(DB_READ_WRITE, &schema);
    assert_int_equal(one_int(db, "SELECT count(*) FROM owner WHERE age IS NULL OR age = 30"), 2);
    db_close(&db);
    db = open_db(DB_READ_WRITE, &schema); /* nothing left to do */
    assert_int_equal(one_int(db, "SELECT count(*) FROM owner"), 2);
    db_close(&db);
}

TEST(db_open__refuses_what_is_not_ours)
{
    struct db *db = open_db(DB_READ_WRITE, &schema);
    db_close(&db);
    assert_false(db_open(path, DB_READ_WRITE, &old_schema, &db, &err));
    assert_non_null(strstr(err.msg, "newer than this version's 1"));
    assert_false(db_open(path, DB_READ_WRITE, &other_schema, &db, &err));
    assert_non_null(strstr(err.msg, "a database of something else"));
    SL_CLEANUP(sl_freep)
    char *garbage = tmpdir_write(dir, "garbage", "This is no database, but it is long enough to tell.");
    assert_false(db_open(garbage, DB_READ_WRITE, &schema, &db, &err));
    assert_int_equal(err.code, SL_IO);
    SL_CLEANUP(sl_freep) char *nowhere = tmpdir_path(dir, "none/x.db");
    assert_false(db_open(nowhere, DB_READ_WRITE, &schema, &db, &err));
    assert_int_equal(err.code, SL_IO);
    assert_false(db_open(nowhere, DB_READ_ONLY, NULL, &db, &err));
    assert_int_equal(err.code, SL_IO);
    assert_null(db);
}

TEST(db_open__a_failing_migration_leaves_no_trace)
{
    struct db *db = NULL;
    assert_false(db_open(path, DB_READ_WRITE, &broken_schema, &db, &err));
    assert_non_null(strstr(err.msg, "migration 1: "));
    db = open_db(DB_READ_WRITE, NULL);
    assert_int_equal(one_int(db, "SELECT count(*) FROM sqlite_schema"), 0);
    db_close(&db);
}

TEST(db_open__many_processes_at_once_migrate_once)
{
    pid_t pids[6];
    for (size_t i = 0; i < SL_COUNT(pids); i++)
        if ((pids[i] = fork()) == 0) {
            struct db *db = NULL;
            _exit(!db_open(path, DB_READ_WRITE, &schema, &db, &err));
        }
    for (size_t i = 0; i < SL_COUNT(pids); i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    struct db *db = open_db(DB_READ_ONLY, &schema);
    assert_int_equal(one_int(db, "SELECT count(*) FROM owner"), 1);
    db_close(&db);
}

TEST(db_step__says_what_kind_of_failure)
{
    static const struct {
        const char *sql;
        enum sl_code code;
    } cases[] = {
        {"INSERT INTO owner(name) VALUES('eve')", SL_CONFLICT},
        {"INSERT INTO owner(id, name) VALUES(1, 'x')", SL_CONFLICT},
        {"INSERT INTO pet(owner) VALUES(99)", SL_CONFLICT},
        {"INSERT INTO owner(name) VALUES(NULL)", SL_BAD_INPUT},
        {"INSERT INTO pet(kind) VALUES('')", SL_BAD_INPUT},
    };
    struct db *db = open_db(DB_READ_WRITE, &schema);
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        err = (struct sl_err){0};
        assert_false(db_run(db_prepare(db, cases[i].sql), &err));
        assert_int_equal(err.code, cases[i].code);
        assert_true(sl_str_starts(sl_cstr(err.msg), sl_cstr(path)));
        assert_int_equal(db_step(db_prepare(db, cases[i].sql), NULL), DB_FAILED);
    }
    db_close(&db);
    db = open_db(DB_READ_ONLY, &schema);
    assert_false(db_exec(db, "DELETE FROM owner", &err));
    assert_int_equal(err.code, SL_IO);
    db_close(&db);
}

TEST(db_prepare__caches_by_address)
{
    struct db *db = open_db(DB_READ_WRITE, &schema);
    char texts[200][40];
    struct db_stmt *made[200];
    for (int i = 0; i < 200; i++) {
        snprintf(texts[i], sizeof texts[i], "SELECT %d", i);
        made[i] = db_prepare(db, texts[i]);
    }
    for (int i = 0; i < 200; i++) {
        struct db_stmt *s = db_prepare(db, texts[i]);
        assert_ptr_equal(s, made[i]);
        assert_int_equal(db_step(s, &err), DB_ROW);
        assert_int_equal(db_column_int(s, 0), i);
        db_done(&s);
        assert_null(s);
        db_done(&s);
    }
    db_close(&db);
}

TEST(db_bind__carries_every_type)
{
    struct db *db = open_db(DB_READ_WRITE, &schema);
    struct db_stmt *s = db_prepare(db, "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8");
    db_bind_int(s, 1, INT64_MIN);
    db_bind_double(s, 2, 0.5);
    db_bind_text(s, 3, sl_str("a\0b", 3));
    db_bind_blob(s, 4, "\0\xff", 2);
    db_bind_null(s, 5);
    db_bind_text(s, 6, sl_str(NULL, 0));
    db_bind_text(s, 7, SL_STR(""));
    db_bind_blob(s, 8, "", 0);
    assert_int_equal(db_step(s, &err), DB_ROW);
    assert_true(db_column_int(s, 0) == INT64_MIN);
    assert_true(db_column_double(s, 1) == 0.5);
    assert_true(sl_str_eq(db_column_text(s, 2), sl_str("a\0b", 3)));
    assert_true(sl_str_eq(db_column_blob(s, 3), sl_str("\0\xff", 2)));
    assert_true(db_column_is_null(s, 4) && db_column_is_null(s, 5));
    assert_null(db_column_text(s, 5).p);
    assert_null(db_column_blob(s, 5).p);
    assert_false(db_column_is_null(s, 6));
    assert_non_null(db_column_text(s, 6).p);
    assert_non_null(db_column_blob(s, 7).p);
    assert_int_equal(db_column_blob(s, 7).n, 0);
    assert_int_equal(db_step(s, &err), DB_DONE);
    db_reset(s);
    assert_int_equal(db_step(s, &err), DB_ROW);
    assert_true(db_column_is_null(s, 0)); /* bindings are cleared */
    db_reset(s);
    db_close(&db);
}

TEST(db_bind__a_statement_runs_again_and_again)
{
    struct db *db = open_db(DB_READ_WRITE, &schema);
    struct db_stmt *s = db_prepare(db, "INSERT INTO owner(name) VALUES(?1)");
    for (int i = 0; i < 100; i++) {
        char name[32];
        snprintf(name, sizeof name, "owner%d", i);
        db_bind_text(s, 1, sl_cstr(name));
        assert_true(i % 2 ? db_run(s, &err) : db_step(s, &err) == DB_DONE);
    }
    assert_int_equal(db_changes(db), 1);
    assert_int_equal(one_int(db, "SELECT max(id) FROM owner"), db_last_rowid(db));
    assert_int_equal(one_int(db, "SELECT count(*) FROM owner"), 101);
    db_close(&db);
}

TEST(db_prepare_dynamic__reports_bad_sql)
{
    struct db *db = open_db(DB_READ_WRITE, &schema);
    assert_null(db_prepare_dynamic(db, "SELEKT 1", &err));
    assert_int_equal(err.code, SL_BAD_INPUT);
    assert_null(db_prepare_dynamic(db, "SELECT * FROM nothing", NULL));
    assert_null(
        db_prepare_dynamic(db, "SELECT \"no such column\"", &err)); /* not a string, as it is elsewhere */
    assert_false(db_exec(db, "SELEKT 1", &err));
    db_close(&db);
}

TEST(db_rollback__undoes_and_may_come_twice)
{
    struct db *db = open_db(DB_READ_WRITE, &schema);
    db_rollback(db);
    assert_true(db_begin(db, &err));
    assert_true(db_exec(db, "DELETE FROM owner", &err));
    db_rollback(db);
    db_rollback(db);
    assert_int_equal(one_int(db, "SELECT count(*) FROM owner"), 1);
    assert_true(db_begin(db, &err) && db_exec(db, "DELETE FROM owner", &err) && db_commit(db, &err));
    assert_int_equal(one_int(db, "SELECT count(*) FROM owner"), 0);
    assert_false(db_commit(db, &err));
    db_close(&db);
}

TEST(db_begin__is_busy_while_another_writes)
{
    struct db *a = open_db(DB_READ_WRITE, &schema), *b = open_db(DB_READ_WRITE, &schema);
    assert_true(db_exec(b, "PRAGMA busy_timeout = 20", &err));
    assert_true(db_begin(a, &err));
    assert_false(db_begin(b, &err));
    assert_int_equal(err.code, SL_BUSY);
    assert_int_equal(one_int(b, "SELECT count(*) FROM owner"), 1); /* readers go on */
    assert_true(db_commit(a, &err));
    assert_true(db_begin(b, &err));
    db_rollback(b);
    db_close(&a);
    db_close(&b);
}

static const char endless[] =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

static bool some_more(void *arg)
{
    return --*(int *)arg > 0;
}

TEST(db_set_progress__ends_a_statement_with_a_limit)
{
    struct db *db = open_db(DB_READ_WRITE, &schema);
    int left = 5;
    db_set_progress(db, some_more, &left);
    assert_false(db_run(db_prepare(db, endless), &err));
    assert_int_equal(err.code, SL_LIMIT);
    db_set_progress(db, NULL, NULL);
    assert_int_equal(one_int(db, "SELECT count(*) FROM owner"), 1);
    db_close(&db);
}

static void *interrupt_soon(void *arg)
{
    usleep(50000);
    db_interrupt(arg);
    return NULL;
}

TEST(db_interrupt__cancels_from_another_thread)
{
    struct db *db = open_db(DB_READ_WRITE, &schema);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, db), 0);
    assert_false(db_run(db_prepare(db, endless), &err));
    assert_int_equal(err.code, SL_BUSY);
    pthread_join(thread, NULL);
    db_close(&db);
}

TEST(db_backup__copies_while_in_use)
{
    struct db *db = open_db(DB_READ_WRITE, &schema);
    SL_CLEANUP(sl_freep)
    char *copy = tmpdir_path(dir, "copy.db"), *nowhere = tmpdir_path(dir, "none/copy.db");
    assert_true(db_backup(db, copy, &err) && db_backup(db, copy, &err));
    assert_false(db_backup(db, nowhere, &err));
    db_close(&db);
    struct stat st;
    assert_int_equal(stat(copy, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_true(db_open(copy, DB_READ_WRITE, &schema, &db, &err));
    assert_int_equal(one_int(db, "SELECT count(*) FROM owner"), 1);
    db_close(&db);
}

TEST(db_open__memory_is_a_database_too)
{
    struct db *db = NULL;
    assert_true(db_open(":memory:", DB_READ_WRITE, &schema, &db, &err));
    assert_int_equal(one_int(db, "SELECT count(*) FROM owner"), 1);
    db_close(&db);
}

TEST(db_open__a_damaged_file_is_an_error)
{
    struct db *db = open_db(DB_READ_WRITE, &schema);
    for (int i = 0; i < 2000; i++)
        assert_true(
            db_exec(db, "INSERT INTO pet(kind) VALUES('a fairly long kind of pet for its page')", &err));
    db_close(&db);
    size_t n;
    char *bytes;
    assert_true(fs_read(path, 1 << 24, &bytes, &n, &err));
    for (size_t i = 4096; i < n; i++)
        bytes[i] ^= 0x5a;
    assert_true(fs_write_atomic(path, bytes, n, 0600, &err));
    free(bytes);
    db = open_db(DB_READ_WRITE, &schema);
    assert_int_equal(db_step(db_prepare(db, "SELECT kind FROM pet"), &err), DB_FAILED);
    assert_int_equal(err.code, SL_IO);
    db_close(&db);
}

#define DB_TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DB_TEST(db_open__creates_a_private_wal_file),
        DB_TEST(db_open__migrates_step_by_step),
        DB_TEST(db_open__refuses_what_is_not_ours),
        DB_TEST(db_open__a_failing_migration_leaves_no_trace),
        DB_TEST(db_open__many_processes_at_once_migrate_once),
        DB_TEST(db_step__says_what_kind_of_failure),
        DB_TEST(db_prepare__caches_by_address),
        DB_TEST(db_bind__carries_every_type),
        DB_TEST(db_bind__a_statement_runs_again_and_again),
        DB_TEST(db_prepare_dynamic__reports_bad_sql),
        DB_TEST(db_rollback__undoes_and_may_come_twice),
        DB_TEST(db_begin__is_busy_while_another_writes),
        DB_TEST(db_set_progress__ends_a_statement_with_a_limit),
        DB_TEST(db_interrupt__cancels_from_another_thread),
        DB_TEST(db_backup__copies_while_in_use),
        DB_TEST(db_open__memory_is_a_database_too),
        DB_TEST(db_open__a_damaged_file_is_an_error),
    };
    return cmocka_run_group_tests_name("base/db", tests, NULL, NULL);
}

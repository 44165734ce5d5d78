/* test_store.c - unit tests of policy/store/store.c: opening, locking, and state files that are damaged. */
#include "tests/support/cmocka_all.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "policy/store/inside.h"
#include "support.h"

static mode_t mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void open__makes_private_files(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *name;
        mode_t mode;
    } cases[] = {{"", 0700},         {"lists", 0700},        {"catalogue", 0700},
                 {"fetch", 0700},    {"lock", 0600},         {"secret", 0600},
                 {"state.db", 0600}, {"state.db-wal", 0600}, {"quota.ledger", 0600},
                 {"consents", 0600}};
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        SL_CLEANUP(sl_freep) char *path = tmpdir_path(f->state, cases[i].name);
        if (mode_of(path) != cases[i].mode)
            fail_msg("%s has mode %o", cases[i].name, mode_of(path));
    }
}

static void open__keeps_the_secret(void **state)
{
    struct fixture *f = *state;
    uint8_t before[32];
    memcpy(before, store_secret(f->store), sizeof before);
    reopen(f);
    assert_memory_equal(before, store_secret(f->store), sizeof before);
}

static void open__is_for_one_at_a_time(void **state)
{
    struct fixture *f = *state;
    struct store *second = NULL;
    struct sl_err err = {0};
    assert_false(store_open(f->state, &second, &err));
    assert_int_equal(err.code, SL_BUSY);
    assert_non_null(strstr(err.msg, "is in use by a running gateway or another sluice command"));
    assert_null(second);
}

static void open__works_after_a_kill(void **state)
{
    struct fixture *f = *state;
    int ready[2];
    store_close(&f->store);
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct store *s = open_store(f->state);
        json_t *doc = json_of("{'schema': 1, 'default': {'then': 'block'}}");
        bool ok = store_policy_apply(s, doc, SL_STR(""), &tester, -1, NULL, NULL, NULL);
        if (!ok || write(ready[1], "x", 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(ready[0]);
    close(ready[1]);
    f->store = open_store(f->state);
    assert_int_equal(store_policy_version(f->store), 2);
}

static void open__says_what_is_damaged(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *file, *content, *message;
    } cases[] = {
        {"state.db",
         "This is no database, whatever its name says. It is longer than a header of one hundred bytes "
         "is.....",
         "state.db: file is not a database (if it is damaged, restore it from a backup)"},
        {"secret", "short", "secret is damaged: restore it, or remove it"},
        {"secret", "It is much longer than the thirty-two bytes that belong here", "secret"},
    };
    store_close(&f->store);
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        SL_CLEANUP(sl_freep) char *path = tmpdir_path(f->state, cases[i].file);
        SL_CLEANUP(sl_freep) char *kept = sl_asprintf("%s.kept", path);
        struct sl_err err = {0};
        assert_int_equal(rename(path, kept), 0);
        assert_true(fs_write_atomic(path, cases[i].content, strlen(cases[i].content), 0600, NULL));
        assert_false(store_open(f->state, &f->store, &err));
        if (!strstr(err.msg, cases[i].message))
            fail_msg("%s", err.msg);
        assert_int_equal(rename(kept, path), 0);
    }
    f->store = open_store(f->state);
}

/* Overwrites the middle of the database: pages that the schema does not need. */
static void open__notices_a_bitten_database(void **state)
{
    struct fixture *f = *state;
    SL_CLEANUP(sl_freep) char *path = tmpdir_path(f->state, "state.db");
    struct sl_err err = {0};
    for (int i = 0; i < 30; i++) {
        SL_CLEANUP(sl_freep)
        char *quoted = sl_asprintf("{'schema': 1, 'note': '%d', 'default': {'then': 'allow'}}", i);
        json_t *doc = json_of(quoted);
        assert_true(store_policy_apply(f->store, doc, SL_STR(""), &tester, -1, NULL, NULL, NULL));
        json_decref(doc);
    }
    store_close(&f->store);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    FILE *file = fopen(path, "r+");
    for (long at = 4096; at + 4096 <= (long)st.st_size; at += 4096) {
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        assert_true(fwrite("\xff\xff\xff\xff\xff\xff\xff\xff", 1, 8, file) == 8);
    }
    fclose(file);
    assert_false(store_open(f->state, &f->store, &err));
    assert_non_null(strstr(err.msg, "restore it from a backup"));
}

static void open__begins_a_bad_ledger_anew(void **state)
{
    struct fixture *f = *state;
    static const char *const files[] = {"quota.ledger", "consents"};
    store_close(&f->store);
    for (size_t i = 0; i < SL_COUNT(files); i++) {
        SL_CLEANUP(sl_freep) char *path = tmpdir_path(f->state, files[i]);
        assert_true(fs_write_atomic(path, "garbage", 7, 0600, NULL));
    }
    f->store = open_store(f->state);
    assert_int_equal(store_policy_version(f->store), 1);
}

static void open__refuses_where_it_cannot_be(void **state)
{
    struct fixture *f = *state;
    struct store *s = NULL;
    struct sl_err err = {0};
    SL_CLEANUP(sl_freep) char *file = tmpdir_write(f->dir, "file", "x");
    SL_CLEANUP(sl_freep) char *below = sl_asprintf("%s/state", file);
    assert_false(store_open(file, &s, &err));
    assert_false(store_open(below, &s, &err));
    assert_non_null(strstr(err.msg, "cannot create folder"));
}

static void close__takes_nothing(void **state)
{
    struct store *none = NULL;
    store_close(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(open__makes_private_files),        CASE(open__keeps_the_secret),
        CASE(open__is_for_one_at_a_time),       CASE(open__works_after_a_kill),
        CASE(open__says_what_is_damaged),       CASE(open__notices_a_bitten_database),
        CASE(open__begins_a_bad_ledger_anew),   CASE(open__refuses_where_it_cannot_be),
        cmocka_unit_test(close__takes_nothing),
    };
    return cmocka_run_group_tests_name("policy/store/store", tests, NULL, NULL);
}

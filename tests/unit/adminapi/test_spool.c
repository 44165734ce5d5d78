/* test_spool.c - an upload becomes a file, is bounded, and leaves nothing behind. */
#include "tests/support/cmocka_all.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adminapi/spool.h"
#include "base/fs.h"
#include "tests/support/tmpdir.h"

TEST(spool__keeps_a_file_only_when_asked)
{
    char *dir = tmpdir_new(), *text;
    struct sl_err err = {0};
    for (int keep = 0; keep < 2; keep++) {
        struct spool spool = {0};
        struct stat info;
        size_t n;
        assert_true(spool_open(&spool, dir, 11, &err));
        char *path = sl_strdup(spool.path);
        assert_true(spool_add(&spool, SL_STR("hello "), &err) && spool_add(&spool, SL_STR("world"), &err));
        assert_true(spool_end(&spool, &err));
        assert_int_equal(spool.bytes, 11);
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 0777, 0600);
        assert_true(fs_read(path, 100, &text, &n, &err));
        assert_string_equal(text, "hello world");
        free(text);
        spool_fini(&spool, keep);
        assert_null(spool.path);
        assert_int_equal(fs_exists(path), keep);
        free(path);
    }
    assert_true(spool_tidy(dir, &err));
    char *folder = tmpdir_path(dir, "uploads");
    assert_false(fs_exists(folder));
    free(folder);
    tmpdir_free(&dir);
}

TEST(spool_open__refuses_what_is_announced_too_large)
{
    char *dir = tmpdir_new();
    struct sl_err err = {0};
    struct spool spool = {0};
    assert_false(spool_open(&spool, dir, (uint64_t)SPOOL_MOST + 1, &err));
    assert_int_equal(err.code, SL_LIMIT);
    assert_null(spool.path);
    tmpdir_free(&dir);
}

TEST(spool_add__refuses_what_grows_too_large)
{
    char *dir = tmpdir_new();
    struct sl_err err = {0};
    struct spool spool = {0};
    assert_true(spool_open(&spool, dir, 0, &err));
    spool.bytes = spool.checked = SPOOL_MOST - 3;
    assert_true(spool_add(&spool, SL_STR("abc"), &err));
    assert_false(spool_add(&spool, SL_STR("d"), &err));
    assert_int_equal(err.code, SL_LIMIT);
    spool_fini(&spool, false);
    tmpdir_free(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spool__keeps_a_file_only_when_asked),
        cmocka_unit_test(spool_open__refuses_what_is_announced_too_large),
        cmocka_unit_test(spool_add__refuses_what_grows_too_large),
    };
    return cmocka_run_group_tests_name("adminapi/spool", tests, NULL, NULL);
}

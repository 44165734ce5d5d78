/* test_fs.c - unit tests of base/fs.c. */
#include "tests/support/cmocka_all.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "tests/support/tmpdir.h"

static char *dir;

static int make_dir(void **state)
{
    dir = tmpdir_new();
    return 0;
}
static int remove_dir(void **state)
{
    tmpdir_free(&dir);
    return 0;
}

TEST(fs_read__reads_whole_files)
{
    SL_CLEANUP(sl_freep) char *path = tmpdir_path(dir, "f"), *big = sl_malloc(300000), *got = NULL;
    size_t n;
    struct sl_err err = {0};
    memset(big, 'x', 300000);
    assert_true(fs_write_atomic(path, big, 300000, 0600, &err));
    assert_true(fs_read(path, 300000, &got, &n, &err));
    assert_int_equal(n, 300000);
    assert_memory_equal(got, big, n);
    assert_int_equal(got[n], 0);
}

TEST(fs_read__tells_why_not)
{
    SL_CLEANUP(sl_freep)
    char *path = tmpdir_write(dir, "f", "12345"), *none = tmpdir_path(dir, "none"), *got = NULL;
    size_t n;
    struct sl_err err = {0};
    assert_false(fs_read(path, 4, &got, &n, &err));
    assert_int_equal(err.code, SL_LIMIT);
    assert_false(fs_read(none, 4, &got, &n, &err));
    assert_int_equal(err.code, SL_NOT_FOUND);
    assert_false(fs_read(dir, 4, &got, &n, &err));
    assert_int_equal(err.code, SL_IO);
    assert_null(got);
    assert_true(fs_read(path, SIZE_MAX, &got, &n, &err));
    assert_int_equal(n, 5);
}

TEST(fs_read__takes_standard_input)
{
    int ends[2], saved = dup(STDIN_FILENO);
    char *got;
    size_t n;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "abc", 3), 3);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    assert_true(fs_read("-", 10, &got, &n, NULL));
    dup2(saved, STDIN_FILENO);
    close(saved);
    assert_string_equal(got, "abc");
    free(got);
}

TEST(fs_write_atomic__replaces_content_and_mode)
{
    SL_CLEANUP(sl_freep) char *path = tmpdir_write(dir, "f", "old"), *got = NULL;
    size_t n;
    struct stat st;
    assert_true(fs_write_atomic(path, "new", 3, 0640, NULL));
    assert_true(fs_read(path, 10, &got, &n, NULL));
    assert_string_equal(got, "new");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
}

TEST(fs_write_atomic__leaves_nothing_behind_when_it_fails)
{
    SL_CLEANUP(sl_freep) char *folder = tmpdir_path(dir, "folder"), *inside = tmpdir_path(folder, "x");
    SL_CLEANUP(sl_freep) char *nowhere = tmpdir_path(dir, "none/x");
    struct sl_err err = {0};
    assert_true(fs_mkdir_all(folder, 0700, &err));
    assert_true(fs_write_atomic(inside, "", 0, 0600, &err));
    assert_false(fs_write_atomic(folder, "x", 1, 0600, &err)); /* a folder that is not empty */
    assert_int_equal(err.code, SL_IO);
    assert_false(fs_write_atomic(nowhere, "x", 1, 0600, &err));
    assert_true(fs_remove_all(folder, &err));
    assert_int_equal(rmdir(dir), 0);
    assert_int_equal(mkdir(dir, 0700), 0);
}

TEST(fs_mkdir_all__makes_what_is_missing)
{
    SL_CLEANUP(sl_freep) char *deep = tmpdir_path(dir, "a//b/c/"), *file = tmpdir_write(dir, "f", "");
    SL_CLEANUP(sl_freep) char *below = tmpdir_path(file, "x");
    struct sl_err err = {0};
    assert_true(fs_mkdir_all(deep, 0700, &err));
    assert_true(fs_mkdir_all(deep, 0700, &err));
    assert_true(fs_exists(deep));
    assert_false(fs_mkdir_all(file, 0700, &err));
    assert_non_null(strstr(err.msg, "Not a directory"));
    assert_false(fs_mkdir_all(below, 0700, &err));
    assert_false(fs_exists(below));
}

TEST(fs_remove_all__does_not_follow_links)
{
    SL_CLEANUP(sl_freep) char *tree = tmpdir_path(dir, "tree/a/b"), *keep = tmpdir_path(dir, "keep");
    SL_CLEANUP(sl_freep) char *kept = tmpdir_path(dir, "keep/file"), *link = tmpdir_path(dir, "tree/a/link");
    SL_CLEANUP(sl_freep) char *root = tmpdir_path(dir, "tree"), *alias = tmpdir_path(dir, "alias");
    struct sl_err err = {0};
    assert_true(fs_mkdir_all(tree, 0700, &err) && fs_mkdir_all(keep, 0700, &err));
    assert_true(fs_write_atomic(kept, "x", 1, 0600, &err));
    assert_int_equal(symlink(keep, link), 0);
    assert_int_equal(symlink(keep, alias), 0);
    assert_true(fs_remove_all(root, &err) && fs_remove_all(alias, &err));
    assert_true(!fs_exists(root) && !fs_exists(alias) && fs_exists(kept));
    assert_true(fs_remove_all(root, &err)); /* a missing path is fine */
    assert_true(fs_remove_all(kept, &err) && fs_remove_all(keep, &err));
}

TEST(fs_lock__belongs_to_one)
{
    SL_CLEANUP(sl_freep) char *path = tmpdir_path(dir, "lock"), *nowhere = tmpdir_path(dir, "none/lock");
    SL_CLEANUP(sl_closep) int first = -1, second = -1;
    struct sl_err err = {0};
    assert_true(fs_lock(path, &first, &err));
    assert_false(fs_lock(path, &second, &err));
    assert_int_equal(err.code, SL_BUSY);
    sl_closep(&first);
    assert_true(fs_lock(path, &second, &err));
    assert_false(fs_lock(nowhere, &first, &err));
    assert_int_equal(err.code, SL_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fs_read__reads_whole_files, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(fs_read__tells_why_not, make_dir, remove_dir),
        cmocka_unit_test(fs_read__takes_standard_input),
        cmocka_unit_test_setup_teardown(fs_write_atomic__replaces_content_and_mode, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(fs_write_atomic__leaves_nothing_behind_when_it_fails, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(fs_mkdir_all__makes_what_is_missing, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(fs_remove_all__does_not_follow_links, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(fs_lock__belongs_to_one, make_dir, remove_dir),
    };
    return cmocka_run_group_tests_name("base/fs", tests, NULL, NULL);
}

/* test_verify.c - unit tests of policy/store/verify.c: what a disk does to the catalogue in use. */
#include "tests/support/cmocka_all.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lists.h"
#include "policy/lists/layout.h"
#include "policy/store/inside.h"
#include "sluice/log.h"

/* stderr goes to a file of the test's until log_end. */
struct captured {
    char *path;
    int stderr_before;
};

static struct captured log_begin(struct fixture *f)
{
    struct captured log = {.path = tmpdir_path(f->dir, "log"), .stderr_before = dup(STDERR_FILENO)};
    SL_CLEANUP(sl_closep) int fd = open(log.path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && dup2(fd, STDERR_FILENO) >= 0);
    return log;
}

/* Whether each of the texts was logged. */
static bool log_end(struct captured *log, const char *first, const char *second)
{
    char text[8192] = "";
    assert_true(dup2(log->stderr_before, STDERR_FILENO) >= 0);
    SL_CLEANUP(sl_closep) int fd = open(log->path, O_RDONLY | O_CLOEXEC);
    assert_true(read(fd, text, sizeof text - 1) >= 0);
    sl_closep(&log->stderr_before);
    sl_freep(&log->path);
    return strstr(text, first) && strstr(text, second);
}

static char *catalogue_path(struct fixture *f)
{
    return sl_asprintf("%s/catalogue/%s.cat", f->state, f->store->catalogue);
}

/* One bit of the names of hosts, which opening does not read. With its time as before, as a disk does it, the
 * seal holds. */
static void damage(const char *path, bool keep_seal)
{
    SL_CLEANUP(sl_closep) int fd = open(path, O_RDWR | O_CLOEXEC);
    struct layout_header h;
    struct stat st;
    char byte;
    assert_true(fd >= 0 && fstat(fd, &st) == 0 && pread(fd, &h, sizeof h, 0) == sizeof h);
    off_t at = (off_t)h.section[SECTION_HOST_NAMES].offset;
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    struct timespec times[2] = {st.st_atim, keep_seal ? st.st_mtim : (struct timespec){.tv_sec = 1}};
    assert_int_equal(futimens(fd, times), 0);
}

static void begin(struct fixture *f)
{
    SL_CLEANUP(sl_freep) char *path = write_file(f, "bad.txt", "bad.example\n");
    must_add(f, "bad", path);
    apply(f, BLOCK_BAD);
    assert_int_equal(decide(f, "http://bad.example/"), ACTION_BLOCK);
}

static void verify__replaces_a_damaged_catalogue_while_it_serves(void **state)
{
    struct fixture *f = *state;
    begin(f);
    SL_CLEANUP(sl_freep) char *path = catalogue_path(f);
    damage(path, true);
    assert_int_equal(decide(f, "http://bad.example/"), ACTION_ALLOW);
    struct captured log = log_begin(f);
    store_lists_verify(f->store);
    assert_true(log_end(&log, "was damaged on its disk", "the catalogue was built again"));
    assert_int_equal(decide(f, "http://bad.example/"), ACTION_BLOCK);
    json_t *found = NULL;
    assert_true(store_categories_lookup(f->store, SL_STR("bad.example"), &found, NULL));
    assert_int_equal(json_array_size(json_object_get(found, "lists")), 1);
    json_decref(found);
    assert_int_equal(files_in(f, "catalogue"), 1);
}

/* The next start finds the new file, and what serves is left alone while it is good. */
static void verify__leaves_a_good_catalogue_alone(void **state)
{
    struct fixture *f = *state;
    struct stat before, after;
    begin(f);
    SL_CLEANUP(sl_freep) char *path = catalogue_path(f);
    damage(path, true);
    struct captured log = log_begin(f);
    store_lists_verify(f->store);
    assert_true(log_end(&log, "was damaged on its disk", ""));
    assert_int_equal(stat(path, &before), 0);
    reopen(f);
    store_lists_verify(f->store);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(decide(f, "http://bad.example/"), ACTION_BLOCK);
}

/* Without what to build from, the damaged one goes on: most of it is right. */
static void verify__goes_on_when_nothing_can_be_built(void **state)
{
    struct fixture *f = *state;
    begin(f);
    SL_CLEANUP(sl_freep) char *path = catalogue_path(f);
    SL_CLEANUP(sl_freep) char *lists = tmpdir_path(f->state, "lists");
    damage(path, true);
    assert_true(fs_remove_all(lists, NULL));
    struct captured log = log_begin(f);
    store_lists_verify(f->store);
    assert_true(log_end(&log, "was damaged on its disk", "could not be built again"));
    assert_int_equal(decide(f, "http://bad.example/"), ACTION_ALLOW);
    assert_true(fs_exists(path));
}

/* Damage with another time, such as of a copy that came back incomplete, is seen before it serves. */
static void start__reads_a_catalogue_without_its_seal(void **state)
{
    struct fixture *f = *state;
    begin(f);
    SL_CLEANUP(sl_freep) char *path = catalogue_path(f);
    store_close(&f->store);
    damage(path, false);
    struct captured log = log_begin(f);
    f->store = open_store(f->state);
    assert_true(log_end(&log, "is unusable and will be built again", "content of a section"));
    assert_int_equal(decide(f, "http://bad.example/"), ACTION_BLOCK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(verify__replaces_a_damaged_catalogue_while_it_serves),
        CASE(verify__leaves_a_good_catalogue_alone),
        CASE(verify__goes_on_when_nothing_can_be_built),
        CASE(start__reads_a_catalogue_without_its_seal),
    };
    return cmocka_run_group_tests_name("policy/store/verify", tests, NULL, NULL);
}

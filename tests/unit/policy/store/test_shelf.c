/* test_shelf.c - unit tests of policy/store/shelf.c: catalogues that are lost or damaged, and lists that
 * change while they are used. */
#include "tests/support/cmocka_all.h"

#include <pthread.h>

#include "lists.h"
#include "policy/store/inside.h"
#include "policy/store/shelf.h"

static void start__builds_a_missing_or_bad_catalogue_again(void **state)
{
    struct fixture *f = *state;
    SL_CLEANUP(sl_freep) char *path = write_file(f, "bad.txt", "bad.example\n");
    must_add(f, "bad", path);
    apply(f, BLOCK_BAD);
    SL_CLEANUP(sl_freep) char *compiled = sl_asprintf("%s/catalogue/%s.cat", f->state, f->store->catalogue);
    store_close(&f->store);
    assert_int_equal(remove(compiled), 0);
    f->store = open_store(f->state);
    assert_int_equal(decide(f, "http://bad.example/"), ACTION_BLOCK);
    store_close(&f->store);
    assert_true(fs_write_atomic(compiled, "garbage", 7, 0600, NULL));
    f->store = open_store(f->state);
    assert_int_equal(decide(f, "http://bad.example/"), ACTION_BLOCK);
}

static void start__refuses_without_its_lists(void **state)
{
    struct fixture *f = *state;
    SL_CLEANUP(sl_freep) char *path = write_file(f, "bad.txt", "bad.example\n");
    must_add(f, "bad", path);
    apply(f, BLOCK_BAD);
    SL_CLEANUP(sl_freep) char *compiled = tmpdir_path(f->state, "catalogue");
    SL_CLEANUP(sl_freep) char *lists = tmpdir_path(f->state, "lists");
    SL_CLEANUP(sl_freep) char *away = tmpdir_path(f->state, "away");
    store_close(&f->store);
    /* With the compiled file alone it serves. */
    assert_int_equal(rename(lists, away), 0);
    f->store = open_store(f->state);
    assert_int_equal(decide(f, "http://bad.example/"), ACTION_BLOCK);
    store_close(&f->store);
    assert_true(fs_remove_all(compiled, NULL));
    struct sl_err err = {0};
    assert_false(store_open(f->state, &f->store, &err));
    assert_non_null(strstr(err.msg, "lists cannot be served"));
    assert_non_null(strstr(err.msg, "/lists/bad/"));
    assert_true(fs_remove_all(lists, NULL));
    assert_int_equal(rename(away, lists), 0);
    f->store = open_store(f->state);
    assert_int_equal(decide(f, "http://bad.example/"), ACTION_BLOCK);
}

static void update__mends_lost_and_damaged_files(void **state)
{
    struct fixture *f = *state;
    struct shelf shelf;
    struct sl_err err = {0};
    bool changed;
    SL_CLEANUP(sl_freep) char *path = write_file(f, "bad.txt", "bad.example\n");
    SL_CLEANUP(sl_freep) char *other = write_file(f, "other.txt", "other.example\n");
    must_add(f, "bad", path);
    for (int damage = 0; damage < 2; damage++) {
        assert_true(shelf_load(f->store, NULL, &shelf, NULL));
        if (damage)
            assert_true(fs_write_atomic(shelf.items[0].file, "x", 1, 0600, NULL));
        else
            assert_int_equal(remove(shelf.items[0].file), 0);
        assert_false(shelf_intact(f->store, "bad"));
        assert_false(add_list(f, "other", other, &err)); /* would build without it */
        assert_true(update(f, "bad", &changed, &err));
        assert_true(shelf_intact(f->store, "bad"));
        assert_true(update(f, "bad", &changed, &err));
        assert_false(changed);
        shelf_fini(&shelf);
    }
    assert_true(add_list(f, "other", other, &err));
}

static void start__refuses_changed_lists(void **state)
{
    struct fixture *f = *state;
    SL_CLEANUP(sl_freep) char *path = write_file(f, "bad.txt", "bad.example\n");
    must_add(f, "bad", path);
    struct shelf shelf;
    assert_true(shelf_load(f->store, NULL, &shelf, NULL));
    SL_CLEANUP(sl_freep) char *normalised = sl_strdup(shelf.items[0].file);
    shelf_fini(&shelf);
    SL_CLEANUP(sl_freep) char *compiled = tmpdir_path(f->state, "catalogue");
    store_close(&f->store);
    assert_true(fs_remove_all(compiled, NULL));
    FILE *file = fopen(normalised, "a");
    assert_true(fputs("other.example\n", file) >= 0 && fclose(file) == 0);
    struct sl_err err = {0};
    assert_false(store_open(f->state, &f->store, &err));
    assert_non_null(strstr(err.msg, "lists cannot be served"));
    assert_int_equal(files_in(f, "catalogue"), 0);
}

static void start__removes_what_a_crash_left(void **state)
{
    struct fixture *f = *state;
    SL_CLEANUP(sl_freep) char *path = write_file(f, "a.txt", "a.example\n");
    must_add(f, "a", path);
    store_close(&f->store);
    static const char *const left[] = {"fetch/abc", "catalogue/x.tmp", "lists/a/99", "lists/gone/1"};
    for (size_t i = 0; i < SL_COUNT(left); i++) {
        SL_CLEANUP(sl_freep) char *made = tmpdir_path(f->state, left[i]);
        assert_true(fs_mkdir_all(made, 0700, NULL));
    }
    f->store = open_store(f->state);
    for (size_t i = 0; i < SL_COUNT(left); i++) {
        SL_CLEANUP(sl_freep) char *made = tmpdir_path(f->state, left[i]);
        assert_false(fs_exists(made));
    }
    assert_int_equal(files_in(f, "lists/a"), 1);
    assert_int_equal(files_in(f, "catalogue"), 1);
}

/* ---- all at once ---- */

static void *decide_main(void *arg)
{
    struct fixture *f = arg;
    for (int i = 0; i < 300; i++)
        if (decide(f, "http://always.example/") != ACTION_BLOCK)
            abort();
    return NULL;
}

static void *apply_main(void *arg)
{
    struct fixture *f = arg;
    for (int i = 0; i < 10; i++) {
        SL_CLEANUP(sl_freep)
        char *quoted = sl_asprintf("{'schema': 1, 'note': 'turn %d', 'default': {'then': 'allow'},"
                                   " 'categories': {'bad': {'lists': ['bad']}},"
                                   " 'rules': [{'id': 'bad', 'if': {'category': ['bad']}, 'then': 'block'}]}",
                                   i);
        apply(f, quoted);
    }
    return NULL;
}

static void swap__never_opens_a_gap(void **state)
{
    struct fixture *f = *state;
    SL_CLEANUP(sl_freep) char *path = write_file(f, "bad.txt", "always.example\n");
    pthread_t threads[3];
    must_add(f, "bad", path);
    apply(f, BLOCK_BAD);
    pthread_create(&threads[0], NULL, decide_main, f);
    pthread_create(&threads[1], NULL, decide_main, f);
    pthread_create(&threads[2], NULL, apply_main, f);
    for (int i = 0; i < 10; i++) {
        struct sl_err err = {0};
        bool changed;
        SL_CLEANUP(sl_freep) char *text = sl_asprintf("always.example\nturn%d.example\n", i);
        free(write_file(f, "bad.txt", text));
        if (!update(f, "bad", &changed, &err))
            fail_msg("%s", err.msg);
        assert_true(changed);
    }
    for (size_t i = 0; i < SL_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    reopen(f);
    assert_int_equal(decide(f, "http://turn9.example/"), ACTION_BLOCK);
}

static void *replace_main(void *arg)
{
    struct fixture *f = arg;
    for (int i = 0; i < 5; i++) {
        SL_CLEANUP(sl_freep) char *name = sl_asprintf("own%p-%d", (void *)&name, i);
        SL_CLEANUP(sl_freep) char *path = tmpdir_path(f->dir, "shared.txt");
        struct list_source_spec spec = {.name = SL_STR("shared"), .path = sl_cstr(path)};
        struct sl_err err = {0};
        bool changed;
        for (char *c = name; *c; c++)
            *c = (char)(*c == 'x' ? '-' : *c);
        must_add(f, name, path);
        if (!store_list_replace(f->store, &spec, &tester, NULL, NULL, NULL, &err))
            fail_msg("%s", err.msg);
        if (!update(f, "shared", &changed, &err) && err.code != SL_BUSY)
            fail_msg("%s", err.msg);
        if (!store_list_remove(f->store, sl_cstr(name), &tester, &err))
            fail_msg("%s", err.msg);
    }
    return NULL;
}

static void lists__change_in_a_crowd(void **state)
{
    struct fixture *f = *state;
    pthread_t threads[4];
    SL_CLEANUP(sl_freep) char *path = write_file(f, "shared.txt", "shared.example\n");
    must_add(f, "shared", path);
    for (size_t i = 0; i < SL_COUNT(threads); i++)
        pthread_create(&threads[i], NULL, replace_main, f);
    for (size_t i = 0; i < SL_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    json_t *all = show(f, NULL);
    assert_int_equal(json_array_size(all), 1);
    assert_true(json_is_null(json_object_get(json_array_get(all, 0), "last_error")));
    json_decref(all);
    assert_int_equal(files_in(f, "lists"), 1);
    assert_int_equal(files_in(f, "lists/shared"), 1);
    assert_int_equal(files_in(f, "catalogue"), 1);
    reopen(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(start__builds_a_missing_or_bad_catalogue_again),
        CASE(start__refuses_without_its_lists),
        CASE(update__mends_lost_and_damaged_files),
        CASE(start__refuses_changed_lists),
        CASE(start__removes_what_a_crash_left),
        CASE(swap__never_opens_a_gap),
        CASE(lists__change_in_a_crowd),
    };
    return cmocka_run_group_tests_name("policy/store/shelf", tests, NULL, NULL);
}

/* test_uploads.c - unit tests of policy/store/load.c and shelf.c: lists that come as a file, which the store
 * keeps. */
#include "tests/support/cmocka_all.h"

#include <unistd.h>

#include "lists.h"

/* A file in the state directory, as the API leaves one: its path, and whether the store took it. */
static char *incoming(struct fixture *f, const char *text)
{
    SL_CLEANUP(sl_freep) char *folder = tmpdir_path(f->state, "uploads");
    assert_true(fs_mkdir_all(folder, 0700, NULL));
    return tmpdir_write(folder, "on-its-way", text);
}

static bool upload(struct fixture *f, const char *name, const char *text, bool replace, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *path = incoming(f, text);
    struct list_source_spec spec = {
        .name = sl_cstr(name), .upload = sl_cstr(path), .label = SL_STR("mine.txt")};
    bool ok = replace ? store_list_replace(f->store, &spec, &tester, NULL, NULL, NULL, err)
                      : store_list_add(f->store, &spec, &tester, NULL, NULL, NULL, err);
    if (ok)
        assert_false(fs_exists(path)); /* moved, not copied */
    else
        unlink(path); /* its bringer's to remove */
    return ok;
}

static void must_upload(struct fixture *f, const char *name, const char *text, bool replace)
{
    struct sl_err err = {0};
    if (!upload(f, name, text, replace, &err))
        fail_msg("%s", err.msg);
}

static void upload__is_a_source_like_another(void **state)
{
    struct fixture *f = *state;
    must_upload(f, "bad", "bad.example\n", false);
    apply(f, BLOCK_BAD);
    json_t *shown = show(f, "bad");
    assert_string_equal(text_of(shown, "kind"), "upload");
    assert_string_equal(text_of(shown, "location"), "mine.txt");
    assert_int_equal(number_of(shown, "bytes"), 12);
    assert_string_equal(json_string_value(json_array_get(json_object_get(shown, "used_by"), 0)), "bad");
    json_decref(shown);
    reopen(f);
    assert_int_equal(decide(f, "http://bad.example/"), ACTION_BLOCK);
    bool changed = true;
    struct sl_err err = {0};
    assert_true(update(f, "bad", &changed, &err)); /* from the file that was kept */
    assert_false(changed);
}

static void upload__replaces_what_was_kept(void **state)
{
    struct fixture *f = *state;
    must_upload(f, "bad", "bad.example\n", false);
    must_upload(f, "bad", "worse.example\n", true);
    apply(f, BLOCK_BAD);
    assert_int_equal(decide(f, "http://bad.example/"), ACTION_ALLOW);
    assert_int_equal(decide(f, "http://worse.example/"), ACTION_BLOCK);
    assert_int_equal(files_in(f, "lists/bad"), 3);  /* what was made of either, and the file */
    must_upload(f, "bad", "worse.example\n", true); /* the same again */
    assert_int_equal(files_in(f, "lists/bad"), 3);
    SL_CLEANUP(sl_freep) char *path = write_file(f, "plain.txt", "bad.example\n");
    struct list_source_spec spec = {.name = SL_STR("bad"), .path = sl_cstr(path)};
    assert_true(store_list_replace(f->store, &spec, &tester, NULL, NULL, NULL, NULL));
    assert_int_equal(files_in(f, "lists/bad"), 2); /* no upload any more */
}

static void upload__that_is_bad_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    must_upload(f, "bad", "bad.example\n", false);
    apply(f, "{'schema': 1, 'default': {'then': 'allow'}, 'categories': {'bad': {'lists': ['bad']}},"
             " 'rules': [{'id': 'bad', 'if': {'category': ['bad']}, 'then': 'block'}],"
             " 'tests': [{'url': 'http://bad.example/', 'expect': 'block'}]}");
    assert_false(upload(f, "bad", "\x01\x02 no list\n<html>\n", true, &err));
    assert_non_null(strstr(err.msg, "'mine.txt'"));                /* and not by our own name for it */
    assert_false(upload(f, "bad", "other.example\n", true, &err)); /* the policy's own test */
    assert_non_null(strstr(err.msg, "the active policy does not hold with it"));
    assert_int_equal(decide(f, "http://bad.example/"), ACTION_BLOCK);
    assert_int_equal(files_in(f, "lists/bad"), 2);
    bool changed = true;
    assert_true(update(f, "bad", &changed, &err));
    assert_false(changed);
    assert_false(upload(f, "never", "\x01\x02 no list\n<html>\n", false, &err));
    assert_int_equal(files_in(f, "lists/never"), 0);
    json_t *shown = show(f, "bad");
    assert_string_equal(text_of(shown, "state"), "ok"); /* what serves is as good as before */
    json_decref(shown);
}

/* A kill between the move and the commit leaves a file that no row names. */
static void upload__that_no_row_names_goes_at_the_next_start(void **state)
{
    struct fixture *f = *state;
    must_upload(f, "bad", "bad.example\n", false);
    SL_CLEANUP(sl_freep) char *folder = tmpdir_path(f->state, "lists/bad");
    free(tmpdir_write(folder, "upload-0123456789abcdef", "x.example\n"));
    assert_int_equal(files_in(f, "lists/bad"), 3);
    reopen(f);
    assert_int_equal(files_in(f, "lists/bad"), 2);
    bool changed;
    assert_true(update(f, "bad", &changed, NULL));
}

static void check__refuses_what_needs_no_loading(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    must_upload(f, "bad", "bad.example\n", false);
    char label[300];
    memset(label, 'x', sizeof label);
    const struct {
        struct list_source_spec spec;
        bool replace;
        enum sl_code code;
    } cases[] = {
        {{.name = SL_STR("new"), .upload = SL_STR("/u")}, false, SL_OK},
        {{.name = SL_STR("bad"), .upload = SL_STR("/u")}, true, SL_OK},
        {{.name = SL_STR("bad"), .upload = SL_STR("/u")}, false, SL_CONFLICT},
        {{.name = SL_STR("new"), .upload = SL_STR("/u")}, true, SL_NOT_FOUND},
        {{.name = SL_STR("new")}, false, SL_BAD_INPUT},
        {{.name = SL_STR("No"), .upload = SL_STR("/u")}, false, SL_BAD_INPUT},
        {{.name = SL_STR("new"), .upload = SL_STR("/u"), .url = SL_STR("http://a.example/")},
         false,
         SL_BAD_INPUT},
        {{.name = SL_STR("new"), .upload = SL_STR("/u"), .format = SL_STR("odd")}, false, SL_BAD_INPUT},
        {{.name = SL_STR("new"), .upload = SL_STR("/u"), .label = {label, sizeof label}}, false, SL_LIMIT},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        err = (struct sl_err){0};
        store_list_check(f->store, &cases[i].spec, cases[i].replace, &err);
        if (err.code != cases[i].code)
            fail_msg("case %zu: %s", i, err.msg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(upload__is_a_source_like_another),     CASE(upload__replaces_what_was_kept),
        CASE(upload__that_is_bad_changes_nothing),  CASE(upload__that_no_row_names_goes_at_the_next_start),
        CASE(check__refuses_what_needs_no_loading),
    };
    return cmocka_run_group_tests_name("policy/store/uploads", tests, NULL, NULL);
}

/* test_sources.c - unit tests of policy/store/sources.c and load.c: lists from real files. */
#include "tests/support/cmocka_all.h"

#include "lists.h"

/* ---- add ---- */

static void add__serves_at_once_and_after_a_restart(void **state)
{
    struct fixture *f = *state;
    SL_CLEANUP(sl_freep) char *path = write_file(f, "bad.txt", "bad.example\nworse.example\n");
    must_add(f, "bad", path);
    apply(f, BLOCK_BAD);
    assert_int_equal(decide(f, "http://www.bad.example/"), ACTION_BLOCK);
    assert_int_equal(decide(f, "http://good.example/"), ACTION_ALLOW);
    reopen(f);
    assert_int_equal(decide(f, "http://www.bad.example/"), ACTION_BLOCK);
    json_t *shown = show(f, "bad");
    assert_string_equal(text_of(shown, "kind"), "file");
    assert_string_equal(text_of(shown, "location"), path);
    assert_int_equal(number_of(shown, "entries"), 2);
    json_t *parts = json_object_get(shown, "parts");
    assert_int_equal(json_array_size(parts), 1);
    assert_string_equal(text_of(json_array_get(parts, 0), "name"), "bad");
    assert_int_equal(number_of(json_array_get(parts, 0), "hosts"), 2);
    json_decref(shown);
}

static void add__makes_a_part_of_each_category(void **state)
{
    struct fixture *f = *state;
    free(write_below(f, "ut1/adult", "domains", "adult.example\n"));
    SL_CLEANUP(sl_freep) char *b = write_below(f, "ut1/games", "domains", "games.example\n");
    free(write_below(f, "ut1/games", "urls", "portal.example/games\n"));
    SL_CLEANUP(sl_freep) char *folder = tmpdir_path(f->dir, "ut1");
    must_add(f, "ut1", folder);
    apply(f, "{'schema': 1, 'default': {'then': 'allow'}, 'categories': {'games': {'lists': ['ut1/games']}},"
             " 'rules': [{'id': 'g', 'if': {'category': ['games']}, 'then': 'block'}]}");
    assert_int_equal(decide(f, "http://games.example/"), ACTION_BLOCK);
    assert_int_equal(decide(f, "http://portal.example/games/1"), ACTION_BLOCK);
    assert_int_equal(decide(f, "http://portal.example/gamesome"), ACTION_ALLOW);
    assert_int_equal(decide(f, "http://adult.example/"), ACTION_ALLOW);
    struct sl_err err = {0};
    assert_false(store_list_remove(f->store, SL_STR("ut1"), &tester, &err));
    assert_int_equal(err.code, SL_CONFLICT);
    /* The name of a part is taken. */
    assert_false(add_list(f, "ut1/games", b, &err));
    assert_int_equal(err.code, SL_CONFLICT);
    assert_true(add_list(f, "ut1/own", b, &err));
    /* A name with '/' has no room for parts. */
    assert_false(add_list(f, "x/y", folder, &err));
}

static void add__names_parts_in_the_letters_of_policies(void **state)
{
    static const struct {
        const char *folder, *file, *name;
    } files[] = {{"tree/Lists", "AI.txt", "tree/lists-ai"},
                 {"tree/Lists", "Ai.txt", "tree/lists-ai-2"},
                 {"tree", "_b c\xc3\xa9.txt", "tree/b_c__"},
                 {"tree", "0123456789012345678901234567890123456789-the-end-of-a-long-name-is-what-tells.txt",
                  "tree/345678901234567890123456789-the-end-of-a-long-name-is-what-tells"}};
    struct fixture *f = *state;
    for (size_t i = 0; i < SL_COUNT(files); i++)
        free(write_below(f, files[i].folder, files[i].file, "a.example\n"));
    SL_CLEANUP(sl_freep) char *folder = tmpdir_path(f->dir, "tree");
    must_add(f, "tree", folder);
    json_t *shown = show(f, "tree"), *parts = json_object_get(shown, "parts"), *part;
    size_t k, found = 0;
    assert_int_equal(json_array_size(parts), SL_COUNT(files));
    for (size_t i = 0; i < SL_COUNT(files); i++) {
        json_array_foreach(parts, k, part) found += strcmp(text_of(part, "name"), files[i].name) == 0;
        if (found != i + 1)
            print_error("no part %s\n", files[i].name);
        assert_int_equal(found, i + 1);
    }
    json_decref(shown);
}

static void add__refuses_and_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    SL_CLEANUP(sl_freep) char *good = write_file(f, "good.txt", "good.example\n");
    SL_CLEANUP(sl_freep)
    char *junk = write_file(f, "junk.bin", "\x01\x02\x03\x04 not a list at all!\n<html>\n");
    SL_CLEANUP(sl_freep) char *nowhere = tmpdir_path(f->dir, "nowhere");
    const struct {
        const char *name, *path, *url, *format;
        int64_t every_ms;
        enum sl_code code;
    } cases[] = {
        {"Bad", good, NULL, "", 0, SL_BAD_INPUT},
        {"../x", good, NULL, "", 0, SL_BAD_INPUT},
        {"a/b/c", good, NULL, "", 0, SL_BAD_INPUT},
        {"a/", good, NULL, "", 0, SL_BAD_INPUT},
        {"", good, NULL, "", 0, SL_BAD_INPUT},
        {".hidden", good, NULL, "", 0, SL_BAD_INPUT},
        {"x", nowhere, NULL, "", 0, SL_NOT_FOUND},
        {"x", good, "http://127.0.0.1/", "", 0, SL_BAD_INPUT},
        {"x", NULL, NULL, "", 0, SL_BAD_INPUT},
        {"x", NULL, "ftp://127.0.0.1/", "", 0, SL_BAD_INPUT},
        {"x", good, NULL, "no-such-format", 0, SL_BAD_INPUT},
        {"x", good, NULL, "", 1000, SL_BAD_INPUT},
        {"x", junk, NULL, "", 0, SL_BAD_INPUT},
        {"x", "/dev/null", NULL, "", 0, SL_BAD_INPUT},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct sl_err err = {0};
        struct list_source_spec spec = {.name = sl_cstr(cases[i].name),
                                        .path = sl_cstr(cases[i].path),
                                        .url = sl_cstr(cases[i].url),
                                        .format = sl_cstr(cases[i].format),
                                        .every_ms = cases[i].every_ms};
        if (store_list_add(f->store, &spec, &tester, NULL, NULL, NULL, &err) || err.code != cases[i].code)
            fail_msg("case %zu: %s: %s", i, sl_code_word(err.code), err.msg);
    }
    json_t *all = show(f, NULL), *changes = NULL;
    assert_int_equal(json_array_size(all), 0);
    assert_true(store_changes(f->store, &(struct change_filter){.limit = 100}, &changes, NULL));
    assert_int_equal(json_array_size(changes), 1);
    assert_int_equal(files_in(f, "lists"), 0);
    assert_int_equal(files_in(f, "catalogue"), 0);
    assert_int_equal(files_in(f, "fetch"), 0);
    json_decref(all);
    json_decref(changes);
}

static void add__refuses_a_name_twice(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    SL_CLEANUP(sl_freep) char *path = write_file(f, "a.txt", "a.example\n");
    must_add(f, "a", path);
    assert_false(add_list(f, "a", path, &err));
    assert_int_equal(err.code, SL_CONFLICT);
}

static bool count_phases(void *arg, const char *phase, uint64_t done, uint64_t total)
{
    struct sl_text *seen = arg;
    if (!seen->n || !strstr(seen->p, phase))
        sl_text_addf(seen, "%s ", phase);
    return true;
}

static void add__reports_its_phases(void **state)
{
    struct fixture *f = *state;
    struct sl_text seen = {0};
    SL_CLEANUP(sl_freep) char *path = write_file(f, "a.txt", "a.example\n");
    struct list_source_spec spec = {.name = SL_STR("a"), .path = sl_cstr(path)};
    json_t *shown = NULL;
    assert_true(store_list_add(f->store, &spec, &tester, count_phases, &seen, &shown, NULL));
    assert_string_equal(seen.p, "fetch import build swap ");
    assert_string_equal(text_of(shown, "name"), "a");
    json_decref(shown);
    sl_text_fini(&seen);
}

/* ---- update ---- */

static void update__takes_new_content_and_drops_the_old(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    bool changed;
    SL_CLEANUP(sl_freep) char *path = write_file(f, "bad.txt", "# of today\nbad.example\n");
    must_add(f, "bad", path);
    apply(f, BLOCK_BAD);
    assert_true(update(f, "bad", &changed, &err));
    assert_false(changed);
    free(write_file(f, "bad.txt", "# of tomorrow\nbad.example\n"));
    assert_true(update(f, "bad", &changed, &err)); /* other bytes, the same list */
    assert_false(changed);
    free(write_file(f, "bad.txt", "new.example\n"));
    assert_true(update(f, "bad", &changed, &err));
    assert_true(changed);
    assert_int_equal(decide(f, "http://new.example/"), ACTION_BLOCK);
    assert_int_equal(decide(f, "http://bad.example/"), ACTION_ALLOW);
    assert_int_equal(files_in(f, "lists/bad"), 2); /* with the one before, for a way back */
    assert_int_equal(files_in(f, "catalogue"), 2);
    assert_int_equal(store_policy_version(f->store), 2);
    reopen(f);
    assert_int_equal(decide(f, "http://new.example/"), ACTION_BLOCK);
}

static void update__keeps_the_old_when_the_new_is_bad(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    bool changed;
    SL_CLEANUP(sl_freep) char *path = write_file(f, "bad.txt", "bad.example\n");
    must_add(f, "bad", path);
    apply(f, BLOCK_BAD);
    static const char *const copies[] = {"", "<!DOCTYPE html>\n<html><body>Sign in, please</body></html>\n"};
    for (size_t i = 0; i < SL_COUNT(copies); i++) {
        free(write_file(f, "bad.txt", copies[i]));
        assert_false(update(f, "bad", &changed, &err));
        assert_int_equal(decide(f, "http://bad.example/"), ACTION_BLOCK);
    }
    remove(path);
    assert_false(update(f, "bad", &changed, &err));
    expect_error_kept(f, "bad", "cannot read");
    assert_int_equal(decide(f, "http://bad.example/"), ACTION_BLOCK);
    free(write_file(f, "bad.txt", "bad.example\nworse.example\n"));
    assert_true(update(f, "bad", &changed, &err));
    expect_error_kept(f, "bad", "");
    json_t *shown = show(f, "bad");
    assert_true(json_is_null(json_object_get(shown, "last_error")));
    json_decref(shown);
    assert_false(update(f, "nowhere", &changed, &err));
    assert_int_equal(err.code, SL_NOT_FOUND);
}

static void update__refuses_what_breaks_the_policy(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    bool changed;
    SL_CLEANUP(sl_freep) char *path = write_file(f, "bad.txt", "bad.example\nworse.example\n");
    must_add(f, "bad", path);
    apply(f, "{'schema': 1, 'default': {'then': 'allow'}, 'categories': {'bad': {'lists': ['bad']}},"
             " 'rules': [{'id': 'bad', 'if': {'category': ['bad']}, 'then': 'block'}],"
             " 'tests': [{'url': 'http://bad.example/', 'expect': 'block'}]}");
    free(write_file(f, "bad.txt", "worse.example\nworst.example\n"));
    assert_false(update(f, "bad", &changed, &err));
    expect_error_kept(f, "bad", "the active policy does not hold with it: /tests/0: ");
    assert_int_equal(decide(f, "http://bad.example/"), ACTION_BLOCK);
    assert_int_equal(files_in(f, "lists/bad"), 1);
    assert_int_equal(files_in(f, "catalogue"), 1);
}

/* ---- remove ---- */

static void remove__asks_the_policy_first(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    SL_CLEANUP(sl_freep) char *path = write_file(f, "bad.txt", "bad.example\n");
    must_add(f, "bad", path);
    apply(f, BLOCK_BAD);
    assert_false(store_list_remove(f->store, SL_STR("bad"), &tester, &err));
    assert_int_equal(err.code, SL_CONFLICT);
    assert_string_equal(
        err.msg, "list 'bad' is named by category 'bad' of the active policy; take it out there first");
    assert_int_equal(decide(f, "http://bad.example/"), ACTION_BLOCK);
    apply(f, "{'schema': 1, 'default': {'then': 'allow'}}");
    assert_true(store_list_remove(f->store, SL_STR("bad"), &tester, &err));
    assert_false(store_list_remove(f->store, SL_STR("bad"), &tester, &err));
    assert_int_equal(err.code, SL_NOT_FOUND);
    assert_int_equal(files_in(f, "lists"), 0);
    assert_int_equal(files_in(f, "catalogue"), 0);
    reopen(f);
    /* Going back to the version that named it is refused, not half done. */
    assert_false(
        store_policy_rollback(f->store, 2, &(struct policy_commit){.by = &tester}, NULL, NULL, &err));
    assert_int_equal(store_policy_version(f->store), 3);
}

static void changes__name_every_step_of_a_list(void **state)
{
    struct fixture *f = *state;
    bool changed;
    struct sl_err err = {0};
    json_t *rows = NULL;
    SL_CLEANUP(sl_freep) char *path = write_file(f, "a.txt", "a.example\n");
    must_add(f, "a", path);
    assert_true(update(f, "a", &changed, &err)); /* nothing new: no row */
    free(write_file(f, "a.txt", "a.example\nb.example\n"));
    assert_true(update(f, "a", &changed, &err));
    assert_true(store_list_remove(f->store, SL_STR("a"), &tester, &err));
    assert_true(store_changes(f->store, &(struct change_filter){.limit = 3}, &rows, &err));
    static const char *const actions[] = {"list.remove", "list.update", "list.add"};
    for (size_t i = 0; i < SL_COUNT(actions); i++) {
        assert_string_equal(text_of(json_array_get(rows, i), "action"), actions[i]);
        assert_string_equal(text_of(json_array_get(rows, i), "subject"), "a");
    }
    json_t *row = json_array_get(rows, 1);
    assert_int_equal(number_of(json_object_get(row, "before"), "entries"), 1);
    assert_int_equal(number_of(json_object_get(row, "after"), "entries"), 2);
    json_decref(rows);
}

/* ---- what is told ---- */

static void lookup__says_which_list_and_category(void **state)
{
    struct fixture *f = *state;
    json_t *out = NULL;
    struct sl_err err = {0};
    SL_CLEANUP(sl_freep) char *a = write_file(f, "a.txt", "bad.example\nportal.example/bad\n");
    SL_CLEANUP(sl_freep) char *b = write_file(f, "b.txt", "www.bad.example\n");
    must_add(f, "bad", a);
    must_add(f, "more", b);
    apply(f, BLOCK_BAD);
    if (!store_categories_lookup(f->store, SL_STR("HTTP://WWW.Bad.Example./x"), &out, &err))
        fail_msg("%s", err.msg);
    assert_string_equal(text_of(out, "host"), "www.bad.example");
    assert_string_equal(json_string_value(json_array_get(json_object_get(out, "categories"), 0)), "bad");
    json_t *lists = json_object_get(out, "lists");
    assert_int_equal(json_array_size(lists), 2);
    assert_string_equal(text_of(json_array_get(lists, 0), "list"), "more");
    assert_string_equal(text_of(json_array_get(lists, 0), "entry"), "www.bad.example");
    assert_string_equal(text_of(json_array_get(lists, 1), "entry"), "bad.example");
    assert_int_equal(number_of(json_array_get(lists, 1), "line"), 1);
    json_decref(out);
    assert_true(store_categories_lookup(f->store, SL_STR("portal.example/bad/1"), &out, &err));
    assert_true(json_is_true(json_object_get(json_array_get(json_object_get(out, "lists"), 0), "path")));
    json_decref(out);
    assert_false(store_categories_lookup(f->store, SL_STR("http://a..b/"), &out, &err));
    apply(f, "{'schema': 1, 'default': {'then': 'allow'}, 'categories': {'a-b': {'hosts': ['x.example',"
             " 'Own.Example'], 'urls': ['own.example/p']}, 'c': {'urls': ['own.example/p']}}}");
    assert_true(store_categories_lookup(f->store, SL_STR("www.own.example"), &out, &err));
    json_t *own = json_object_get(out, "entries");
    assert_int_equal(json_array_size(own), 1);
    assert_string_equal(text_of(json_array_get(own, 0), "category"), "a-b");
    assert_string_equal(text_of(json_array_get(own, 0), "entry"), "Own.Example");
    assert_string_equal(text_of(json_array_get(own, 0), "pointer"), "/categories/a-b/hosts/1");
    json_decref(out);
    assert_true(store_categories_lookup(f->store, SL_STR("own.example/p/q"), &out, &err));
    own = json_object_get(out, "entries");
    assert_string_equal(text_of(json_array_get(own, 1), "pointer"), "/categories/c/urls/0");
    json_decref(out);
    json_t *status = store_lists_status(f->store);
    assert_int_equal(number_of(status, "lists"), 2);
    assert_int_equal(json_array_size(json_object_get(status, "sources")), 2);
    json_decref(status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(add__serves_at_once_and_after_a_restart),
        CASE(add__makes_a_part_of_each_category),
        CASE(add__names_parts_in_the_letters_of_policies),
        CASE(add__refuses_and_leaves_nothing),
        CASE(add__refuses_a_name_twice),
        CASE(add__reports_its_phases),
        CASE(update__takes_new_content_and_drops_the_old),
        CASE(update__keeps_the_old_when_the_new_is_bad),
        CASE(update__refuses_what_breaks_the_policy),
        CASE(remove__asks_the_policy_first),
        CASE(changes__name_every_step_of_a_list),
        CASE(lookup__says_which_list_and_category),
    };
    return cmocka_run_group_tests_name("policy/store/sources", tests, NULL, NULL);
}

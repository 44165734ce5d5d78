/* test_history.c - unit tests of policy/store/{checks,history,serve}.c: copies that are held, approved and
 * discarded, and the way back to earlier ones. */
#include "tests/support/cmocka_all.h"

#include <unistd.h>

#include "lists.h"

static void must_update(struct fixture *f, const char *name, bool expected)
{
    struct sl_err err = {0};
    bool changed;
    if (!update(f, name, &changed, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(changed, expected);
}

static bool is_listed(struct fixture *f, const char *host)
{
    json_t *out = NULL;
    bool found = store_categories_lookup(f->store, sl_cstr(host), &out, NULL) &&
                 json_array_size(json_object_get(out, "lists")) > 0;
    json_decref(out);
    return found;
}

/* The reason of the held copy holds this text; NULL: nothing is held. */
static void expect_held(struct fixture *f, const char *name, const char *part)
{
    json_t *shown = show(f, name), *held = json_object_get(shown, "held");
    assert_int_equal(json_is_object(held), part != NULL);
    if (part && !strstr(text_of(held, "reason"), part))
        fail_msg("'%s' has no '%s'", text_of(held, "reason"), part);
    assert_string_equal(text_of(shown, "state"), part ? "held" : "ok");
    json_decref(shown);
}

static void set_checks(struct fixture *f, const char *name, int64_t keep, int64_t shrink, int64_t grow,
                       const char *never)
{
    struct sl_err err = {0};
    struct list_checks checks = {keep, shrink, grow, json_of(never)};
    if (!store_list_set_checks(f->store, sl_cstr(name), &checks, &tester, &err))
        fail_msg("%s", err.msg);
    json_decref(checks.never);
}

static void approve(struct fixture *f, const char *name)
{
    json_t *out = NULL;
    struct sl_err err = {0};
    if (!store_list_approve(f->store, sl_cstr(name), 0, &tester, NULL, NULL, &out, &err))
        fail_msg("%s", err.msg);
    json_decref(out);
}

static json_t *versions(struct fixture *f, const char *name)
{
    json_t *out = NULL;
    assert_true(store_list_versions(f->store, sl_cstr(name), &out, NULL));
    return out;
}

/* Its name, on the heap. */
static char *only_file(const char *folder)
{
    char *name = NULL;
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        if (e->d_name[0] != '.') {
            assert_null(name);
            name = sl_strdup(e->d_name);
        }
    closedir(d);
    return name;
}

/* ---- what is held ---- */

static void update__holds_a_copy_that_shrank(void **state)
{
    struct fixture *f = *state;
    SL_CLEANUP(sl_freep) char *path = write_hosts(f, "bad.txt", "h", 200);
    must_add(f, "bad", path);
    free(write_hosts(f, "bad.txt", "h", 140));
    must_update(f, "bad", false);
    expect_held(f, "bad", "it has 140 entries where the copy in use has 200 (-30 %; -30 % is the limit)");
    assert_true(is_listed(f, "h150.example"));
    json_t *shown = show(f, "bad"), *held = json_object_get(shown, "held");
    assert_int_equal(number_of(held, "removed"), 60);
    assert_int_equal(number_of(held, "added"), 0);
    assert_int_equal(number_of(shown, "entries"), 200);
    assert_string_equal(json_string_value(json_array_get(json_object_get(held, "removed_examples"), 0)),
                        "h140.example");
    assert_true(json_is_null(json_object_get(shown, "last_error")));
    json_decref(shown);
    reopen(f); /* it waits on the disk */
    expect_held(f, "bad", "140 entries");
    must_update(f, "bad", false); /* and is not a new one each time */
    expect_held(f, "bad", "140 entries");
    assert_int_equal(files_in(f, "lists/bad"), 2);
    /* A good one takes its place. */
    free(write_hosts(f, "bad.txt", "h", 141));
    must_update(f, "bad", true);
    expect_held(f, "bad", NULL);
    assert_false(is_listed(f, "h150.example"));
    /* Asked for by its administrator, it is taken as it is. */
    free(write_hosts(f, "bad.txt", "h", 3));
    struct list_source_spec spec = {.name = SL_STR("bad"), .path = sl_cstr(path)};
    must_update(f, "bad", false);
    assert_true(store_list_replace(f->store, &spec, &tester, NULL, NULL, NULL, NULL));
    expect_held(f, "bad", NULL);
    assert_false(is_listed(f, "h100.example"));
}

/* The day on which UT1's phishing list lost 193,000 of its entries, at a hundredth of its size; then the
 * clean-up went on by little. */
static void update__holds_the_day_of_the_great_clean_up(void **state)
{
    struct fixture *f = *state;
    free(write_below(f, "ut1/malware", "domains", "evil.example\n"));
    SL_CLEANUP(sl_freep) char *base = write_hosts(f, "base.txt", "phish", 2910);
    SL_CLEANUP(sl_freep) char *after = write_hosts(f, "after.txt", "phish", 980);
    SL_CLEANUP(sl_freep) char *folder = tmpdir_path(f->dir, "ut1");
    SL_CLEANUP(sl_freep) char *phishing = tmpdir_path(f->dir, "ut1/phishing");
    SL_CLEANUP(sl_freep) char *domains = sl_asprintf("%s/domains", phishing);
    assert_true(fs_mkdir_all(phishing, 0700, NULL));
    assert_int_equal(rename(base, domains), 0);
    must_add(f, "ut1", folder);
    assert_int_equal(rename(after, domains), 0);
    must_update(f, "ut1", false);
    expect_held(f, "ut1", "it has 981 entries where the copy in use has 2911 (-66 %");
    assert_true(is_listed(f, "phish2900.example") && is_listed(f, "evil.example"));
    approve(f, "ut1"); /* somebody asked the provider: it was meant */
    assert_true(!is_listed(f, "phish2900.example") && is_listed(f, "phish900.example"));
    free(write_below(f, "ut1/phishing", "domains", "phish1.example\nphish2.example\n"));
    must_update(f, "ut1", false);
    expect_held(f, "ut1", "it has 3 entries");
}

static void update__holds_a_copy_that_grew(void **state)
{
    struct fixture *f = *state;
    SL_CLEANUP(sl_freep) char *path = write_hosts(f, "bad.txt", "h", 400);
    must_add(f, "bad", path);
    free(write_hosts(f, "bad.txt", "h", 1200));
    must_update(f, "bad", false);
    expect_held(f, "bad", "it has 1200 entries where the copy in use has 400 (+200 %; 200 % is the limit)");
    set_checks(f, "bad", 5, 30, 0, "[]");
    free(write_hosts(f, "bad.txt", "h", 1300));
    must_update(f, "bad", true);
}

static void update__holds_a_copy_with_a_canary(void **state)
{
    struct fixture *f = *state;
    SL_CLEANUP(sl_freep) char *path = write_file(f, "bad.txt", "bad.example\ngithub.com\n");
    must_add(f, "bad", path);
    set_checks(f, "bad", 5, 30, 200, "['Wiki.Intranet.Example']");
    store_set_page_host(f->store, SL_STR("pages.sluice.internal"));
    apply(f, "{'schema': 1, 'default': {'then': 'allow'}}");
    static const struct {
        const char *list, *held;
    } cases[] = {
        {"bad.example\ngithub.com\nnew.example\n", NULL}, /* it held that one before */
        {"bad.example\ngithub.com\ngoogle.com\n", "it begins to hold google.com (by its entry google.com)"},
        {"bad.example\ngithub.com\nwww.google.com\n", "www.google.com (by its entry www.google.com)"},
        {"bad.example\ngithub.com\nmaps.google.com\n", NULL},
        {"bad.example\ngithub.com\ngoogle.com/bad\n", NULL},
        {"bad.example\ngithub.com\nintranet.example\n",
         "it begins to hold wiki.intranet.example (by its entry intranet.example)"},
        {"bad.example\ngithub.com\nsluice.internal\n",
         "it begins to hold pages.sluice.internal (by its entry sluice.internal)"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        free(write_file(f, "bad.txt", cases[i].list));
        struct sl_err err = {0};
        bool changed;
        if (!update(f, "bad", &changed, &err))
            fail_msg("case %zu: %s", i, err.msg);
        expect_held(f, "bad", cases[i].held);
        assert_int_equal(changed, cases[i].held == NULL);
        assert_true(is_listed(f, "bad.example") && !is_listed(f, "www.google.com"));
    }
}

static void update__holds_an_expression_with_a_canary(void **state)
{
    struct fixture *f = *state;
    free(write_below(f, "ut1/ads", "domains", "ads.example\n"));
    free(write_below(f, "ut1/ads", "expressions", "^ads[0-9]+[.]\n"));
    SL_CLEANUP(sl_freep) char *folder = tmpdir_path(f->dir, "ut1");
    must_add(f, "ut1", folder);
    free(write_below(f, "ut1/ads", "expressions", "^ads[0-9]+[.]\n(^|[.])wiki[a-z]+[.]\n"));
    must_update(f, "ut1", false);
    expect_held(f, "ut1", "it begins to hold wikipedia.org (by its entry /(^|[.])wiki[a-z]+[.]/)");
    approve(f, "ut1");
    free(write_below(f, "ut1/ads", "domains", "ads.example\nmore.example\n"));
    must_update(f, "ut1", true); /* approved once, it is no news */
}

static void update__holds_a_copy_with_many_faults(void **state)
{
    struct fixture *f = *state;
    struct sl_text text = {0};
    SL_CLEANUP(sl_freep) char *path = write_hosts(f, "bad.txt", "h", 100);
    must_add(f, "bad", path);
    for (int i = 0; i < 140; i++)
        i < 100 ? sl_text_addf(&text, "h%d.example\n", i) : sl_text_addf(&text, "bro..ken\n");
    free(write_file(f, "bad.txt", text.p));
    must_update(f, "bad", false); /* the entries are the same: only the reading got worse */
    expect_held(f, "bad", NULL);
    sl_text_addf(&text, "one.example\n");
    free(write_file(f, "bad.txt", text.p));
    must_update(f, "bad", false);
    expect_held(f, "bad", "40 of its 141 lines could not be read; of the copy in use 0 of 100");
    sl_text_fini(&text);
}

/* ---- approve and discard ---- */

static void approve__takes_the_copy_that_waits(void **state)
{
    struct fixture *f = *state;
    json_t *out = NULL;
    struct sl_err err = {0};
    SL_CLEANUP(sl_freep) char *path = write_hosts(f, "bad.txt", "h", 300);
    must_add(f, "bad", path);
    assert_false(store_list_approve(f->store, SL_STR("bad"), 0, &tester, NULL, NULL, &out, &err));
    assert_int_equal(err.code, SL_CONFLICT);
    free(write_hosts(f, "bad.txt", "h", 20));
    must_update(f, "bad", false);
    /* Somebody looked at another one. */
    assert_false(store_list_approve(f->store, SL_STR("bad"), 9, &tester, NULL, NULL, &out, &err));
    assert_string_equal(err.msg, "list 'bad': version 9 no longer waits; by now it is version 2");
    remove(path); /* what was looked at is what is taken */
    approve(f, "bad");
    expect_held(f, "bad", NULL);
    assert_false(is_listed(f, "h100.example"));
    json_t *rows = versions(f, "bad"), *row = json_array_get(rows, 0);
    assert_int_equal(json_array_size(rows), 2);
    assert_string_equal(text_of(row, "action"), "approve");
    assert_string_equal(text_of(row, "author"), "tester");
    assert_int_equal(number_of(row, "restores"), 2);
    assert_int_equal(number_of(row, "removed"), 280);
    assert_true(json_is_true(json_object_get(row, "serving")));
    json_decref(rows);
    reopen(f);
    assert_false(is_listed(f, "h100.example"));
    assert_int_equal(files_in(f, "lists/bad"), 2);
}

static void approve__refuses_what_breaks_the_policy(void **state)
{
    struct fixture *f = *state;
    json_t *out = NULL;
    struct sl_err err = {0};
    SL_CLEANUP(sl_freep) char *path = write_hosts(f, "bad.txt", "h", 300);
    must_add(f, "bad", path);
    apply(f, "{'schema': 1, 'default': {'then': 'allow'}, 'categories': {'bad': {'lists': ['bad']}},"
             " 'rules': [{'id': 'bad', 'if': {'category': ['bad']}, 'then': 'block'}],"
             " 'tests': [{'url': 'http://h200.example/', 'expect': 'block'}]}");
    free(write_hosts(f, "bad.txt", "h", 20));
    must_update(f, "bad", false);
    assert_false(store_list_approve(f->store, SL_STR("bad"), 0, &tester, NULL, NULL, &out, &err));
    assert_non_null(strstr(err.msg, "the active policy does not hold with it: /tests/0"));
    expect_held(f, "bad", "20 entries");
    assert_true(is_listed(f, "h200.example"));
}

static void discard__asks_no_second_time(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    SL_CLEANUP(sl_freep) char *path = write_hosts(f, "bad.txt", "h", 300);
    must_add(f, "bad", path);
    free(write_hosts(f, "bad.txt", "h", 20));
    must_update(f, "bad", false);
    assert_true(store_list_discard(f->store, SL_STR("bad"), &tester, &err));
    assert_false(store_list_discard(f->store, SL_STR("bad"), &tester, &err));
    assert_int_equal(err.code, SL_NOT_FOUND);
    assert_int_equal(files_in(f, "lists/bad"), 1);
    must_update(f, "bad", false);
    expect_held(f, "bad", NULL);
    assert_true(is_listed(f, "h200.example"));
    free(write_hosts(f, "bad.txt", "h", 21));
    must_update(f, "bad", false);
    expect_held(f, "bad", "21 entries");
    /* The source goes back to what serves: nothing is left to decide. */
    free(write_hosts(f, "bad.txt", "h", 300));
    must_update(f, "bad", false);
    expect_held(f, "bad", NULL);
}

/* ---- the way back ---- */

static void turn_to(struct fixture *f, int turn)
{
    SL_CLEANUP(sl_freep) char *text = sl_asprintf("always.example\nturn%d.example\n", turn);
    free(write_file(f, "bad.txt", text));
}

/* The copy in use is lost with its disk: that is no reason to keep it. */
static void rollback__needs_nothing_of_the_copy_in_use(void **state)
{
    struct fixture *f = *state;
    json_t *out = NULL;
    struct sl_err err = {0};
    SL_CLEANUP(sl_freep) char *path = write_hosts(f, "bad.txt", "old", 5);
    must_add(f, "bad", path);
    SL_CLEANUP(sl_freep) char *folder = tmpdir_path(f->state, "lists/bad");
    SL_CLEANUP(sl_freep) char *aside = tmpdir_path(f->dir, "old");
    SL_CLEANUP(sl_freep) char *first = only_file(folder);
    SL_CLEANUP(sl_freep) char *old = tmpdir_path(folder, first);
    free(write_hosts(f, "bad.txt", "new", 5));
    must_update(f, "bad", true);
    assert_int_equal(rename(old, aside), 0);
    SL_CLEANUP(sl_freep) char *second = only_file(folder);
    SL_CLEANUP(sl_freep) char *new = tmpdir_path(folder, second);
    assert_int_equal(unlink(new), 0);
    assert_int_equal(rename(aside, old), 0);
    if (!store_list_rollback(f->store, SL_STR("bad"), 1, &tester, NULL, NULL, &out, &err))
        fail_msg("%s", err.msg);
    json_decref(out);
    assert_true(is_listed(f, "old1.example") && !is_listed(f, "new1.example"));
    json_t *items = versions(f, "bad");
    assert_int_equal(number_of(json_array_get(items, 0), "added"), 5);
    assert_int_equal(number_of(json_array_get(items, 0), "removed"), 5);
    json_decref(items);
}

static void rollback__pins_until_it_is_resumed(void **state)
{
    struct fixture *f = *state;
    json_t *out = NULL;
    struct sl_err err = {0};
    bool changed;
    turn_to(f, 1);
    SL_CLEANUP(sl_freep) char *path = tmpdir_path(f->dir, "bad.txt");
    must_add(f, "bad", path);
    turn_to(f, 2);
    must_update(f, "bad", true);
    assert_false(store_list_rollback(f->store, SL_STR("bad"), 2, &tester, NULL, NULL, &out, &err));
    assert_false(store_list_rollback(f->store, SL_STR("bad"), 7, &tester, NULL, NULL, &out, &err));
    assert_int_equal(err.code, SL_NOT_FOUND);
    assert_true(store_list_rollback(f->store, SL_STR("bad"), 1, &tester, NULL, NULL, &out, &err));
    assert_string_equal(text_of(out, "state"), "pinned");
    assert_string_equal(text_of(json_object_get(out, "pinned"), "by"), "tester");
    assert_int_equal(number_of(out, "version"), 3);
    json_decref(out);
    assert_true(is_listed(f, "turn1.example") && !is_listed(f, "turn2.example"));
    reopen(f);
    assert_true(is_listed(f, "turn1.example"));
    assert_false(update(f, "bad", &changed, &err));
    assert_int_equal(err.code, SL_CONFLICT);
    assert_true(store_list_resume(f->store, SL_STR("bad"), &tester, &err));
    assert_false(store_list_resume(f->store, SL_STR("bad"), &tester, &err));
    must_update(f, "bad", true); /* the same copy that was rolled back */
    assert_true(is_listed(f, "turn2.example"));
    json_t *rows = versions(f, "bad");
    static const char *const actions[] = {"update", "rollback", "update", "add"};
    assert_int_equal(json_array_size(rows), SL_COUNT(actions));
    for (size_t i = 0; i < SL_COUNT(actions); i++)
        assert_string_equal(text_of(json_array_get(rows, i), "action"), actions[i]);
    assert_int_equal(number_of(json_array_get(rows, 1), "restores"), 1);
    assert_int_equal(number_of(json_array_get(rows, 1), "added"), 1);
    assert_int_equal(number_of(json_array_get(rows, 1), "removed"), 1);
    json_decref(rows);
    assert_int_equal(files_in(f, "lists/bad"), 2); /* four versions, two contents */
}

static void history__keeps_so_many(void **state)
{
    struct fixture *f = *state;
    turn_to(f, 0);
    SL_CLEANUP(sl_freep) char *path = tmpdir_path(f->dir, "bad.txt");
    must_add(f, "bad", path);
    for (int turn = 1; turn < 9; turn++) {
        turn_to(f, turn);
        must_update(f, "bad", true);
    }
    json_t *rows = versions(f, "bad");
    assert_int_equal(json_array_size(rows), 5);
    assert_int_equal(number_of(json_array_get(rows, 4), "version"), 5);
    json_decref(rows);
    assert_int_equal(files_in(f, "lists/bad"), 5);
    assert_int_equal(files_in(f, "catalogue"), 2);
    set_checks(f, "bad", 1, 30, 200, "[]");
    assert_int_equal(files_in(f, "lists/bad"), 1);
    assert_true(is_listed(f, "turn8.example"));
    struct sl_err err = {0};
    struct list_checks bad[] = {{0, 30, 200, NULL}, {5, 101, 200, NULL}, {5, 30, -1, NULL}};
    for (size_t i = 0; i < SL_COUNT(bad); i++)
        assert_false(store_list_set_checks(f->store, SL_STR("bad"), &bad[i], &tester, &err));
    struct list_checks hosts = {5, 30, 200, json_of("['a.example', 'not a host']")};
    assert_false(store_list_set_checks(f->store, SL_STR("bad"), &hosts, &tester, &err));
    assert_string_equal(err.msg, "'not a host' is no host name");
    json_decref(hosts.never);
}

static void changes__tell_who_decided(void **state)
{
    struct fixture *f = *state;
    json_t *rows = NULL, *out = NULL;
    SL_CLEANUP(sl_freep) char *path = write_hosts(f, "bad.txt", "h", 300);
    must_add(f, "bad", path);
    free(write_hosts(f, "bad.txt", "h", 20));
    must_update(f, "bad", false);
    assert_true(store_list_discard(f->store, SL_STR("bad"), &tester, NULL));
    free(write_hosts(f, "bad.txt", "h", 21));
    must_update(f, "bad", false);
    approve(f, "bad");
    assert_true(store_list_rollback(f->store, SL_STR("bad"), 1, &tester, NULL, NULL, &out, NULL));
    json_decref(out);
    assert_true(store_list_resume(f->store, SL_STR("bad"), &tester, NULL));
    set_checks(f, "bad", 3, 30, 200, "[]");
    assert_true(store_changes(f->store, &(struct change_filter){.limit = 7}, &rows, NULL));
    static const char *const actions[] = {"list.checks", "list.resume",  "list.rollback", "list.approve",
                                          "list.hold",   "list.discard", "list.hold"};
    for (size_t i = 0; i < SL_COUNT(actions); i++) {
        assert_string_equal(text_of(json_array_get(rows, i), "action"), actions[i]);
        assert_string_equal(text_of(json_array_get(rows, i), "actor"), "tester");
        assert_string_equal(text_of(json_array_get(rows, i), "subject"), "bad");
    }
    assert_int_equal(number_of(json_object_get(json_array_get(rows, 2), "after"), "restores"), 1);
    json_decref(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(update__holds_a_copy_that_shrank),
        CASE(update__holds_the_day_of_the_great_clean_up),
        CASE(update__holds_a_copy_that_grew),
        CASE(update__holds_a_copy_with_a_canary),
        CASE(update__holds_an_expression_with_a_canary),
        CASE(update__holds_a_copy_with_many_faults),
        CASE(approve__takes_the_copy_that_waits),
        CASE(approve__refuses_what_breaks_the_policy),
        CASE(discard__asks_no_second_time),
        CASE(rollback__pins_until_it_is_resumed),
        CASE(rollback__needs_nothing_of_the_copy_in_use),
        CASE(history__keeps_so_many),
        CASE(changes__tell_who_decided),
    };
    return cmocka_run_group_tests_name("policy/store/history", tests, NULL, NULL);
}

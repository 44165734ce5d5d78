/* test_sources.c - unit tests of policy/store/sources.c, load.c, shelf.c and updater.c: lists from real files
 * and a real server. */
#include "tests/support/cmocka_all.h"

#include <dirent.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "httpd.h"
#include "policy/store/inside.h"
#include "policy/store/shelf.h"
#include "sluice/clock.h"
#include "support.h"

/* ---- tools ---- */

static bool add_list(struct fixture *f, const char *name, const char *path, struct sl_err *err)
{
    struct list_source_spec spec = {.name = sl_cstr(name), .path = sl_cstr(path)};
    return store_list_add(f->store, &spec, &tester, NULL, NULL, NULL, err);
}

static void must_add(struct fixture *f, const char *name, const char *path)
{
    struct sl_err err = {0};
    if (!add_list(f, name, path, &err))
        fail_msg("%s", err.msg);
}

static bool add_url(struct fixture *f, const char *name, const char *url, int64_t every_ms,
                    struct sl_err *err)
{
    struct list_source_spec spec = {.name = sl_cstr(name), .url = sl_cstr(url), .every_ms = every_ms};
    return store_list_add(f->store, &spec, &tester, NULL, NULL, NULL, err);
}

/* True when it loaded; *out_changed when the content was new. */
static bool update(struct fixture *f, const char *name, bool *out_changed, struct sl_err *err)
{
    json_t *shown = NULL;
    bool ok = store_list_update(f->store, sl_cstr(name), &tester, NULL, NULL, &shown, err);
    *out_changed = json_is_true(json_object_get(shown, "changed"));
    json_decref(shown);
    return ok;
}

static char *write_file(struct fixture *f, const char *name, const char *text)
{
    return tmpdir_write(f->dir, name, text);
}

/* A list file of `count` hosts whose names begin with prefix. */
static char *write_hosts(struct fixture *f, const char *name, const char *prefix, int count)
{
    struct sl_text text = {0};
    for (int i = 0; i < count; i++)
        sl_text_addf(&text, "%s%d.example\n", prefix, i);
    char *path = write_file(f, name, text.p ? text.p : "\n");
    sl_text_fini(&text);
    return path;
}

static char *write_below(struct fixture *f, const char *folder, const char *name, const char *text)
{
    SL_CLEANUP(sl_freep) char *dir = tmpdir_path(f->dir, folder);
    assert_true(fs_mkdir_all(dir, 0700, NULL));
    return tmpdir_write(dir, name, text);
}

static void apply(struct fixture *f, const char *quoted)
{
    struct sl_err err = {0};
    json_t *doc = json_of(quoted);
    if (!store_policy_apply(f->store, doc, SL_STR(""), &tester, -1, NULL, NULL, &err))
        fail_msg("%s", err.msg);
    json_decref(doc);
}

static enum action decide(struct fixture *f, const char *text)
{
    struct sl_arena arena;
    struct sl_url url;
    struct verdict v;
    sl_arena_init(&arena, 0);
    assert_true(sl_url_parse(sl_cstr(text), &arena, &url, NULL));
    struct facts facts = {.method = SL_STR("GET"), .url = &url, .time_s = 1800000000, .size = -1};
    struct snapshot *snap = policy_live_get(store_live(f->store));
    struct policy_scratch *scratch = policy_scratch_new();
    policy_decide(snap, scratch, &facts, &v);
    policy_scratch_free(&scratch);
    snapshot_unref(&snap);
    sl_arena_fini(&arena);
    return v.action;
}

static json_t *show(struct fixture *f, const char *name)
{
    json_t *out = NULL;
    struct sl_err err = {0};
    if (!store_list_show(f->store, sl_cstr(name), &out, &err))
        fail_msg("%s", err.msg);
    return out;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static json_int_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void expect_error_kept(struct fixture *f, const char *name, const char *part)
{
    json_t *shown = show(f, name);
    if (!strstr(text_of(shown, "last_error"), part))
        fail_msg("'%s' has no '%s'", text_of(shown, "last_error"), part);
    json_decref(shown);
}

/* Files in a folder of the state directory. */
static unsigned files_in(struct fixture *f, const char *folder)
{
    unsigned count = 0;
    SL_CLEANUP(sl_freep) char *path = tmpdir_path(f->state, folder);
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));)
        count += e->d_name[0] != '.';
    if (d)
        closedir(d);
    return count;
}

#define BLOCK_BAD                                                                            \
    "{'schema': 1, 'default': {'then': 'allow'}, 'categories': {'bad': {'lists': ['bad']}}," \
    " 'rules': [{'id': 'bad', 'if': {'category': ['bad']}, 'then': 'block'}]}"

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
    assert_true(store_changes(f->store, 0, 100, &changes, NULL));
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

static void count_phases(void *arg, const char *phase, uint64_t done, uint64_t total)
{
    struct sl_text *seen = arg;
    if (!seen->n || !strstr(seen->p, phase))
        sl_text_addf(seen, "%s ", phase);
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
    SL_CLEANUP(sl_freep) char *path = write_file(f, "bad.txt", "bad.example\n");
    must_add(f, "bad", path);
    apply(f, BLOCK_BAD);
    assert_true(update(f, "bad", &changed, &err));
    assert_false(changed);
    free(write_file(f, "bad.txt", "# a comment\nbad.example\n"));
    assert_true(update(f, "bad", &changed, &err)); /* other bytes, the same list */
    assert_false(changed);
    free(write_file(f, "bad.txt", "new.example\n"));
    assert_true(update(f, "bad", &changed, &err));
    assert_true(changed);
    assert_int_equal(decide(f, "http://new.example/"), ACTION_BLOCK);
    assert_int_equal(decide(f, "http://bad.example/"), ACTION_ALLOW);
    assert_int_equal(files_in(f, "lists/bad"), 1);
    assert_int_equal(files_in(f, "catalogue"), 1);
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

static void update__holds_a_copy_that_shrank(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    bool changed;
    SL_CLEANUP(sl_freep) char *path = write_hosts(f, "bad.txt", "h", 200);
    must_add(f, "bad", path);
    apply(f, BLOCK_BAD);
    free(write_hosts(f, "bad.txt", "h", 139));
    assert_false(update(f, "bad", &changed, &err));
    assert_int_equal(err.code, SL_CONFLICT);
    expect_error_kept(f, "bad", "held: the new copy has 139 entries where the old has 200");
    assert_int_equal(decide(f, "http://h150.example/"), ACTION_BLOCK);
    free(write_hosts(f, "bad.txt", "h", 140));
    assert_true(update(f, "bad", &changed, &err));
    assert_int_equal(decide(f, "http://h150.example/"), ACTION_ALLOW);
    /* Asked for, it is taken. */
    free(write_hosts(f, "bad.txt", "h", 3));
    struct list_source_spec spec = {.name = SL_STR("bad"), .path = sl_cstr(path)};
    assert_false(update(f, "bad", &changed, &err));
    if (!store_list_replace(f->store, &spec, &tester, NULL, NULL, NULL, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(decide(f, "http://h2.example/"), ACTION_BLOCK);
    assert_int_equal(decide(f, "http://h100.example/"), ACTION_ALLOW);
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

static void update__of_all_goes_on_after_a_bad_one(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    SL_CLEANUP(sl_freep) char *a = write_file(f, "a.txt", "a.example\n");
    SL_CLEANUP(sl_freep) char *b = write_file(f, "b.txt", "b.example\n");
    must_add(f, "a", a);
    must_add(f, "b", b);
    remove(a);
    free(write_file(f, "b.txt", "bb.example\n"));
    assert_false(store_list_update(f->store, sl_cstr(NULL), &tester, NULL, NULL, NULL, &err));
    assert_non_null(strstr(err.msg, "list 'a': "));
    json_t *shown = NULL;
    assert_true(store_categories_lookup(f->store, SL_STR("bb.example"), &shown, NULL));
    assert_int_equal(json_array_size(json_object_get(shown, "lists")), 1);
    json_decref(shown);
    free(write_file(f, "a.txt", "a.example\n"));
    assert_true(store_list_update(f->store, sl_cstr(NULL), &tester, NULL, NULL, &shown, &err));
    assert_int_equal(json_array_size(shown), 2);
    json_decref(shown);
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
    assert_false(store_policy_rollback(f->store, 2, sl_cstr(NULL), &tester, NULL, NULL, &err));
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
    assert_true(store_changes(f->store, 0, 3, &rows, &err));
    static const char *const actions[] = {"list.remove", "list.update", "list.add"};
    for (size_t i = 0; i < SL_COUNT(actions); i++) {
        assert_string_equal(text_of(json_array_get(rows, i), "action"), actions[i]);
        assert_string_equal(text_of(json_array_get(rows, i), "object"), "a");
    }
    json_t *row = json_array_get(rows, 1);
    assert_int_equal(number_of(json_object_get(row, "before"), "entries"), 1);
    assert_int_equal(number_of(json_object_get(row, "after"), "entries"), 2);
    json_decref(rows);
}

/* ---- URLs ---- */

struct web {
    struct fixture f;
    struct httpd httpd;
    char *url;
};

static int set_up_web(void **state)
{
    struct web *w = sl_calloc(1, sizeof *w);
    w->f.dir = tmpdir_new();
    w->f.state = tmpdir_path(w->f.dir, "state");
    w->f.store = open_store(w->f.state);
    httpd_start(&w->httpd);
    w->url = sl_asprintf("http://127.0.0.1:%u/list.txt", w->httpd.port);
    *state = w;
    return 0;
}

static int tear_down_web(void **state)
{
    struct web *w = *state;
    store_close(&w->f.store);
    httpd_stop(&w->httpd);
    tmpdir_free(&w->f.dir);
    free(w->f.state);
    free(w->url);
    free(w);
    return 0;
}

#define OK_V1 "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\n"

static void url__is_fetched_and_asked_for_news(void **state)
{
    struct web *w = *state;
    struct sl_err err = {0};
    bool changed;
    httpd_says(&w->httpd, OK_V1, "bad.example\n");
    if (!add_url(&w->f, "bad", w->url, 0, &err))
        fail_msg("%s", err.msg);
    apply(&w->f, BLOCK_BAD);
    assert_int_equal(decide(&w->f, "http://bad.example/"), ACTION_BLOCK);
    httpd_set(&w->httpd, &w->httpd.conditional);
    reopen(&w->f);
    assert_true(update(&w->f, "bad", &changed, &err));
    assert_false(changed);
    assert_true(httpd_was_asked(&w->httpd, "If-None-Match: \"v1\""));
    httpd_says(&w->httpd, "HTTP/1.1 200 OK\r\nETag: \"v2\"\r\n", "new.example\n");
    assert_true(update(&w->f, "bad", &changed, &err));
    assert_true(changed);
    assert_int_equal(decide(&w->f, "http://new.example/"), ACTION_BLOCK);
    assert_int_equal(files_in(&w->f, "fetch"), 0);
}

static void url__failures_keep_the_old_copy(void **state)
{
    struct web *w = *state;
    struct sl_err err = {0};
    bool changed;
    httpd_says(&w->httpd, OK_V1, "bad.example\n");
    assert_true(add_url(&w->f, "bad", w->url, 0, &err));
    apply(&w->f, BLOCK_BAD);
    static const struct {
        const char *head, *body, *message;
    } cases[] = {
        {"HTTP/1.1 404 Not Found\r\n", "bad.example\n", "answered 404"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n", "bad.example\n", "cannot fetch"},
        {"HTTP/1.1 200 OK\r\n", "<html><h1>Log in</h1></html>\n", ""},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        httpd_says(&w->httpd, cases[i].head, cases[i].body);
        assert_false(update(&w->f, "bad", &changed, &err));
        expect_error_kept(&w->f, "bad", cases[i].message);
        assert_int_equal(decide(&w->f, "http://bad.example/"), ACTION_BLOCK);
    }
    /* The failures did not make us forget what we have. */
    httpd_says(&w->httpd, OK_V1, "bad.example\n");
    httpd_set(&w->httpd, &w->httpd.conditional);
    assert_true(update(&w->f, "bad", &changed, &err));
    assert_true(httpd_was_asked(&w->httpd, "If-None-Match: \"v1\""));
    json_t *shown = show(&w->f, "bad");
    assert_true(json_is_null(json_object_get(shown, "last_error")));
    json_decref(shown);
}

static void tick__updates_what_is_due(void **state)
{
    struct web *w = *state;
    struct sl_err err = {0};
    const int64_t hour_us = 3600000000;
    httpd_says(&w->httpd, OK_V1, "bad.example\n");
    assert_true(add_url(&w->f, "bad", w->url, 3600000, &err));
    assert_int_equal(httpd_served(&w->httpd), 1);
    int64_t now_us = sl_wall_us();
    store_lists_tick(w->f.store, now_us);
    updater_wait(w->f.store);
    store_lists_tick(w->f.store, now_us + hour_us / 10 * 8);
    updater_wait(w->f.store);
    assert_int_equal(httpd_served(&w->httpd), 1);
    httpd_says(&w->httpd, "HTTP/1.1 200 OK\r\n", "new.example\n");
    store_lists_tick(w->f.store, now_us + hour_us / 10 * 12);
    updater_wait(w->f.store);
    assert_int_equal(httpd_served(&w->httpd), 2);
    json_t *shown = NULL, *rows = NULL;
    assert_true(store_categories_lookup(w->f.store, SL_STR("new.example"), &shown, NULL));
    assert_int_equal(json_array_size(json_object_get(shown, "lists")), 1);
    assert_true(store_changes(w->f.store, 0, 1, &rows, NULL));
    assert_string_equal(text_of(json_array_get(rows, 0), "actor"), "system");
    json_decref(rows);
    json_decref(shown);
}

static void tick__tries_a_failed_one_again_sooner(void **state)
{
    struct web *w = *state;
    struct sl_err err = {0};
    const int64_t minute_us = 60000000;
    httpd_says(&w->httpd, OK_V1, "bad.example\n");
    assert_true(add_url(&w->f, "bad", w->url, 24 * 3600000, &err));
    httpd_says(&w->httpd, "HTTP/1.1 503 Busy\r\n", "");
    int64_t now_us = sl_wall_us();
    store_lists_tick(w->f.store, now_us + 30 * 60 * minute_us);
    updater_wait(w->f.store);
    assert_int_equal(httpd_served(&w->httpd), 2);
    expect_error_kept(&w->f, "bad", "answered 503");
    store_lists_tick(w->f.store, now_us + 2 * minute_us);
    updater_wait(w->f.store);
    assert_int_equal(httpd_served(&w->httpd), 2);
    store_lists_tick(w->f.store, now_us + 7 * minute_us); /* five minutes and a tenth */
    updater_wait(w->f.store);
    assert_int_equal(httpd_served(&w->httpd), 3);
    store_lists_tick(w->f.store, now_us + 8 * minute_us); /* ten by now */
    updater_wait(w->f.store);
    assert_int_equal(httpd_served(&w->httpd), 3);
}

static void close__cuts_a_download_short(void **state)
{
    struct web *w = *state;
    struct sl_err err = {0};
    httpd_says(&w->httpd, OK_V1, "bad.example\n");
    assert_true(add_url(&w->f, "bad", w->url, 3600000, &err));
    httpd_says(&w->httpd, "", "");
    httpd_set(&w->httpd, &w->httpd.hang);
    store_lists_tick(w->f.store, sl_wall_us() + 2 * 3600000000LL);
    while (httpd_served(&w->httpd) < 2)
        usleep(1000);
    int64_t start = sl_monotonic_us();
    store_close(&w->f.store);
    assert_true(sl_monotonic_us() - start < 5000000);
    w->f.store = open_store(w->f.state);
}

static void *update_main(void *arg)
{
    struct web *w = arg;
    struct sl_err err = {0};
    store_list_update(w->f.store, SL_STR("slow"), &tester, NULL, NULL, NULL, &err);
    assert_int_equal(err.code, SL_UNAVAILABLE);
    return NULL;
}

static void url__that_hangs_holds_up_nobody(void **state)
{
    struct web *w = *state;
    struct sl_err err = {0};
    pthread_t thread;
    httpd_says(&w->httpd, OK_V1, "slow.example\n");
    assert_true(add_url(&w->f, "slow", w->url, 0, &err));
    httpd_says(&w->httpd, "", "");
    httpd_set(&w->httpd, &w->httpd.hang);
    pthread_create(&thread, NULL, update_main, w);
    while (httpd_served(&w->httpd) < 2)
        usleep(1000);
    SL_CLEANUP(sl_freep) char *path = write_file(&w->f, "bad.txt", "bad.example\n");
    must_add(&w->f, "bad", path);
    apply(&w->f, BLOCK_BAD);
    assert_int_equal(decide(&w->f, "http://bad.example/"), ACTION_BLOCK);
    /* The same source again, and removed, while it is still being fetched. */
    assert_true(store_list_remove(w->f.store, SL_STR("slow"), &tester, &err));
    httpd_hang_up(&w->httpd);
    pthread_join(thread, NULL);
    assert_int_equal(files_in(&w->f, "fetch"), 0);
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
    json_decref(out);
    assert_true(store_categories_lookup(f->store, SL_STR("portal.example/bad/1"), &out, &err));
    assert_true(json_is_true(json_object_get(json_array_get(json_object_get(out, "lists"), 0), "path")));
    json_decref(out);
    assert_false(store_categories_lookup(f->store, SL_STR("http://a..b/"), &out, &err));
    json_t *status = store_lists_status(f->store);
    assert_int_equal(number_of(status, "lists"), 2);
    assert_int_equal(json_array_size(json_object_get(status, "sources")), 2);
    json_decref(status);
}

/* ---- damage ---- */

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
    assert_non_null(strstr(err.msg, "list 'bad'"));
    assert_true(fs_remove_all(lists, NULL));
    assert_int_equal(rename(away, lists), 0);
    f->store = open_store(f->state);
    assert_int_equal(decide(f, "http://bad.example/"), ACTION_BLOCK);
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
    assert_non_null(strstr(err.msg, "is damaged"));
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

#define WEB_CASE(name) cmocka_unit_test_setup_teardown(name, set_up_web, tear_down_web)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(add__serves_at_once_and_after_a_restart),
        CASE(add__makes_a_part_of_each_category),
        CASE(add__refuses_and_leaves_nothing),
        CASE(add__refuses_a_name_twice),
        CASE(add__reports_its_phases),
        CASE(update__takes_new_content_and_drops_the_old),
        CASE(update__keeps_the_old_when_the_new_is_bad),
        CASE(update__holds_a_copy_that_shrank),
        CASE(update__refuses_what_breaks_the_policy),
        CASE(update__of_all_goes_on_after_a_bad_one),
        CASE(remove__asks_the_policy_first),
        CASE(changes__name_every_step_of_a_list),
        WEB_CASE(url__is_fetched_and_asked_for_news),
        WEB_CASE(url__failures_keep_the_old_copy),
        WEB_CASE(tick__updates_what_is_due),
        WEB_CASE(tick__tries_a_failed_one_again_sooner),
        WEB_CASE(close__cuts_a_download_short),
        WEB_CASE(url__that_hangs_holds_up_nobody),
        CASE(lists__change_in_a_crowd),
        CASE(lookup__says_which_list_and_category),
        CASE(start__builds_a_missing_or_bad_catalogue_again),
        CASE(start__refuses_without_its_lists),
        CASE(start__refuses_changed_lists),
        CASE(start__removes_what_a_crash_left),
        CASE(swap__never_opens_a_gap),
    };
    return cmocka_run_group_tests_name("policy/store/sources", tests, NULL, NULL);
}

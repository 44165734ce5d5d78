/* test_schedule.c - unit tests of when a list is due, and of lists that come from a server on 127.0.0.1. */
#include "tests/support/cmocka_all.h"

#include "httpd.h"
#include "lists.h"
#include "policy/store/inside.h"
#include "sluice/clock.h"

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

/* What the gateway does every few seconds. */
static void tick(struct web *w, int64_t now_us)
{
    char *name = NULL;
    if (store_lists_due(w->f.store, now_us, &name))
        store_list_update(w->f.store, sl_cstr(name), NULL, NULL, NULL, NULL, NULL);
    free(name);
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

/* The validators are those of the copy that was seen last, used or not: a held one is not fetched again. */
static void url__is_asked_again_by_what_it_gave_last(void **state)
{
    struct web *w = *state;
    struct sl_err err = {0};
    bool changed;
    struct sl_text hosts = {0};
    for (int i = 0; i < 300; i++)
        sl_text_addf(&hosts, "h%d.example\n", i);
    httpd_says(&w->httpd, OK_V1, hosts.p);
    sl_text_fini(&hosts);
    assert_true(add_url(&w->f, "bad", w->url, 0, &err));
    httpd_says(&w->httpd, "HTTP/1.1 200 OK\r\nETag: \"v2\"\r\n", "h1.example\n");
    assert_true(update(&w->f, "bad", &changed, &err));
    assert_false(changed);
    httpd_set(&w->httpd, &w->httpd.conditional);
    assert_true(update(&w->f, "bad", &changed, &err));
    assert_true(httpd_was_asked(&w->httpd, "If-None-Match: \"v2\""));
    json_t *shown = show(&w->f, "bad");
    assert_string_equal(text_of(shown, "state"), "held");
    assert_int_equal(number_of(shown, "entries"), 300);
    json_decref(shown);
}

static void due__a_pinned_one_never_is(void **state)
{
    struct web *w = *state;
    struct sl_err err = {0};
    json_t *out = NULL;
    char *name = NULL;
    bool changed;
    const int64_t later_us = sl_wall_us() + 3600000000;
    httpd_says(&w->httpd, OK_V1, "one.example\n");
    assert_true(add_url(&w->f, "bad", w->url, 60000, &err));
    httpd_says(&w->httpd, "HTTP/1.1 200 OK\r\n", "two.example\n");
    assert_true(update(&w->f, "bad", &changed, &err));
    assert_true(store_list_rollback(w->f.store, SL_STR("bad"), 1, &tester, NULL, NULL, &out, &err));
    assert_true(json_is_null(json_object_get(out, "next")));
    json_decref(out);
    assert_false(store_lists_due(w->f.store, later_us, &name));
    assert_true(store_list_resume(w->f.store, SL_STR("bad"), &tester, &err));
    assert_true(store_lists_due(w->f.store, sl_wall_us(), &name)); /* at once */
    free(name);
    tick(w, sl_wall_us());
    assert_false(httpd_was_asked(&w->httpd, "If-None-Match")); /* and looked at like a new one */
    assert_true(store_categories_lookup(w->f.store, SL_STR("two.example"), &out, NULL));
    assert_int_equal(json_array_size(json_object_get(out, "lists")), 1);
    json_decref(out);
}

static void due__updates_go_by_the_clock(void **state)
{
    struct web *w = *state;
    struct sl_err err = {0};
    const int64_t hour_us = 3600000000;
    httpd_says(&w->httpd, OK_V1, "bad.example\n");
    assert_true(add_url(&w->f, "bad", w->url, 3600000, &err));
    assert_int_equal(httpd_served(&w->httpd), 1);
    int64_t now_us = sl_wall_us();
    tick(w, now_us);
    tick(w, now_us + hour_us / 10 * 8);
    assert_int_equal(httpd_served(&w->httpd), 1);
    httpd_says(&w->httpd, "HTTP/1.1 200 OK\r\n", "new.example\n");
    tick(w, now_us + hour_us / 10 * 12);
    assert_int_equal(httpd_served(&w->httpd), 2);
    json_t *shown = NULL, *rows = NULL;
    assert_true(store_categories_lookup(w->f.store, SL_STR("new.example"), &shown, NULL));
    assert_int_equal(json_array_size(json_object_get(shown, "lists")), 1);
    assert_true(store_changes(w->f.store, &(struct change_filter){.limit = 1}, &rows, NULL));
    assert_string_equal(text_of(json_array_get(rows, 0), "actor"), "system");
    json_decref(rows);
    json_decref(shown);
}

static void due__a_failed_one_is_tried_again_sooner(void **state)
{
    struct web *w = *state;
    struct sl_err err = {0};
    const int64_t minute_us = 60000000;
    httpd_says(&w->httpd, OK_V1, "bad.example\n");
    assert_true(add_url(&w->f, "bad", w->url, 24 * 3600000, &err));
    httpd_says(&w->httpd, "HTTP/1.1 503 Busy\r\n", "");
    int64_t now_us = sl_wall_us();
    tick(w, now_us + 30 * 60 * minute_us);
    assert_int_equal(httpd_served(&w->httpd), 2);
    expect_error_kept(&w->f, "bad", "answered 503");
    tick(w, now_us + 2 * minute_us);
    assert_int_equal(httpd_served(&w->httpd), 2);
    tick(w, now_us + 7 * minute_us); /* five minutes and a tenth */
    assert_int_equal(httpd_served(&w->httpd), 3);
    tick(w, now_us + 8 * minute_us); /* ten by now */
    assert_int_equal(httpd_served(&w->httpd), 3);
}

static void interrupt__ends_a_download(void **state)
{
    struct web *w = *state;
    struct sl_err err = {0};
    httpd_says(&w->httpd, "", "");
    store_interrupt(w->f.store);
    assert_false(add_url(&w->f, "bad", w->url, 0, &err));
    assert_int_equal(err.code, SL_BUSY);
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

#define WEB_CASE(name) cmocka_unit_test_setup_teardown(name, set_up_web, tear_down_web)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_CASE(url__is_fetched_and_asked_for_news),
        WEB_CASE(url__failures_keep_the_old_copy),
        WEB_CASE(url__is_asked_again_by_what_it_gave_last),
        WEB_CASE(due__updates_go_by_the_clock),
        WEB_CASE(due__a_failed_one_is_tried_again_sooner),
        WEB_CASE(due__a_pinned_one_never_is),
        WEB_CASE(interrupt__ends_a_download),
        WEB_CASE(url__that_hangs_holds_up_nobody),
    };
    return cmocka_run_group_tests_name("policy/store/schedule", tests, NULL, NULL);
}

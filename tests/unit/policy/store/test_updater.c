/* test_updater.c - unit tests of policy/store/updater.c, and of lists that come from a server on 127.0.0.1.
 */
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
    assert_true(store_changes(w->f.store, &(struct change_filter){.limit = 1}, &rows, NULL));
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
        WEB_CASE(url__is_fetched_and_asked_for_news), WEB_CASE(url__failures_keep_the_old_copy),
        WEB_CASE(tick__updates_what_is_due),          WEB_CASE(tick__tries_a_failed_one_again_sooner),
        WEB_CASE(close__cuts_a_download_short),       WEB_CASE(interrupt__ends_a_download),
        WEB_CASE(url__that_hangs_holds_up_nobody),
    };
    return cmocka_run_group_tests_name("policy/store/updater", tests, NULL, NULL);
}

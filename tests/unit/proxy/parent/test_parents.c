/* test_parents.c - unit tests of proxy/parent/parents.c: which parent takes a request, and how they do. */
#include "proxy/parent/parents.h"

#include <stdio.h>
#include <stdlib.h>

#include "sluice/log.h"
#include "tests/support/cmocka_all.h"

static struct parents *make(const char *settings, const struct parents *before)
{
    struct settings *s = settings_new();
    struct conf_faults faults = {0};
    struct sl_err err = {0};
    struct parents *p;
    SL_CLEANUP(sl_text_fini) struct sl_text text = {0};
    sl_text_addf(&text, "[proxy]\n%s", settings);
    if (!settings_load_text("f", sl_text_str(&text), s, &faults))
        fail_msg("%s", faults.items[0].text);
    if (!parents_new(s, before, &p, &err))
        fail_msg("%s", err.msg);
    const struct settings *done = s;
    settings_unref(&done);
    return p;
}

static const char *chosen(struct parents *p, const char *name, const char *host, uint64_t tried,
                          int64_t now_ms)
{
    struct parent *parent = parents_choose(p, parents_group(p, sl_cstr(name)), sl_cstr(host), tried, now_ms);
    return parent ? parent->spec.host : "none";
}

static void fail_times(struct parent *p, int n)
{
    for (int i = 0; i < n; i++)
        parent_failed(p, "connect-refused");
}

#define THREE "parent = http://a:1, http://b:1, http://c:1, eu=socks5://d:1\n"

TEST(parents_choose__gives_each_its_turn)
{
    struct parents *p = make(THREE, NULL);
    assert_null(parents_group(p, SL_STR("us")));
    assert_string_equal(chosen(p, "eu", "x", 0, 0), "d");
    assert_string_equal(chosen(p, "eu", "x", 1 << 3, 0), "none");
    static const char *const turns[] = {"a", "b", "c", "a", "b", "c"};
    for (size_t i = 0; i < SL_COUNT(turns); i++)
        assert_string_equal(chosen(p, "default", "x", 0, 0), turns[i]);
    for (int i = 0; i < 6; i++)
        assert_string_not_equal(chosen(p, "default", "x", 1 << 1, 0), "b");
    parents_unref(&p);
}

TEST(parents_choose__takes_the_first_that_is_up)
{
    struct parents *p = make(THREE "parent_balance = first\n", NULL);
    assert_string_equal(chosen(p, "default", "x", 0, 0), "a");
    fail_times(&p->items[0], PARENT_DOWN_AFTER);
    assert_string_equal(chosen(p, "default", "x", 0, 0), "b");
    parent_worked(&p->items[0]);
    assert_string_equal(chosen(p, "default", "x", 0, 0), "a");
    parents_unref(&p);
}

TEST(parents_choose__keeps_a_host_where_it_is)
{
    struct parents *p = make(THREE "parent_balance = hash\n", NULL);
    unsigned moved = 0, count[256] = {0};
    const char *before[300];
    char host[32];
    for (int i = 0; i < 300; i++) {
        snprintf(host, sizeof host, "host%d.test", i);
        before[i] = chosen(p, "default", host, 0, 0);
        assert_string_equal(chosen(p, "default", host, 0, 0), before[i]);
        count[(uint8_t)*before[i]]++;
    }
    assert_true(count['a'] > 50 && count['b'] > 50 && count['c'] > 50);
    fail_times(&p->items[1], PARENT_DOWN_AFTER);
    for (int i = 0; i < 300; i++) {
        snprintf(host, sizeof host, "host%d.test", i);
        moved += strcmp(chosen(p, "default", host, 0, 0), before[i]) != 0;
    }
    assert_int_equal(moved, count['b']);
    parents_unref(&p);
}

TEST(parents__go_down_and_come_back)
{
    struct parents *p = make("parent = http://a:1\n", NULL);
    struct parent *a = &p->items[0];
    fail_times(a, PARENT_DOWN_AFTER - 1);
    parent_worked(a); /* not in a row */
    fail_times(a, PARENT_DOWN_AFTER - 1);
    assert_string_equal(chosen(p, "default", "x", 0, 0), "a");
    for (int i = 0; i < 10; i++)
        parent_refused(a, "refused-login"); /* the machine is there */
    assert_string_equal(chosen(p, "default", "x", 0, 0), "a");
    parent_checked(a, false, "connect-timeout");
    assert_string_equal(chosen(p, "default", "x", 0, INT64_MAX),
                        "none"); /* checks bring it back, no request */
    parent_checked(a, true, "open");
    parent_checked(a, false, "connect-timeout");
    parent_checked(a, true, "open");
    assert_string_equal(chosen(p, "default", "x", 0, 0), "none");
    parent_checked(a, true, "open");
    assert_string_equal(chosen(p, "default", "x", 0, 0), "a");
    parents_unref(&p);
}

TEST(parents__without_checks_are_tried_by_one_request_at_a_time)
{
    struct parents *p = make("parent = http://a:1\nparent_check = 0s\n", NULL);
    struct parent *a = &p->items[0];
    fail_times(a, PARENT_DOWN_AFTER);
    int64_t at = atomic_load(&a->health.tried_ms) + PARENT_REST_MS;
    assert_string_equal(chosen(p, "default", "x", 0, at - 1), "none");
    assert_string_equal(chosen(p, "default", "x", 0, at), "a");
    assert_string_equal(chosen(p, "default", "x", 0, at + 1), "none");
    assert_string_equal(chosen(p, "default", "x", 0, at + PARENT_REST_MS), "a");
    parents_unref(&p);
}

TEST(parents_new__keeps_the_standing_of_those_that_stay)
{
    struct parents *p = make("parent = http://u:one@a:1, http://b:1\n", NULL);
    fail_times(&p->items[0], PARENT_DOWN_AFTER);
    struct parents *next = make("parent = http://c:1, http://u:two@a:1\n", p);
    assert_string_not_equal(next->items[1].key, p->items[0].key);
    parents_unref(&p);
    for (int i = 0; i < 4; i++)
        assert_string_equal(chosen(next, "default", "x", 0, 0), "c");
    assert_string_equal(next->items[1].authorization.p, "Basic dTp0d28=");
    parents_unref(&next);
}

TEST(parents__tell_no_password)
{
    struct parents *p =
        make("parent = eu=http://user:secret@a:1, socks5://user:secret@[2001:db8::1]:2\n", NULL);
    struct sl_text metrics = {0};
    json_t *status = parents_status(p);
    char *text = json_dumps(status, 0);
    parents_metrics(p, &metrics);
    assert_null(strstr(text, "secret"));
    assert_null(strstr(text, "user"));
    assert_non_null(strstr(text, "socks5://[2001:db8::1]:2"));
    assert_null(strstr(metrics.p, "secret"));
    assert_non_null(strstr(metrics.p, "sluice_parent_up{parent=\"eu\",url=\"http://a:1\"} 1\n"));
    free(text);
    json_decref(status);
    sl_text_fini(&metrics);
    parents_unref(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parents_choose__gives_each_its_turn),
        cmocka_unit_test(parents_choose__takes_the_first_that_is_up),
        cmocka_unit_test(parents_choose__keeps_a_host_where_it_is),
        cmocka_unit_test(parents__go_down_and_come_back),
        cmocka_unit_test(parents__without_checks_are_tried_by_one_request_at_a_time),
        cmocka_unit_test(parents_new__keeps_the_standing_of_those_that_stay),
        cmocka_unit_test(parents__tell_no_password),
    };
    sl_log_level(SL_LOG_ERROR);
    return cmocka_run_group_tests_name("proxy/parent/parents", tests, NULL, NULL);
}

/* test_confirm.c - unit tests of policy/store/confirm.c: versions that go back by themselves. */
#include "tests/support/cmocka_all.h"

#include <unistd.h>

#include "sluice/clock.h"
#include "support.h"

#define EMPTY "'schema': 1, 'default': {'then': 'allow'}"
enum { MINUTE_MS = 60000 };
static const char blocking[] = "{" EMPTY ", 'rules': [{'id': 'all', 'if': {}, 'then': 'block'}]}";
static const char warning[] = "{" EMPTY ", 'rules': [{'id': 'all', 'if': {}, 'then': 'warn'}]}";
static const struct actor ben = {.name = {"ben", 3}, .source = {"::1", 3}};

static int64_t apply(struct store *s, const char *quoted, int64_t confirm_ms)
{
    struct policy_commit c = {.by = &tester, .confirm_ms = confirm_ms};
    struct sl_err err = {0};
    int64_t version = 0;
    json_t *doc = json_of(quoted);
    if (!store_policy_commit(s, doc, &c, -1, &version, NULL, &err))
        fail_msg("%s", err.msg);
    json_decref(doc);
    return version;
}

static int64_t tick(struct store *s, int64_t after_ms)
{
    struct sl_err err = {0};
    int64_t version;
    if (!store_policy_tick(s, sl_wall_us() + after_ms * 1000, &version, &err))
        fail_msg("%s", err.msg);
    return version;
}

static int64_t waiting(struct store *s, const char *key)
{
    json_t *o = store_policy_unconfirmed(s, sl_wall_us());
    int64_t value = json_integer_value(json_object_get(o, key));
    json_decref(o);
    return value;
}

/* The newest row of the change log; the newest version's document is `quoted`. */
static void assert_newest(struct store *s, const char *action, const char *actor, const char *quoted)
{
    struct change_filter f = {.limit = 1};
    json_t *rows = NULL, *doc = NULL, *expected = json_of(quoted);
    assert_true(store_changes(s, &f, &rows, NULL) && store_policy_get(s, 0, &doc, NULL));
    const json_t *row = json_array_get(rows, 0);
    assert_string_equal(json_string_value(json_object_get(row, "action")), action);
    assert_string_equal(json_string_value(json_object_get(row, "actor")), actor);
    assert_true(json_equal(doc, expected));
    json_decref(rows);
    json_decref(doc);
    json_decref(expected);
}

static void confirm__goes_back_when_nobody_confirms(void **state)
{
    struct fixture *f = *state;
    apply(f->store, blocking, 0);
    assert_int_equal(apply(f->store, warning, 5 * MINUTE_MS), 3);
    assert_int_equal(waiting(f->store, "version"), 3);
    assert_int_equal(waiting(f->store, "restores"), 2);
    assert_in_range(waiting(f->store, "left_s"), 295, 300);
    assert_int_equal(tick(f->store, 4 * MINUTE_MS), 0);
    assert_int_equal(tick(f->store, 5 * MINUTE_MS + 1), 4);
    assert_newest(f->store, "policy.revert", "gateway", blocking);
    assert_int_equal(store_policy_version(f->store), 4);
    assert_int_equal(waiting(f->store, "version"), 0);
    assert_int_equal(tick(f->store, 60 * MINUTE_MS), 0);
}

static void confirm__makes_it_stay(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    apply(f->store, blocking, MINUTE_MS);
    assert_false(store_policy_confirm(f->store, 1, SL_STR(""), &ben, &err));
    assert_int_equal(err.code, SL_CONFLICT);
    assert_true(store_policy_confirm(f->store, 2, SL_STR("works"), &ben, &err));
    assert_newest(f->store, "policy.confirm", "ben", blocking);
    assert_int_equal(tick(f->store, 2 * MINUTE_MS), 0);
    assert_false(store_policy_confirm(f->store, 2, SL_STR(""), &ben, &err));
    assert_string_equal(err.msg, "no version waits to be confirmed");
}

static void confirm__comes_with_a_commit_that_stays(void **state)
{
    struct fixture *f = *state;
    apply(f->store, blocking, MINUTE_MS);
    assert_int_equal(apply(f->store, warning, 0), 3);
    assert_int_equal(waiting(f->store, "version"), 0);
    assert_int_equal(tick(f->store, 2 * MINUTE_MS), 0);
    struct change_filter all = {.action = SL_STR("policy.confirm"), .limit = 10};
    json_t *rows = NULL;
    assert_true(store_changes(f->store, &all, &rows, NULL));
    assert_int_equal(json_array_size(rows), 1);
    json_decref(rows);
}

/* What comes back is the last version that stayed, not one that waited too. */
static void confirm__goes_back_over_all_that_waited(void **state)
{
    struct fixture *f = *state;
    apply(f->store, blocking, 0);
    apply(f->store, warning, MINUTE_MS);
    apply(f->store, "{" EMPTY ", 'note': 'third'}", 10 * MINUTE_MS);
    assert_int_equal(waiting(f->store, "restores"), 2);
    assert_int_equal(tick(f->store, 2 * MINUTE_MS), 0);
    assert_int_equal(tick(f->store, 11 * MINUTE_MS), 5);
    assert_newest(f->store, "policy.revert", "gateway", blocking);
}

/* Even to the same document, so that history shows that it happened. */
static void confirm__goes_back_to_an_equal_document(void **state)
{
    struct fixture *f = *state;
    apply(f->store, blocking, 0);
    apply(f->store, warning, MINUTE_MS);
    apply(f->store, blocking, MINUTE_MS);
    assert_int_equal(tick(f->store, 2 * MINUTE_MS), 5);
    assert_newest(f->store, "policy.revert", "gateway", blocking);
}

static void confirm__waits_through_a_restart(void **state)
{
    struct fixture *f = *state;
    apply(f->store, blocking, 5 * MINUTE_MS);
    reopen(f);
    assert_int_equal(store_policy_version(f->store), 2);
    assert_int_equal(waiting(f->store, "version"), 2);
    assert_int_equal(tick(f->store, 6 * MINUTE_MS), 3);
    assert_newest(f->store, "policy.revert", "gateway", "{" EMPTY "}");
}

static void confirm__goes_back_at_a_start_that_comes_too_late(void **state)
{
    struct fixture *f = *state;
    apply(f->store, blocking, 1);
    usleep(2000);
    reopen(f);
    assert_int_equal(store_policy_version(f->store), 3);
    assert_newest(f->store, "policy.revert", "gateway", "{" EMPTY "}");
}

static void confirm__goes_back_past_a_test_that_fails_now(void **state)
{
    struct fixture *f = *state;
    static const char tested[] =
        "{" EMPTY ", 'categories': {'c': {'hosts': ['c.example']}}, 'tests': [{'url': 'http://c.example/',"
        " 'expect': 'allow', 'at': '2026-11-23T10:00:00Z'}]}";
    apply(f->store, tested, 0);
    apply(f->store, blocking, MINUTE_MS);
    assert_int_equal(tick(f->store, 2 * MINUTE_MS), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(confirm__goes_back_when_nobody_confirms),
                                       CASE(confirm__makes_it_stay),
                                       CASE(confirm__comes_with_a_commit_that_stays),
                                       CASE(confirm__goes_back_over_all_that_waited),
                                       CASE(confirm__goes_back_to_an_equal_document),
                                       CASE(confirm__waits_through_a_restart),
                                       CASE(confirm__goes_back_at_a_start_that_comes_too_late),
                                       CASE(confirm__goes_back_past_a_test_that_fails_now)};
    return cmocka_run_group_tests_name("policy/store/confirm", tests, NULL, NULL);
}

/* test_changes.c - the change log: entries of its own, and looking for them. */
#include "tests/support/cmocka_all.h"

#include "sluice/clock.h"
#include "support.h"

static const struct actor other = {{"other", 5}, {"192.0.2.2", 9}};

static void note(struct store *s, const struct actor *by, const char *action, const char *subject)
{
    struct sl_err err = {0};
    if (!store_change_note(s, by, action, sl_cstr(subject), json_pack("{s:i}", "n", 1), NULL, &err))
        fail_msg("%s", err.msg);
}

/* The subjects of the chosen entries, newest first. */
static void expect(struct store *s, struct change_filter filter, const char *subjects)
{
    json_t *rows, *row;
    struct sl_text got = {0};
    struct sl_err err = {0};
    size_t i;
    filter.limit = filter.limit ? filter.limit : 100;
    if (!store_changes(s, &filter, &rows, &err))
        fail_msg("%s", err.msg);
    sl_text_add(&got, SL_STR(""));
    json_array_foreach(rows, i, row)
        sl_text_addf(&got, "%s%s", i ? " " : "", json_string_value(json_object_get(row, "subject")));
    assert_string_equal(got.n ? got.p : "", subjects);
    sl_text_fini(&got);
    json_decref(rows);
}

static void note__is_an_entry_like_any(void **state)
{
    struct fixture *f = *state;
    json_t *rows;
    note(f->store, &tester, "quota.reset", "alice");
    assert_true(store_changes(f->store, &(struct change_filter){.limit = 1}, &rows, NULL));
    json_t *row = json_array_get(rows, 0);
    assert_string_equal(json_string_value(json_object_get(row, "actor")), "tester");
    assert_string_equal(json_string_value(json_object_get(row, "source")), "192.0.2.1");
    assert_string_equal(json_string_value(json_object_get(row, "action")), "quota.reset");
    assert_string_equal(json_string_value(json_object_get(row, "comment")), "");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(row, "before"), "n")), 1);
    assert_true(json_is_null(json_object_get(row, "after")));
    json_decref(rows);
}

static void filters__choose_together(void **state)
{
    struct fixture *f = *state;
    struct store *s = f->store; /* its first entry is policy.apply of version 1 */
    note(s, &tester, "list.add", "a");
    note(s, &other, "list.update", "b");
    note(s, &tester, "lists.odd", "c");
    note(s, &tester, "list", "d");
    expect(s, (struct change_filter){0}, "d c b a 1");
    expect(s, (struct change_filter){.limit = 2}, "d c");
    expect(s, (struct change_filter){.actor = SL_STR("tester")}, "d c a");
    expect(s, (struct change_filter){.action = SL_STR("list")}, "d b a");
    expect(s, (struct change_filter){.action = SL_STR("list.add")}, "a");
    expect(s, (struct change_filter){.action = SL_STR("lis")}, "");
    expect(s, (struct change_filter){.subject = SL_STR("b")}, "b");
    expect(s, (struct change_filter){.actor = SL_STR("tester"), .subject = SL_STR("b")}, "");
    expect(s, (struct change_filter){.actor = SL_STR("' OR 1=1 --")}, "");
    expect(s, (struct change_filter){.before = 3}, "a 1");
}

static void filters__bound_the_time(void **state)
{
    struct fixture *f = *state;
    int64_t now_us = sl_wall_us();
    expect(f->store, (struct change_filter){.from_us = now_us - 3600000000}, "1");
    expect(f->store, (struct change_filter){.from_us = now_us + 3600000000}, "");
    expect(f->store, (struct change_filter){.to_us = now_us - 3600000000}, "");
    expect(f->store, (struct change_filter){.to_us = now_us + 3600000000}, "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(note__is_an_entry_like_any), CASE(filters__choose_together),
                                       CASE(filters__bound_the_time)};
    return cmocka_run_group_tests_name("policy/store/changes", tests, NULL, NULL);
}

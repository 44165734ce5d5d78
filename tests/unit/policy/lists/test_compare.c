/* test_compare.c - unit tests of policy/lists/compare.c. */
#include "lists_fixture.h"

/* The normalised file of a list, which the fixture frees; NULL for "". */
static const char *list_of(struct fixture *f, const char *name, const char *text)
{
    if (!*text)
        return NULL;
    fixture_list(f, name, "plain", text);
    return f->sources[f->count - 1].file;
}

static void compare__counts_each_entry_once(void **state)
{
    static const struct {
        const char *old, *new;
        unsigned added, removed;
        const char *added_example, *removed_example;
    } cases[] = {
        {"a.example\nb.example\n", "b.example\na.example\n", 0, 0, NULL, NULL},
        {"a.example\nb.example\n", "b.example\nc.example\n", 1, 1, "c.example", "a.example"},
        {"a.example\na.example\n", "c.example\nc.example\n", 1, 1, "c.example", "a.example"},
        {"", "a.example\nb.example\n", 2, 0, "a.example", NULL},
        {"a.example\nb.example\n", "", 0, 2, NULL, "a.example"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct fixture f;
        struct list_delta delta = {0};
        struct sl_err err = {0};
        fixture_init(&f);
        const char *old = list_of(&f, "old", cases[i].old), *new = list_of(&f, "new", cases[i].new);
        if (!list_compare(old, new, &delta, &err))
            fail_msg("%s", err.msg);
        assert_int_equal(delta.added, cases[i].added);
        assert_int_equal(delta.removed, cases[i].removed);
        assert_int_equal(delta.added_shown, cases[i].added);
        assert_int_equal(delta.removed_shown, cases[i].removed);
        if (cases[i].added_example)
            assert_string_equal(delta.added_examples[0], cases[i].added_example);
        if (cases[i].removed_example)
            assert_string_equal(delta.removed_examples[0], cases[i].removed_example);
        list_delta_fini(&delta);
        fixture_fini(&f);
    }
}

static char *many(int from, int to)
{
    struct sl_text text = {0};
    for (int i = from; i < to; i++)
        sl_text_addf(&text, "h%d.example\n", i);
    return text.p;
}

static void compare__adds_up_and_shows_ten(void **state)
{
    struct fixture f;
    struct list_delta delta = {0};
    SL_CLEANUP(sl_freep) char *a = many(0, 5000);
    SL_CLEANUP(sl_freep) char *b = many(3000, 9000);
    fixture_init(&f);
    const char *old = list_of(&f, "old", a), *new = list_of(&f, "new", b);
    assert_true(list_compare(old, new, &delta, NULL));
    assert_int_equal(delta.added, 4000);
    assert_int_equal(delta.removed, 3000);
    assert_true(list_compare(old, new, &delta, NULL)); /* another part of the same copy */
    assert_int_equal(delta.added, 8000);
    assert_int_equal(delta.removed, 6000);
    assert_int_equal(delta.added_shown, LIST_EXAMPLES);
    assert_int_equal(delta.removed_shown, LIST_EXAMPLES);
    list_delta_fini(&delta);
    struct sl_err err = {0};
    assert_false(list_compare("/nowhere", new, &delta, &err));
    assert_int_equal(err.code, SL_NOT_FOUND);
    list_delta_fini(&delta);
    fixture_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(compare__counts_each_entry_once),
                                       cmocka_unit_test(compare__adds_up_and_shows_ten)};
    return cmocka_run_group_tests_name("policy/lists/compare", tests, NULL, NULL);
}

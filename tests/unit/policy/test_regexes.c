/* test_regexes.c - unit tests of policy/regexes.c. */
#include "tests/support/cmocka_all.h"

#include "policy/pattern_code.h"
#include "sluice/policy.h"

static const char policy[] =
    "{\"schema\":1,\"default\":{\"then\":\"allow\"},"
    "\"categories\":{\"ads\":{\"regex\":[\"/ads/serve\",\"^[a-z]+://"
    "x\"]},\"one\":{\"regex\":[\"[0-9]{7}\"]}},"
    "\"rules\":[{\"id\":\"a\",\"if\":{\"regex\":[\"/ads/serve\"]},\"then\":\"block\"},"
    "{\"id\":\"off\",\"enabled\":false,\"if\":{\"regex\":[\"offoff\"]},\"then\":\"block\"},"
    "{\"id\":\"b\",\"if\":{},\"unless\":{\"regex\":[\"keep\",\"([a-z]+)*=1$\"]},\"then\":\"block\"}],"
    "\"headers\":[{\"id\":\"h\",\"if\":{\"regex\":[\"/head/\"]},\"remove\":[\"X-A\"]}]}";

static int64_t ticks(void)
{
    static int64_t now;
    return now += 1000;
}

static json_t *parse(const char *text)
{
    json_t *doc = json_loads(text, 0, NULL);
    assert_non_null(doc);
    return doc;
}

/* A policy with these regexes (JSON) in a category. */
static json_t *with(const char *regexes)
{
    json_t *list = parse(regexes);
    return json_pack("{s:i, s:{s:s}, s:{s:{s:o}}}", "schema", 1, "default", "then", "allow", "categories",
                     "c", "regex", list);
}

static int64_t number(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

TEST(snapshot_regexes__lists_each_once_with_where_it_stands)
{
    json_t *doc = parse(policy);
    struct policy_faults faults = {0};
    struct snapshot *s = snapshot_compile(doc, NULL, 1, &faults);
    assert_non_null(s);
    json_t *all = snapshot_regexes(s, ticks, 100), *few = snapshot_regexes(s, ticks, 2), *item, *serve = NULL;
    size_t i;
    assert_int_equal(number(all, "count"), 6);
    assert_int_equal(number(all, "always"), 2);
    assert_int_equal(number(all, "heavy"), 1);
    assert_int_equal(json_array_size(json_object_get(all, "items")), 6);
    assert_int_equal(json_array_size(json_object_get(few, "items")), 2);
    json_array_foreach(json_object_get(all, "items"), i, item)
    {
        const char *text = json_string_value(json_object_get(item, "pattern"));
        assert_string_not_equal(text, "offoff");
        if (strcmp(text, "/ads/serve") == 0)
            serve = item;
    }
    item = json_array_get(json_object_get(all, "items"), 0);
    assert_string_equal(json_string_value(json_object_get(item, "pattern")), "([a-z]+)*=1$");
    assert_string_equal(json_string_value(json_object_get(json_object_get(item, "cost"), "class")), "heavy");
    json_t *users = json_object_get(serve, "used_by");
    assert_int_equal(json_array_size(users), 2);
    assert_string_equal(json_string_value(json_object_get(serve, "literal")), "/ads/serve");
    json_decref(all);
    json_decref(few);
    snapshot_unref(&s);
    json_decref(doc);
    policy_faults_fini(&faults);
    assert_int_equal(pattern_code_count(), 0);
}

TEST(policy_refuse_regexes__lets_stay_what_is_there)
{
    json_t *before = with("[\"^(.+)+[#~]\"]"), *same = with("[\"fine\",\"^(.+)+[#~]\"]"),
           *other = with("[\"fine\",\"^(.+)+[#^]\"]");
    struct policy_faults faults = {0};
    assert_true(policy_refuse_regexes(same, before, &faults));
    assert_false(policy_refuse_regexes(other, before, &faults));
    assert_false(policy_refuse_regexes(before, NULL, &faults));
    assert_int_equal(faults.count, 2);
    assert_string_equal(faults.items[0].pointer, "/categories/c/regex/1");
    assert_non_null(strstr(faults.items[0].message, "regex '^(.+)+[#^]' backtracks up to its limit"));
    policy_faults_fini(&faults);
    json_decref(before);
    json_decref(same);
    json_decref(other);
}

TEST(policy_refuse_regexes__bounds_those_that_always_run)
{
    json_t *list = json_array();
    struct policy_faults faults = {0};
    for (int i = 0; i < 1025; i++)
        json_array_append_new(list, json_sprintf("x[0-9]{%d}", i + 1));
    json_t *doc = json_pack("{s:{s:{s:o}}}", "categories", "c", "regex", list);
    assert_false(policy_refuse_regexes(doc, NULL, &faults));
    assert_int_equal(faults.count, 1);
    assert_non_null(strstr(faults.items[0].message, "1025 regexes have no fixed text"));
    assert_true(policy_refuse_regexes(doc, doc, &faults));
    json_array_remove(list, 0);
    assert_true(policy_refuse_regexes(doc, NULL, &faults));
    policy_faults_fini(&faults);
    json_decref(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(snapshot_regexes__lists_each_once_with_where_it_stands),
        cmocka_unit_test(policy_refuse_regexes__lets_stay_what_is_there),
        cmocka_unit_test(policy_refuse_regexes__bounds_those_that_always_run),
    };
    return cmocka_run_group_tests_name("policy/regexes", tests, NULL, NULL);
}

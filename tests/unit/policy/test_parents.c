/* test_parents.c - unit tests of policy/parents.c, and of the way of a rule's `parent` into the verdict. */
#include "support.h"

static const char policy[] = "{'schema':1,'default':{'then':'allow'},'rules':["
                             "{'id':'a','if':{'host':['a.test']},'then':'allow','parent':'eu'},"
                             "{'id':'b','if':{'host':['b.test']},'then':'allow','parent':'gone'},"
                             "{'id':'off','enabled':false,'if':{},'then':'allow','parent':'off'},"
                             "{'id':'c','if':{'host':['c.test']},'then':'warn','parent':'direct'},"
                             "{'id':'d','if':{'host':['d.test']},'then':'allow'}]}";

static const char *const names[] = {"default", "eu"};

TEST(policy_refuse_parents__names_those_that_are_missing)
{
    json_t *doc = document(policy);
    struct policy_faults faults = {0};
    assert_false(policy_refuse_parents(doc, names, 2, &faults));
    assert_int_equal(faults.count, 2);
    assert_string_equal(faults.items[0].pointer, "/rules/1/parent");
    assert_string_equal(
        faults.items[0].message,
        "no parent proxy is called 'gone'; write default, eu, direct, or name it in proxy.parent "
        "of the settings");
    assert_string_equal(faults.items[1].pointer, "/rules/2/parent");
    policy_faults_fini(&faults);
    assert_true(policy_refuse_parents(doc, (const char *const[]){"eu", "gone", "off"}, 3, &faults));
    assert_int_equal(faults.count, 0);
    json_decref(doc);
}

TEST(policy_missing_parents__leaves_out_what_is_switched_off)
{
    json_t *doc = document(policy), *missing = policy_missing_parents(doc, names, 2),
           *expected = document("[{'index':1,'rule':'b','parent':'gone'}]");
    assert_true(json_equal(missing, expected));
    json_decref(missing);
    json_decref(expected);
    json_decref(doc);
}

TEST(policy_decide__says_the_parent_of_the_rule)
{
    static const struct {
        const char *url, *parent;
    } cases[] = {{"http://a.test/", "eu"},
                 {"http://c.test/", "direct"},
                 {"http://d.test/", ""},
                 {"http://e.test/", ""}};
    struct snapshot *s = compile(policy, NULL);
    struct policy_scratch *scratch = policy_scratch_new();
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct verdict v;
        policy_decide(s, scratch, facts_of(&(struct request){.url = cases[i].url}), &v);
        assert_true(sl_str_eq(v.parent, sl_cstr(cases[i].parent)));
    }
    policy_scratch_free(&scratch);
    snapshot_unref(&s);
}

TEST(policy_run_tests__can_expect_a_parent)
{
    static const struct {
        const char *test, *message;
    } cases[] = {
        {"'url':'http://a.test/','expect':'allow','parent':'eu'", NULL},
        {"'url':'http://d.test/','expect':'allow','parent':null", NULL},
        {"'url':'http://a.test/','expect':'allow','parent':null", "expected parent none, got eu"},
        {"'url':'http://d.test/','expect':'allow','parent':'eu'", "expected parent eu, got none"},
    };
    struct policy_scratch *scratch = policy_scratch_new();
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct policy_faults faults = {0};
        SL_CLEANUP(sl_text_fini) struct sl_text text = {0};
        sl_text_add(&text, sl_str(policy, sizeof policy - 2));
        sl_text_addf(&text, ",'tests':[{%s}]}", cases[i].test);
        struct snapshot *s = compile(text.p, NULL);
        assert_int_equal(policy_run_tests(s, scratch, 0, &faults, NULL), cases[i].message == NULL);
        if (cases[i].message)
            assert_string_equal(faults.items[0].message, cases[i].message);
        policy_faults_fini(&faults);
        snapshot_unref(&s);
    }
    policy_scratch_free(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policy_refuse_parents__names_those_that_are_missing),
        cmocka_unit_test(policy_missing_parents__leaves_out_what_is_switched_off),
        cmocka_unit_test(policy_decide__says_the_parent_of_the_rule),
        cmocka_unit_test(policy_run_tests__can_expect_a_parent),
    };
    return cmocka_run_group_tests_name("policy/parents", tests, NULL, NULL);
}

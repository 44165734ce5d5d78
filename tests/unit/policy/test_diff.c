/* test_diff.c - unit tests of policy/diff.c and schema.c. */
#include "tests/unit/policy/support.h"

#include <stdlib.h>

/* The changes as text: "op path before -> after". */
static void expect_diff(const char *before, const char *after, const char *expected)
{
    json_t *a = document(before), *b = document(after), *changes = policy_diff(a, b), *item;
    struct sl_text text = {0};
    size_t i;
    sl_text_add(&text, SL_STR(""));
    json_array_foreach(changes, i, item)
    {
        char *from =
            json_dumps(json_object_get(item, "before"), JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
        char *to =
            json_dumps(json_object_get(item, "after"), JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
        sl_text_addf(&text, "%s%s %s %s -> %s", i ? "\n" : "", json_string_value(json_object_get(item, "op")),
                     json_string_value(json_object_get(item, "path")), from ? from : "", to ? to : "");
        free(from);
        free(to);
    }
    if (strcmp(text.p ? text.p : "", expected) != 0)
        fail_msg("expected:\n%s\ngot:\n%s", expected, text.p ? text.p : "");
    sl_text_fini(&text);
    json_decref(changes);
    json_decref(a);
    json_decref(b);
}

TEST(policy_diff__speaks_of_rules_and_categories)
{
    static const struct {
        const char *before, *after, *expected;
    } cases[] = {
        {"{'schema':1}", "{'schema':1}", ""},
        {"{'schema':1}", "{'schema':1,'rules':[]}", ""},
        {"{'default':{'then':'allow'}}", "{'default':{'then':'block'}}",
         "change /default {\"then\":\"allow\"} -> {\"then\":\"block\"}"},
        {"{}", "{'timezone':'UTC'}", "add /timezone  -> \"UTC\""},
        {"{'networks':{'a':['::1'],'b':[]}}", "{'networks':{'a':['::2'],'c':[]}}",
         "remove /networks/b [] -> \nchange /networks/a [\"::1\"] -> [\"::2\"]\nadd /networks/c  -> []"},
        {"{'groups':{'a/b':[]}}", "{}", "remove /groups/a~1b [] -> "},
        {"{'rules':[{'id':'a'},{'id':'b'},{'id':'c'}]}", "{'rules':[{'id':'c'},{'id':'a'},{'id':'b'}]}",
         "move /rules/c 2 -> 0"},
        {"{'rules':[{'id':'a'},{'id':'b'},{'id':'c'}]}",
         "{'rules':[{'id':'b'},{'id':'c'},{'id':'a','then':'block'}]}",
         "change /rules/a {\"id\":\"a\"} -> {\"id\":\"a\",\"then\":\"block\"}\nmove /rules/a 0 -> 2"},
        {"{'rules':[{'id':'a'},{'id':'b'}]}", "{'rules':[{'id':'n'},{'id':'b'}]}",
         "remove /rules/a {\"id\":\"a\"} -> \nadd /rules/n  -> {\"id\":\"n\"}"},
        {"{'quotas':[{'id':'q','bytes':1}]}", "{'quotas':[{'id':'q','bytes':2}]}",
         "change /quotas/q {\"bytes\":1,\"id\":\"q\"} -> {\"bytes\":2,\"id\":\"q\"}"},
        {"{'inspection':{'default':'tunnel','rules':[{'id':'a'},{'id':'b'}]}}",
         "{'inspection':{'default':'inspect','rules':[{'id':'b'},{'id':'a'}]}}",
         "change /inspection/default \"tunnel\" -> \"inspect\"\nmove /inspection/rules/b 1 -> 0"},
        {"{'tests':[{'url':'a'},{'url':'b'}]}", "{'tests':[{'url':'b'},{'url':'c'},{'url':'b'}]}",
         "remove /tests/0 {\"url\":\"a\"} -> \nadd /tests/1  -> {\"url\":\"c\"}"},
        /* What is no policy is compared as it is. */
        {"{'rules':[1,2]}", "{'rules':[2,1]}", "change /rules [1,2] -> [2,1]"},
        {"{'rules':[{'id':'a'},{'id':'a'}]}", "{'rules':[{'id':'a'}]}",
         "change /rules [{\"id\":\"a\"},{\"id\":\"a\"}] -> [{\"id\":\"a\"}]"},
        {"{'rules':5}", "{}", "remove /rules 5 -> "},
        {"{'networks':[]}", "{'networks':{}}", "change /networks [] -> {}"},
        {"[]", "{}", "change / [] -> {}"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++)
        expect_diff(cases[i].before, cases[i].after, cases[i].expected);
}

static const char *text_of(const json_t *change, const char *key)
{
    return json_string_value(json_object_get(change, key));
}

TEST(policy_diff__says_each_change_in_a_sentence)
{
    static const struct {
        const char *before, *after, *kind, *id, *text;
    } cases[] = {
        {"{'default':{'then':'allow'}}", "{'default':{'then':'block'}}", "default", NULL,
         "The default changed: then is \"block\", was \"allow\""},
        {"{}", "{'timezone':'UTC'}", "timezone", NULL, "The time zone added"},
        {"{'groups':{'a':['x','y']}}", "{'groups':{'a':['y','z','z']}}", "group", "a",
         "Group 'a' changed: items gains \"z\" and loses \"x\""},
        {"{'networks':{'a':['::1','::2']}}", "{'networks':{'a':['::2','::1']}}", "network", "a",
         "Network 'a' changed: items is in another order"},
        {"{'rules':[{'id':'a','if':{'host':['x']},'then':'block'}]}",
         "{'rules':[{'id':'a','if':{'host':['x','y','z','v','w'],'user':['u']},'unless':{'port':[80]},"
         "'then':'warn','message':'no'}]}",
         "rule", "a",
         "Rule 'a' changed: if.host gains \"y\", \"z\", \"v\" and 1 more; if.user is [\"u\"]; then is "
         "\"warn\", was "
         "\"block\"; unless.port is [80]; and 1 more"},
        {"{'rules':[{'id':'a','enabled':false,'message':'m'}]}", "{'rules':[{'id':'a','enabled':true}]}",
         "rule", "a", "Rule 'a' changed: enabled is true, was false; message removed"},
        {"{'rules':[{'id':'a','throttle':'2Mbit/s'}]}",
         "{'rules':[{'id':'a','throttle':{'rate':'1Mbit/s','per':'all'}}]}", "rule", "a",
         "Rule 'a' changed: throttle is {\"rate\":\"1Mbit/s\",\"per\":\"all\"}, was \"2Mbit/s\""},
        {"{'rules':[{'id':'a','throttle':{'rate':'2Mbit/s'}}]}",
         "{'rules':[{'id':'a','throttle':{'rate':'1Mbit/s'}}]}", "rule", "a",
         "Rule 'a' changed: throttle.rate is \"1Mbit/s\", was \"2Mbit/s\""},
        {"{'rules':[{'id':'a'}]}", "{'rules':[{'id':'b','title':'B'},{'id':'a'}]}", "rule", "b",
         "Rule 'b' added at position 1"},
        {"{'rules':[{'id':'a'},{'id':'b'},{'id':'c'}]}", "{'rules':[{'id':'b'},{'id':'c'},{'id':'a'}]}",
         "rule", "a", "Rule 'a' moved from position 1 to 3"},
        {"{'tests':[{'url':'http://x/'}]}", "{}", "test", NULL, "Test of 'http://x/' removed"},
        {"{'inspection':{'default':'tunnel'}}", "{'inspection':{'default':'inspect'}}", "inspection", NULL,
         "/inspection/default changed: value is \"inspect\", was \"tunnel\""},
        {"{'rules':5}", "{}", "rule", NULL, "/rules removed"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        json_t *a = document(cases[i].before), *b = document(cases[i].after), *changes = policy_diff(a, b);
        const json_t *change = json_array_get(changes, 0), *id = json_object_get(change, "id");
        assert_int_equal(json_array_size(changes), 1);
        assert_string_equal(text_of(change, "text"), cases[i].text);
        assert_string_equal(text_of(change, "kind"), cases[i].kind);
        if (cases[i].id)
            assert_string_equal(json_string_value(id), cases[i].id);
        else
            assert_true(json_is_null(id));
        json_decref(changes);
        json_decref(a);
        json_decref(b);
    }
}

/* As many rules as a policy may have, one of them moved: one change, whichever it was. */
TEST(policy_diff__tells_a_moved_rule_as_one_move)
{
    json_t *before = json_array(), *a = json_object(), *b = json_object();
    for (int i = 0; i < 200; i++)
        json_array_append_new(before, json_pack("{s:o}", "id", json_sprintf("r%d", i)));
    json_object_set(a, "rules", before);
    static const size_t moves[][2] = {{0, 199}, {199, 0}, {100, 3}, {3, 100}, {50, 51}};
    for (size_t i = 0; i < SL_COUNT(moves); i++) {
        json_t *after = json_copy(before), *rule = json_incref(json_array_get(after, moves[i][0]));
        json_array_remove(after, moves[i][0]);
        json_array_insert_new(after, moves[i][1], rule);
        json_object_set_new(b, "rules", after);
        json_t *changes = policy_diff(a, b), *change = json_array_get(changes, 0);
        assert_int_equal(json_array_size(changes), 1);
        assert_string_equal(text_of(change, "op"), "move");
        size_t from = (size_t)json_integer_value(json_object_get(change, "from"));
        size_t to = (size_t)json_integer_value(json_object_get(change, "to"));
        bool as_done = from == moves[i][0] && to == moves[i][1];
        assert_true(as_done || (from == moves[i][1] && to == moves[i][0])); /* neighbours: either one */
        json_decref(changes);
    }
    json_decref(before);
    json_decref(a);
    json_decref(b);
}

TEST(policy_schema__knows_what_the_reader_knows)
{
    json_t *schema = policy_schema(), *defs = json_object_get(schema, "$defs");
    static const char *const paths[][2] = {
        {"condition", "user_agent"}, {"rule", "unless"}, {"quota", "warn_at"}, {"test", "expect"},
        {"category", "except"},      {"span", "days"},   {"header", "remove"}, {"rule", "note"},
        {"rule", "throttle"},        {"rule", "parent"}, {"test", "parent"},   {"throttle", "burst"}};
    assert_string_equal(json_string_value(json_object_get(schema, "$schema")),
                        "https://json-schema.org/draft/2020-12/schema");
    assert_non_null(json_object_get(json_object_get(schema, "properties"), "rules"));
    for (size_t i = 0; i < SL_COUNT(paths); i++)
        if (!json_object_get(json_object_get(json_object_get(defs, paths[i][0]), "properties"), paths[i][1]))
            fail_msg("%s has no %s", paths[i][0], paths[i][1]);
    json_decref(schema);
}

/* Each "$ref" leads to a definition. */
static void expect_references(const json_t *value, const json_t *defs)
{
    const char *key;
    json_t *member;
    size_t i;
    json_object_foreach((json_t *)value, key, member)
    {
        if (strcmp(key, "$ref") == 0 &&
            !json_object_get(defs, json_string_value(member) + strlen("#/$defs/")))
            fail_msg("%s leads nowhere", json_string_value(member));
        expect_references(member, defs);
    }
    if (json_is_array(value))
        json_array_foreach(value, i, member) expect_references(member, defs);
}

TEST(policy_schema__refers_only_to_what_it_defines)
{
    json_t *schema = policy_schema();
    expect_references(schema, json_object_get(schema, "$defs"));
    json_decref(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policy_diff__speaks_of_rules_and_categories),
        cmocka_unit_test(policy_diff__says_each_change_in_a_sentence),
        cmocka_unit_test(policy_diff__tells_a_moved_rule_as_one_move),
        cmocka_unit_test(policy_schema__knows_what_the_reader_knows),
        cmocka_unit_test(policy_schema__refers_only_to_what_it_defines),
    };
    return cmocka_run_group_tests_name("policy/diff", tests, NULL, NULL);
}

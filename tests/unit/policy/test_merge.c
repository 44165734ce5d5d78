/* test_merge.c - unit tests of policy/merge.c: what two people changed in one document, put together. */
#include "tests/unit/policy/support.h"

#include <stdlib.h>

static char *dump(const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    assert_non_null(text);
    for (char *c = text; *c; c++)
        if (*c == '"')
            *c = '\'';
    return text;
}

/* expected: the merged document, or the list of conflicts. */
static void expect_merge(const char *base, const char *mine, const char *theirs, const char *expected)
{
    json_t *b = document(base), *m = document(mine), *t = document(theirs), *conflicts = NULL;
    json_t *merged = policy_merge(b, m, t, &conflicts);
    char *got = dump(merged ? merged : conflicts);
    if (strcmp(got, expected) != 0)
        fail_msg("%s with %s\nexpected:\n%s\ngot:\n%s", mine, theirs, expected, got);
    free(got);
    json_decref(merged);
    json_decref(conflicts);
    json_decref(b);
    json_decref(m);
    json_decref(t);
}

#define A "{'id':'a'}"
#define B "{'id':'b'}"
#define C "{'id':'c'}"
#define D "{'id':'d'}"
#define A1 "{'id':'a','then':'allow'}"
#define A2 "{'id':'a','then':'block'}"
#define RULES(list) "{'rules':[" list "]}"

TEST(policy_merge__takes_what_one_side_changed)
{
    static const struct {
        const char *base, *mine, *theirs, *expected;
    } cases[] = {
        {"{'schema':1}", "{'schema':1}", "{'schema':1}", "{'schema':1}"},
        {"{'timezone':'UTC'}", "{}", "{'timezone':'UTC','note':'n'}", "{'note':'n'}"},
        {"{}", "{'default':{'then':'block'}}", "{'timezone':'UTC'}",
         "{'timezone':'UTC','default':{'then':'block'}}"},
        {RULES(A "," B), RULES(A1 "," B), RULES(A "," B "," C), RULES(A1 "," B "," C)},
        {RULES(A "," B), RULES(B), RULES(A "," B "," C), RULES(B "," C)},
        {RULES(A "," B), RULES(A "," C "," B), RULES(A "," B "," D), RULES(A "," C "," B "," D)},
        {RULES(A "," B), RULES(C "," A "," B), RULES(B), RULES(C "," B)},
        /* Both did the same. */
        {RULES(A), RULES(A1), RULES(A1), RULES(A1)},
        {RULES(A "," B), RULES(B), RULES(B), RULES(B)},
        /* What I moved goes behind what it stands behind in mine, also when that has gone. */
        {RULES(A "," B "," C), RULES(C "," A "," B), RULES(A "," B "," C "," D), RULES(C "," A "," B "," D)},
        {RULES(A "," B "," C), RULES(A "," C "," B), RULES(D "," A "," B "," C), RULES(D "," A "," C "," B)},
        {RULES(A "," B "," C), RULES(B "," C "," A), RULES(B "," D), RULES(B "," D)},
        {RULES(A "," B "," C "," D), RULES(B "," C "," A "," D), RULES(A "," B "," D), RULES(B "," A "," D)},
        {"{'groups':{'x':['a'],'y':[]}}", "{'groups':{'x':['a','b'],'y':[]}}",
         "{'groups':{'x':['a'],'z':[]}}", "{'groups':{'x':['a','b'],'z':[]}}"},
        {"{'groups':{'x':[]}}", "{}", "{'groups':{'x':[]},'schema':1}", "{'groups':{},'schema':1}"},
        {"{'inspection':{'default':'tunnel','rules':[" A "]}}",
         "{'inspection':{'default':'inspect','rules':[" A "]}}",
         "{'inspection':{'default':'tunnel','rules':[" A "," B "]}}",
         "{'inspection':{'default':'inspect','rules':[" A "," B "]}}"},
        {"{'tests':[{'url':'a'},{'url':'b'}]}", "{'tests':[{'url':'b'},{'url':'c'}]}",
         "{'tests':[{'url':'a'},{'url':'b'},{'url':'d'},{'url':'c'}]}",
         "{'tests':[{'url':'b'},{'url':'d'},{'url':'c'}]}"},
        /* What is no policy is taken whole. */
        {"{'rules':5}", "{'rules':5}", "{'rules':[1]}", "{'rules':[1]}"},
        {"{'groups':[]}", "{'groups':{}}", "{'groups':[]}", "{'groups':{}}"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++)
        expect_merge(cases[i].base, cases[i].mine, cases[i].theirs, cases[i].expected);
}

TEST(policy_merge__names_what_both_sides_changed)
{
    static const struct {
        const char *base, *mine, *theirs, *expected;
    } cases[] = {
        {RULES(A), RULES(A1), RULES(A2), "['/rules/a']"},
        {RULES(A), RULES(), RULES(A2), "['/rules/a']"},
        {RULES(A), RULES(A1), RULES(), "['/rules/a']"},
        {RULES(), RULES(A1), RULES(A2), "['/rules/a']"},
        {"{'groups':{'x/y':[]}}", "{'groups':{'x/y':['a']}}", "{'groups':{'x/y':['b']}}", "['/groups/x~1y']"},
        {"{'default':{'then':'allow'}}", "{'default':{'then':'block'}}", "{}", "['/default']"},
        {"{'inspection':{'rules':[" A "]}}", "{'inspection':{'rules':[" A1 "]}}",
         "{'inspection':{'rules':[" A2 "]}}", "['/inspection/rules/a']"},
        {RULES("1"), RULES("2"), RULES("3"), "['/rules']"},
        {RULES(A "," A), RULES(A), RULES(B), "['/rules']"},
        /* Moved by both to different places. */
        {RULES(A "," B "," C "," D), RULES(B "," C "," A "," D), RULES(B "," C "," D "," A), "['/rules/a']"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++)
        expect_merge(cases[i].base, cases[i].mine, cases[i].theirs, cases[i].expected);
}

/* Every way to be random is repeatable. */
static uint32_t random_state = 20261126;

static uint32_t pick(uint32_t n)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % n;
}

static json_t *random_rules(const json_t *from)
{
    json_t *list = from ? json_copy((json_t *)from) : json_array();
    for (uint32_t i = 0, edits = from ? pick(4) : 12; i < edits; i++) {
        size_t count = json_array_size(list);
        if (from && count > 0 && pick(2)) {
            json_t *rule = json_incref(json_array_get(list, pick((uint32_t)count)));
            size_t at = 0;
            while (json_array_get(list, at) != rule)
                at++;
            json_array_remove(list, at);
            if (pick(3))
                json_array_insert(list, pick((uint32_t)count), rule);
            json_decref(rule);
        } else {
            json_array_insert_new(list, pick((uint32_t)count + 1),
                                  json_pack("{s:o}", "id", json_sprintf("r%u", pick(1u << 24))));
        }
    }
    return list;
}

/* Nobody else changed anything: mine. I changed nothing: theirs. And nothing is there twice. */
TEST(policy_merge__with_one_idle_side_is_the_other)
{
    json_t *conflicts;
    for (int i = 0; i < 2000; i++) {
        json_t *rules = random_rules(NULL), *base = json_pack("{s:O}", "rules", rules);
        json_t *mine = json_pack("{s:o}", "rules", random_rules(rules));
        json_t *theirs = json_pack("{s:o}", "rules", random_rules(rules));
        json_t *a = policy_merge(base, mine, base, &conflicts),
               *b = policy_merge(base, base, theirs, &conflicts);
        assert_true(json_equal(a, mine));
        assert_true(json_equal(b, theirs));
        json_t *both = policy_merge(base, mine, theirs, &conflicts);
        json_t *changes =
            both ? policy_diff(both, both) : NULL; /* whole lists differ where an id is there twice */
        assert_int_equal(json_array_size(changes), 0);
        json_decref(both ? both : conflicts);
        json_decref(changes);
        json_decref(a);
        json_decref(b);
        json_decref(base);
        json_decref(rules);
        json_decref(mine);
        json_decref(theirs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policy_merge__takes_what_one_side_changed),
        cmocka_unit_test(policy_merge__names_what_both_sides_changed),
        cmocka_unit_test(policy_merge__with_one_idle_side_is_the_other),
    };
    return cmocka_run_group_tests_name("policy/merge", tests, NULL, NULL);
}

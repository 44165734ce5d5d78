/* test_snapshot.c - unit tests of what a snapshot tells (policy/snapshot.c), of its tests (selftest.c) and of
 * swapping it while threads decide (live.c). */
#include "tests/unit/policy/support.h"

#include <pthread.h>
#include <stdio.h>

#include "policy/snapshot.h"

static const char *const list_names[] = {"bad", NULL};
static const struct fake_entry list_entries[] = {{"bad", "bad.example", NULL}};
static struct fake_lists lists;

static int set_up(void **state)
{
    fake_lists_init(&lists, list_names, list_entries, SL_COUNT(list_entries));
    return 0;
}

static int tear_down(void **state)
{
    return lists.refs == 1 ? 0 : -1;
}

TEST(snapshot_compile__gives_faults_and_nothing_else_for_a_bad_document)
{
    json_t *doc =
        document("{'schema':1,'categories':{'a':{'lists':['bad','none']}},'rules':[{'id':'x','then':'no'}]}");
    struct policy_faults faults = {0};
    assert_null(snapshot_compile(doc, &lists.provider, 1, &faults));
    assert_int_equal(faults.count, 2);
    assert_string_equal(faults.items[0].pointer, "/categories/a/lists/1");
    policy_faults_fini(&faults);
    json_decref(doc);
    assert_int_equal(lists.refs, 1);
}

TEST(snapshot__outlives_the_document_it_was_made_of)
{
    json_t *doc = document(
        "{'schema':1,'categories':{'a':{'title':'Eh','lists':['bad']},'b':{}},"
        "'groups':{'g':['alice'],'h':['bob','alice','alice']},'rules':[{'id':'r1','then':'block'}]}");
    struct policy_faults faults = {0};
    struct snapshot *s = snapshot_compile(doc, &lists.provider, 42, &faults), *second = snapshot_ref(s);
    json_object_clear(doc);
    json_decref(doc);
    assert_int_equal(lists.refs, 2);
    assert_true(snapshot_version(s) == 42);
    assert_true(sl_str_eq(snapshot_category_title(s, 0), SL_STR("Eh")));
    assert_true(sl_str_eq(snapshot_category_title(s, 1), SL_STR("b")));
    assert_true(sl_str_eq(snapshot_category_title(s, 2), SL_STR("Uncategorised")));
    assert_true(snapshot_rule_count(s) == 1 && sl_str_eq(snapshot_rule_id(s, 0), SL_STR("r1")));
    assert_non_null(json_object_get(snapshot_document(s), "groups"));
    assert_false(snapshot_needs_user(s));
    struct sl_str groups[4];
    assert_int_equal(snapshot_groups_of(s, SL_STR("alice"), groups, 4), 2);
    assert_true(sl_str_eq(groups[0], SL_STR("g")) && sl_str_eq(groups[1], SL_STR("h")));
    assert_int_equal(snapshot_groups_of(s, SL_STR("alice"), groups, 1), 1);
    assert_int_equal(snapshot_groups_of(s, SL_STR("eve"), groups, 4), 0);
    snapshot_unref(&s);
    assert_null(s);
    snapshot_unref(&s);
    snapshot_unref(&second);
    assert_int_equal(lists.refs, 1);
}

/* What is off is read for its faults, and is nothing more: no pattern, entry or name of it is in the tables
 * that a request is looked up in, and nobody is asked who they are because of it. */
TEST(snapshot__has_nothing_of_rules_that_are_switched_off)
{
    static const char before[] =
        "{'schema':1,'networks':{'lan':['10.0.0.0/8']},'rules':[{'id':'off','enabled':";
    static const char after[] =
        ",'if':{'regex':['x[0-9]'],"
        "'host':['a.example'],'url':['b.example/c'],'user':['alice'],'extension':['iso'],'address':['::1'],"
        "'network':['lan']},'unless':{'host':['d.example']},'then':'block'}]}";
    static const struct {
        const char *enabled;
        size_t count, entries;
    } cases[] = {{"true", 1, 3}, {"false", 0, 0}};
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        SL_CLEANUP(sl_text_fini) struct sl_text text = {0};
        sl_text_addf(&text, "%s%s%s", before, cases[i].enabled, after);
        struct snapshot *s = compile(text.p, NULL);
        assert_int_equal(pattern_set_count(s->doc.patterns), cases[i].count);
        assert_int_equal(s->doc.overlay_bits - 2 * 64 * s->doc.category_words, cases[i].entries);
        assert_int_equal(s->doc.users.count, cases[i].count);
        assert_int_equal(s->doc.extensions.count, cases[i].count);
        assert_int_equal(s->doc.address_count, cases[i].count);
        assert_int_equal(snapshot_needs_user(s), cases[i].count);
        assert_int_equal(snapshot_rule_count(s), 1);
        snapshot_unref(&s);
    }
}

TEST(snapshot_quota_window__uses_the_time_zone_of_the_policy)
{
    struct snapshot *s = compile("{'schema':1,'timezone':'Asia/Tokyo'}", NULL);
    const struct quota_def day = {.window = QUOTA_DAY},
                           rolling = {.window = QUOTA_ROLLING, .rolling_s = 86400};
    int64_t start, end;
    snapshot_quota_window(s, &day, 1795424400, &start, &end); /* 2026-11-23T09:00Z: 18:00 in Tokyo */
    assert_true(start == 1795359600 && end == start + 86400);
    snapshot_quota_window(s, &rolling, 1795424400, &start, &end);
    assert_true(start <= 1795424400 && end > 1795424400 && end - start == 86400 / QUOTA_STEPS);
    snapshot_unref(&s);
}

TEST(snapshot_next_change__is_the_first_of_schedules_and_validities)
{
    struct snapshot *s = compile(
        "{'schema':1,'timezone':'UTC','schedules':{'a':{'spans':[{'days':'mon','from':'08:00','to':'12:00'}],"
        "'except':['2026-11-30']},'b':{'spans':[{}]}},'rules':[{'id':'r','until':'2026-11-27','then':'block'}"
        ","
        "{'id':'off','enabled':false,'from':'2026-11-25','then':'block'}],"
        "'inspection':{'rules':[{'id':'i','from':'2026-12-05','then':'tunnel'}]},"
        "'quotas':[{'id':'q','until':'2026-12-07T09:00:00Z','per':'all','window':'day','requests':5}],"
        "'headers':[{'id':'h','from':'2026-12-07T10:00:00Z','set':{'X':'1'}}]}",
        NULL);
    static const int64_t changes[] = {1795435200 /* Mon 2026-11-23 12:00 */,
                                      1795824000 /* Sat 28, 00:00 */,
                                      1796428800 /* Sat, 5 Dec */,
                                      1796630400 /* Mon 08:00 */,
                                      1796634000 /* 09:00 */,
                                      1796637600 /* 10:00 */,
                                      1796644800 /* 12:00 */,
                                      1797235200 /* Mon 08:00 */};
    int64_t now = 1795424400;
    for (size_t i = 0; i < SL_COUNT(changes); i++) {
        now = snapshot_next_change(s, now);
        if (now != changes[i])
            fail_msg("change %zu is %lld s off", i, (long long)(now - changes[i]));
    }
    snapshot_unref(&s);
    s = compile("{'schema':1}", NULL);
    assert_true(snapshot_next_change(s, now) == INT64_MAX);
    snapshot_unref(&s);
}

TEST(policy_run_tests__says_expected_and_got)
{
    struct snapshot *s = compile(
        "{'schema':1,'groups':{'ext':[]},'schedules':{'work':{'timezone':'Europe/"
        "Berlin','spans':[{'days':'mon-fri','from':'08:00',"
        "'to':'18:00'}]}},'networks':{'lan':['10.0.0.0/8']},"
        "'categories':{'a':{'hosts':['a.example']},'b':{}},'rules':["
        "{'id':'ra','if':{'category':['a']},'then':'block'},{'id':'rg','if':{'group':['ext']},'then':'warn'},"
        "{'id':'rt','if':{'schedule':['work'],'network':['lan']},'then':'block'},{'id':'tunnels','if':{'"
        "method':['CONNECT']},"
        "'then':'block'}],"
        "'tests':[{'url':'http://a.example/','expect':'block'},{'url':'a.example/"
        "x','expect':'block','rule':'ra','categories':['a']},"
        "{'url':'http://b.example/','expect':'allow','rule':null,'categories':['uncategorised']},"
        "{'url':'http://b.example/','groups':['ext'],'user':'eve','expect':'warn','rule':'rg'},"
        "{'url':'http://b.example/"
        "','client':'10.1.1.1','at':'2026-11-23T10:00:00+01:00','expect':'block','rule':'rt'},"
        "{'url':'https://c.example/','method':'CONNECT','expect':'block','rule':'tunnels'},"
        "{'url':'[2001:db8::1]:8443','method':'CONNECT','expect':'block','rule':'tunnels'},"
        "{'url':'http://a.example/','expect':'warn','rule':'rt'},"
        "{'url':'http://a.example/','expect':'allow'},"
        "{'url':'http://b.example/','expect':'allow','rule':'ra'},"
        "{'url':'http://a.example/','expect':'block','categories':['a','b']}]}",
        NULL);
    struct policy_scratch *scratch = policy_scratch_new();
    struct policy_faults faults = {0};
    size_t passed = 0;
    assert_false(policy_run_tests(s, scratch, 0, &faults, &passed));
    assert_int_equal(passed, 7);
    static const char *const expected[][2] = {
        {"/tests/7", "expected warn by rt, got block by ra"},
        {"/tests/8", "expected allow, got block by ra"},
        {"/tests/9", "expected allow by ra, got allow by default"},
        {"/tests/10", "expected category b, which does not hold 'http://a.example/'"},
    };
    assert_int_equal(faults.count, SL_COUNT(expected));
    for (size_t i = 0; i < SL_COUNT(expected); i++) {
        assert_string_equal(faults.items[i].pointer, expected[i][0]);
        assert_string_equal(faults.items[i].message, expected[i][1]);
    }
    policy_faults_fini(&faults);
    policy_scratch_free(&scratch);
    snapshot_unref(&s);
}

/* ---- threads ---- */

enum { THREADS = 4, DECISIONS = 25000, SWAPS = 200 };

struct worker {
    pthread_t thread;
    struct policy_live *live;
    bool ok;
};

/* Each policy blocks one host and allows the other, so a torn one would show. */
static bool decide_once(const struct snapshot *s, struct policy_scratch *scratch, const struct sl_url *odd,
                        const struct sl_url *even)
{
    struct verdict a, b;
    policy_decide(s, scratch,
                  &(struct facts){.url = odd, .method = SL_STR("GET"), .size = -1, .known = FACT_USER}, &a);
    policy_decide(s, scratch,
                  &(struct facts){.url = even, .method = SL_STR("GET"), .size = -1, .known = FACT_USER}, &b);
    bool is_odd = snapshot_version(s) % 2;
    return (a.action == ACTION_BLOCK) == is_odd && (b.action == ACTION_BLOCK) == !is_odd &&
           sl_str_eq(is_odd ? a.rule_id : b.rule_id, SL_STR("r"));
}

static void *work(void *arg)
{
    struct worker *w = arg;
    struct sl_arena arena;
    sl_arena_init(&arena, 0);
    struct sl_url odd, even;
    w->ok = sl_url_parse(SL_STR("http://odd.example/x"), &arena, &odd, NULL) &&
            sl_url_parse(SL_STR("http://even.example/x"), &arena, &even, NULL);
    struct policy_scratch *scratch = policy_scratch_new();
    struct snapshot *s = NULL;
    uint64_t epoch = 0;
    for (int i = 0; i < DECISIONS && w->ok; i++) {
        uint64_t now = policy_live_epoch(w->live);
        if (now != epoch || !s) {
            snapshot_unref(&s);
            s = policy_live_get(w->live);
            epoch = now;
        }
        w->ok = decide_once(s, scratch, &odd, &even);
    }
    snapshot_unref(&s);
    policy_scratch_free(&scratch);
    sl_arena_fini(&arena);
    return NULL;
}

static struct snapshot *policy_number(int i)
{
    char text[400];
    snprintf(text, sizeof text,
             "{'schema':1,'categories':{'c':{'lists':['bad'],'regex':['//%s[.]']}},"
             "'rules':[{'id':'r','if':{'category':['c']},'then':'block'}]}",
             i % 2 ? "odd" : "even");
    json_t *doc = document(text);
    struct policy_faults faults = {0};
    struct snapshot *s = snapshot_compile(doc, &lists.provider, i, &faults);
    json_decref(doc);
    policy_faults_fini(&faults);
    return s;
}

TEST(policy_live__is_swapped_while_threads_decide)
{
    struct policy_live *live = policy_live_new();
    assert_null(policy_live_get(live));
    assert_true(policy_live_epoch(live) == 0);
    policy_live_swap(live, policy_number(1));
    struct worker workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.live = live};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (int i = 2; i < SWAPS; i++)
        policy_live_swap(live, policy_number(i));
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        assert_true(workers[i].ok);
    }
    assert_true(policy_live_epoch(live) == SWAPS - 1);
    policy_live_free(&live);
    assert_null(live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(snapshot_compile__gives_faults_and_nothing_else_for_a_bad_document),
        cmocka_unit_test(snapshot__outlives_the_document_it_was_made_of),
        cmocka_unit_test(snapshot__has_nothing_of_rules_that_are_switched_off),
        cmocka_unit_test(snapshot_quota_window__uses_the_time_zone_of_the_policy),
        cmocka_unit_test(snapshot_next_change__is_the_first_of_schedules_and_validities),
        cmocka_unit_test(policy_run_tests__says_expected_and_got),
        cmocka_unit_test(policy_live__is_swapped_while_threads_decide),
    };
    return cmocka_run_group_tests_name("policy/snapshot", tests, set_up, tear_down);
}

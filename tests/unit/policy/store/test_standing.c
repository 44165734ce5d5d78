/* test_standing.c - unit tests of policy/store/standing.c and why.c: accepted warnings, used-up quotas,
 * explanations. */
#include "tests/support/cmocka_all.h"

#include "policy/store/ledger.h"
#include "support.h"

static const char policy[] =
    "{'schema': 1, 'timezone': 'UTC', 'default': {'then': 'allow'},"
    " 'groups': {'staff': ['alice', 'bob'], 'leads': ['alice']},"
    " 'categories': {'video': {'title': 'Videos', 'hosts': ['video.example']}, 'games': {'hosts': "
    "['games.example']},"
    "                'bad': {'hosts': ['bad.example']}, 'web': {'hosts': ['web.example']}},"
    " 'rules': [{'id': 'bad', 'if': {'category': ['bad']}, 'then': 'block'},"
    "           {'id': 'games', 'if': {'category': ['games']}, 'then': 'warn', 'warn_for': '30m', 'message': "
    "'Really?'},"
    "           {'id': 'video', 'if': {'category': ['video']}, 'then': 'allow'},"
    "           {'id': 'calm', 'if': {'host': ['slow.example']}, 'then': 'allow', 'throttle': '512kbit/s', "
    "'source': '::ffff:192.0.2.7'},"
    "           {'id': 'would', 'if': {'category': ['video']}, 'then': 'block', 'report_only': true}],"
    " 'quotas': [{'id': 'soft', 'if': {'category': ['video', 'games']}, 'per': 'user', 'window': 'day', "
    "'requests': 5,"
    "             'then': 'warn', 'message': 'A lot today'},"
    "            {'id': 'hard', 'title': 'Video a day', 'if': {'category': ['video', 'games']}, 'per': "
    "'user',"
    "             'window': 'day', 'bytes': 1000, 'then': 'block', 'message': 'Enough'},"
    "            {'id': 'team', 'if': {'category': ['web']}, 'per': 'group', 'window': 'hour', 'bytes': 100, "
    "'then': 'block'},"
    "            {'id': 'line', 'if': {'category': ['web']}, 'per': 'client', 'window': 'hour', 'bytes': "
    "500, 'then': 'block'},"
    "            {'id': 'site', 'if': {'category': ['web']}, 'per': 'all', 'window': 'month', 'requests': "
    "100, 'then': 'block'},"
    "            {'id': 'soon', 'if': {'host': ['soon.example']}, 'per': 'user', 'window': 'day', 'bytes': "
    "1000, 'warn_at': 80, 'message': 'Mind the rest'},"
    "            {'id': 'past', 'if': {'host': ['slow.example']}, 'per': 'user', 'window': {'rolling': '8h'},"
    "             'requests': 10, 'warn_at': 50, 'then': {'throttle': '1Mbit/s'}},"
    "            {'id': 'slower', 'if': {'host': ['slow.example']}, 'per': 'all', 'window': 'day', "
    "'requests': 20, 'then': {'throttle': '256kbit/s'}}]}";

static const int64_t noon = 1795003200 - 1795003200 % 86400 + 43200;

struct scene {
    struct fixture f;
    struct snapshot *snap;
    struct policy_scratch *scratch;
    struct sl_arena arena;
    struct sl_url url;
};

static int set_scene(void **state)
{
    struct scene *s = sl_calloc(1, sizeof *s);
    struct sl_err err = {0};
    s->f.dir = tmpdir_new();
    s->f.state = tmpdir_path(s->f.dir, "state");
    s->f.store = open_store(s->f.state);
    json_t *doc = json_of(policy);
    if (!store_policy_apply(s->f.store, doc, SL_STR(""), &tester, -1, NULL, NULL, &err))
        fail_msg("%s", err.msg);
    json_decref(doc);
    s->snap = policy_live_get(store_live(s->f.store));
    s->scratch = policy_scratch_new();
    sl_arena_init(&s->arena, 0);
    *state = s;
    return 0;
}

static int strike_scene(void **state)
{
    struct scene *s = *state;
    policy_scratch_free(&s->scratch);
    snapshot_unref(&s->snap);
    sl_arena_fini(&s->arena);
    store_close(&s->f.store);
    tmpdir_free(&s->f.dir);
    free(s->f.state);
    free(s);
    return 0;
}

static struct facts facts_of(struct scene *s, const char *user, const char *url)
{
    struct facts facts = {
        .user = sl_cstr(user), .time_s = noon, .method = SL_STR("GET"), .known = FACT_USER, .size = -1};
    assert_true(sl_url_parse(sl_cstr(url), &s->arena, &s->url, NULL));
    assert_true(sl_addr_parse(SL_STR("10.1.2.3"), &facts.client));
    facts.url = &s->url;
    return facts;
}

static struct verdict judge(struct scene *s, const struct facts *facts)
{
    struct verdict v;
    policy_decide(s->snap, s->scratch, facts, &v);
    judge_standing(store_ledger(s->f.store), store_consents(s->f.store), s->snap, facts, &v);
    return v;
}

static struct verdict judge_url(struct scene *s, const char *user, const char *url)
{
    struct facts facts = facts_of(s, user, url);
    return judge(s, &facts);
}

static int quota_index(struct scene *s, const char *id)
{
    for (size_t i = 0; i < snapshot_quota_count(s->snap); i++)
        if (sl_str_eq(snapshot_quota(s->snap, (int)i)->id, sl_cstr(id)))
            return (int)i;
    fail_msg("no quota %s", id);
    return -1;
}

static void charge(struct scene *s, const char *quota, const char *subject, uint64_t bytes, uint64_t requests)
{
    struct ledger *l = store_ledger(s->f.store);
    int index = quota_index(s, quota);
    struct ledger_entry *e = ledger_find(l, s->snap, index, sl_cstr(subject), noon);
    ledger_charge(l, e, s->snap, index, noon, bytes, requests);
}

static void consent(struct scene *s, const char *who, const char *domain, const char *rule)
{
    consents_accept(store_consents(s->f.store), sl_cstr(who), sl_cstr(domain), sl_cstr(rule), noon + 3600);
}

static void expect_str(struct sl_str got, const char *expected)
{
    if (!sl_str_eq(got, sl_cstr(expected)))
        fail_msg("'%.*s' is not '%s'", SL_FMT(got), expected);
}

static void standing__leaves_plain_answers_alone(void **state)
{
    struct scene *s = *state;
    struct verdict v = judge_url(s, "alice", "http://plain.example/");
    assert_int_equal(v.action, ACTION_ALLOW);
    assert_int_equal(v.reason, REASON_DEFAULT);
    v = judge_url(s, "alice", "http://bad.example/");
    assert_int_equal(v.action, ACTION_BLOCK);
    consent(s, "alice", "bad.example", "bad"); /* nobody can accept a block */
    assert_int_equal(judge_url(s, "alice", "http://bad.example/").action, ACTION_BLOCK);
}

static void standing__lets_an_accepted_warning_through(void **state)
{
    struct scene *s = *state;
    struct verdict v = judge_url(s, "alice", "http://www.games.example/");
    assert_int_equal(v.action, ACTION_WARN);
    assert_int_equal(v.warn_for_s, 1800);
    expect_str(v.rule_id, "games");
    consent(s, "alice", "games.example", "games");
    v = judge_url(s, "alice", "http://www.games.example/");
    assert_int_equal(v.action, ACTION_ALLOW);
    assert_int_equal(v.reason, REASON_CONTINUED);
    assert_int_equal(judge_url(s, "bob", "http://games.example/").action, ACTION_WARN);
    /* Without a user the address stands for who. */
    assert_int_equal(judge_url(s, "", "http://games.example/").action, ACTION_WARN);
    consent(s, "10.1.2.3", "games.example", "games");
    assert_int_equal(judge_url(s, "", "http://games.example/").action, ACTION_ALLOW);
}

static void standing__stops_at_a_used_up_quota(void **state)
{
    struct scene *s = *state;
    charge(s, "hard", "alice", 999, 1);
    assert_int_equal(judge_url(s, "alice", "http://video.example/").action, ACTION_ALLOW);
    charge(s, "hard", "alice", 1, 0);
    struct verdict v = judge_url(s, "alice", "http://video.example/");
    assert_int_equal(v.action, ACTION_QUOTA);
    assert_int_equal(v.reason, REASON_QUOTA);
    assert_int_equal(v.quota, quota_index(s, "hard"));
    expect_str(v.rule_id, "video"); /* the rule that would have allowed it */
    expect_str(v.message, "Enough");
    assert_int_equal(judge_url(s, "bob", "http://video.example/").action, ACTION_ALLOW);
    /* The next day is another one. */
    struct facts facts = facts_of(s, "alice", "http://video.example/");
    facts.time_s += 86400;
    assert_int_equal(judge(s, &facts).action, ACTION_ALLOW);
}

static void standing__warns_where_the_quota_says_so(void **state)
{
    struct scene *s = *state;
    charge(s, "soft", "alice", 0, 5);
    struct verdict v = judge_url(s, "alice", "http://video.example/");
    assert_int_equal(v.action, ACTION_WARN);
    assert_int_equal(v.quota, quota_index(s, "soft"));
    expect_str(v.rule_id, "soft");
    expect_str(v.message, "A lot today");
    assert_true(v.warn_for_s > 0);
    consent(s, "alice", "video.example", "soft");
    assert_int_equal(judge_url(s, "alice", "http://video.example/").action, ACTION_ALLOW);
    /* A quota that blocks goes before one that warns, accepted or not. */
    charge(s, "hard", "alice", 5000, 0);
    v = judge_url(s, "alice", "http://video.example/");
    assert_int_equal(v.action, ACTION_QUOTA);
    assert_int_equal(v.quota, quota_index(s, "hard"));
    /* And it stops what a continued warning would let through. */
    consent(s, "alice", "games.example", "games");
    assert_int_equal(judge_url(s, "alice", "http://games.example/").action, ACTION_QUOTA);
}

static void standing__counts_groups_clients_and_all(void **state)
{
    struct scene *s = *state;
    const char *const url = "http://web.example/";
    charge(s, "team", "leads", 100, 1);
    assert_int_equal(judge_url(s, "alice", url).action, ACTION_QUOTA);
    assert_int_equal(judge_url(s, "bob", url).action, ACTION_ALLOW);
    assert_int_equal(judge_url(s, "", url).action, ACTION_ALLOW);
    charge(s, "line", "10.1.2.3", 500, 1);
    assert_int_equal(judge_url(s, "", url).action, ACTION_QUOTA);
    struct facts facts = facts_of(s, "", url);
    assert_true(sl_addr_parse(SL_STR("10.1.2.4"), &facts.client));
    assert_int_equal(judge(s, &facts).action, ACTION_ALLOW);
    charge(s, "site", "all", 0, 100);
    assert_int_equal(judge(s, &facts).action, ACTION_QUOTA);
}

static void standing__warns_once_before_the_end(void **state)
{
    struct scene *s = *state;
    struct consents *consents = store_consents(s->f.store);
    struct facts facts = facts_of(s, "alice", "http://soon.example/");
    charge(s, "soon", "alice", 799, 1);
    assert_int_equal(judge(s, &facts).action, ACTION_ALLOW);
    charge(s, "soon", "alice", 1, 1);
    struct verdict v = judge(s, &facts);
    assert_int_equal(v.action, ACTION_WARN);
    assert_int_equal(v.reason, REASON_QUOTA_WARNING);
    assert_int_equal(v.quota, quota_index(s, "soon"));
    expect_str(v.message, "Mind the rest");
    facts.tunnel = true; /* nobody would see it there */
    v = judge(s, &facts);
    assert_int_equal(v.action, ACTION_ALLOW);
    assert_int_equal(v.reason, REASON_QUOTA_WARNING);
    facts.tunnel = false;
    const struct quota_def *q = snapshot_quota(s->snap, v.quota);
    quota_note_warned(consents, s->snap, &facts, q);
    v = judge(s, &facts);
    assert_int_equal(v.action, ACTION_ALLOW);
    assert_int_equal(v.reason, REASON_DEFAULT);
    assert_false(quota_warned(consents, &(struct facts){.user = SL_STR("bob"), .time_s = noon}, q));
    facts.time_s += 43200; /* the next day */
    assert_false(quota_warned(consents, &facts, q));
    facts.time_s = noon;
    charge(s, "soon", "alice", 200, 1); /* warned or not, the end is the end */
    assert_int_equal(judge(s, &facts).action, ACTION_QUOTA);
}

static void standing__slows_down_where_the_quota_says_so(void **state)
{
    struct scene *s = *state;
    const char *const url = "http://slow.example/";
    assert_int_equal(judge_url(s, "alice", url).slow_quota, -1);
    charge(s, "past", "alice", 1, 10);
    struct facts facts = facts_of(s, "alice", url);
    quota_note_warned(store_consents(s->f.store), s->snap, &facts,
                      snapshot_quota(s->snap, quota_index(s, "past")));
    struct verdict v = judge_url(s, "alice", url);
    assert_int_equal(v.action, ACTION_ALLOW);
    assert_int_equal(v.slow_quota, quota_index(s, "past"));
    assert_int_equal(snapshot_quota(s->snap, v.slow_quota)->throttle.bytes_per_s, 125000);
    assert_int_equal(judge_url(s, "bob", url).slow_quota, -1);
    charge(s, "slower", "all", 1, 20);
    assert_int_equal(judge_url(s, "alice", url).slow_quota, quota_index(s, "slower"));
    assert_int_equal(judge_url(s, "bob", url).slow_quota, quota_index(s, "slower"));
}

static void quota_subjects__are_who_pays(void **state)
{
    struct scene *s = *state;
    struct sl_str out[8], own[] = {SL_STR("ldap"), SL_STR("staff")};
    char buf[SL_ADDR_TEXT];
    struct facts facts = facts_of(s, "alice", "http://web.example/");
    facts.groups = own;
    facts.group_count = 2;
    assert_int_equal(quota_subjects(s->snap, quota_index(s, "soft"), &facts, out, 8, buf), 1);
    expect_str(out[0], "alice");
    assert_int_equal(quota_subjects(s->snap, quota_index(s, "line"), &facts, out, 8, buf), 1);
    expect_str(out[0], "10.1.2.3");
    assert_int_equal(quota_subjects(s->snap, quota_index(s, "site"), &facts, out, 8, buf), 1);
    expect_str(out[0], "all");
    assert_int_equal(quota_subjects(s->snap, quota_index(s, "team"), &facts, out, 8, buf), 3);
    assert_int_equal(quota_subjects(s->snap, quota_index(s, "team"), &facts, out, 2, buf), 2);
    assert_int_equal(quota_subjects(s->snap, quota_index(s, "team"), &facts, out, 0, buf), 0);
    facts.user = SL_STR("");
    facts.group_count = 0;
    assert_int_equal(quota_subjects(s->snap, quota_index(s, "team"), &facts, out, 8, buf), 0);
    assert_int_equal(quota_subjects(s->snap, quota_index(s, "soft"), &facts, out, 8, buf), 1);
    expect_str(out[0], "10.1.2.3");
}

TEST(quota_percent__is_that_of_the_tightest_limit)
{
    static const struct {
        struct quota_amounts limit;
        struct quota_use use;
        unsigned percent;
        bool exhausted;
    } cases[] = {
        {{.bytes = 1000}, {.bytes = 999}, 99, false},
        {{.bytes = 1000}, {.bytes = 1000}, 100, true},
        {{.bytes = 1000, .minutes = 60}, {.bytes = 100, .minutes = 90}, 150, true},
        {{.requests = 3}, {.bytes = 1 << 30, .requests = 1}, 33, false},
        {{.bytes = 0}, {.bytes = UINT64_MAX}, 0, false},
        {{.bytes = UINT64_MAX}, {.bytes = UINT64_MAX}, 100, true},
        {{.bytes = 1}, {.bytes = UINT64_MAX}, UINT32_MAX, true},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        const struct quota_def q = {.limit = cases[i].limit};
        assert_int_equal(quota_percent(&q, &cases[i].use), cases[i].percent);
        assert_int_equal(quota_exhausted(&q, &cases[i].use), cases[i].exhausted);
    }
}

static json_t *explain(struct scene *s, const struct facts *facts)
{
    json_t *out = NULL;
    struct sl_err err = {0};
    if (!store_explain(s->f.store, NULL, facts, &out, &err))
        fail_msg("%s", err.msg);
    return out;
}

/* The keys of expected as they are in got. */
static void expect_subset(json_t *got, const char *expected_quoted)
{
    json_t *expected = json_of(expected_quoted), *value;
    const char *key;
    json_object_foreach(expected, key, value) if (!json_equal(value, json_object_get(got, key)))
    {
        char *text = json_dumps(got, JSON_INDENT(1));
        print_error("%s\n", text);
        free(text);
        fail_msg("%s differs", key);
    }
    json_decref(expected);
}

static void explain__says_the_whole_answer(void **state)
{
    struct scene *s = *state;
    struct facts facts = facts_of(s, "alice", "http://video.example/x");
    json_t *out = explain(s, &facts);
    expect_subset(
        out, "{'action': 'allow', 'rule': 'video', 'categories': ['video'], 'inspect': false, 'quota': null,"
             " 'policy_version': 2, 'reason': 'rule', 'report_only': []}");
    assert_true(json_array_size(json_object_get(out, "trace")) > 0);
    json_decref(out);
    charge(s, "hard", "alice", 2000, 1);
    out = explain(s, &facts);
    expect_subset(
        out, "{'action': 'quota', 'rule': 'video', 'quota': 'hard', 'reason': 'quota', 'message': 'Enough'}");
    json_decref(out);
    charge(s, "soft", "bob", 0, 9);
    facts.user = SL_STR("bob");
    out = explain(s, &facts);
    expect_subset(out, "{'action': 'warn', 'rule': null, 'quota': 'soft', 'reason': 'quota'}");
    json_decref(out);
}

static void explain__tells_what_slows_it_down_and_from_where(void **state)
{
    struct scene *s = *state;
    struct facts facts = facts_of(s, "alice", "http://slow.example/x");
    json_t *out = explain(s, &facts);
    expect_subset(out, "{'rule': 'calm', 'throttle': {'rate': '512kbit/s', 'per': 'user', 'burst': 64000}}");
    assert_non_null(strstr(json_string_value(json_object_get(out, "text")),
                           "; at most 512kbit/s for each user; from the address 192.0.2.7."));
    assert_string_equal(json_string_value(json_object_get(out, "source")), "192.0.2.7");
    json_decref(out);
    charge(s, "slower", "all", 0, 30);
    out = explain(s, &facts);
    expect_subset(out, "{'throttle': {'rate': '256kbit/s', 'per': 'all', 'burst': 32000}}");
    json_decref(out);
    facts = facts_of(s, "alice", "http://video.example/x");
    out = explain(s, &facts);
    assert_true(json_is_null(json_object_get(out, "throttle")));
    assert_true(json_is_null(json_object_get(out, "source")));
    json_decref(out);
}

static void explain__counts_nothing(void **state)
{
    struct scene *s = *state;
    uint64_t entries, refused;
    struct facts facts = facts_of(s, "carol", "http://video.example/x");
    json_decref(explain(s, &facts));
    ledger_counts(store_ledger(s->f.store), &entries, &refused);
    assert_int_equal(entries, 0);
}

static void explain__takes_another_policy(void **state)
{
    struct scene *s = *state;
    struct policy_faults faults = {0};
    json_t *doc = json_of("{'schema': 1, 'default': {'then': 'block'}}"), *out = NULL;
    struct snapshot *other = store_policy_compile(s->f.store, doc, &faults);
    struct facts facts = facts_of(s, "carol", "http://video.example/x");
    assert_true(store_explain(s->f.store, other, &facts, &out, NULL));
    expect_subset(out, "{'action': 'block', 'rule': null, 'reason': 'default', 'policy_version': 0}");
    json_decref(out);
    json_decref(doc);
    snapshot_unref(&other);
}

#define IN_SCENE(name) cmocka_unit_test_setup_teardown(name, set_scene, strike_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCENE(standing__leaves_plain_answers_alone),
        IN_SCENE(standing__lets_an_accepted_warning_through),
        IN_SCENE(standing__stops_at_a_used_up_quota),
        IN_SCENE(standing__warns_where_the_quota_says_so),
        IN_SCENE(standing__counts_groups_clients_and_all),
        IN_SCENE(standing__warns_once_before_the_end),
        IN_SCENE(standing__slows_down_where_the_quota_says_so),
        IN_SCENE(quota_subjects__are_who_pays),
        cmocka_unit_test(quota_percent__is_that_of_the_tightest_limit),
        IN_SCENE(explain__says_the_whole_answer),
        IN_SCENE(explain__tells_what_slows_it_down_and_from_where),
        IN_SCENE(explain__counts_nothing),
        IN_SCENE(explain__takes_another_policy),
    };
    return cmocka_run_group_tests_name("policy/store/standing", tests, NULL, NULL);
}

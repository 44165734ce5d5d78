/* test_explain.c - unit tests of policy/explain.c: it says what was decided, and why. */
#include "tests/unit/policy/support.h"

#include <stdio.h>

static const char *const list_names[] = {"ut1/malware", "ut1/social", NULL};
static const struct fake_entry list_entries[] = {
    {"ut1/malware", "evil.example", NULL},
    {"ut1/malware", "mixed.example", "/bad/"},
    {"ut1/social", "social.example", NULL},
};
static struct fake_lists lists;
static struct policy_scratch *scratch;

static int set_up(void **state)
{
    fake_lists_init(&lists, list_names, list_entries, SL_COUNT(list_entries));
    lists.expressions[0].list = "ut1/malware";
    lists.expressions[0].pattern = "^drive[.]example/.*payload";
    scratch = policy_scratch_new();
    return 0;
}

static int tear_down(void **state)
{
    policy_scratch_free(&scratch);
    return lists.refs == 1 ? 0 : -1;
}

#define DOCUMENT                                                                                             \
    "{'schema':1,'networks':{'lan':['10.0.0.0/8']},'groups':{'staff':['alice','bob']},"                      \
    "'schedules':{'work':{'timezone':'Europe/"                                                               \
    "Berlin','spans':[{'days':'mon-fri','from':'08:00','to':'18:00'}]}},"                                    \
    "'categories':{'malware':{'lists':['ut1/malware']},'social':{'lists':['ut1/"                             \
    "social'],'hosts':['chat.example'],"                                                                     \
    "'regex':['/chat/'],'except':['work.social.example']},'video':{'urls':['portal.example/video']}},"       \
    "'rules':[{'id':'off','enabled':false,'then':'block'},{'id':'malware','if':{'category':['malware']},'"   \
    "then':'block'},"                                                                                        \
    "{'id':'watch','if':{'network':['lan']},'then':'block','report_only':true},"                             \
    "{'id':'social','if':{'category':['social'],'group':['staff'],'schedule':['work']},'unless':{'user':['"  \
    "alice']},'then':'warn'},"                                                                               \
    "{'id':'inside','if':{'address':['192.0.2.0/24']},'then':'block'},"                                      \
    "{'id':'iso','if':{'extension':['iso']},'then':'block'},"                                                \
    "{'id':'big','if':{'size_over':'1MiB'},'then':'block'},"                                                 \
    "{'id':'bots','if':{'user_agent':['*bot*'],'method':['GET'],'port':[80,443],'scheme':['http']},'then':'" \
    "block'},"                                                                                               \
    "{'id':'re','if':{'regex':['forbidden'],'url':['x.example/a'],'host':['x.example']},'then':'block'}],"   \
    "'quotas':[{'id':'video','if':{'category':['video']},'per':'user','window':'day','bytes':'1GiB'}],"      \
    "'inspection':{'rules':[{'id':'soc','if':{'category':['social']},'then':'tunnel'},{'id':'all','if':{},'" \
    "then':'inspect'}]},"                                                                                    \
    "'headers':[{'id':'tenant','if':{'category':['social']},'unless':{'user':['bob']},'set':{'X':'1'}}]}"

/* The "because" of the first step with this id; fails when there is none. */
static void expect_step(const json_t *trace, const char *step, const char *id, const char *result,
                        const char *because)
{
    size_t i;
    json_t *item;
    json_array_foreach(trace, i, item)
    {
        const char *its_id = json_string_value(json_object_get(item, "id"));
        if (strcmp(json_string_value(json_object_get(item, "step")), step) != 0 ||
            strcmp(its_id ? its_id : "", id) != 0)
            continue;
        assert_string_equal(json_string_value(json_object_get(item, "result")), result);
        assert_string_equal(json_string_value(json_object_get(item, "because")), because);
        return;
    }
    fail_msg("no step %s %s", step, id);
}

TEST(policy_explain__names_the_fact_that_decided)
{
    static const struct {
        struct request request;
        const char *step, *id, *result, *because;
    } cases[] = {
        {{.url = "http://www.evil.example/"},
         "categories",
         "malware",
         "matched",
         "list ut1/malware: host 'evil.example'"},
        {{.url = "http://mixed.example/bad/x"},
         "categories",
         "malware",
         "matched",
         "list ut1/malware: path entry of host 'mixed.example'"},
        {{.url = "http://drive.example/a/payload"},
         "categories",
         "malware",
         "matched",
         "regex '^drive[.]example/.*payload'"},
        {{.url = "http://chat.example/chat/"},
         "categories",
         "social",
         "matched",
         "entry 'chat.example'; regex '/chat/'"},
        {{.url = "http://a.work.social.example/"},
         "categories",
         "social",
         "excepted",
         "list ut1/social: host 'social.example'; except 'work.social.example'"},
        {{.url = "http://x.example/"}, "categories", "uncategorised", "matched", "no category holds it"},
        {{.url = "http://x.example/"}, "rule", "off", "switched-off", "the rule is switched off"},
        {{.url = "http://evil.example/"}, "rule", "malware", "matched", "category is malware"},
        {{.url = "http://x.example/"},
         "rule",
         "malware",
         "not-matched",
         "category uncategorised is none of: malware"},
        {{.url = "http://x.example/", .client = "10.1.2.3"},
         "rule",
         "watch",
         "report-only",
         "client 10.1.2.3 is in one of: lan"},
        {{.url = "http://social.example/", .user = "eve"},
         "rule",
         "social",
         "not-matched",
         "user 'eve' is in none of: staff"},
        {{.url = "http://social.example/"},
         "rule",
         "social",
         "not-matched",
         "anonymous user is in none of: staff"},
        {{.url = "http://social.example/", .user = "bob"},
         "rule",
         "social",
         "matched",
         "category is social; user 'bob' is in one of: staff; time 2026-11-23T09:00:00.000Z is within one "
         "of: work"},
        {{.url = "http://social.example/", .user = "bob", .at = "2026-11-22T09:00:00Z"},
         "rule",
         "social",
         "not-matched",
         "time 2026-11-22T09:00:00.000Z is outside of: work"},
        {{.url = "http://social.example/", .user = "alice"},
         "rule",
         "social",
         "excepted",
         "unless: user 'alice' is one of: alice"},
        {{.url = "http://x.example/"},
         "rule",
         "inside",
         "passed-over",
         "the address of the destination is not known yet"},
        {{.url = "http://x.example/", .address = "198.51.100.1"},
         "rule",
         "inside",
         "not-matched",
         "address 198.51.100.1 is in none of: 192.0.2.0/24"},
        {{.url = "x.example:443", .method = "CONNECT"},
         "rule",
         "iso",
         "passed-over",
         "the path is hidden in the tunnel"},
        {{.url = "http://x.example/a.zip"}, "rule", "iso", "not-matched", "extension 'zip' is none of: iso"},
        {{.url = "http://x.example/"}, "rule", "big", "passed-over", "the size is not known yet"},
        {{.url = "http://x.example/", .known = FACT_RESPONSE},
         "rule",
         "big",
         "passed-over",
         "the response does not tell its size"},
        {{.url = "x.example:443", .method = "CONNECT"},
         "rule",
         "big",
         "passed-over",
         "the response is hidden in the tunnel"},
        {{.url = "http://x.example/", .size = 10}, "rule", "big", "not-matched", "size 10 is not over: 1MiB"},
        {{.url = "http://x.example:81/"}, "rule", "bots", "not-matched", "port 81 is none of: 80, 443"},
        {{.url = "http://x.example/", .user_agent = "curl"},
         "rule",
         "bots",
         "not-matched",
         "user agent 'curl' matches none of: *bot*"},
        {{.url = "http://y.example/"},
         "rule",
         "re",
         "not-matched",
         "host 'y.example' is not at or below any of: x.example"},
        {{.url = "http://x.example/a/b"},
         "rule",
         "re",
         "not-matched",
         "URL 'http://x.example/a/b' matches none of: forbidden"},
        {{.url = "http://x.example/a/forbidden"},
         "rule",
         "re",
         "matched",
         "host 'x.example' is at or below one of: x.example; URL 'http://x.example/a/forbidden' begins with "
         "one of: x.example/a; "
         "URL 'http://x.example/a/forbidden' matches one of: forbidden"},
        {{.url = "http://x.example/"}, "rule", "", "matched", "nothing before decided; the default is allow"},
        {{.url = "http://portal.example/video/1"}, "quota", "video", "matched", "category is video"},
        {{.url = "http://x.example/"},
         "quota",
         "video",
         "not-matched",
         "category uncategorised is none of: video"},
        {{.url = "http://social.example/", .user = "eve"},
         "headers",
         "tenant",
         "matched",
         "category is social; sets X"},
        {{.url = "http://social.example/", .user = "bob"},
         "headers",
         "tenant",
         "excepted",
         "unless: user 'bob' is one of: bob"},
        {{.url = "http://x.example/"},
         "headers",
         "tenant",
         "not-matched",
         "category uncategorised is none of: social"},
        {{.url = "https://x.example/"}, "inspection", "all", "matched", "it always holds"},
        {{.url = "https://social.example/"}, "inspection", "soc", "matched", "category is social"},
    };
    struct snapshot *s = compile(DOCUMENT, &lists.provider);
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct verdict v;
        json_t *trace = policy_explain(s, scratch, facts_of(&cases[i].request), &v);
        expect_step(trace, cases[i].step, cases[i].id, cases[i].result, cases[i].because);
        json_decref(trace);
    }
    snapshot_unref(&s);
}

#define VALIDITY                                                                                       \
    "{'schema':1,'timezone':'Europe/Berlin','rules':["                                                 \
    "{'id':'advent','from':'2026-12-01','until':'2026-12-24','then':'block'},"                         \
    "{'id':'later','from':'2027-01-01T08:00:00+01:00','if':{'address':['::1']},'then':'block'}],"      \
    "'inspection':{'default':'inspect','rules':[{'id':'once','until':'2026-12-01','then':'tunnel'}]}," \
    "'quotas':[{'id':'q','from':'2026-12-02','per':'all','window':'day','requests':5}],"               \
    "'headers':[{'id':'h','until':'2026-12-02T00:00:00+01:00','set':{'X':'1'}}]}"

/* A rule that is not valid yet needs no fact, so nothing is judged again for its sake. */
TEST(policy_explain__tells_that_a_rule_is_not_valid_yet_or_any_more)
{
    static const struct {
        const char *at, *step, *id, *result, *because, *verdict;
    } cases[] = {
        {"2026-11-30T22:59:59Z", "rule", "advent", "not-matched", "not yet valid until 2026-12-01",
         "allow by default"},
        {"2026-11-30T23:00:00Z", "rule", "advent", "matched", "it always holds", "block by advent"},
        {"2026-12-24T22:59:59Z", "rule", "advent", "matched", "it always holds", "block by advent"},
        {"2026-12-24T23:00:00Z", "rule", "advent", "not-matched", "expired on 2026-12-24",
         "allow by default"},
        {"2026-12-31T23:00:00Z", "rule", "later", "not-matched",
         "not yet valid until 2027-01-01T08:00:00+01:00", "allow by default"},
        {"2026-12-01T23:00:00Z", "headers", "h", "not-matched", "expired on 2026-12-02T00:00:00+01:00",
         "block by advent"},
        {"2026-12-01T22:59:59Z", "headers", "h", "matched", "it always holds; sets X", "block by advent"},
        {"2026-12-01T22:59:59Z", "quota", "q", "not-matched", "not yet valid until 2026-12-02",
         "block by advent"},
        {"2026-12-01T23:00:00Z", "quota", "q", "matched", "it always holds", "block by advent"},
    };
    struct snapshot *s = compile(VALIDITY, NULL);
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct verdict v;
        const struct facts *facts =
            facts_of(&(struct request){.url = "http://x.example/", .at = cases[i].at});
        json_t *trace = policy_explain(s, scratch, facts, &v);
        expect_step(trace, cases[i].step, cases[i].id, cases[i].result, cases[i].because);
        json_decref(trace);
        assert_string_equal(verdict_text(&v), cases[i].verdict);
        assert_false(v.needs_address);
        policy_decide(s, scratch, facts, &v);
        assert_string_equal(verdict_text(&v), cases[i].verdict);
    }
    snapshot_unref(&s);
}

TEST(policy_explain__survives_facts_that_are_not_utf8)
{
    struct snapshot *s = compile(DOCUMENT, &lists.provider);
    struct verdict v;
    json_t *trace = policy_explain(s, scratch,
                                   facts_of(&(struct request){.url = "http://social.example/",
                                                              .user = "e\xff"
                                                                      "ve"}),
                                   &v);
    expect_step(trace, "rule", "social", "not-matched", "user 'e?ve' is in none of: staff");
    json_decref(trace);
    snapshot_unref(&s);
}

/* ---- explain and decide are the same walk ---- */

static uint32_t random_state = 20261123;

static uint32_t pick(uint32_t n)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % n;
}

#define PICK(...) ((const char *const[]){__VA_ARGS__}[pick(SL_COUNT(((const char *const[]){__VA_ARGS__})))])

static struct request random_request(void)
{
    struct request r = {
        .url = PICK("http://evil.example/", "http://mixed.example/bad/x", "https://social.example/",
                    "http://work.social.example/", "http://chat.example/chat/", "http://portal.example/video",
                    "http://x.example/a/forbidden.iso", "http://192.0.2.9/x.iso",
                    "https://x.example:8443/a?forbidden", "http://drive.example/payload"),
        .user = PICK("", "alice", "bob", "eve"),
        .client = PICK("10.9.9.9", "192.168.1.1", "2001:db8::1"),
        .at = PICK("2026-11-23T09:00:00Z", "2026-11-22T09:00:00Z", "2026-03-29T01:30:00Z"),
        .user_agent = PICK("", "a bot", "curl"),
        .group = PICK("staff", "none", NULL),
        .address = PICK("192.0.2.1", "198.51.100.1", NULL),
        .content_type = PICK("text/html", NULL, NULL),
    };
    r.size = pick(2) ? 0 : 1 << pick(30);
    if (pick(3) == 0) {
        r.method = "CONNECT";
        r.url = PICK("evil.example:443", "social.example:443", "x.example:8443", "192.0.2.9:443");
    }
    return r;
}

static size_t count_steps(const json_t *trace, const char *step, const char *result)
{
    size_t count = 0, i;
    json_t *item;
    json_array_foreach(trace, i, item)
    {
        count += strcmp(json_string_value(json_object_get(item, "step")), step) == 0 &&
                 strcmp(json_string_value(json_object_get(item, "result")), result) == 0;
    }
    return count;
}

/* The id of the rule that decided, by the trace. */
static const char *deciding_rule(const json_t *trace)
{
    const char *id = NULL;
    size_t i;
    json_t *item;
    json_array_foreach(trace, i, item)
    {
        if (strcmp(json_string_value(json_object_get(item, "step")), "rule") == 0 &&
            strcmp(json_string_value(json_object_get(item, "result")), "matched") == 0)
            id = json_string_value(json_object_get(item, "id"));
    }
    return id ? id : "";
}

static void expect_same(const struct verdict *a, const struct verdict *b)
{
    assert_true(a->action == b->action && a->reason == b->reason && a->rule == b->rule &&
                a->inspect == b->inspect);
    assert_true(a->needs_address == b->needs_address && a->needs_response == b->needs_response &&
                a->warn_for_s == b->warn_for_s);
    assert_true(sl_str_eq(a->rule_id, b->rule_id) && a->quota == b->quota);
    assert_memory_equal(&a->categories, &b->categories, sizeof a->categories);
    assert_int_equal(a->report_count, b->report_count);
    assert_memory_equal(a->reports, b->reports, a->report_count * sizeof *a->reports);
    assert_memory_equal(a->quotas, b->quotas, sizeof a->quotas);
    assert_memory_equal(a->headers, b->headers, sizeof a->headers);
}

static size_t count_bits(const uint64_t *set, size_t words)
{
    size_t n = 0;
    for (size_t w = 0; w < words; w++)
        n += (size_t)__builtin_popcountll(set[w]);
    return n;
}

TEST(policy_explain__gives_the_verdict_of_decide)
{
    struct snapshot *s = compile(DOCUMENT, &lists.provider);
    for (int i = 0; i < 5000; i++) {
        struct request r = random_request();
        const struct facts *facts = facts_of(&r);
        struct verdict decided, explained;
        policy_decide(s, scratch, facts, &decided);
        json_t *trace = policy_explain(s, scratch, facts, &explained);
        expect_same(&decided, &explained);
        assert_int_equal(count_steps(trace, "rule", "matched"), 1);
        assert_int_equal(count_steps(trace, "rule", "report-only"), decided.report_count);
        assert_int_equal(count_steps(trace, "quota", "matched"),
                         count_bits(decided.quotas, SL_COUNT(decided.quotas)));
        assert_int_equal(count_steps(trace, "headers", "matched"),
                         count_bits(decided.headers, SL_COUNT(decided.headers)));
        assert_string_equal(deciding_rule(trace),
                            decided.rule < 0 ? "" : snapshot_rule_id(s, decided.rule).p);
        json_decref(trace);
    }
    snapshot_unref(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policy_explain__names_the_fact_that_decided),
        cmocka_unit_test(policy_explain__tells_that_a_rule_is_not_valid_yet_or_any_more),
        cmocka_unit_test(policy_explain__survives_facts_that_are_not_utf8),
        cmocka_unit_test(policy_explain__gives_the_verdict_of_decide),
    };
    return cmocka_run_group_tests_name("policy/explain", tests, set_up, tear_down);
}

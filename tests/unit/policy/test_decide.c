/* test_decide.c - unit tests of the decision (policy/decide.c, match.c, categories.c) through the front door.
 */
#include "tests/unit/policy/support.h"

#include <stdio.h>

#include "policy/walk.h"

static const char *const list_names[] = {"ut1/malware", "ut1/social", "other", NULL};
static const struct fake_entry list_entries[] = {
    {"ut1/malware", "evil.example", NULL},
    {"ut1/malware", "mixed.example", "/bad/"},
    {"ut1/social", "social.example", NULL},
    {"other", "social.example", NULL},
};
static struct fake_lists lists;
static struct policy_scratch *scratch;

static int set_up(void **state)
{
    fake_lists_init(&lists, list_names, list_entries, SL_COUNT(list_entries));
    lists.expressions[0].list = "ut1/malware";
    lists.expressions[0].pattern = "^drive[.]example/.*payload";
    lists.expressions[1].list = "ut1/malware";
    lists.expressions[1].pattern = "(broken";
    lists.expressions[2].list = "other";
    lists.expressions[2].pattern = "nobody holds this list";
    scratch = policy_scratch_new();
    return 0;
}

static int tear_down(void **state)
{
    policy_scratch_free(&scratch);
    return lists.refs == 1 ? 0 : -1; /* every snapshot gave its reference back */
}

static struct verdict decide(const struct snapshot *s, const struct request *r)
{
    struct verdict v;
    policy_decide(s, scratch, facts_of(r), &v);
    return v;
}

struct decision_case {
    struct request request;
    const char *verdict;
};

static void expect_all(const char *doc, const struct decision_case *cases, size_t count)
{
    struct snapshot *s = compile(doc, &lists.provider);
    for (size_t i = 0; i < count; i++) {
        struct verdict v = decide(s, &cases[i].request);
        if (strcmp(verdict_text(&v), cases[i].verdict) != 0)
            fail_msg("case %zu: %s: expected %s, got %s", i, cases[i].request.url, cases[i].verdict,
                     verdict_text(&v));
    }
    snapshot_unref(&s);
}

/* One rule that blocks, with this `if`. */
static void expect_condition(const char *condition, const struct request *r, bool holds)
{
    char doc[2048];
    snprintf(doc, sizeof doc,
             "{'schema':1,'timezone':'Europe/Berlin','networks':{'lan':['10.0.0.0/8','2001:db8::/"
             "32'],'host':['192.0.2.7']},"
             "'groups':{'staff':['alice','bob'],'Admins':['alice'],'empty':[]},"
             "'schedules':{'work':{'spans':[{'days':'mon-fri','from':'08:00','to':'18:00'}]},"
             "'night':{'spans':[{'days':'all','from':'22:00','to':'06:00'}]}},"
             "'categories':{'malware':{'lists':['ut1/malware']},'social':{'lists':['ut1/"
             "social'],'except':['work.social.example']}},"
             "'rules':[{'id':'r','if':%s,'then':'block'}]}",
             condition);
    struct snapshot *s = compile(doc, &lists.provider);
    struct verdict v = decide(s, r);
    if ((v.action == ACTION_BLOCK) != holds)
        fail_msg("%s for %s: %s", condition, r->url, verdict_text(&v));
    snapshot_unref(&s);
}

TEST(policy_decide__judges_each_kind_of_condition)
{
    static const struct {
        const char *condition;
        struct request request;
        bool holds;
    } cases[] = {
        {"{}", {.url = "http://x.example/"}, true},
        {"{'user':['alice']}", {.url = "http://x.example/", .user = "alice"}, true},
        {"{'user':['alice']}", {.url = "http://x.example/", .user = "Alice"}, false},
        {"{'user':['alice']}", {.url = "http://x.example/"}, false},
        {"{'group':['staff']}", {.url = "http://x.example/", .user = "bob"}, true},
        {"{'group':['staff']}", {.url = "http://x.example/", .user = "eve"}, false},
        {"{'group':['empty']}", {.url = "http://x.example/", .user = "eve", .group = "empty"}, true},
        {"{'group':['Admins']}", {.url = "http://x.example/", .user = "eve", .group = "staff"}, false},
        {"{'group':['Admins','staff']}", {.url = "http://x.example/", .user = "bob"}, true},
        {"{'network':['lan']}", {.url = "http://x.example/", .client = "10.1.2.3"}, true},
        {"{'network':['lan']}", {.url = "http://x.example/", .client = "11.1.2.3"}, false},
        {"{'network':['lan']}", {.url = "http://x.example/", .client = "2001:db8::5"}, true},
        {"{'network':['lan','host']}", {.url = "http://x.example/", .client = "192.0.2.7"}, true},
        {"{'category':['malware']}", {.url = "http://www.evil.example/"}, true},
        {"{'category':['malware']}", {.url = "http://notevil.example/"}, false},
        {"{'category':['malware']}", {.url = "http://mixed.example/bad/x"}, true},
        {"{'category':['malware']}", {.url = "http://mixed.example/good"}, false},
        {"{'category':['malware']}", {.url = "https://drive.example/a/payload"}, true},
        {"{'category':['malware']}", {.url = "drive.example:443", .method = "CONNECT"}, false},
        {"{'category':['malware']}", {.url = "evil.example:443", .method = "CONNECT"}, true},
        {"{'category':['social']}", {.url = "http://social.example/"}, true},
        {"{'category':['social']}", {.url = "http://a.work.social.example/"}, false},
        {"{'category':['uncategorised']}", {.url = "http://a.work.social.example/"}, true},
        {"{'category':['uncategorised']}", {.url = "http://social.example/"}, false},
        {"{'host':['example.com','10.0.0.1']}", {.url = "http://www.example.com/"}, true},
        {"{'host':['example.com','10.0.0.1']}", {.url = "http://badexample.com/"}, false},
        {"{'host':['example.com','10.0.0.1']}", {.url = "http://0x0a000001/"}, true},
        {"{'host':['EXAMPLE.com.']}", {.url = "example.com:443", .method = "CONNECT"}, true},
        {"{'address':['10.0.0.0/8']}", {.url = "http://10.9.9.9/"}, true},
        {"{'address':['10.0.0.0/8']}", {.url = "http://x.example/"}, false},
        {"{'address':['10.0.0.0/8']}", {.url = "http://x.example/", .address = "10.0.0.1"}, true},
        {"{'address':['10.0.0.0/8','2001:db8::/32']}",
         {.url = "http://x.example/", .address = "2001:db8::1"},
         true},
        {"{'address':['10.0.0.0/8']}", {.url = "http://x.example/", .address = "11.0.0.1"}, false},
        {"{'url':['portal.example/feed']}", {.url = "http://portal.example/feed/1"}, true},
        {"{'url':['portal.example/feed']}", {.url = "http://portal.example/feed?x"}, true},
        {"{'url':['portal.example/feed']}", {.url = "http://portal.example/feedback"}, false},
        {"{'url':['portal.example/feed']}", {.url = "http://portal.example/x/../feed"}, true},
        {"{'url':['portal.example/feed']}", {.url = "portal.example:443", .method = "CONNECT"}, false},
        {"{'regex':['^https?://[^/]*\\\\bchat\\\\b']}", {.url = "https://chat.example/"}, true},
        {"{'regex':['^https?://[^/]*\\\\bchat\\\\b']}", {.url = "https://chatter.example/"}, false},
        {"{'regex':['chat']}", {.url = "chat.example:443", .method = "CONNECT"}, false},
        {"{'method':['POST','PUT']}", {.url = "http://x.example/", .method = "PUT"}, true},
        {"{'method':['POST','PUT']}", {.url = "http://x.example/"}, false},
        {"{'method':'CONNECT'}", {.url = "x.example:443", .method = "CONNECT"}, true},
        {"{'port':[8080,'9000-9100']}", {.url = "http://x.example:8080/"}, true},
        {"{'port':[8080,'9000-9100']}", {.url = "http://x.example:9100/"}, true},
        {"{'port':[8080,'9000-9100']}", {.url = "http://x.example:9101/"}, false},
        {"{'port':[443]}", {.url = "https://x.example/"}, true},
        {"{'scheme':['https']}", {.url = "https://x.example/"}, true},
        {"{'scheme':['https']}", {.url = "x.example:443", .method = "CONNECT"}, false},
        {"{'scheme':['connect']}", {.url = "x.example:443", .method = "CONNECT"}, true},
        {"{'schedule':['work']}", {.url = "http://x.example/", .at = "2026-11-23T10:00:00+01:00"}, true},
        {"{'schedule':['work']}", {.url = "http://x.example/", .at = "2026-11-22T10:00:00+01:00"}, false},
        {"{'schedule':['work','night']}",
         {.url = "http://x.example/", .at = "2026-11-22T05:00:00+01:00"},
         true},
        {"{'extension':['iso','EXE']}", {.url = "http://x.example/a/Setup.eXe"}, true},
        {"{'extension':['iso','exe']}", {.url = "http://x.example/a.exe/b"}, false},
        {"{'extension':['iso']}", {.url = "http://x.example/a.%69so;v=2?x=.y"}, true},
        {"{'extension':['iso']}", {.url = "http://x.example/?f=a.iso"}, false},
        {"{'extension':['iso']}", {.url = "http://iso/"}, false},
        {"{'content_type':['video/*']}",
         {.url = "http://x.example/", .content_type = "Video/MP4; x=y"},
         true},
        {"{'content_type':['video/*','text/html']}",
         {.url = "http://x.example/", .content_type = "text/html ;charset=utf-8"},
         true},
        {"{'content_type':['video/mp4']}", {.url = "http://x.example/", .content_type = "video/mp4a"}, false},
        {"{'content_type':['video/mp4']}", {.url = "http://x.example/", .known = FACT_RESPONSE}, false},
        {"{'content_type':['video/mp4']}", {.url = "http://x.example/"}, false},
        {"{'size_over':'1KiB'}", {.url = "http://x.example/", .size = 1025}, true},
        {"{'size_over':'1KiB'}", {.url = "http://x.example/", .size = 1024}, false},
        {"{'size_over':'1KiB'}", {.url = "http://x.example/", .known = FACT_RESPONSE}, false},
        {"{'user_agent':['*CURL/*']}", {.url = "http://x.example/", .user_agent = "curl/8.0"}, true},
        {"{'user_agent':['curl']}", {.url = "http://x.example/", .user_agent = "curl/8.0"}, false},
        {"{'user':['alice'],'port':[80],'host':['x.example']}",
         {.url = "http://x.example/", .user = "alice"},
         true},
        {"{'user':['alice'],'port':[81],'host':['x.example']}",
         {.url = "http://x.example/", .user = "alice"},
         false},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++)
        expect_condition(cases[i].condition, &cases[i].request, cases[i].holds);
}

TEST(policy_decide__takes_the_first_rule_that_matches)
{
    static const struct decision_case cases[] = {
        {{.url = "http://social.example/", .user = "alice"}, "allow by alice"},
        {{.url = "http://social.example/", .user = "bob"}, "warn by social"},
        {{.url = "http://social.example/", .user = "boss"}, "block by rest"},
        {{.url = "http://evil.example/", .user = "alice"}, "allow by alice"},
        {{.url = "http://evil.example/", .user = "bob"}, "block by malware"},
        {{.url = "http://ok.example/", .user = "bob"}, "allow by ok"},
        {{.url = "http://else.example/", .user = "bob"}, "block by rest"},
    };
    expect_all("{'schema':1,'categories':{'malware':{'lists':['ut1/malware']},'social':{'lists':['ut1/"
               "social']}},'rules':["
               "{'id':'alice','if':{'user':['alice']},'then':'allow'},"
               "{'id':'malware','if':{'category':['malware']},'then':'block'},"
               "{'id':'social','if':{'category':['social']},'unless':{'user':['boss']},'then':'warn'},"
               "{'id':'ok','if':{'host':['ok.example']},'then':'allow'},"
               "{'id':'never','unless':{},'then':'block'},"
               "{'id':'rest','if':{},'then':'block'},"
               "{'id':'late','if':{},'then':'allow'}]}",
               cases, SL_COUNT(cases));
}

TEST(policy_decide__falls_back_to_the_default)
{
    static const struct decision_case allow[] = {{{.url = "http://x.example/"}, "allow by default"}};
    static const struct decision_case block[] = {{{.url = "http://x.example/"}, "block by default"}};
    expect_all("{'schema':1}", allow, 1);
    expect_all("{'schema':1,'default':{'then':'block'}}", block, 1);
    struct snapshot *s = compile("{'schema':1,'default':{'then':'block'}}", NULL);
    struct verdict v = decide(s, &(struct request){.url = "http://x.example/"});
    assert_true(v.rule == -1 && v.reason == REASON_DEFAULT && v.quota == -1 && v.rule_id.n == 0);
    snapshot_unref(&s);
}

TEST(policy_decide__reports_and_goes_on)
{
    struct snapshot *s = compile(
        "{'schema':1,'rules':[{'id':'a','then':'block','report_only':true},"
        "{'id':'b','if':{'host':['y.example']},'then':'block','report_only':true},"
        "{'id':'c','then':'warn','report_only':true},{'id':'d','title':'D','message':'M','then':'warn',"
        "'warn_for':'2h'},{'id':'e','then':'block','report_only':true}]}",
        NULL);
    struct verdict v = decide(s, &(struct request){.url = "http://x.example/"});
    assert_string_equal(verdict_text(&v), "warn by d");
    assert_true(v.report_count == 2 && v.reports[0] == 0 && v.reports[1] == 2);
    assert_true(v.warn_for_s == 7200 && v.reason == REASON_RULE && v.rule == 3);
    assert_true(sl_str_eq(v.title, SL_STR("D")) && sl_str_eq(v.message, SL_STR("M")));
    assert_true(sl_str_eq(snapshot_rule_id(s, v.reports[1]), SL_STR("c")));
    snapshot_unref(&s);
}

TEST(policy_decide__passes_over_what_is_not_known)
{
    static const struct {
        const char *rule;
        struct request request;
        const char *verdict;
        bool address, response;
    } cases[] = {
        {"'if':{'address':['10.0.0.0/8']}", {.url = "http://x.example/"}, "allow by default", true, false},
        {"'if':{'address':['10.0.0.0/8']}",
         {.url = "http://x.example/", .address = "10.0.0.1"},
         "block by r",
         false,
         false},
        {"'if':{'address':['10.0.0.0/8'],'port':[81]}",
         {.url = "http://x.example/"},
         "allow by default",
         false,
         false},
        {"'if':{'address':['10.0.0.0/8']}",
         {.url = "x.example:443", .method = "CONNECT"},
         "allow by default",
         true,
         false},
        {"'if':{},'unless':{'address':['10.0.0.0/8']}",
         {.url = "http://x.example/"},
         "allow by default",
         true,
         false},
        {"'if':{},'unless':{'address':['10.0.0.0/8']}",
         {.url = "http://x.example/", .address = "11.0.0.1"},
         "block by r",
         false,
         false},
        {"'if':{'address':['10.0.0.0/8']},'unless':{'host':['x.example']}",
         {.url = "http://x.example/"},
         "allow by default",
         false,
         false},
        {"'if':{'size_over':1}", {.url = "http://x.example/"}, "allow by default", false, true},
        {"'if':{'size_over':1}", {.url = "http://x.example/", .size = 2}, "block by r", false, false},
        {"'if':{'size_over':1}",
         {.url = "http://x.example/", .known = FACT_RESPONSE},
         "allow by default",
         false,
         false},
        {"'if':{'content_type':['a/b']}",
         {.url = "x.example:443", .method = "CONNECT"},
         "allow by default",
         false,
         false},
        {"'if':{'extension':['iso']}",
         {.url = "x.example:443", .method = "CONNECT"},
         "allow by default",
         false,
         false},
        {"'if':{},'unless':{'regex':['x']}",
         {.url = "x.example:443", .method = "CONNECT"},
         "allow by default",
         false,
         false},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        char doc[512];
        snprintf(doc, sizeof doc, "{'schema':1,'rules':[{'id':'r',%s,'then':'block'}]}", cases[i].rule);
        struct snapshot *s = compile(doc, NULL);
        struct verdict v = decide(s, &cases[i].request);
        if (strcmp(verdict_text(&v), cases[i].verdict) != 0 || v.needs_address != cases[i].address ||
            v.needs_response != cases[i].response)
            fail_msg("case %zu: %s, address %d, response %d", i, verdict_text(&v), v.needs_address,
                     v.needs_response);
        snapshot_unref(&s);
    }
}

TEST(policy_decide__asks_for_nothing_that_cannot_change_the_verdict)
{
    struct snapshot *s =
        compile("{'schema':1,'rules':[{'id':'a','then':'block'},{'id':'b','if':{'address':['10.0.0.0/8']},"
                "'then':'block'}]}",
                NULL);
    struct verdict v = decide(s, &(struct request){.url = "http://x.example/"});
    assert_false(v.needs_address);
    snapshot_unref(&s);
}

TEST(policy_decide__passes_over_user_rules_before_identification)
{
    struct snapshot *s = compile("{'schema':1,'groups':{'g':[]},'rules':[{'id':'r','if':{},'unless':{'user':["
                                 "'alice']},'then':'block'},"
                                 "{'id':'g','if':{},'unless':{'group':['g']},'then':'block'}]}",
                                 NULL);
    struct facts facts = *facts_of(&(struct request){.url = "http://x.example/"});
    struct verdict v;
    facts.known = 0;
    policy_decide(s, scratch, &facts, &v);
    assert_string_equal(verdict_text(&v), "allow by default");
    facts.known = FACT_USER;
    policy_decide(s, scratch, &facts, &v);
    assert_string_equal(verdict_text(&v), "block by r");
    assert_true(snapshot_needs_user(s));
    snapshot_unref(&s);
}

TEST(policy_decide__tells_inspection)
{
    struct snapshot *s = compile(
        "{'schema':1,'categories':{'banking':{'hosts':['bank.example']},'paths':{'urls':['x.example/a']},"
        "'malware':{'lists':['ut1/malware']}},"
        "'inspection':{'default':'tunnel','rules':[{'id':'banks','if':{'category':['banking','malware']},'"
        "then':'tunnel'},"
        "{'id':'path','if':{'category':['paths']},'then':'tunnel'},{'id':'url','if':{'url':['x.example/"
        "a']},'then':'tunnel'},"
        "{'id':'alice','if':{},'unless':{'user':['alice']},'then':'inspect'}]}}",
        &lists.provider);
    static const struct {
        struct request request;
        bool inspect;
    } cases[] = {
        {{.url = "bank.example:443", .method = "CONNECT"}, false},
        {{.url = "x.example:443", .method = "CONNECT"}, true},
        {{.url = "x.example:443", .method = "CONNECT", .user = "alice"}, false},
        {{.url = "https://bank.example/"}, false},
        {{.url = "https://x.example/a"}, true}, /* what the path says can't be known when the tunnel opens */
        {{.url = "https://mixed.example/bad/x"}, true}, /* nor what a list says of it */
        {{.url = "https://evil.example/bad/x"}, false},
        {{.url = "http://x.example/a"}, false},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct verdict v = decide(s, &cases[i].request);
        if (v.inspect != cases[i].inspect)
            fail_msg("%s", cases[i].request.url);
    }
    struct verdict v = decide(s, &(struct request){.url = "https://x.example/a"});
    assert_true(category_set_has(&v.categories, 1)); /* inspection does not change the categories */
    snapshot_unref(&s);
}

TEST(policy_decide__names_every_quota_that_holds)
{
    struct sl_text doc = {0};
    sl_text_addf(&doc, "{'schema':1,'quotas':[");
    for (int i = 0; i < 128; i++)
        sl_text_addf(&doc,
                     "%s{'id':'q%d','if':{'port':['%d-65535']},'per':'user','window':'day','bytes':'1MiB'}",
                     i ? "," : "", i, i + 1);
    sl_text_addf(&doc, "]}");
    struct snapshot *s = compile(doc.p, NULL);
    struct verdict v = decide(s, &(struct request){.url = "http://x.example/"});
    unsigned expected = 0;
    VERDICT_EACH(quota, v.quotas)
    assert_int_equal(quota, expected++);
    assert_int_equal(expected, 80);
    v = decide(s, &(struct request){.url = "https://x.example/"});
    expected = 0;
    VERDICT_EACH(quota, v.quotas)
    assert_int_equal(quota, expected++);
    assert_int_equal(expected, 128);
    const struct quota_def *q = snapshot_quota(s, 3);
    assert_true(q->limit.bytes == 1 << 20 && q->per == QUOTA_PER_USER && q->window == QUOTA_DAY &&
                q->then == ACTION_BLOCK);
    assert_true(snapshot_needs_user(s) && snapshot_quota_count(s) == 128);
    snapshot_unref(&s);
    sl_text_fini(&doc);
}

TEST(policy_decide__names_every_header_rule_that_holds)
{
    static const struct {
        struct request request;
        const char *headers; /* numbers of the rules */
        bool needs_address;
    } cases[] = {
        {{.url = "http://login.example/", .user = "bob"}, "0 2", true},
        {{.url = "http://a.login.example/", .user = "bob", .address = "192.0.2.1"}, "0 1 2", false},
        {{.url = "http://login.example/", .user = "alice", .address = "198.51.100.1"}, "2", false},
        {{.url = "http://x.example/", .address = "198.51.100.1"}, "2", false},
        {{.url = "http://x.example/"}, "2", true},
        {{.url = "https://login.example/", .user = "bob"}, "0 2", true},
        {{.url = "login.example:443", .method = "CONNECT", .user = "bob"}, "", false},
    };
    struct snapshot *s = compile(
        "{'schema':1,'headers':["
        "{'id':'m','if':{'host':['login.example']},'unless':{'user':['alice']},'set':{'A':'1','B':''},"
        "'remove':['C']},"
        "{'id':'near','if':{'address':['192.0.2.0/24']},'remove':['D']},{'id':'all','set':{'a':'2'}}]}",
        NULL);
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct verdict v = decide(s, &cases[i].request);
        char text[64] = "";
        VERDICT_EACH(rule, v.headers)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%u", *text ? " " : "", (unsigned)rule);
        if (strcmp(text, cases[i].headers) != 0 || v.needs_address != cases[i].needs_address)
            fail_msg("%s: '%s', address %d", cases[i].request.url, text, v.needs_address);
    }
    const struct header_def *def = snapshot_header_rule(s, 0);
    assert_int_equal(snapshot_header_count(s), 3);
    assert_true(sl_str_eq(def->id, SL_STR("m")) && def->set_count == 2 && def->remove_count == 1);
    assert_true(sl_str_eq(def->set[1].name, SL_STR("B")) && def->set[1].value.p && def->set[1].value.n == 0);
    assert_true(sl_str_eq(def->remove[0], SL_STR("C")));
    assert_true(snapshot_needs_user(s));
    snapshot_unref(&s);
}

TEST(policy_decide__dials_another_names_addresses_in_tunnels_too)
{
    static const struct {
        struct request request;
        const char *dialled;
    } cases[] = {
        {{.url = "http://search.example/"}, "strict.example"},
        {{.url = "https://img.search.example/?q"}, "strict.example"},
        {{.url = "search.example:443", .method = "CONNECT"}, "strict.example"},
        {{.url = "search.example:443", .method = "CONNECT", .user = "bob"}, "bobs.example"},
        {{.url = "other.example:443", .method = "CONNECT"}, ""},
        {{.url = "www.google.de:443", .method = "CONNECT"}, "forcesafesearch.google.com"},
        {{.url = "x.www.google.de:443", .method = "CONNECT"}, ""},
        {{.url = "https://google.de/"}, ""},
    };
    struct snapshot *s = compile("{'schema':1,'headers':["
                                 "{'id':'s','if':{'host':'search.example'},'resolve_as':'strict.example'},"
                                 "{'id':'f','if':{'host':'search.example'},'set':{'A':'1'}},"
                                 "{'id':'b','if':{'user':'bob'},'resolve_as':'BOBS.example'},"
                                 "{'id':'g','use':'google-safe-search'}]}",
                                 NULL);
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct verdict v = decide(s, &cases[i].request);
        if (!sl_str_eq(v.resolve_as, sl_cstr(cases[i].dialled)))
            fail_msg("%s: '%.*s'", cases[i].request.url, SL_FMT(v.resolve_as));
    }
    snapshot_unref(&s);
}

TEST(policy_decide__gives_the_fields_of_a_service_to_its_hosts_alone)
{
    static const struct {
        struct request request;
        const char *headers;
    } cases[] = {
        {{.url = "https://login.live.com/"}, "0"},
        {{.url = "https://a.login.live.com/"}, ""},
        {{.url = "https://slack.com/"}, "1"},
        {{.url = "https://acme.slack.com/", .user = "bob"}, "1"},
        {{.url = "https://acme.slack.com/", .user = "eve"}, ""},
        {{.url = "https://notslack.com/"}, ""},
    };
    struct snapshot *s =
        compile("{'schema':1,'headers':[{'id':'c','use':'microsoft-consumer'},{'id':'s','use':'slack',"
                "'unless':{'user':'eve'},'with':{'requester':'T1','workspaces':['T1','E2']}}]}",
                NULL);
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct verdict v = decide(s, &cases[i].request);
        char text[64] = "";
        VERDICT_EACH(rule, v.headers)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%u", (unsigned)rule);
        if (strcmp(text, cases[i].headers) != 0)
            fail_msg("%s: '%s'", cases[i].request.url, text);
    }
    const struct header_def *def = snapshot_header_rule(s, 1);
    assert_true(sl_str_eq(def->set[0].value, SL_STR("T1")) && sl_str_eq(def->set[1].value, SL_STR("T1,E2")));
    snapshot_unref(&s);
}

TEST(policy_decide__takes_a_regex_in_doubt_for_the_safe_side)
{
    char url[3000] = "http://x.example/";
    memset(url + strlen(url), 'a', 2500);
    static const struct {
        const char *rules, *verdict;
    } cases[] = {
        {"{'id':'r','if':{'regex':['(a+)+$b|(a+)+c$']},'then':'block'}", "block by r"},
        {"{'id':'r','if':{'regex':['(a+)+$b|(a+)+c$']},'then':'allow'},{'id':'s','then':'block'}",
         "block by s"},
        {"{'id':'r','unless':{'regex':['(a+)+$b|(a+)+c$']},'then':'block'}", "block by r"},
        {"{'id':'r','if':{'category':['slow']},'then':'block'}", "block by r"},
        {"{'id':'r','if':{'category':['slow']},'then':'allow'},{'id':'s','then':'block'}", "block by s"},
        {"{'id':'r','if':{'category':['uncategorised']},'then':'block'}", "block by r"},
        {"{'id':'r','if':{'category':['uncategorised']},'then':'allow'},{'id':'s','then':'block'}",
         "block by s"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        char doc[600];
        snprintf(doc, sizeof doc,
                 "{'schema':1,'categories':{'slow':{'regex':['(a+)+$b|(a+)+c$']}},'rules':[%s]}",
                 cases[i].rules);
        struct snapshot *s = compile(doc, NULL);
        struct verdict v = decide(s, &(struct request){.url = url});
        if (strcmp(verdict_text(&v), cases[i].verdict) != 0)
            fail_msg("%s: %s", cases[i].rules, verdict_text(&v));
        snapshot_unref(&s);
    }
    assert_true(policy_scratch_limits_hit(scratch) > 0);
}

TEST(policy_categories__are_the_union_less_the_exceptions)
{
    struct snapshot *s =
        compile("{'schema':1,'categories':{'a':{'lists':['ut1/social'],'hosts':['x.example']},"
                "'b':{'lists':['other','ut1/social'],'urls':['x.example/b']},'c':{'regex':['/"
                "c$'],'except':['y.x.example/c']},"
                "'d':{'lists':['ut1/malware']}}}",
                &lists.provider);
    static const struct {
        const char *url;
        unsigned set; /* e is uncategorised */
    } cases[] = {
        {"http://social.example/", 0x03}, {"http://x.example/", 0x01},
        {"http://x.example/b", 0x03},     {"http://x.example/b/c", 0x07},
        {"http://z.example/c", 0x04},     {"http://y.x.example/c", 0x01},
        {"http://none.example/", 0x10},   {"http://drive.example/payload", 0x08},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct category_set set;
        policy_categories(s, scratch, facts_of(&(struct request){.url = cases[i].url})->url, false, &set);
        if (set.w[0] != cases[i].set)
            fail_msg("%s: %llx", cases[i].url, (unsigned long long)set.w[0]);
    }
    assert_int_equal(snapshot_category_count(s), 5);
    assert_true(sl_str_eq(snapshot_category_name(s, 4), SL_STR("uncategorised")));
    assert_int_equal(snapshot_skipped_expressions(s), 1);
    snapshot_unref(&s);
}

TEST(match_glob__stars_stand_for_any_text)
{
    static const struct {
        const char *pattern, *text;
        bool matches;
    } cases[] = {
        {"*", "", true},        {"", "", true},
        {"", "a", false},       {"a", "A", true},
        {"a*", "abc", true},    {"*c", "abc", true},
        {"a*c", "abbbc", true}, {"a*c", "abbb", false},
        {"*b*", "abc", true},   {"*x*", "abc", false},
        {"**a**", "bab", true}, {"a*b*c", "axbxbxc", true},
        {"*ab", "aab", true},   {"curl/*", "CURL/8", true},
        {"a?c", "abc", false},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++)
        if (match_glob(sl_cstr(cases[i].pattern), sl_cstr(cases[i].text)) != cases[i].matches)
            fail_msg("%s %s", cases[i].pattern, cases[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policy_decide__judges_each_kind_of_condition),
        cmocka_unit_test(policy_decide__takes_the_first_rule_that_matches),
        cmocka_unit_test(policy_decide__falls_back_to_the_default),
        cmocka_unit_test(policy_decide__reports_and_goes_on),
        cmocka_unit_test(policy_decide__passes_over_what_is_not_known),
        cmocka_unit_test(policy_decide__asks_for_nothing_that_cannot_change_the_verdict),
        cmocka_unit_test(policy_decide__passes_over_user_rules_before_identification),
        cmocka_unit_test(policy_decide__tells_inspection),
        cmocka_unit_test(policy_decide__names_every_quota_that_holds),
        cmocka_unit_test(policy_decide__names_every_header_rule_that_holds),
        cmocka_unit_test(policy_decide__dials_another_names_addresses_in_tunnels_too),
        cmocka_unit_test(policy_decide__gives_the_fields_of_a_service_to_its_hosts_alone),
        cmocka_unit_test(policy_decide__takes_a_regex_in_doubt_for_the_safe_side),
        cmocka_unit_test(policy_categories__are_the_union_less_the_exceptions),
        cmocka_unit_test(match_glob__stars_stand_for_any_text),
    };
    return cmocka_run_group_tests_name("policy/decide", tests, set_up, tear_down);
}

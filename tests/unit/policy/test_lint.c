/* test_lint.c - unit tests of policy/lint*.c: what it finds, and that what it calls unreachable never
 * decides. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

#define EMPTY "'schema':1,'default':{'then':'allow'}"

static struct fake_lists lists;
static struct policy_scratch *scratch;

static int set_up(void **state)
{
    static const char *const names[] = {"ut1/malware", "ut1/social", "empty", NULL};
    static const struct fake_entry entries[] = {{"ut1/malware", "evil.example", NULL},
                                                {"ut1/social", "social.example", NULL}};
    fake_lists_init(&lists, names, entries, SL_COUNT(entries));
    scratch = policy_scratch_new();
    return 0;
}

static int tear_down(void **state)
{
    policy_scratch_free(&scratch);
    return 0;
}

static json_t *lint(const char *quoted, const struct lint_hints *hints)
{
    static const struct lint_hints none = {.now_s = 1795000000};
    struct snapshot *s = compile(quoted, &lists.provider);
    json_t *notes = policy_lint(s, hints ? hints : &none);
    snapshot_unref(&s);
    return notes;
}

static const char *text_of(const json_t *note, const char *key)
{
    return json_string_value(json_object_get(note, key));
}

/* "code pointer" of each note that is not about names nobody uses, in order, joined by ", ". */
static void assert_notes(const char *quoted, const char *expected)
{
    json_t *notes = lint(quoted, NULL), *note;
    struct sl_text found = {0};
    size_t i;
    sl_text_addf(&found, "%s", "");
    json_array_foreach(notes, i, note) if (strcmp(text_of(note, "code"), "unused") != 0)
        sl_text_addf(&found, "%s%s %s", found.n ? ", " : "", text_of(note, "code"), text_of(note, "pointer"));
    if (strcmp(found.p, expected) != 0)
        fail_msg("%s\n  gives %s\n  expected %s", quoted, found.p, expected);
    sl_text_fini(&found);
    json_decref(notes);
}

#define RULES(...)                                                                                     \
    "{" EMPTY ",'groups':{'staff':['alice','bob'],'nobody':[]},"                                       \
    "'networks':{'lan':['10.0.0.0/8'],'desk':['10.1.0.0/16']},"                                        \
    "'schedules':{'work':{'timezone':'UTC','spans':[{'days':'mon-fri','from':'08:00','to':'18:00'}]}," \
    "'lunch':{'timezone':'UTC','spans':[{'days':'mon-fri','from':'12:00','to':'13:00'}]}},"            \
    "'categories':{'malware':{'lists':['ut1/malware']},'social':{'hosts':['social.example']},"         \
    "'chat':{'regex':['chat\\\\.']},'ours':{'hosts':['ours.example'],'except':['x.ours.example']}},"   \
    "'rules':[" __VA_ARGS__ "]}"

TEST(policy_lint__finds_rules_that_never_decide)
{
    static const struct {
        const char *doc, *notes;
    } cases[] = {
        {RULES("{'id':'a','if':{'host':['x.example']},'then':'block'},{'id':'b','if':{'host':['a.x.example']}"
               ",'then':'allow'}"),
         "shadowed /rules/1"},
        {RULES("{'id':'a','if':{'host':['x.example']},'then':'block'},{'id':'b','if':{'host':['a.x.example']}"
               ",'then':'block'}"),
         "redundant /rules/1"},
        {RULES("{'id':'a','if':{'host':['x.example']},'then':'block'},{'id':'b','if':{'host':'x.example'},'"
               "then':'warn'}"),
         "contradictory /rules/1"},
        {RULES("{'id':'a','if':{'user':['bob','alice']},'then':'block'},{'id':'b','if':{'user':['alice','bob'"
               "]},'then':'block'}"),
         "duplicate /rules/1"},
        {RULES(
             "{'id':'a','if':{'host':['x.example']},'then':'allow','throttle':{'rate':'1Mbit/s','per':'all'}"
             "},{'id':'b','if':{'host':['a.x.example']},'then':'allow','throttle':'1Mbit/s'}"),
         "shadowed /rules/1"},
        {RULES("{'id':'a','if':{'host':['x.example']},'then':'allow','throttle':'1Mbit/s'},{'id':'b','if':{'"
               "host':['a.x.example']},'then':'allow','throttle':{'rate':'1Mbit/s'}}"),
         "redundant /rules/1"},
        {RULES("{'id':'a','if':{'host':['x.example']},'then':'allow','source':'192.0.2.7'},{'id':'b','if':{'"
               "host':['a.x.example']},'then':'allow'}"),
         "shadowed /rules/1"},
        /* the first counts only */
        {RULES("{'id':'a','if':{},'then':'block','report_only':true},{'id':'b','if':{'port':80},'then':'warn'"
               "}"),
         ""},
        {RULES("{'id':'a','if':{},'then':'block','enabled':false},{'id':'b','if':{'port':80},'then':'warn'}"),
         ""},
        {RULES("{'id':'a','if':{},'then':'block'},{'id':'b','if':{'port':80},'then':'block','report_only':"
               "true}"),
         "shadowed /rules/1"},
        {RULES("{'id':'a','if':{'group':'staff'},'then':'block'},{'id':'b','if':{'user':'alice','port':'80-"
               "90'},'then':'warn'}"),
         "shadowed /rules/1"},
        {RULES("{'id':'a','if':{'group':'staff'},'then':'block'},{'id':'b','if':{'user':['alice','eve']},'"
               "then':'warn'}"),
         ""},
        {RULES("{'id':'a','if':{'category':'social'},'then':'block'},{'id':'b','if':{'host':'a.social."
               "example'},'then':'allow'}"),
         "shadowed /rules/1"},
        {RULES("{'id':'a','if':{'category':'social'},'then':'block'},{'id':'b','if':{'url':'social.example/"
               "x'},'then':'allow'}"),
         "shadowed /rules/1"},
        {RULES("{'id':'a','if':{'category':'ours'},'then':'block'},{'id':'b','if':{'host':'ours.example'},'"
               "then':'allow'}"),
         ""},
        {RULES("{'id':'a','if':{'url':'x.example/a'},'then':'block'},{'id':'b','if':{'url':'x.example/a/"
               "b'},'then':'allow'}"),
         "shadowed /rules/1"},
        {RULES("{'id':'a','if':{'url':'x.example/a'},'then':'block'},{'id':'b','if':{'url':'x.example/"
               "ab'},'then':'allow'}"),
         ""},
        {RULES("{'id':'a','if':{'url':'x.example:80/a'},'then':'block'},{'id':'b','if':{'url':'x.example/"
               "a'},'then':'allow'}"),
         ""},
        {RULES("{'id':'a','if':{'network':'lan'},'then':'block'},{'id':'b','if':{'network':'desk'},'then':'"
               "warn'}"),
         "shadowed /rules/1"},
        {RULES("{'id':'a','if':{'network':'desk'},'then':'block'},{'id':'b','if':{'network':'lan'},'then':'"
               "warn'}"),
         ""},
        {RULES("{'id':'a','if':{'schedule':'work'},'then':'block'},{'id':'b','if':{'schedule':'lunch'},'then'"
               ":'warn'}"),
         "shadowed /rules/1"},
        {RULES("{'id':'a','if':{'schedule':'lunch'},'then':'block'},{'id':'b','if':{'schedule':'work'},'then'"
               ":'warn'}"),
         ""},
        {RULES("{'id':'a','if':{'content_type':'video/"
               "*'},'then':'block'},{'id':'b','if':{'content_type':'video/mp4'},'then':'warn'}"),
         "shadowed /rules/1"},
        {RULES("{'id':'a','if':{'size_over':1000},'then':'block'},{'id':'b','if':{'size_over':2000},'then':'"
               "warn'}"),
         "shadowed /rules/1"},
        {RULES("{'id':'a','if':{'user_agent':'*curl*'},'then':'block'},{'id':'b','if':{'user_agent':'curl/"
               "*'},'then':'warn'}"),
         "shadowed /rules/1"},
        {RULES("{'id':'a','if':{'address':'192.0.2.0/"
               "24'},'then':'block'},{'id':'b','if':{'address':'192.0.2.7'},'then':'warn'}"),
         "shadowed /rules/1"},
        /* exceptions of the first leave it something, unless the second has them too */
        {RULES("{'id':'a','if':{},'unless':{'user':'alice'},'then':'block'},{'id':'b','if':{'port':80},'then'"
               ":'warn'}"),
         ""},
        {RULES("{'id':'a','if':{},'unless':{'user':'alice'},'then':'block'},"
               "{'id':'b','if':{'port':80},'unless':{'group':'staff'},'then':'warn'}"),
         "shadowed /rules/1"},
        {RULES("{'id':'a','if':{},'then':'block','until':'2027-01-01'},{'id':'b','if':{'port':80},'then':'"
               "warn'}"),
         ""},
        {RULES("{'id':'a','if':{},'then':'block','until':'2027-01-02'},{'id':'b','if':{'port':80},'then':'"
               "warn','until':'2027-01-01'}"),
         "shadowed /rules/1"},
        /* a regex in doubt holds for who blocks, and not for who allows */
        {RULES("{'id':'a','if':{'category':'chat'},'then':'allow'},{'id':'b','if':{'category':'chat'},'then':"
               "'block'}"),
         ""},
        {RULES("{'id':'a','if':{'category':'chat'},'then':'block'},{'id':'b','if':{'category':'chat'},'then':"
               "'warn'}"),
         "contradictory /rules/1"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++)
        assert_notes(cases[i].doc, cases[i].notes);
}

TEST(policy_lint__finds_conditions_that_never_hold)
{
    static const struct {
        const char *doc, *notes;
    } cases[] = {
        {RULES("{'id':'a','if':{'scheme':'connect','regex':'/x\\\\.iso'},'then':'block'}"),
         "never-holds /rules/0"},
        {RULES("{'id':'a','if':{'scheme':'http','method':'CONNECT'},'then':'block'}"),
         "never-holds /rules/0"},
        {RULES("{'id':'a','if':{'host':'a.example'},'unless':{'host':'example'},'then':'block'}"),
         "never-holds /rules/0"},
        {RULES("{'id':'a','if':{'host':'example'},'unless':{'host':'a.example'},'then':'block'}"), ""},
        {RULES("{'id':'a','if':{'port':80},'then':'block','until':'2020-01-01'}"), "expired /rules/0"},
        {RULES("{'id':'a','if':{'schedule':'work'},'then':'block','from':'2026-12-05','until':'2026-12-06'}"),
         "never-holds /rules/0"}, /* a weekend */
        {RULES("{'id':'a','if':{'schedule':'work'},'then':'block','from':'2026-12-05','until':'2026-12-07'}"),
         ""},
        {RULES("{'id':'a','if':{'group':'nobody'},'then':'block'}"), "empty-group /rules/0"},
        {"{" EMPTY ",'categories':{'void':{}},'rules':[{'id':'a','if':{'category':'void'},'then':'block'}]}",
         "never-holds /rules/0, empty-category /categories/void"},
        {"{" EMPTY ",'quotas':[{'id':'q','if':{'scheme':'connect','extension':'iso'},'per':'all','window':'"
         "day','requests':5}]}",
         "never-holds /quotas/0"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++)
        assert_notes(cases[i].doc, cases[i].notes);
}

TEST(policy_lint__looks_at_entries_and_order)
{
    static const struct {
        const char *doc, *notes;
    } cases[] = {
        {"{" EMPTY
         ",'categories':{'c':{'hosts':['Example.com','www.example.com','other.example','a.b.example.com']}}}",
         "covered-host /categories/c/hosts, covered-host /categories/c/hosts"},
        {RULES("{'id':'a','if':{'regex':['example.com/x']},'then':'block'}"), "regex /rules/0/if/regex/0"},
        {RULES("{'id':'a','if':{'regex':'[a-z]{9}[0-9]'},'then':'block'}"),
         "regex-no-literal /rules/0/if/regex"},
        {RULES("{'id':'a','if':{'regex':'/x/(a+)+$'},'then':'block'}"), "regex-heavy /rules/0/if/regex"},
        {RULES("{'id':'a','if':{'group':'staff'},'then':'allow'},{'id':'b','if':{'category':'malware'},'then'"
               ":'block'}"),
         "open-door /rules/0"},
        {RULES("{'id':'a','if':{'host':'x.example'},'then':'allow'},{'id':'b','if':{'category':'malware'},'"
               "then':'block'}"),
         ""},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++)
        assert_notes(cases[i].doc, cases[i].notes);
}

TEST(policy_lint__looks_at_header_rules)
{
    static const struct {
        const char *headers, *notes;
    } cases[] = {
        {"{'id':'h','set':{'A':'1'}}", "headers-everywhere /headers/0"},
        {"{'id':'h','if':{'user':['bob']},'query':{'a':'1'}}", "headers-everywhere /headers/0"},
        {"{'id':'h','resolve_as':'x.example'}", "headers-everywhere /headers/0"},
        {"{'id':'h','remove':['A']}", ""},
        {"{'id':'h','if':{'host':['plain.example']},'set':{'A':'1'}}", "headers-unseen /headers/0"},
        {"{'id':'h','if':{'host':['open.example','plain.example']},'set':{'A':'1'}}",
         "headers-unseen /headers/0"},
        {"{'id':'h','if':{'host':['a.open.example']},'set':{'A':'1'}}", ""},
        {"{'id':'h','if':{'category':['uncategorised']},'set':{'A':'1'}}", ""},
        {"{'id':'h','use':'microsoft-consumer'}", "headers-unseen /headers/0"},
        {"{'id':'h','use':'google-safe-search'}", ""},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        char doc[500];
        snprintf(doc, sizeof doc,
                 "{" EMPTY
                 ",'inspection':{'rules':[{'id':'i','if':{'host':['open.example']},'then':'inspect'}]},"
                 "'headers':[%s]}",
                 cases[i].headers);
        assert_notes(doc, cases[i].notes);
    }
}

TEST(policy_lint__counts_regexes_that_always_run)
{
    static const char doc[] = RULES("{'id':'a','if':{'regex':['[a-z]{9}[0-9]','[0-9]{7}']},'then':'block'}");
    struct lint_hints hints = {.always_run = 2};
    json_t *few = lint(doc, &hints);
    hints.always_run = 1;
    json_t *many = lint(doc, &hints);
    assert_int_equal(json_array_size(many), json_array_size(few) + 1);
    const json_t *last = json_array_get(many, json_array_size(few));
    assert_string_equal(json_string_value(json_object_get(last, "code")), "regexes-no-literal");
    assert_non_null(strstr(json_string_value(json_object_get(last, "message")), "2 regexes require no text"));
    json_decref(few);
    json_decref(many);
}

TEST(policy_lint__uses_what_the_caller_knows)
{
    json_t *known = json_pack("{s:i, s:i}", "a", 0, "b", 3), *sizes = json_pack("{s:i}", "empty", 0),
           *overlaps =
               json_pack("[{s:s, s:s, s:i}]", "list", "ut1/social", "within", "ut1/malware", "percent", 93);
    struct lint_hints hints = {.hits = known, .days = 30, .lists = sizes, .overlaps = overlaps};
    json_t *notes = lint(
        "{" EMPTY ",'categories':{'e':{'lists':['empty']},'m':{'lists':['ut1/malware','ut1/social']}},"
        "'rules':[{'id':'a','if':{'category':'m'},'then':'block'},{'id':'b','if':{'port':1},'then':'block'},"
        "{'id':'new','if':{'port':2},'then':'block'}]}",
        &hints);
    assert_int_equal(json_array_size(notes), 4);
    static const char *const codes[] = {"never-hit", "unused", "empty-category", "list-overlap"};
    for (size_t i = 0; i < SL_COUNT(codes); i++)
        assert_string_equal(text_of(json_array_get(notes, i), "code"), codes[i]);
    assert_string_equal(text_of(json_array_get(notes, 0), "rule"), "a");
    json_decref(notes);
    json_decref(known);
    json_decref(sizes);
    json_decref(overlaps);
}

TEST(policy_lint__names_what_nobody_uses)
{
    json_t *notes =
        lint(RULES("{'id':'a','if':{'category':['malware','social','chat','ours']},'then':'block'},"
                   "{'id':'b','if':{'group':['staff','nobody']},'unless':{'network':'lan'},'then':'warn','"
                   "enabled':false}"),
             NULL);
    struct sl_text all = {0};
    json_t *note;
    size_t i;
    json_array_foreach(notes, i, note)
        sl_text_addf(&all, "%s %s;", text_of(note, "code"), text_of(note, "pointer"));
    assert_string_equal(all.p, "unused /networks/desk;unused /schedules/work;unused /schedules/lunch;");
    sl_text_fini(&all);
    json_decref(notes);
}

/* ---- no false alarms ---- */

static uint32_t random_state = 20261126;

static uint32_t pick(uint32_t n)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % n;
}

#define PICK(...) ((const char *const[]){__VA_ARGS__}[pick(SL_COUNT(((const char *const[]){__VA_ARGS__})))])

static const char *random_clause(void)
{
    return PICK(
        "'category':['malware']", "'category':['social','malware']", "'category':['uncategorised']",
        "'category':['chat']", "'category':['chat','social']", "'category':['ours']", "'host':['example']",
        "'host':['social.example']", "'host':['a.social.example','x.example']", "'host':['ours.example']",
        "'user':['alice']", "'user':['bob','eve']", "'user':['alice','bob']", "'group':['staff']",
        "'group':['staff','nobody']", "'network':['lan']", "'network':['desk']", "'network':['desk','lan']",
        "'schedule':['work']", "'schedule':['lunch']", "'schedule':['lunch','work']",
        "'address':['192.0.2.0/24']", "'address':['192.0.2.1']", "'url':['x.example/a']",
        "'url':['x.example/a/b','social.example/']", "'url':['x.example:8443']", "'url':['x.example']",
        "'regex':['a.e']", "'regex':['a.e','chat']", "'port':[80]", "'port':['1-100',8443]",
        "'method':['CONNECT']", "'method':['GET','CONNECT']", "'scheme':['http']",
        "'scheme':['http','connect']", "'extension':['iso']", "'extension':['iso','exe']", "'size_over':1000",
        "'size_over':100000", "'content_type':['text/*']", "'content_type':['text/html']",
        "'user_agent':['*bot']", "'user_agent':['a*bot','curl']");
}

static void add_condition(struct sl_text *t, const char *key)
{
    sl_text_addf(t, ",'%s':{%s", key, pick(8) ? random_clause() : "");
    if (t->p[t->n - 1] != '{' && pick(2))
        sl_text_addf(t, ",%s", random_clause());
    sl_text_addf(t, "}");
}

static void add_rule(struct sl_text *t, unsigned i)
{
    sl_text_addf(t, "%s{'id':'r%u'", i ? "," : "", i);
    add_condition(t, "if");
    if (pick(4) == 0)
        add_condition(t, "unless");
    sl_text_addf(t, ",'then':'%s'%s%s}", PICK("block", "allow", "warn"), pick(3) ? "" : ",'report_only':true",
                 pick(6) ? ""
                         : PICK(",'until':'2026-11-23'", ",'until':'2026-11-22'", ",'from':'2026-11-22'"));
}

static json_t *random_document(void)
{
    static const char around[] = RULES("@");
    struct sl_text t = {0};
    const char *at = strchr(around, '@');
    sl_text_add(&t, sl_str(around, (size_t)(at - around)));
    for (unsigned i = 0, count = 2 + pick(10); i < count; i++)
        add_rule(&t, i);
    sl_text_addf(&t, "%s", at + 1);
    for (size_t i = 0; i < t.n; i++)
        if (t.p[i] == '\'')
            t.p[i] = '"';
    json_t *doc = json_loadb(t.p, t.n, 0, NULL); /* of two equal keys the second counts */
    assert_non_null(doc);
    sl_text_fini(&t);
    return doc;
}

static struct request random_request(void)
{
    struct request r = {
        .url = PICK("http://evil.example/", "http://x.example/a/b.iso", "https://social.example/",
                    "http://a.social.example/", "http://chat.example/chat/", "http://x.example:8443/a",
                    "http://192.0.2.9/x.iso", "http://x.example/a/b/c.exe", "http://ours.example/",
                    "http://x.ours.example/ade", "http://nowhere.test/", "http://example/"),
        .user = PICK("", "alice", "bob", "eve"),
        .client = PICK("10.9.9.9", "10.1.2.3", "192.168.1.1", "2001:db8::1"),
        .at = PICK("2026-11-23T12:30:00Z", "2026-11-22T12:00:00Z", "2026-11-23T09:00:00Z",
                   "2026-11-24T20:00:00Z"),
        .user_agent = PICK("", "a bot", "curl", "robot"),
        .group = PICK("staff", "nobody", NULL),
        .address = PICK("192.0.2.1", "192.0.2.2", "198.51.100.1", NULL),
        .content_type = PICK("text/html", "text/css", NULL, NULL),
    };
    r.size = pick(2) ? 0 : 1 << pick(30);
    if (pick(3) == 0) {
        r.method = "CONNECT";
        r.url = PICK("evil.example:443", "social.example:443", "x.example:8443", "192.0.2.9:443",
                     "a.social.example:80");
    }
    return r;
}

static bool is_unreachable(const json_t *note)
{
    static const char *const codes[] = {"shadowed", "contradictory", "duplicate", "redundant", "never-holds"};
    for (size_t i = 0; i < SL_COUNT(codes); i++)
        if (strcmp(text_of(note, "code"), codes[i]) == 0)
            return json_is_string(json_object_get(note, "rule"));
    return false;
}

static struct snapshot *without(const json_t *doc, const char *id)
{
    json_t *copy = json_deep_copy(doc), *rules = json_object_get(copy, "rules"), *rule;
    struct policy_faults faults = {0};
    size_t i;
    json_array_foreach(rules, i, rule) if (strcmp(text_of(rule, "id"), id) == 0)
    {
        json_array_remove(rules, i);
        break;
    }
    struct snapshot *s = snapshot_compile(copy, &lists.provider, 1, &faults);
    assert_non_null(s);
    json_decref(copy);
    return s;
}

/* Decides nothing and is reported nowhere; without it everything is decided as before. */
static void expect_unreachable(const struct snapshot *s, const json_t *doc, const json_t *note)
{
    const char *id = text_of(note, "rule");
    struct snapshot *less = without(doc, id);
    for (int k = 0; k < 40; k++) {
        struct request r = random_request();
        struct facts facts = *facts_of(&r);
        struct verdict with, then;
        facts.known &= pick(4) ? ~0u : ~(unsigned)FACT_USER;
        policy_decide(s, scratch, &facts, &with);
        bool decides = sl_str_eq(with.rule_id, sl_cstr(id));
        for (unsigned i = 0; i < with.report_count; i++)
            decides = decides || sl_str_eq(snapshot_rule_id(s, with.reports[i]), sl_cstr(id));
        policy_decide(less, scratch, &facts, &then);
        if (decides || with.action != then.action || !sl_str_eq(with.rule_id, then.rule_id)) {
            char *text = json_dumps(doc, 0);
            fail_msg("%s %s, but for %s it counts, in %s", id, text_of(note, "message"), r.url, text);
        }
    }
    snapshot_unref(&less);
}

TEST(policy_lint__raises_no_false_alarm)
{
    static const struct lint_hints hints = {.now_s = 1};
    unsigned found = 0;
    for (int i = 0; i < 150; i++) {
        json_t *doc = random_document(), *note;
        struct policy_faults faults = {0};
        struct snapshot *s = snapshot_compile(doc, &lists.provider, 1, &faults);
        assert_non_null(s);
        json_t *notes = policy_lint(s, &hints);
        size_t n;
        json_array_foreach(notes, n, note) if (is_unreachable(note))
        {
            expect_unreachable(s, doc, note);
            found++;
        }
        json_decref(notes);
        snapshot_unref(&s);
        json_decref(doc);
    }
    assert_true(found > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policy_lint__finds_rules_that_never_decide),
        cmocka_unit_test(policy_lint__finds_conditions_that_never_hold),
        cmocka_unit_test(policy_lint__looks_at_entries_and_order),
        cmocka_unit_test(policy_lint__counts_regexes_that_always_run),
        cmocka_unit_test(policy_lint__looks_at_header_rules),
        cmocka_unit_test(policy_lint__uses_what_the_caller_knows),
        cmocka_unit_test(policy_lint__names_what_nobody_uses),
        cmocka_unit_test(policy_lint__raises_no_false_alarm),
    };
    return cmocka_run_group_tests_name("policy/lint", tests, set_up, tear_down);
}

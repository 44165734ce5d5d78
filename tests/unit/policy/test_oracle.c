/* test_oracle.c - property test of decide.c and sieve.c: sets of guards and the plain interpreter, which asks
 * every guard in order, give the same verdict in every field. Policies and requests are made up from a small
 * stock of values, so that they meet often.
 *
 * SLUICE_TEST_LONG=1 tries many more, SLUICE_TEST_SEED=N another sequence; a failure prints its seed. */
#include "tests/unit/policy/support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/walk.h"

/* A regex that gives up on many a's: whether it matches is in doubt. */
#define SLOW "(a+)+$b|(a+)+c$"

static const char *const list_names[] = {"bad", "social", NULL};
static const struct fake_entry list_entries[] = {
    {"bad", "evil.example", NULL}, {"bad", "x.example", "/bad/"}, {"social", "social.example", NULL}};
static struct fake_lists lists;
static struct policy_scratch *scratch;
static uint64_t seed, random_state;

static int set_up(void **state)
{
    const char *given = getenv("SLUICE_TEST_SEED");
    fake_lists_init(&lists, list_names, list_entries, SL_COUNT(list_entries));
    scratch = policy_scratch_new();
    seed = given ? strtoull(given, NULL, 10) : 20261126;
    random_state = seed;
    printf("seed %" PRIu64 "\n", seed);
    return 0;
}

static int tear_down(void **state)
{
    policy_scratch_free(&scratch);
    return lists.refs == 1 ? 0 : -1;
}

static uint32_t pick(uint32_t n)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % n;
}

static bool chance(uint32_t percent)
{
    return pick(100) < percent;
}

#define PICK(...) ((const char *const[]){__VA_ARGS__}[pick(SL_COUNT(((const char *const[]){__VA_ARGS__})))])

/* ---- policies ---- */

enum { STOCK_VALUES = 6 };
static const struct {
    const char *key, *values[STOCK_VALUES]; /* JSON; NULL behind the last */
} stock[] = {
    {"category", {"'malware'", "'social'", "'video'", "'slow'", "'uncategorised'", "'none'"}},
    {"host", {"'example'", "'social.example'", "'x.example'", "'192.0.2.9'", "'other.test'"}},
    {"url", {"'x.example/a'", "'social.example'", "'x.example:8443/a'", "'x.example/bad'"}},
    {"regex", {"'a.e'", "'[.]iso$'", "'" SLOW "'", "'^https:'", "'x[.]example/b'"}},
    {"user", {"'alice'", "'bob'", "'eve'"}},
    {"group", {"'staff'", "'admins'", "'remote'"}},
    {"network", {"'lan'", "'office'", "'six'"}},
    {"schedule", {"'work'", "'night'", "'never'"}},
    {"address", {"'192.0.2.0/24'", "'198.51.100.0/25'", "'2001:db8::/32'"}},
    {"port", {"80", "443", "'8000-9000'", "'1-65535'", "'8443-65535'", "65535"}},
    {"method", {"'GET'", "'POST'", "'CONNECT'"}},
    {"scheme", {"'http'", "'https'", "'connect'"}},
    {"extension", {"'iso'", "'exe'", "'html'"}},
    {"content_type", {"'text/*'", "'video/mp4'"}},
    {"size_over", {"1000", "'1MiB'"}},
    {"user_agent", {"'*bot*'", "'curl*'"}},
};

static void add_clause(struct sl_text *t, size_t kind)
{
    uint32_t count = 0;
    while (count < STOCK_VALUES && stock[kind].values[count])
        count++;
    sl_text_addf(t, "'%s':", stock[kind].key);
    if (strcmp(stock[kind].key, "size_over") == 0 || chance(40)) {
        sl_text_addf(t, "%s", stock[kind].values[pick(count)]);
        return;
    }
    sl_text_addf(t, "[%s", stock[kind].values[pick(count)]);
    for (uint32_t i = pick(3); i > 0; i--)
        sl_text_addf(t, ",%s", stock[kind].values[pick(count)]);
    sl_text_addf(t, "]");
}

/* Header rules can't ask for the response. */
static void add_condition(struct sl_text *t, uint32_t most, bool header)
{
    uint32_t used = 0;
    const char *comma = "";
    sl_text_addf(t, "{");
    for (uint32_t i = pick(most + 1); i > 0; i--) {
        size_t kind = pick(SL_COUNT(stock));
        bool of_response =
            strcmp(stock[kind].key, "size_over") == 0 || strcmp(stock[kind].key, "content_type") == 0;
        if ((used >> kind & 1) || (header && of_response))
            continue;
        used |= 1u << kind;
        sl_text_addf(t, "%s", comma);
        add_clause(t, kind);
        comma = ",";
    }
    sl_text_addf(t, "}");
}

static void add_guard(struct sl_text *t, bool header)
{
    if (chance(95)) {
        sl_text_addf(t, ",'if':");
        add_condition(t, 3, header);
    }
    if (chance(25)) {
        sl_text_addf(t, ",'unless':");
        add_condition(t, 2, header);
    }
    if (chance(10))
        sl_text_addf(t, ",'from':'%s'", PICK("2026-11-23", "2026-11-23T09:00:30Z", "2020-01-01"));
    if (chance(10))
        sl_text_addf(t, ",'until':'%s'", PICK("2026-11-24", "2026-11-23T09:00:31Z", "2030-01-01"));
}

static void add_array(struct sl_text *t, const char *key, uint32_t count, void (*add)(struct sl_text *t))
{
    sl_text_addf(t, "'%s':[", key);
    for (uint32_t i = 0; i < count; i++) {
        sl_text_addf(t, "%s{'id':'n%u'", i ? "," : "", i);
        add(t);
        sl_text_addf(t, "}");
    }
    sl_text_addf(t, "]");
}

static void add_rule(struct sl_text *t)
{
    add_guard(t, false);
    sl_text_addf(t, ",'then':'%s'%s%s", PICK("block", "allow", "warn"),
                 chance(60) ? ",'report_only':true" : "", chance(10) ? ",'enabled':false" : "");
}

static void add_quota(struct sl_text *t)
{
    add_guard(t, false);
    sl_text_addf(t, ",'per':'all','window':'day','requests':5");
}

static void add_header(struct sl_text *t)
{
    add_guard(t, true);
    sl_text_addf(t, ",'remove':['X']");
}

static void add_inspection(struct sl_text *t)
{
    add_guard(t, false);
    sl_text_addf(t, ",'then':'%s'", PICK("inspect", "tunnel"));
}

static struct snapshot *random_policy(void)
{
    struct sl_text t = {0};
    sl_text_addf(&t, "{'schema':1,'timezone':'UTC','networks':{'lan':['10.0.0.0/8','192.168.0.0/16'],"
                     "'office':['10.1.0.0/16'],'six':['2001:db8::/32']},"
                     "'groups':{'staff':['alice','bob'],'admins':['alice'],'remote':[]},"
                     "'schedules':{'work':{'spans':[{'days':'mon-fri','from':'08:00','to':'09:00'}]},"
                     "'night':{'timezone':'Asia/Tokyo','spans':[{'from':'18:00','to':'06:00'}]},"
                     "'never':{'spans':[]}},"
                     "'categories':{'malware':{'lists':['bad']},'social':{'lists':['social'],"
                     "'except':['work.social.example']},'video':{'urls':['x.example/a']},"
                     "'slow':{'regex':['" SLOW "']},'none':{}},");
    add_array(&t, "rules", chance(20) ? pick(300) : pick(12), add_rule);
    sl_text_addf(&t, ",");
    add_array(&t, "quotas", chance(10) ? 100 : pick(6), add_quota);
    sl_text_addf(&t, ",");
    add_array(&t, "headers", pick(6), add_header);
    sl_text_addf(&t, ",'inspection':{");
    add_array(&t, "rules", pick(8), add_inspection);
    sl_text_addf(&t, "}}");
    struct snapshot *s = compile(t.p, &lists.provider);
    sl_text_fini(&t);
    return s;
}

/* ---- requests ---- */

static const char *random_url(bool tunnel)
{
    static char slow[2600];
    if (tunnel)
        return PICK("evil.example:443", "social.example:443", "x.example:8443", "192.0.2.9:443",
                    "[2001:db8::1]:65535");
    if (chance(5)) {
        int n = snprintf(slow, sizeof slow, "http://x.example/");
        memset(slow + n, 'a', sizeof slow - (size_t)n - 1);
        return slow;
    }
    return PICK("http://evil.example/", "http://x.example/bad/x.exe", "https://x.example/bad/y",
                "https://social.example/", "http://work.social.example/a.e", "http://x.example/a/b.iso",
                "http://192.0.2.9/x.iso", "https://x.example:8443/a?b", "http://other.test:8080/index.html",
                "ftp://x.example/b.iso", "http://[2001:db8::1]/");
}

static struct request random_request(void)
{
    struct request r = {.client = PICK("10.9.9.9", "10.1.2.3", "192.168.1.1", "2001:db8::1", "203.0.113.1"),
                        .at = PICK("2026-11-23T09:00:29Z", "2026-11-23T09:00:30Z", "2026-11-23T08:59:59Z",
                                   "2026-11-22T09:00:00Z", "2026-11-24T22:00:00Z", "1883-11-18T12:03:57Z"),
                        .user_agent = PICK("", "a bot", "curl/8"),
                        .address = chance(40) ? PICK("192.0.2.1", "198.51.100.1", "2001:db8::5") : NULL,
                        .content_type = chance(30) ? PICK("text/html; charset=x", "video/mp4", "x") : NULL,
                        .size = chance(20) ? 1 << pick(30) : 0};
    if (chance(20))
        r.known |= FACT_RESPONSE;
    if (chance(75))
        r.user = PICK("alice", "bob", "eve", "mallory");
    if (chance(30))
        r.group = PICK("staff", "remote", "unknown");
    bool tunnel = chance(30);
    r.method = tunnel ? "CONNECT" : PICK("GET", "POST", "BREW");
    r.url = random_url(tunnel);
    return r;
}

/* ---- the property ---- */

static void interpret(const struct snapshot *s, const struct facts *facts, struct verdict *out)
{
    struct walk w;
    walk_start(&w, s, scratch, facts, out);
    w.every = true;
    walk_decide(&w);
}

/* Verdicts were zeroed before, and a decision sets no more than it says. */
static bool same(const struct verdict *a, const struct verdict *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* A URL of https is inspected as the tunnel that it would travel in. */
static void check_inspection(const struct snapshot *s, struct facts facts, const struct verdict *of_url)
{
    struct verdict of_tunnel;
    if (!sl_str_eq(facts.url->scheme, SL_STR("https")))
        return;
    facts.tunnel = true;
    policy_decide(s, scratch, &facts, &of_tunnel);
    assert_int_equal(of_url->inspect, of_tunnel.inspect);
}

static void check_request(const struct snapshot *s, bool explain)
{
    struct request r = random_request();
    struct facts facts = *facts_of(&r);
    struct verdict decided, interpreted, explained;
    if (chance(20))
        facts.known &= ~(unsigned)FACT_USER;
    memset(&decided, 0, sizeof decided);
    memset(&interpreted, 0, sizeof interpreted);
    memset(&explained, 0, sizeof explained);
    policy_decide(s, scratch, &facts, &decided);
    interpret(s, &facts, &interpreted);
    if (!same(&decided, &interpreted)) {
        SL_CLEANUP(sl_freep) char *text = json_dumps(snapshot_document(s), 0);
        fail_msg("seed %" PRIu64 ": %s user %s at %s: rule %d, not %d; address %d, %d; response %d, %d\n%s",
                 seed, r.url, r.user, r.at, decided.rule, interpreted.rule, decided.needs_address,
                 interpreted.needs_address, decided.needs_response, interpreted.needs_response, text);
    }
    check_inspection(s, facts, &decided);
    if (!explain)
        return;
    json_decref(policy_explain(s, scratch, &facts, &explained));
    assert_true(same(&decided, &explained));
}

TEST(policy_decide__agrees_with_the_interpreter)
{
    enum { REQUESTS = 40 };
    int policies = getenv("SLUICE_TEST_LONG") ? 5000 : 150;
    for (int i = 0; i < policies; i++) {
        struct snapshot *s = random_policy();
        for (int k = 0; k < REQUESTS; k++)
            check_request(s, k % 10 == 0);
        snapshot_unref(&s);
    }
}

/* Ranges within ranges: their sets would grow with the square of their number, so guards are asked. */
TEST(policy_decide__takes_any_number_of_ranges_of_ports)
{
    struct sl_text t = {0};
    sl_text_addf(&t, "{'schema':1,'rules':[");
    for (int i = 1; i <= 1500; i++)
        sl_text_addf(&t, "%s{'id':'r%d','if':{'port':'%d-%d'%s},'then':'block','report_only':%s}",
                     i > 1 ? "," : "", i, i, 30000 - i, i % 2 ? ",'method':'GET'" : "",
                     i % 500 ? "true" : "false");
    sl_text_addf(&t, "]}");
    struct snapshot *s = compile(t.p, NULL);
    sl_text_fini(&t);
    static const char *const urls[] = {"http://x.example:1/", "http://x.example/", "http://x.example:1200/",
                                       "http://x.example:29990/", "http://x.example:65535/"};
    for (size_t i = 0; i < SL_COUNT(urls); i++) {
        const struct facts *facts = facts_of(&(struct request){.url = urls[i]});
        struct verdict decided, interpreted;
        memset(&decided, 0, sizeof decided);
        memset(&interpreted, 0, sizeof interpreted);
        policy_decide(s, scratch, facts, &decided);
        interpret(s, facts, &interpreted);
        assert_true(same(&decided, &interpreted));
    }
    assert_int_equal(s->sieves[SIEVE_RULES].rows[CONDITION_PORT].sets.count, 0);
    snapshot_unref(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(policy_decide__agrees_with_the_interpreter),
                                       cmocka_unit_test(policy_decide__takes_any_number_of_ranges_of_ports)};
    return cmocka_run_group_tests_name("policy/oracle", tests, set_up, tear_down);
}

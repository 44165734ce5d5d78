/* fuzz_policy.c - any JSON as a policy: validate it, compile it, run its tests, decide and explain requests
 * under it, compare it with itself and with nothing, merge it, print its faults. What must hold: validate and
 * compile agree, explain and decide agree, nothing differs from itself, changes of one side alone merge, and
 * every quota window holds its moment. */
#include <stdlib.h>
#include <string.h>

#include "sluice/policy.h"

static bool no_expression(const struct list_provider *p, size_t index, int *out_list,
                          struct sl_str *out_pattern)
{
    return false;
}

static void no_count(struct list_provider *p)
{
}

/* One list, "l", that holds every host beginning with 'l'. */
static int find(const struct list_provider *p, struct sl_str name)
{
    return sl_str_eq(name, SL_STR("l")) ? 0 : -1;
}

static const char *name(const struct list_provider *p, int list)
{
    return "l";
}

static void lookup(const struct list_provider *p, const struct sl_url *url, uint64_t *bits)
{
    if (url->host.n > 0 && url->host.p[0] == 'l')
        bits[0] |= 1;
}

static void gather(const struct list_provider *p, const struct sl_url *url, const struct list_table *t,
                   uint64_t *out)
{
    for (size_t i = 0; i < t->words && url->host.n > 0 && url->host.p[0] == 'l'; i++)
        out[i] |= t->rows[i];
}

static void row(const struct list_provider *p, size_t index, uint64_t *holds, uint64_t *excepts)
{
    holds[0] |= 1;
}

static size_t matches(const struct list_provider *p, const struct sl_url *url, struct list_match *out,
                      size_t max)
{
    if (url->host.n == 0 || url->host.p[0] != 'l' || max == 0)
        return 0;
    out[0] = (struct list_match){.labels = 1};
    return 1;
}

static struct list_provider provider = {.ref = no_count,
                                        .unref = no_count,
                                        .find = find,
                                        .count = 1,
                                        .name = name,
                                        .lookup = lookup,
                                        .gather = gather,
                                        .rows = 1,
                                        .row = row,
                                        .matches = matches,
                                        .expression = no_expression};

static void judge(const struct snapshot *s, struct policy_scratch *scratch, struct sl_str url, bool tunnel,
                  unsigned known)
{
    struct sl_arena arena;
    struct sl_url parsed;
    sl_arena_init(&arena, 0);
    bool ok = tunnel ? sl_url_parse_authority(url, &arena, &parsed, NULL)
                     : sl_url_parse(url, &arena, &parsed, NULL);
    sl_assert(ok);
    struct facts facts = {.user = SL_STR("alice"),
                          .client.b = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1},
                          .time_s = 1795424400,
                          .method = tunnel ? SL_STR("CONNECT") : SL_STR("GET"),
                          .url = &parsed,
                          .tunnel = tunnel,
                          .user_agent = SL_STR("fuzz/1"),
                          .known = known,
                          .content_type = SL_STR("text/html"),
                          .size = 1 << 20};
    struct verdict decided, explained;
    policy_decide(s, scratch, &facts, &decided);
    json_t *trace = policy_explain(s, scratch, &facts, &explained);
    sl_assert(decided.action == explained.action && decided.rule == explained.rule &&
              decided.inspect == explained.inspect);
    sl_assert(memcmp(&decided.categories, &explained.categories, sizeof decided.categories) == 0);
    sl_assert(decided.quota_count == explained.quota_count && decided.report_count == explained.report_count);
    json_decref(trace);
    sl_arena_fini(&arena);
}

static void use(struct snapshot *s, struct policy_faults *faults)
{
    struct policy_scratch *scratch = policy_scratch_new();
    judge(s, scratch, SL_STR("http://l.example/a/b.iso?x=1"), false, FACT_USER);
    judge(s, scratch, SL_STR("https://10.0.0.1:8443/"), false, FACT_USER | FACT_RESPONSE);
    judge(s, scratch, SL_STR("social.example:443"), true, FACT_USER | FACT_ADDRESS);
    judge(s, scratch, SL_STR("http://social.example/"), false, 0);
    for (enum quota_window w = QUOTA_HOUR; w <= QUOTA_ROLLING; w++) {
        int64_t start, end;
        const struct quota_def q = {.window = w, .rolling_s = 3601};
        snapshot_quota_window(s, &q, 1795424400, &start, &end);
        sl_assert(start <= 1795424400 && end > 1795424400);
    }
    policy_run_tests(s, scratch, 1795424400, faults, NULL);
    policy_scratch_free(&scratch);
}

/* With the same base, who changed something has it. */
static void merge(json_t *doc)
{
    json_t *empty = json_object(), *conflicts = NULL;
    json_t *mine = policy_merge(empty, doc, empty, &conflicts),
           *theirs = policy_merge(doc, doc, empty, &conflicts);
    sl_assert(mine && theirs);
    json_t *left = policy_diff(theirs, empty), *differ = policy_diff(mine, doc);
    sl_assert(json_array_size(left) == 0 && json_array_size(differ) == 0);
    json_decref(left);
    json_decref(differ);
    json_decref(mine);
    json_decref(theirs);
    json_decref(empty);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *doc = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    if (!doc)
        return 0;
    struct policy_faults faults = {0}, again = {0};
    bool valid = policy_validate(doc, &provider, &faults);
    struct snapshot *s = snapshot_compile(doc, &provider, 1, &again);
    sl_assert(valid == (s != NULL) && faults.count == again.count && valid == (faults.count == 0));
    json_decref(policy_faults_json(&faults));
    if (s)
        use(s, &again);
    if (json_is_object(doc))
        merge(doc);
    json_t *empty = json_object(), *same = policy_diff(doc, doc), *changes = policy_diff(empty, doc);
    sl_assert(json_array_size(same) == 0);
    json_decref(same);
    json_decref(changes);
    json_decref(empty);
    snapshot_unref(&s);
    policy_faults_fini(&faults);
    policy_faults_fini(&again);
    json_decref(doc);
    return 0;
}

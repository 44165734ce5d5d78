/* fuzz_policy.c - any JSON as a policy: validate it, compile it, run its tests, decide and explain requests
 * under it, ask the interpreter about them, compare it with itself and with nothing, merge it, print its
 * faults. What must hold: validate and compile agree, decide, explain and the interpreter agree in every
 * field of the verdict, nothing differs from itself, changes of one side alone merge, and every quota window
 * holds its moment. */
#include <stdlib.h>
#include <string.h>

#include "policy/walk.h"

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

static bool gather(const struct list_provider *p, const struct sl_url *url, const struct list_table *t,
                   uint64_t *out)
{
    for (size_t i = 0; i < t->words && url->host.n > 0 && url->host.p[0] == 'l'; i++)
        out[i] |= t->rows[i];
    return false;
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

/* The verdict of match_guard, asked for every guard in order. */
static void interpret(const struct snapshot *s, struct policy_scratch *scratch, const struct facts *facts,
                      struct verdict *out)
{
    struct walk w;
    walk_start(&w, s, scratch, facts, out);
    w.every = true;
    walk_decide(&w);
}

static void judge(const struct snapshot *s, struct policy_scratch *scratch, struct facts facts,
                  struct sl_str url)
{
    struct sl_arena arena;
    struct sl_url parsed;
    struct verdict decided, interpreted, explained;
    sl_arena_init(&arena, 0);
    bool ok = facts.tunnel ? sl_url_parse_authority(url, &arena, &parsed, NULL)
                           : sl_url_parse(url, &arena, &parsed, NULL);
    sl_assert(ok);
    facts.url = &parsed;
    memset(&decided, 0, sizeof decided);
    memset(&interpreted, 0, sizeof interpreted);
    memset(&explained, 0, sizeof explained);
    policy_decide(s, scratch, &facts, &decided);
    interpret(s, scratch, &facts, &interpreted);
    json_decref(policy_explain(s, scratch, &facts, &explained));
    sl_assert(memcmp(&decided, &interpreted, sizeof decided) == 0);
    sl_assert(memcmp(&decided, &explained, sizeof decided) == 0);
    sl_arena_fini(&arena);
}

/* ---- facts, as the bytes of the document choose ---- */

struct chooser {
    uint64_t state;
};

static uint32_t choose(struct chooser *c, uint32_t n)
{
    c->state = c->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(c->state >> 33) % n;
}

#define CHOOSE(c, ...)              \
    sl_cstr(((const char *const[]){ \
        __VA_ARGS__}[choose(c, (uint32_t)SL_COUNT(((const char *const[]){__VA_ARGS__})))]))

static void judge_something(const struct snapshot *s, struct policy_scratch *scratch, struct chooser *c)
{
    struct sl_str group = CHOOSE(c, "staff", "g", "x");
    struct facts facts = {.user = CHOOSE(c, "", "alice", "bob", "eve"),
                          .groups = &group,
                          .group_count = choose(c, 2),
                          .client.b = {[10] = 0xff, [11] = 0xff, [12] = 10, [14] = (uint8_t)choose(c, 3), 1},
                          .time_s = 1795424400 + choose(c, 14 * 86400),
                          .user_agent = CHOOSE(c, "", "fuzz/1", "curl/8"),
                          .known = choose(c, 8),
                          .address.b = {[10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = 1},
                          .content_type = CHOOSE(c, "", "text/html", "video/mp4"),
                          .size = choose(c, 2) ? -1 : (int64_t)choose(c, 1 << 24)};
    facts.tunnel = choose(c, 3) == 0;
    facts.method = facts.tunnel ? SL_STR("CONNECT") : CHOOSE(c, "GET", "POST", "X");
    struct sl_str url = facts.tunnel
                            ? CHOOSE(c, "social.example:443", "l.example:8443", "10.0.0.1:443", "[::1]:1")
                            : CHOOSE(c, "http://l.example/a/b.iso?x=1", "https://10.0.0.1:8443/",
                                     "http://social.example/", "https://www.social.example/feed/x.exe");
    judge(s, scratch, facts, url);
}

static void use(struct snapshot *s, struct policy_faults *faults, struct chooser *c)
{
    struct policy_scratch *scratch = policy_scratch_new();
    for (int i = 0; i < 16; i++)
        judge_something(s, scratch, c);
    int64_t change = snapshot_next_change(s, 1795424400);
    sl_assert(change > 1795424400);
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
    struct chooser c = {size};
    for (size_t i = 0; i < size; i++)
        c.state = c.state * 31 + data[i];
    if (s) {
        use(s, &again, &c);
        json_decref(policy_lint(s, &(struct lint_hints){.now_s = 1795000000}));
    }
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

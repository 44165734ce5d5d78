/* selftest.c - the document's own tests: requests with the verdict they must get, run before a policy goes
 * live. */
#include <stdio.h>

#include "policy/snapshot.h"
#include "sluice/clock.h"

/* What a test describes as facts. For CONNECT the URL stands for the tunnel to its host and port. */
static bool test_facts(const struct doc_test *t, int64_t now_s, struct sl_arena *arena, struct sl_url *url,
                       struct facts *out, struct sl_err *err)
{
    bool tunnel = sl_str_eq(t->method, SL_STR("CONNECT"));
    if (!sl_url_parse_loose(t->url, arena, url, err))
        return false;
    if (tunnel) {
        bool bracket = sl_str_find(url->host, ':') < url->host.n;
        const char *target =
            sl_arena_printf(arena, bracket ? "[%.*s]:%u" : "%.*s:%u", SL_FMT(url->host), url->port);
        if (!sl_url_parse_authority(sl_cstr(target), arena, url, err))
            return false;
    }
    *out = (struct facts){.user = t->user,
                          .groups = t->groups.items,
                          .group_count = t->groups.count,
                          .client = t->client,
                          .time_s = t->has_at ? t->at_s : now_s,
                          .method = t->method,
                          .url = url,
                          .tunnel = tunnel,
                          .user_agent = t->user_agent,
                          .known = FACT_USER | t->known,
                          .address = t->address,
                          .content_type = t->content_type,
                          .size = t->size ? (int64_t)SL_MIN(t->size, (uint64_t)INT64_MAX) : -1};
    return true;
}

static const char *by(struct sl_str rule, struct sl_arena *arena)
{
    return rule.n > 0 ? sl_arena_printf(arena, "%.*s", SL_FMT(rule)) : "default";
}

static bool compare_parent(const struct doc_test *t, const struct verdict *v, const char *pointer,
                           struct policy_faults *faults)
{
    if (!t->has_parent || sl_str_eq(t->parent, v->parent))
        return true;
    policy_faults_add(faults, pointer, "expected parent %.*s, got %.*s",
                      SL_FMT(t->parent.n ? t->parent : SL_STR("none")),
                      SL_FMT(v->parent.n ? v->parent : SL_STR("none")));
    return false;
}

static bool compare(const struct snapshot *s, const struct doc_test *t, const struct verdict *v,
                    const char *pointer, struct sl_arena *arena, struct policy_faults *faults)
{
    bool ok = v->action == t->expect && (!t->has_rule || sl_str_eq(t->rule, v->rule_id));
    const char *got = sl_arena_printf(arena, "%s by %s", action_word(v->action), by(v->rule_id, arena));
    if (!ok && t->has_rule)
        policy_faults_add(faults, pointer, "expected %s by %s, got %s", action_word(t->expect),
                          by(t->rule, arena), got);
    else if (!ok)
        policy_faults_add(faults, pointer, "expected %s, got %s", action_word(t->expect), got);
    for (size_t i = 0; i < t->categories.count; i++) {
        int category = names_find(&s->doc.category_names, t->categories.items[i]);
        if (category >= 0 && category_set_has(&v->categories, (size_t)category))
            continue;
        policy_faults_add(faults, pointer, "expected category %.*s, which does not hold '%.*s'",
                          SL_FMT(t->categories.items[i]), SL_FMT(t->url));
        ok = false;
    }
    return compare_parent(t, v, pointer, faults) && ok;
}

/* False: what is wrong is added to faults; *out is the verdict, when the URL could be read. */
static bool run(const struct snapshot *s, struct policy_scratch *scratch, const struct doc_test *t,
                int64_t now_s, const char *pointer, struct sl_arena *arena, struct policy_faults *faults,
                struct verdict *out)
{
    struct sl_url url;
    struct facts facts;
    struct sl_err err;
    if (!test_facts(t, now_s, arena, &url, &facts, &err)) {
        policy_faults_add(faults, pointer, "%s", err.msg);
        return false;
    }
    policy_decide(s, scratch, &facts, out);
    return compare(s, t, out, pointer, arena, faults);
}

bool policy_run_tests(const struct snapshot *s, struct policy_scratch *scratch, int64_t now_s,
                      struct policy_faults *faults, size_t *out_passed)
{
    size_t passed = 0;
    struct verdict verdict;
    struct sl_arena arena;
    sl_arena_init(&arena, 0);
    for (size_t i = 0; i < s->doc.test_count; i++) {
        char pointer[32];
        snprintf(pointer, sizeof pointer, "/tests/%zu", i);
        passed += run(s, scratch, &s->doc.tests[i], now_s, pointer, &arena, faults, &verdict);
        sl_arena_reset(&arena);
    }
    sl_arena_fini(&arena);
    if (out_passed)
        *out_passed = passed;
    return passed == s->doc.test_count;
}

/* ---- each result, for people who write tests ---- */

static json_t *text_or_null(struct sl_str text)
{
    return text.n > 0 ? json_stringn(text.p, text.n) : json_null();
}

static json_t *text_json(struct sl_str text)
{
    return json_stringn(text.p ? text.p : "", text.n);
}

static json_t *at_json(const struct doc_test *t)
{
    char text[SL_RFC3339_TEXT];
    return t->has_at ? json_string(sl_rfc3339(t->at_s * 1000000, text)) : json_null();
}

static json_t *result_json(const struct snapshot *s, struct policy_scratch *scratch, size_t index,
                           int64_t now_s, struct sl_arena *arena)
{
    const struct doc_test *t = &s->doc.tests[index];
    const json_t *source = json_array_get(json_object_get(s->json, "tests"), index);
    struct policy_faults faults = {0};
    struct verdict v = {.action = ACTION_ERROR};
    bool ok = run(s, scratch, t, now_s, "", arena, &faults, &v);
    json_t *o =
        json_pack("{s:I, s:o, s:o, s:o, s:o, s:s, s:o, s:b, s:s, s:o, s:s?}", "index", (json_int_t)index,
                  "title", text_json(read_title(source)), "url", text_json(t->url), "user",
                  text_json(t->user), "at", at_json(t), "expect", action_word(t->expect), "rule",
                  text_or_null(t->rule), "ok", ok, "got", action_word(v.action), "got_rule",
                  text_or_null(v.rule_id), "message", faults.count > 0 ? faults.items[0].message : NULL);
    policy_faults_fini(&faults);
    return o;
}

json_t *policy_test_results(const struct snapshot *s, struct policy_scratch *scratch, int64_t now_s,
                            bool *out_passed)
{
    json_t *results = json_array();
    struct sl_arena arena;
    *out_passed = true;
    sl_arena_init(&arena, 0);
    for (size_t i = 0; i < s->doc.test_count; i++) {
        json_t *result = result_json(s, scratch, i, now_s, &arena);
        *out_passed = *out_passed && json_is_true(json_object_get(result, "ok"));
        json_array_append_new(results, result);
        sl_arena_reset(&arena);
    }
    sl_arena_fini(&arena);
    return results;
}

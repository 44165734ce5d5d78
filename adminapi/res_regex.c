/* res_regex.c - trying a regex before it goes into a policy: does it compile, where does it match, what does
 * it cost, and what would it have met lately?
 *
 * Whatever is posted, the work is bounded: the pattern's length and its backtracking by the rules of
 * policies, samples in number and length, and all of it by a deadline that is looked at between two matches.
 */
#include "adminapi/resources.h"
#include "sluice/clock.h"

enum {
    SAMPLES_MOST = 100,
    SAMPLE_BYTES = 8192,
    RECENT_MOST = 1000,
    HOSTS_SHOWN = 5,
    TRIAL_MS = 1000, /* for everything */
    QUERY_MS = 250,
    LISTED = 50,
    LISTED_MOST = 1000
};

struct trial {
    struct pattern_probe *probe;
    int64_t deadline_us; /* monotonic */
    bool heavy;          /* some match was given up */
};

/* PROBE_LIMIT also when time is up. */
static enum pattern_probe_result match(struct trial *t, struct sl_str text, size_t *start, size_t *end)
{
    if (sl_monotonic_us() > t->deadline_us)
        return PROBE_LIMIT;
    enum pattern_probe_result result = pattern_probe_match(t->probe, text, start, end);
    t->heavy |= result == PROBE_LIMIT;
    return result;
}

/* ---- samples ---- */

static bool samples_hold(const json_t *samples, struct api_reply *reply)
{
    size_t i;
    json_t *sample;
    if (samples && (!json_is_array(samples) || json_array_size(samples) > SAMPLES_MOST)) {
        reply_problem(reply, 400, "\"samples\" has to be a list of at most %d texts", SAMPLES_MOST);
        return false;
    }
    json_array_foreach(samples, i, sample)
    {
        if (json_is_string(sample) && json_string_length(sample) <= SAMPLE_BYTES)
            continue;
        reply_problem(reply, 400, "sample %zu has to be a text of at most %d bytes", i, SAMPLE_BYTES);
        return false;
    }
    return true;
}

/* What a policy would look at: the canonical URL; what is none is taken as it is. */
static struct sl_str canonical(struct sl_arena *arena, struct sl_str text)
{
    struct sl_url url;
    struct sl_err err;
    return sl_url_parse_loose(text, arena, &url, &err) && url.text.n > 0 ? url.text : text;
}

static json_t *sample_json(struct trial *t, struct sl_arena *arena, struct sl_str given)
{
    struct sl_str text = canonical(arena, given);
    size_t start, end;
    enum pattern_probe_result result = match(t, text, &start, &end);
    json_t *found =
        result == PROBE_YES ? json_pack("[I, I]", (json_int_t)start, (json_int_t)end) : json_null();
    return json_pack("{s:s#, s:s#, s:o, s:b}", "given", given.p, (int)given.n, "text", text.p, (int)text.n,
                     "match", found, "limited", result == PROBE_LIMIT);
}

static json_t *samples_json(struct trial *t, struct sl_arena *arena, const json_t *samples)
{
    size_t i;
    json_t *sample, *out = json_array();
    json_array_foreach(samples, i, sample) json_array_append_new(
        out, sample_json(t, arena, sl_str(json_string_value(sample), json_string_length(sample))));
    return out;
}

/* ---- warnings ---- */

static json_t *warnings_json(const struct trial *t, const struct pattern_cost *cost)
{
    json_t *out = pattern_probe_warnings(t->probe);
    if (cost->matches == cost->urls)
        json_array_append_new(out,
                              json_string("it matches every URL that was tried: it would catch everything"));
    if (cost->heavy)
        json_array_append_new(
            out, json_string("it backtracks so much on some URLs that it is given up; a rule that "
                             "blocks takes that for a match. Avoid repeats inside repeats, such "
                             "as (a+)+"));
    else if (cost->always)
        json_array_append_new(
            out, json_string("it has no fixed text of 3 bytes or more, so that it has to run on every "
                             "request"));
    return out;
}

/* ---- what it would have met lately ---- */

/* Empty for a tunnel, of which no regex sees anything. */
static struct sl_str url_of(struct sl_arena *arena, const json_t *item)
{
    struct sl_str scheme = api_member(item, "scheme"), host = api_member(item, "host"),
                  path = api_member(item, "path"), query = api_member(item, "query");
    bool brackets = sl_str_find(host, ':') < host.n;
    if (sl_str_eq(api_member(item, "method"), SL_STR("CONNECT")) || scheme.n == 0 || host.n == 0)
        return SL_STR("");
    const char *text = sl_arena_printf(arena, "%.*s://%s%.*s%s:%lld%.*s%s%.*s", SL_FMT(scheme),
                                       brackets ? "[" : "", SL_FMT(host), brackets ? "]" : "",
                                       (long long)json_integer_value(json_object_get(item, "port")),
                                       SL_FMT(path), query.n > 0 ? "?" : "", SL_FMT(query));
    return canonical(arena, sl_cstr(text));
}

static void add_host(json_t *hosts, struct sl_str host)
{
    size_t i;
    json_t *known;
    json_array_foreach(hosts, i, known) if (sl_str_eq(sl_cstr(json_string_value(known)), host)) return;
    if (json_array_size(hosts) < HOSTS_SHOWN)
        json_array_append_new(hosts, json_stringn(host.p, host.n));
}

/* null for who may not read the log, or when it cannot be read. */
static json_t *recent_json(struct api_request *req, struct trial *t)
{
    struct audit_bounds bounds = {.deadline_ms = QUERY_MS, .gone = api_gone_of, .arg = req};
    struct audit_filter filter;
    struct audit_page page;
    struct sl_err err;
    size_t i, start, end;
    json_int_t tested = 0, matched = 0;
    json_t *item, *hosts;
    audit_filter_init(&filter);
    filter.limit = RECENT_MOST;
    if (req->role < ROLE_AUDITOR ||
        !audit_query(store_directory(req->ctx->store), &filter, &bounds, &page, &err))
        return json_null();
    hosts = json_array();
    json_array_foreach(page.items, i, item)
    {
        struct sl_str url = url_of(&req->arena, item);
        if (url.n == 0 || sl_monotonic_us() > t->deadline_us)
            continue;
        tested++;
        if (match(t, url, &start, &end) != PROBE_YES)
            continue;
        matched++;
        add_host(hosts, api_member(item, "host"));
    }
    json_decref(page.items);
    return json_pack("{s:I, s:I, s:o}", "tested", tested, "matched", matched, "hosts", hosts);
}

/* ---- the answer ---- */

static json_t *fault_json(const struct pattern_probe_fault *fault)
{
    return json_pack("{s:b, s:{s:s, s:I}, s:[], s:n, s:n, s:[], s:n}", "ok", 0, "error", "message",
                     fault->message, "position", (json_int_t)fault->position, "samples", "literal", "cost",
                     "warnings", "recent");
}

static json_t *trial_json(struct api_request *req, struct trial *t, const json_t *samples)
{
    struct sl_str literal = pattern_probe_literal(t->probe);
    struct pattern_cost cost;
    json_t *tried = samples_json(t, &req->arena, samples), *recent = recent_json(req, t);
    pattern_probe_cost(t->probe, sl_cpu_ns, &cost);
    cost.heavy |= t->heavy;
    /* json_string: a literal may hold bytes that are no UTF-8; then it is no text to show. */
    json_t *shown = literal.n > 0 ? json_stringn(literal.p, literal.n) : NULL;
    return json_pack("{s:b, s:n, s:o, s:o, s:o, s:o, s:o}", "ok", 1, "error", "samples", tried, "literal",
                     shown ? shown : json_null(), "cost", pattern_cost_json(&cost), "warnings",
                     warnings_json(t, &cost), "recent", recent);
}

/* {"pattern", "samples"}; a pattern that is refused is an answer, not a problem. */
void policy_regex(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"pattern", "samples", NULL};
    json_t *body = body_object(req, reply, allowed);
    struct pattern_probe_fault fault;
    struct sl_str pattern;
    if (body == NULL)
        return;
    const json_t *samples = json_object_get(body, "samples");
    if (!json_is_string(json_object_get(body, "pattern"))) {
        reply_problem(reply, 400, "\"pattern\" has to be a text: the regex");
    } else if (body_text(body, "pattern", &pattern, reply) && samples_hold(samples, reply)) {
        struct trial t = {.probe = pattern_probe_new(pattern, &fault),
                          .deadline_us = sl_monotonic_us() + TRIAL_MS * 1000};
        reply_json(reply, 200, t.probe ? trial_json(req, &t, samples) : fault_json(&fault));
        pattern_probe_free(&t.probe);
    }
    json_decref(body);
}

/* What the regexes of the active policy cost. */
void policy_regex_list(struct api_request *req, struct api_reply *reply)
{
    uint64_t limit = LISTED;
    if (!query_number(req, "limit", 1, LISTED_MOST, &limit, reply))
        return;
    struct snapshot *s = policy_live_get(store_live(req->ctx->store));
    reply_json(reply, 200, snapshot_regexes(s, sl_cpu_ns, limit));
    snapshot_unref(&s);
}

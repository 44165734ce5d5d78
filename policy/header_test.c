/* header_test.c - do header rules do what they say? For each host that a rule names a request with the
 * client's own fields and parameters is judged and its head is made as the proxy makes it; its neighbours
 * must be left alone. */
#include <stdio.h>

#include "policy/services.h"
#include "policy/walk.h"

enum { HOSTS_TRIED = 16 };
#define CLIENTS_OWN "of-the-client"

struct trial {
    const struct snapshot *s;
    struct policy_scratch *scratch;
    header_preview *preview;
    struct sl_arena arena; /* of one host */
    int64_t now_s;
    size_t index;
    const struct doc_header *header;
    const json_t *json; /* of the rule */
    json_t *tests;
    bool ok;
};

/* ---- somebody for whom the rule holds ---- */

/* The first value of a clause: a text, or the first of a list. */
static struct sl_str first_value(const json_t *when, const char *key)
{
    const json_t *value = json_object_get(when, key);
    if (json_is_array(value))
        value = json_array_get(value, 0);
    return json_is_string(value) ? read_str(value) : SL_STR("");
}

/* The first address of the first network that the clause names. */
static struct sl_addr client_in(const struct trial *t, const json_t *when)
{
    struct sl_addr addr = {{0}};
    struct sl_str name = first_value(when, "network");
    const json_t *networks = json_object_get(t->s->json, "networks");
    const json_t *cidr = name.n ? json_array_get(json_object_getn(networks, name.p, name.n), 0) : NULL;
    struct sl_str text = cidr ? read_str(cidr) : SL_STR("192.0.2.1");
    sl_addr_parse(sl_str(text.p, sl_str_find(text, '/')), &addr);
    return addr;
}

static void make_facts(const struct trial *t, const struct sl_url *url, struct sl_str *group,
                       struct facts *out)
{
    const json_t *when = json_object_get(t->json, "if");
    *group = first_value(when, "group");
    *out = (struct facts){.user = first_value(when, "user"),
                          .groups = group,
                          .group_count = group->n > 0,
                          .client = client_in(t, when),
                          .time_s = t->now_s,
                          .method = SL_STR("GET"),
                          .url = url,
                          .known = FACT_USER,
                          .size = -1};
    if (out->user.n == 0)
        out->user = SL_STR("somebody");
}

/* ---- the request ---- */

/* A head with everything in it that the rule takes away, spelled in two ways. */
static struct sl_str client_head(struct trial *t, struct sl_str url)
{
    const struct header_def *def = &t->header->def;
    SL_CLEANUP(sl_text_fini) struct sl_text head = {0};
    sl_text_addf(&head, "GET %.*s HTTP/1.1\r\nHost: x\r\n", SL_FMT(url));
    for (size_t i = 0; i < def->set_count; i++) {
        struct sl_str name = def->set[i].name;
        sl_text_addf(&head, "%.*s: " CLIENTS_OWN "\r\n", SL_FMT(name));
        for (size_t j = 0; j < name.n; j++)
            sl_text_addc(&head, name.p[j] == '-' ? '_' : sl_lower(name.p[j]));
        sl_text_addf(&head, ": " CLIENTS_OWN "\r\n");
    }
    for (size_t i = 0; i < def->remove_count; i++)
        sl_text_addf(&head, "%.*s: " CLIENTS_OWN "\r\n", SL_FMT(def->remove[i]));
    sl_text_add(&head, SL_STR("\r\n"));
    return sl_arena_str(&t->arena, sl_text_str(&head));
}

static bool make_url(struct trial *t, struct sl_str host, struct sl_url *out)
{
    const struct header_def *def = &t->header->def;
    SL_CLEANUP(sl_text_fini) struct sl_text text = {0};
    sl_text_addf(&text, "https://%.*s/", SL_FMT(host));
    for (size_t i = 0; i < def->query_count; i++) {
        struct sl_str pair = def->query[i].value;
        sl_text_addf(&text, "%s%.*s=" CLIENTS_OWN, i ? "&" : "?", (int)sl_str_find(pair, '='), pair.p);
    }
    struct sl_str kept = sl_arena_str(&t->arena, sl_text_str(&text));
    return sl_url_parse(kept, &t->arena, out, NULL);
}

/* ---- what came of it ---- */

static bool same_name(struct sl_str a, struct sl_str b)
{
    for (size_t i = 0; i < a.n && a.n == b.n; i++)
        if ((a.p[i] == '_' ? '-' : sl_lower(a.p[i])) != (b.p[i] == '_' ? '-' : sl_lower(b.p[i])))
            return false;
    return a.n == b.n;
}

/* How often the head has the field; *out_value is the last one's. */
static size_t count_fields(struct sl_str head, struct sl_str name, struct sl_str *out_value)
{
    struct sl_str line;
    size_t count = 0;
    while (sl_str_split(&head, '\n', &line)) {
        size_t colon = sl_str_find(line, ':');
        if (colon == line.n || !same_name(sl_str(line.p, colon), name))
            continue;
        *out_value = sl_str_trim(sl_str_sub(line, colon + 1, SIZE_MAX));
        count++;
    }
    return count;
}

static bool has(struct sl_str text, struct sl_str part)
{
    return part.n == 0 || (text.n && memmem(text.p, text.n, part.p, part.n));
}

static const char *check_parameters(const struct trial *t, struct sl_str head)
{
    const struct header_def *def = &t->header->def;
    struct sl_str target = sl_str(head.p, sl_str_find(head, '\r'));
    for (size_t i = 0; i < def->query_count; i++)
        if (!has(target, def->query[i].value))
            return "a parameter is not what the rule says: a rule behind it sets it, too";
    return has(target, SL_STR(CLIENTS_OWN)) && def->query_count > 0 ? "a parameter of the client is there"
                                                                    : NULL;
}

/* NULL: as the rule says. */
static const char *check_head(const struct trial *t, const struct verdict *v, struct sl_str head)
{
    const struct header_def *def = &t->header->def;
    struct sl_str value = {0};
    for (size_t i = 0; i < def->set_count; i++) {
        if (count_fields(head, def->set[i].name, &value) != 1)
            return "a field is missing, or the client's own is there, too";
        if (!sl_str_eq(value, def->set[i].value))
            return "a field is not what the rule says: a rule behind it sets it, too";
    }
    for (size_t i = 0; i < def->remove_count; i++)
        if (count_fields(head, def->remove[i], &value) > 0)
            return "a field that the rule removes is there";
    if (!sl_str_eq(v->resolve_as, def->resolve_as) && def->resolve_as.n > 0)
        return "another name is dialled: a rule behind it says so";
    return check_parameters(t, head);
}

/* What explain says of the rule. */
static json_t *why_not(const struct trial *t, const struct facts *facts)
{
    struct verdict v;
    json_t *trace = policy_explain(t->s, t->scratch, facts, &v), *step, *because = NULL;
    size_t i;
    json_array_foreach(trace, i, step)
    {
        bool headers = strcmp(json_string_value(json_object_get(step, "step")), "headers") == 0;
        if (headers && sl_str_eq(read_str(json_object_get(step, "id")), t->header->def.id))
            because = json_incref(json_object_get(step, "because"));
    }
    json_decref(trace);
    return because ? because : json_null();
}

/* ---- one host ---- */

static json_t *sent_json(const struct trial *t, struct sl_str head)
{
    const struct header_def *def = &t->header->def;
    json_t *sent = json_object();
    for (size_t i = 0; i < def->set_count; i++) {
        struct sl_str value, name = def->set[i].name;
        if (count_fields(head, name, &value) > 0)
            json_object_setn_new(sent, name.p, name.n, json_stringn(value.p ? value.p : "", value.n));
    }
    return sent;
}

static void add_test(struct trial *t, const struct sl_url *url, const struct verdict *v, bool neighbour,
                     struct sl_str head, json_t *take_message)
{
    bool ok = json_is_null(take_message);
    size_t target = sl_str_find(head, '\r');
    json_t *dialled = v->resolve_as.n ? json_stringn(v->resolve_as.p, v->resolve_as.n) : json_null();
    t->ok = t->ok && ok;
    json_array_append_new(t->tests,
                          json_pack("{s:s#, s:b, s:b, s:b, s:o, s:s#, s:o, s:o}", "url", url->text.p,
                                    (int)url->text.n, "neighbour", neighbour, "ok", ok, "inspected",
                                    v->inspect, "sent", sent_json(t, head), "request", target ? head.p : "",
                                    (int)target, "dialled", dialled, "message", take_message));
}

static void try_host(struct trial *t, struct sl_str host, bool neighbour)
{
    SL_CLEANUP(sl_text_fini) struct sl_text head = {0};
    struct sl_url url;
    struct sl_str group;
    struct facts facts;
    struct verdict v;
    if (!make_url(t, host, &url))
        return;
    make_facts(t, &url, &group, &facts);
    policy_decide(t->s, t->scratch, &facts, &v);
    bool holds = v.headers[t->index / 64] >> t->index % 64 & 1;
    t->preview(t->s, &v, &url, client_head(t, url.text), &head);
    json_t *message = json_null();
    if (neighbour && holds)
        message = json_string("the rule acts on a host that it does not name");
    else if (!neighbour && !holds)
        message = why_not(t, &facts);
    else if (!neighbour) {
        const char *wrong = check_head(t, &v, sl_text_str(&head));
        message = wrong ? json_string(wrong) : json_null();
    }
    add_test(t, &url, &v, neighbour, sl_text_str(&head), message);
    sl_arena_reset(&t->arena);
}

/* Of a name its neighbours are: what ends alike, what begins alike, and, where it means itself alone, what is
 * below. */
static void try_neighbours(struct trial *t, struct sl_str host, bool alone)
{
    char name[300];
    snprintf(name, sizeof name, "not%.*s", SL_FMT(host));
    try_host(t, sl_cstr(name), true);
    snprintf(name, sizeof name, "%.*s.example", SL_FMT(host));
    try_host(t, sl_cstr(name), true);
    snprintf(name, sizeof name, "below.%.*s", SL_FMT(host));
    if (alone)
        try_host(t, sl_cstr(name), true);
}

/* ---- a rule ---- */

static const json_t *hosts_of(const struct trial *t)
{
    const struct clause *clause = condition_clause(&t->header->guard.when, CONDITION_HOST);
    return t->header->service ? json_object_get(t->header->service->json, "hosts")
           : clause           ? clause->json
                              : NULL;
}

static void try_rule(struct trial *t)
{
    const json_t *hosts = hosts_of(t);
    size_t count = json_is_string(hosts) ? 1 : json_array_size(hosts);
    for (size_t i = 0; i < SL_MIN(count, (size_t)HOSTS_TRIED); i++) {
        struct sl_str host = read_str(json_is_string(hosts) ? hosts : json_array_get(hosts, i));
        bool below = sl_str_starts(host, SL_STR("*."));
        host = sl_str_sub(host, below ? 2 : 0, SIZE_MAX);
        try_host(t, host, false);
        if (i == 0)
            try_neighbours(t, host, t->header->service && !below);
    }
}

static json_t *rule_json(struct trial *t)
{
    const struct header_def *def = &t->header->def;
    t->tests = json_array();
    t->ok = true;
    try_rule(t);
    const json_t *hosts = hosts_of(t);
    bool none = hosts == NULL;
    return json_pack(
        "{s:s#, s:o, s:b, s:I, s:o, s:o}", "rule", def->id.p, (int)def->id.n, "use",
        def->service.n ? json_stringn(def->service.p, def->service.n) : json_null(), "ok", t->ok && !none,
        "hosts", (json_int_t)(json_is_string(hosts) ? 1 : json_array_size(hosts)), "tests", t->tests,
        "message", none ? json_string("the rule names no hosts, so there is nothing to try") : json_null());
}

json_t *policy_header_tests(const struct snapshot *s, struct policy_scratch *scratch, struct sl_str rule,
                            int64_t now_s, header_preview *preview)
{
    struct trial t = {.s = s, .scratch = scratch, .preview = preview, .now_s = now_s};
    json_t *rules = json_array();
    sl_arena_init(&t.arena, 0);
    for (t.index = 0; t.index < s->doc.header_count; t.index++) {
        t.header = &s->doc.headers[t.index];
        t.json = json_array_get(json_object_get(s->json, "headers"), t.index);
        if (rule.n == 0 || sl_str_eq(rule, t.header->def.id))
            json_array_append_new(rules, rule_json(&t));
    }
    sl_arena_fini(&t.arena);
    return rules;
}

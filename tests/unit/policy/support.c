/* support.c - see support.h. */
#include "tests/unit/policy/support.h"

#include <stdio.h>
#include <stdlib.h>

#include "sluice/clock.h"

/* ---- lists ---- */

static void fake_ref(struct list_provider *p)
{
    __atomic_add_fetch(&((struct fake_lists *)p)->refs, 1, __ATOMIC_RELAXED);
}

static void fake_unref(struct list_provider *p)
{
    __atomic_sub_fetch(&((struct fake_lists *)p)->refs, 1, __ATOMIC_RELAXED);
}

static int fake_find(const struct list_provider *p, struct sl_str name)
{
    const struct fake_lists *f = (const struct fake_lists *)p;
    for (size_t i = 0; i < p->count; i++)
        if (sl_str_eq(name, sl_cstr(f->names[i])))
            return (int)i;
    return -1;
}

static const char *fake_name(const struct list_provider *p, int list)
{
    return ((const struct fake_lists *)p)->names[list];
}

static bool holds(const struct fake_entry *e, const struct sl_url *url)
{
    struct sl_str host = sl_cstr(e->host);
    bool below = sl_str_ends(url->host, host) &&
                 (url->host.n == host.n || url->host.p[url->host.n - host.n - 1] == '.');
    return below && (!e->path || sl_str_starts(url->path, sl_cstr(e->path)));
}

static size_t fake_matches(const struct list_provider *p, const struct sl_url *url, struct list_match *out,
                           size_t max)
{
    const struct fake_lists *f = (const struct fake_lists *)p;
    size_t n = 0;
    for (size_t i = 0; i < f->entry_count && n < max; i++) {
        if (!holds(&f->entries[i], url))
            continue;
        uint16_t labels = 1;
        for (const char *c = f->entries[i].host; *c; c++)
            labels = (uint16_t)(labels + (*c == '.'));
        out[n++] = (struct list_match){.list = (uint16_t)fake_find(p, sl_cstr(f->entries[i].list)),
                                       .labels = labels,
                                       .path = f->entries[i].path != NULL};
    }
    return n;
}

static void fake_lookup(const struct list_provider *p, const struct sl_url *url, uint64_t *bits)
{
    struct list_match matches[LIST_MATCHES_MAX];
    size_t n = fake_matches(p, url, matches, LIST_MATCHES_MAX);
    for (size_t i = 0; i < n; i++)
        bits[matches[i].list / 64] |= UINT64_C(1) << (matches[i].list % 64);
}

/* A row for each list. */
static bool fake_gather(const struct list_provider *p, const struct sl_url *url, const struct list_table *t,
                        uint64_t *out)
{
    struct list_match matches[LIST_MATCHES_MAX];
    size_t n = fake_matches(p, url, matches, LIST_MATCHES_MAX);
    bool by_path = false;
    for (size_t i = 0; i < n; i++) {
        for (size_t word = 0; word < t->words; word++)
            out[word] |= t->rows[matches[i].list * (t->words + t->except_words) + word];
        by_path |= matches[i].path;
    }
    return by_path;
}

static void fake_row(const struct list_provider *p, size_t row, uint64_t *held, uint64_t *excepts)
{
    held[row / 64] |= UINT64_C(1) << (row % 64);
}

static bool fake_expression(const struct list_provider *p, size_t index, int *out_list,
                            struct sl_str *out_pattern)
{
    const struct fake_lists *f = (const struct fake_lists *)p;
    if (index >= SL_COUNT(f->expressions) || !f->expressions[index].list)
        return false;
    *out_list = fake_find(p, sl_cstr(f->expressions[index].list));
    *out_pattern = sl_cstr(f->expressions[index].pattern);
    return true;
}

void fake_lists_init(struct fake_lists *f, const char *const *names, const struct fake_entry *entries,
                     size_t count)
{
    *f = (struct fake_lists){.names = names, .entries = entries, .entry_count = count, .refs = 1};
    while (names[f->provider.count])
        f->provider.count++;
    f->provider.ref = fake_ref;
    f->provider.unref = fake_unref;
    f->provider.find = fake_find;
    f->provider.name = fake_name;
    f->provider.lookup = fake_lookup;
    f->provider.gather = fake_gather;
    f->provider.row = fake_row;
    f->provider.rows = f->provider.count;
    f->provider.matches = fake_matches;
    f->provider.expression = fake_expression;
    f->provider.generation = 1;
}

/* ---- documents ---- */

json_t *document(const char *text)
{
    SL_CLEANUP(sl_freep) char *json = sl_strdup(text);
    for (char *c = json; *c; c++)
        if (*c == '\'')
            *c = '"';
    json_error_t error;
    json_t *doc = json_loads(json, JSON_REJECT_DUPLICATES, &error);
    if (!doc)
        fail_msg("line %d column %d: %s in %s", error.line, error.column, error.text, json);
    return doc;
}

struct snapshot *compile(const char *text, struct list_provider *lists)
{
    json_t *doc = document(text);
    struct policy_faults faults = {0};
    struct snapshot *s = snapshot_compile(doc, lists, 7, &faults);
    json_decref(doc);
    for (size_t i = 0; i < faults.count; i++)
        print_error("%s: %s\n", faults.items[i].pointer, faults.items[i].message);
    assert_int_equal(faults.count, 0);
    policy_faults_fini(&faults);
    return s;
}

/* ---- facts ---- */

static int64_t seconds(const char *rfc3339)
{
    int64_t us;
    if (!rfc3339)
        return 1795424400; /* 2026-11-23T09:00:00Z, a Monday */
    if (!sl_rfc3339_parse(sl_cstr(rfc3339), &us))
        fail_msg("bad time %s", rfc3339);
    return us / 1000000;
}

const struct facts *facts_of(const struct request *r)
{
    static _Thread_local struct sl_arena arena;
    static _Thread_local struct sl_url url;
    static _Thread_local struct facts facts;
    static _Thread_local struct sl_str group;
    struct sl_err err;
    sl_arena_fini(&arena);
    sl_arena_init(&arena, 0);
    group = sl_cstr(r->group);
    facts = (struct facts){.user = sl_cstr(r->user),
                           .groups = &group,
                           .group_count = r->group != NULL,
                           .time_s = seconds(r->at),
                           .method = sl_cstr(r->method ? r->method : "GET"),
                           .url = &url,
                           .tunnel = r->method && strcmp(r->method, "CONNECT") == 0,
                           .user_agent = sl_cstr(r->user_agent),
                           .known = FACT_USER | r->known,
                           .content_type = sl_cstr(r->content_type),
                           .size = r->size ? r->size : -1};
    if (r->client && !sl_addr_parse(sl_cstr(r->client), &facts.client))
        fail_msg("bad client %s", r->client);
    if (r->address && !sl_addr_parse(sl_cstr(r->address), &facts.address))
        fail_msg("bad address %s", r->address);
    if (r->address)
        facts.known |= FACT_ADDRESS;
    if (r->content_type || r->size)
        facts.known |= FACT_RESPONSE;
    bool ok = facts.tunnel ? sl_url_parse_authority(sl_cstr(r->url), &arena, &url, &err)
                           : sl_url_parse(sl_cstr(r->url), &arena, &url, &err);
    if (!ok)
        fail_msg("%s", err.msg);
    return &facts;
}

const char *verdict_text(const struct verdict *v)
{
    static _Thread_local char text[128];
    snprintf(text, sizeof text, "%s by %.*s", action_word(v->action),
             SL_FMT(v->rule_id.n ? v->rule_id : SL_STR("default")));
    return text;
}

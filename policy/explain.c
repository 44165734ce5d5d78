/* explain.c - the walk of decide.c in words: it listens to the same walk, so that what it says is what was
 * decided. */
#include <inttypes.h>

#include "policy/walk.h"
#include "sluice/clock.h"

enum { SHOWN_VALUES = 8, SHOWN_BYTES = 120, SHOWN_MATCHES = LIST_MATCHES_MAX };

/* ---- texts ---- */

/* Facts come from clients and need not be UTF-8, which JSON demands. */
static json_t *text_json(struct sl_str text)
{
    json_t *value = json_stringn(text.p ? text.p : "", text.n);
    if (value)
        return value;
    SL_CLEANUP(sl_freep) char *ascii = sl_str_dup(text);
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)ascii[i] >= 0x80)
            ascii[i] = '?';
    return json_stringn(ascii, text.n);
}

static void add_quoted(struct sl_text *t, const char *what, struct sl_str value)
{
    bool cut = value.n > SHOWN_BYTES;
    sl_text_addf(t, "%s '%.*s%s'", what, SL_FMT(sl_str_sub(value, 0, SHOWN_BYTES)), cut ? "..." : "");
}

static void add_value(struct sl_text *t, const json_t *value)
{
    if (json_is_integer(value))
        sl_text_addf(t, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else
        sl_text_add(t, sl_str_sub(read_str(value), 0, SHOWN_BYTES));
}

/* "a, b, c and 5 more" */
static void add_values(struct sl_text *t, const json_t *values)
{
    if (!json_is_array(values)) {
        add_value(t, values);
        return;
    }
    size_t count = json_array_size(values);
    for (size_t i = 0; i < SL_MIN(count, (size_t)SHOWN_VALUES); i++) {
        sl_text_addf(t, "%s", i ? ", " : "");
        add_value(t, json_array_get(values, i));
    }
    if (count > SHOWN_VALUES)
        sl_text_addf(t, " and %zu more", count - SHOWN_VALUES);
}

/* ---- facts: one function for each kind of clause, in one table ---- */

static void fact_user(const struct walk *w, struct sl_text *t)
{
    if (w->facts->user.n > 0)
        add_quoted(t, "user", w->facts->user);
    else
        sl_text_add(t, SL_STR("anonymous user"));
}

static void fact_client(const struct walk *w, struct sl_text *t)
{
    char buf[SL_ADDR_TEXT];
    sl_text_addf(t, "client %s", sl_addr_text(w->facts->client, buf));
}

static void add_categories(const struct walk *w, struct sl_text *t, const struct category_set *have,
                           const struct category_set *of)
{
    const char *comma = "";
    for (size_t i = 0; i <= w->s->doc.category_count; i++) {
        if (!category_set_has(have, i) || (of && !category_set_has(of, i)))
            continue;
        sl_text_addf(t, "%s%.*s", comma, SL_FMT(snapshot_category_name(w->s, i)));
        comma = ", ";
    }
}

static void fact_categories(const struct walk *w, struct sl_text *t)
{
    sl_text_add(t, SL_STR("category "));
    add_categories(w, t, &w->out->categories, NULL);
}

static void fact_host(const struct walk *w, struct sl_text *t)
{
    add_quoted(t, "host", w->facts->url->host);
}

static void fact_url(const struct walk *w, struct sl_text *t)
{
    add_quoted(t, "URL", w->facts->url->text);
}

static void fact_address(const struct walk *w, struct sl_text *t)
{
    char buf[SL_ADDR_TEXT];
    struct sl_addr address = {{0}};
    match_address(w, &address);
    sl_text_addf(t, "address %s", sl_addr_text(address, buf));
}

static void fact_method(const struct walk *w, struct sl_text *t)
{
    add_quoted(t, "method", w->hidden ? SL_STR("CONNECT") : w->facts->method);
}

static void fact_port(const struct walk *w, struct sl_text *t)
{
    sl_text_addf(t, "port %u", w->facts->url->port);
}

static void fact_scheme(const struct walk *w, struct sl_text *t)
{
    add_quoted(t, "scheme", w->hidden ? SL_STR("connect") : w->facts->url->scheme);
}

static void fact_time(const struct walk *w, struct sl_text *t)
{
    char buf[SL_RFC3339_TEXT];
    sl_text_addf(t, "time %s", sl_rfc3339(w->facts->time_s * 1000000, buf));
}

static void fact_extension(const struct walk *w, struct sl_text *t)
{
    add_quoted(t, "extension", match_extension(w->facts->url));
}

static void fact_content_type(const struct walk *w, struct sl_text *t)
{
    add_quoted(t, "content type", w->facts->content_type);
}

static void fact_size(const struct walk *w, struct sl_text *t)
{
    sl_text_addf(t, "size %" PRId64, w->facts->size);
}

static void fact_user_agent(const struct walk *w, struct sl_text *t)
{
    add_quoted(t, "user agent", w->facts->user_agent);
}

static const struct {
    void (*fact)(const struct walk *w, struct sl_text *t);
    const char *no, *yes, *unknown;
} words[CONDITION_KINDS] = {
    [CONDITION_USER] = {fact_user, "is none of", "is one of", "the user is not known yet"},
    [CONDITION_GROUP] = {fact_user, "is in none of", "is in one of", "the user is not known yet"},
    [CONDITION_NETWORK] = {fact_client, "is in none of", "is in one of", NULL},
    [CONDITION_CATEGORY] = {fact_categories, "is none of", "is one of", NULL},
    [CONDITION_HOST] = {fact_host, "is not at or below any of", "is at or below one of", NULL},
    [CONDITION_ADDRESS] = {fact_address, "is in none of", "is in one of",
                           "the address of the destination is not known yet"},
    [CONDITION_URL] = {fact_url, "begins with none of", "begins with one of",
                       "the path is hidden in the tunnel"},
    [CONDITION_REGEX] = {fact_url, "matches none of", "matches one of", "the path is hidden in the tunnel"},
    [CONDITION_METHOD] = {fact_method, "is none of", "is one of", NULL},
    [CONDITION_PORT] = {fact_port, "is none of", "is one of", NULL},
    [CONDITION_SCHEME] = {fact_scheme, "is none of", "is one of", NULL},
    [CONDITION_SCHEDULE] = {fact_time, "is outside of", "is within one of", NULL},
    [CONDITION_EXTENSION] = {fact_extension, "is none of", "is one of", "the path is hidden in the tunnel"},
    [CONDITION_CONTENT_TYPE] = {fact_content_type, "is none of", "is one of",
                                "the content type is not known yet"},
    [CONDITION_SIZE_OVER] = {fact_size, "is not over", "is over", "the size is not known yet"},
    [CONDITION_USER_AGENT] = {fact_user_agent, "matches none of", "matches one of", NULL},
};

/* ---- clauses and conditions ---- */

static void add_clause(const struct walk *w, const struct clause *c, const char *relation, struct sl_text *t)
{
    words[c->kind].fact(w, t);
    sl_text_addf(t, " %s: ", relation);
    add_values(t, c->json);
}

static void add_condition(struct walk *w, const struct condition *c, bool doubt, struct sl_text *t)
{
    if (c->count == 0)
        sl_text_add(t, SL_STR("it always holds"));
    for (size_t i = 0; i < c->count; i++) {
        const struct clause *one = &c->clauses[i];
        sl_text_addf(t, "%s", i ? "; " : "");
        if (one->kind == CONDITION_CATEGORY) {
            sl_text_add(t, SL_STR("category is "));
            add_categories(w, t, doubt ? &w->out->categories : &w->sure, one->set);
        } else {
            add_clause(w, one, words[one->kind].yes, t);
        }
    }
}

static const char *unknown_words(const struct walk *w, const struct clause *c)
{
    bool of_response = c->kind == CONDITION_CONTENT_TYPE || c->kind == CONDITION_SIZE_OVER;
    if (of_response && w->hidden)
        return "the response is hidden in the tunnel";
    if (of_response && (w->facts->known & FACT_RESPONSE))
        return "the response does not tell its size";
    return words[c->kind].unknown;
}

static void add_because(struct walk *w, const struct guard *g, enum outcome outcome, bool doubt,
                        const struct clause *why, struct sl_text *t)
{
    switch (outcome) {
    case OUTCOME_MATCHED:
        add_condition(w, &g->when, doubt, t);
        break;
    case OUTCOME_EXCEPTED:
        sl_text_add(t, SL_STR("unless: "));
        add_condition(w, &g->unless, !doubt, t);
        break;
    case OUTCOME_NOT_VALID:
        if (validity_begun(g->valid, w->facts->time_s))
            sl_text_addf(t, "expired on %.*s", SL_FMT(g->valid->until));
        else
            sl_text_addf(t, "not yet valid until %.*s", SL_FMT(g->valid->from));
        break;
    case OUTCOME_NOT_MATCHED:
        add_clause(w, why, words[why->kind].no, t);
        break;
    case OUTCOME_PASSED_OVER:
        sl_text_add(t, sl_cstr(unknown_words(w, why)));
        break;
    }
}

/* ---- steps ---- */

static json_t *add_step(struct walk *w, const char *step, json_t *take_id, const char *result,
                        const struct sl_text *because)
{
    json_t *item = json_object();
    json_object_set_new(item, "step", json_string(step));
    json_object_set_new(item, "id", take_id);
    json_object_set_new(item, "result", json_string(result));
    json_object_set_new(item, "because", text_json(sl_text_str(because)));
    json_array_append_new(w->trace, item);
    return item;
}

void explain_guard(struct walk *w, const char *step, struct sl_str id, const struct guard *g,
                   enum outcome outcome, bool doubt, const char *matched_word, const char *then,
                   const struct clause *why)
{
    static const char *const results[] = {
        [OUTCOME_NOT_MATCHED] = "not-matched",
        [OUTCOME_NOT_VALID] = "not-matched",
        [OUTCOME_PASSED_OVER] = "passed-over",
        [OUTCOME_EXCEPTED] = "excepted",
    };
    SL_CLEANUP(sl_text_fini) struct sl_text because = {0};
    add_because(w, g, outcome, doubt, why, &because);
    json_t *item = add_step(w, step, text_json(id),
                            outcome == OUTCOME_MATCHED ? matched_word : results[outcome], &because);
    json_object_set_new(item, "then", json_string(then));
}

static void add_names(json_t *step, const char *key, const struct header_field *fields, size_t count)
{
    json_t *names = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(names, text_json(fields[i].name));
    json_object_set_new(step, key, names);
}

static void add_named(struct sl_text *t, const char *what, const struct header_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sl_text_addf(t, "%s%.*s", i ? ", " : what, SL_FMT(fields[i].name));
}

/* "sets X-Tenant; removes Cookie; dials strict.example" */
static void add_deeds(json_t *step, const struct header_def *def)
{
    SL_CLEANUP(sl_text_fini) struct sl_text t = {0};
    sl_text_addf(&t, "%s", json_string_value(json_object_get(step, "because")));
    add_named(&t, "; sets ", def->set, def->set_count);
    for (size_t i = 0; i < def->remove_count; i++)
        sl_text_addf(&t, "%s%.*s", i ? ", " : "; removes ", SL_FMT(def->remove[i]));
    add_named(&t, "; sets in the URL ", def->query, def->query_count);
    if (def->resolve_as.n > 0)
        sl_text_addf(&t, "; dials %.*s", SL_FMT(def->resolve_as));
    json_object_set_new(step, "because", text_json(sl_text_str(&t)));
}

/* Names alone: what a field is set to is in the policy. */
static void add_edit(json_t *step, const struct header_def *def)
{
    add_deeds(step, def);
    add_names(step, "set", def->set, def->set_count);
    json_t *removed = json_array();
    for (size_t i = 0; i < def->remove_count; i++)
        json_array_append_new(removed, text_json(def->remove[i]));
    json_object_set_new(step, "remove", removed);
    add_names(step, "query", def->query, def->query_count);
    json_object_set_new(step, "resolve_as", def->resolve_as.n ? text_json(def->resolve_as) : json_null());
}

void explain_header(struct walk *w, const struct doc_header *header, bool elsewhere, enum outcome outcome,
                    const struct clause *why)
{
    const struct header_def *def = &header->def;
    if (elsewhere) {
        SL_CLEANUP(sl_text_fini) struct sl_text because = {0};
        add_quoted(&because, "host", w->facts->url->host);
        sl_text_addf(&because, " is below one of the hosts of '%.*s', which means none below",
                     SL_FMT(def->service));
        json_object_set_new(add_step(w, "headers", text_json(def->id), "not-matched", &because), "then",
                            json_string("edit"));
        return;
    }
    explain_guard(w, "headers", def->id, &header->guard, outcome, true, "matched", "edit", why);
    if (outcome == OUTCOME_MATCHED)
        add_edit(json_array_get(w->trace, json_array_size(w->trace) - 1), def);
}

static void add_faults(struct sl_text *t, tls_faults set)
{
    for (const char *comma = ""; set; set &= set - 1, comma = ", ")
        sl_text_addf(t, "%s%s", comma, tls_fault_word(tls_faults_first(set)));
}

void explain_exception(struct walk *w, const struct doc_exception *e, bool covers, enum outcome outcome,
                       const struct clause *why)
{
    if (covers) {
        explain_guard(w, "exception", e->id, &e->guard, outcome, e->then == EXCUSE_NONE, "matched",
                      excuse_word(e->then), why);
        return;
    }
    SL_CLEANUP(sl_text_fini) struct sl_text because = {0};
    sl_text_add(&because, SL_STR("it is not for "));
    add_faults(&because, w->facts->faults & ~e->faults);
    json_t *item = add_step(w, "exception", text_json(e->id), "not-matched", &because);
    json_object_set_new(item, "then", json_string(excuse_word(e->then)));
}

void explain_off(struct walk *w, const char *step, struct sl_str id, const char *then)
{
    SL_CLEANUP(sl_text_fini) struct sl_text because = {0};
    sl_text_add(&because, SL_STR("the rule is switched off"));
    json_t *item = add_step(w, step, text_json(id), "switched-off", &because);
    json_object_set_new(item, "then", json_string(then));
}

void explain_default(struct walk *w, const char *step, const char *then)
{
    SL_CLEANUP(sl_text_fini) struct sl_text because = {0};
    sl_text_addf(&because, "nothing before decided; the default is %s", then);
    json_object_set_new(add_step(w, step, json_null(), "matched", &because), "then", json_string(then));
}

/* ---- categories: where each comes from ---- */

static void add_source(json_t *sources, struct sl_text *because, const char *kind, struct sl_str list,
                       struct sl_str entry)
{
    json_t *item = json_object();
    json_object_set_new(item, "kind", json_string(kind));
    if (list.n > 0)
        json_object_set_new(item, "list", text_json(list));
    json_object_set_new(item, "entry", text_json(entry));
    json_array_append_new(sources, item);
    sl_text_addf(because, "%s", because->n > 0 ? "; " : "");
    if (list.n > 0)
        sl_text_addf(because, "list %.*s: ", SL_FMT(list));
    add_quoted(because, kind, entry);
}

struct sl_str list_match_name(const struct sl_url *url, const struct list_match *m)
{
    size_t from = url->host.n;
    unsigned labels = m->labels;
    while (!url->host_is_addr && from > 0)
        if (url->host.p[--from] == '.' && --labels == 0)
            return sl_str_sub(url->host, from + 1, SIZE_MAX);
    return url->host;
}

static bool links_to(const struct links *l, size_t from, size_t to)
{
    for (uint32_t i = l->first[from]; i < l->first[from + 1]; i++)
        if (l->to[i] == to)
            return true;
    return false;
}

static void add_list_sources(const struct walk *w, size_t category, const struct list_match *matches,
                             size_t count, json_t *sources, struct sl_text *because)
{
    const struct sl_url *url = w->facts->url;
    for (size_t i = 0; i < count; i++) {
        const struct list_match *m = &matches[i];
        if (!links_to(&w->s->list_categories, m->list, category))
            continue;
        add_source(sources, because, m->path ? "path entry of host" : "host",
                   sl_cstr(w->s->lists->name(w->s->lists, m->list)), list_match_name(url, m));
    }
}

static void add_pattern_sources(const struct walk *w, size_t category, json_t *sources,
                                struct sl_text *because)
{
    const struct links *l = &w->s->pattern_categories;
    if (w->hidden || l->count == 0)
        return;
    const uint64_t *bits = walk_bits(w, w->s->layout.patterns), *limited = walk_bits(w, w->s->layout.limited);
    for (size_t i = 0; i < l->count; i++) {
        if (!(bit_has(bits, i) || bit_has(limited, i)) || !links_to(l, i, category))
            continue;
        add_source(sources, because, bit_has(bits, i) ? "regex" : "regex that ran into its limit", SL_STR(""),
                   pattern_set_text(w->s->doc.patterns, i));
    }
}

static void trace_category(struct walk *w, size_t category, const struct list_match *matches, size_t count)
{
    SL_CLEANUP(sl_text_fini) struct sl_text because = {0};
    const uint64_t *bits = walk_bits(w, w->s->layout.overlay);
    size_t except = w->s->doc.category_words * 64 + category;
    json_t *sources = json_array();
    if (bit_has(bits, category))
        add_source(sources, &because, "entry", SL_STR(""),
                   overlay_matched(w->s->doc.overlay, w->facts->url, w->hidden, category));
    add_list_sources(w, category, matches, count, sources, &because);
    add_pattern_sources(w, category, sources, &because);
    if (json_array_size(sources) == 0) {
        json_decref(sources);
        return;
    }
    bool excepted = bit_has(bits, except);
    if (excepted)
        add_source(sources, &because, "except", SL_STR(""),
                   overlay_matched(w->s->doc.overlay, w->facts->url, w->hidden, except));
    json_t *item = add_step(w, "categories", text_json(snapshot_category_name(w->s, category)),
                            excepted ? "excepted" : "matched", &because);
    json_object_set_new(item, "sources", sources);
}

void explain_categories(struct walk *w)
{
    struct list_match matches[SHOWN_MATCHES];
    size_t count = 0;
    if (w->s->list_categories.count > 0)
        count = w->s->lists->matches(w->s->lists, w->facts->url, matches, SHOWN_MATCHES);
    for (size_t i = 0; i < w->s->doc.category_count; i++)
        trace_category(w, i, matches, count);
    if (category_set_has(&w->out->categories, w->s->doc.category_count)) {
        struct sl_text because = {0};
        sl_text_add(&because, SL_STR("no category holds it"));
        add_step(w, "categories", json_string(DOCUMENT_UNCATEGORISED), "matched", &because);
        sl_text_fini(&because);
    }
}

/* Of a URL that goes through a tunnel which nobody looks into: what header rules could do if somebody did. */
static void note_unseen(json_t *trace)
{
    size_t i;
    json_t *step;
    json_array_foreach(trace, i, step)
    {
        if (!json_object_get(step, "remove"))
            continue;
        json_object_set_new(step, "unseen", json_true());
        json_t *because = json_sprintf("%s; but `inspection` leaves the tunnel closed, so fields and "
                                       "parameters stay as they are",
                                       json_string_value(json_object_get(step, "because")));
        json_object_set_new(step, "because", because ? because : json_string("the tunnel stays closed"));
    }
}

json_t *policy_explain(const struct snapshot *s, struct policy_scratch *scratch, const struct facts *facts,
                       struct verdict *out)
{
    struct walk w;
    walk_start(&w, s, scratch, facts, out);
    w.trace = json_array();
    w.every = true;
    walk_decide(&w);
    if (!facts->tunnel && !out->inspect && sl_str_eq(facts->url->scheme, SL_STR("https")))
        note_unseen(w.trace);
    return w.trace;
}

/* regexes.c - which regexes does a policy have, what do they cost, and which must it not have?
 * (lint_entries.c tells which it should not.)
 *
 * Everything is read from the document as JSON, since people want to hear where a regex stands, and of a
 * draft too; codes come from the table that the running snapshot's are in. A regex that the engine would
 * refuse, and one of a rule that is switched off, is passed over. */
#include <stdio.h>
#include <stdlib.h>

#include "policy/document_parts.h"
#include "policy/pattern_cost.h"
#include "policy/snapshot.h"

enum {
    ALWAYS_MOST = 1024,
    SHOWN = 60,
    USERS_SHOWN = 20,
    HOPELESS_MOST = 20, /* then the rest is not looked at: each takes some 25 ms */
    GIVEN_UP_MOST = 20000
};

/* One place where a regex stands. */
struct use {
    const struct pattern_code *code; /* a reference */
    enum pattern_subject subject;
    const char *kind, *id, *pointer; /* in the arena */
};
struct uses {
    struct sl_arena arena;
    struct use *items;
    size_t count, cap;
};

/* ---- where they stand ---- */

static void add(struct uses *u, struct sl_str text, enum pattern_subject subject, const char *kind,
                const char *id, const char *pointer)
{
    struct pattern_fault fault;
    const struct pattern_code *code = pattern_code_get(text, &fault);
    if (!code)
        return;
    SL_GROW(u->items, u->count, &u->cap);
    u->items[u->count++] = (struct use){code, subject, kind, id, pointer};
}

/* values: one text or a list of them. */
static void add_all(struct uses *u, const json_t *values, const char *kind, const char *id,
                    const char *pointer)
{
    size_t i;
    json_t *value;
    if (json_is_string(values))
        add(u, sl_str(json_string_value(values), json_string_length(values)), PATTERN_URL, kind, id, pointer);
    json_array_foreach(values, i, value) if (json_is_string(value))
        add(u, sl_str(json_string_value(value), json_string_length(value)), PATTERN_URL, kind, id,
            sl_arena_printf(&u->arena, "%s/%zu", pointer, i));
}

static void add_categories(struct uses *u, json_t *categories)
{
    const char *name;
    json_t *category;
    json_object_foreach(categories, name, category)
        add_all(u, json_object_get(category, "regex"), "category", sl_arena_printf(&u->arena, "%s", name),
                sl_arena_printf(&u->arena, "/categories/%s/regex", name));
}

static void add_guarded(struct uses *u, const json_t *items, const char *kind, const char *pointer)
{
    static const char *const conditions[] = {"if", "unless"};
    size_t i;
    json_t *item;
    json_array_foreach(items, i, item)
    {
        const char *id = json_string_value(json_object_get(item, "id"));
        if (!id || document_is_off(item))
            continue;
        id = sl_arena_printf(&u->arena, "%s", id);
        for (size_t k = 0; k < SL_COUNT(conditions); k++)
            add_all(u, json_object_get(json_object_get(item, conditions[k]), "regex"), kind, id,
                    sl_arena_printf(&u->arena, "%s/%zu/%s/regex", pointer, i, conditions[k]));
    }
}

/* The expressions of lists that some category has. */
static void add_lists(struct uses *u, const struct list_provider *lists, json_t *categories)
{
    SL_CLEANUP(sl_freep) bool *used = sl_calloc(lists->count + 1, sizeof *used);
    const char *name;
    json_t *category, *list;
    size_t i;
    json_object_foreach(categories, name, category)
        json_array_foreach(json_object_get(category, "lists"), i, list)
    {
        int found = json_is_string(list) ? lists->find(lists, sl_cstr(json_string_value(list))) : -1;
        if (found >= 0)
            used[found] = true;
    }
    int id;
    struct sl_str text;
    for (i = 0; lists->expression(lists, i, &id, &text); i++)
        if (used[id])
            add(u, text, PATTERN_SCHEMELESS, "list", sl_arena_printf(&u->arena, "%s", lists->name(lists, id)),
                "");
}

static int by_code(const void *a, const void *b)
{
    const struct use *x = a, *y = b;
    if (x->code != y->code)
        return (uintptr_t)x->code < (uintptr_t)y->code ? -1 : 1;
    return (int)x->subject - (int)y->subject;
}

/* Those of the same regex stand together. */
static void uses_find(struct uses *u, const json_t *doc, const struct list_provider *lists)
{
    *u = (struct uses){.count = 0};
    sl_arena_init(&u->arena, 0);
    add_categories(u, json_object_get(doc, "categories"));
    add_guarded(u, json_object_get(doc, "rules"), "rule", "/rules");
    add_guarded(u, json_object_get(doc, "quotas"), "quota", "/quotas");
    add_guarded(u, json_object_get(doc, "headers"), "headers", "/headers");
    add_guarded(u, json_object_get(json_object_get(doc, "inspection"), "rules"), "inspection",
                "/inspection/rules");
    add_guarded(u, json_object_get(json_object_get(doc, "inspection"), "exceptions"), "inspection",
                "/inspection/exceptions");
    if (lists)
        add_lists(u, lists, json_object_get(doc, "categories"));
    if (u->count)
        qsort(u->items, u->count, sizeof *u->items, by_code);
}

static void uses_fini(struct uses *u)
{
    for (size_t i = 0; i < u->count; i++)
        pattern_code_put(u->items[i].code);
    free(u->items);
    sl_arena_fini(&u->arena);
}

/* How many uses from i on are of the same regex. */
static size_t group_size(const struct uses *u, size_t i)
{
    size_t n = 1;
    while (i + n < u->count && by_code(&u->items[i], &u->items[i + n]) == 0)
        n++;
    return n;
}

/* ---- the list of them ---- */

json_t *pattern_cost_json(const struct pattern_cost *cost)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:s}", "ns", (json_int_t)cost->run_ns, "url_ns",
                     (json_int_t)pattern_cost_url_ns(cost), "urls", (json_int_t)cost->urls, "runs",
                     (json_int_t)cost->runs, "matches", (json_int_t)cost->matches, "class",
                     cost->heavy    ? "heavy"
                     : cost->always ? "always-run"
                                    : "cheap");
}

static json_t *users_json(const struct use *uses, size_t n)
{
    json_t *out = json_array();
    for (size_t i = 0; i < n && i < USERS_SHOWN; i++)
        json_array_append_new(out, json_pack("{s:s, s:s}", "kind", uses[i].kind, "id", uses[i].id));
    return out;
}

static json_t *text_json(struct sl_str text)
{
    json_t *out = text.n ? json_stringn(text.p, text.n) : NULL; /* lists may hold what is no UTF-8 */
    return out ? out : json_null();
}

struct row {
    struct pattern_cost cost;
    const struct use *uses;
    size_t count;
};

/* Dearest first; those that cost the same in the order of their text. */
static int by_cost(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    unsigned p = pattern_cost_url_ns(&x->cost), q = pattern_cost_url_ns(&y->cost);
    if (x->cost.heavy != y->cost.heavy)
        return x->cost.heavy ? -1 : 1;
    return p != q ? (p > q ? -1 : 1) : sl_str_cmp(x->uses->code->text, y->uses->code->text);
}

static json_t *row_json(const struct row *row)
{
    const struct pattern_code *code = row->uses->code;
    return json_pack("{s:o, s:s, s:o, s:o, s:o}", "pattern", text_json(code->text), "subject",
                     row->uses->subject == PATTERN_URL ? "url" : "schemeless", "literal",
                     text_json(pattern_code_literal(code)), "cost", pattern_cost_json(&row->cost), "used_by",
                     users_json(row->uses, row->count));
}

json_t *snapshot_regexes(const struct snapshot *snapshot, policy_clock now_ns, size_t limit)
{
    struct uses u;
    uses_find(&u, snapshot->json, snapshot->lists);
    struct pattern_gauge *gauge = pattern_gauge_new(now_ns);
    SL_CLEANUP(sl_freep) struct row *rows = sl_calloc(u.count + 1, sizeof *rows);
    size_t count = 0, always = 0, heavy = 0, url_ns = 0;
    for (size_t i = 0; i < u.count; i += rows[count++].count) {
        struct row *row = &rows[count];
        *row = (struct row){pattern_gauge_measure(gauge, u.items[i].code), &u.items[i], group_size(&u, i)};
        always += row->cost.always;
        heavy += row->cost.heavy;
        url_ns += pattern_cost_url_ns(&row->cost);
    }
    if (count)
        qsort(rows, count, sizeof *rows, by_cost);
    json_t *items = json_array();
    for (size_t i = 0; i < count && i < limit; i++)
        json_array_append_new(items, row_json(&rows[i]));
    pattern_gauge_free(&gauge);
    uses_fini(&u);
    return json_pack("{s:I, s:I, s:I, s:I, s:o}", "count", (json_int_t)count, "always", (json_int_t)always,
                     "heavy", (json_int_t)heavy, "url_ns", (json_int_t)url_ns, "items", items);
}

/* ---- what a policy should not have ---- */

static bool has(const struct uses *u, const struct use *use)
{
    return u->count && bsearch(use, u->items, u->count, sizeof *u->items, by_code);
}

static size_t count_always(const struct uses *u)
{
    size_t always = 0;
    for (size_t i = 0; i < u->count; i += group_size(u, i))
        always += u->items[i].code->required.first.count == 0;
    return always;
}

static const char *shown(struct sl_str text, char buf[SHOWN + 4])
{
    snprintf(buf, SHOWN + 4, "%.*s%s", (int)SL_MIN(text.n, (size_t)SHOWN), text.p,
             text.n > SHOWN ? "..." : "");
    return buf;
}

/* On one in four usual URLs: a rule that blocks would take all these for matches. */
static bool is_hopeless(const struct pattern_cost *cost)
{
    return cost->given_up * 4 >= cost->urls;
}

static void refuse(const struct use *use, const struct pattern_cost *cost, struct policy_faults *faults)
{
    char text[SHOWN + 4];
    policy_faults_add(faults, use->pointer,
                      "regex '%s' backtracks up to its limit on %u of %u usual addresses, where it is "
                      "given up; avoid repeats inside repeats, such as (a+)+, and .* in the middle",
                      shown(use->code->text, text), cost->given_up, cost->urls);
}

/* Those of new that old has not; an end is made early of a document that is made to take long. */
static void refuse_hopeless(const struct uses *new, const struct uses *old, struct policy_faults *faults)
{
    struct pattern_gauge *gauge = pattern_gauge_new(NULL);
    size_t hopeless = 0, given_up = 0;
    for (size_t i = 0; i < new->count &&hopeless < HOPELESS_MOST &&given_up <= GIVEN_UP_MOST; i++) {
        const struct use *use = &new->items[i];
        if (has(old, use))
            continue;
        struct pattern_cost cost = pattern_gauge_measure(gauge, use->code);
        given_up += cost.given_up;
        if (!is_hopeless(&cost))
            continue;
        hopeless++;
        refuse(use, &cost, faults);
    }
    if (given_up > GIVEN_UP_MOST)
        policy_faults_add(faults, "", "too many regexes backtrack up to their limit on usual addresses");
    pattern_gauge_free(&gauge);
}

bool policy_refuse_regexes(const json_t *doc, const json_t *before, struct policy_faults *faults)
{
    struct uses new, old;
    size_t had = faults->count;
    uses_find(&new, doc, NULL);
    uses_find(&old, before, NULL);
    refuse_hopeless(&new, &old, faults);
    size_t always = count_always(&new);
    if (always > ALWAYS_MOST && always > count_always(&old))
        policy_faults_add(
            faults, "",
            "%zu regexes have no fixed text of %d bytes that they require, so that each of them "
            "runs on every request; %d may at most. Give them one, such as a name or a path",
            always, LITERAL_MIN, ALWAYS_MOST);
    uses_fini(&new);
    uses_fini(&old);
    return faults->count == had;
}

/* lint_entries.c - hosts that a parent covers already, and regexes that say something else than was meant. */
#include "policy/condition.h"
#include "policy/lint.h"

enum { SHOWN = 20 }; /* of one list of hosts */

/* ---- hosts ---- */

/* Canonical names of the list, without what is none. */
static void read_hosts(struct lint *l, const json_t *list, struct names *out)
{
    size_t i;
    const json_t *text;
    json_array_foreach(list, i, text)
    {
        struct sl_str host;
        struct sl_addr addr;
        struct sl_err err;
        bool is_addr;
        if (sl_host_parse(read_str(text), &l->entry, &host, &is_addr, &addr, &err) && !is_addr)
            names_add(out, host);
    }
}

/* The parent of `host` that is in the list, or -1. */
static int parent_of(const struct names *names, struct sl_str host)
{
    for (size_t dot; (dot = sl_str_find(host, '.')) < host.n;) {
        host = sl_str_sub(host, dot + 1, host.n);
        int found = names_find(names, host);
        if (found >= 0)
            return found;
    }
    return -1;
}

static void check_hosts(struct lint *l, const json_t *list, const char *pointer, struct sl_str rule)
{
    struct names names = {0};
    unsigned shown = 0;
    read_hosts(l, list, &names);
    for (size_t i = 0; i < names.count && shown < SHOWN; i++) {
        int parent = parent_of(&names, names.items[i]);
        if (parent < 0)
            continue;
        shown++;
        lint_note(l, LINT_INFO, "covered-host", pointer, rule, "'%.*s' is covered by '%.*s': leave it out",
                  SL_FMT(names.items[i]), SL_FMT(names.items[parent]));
    }
    names_fini(&names);
    sl_arena_reset(&l->entry);
}

/* ---- regexes ---- */

static void check_regex(struct lint *l, const json_t *text, const char *pointer, struct sl_str rule)
{
    struct pattern_probe_fault fault;
    struct pattern_probe *probe = l->most > 0 ? pattern_probe_new(read_str(text), &fault) : NULL;
    size_t i;
    const json_t *sentence;
    if (!probe) /* or no note could be added: to measure regexes takes long */
        return;
    json_t *warnings = pattern_probe_warnings(probe);
    json_array_foreach(warnings, i, sentence)
        lint_note(l, LINT_WARNING, "regex", pointer, rule, "%s", json_string_value(sentence));
    struct pattern_cost cost = pattern_gauge_measure(l->gauge, pattern_probe_code(probe));
    if (cost.heavy)
        lint_note(
            l, LINT_WARNING, "regex-heavy", pointer, rule,
            "backtracks on some URLs until it is given up, and who blocks takes that for a match: avoid "
            "repeats inside repeats, such as (a+)+");
    if (cost.always)
        lint_note(l, LINT_INFO, "regex-no-literal", pointer, rule,
                  "requires no text, so it runs on every URL: put in something that must be there, such as a "
                  "host or a part of a path");
    json_decref(warnings);
    pattern_probe_free(&probe);
}

static void check_regexes(struct lint *l, const json_t *list, const char *pointer, struct sl_str rule)
{
    size_t i;
    const json_t *text;
    if (json_is_string(list))
        check_regex(l, list, pointer, rule);
    json_array_foreach(list, i, text) check_regex(l, text, lint_pointer(l, "%s/%zu", pointer, i), rule);
}

static void check_always_run(struct lint *l)
{
    size_t always = pattern_set_always(l->s->doc.patterns);
    if (l->hints->always_run && always > l->hints->always_run)
        lint_note(l, LINT_WARNING, "regexes-no-literal", "", SL_STR(""),
                  "%zu regexes require no text, so each of them runs on every URL; more than %zu are felt: "
                  "put in something that must be there",
                  always, l->hints->always_run);
}

/* ---- where they stand ---- */

static void check_condition(struct lint *l, const json_t *condition, const char *pointer, struct sl_str rule)
{
    check_hosts(l, json_object_get(condition, "host"), lint_pointer(l, "%s/host", pointer), rule);
    check_regexes(l, json_object_get(condition, "regex"), lint_pointer(l, "%s/regex", pointer), rule);
}

static void check_things(struct lint *l, const json_t *things, const char *pointer, bool rules)
{
    size_t i;
    const json_t *thing;
    json_array_foreach(things, i, thing)
    {
        struct sl_str id = rules ? read_str(json_object_get(thing, "id")) : SL_STR("");
        check_condition(l, json_object_get(thing, "if"), lint_pointer(l, "%s/%zu/if", pointer, i), id);
        check_condition(l, json_object_get(thing, "unless"), lint_pointer(l, "%s/%zu/unless", pointer, i),
                        id);
    }
}

void lint_entries(struct lint *l)
{
    const char *name;
    json_t *category;
    json_object_foreach(json_object_get(l->s->json, "categories"), name, category)
    {
        const char *pointer = lint_pointer(l, "/categories/%s", name);
        check_hosts(l, json_object_get(category, "hosts"), lint_pointer(l, "%s/hosts", pointer), SL_STR(""));
        check_regexes(l, json_object_get(category, "regex"), lint_pointer(l, "%s/regex", pointer),
                      SL_STR(""));
    }
    check_things(l, json_object_get(l->s->json, "rules"), "/rules", true);
    check_things(l, json_object_get(l->s->json, "quotas"), "/quotas", false);
    check_things(l, json_object_get(l->s->json, "headers"), "/headers", false);
    check_things(l, json_object_get(json_object_get(l->s->json, "inspection"), "exceptions"),
                 "/inspection/exceptions", false);
    check_things(l, json_object_get(json_object_get(l->s->json, "inspection"), "rules"), "/inspection/rules",
                 false);
    check_always_run(l);
}

/* lint_names.c - what the policy defines and nobody uses, and categories without contents or with the same
 * twice. */
#include "policy/condition.h"
#include "policy/lint.h"

/* The kinds of things that conditions name, and where they are defined. */
static const struct {
    enum condition_kind kind;
    const char *member, *what;
} defined[] = {
    {CONDITION_CATEGORY, "categories", "category"},
    {CONDITION_GROUP, "groups", "group"},
    {CONDITION_NETWORK, "networks", "network"},
    {CONDITION_SCHEDULE, "schedules", "schedule"},
};

/* ---- who names what; from the JSON, where rules that are switched off count too ---- */

static void use(json_t *used, const json_t *names)
{
    size_t i;
    const json_t *name;
    if (json_is_string(names))
        json_object_set_new(used, json_string_value(names), json_true());
    json_array_foreach(names, i, name) use(used, name);
}

static void use_all(json_t *used, const json_t *things, const char *key)
{
    size_t i;
    const json_t *thing;
    json_array_foreach(things, i, thing)
    {
        use(used, json_object_get(json_object_get(thing, "if"), key));
        use(used, json_object_get(json_object_get(thing, "unless"), key));
    }
}

static void check_unused(struct lint *l, size_t kind)
{
    const json_t *doc = l->s->json;
    json_t *used = json_object(), *item;
    const char *name, *key = condition_word(defined[kind].kind);
    use_all(used, json_object_get(doc, "rules"), key);
    use_all(used, json_object_get(doc, "quotas"), key);
    use_all(used, json_object_get(doc, "headers"), key);
    use_all(used, json_object_get(json_object_get(doc, "inspection"), "rules"), key);
    json_object_foreach(json_object_get(doc, defined[kind].member), name, item)
    {
        struct sl_text pointer = {0};
        if (json_object_get(used, name))
            continue;
        sl_text_addf(&pointer, "/%s", defined[kind].member);
        read_pointer_add(&pointer, name);
        lint_note(l, LINT_INFO, "unused", pointer.p, SL_STR(""),
                  "no rule, quota or other condition uses the %s '%s': remove it if nobody needs it",
                  defined[kind].what, name);
        sl_text_fini(&pointer);
    }
    json_decref(used);
}

/* ---- categories ---- */

static void check_empty(struct lint *l)
{
    const struct document *doc = &l->s->doc;
    for (size_t i = 0; i < doc->category_count; i++)
        if (category_set_has(&l->empty, i))
            lint_note(l, LINT_WARNING, "empty-category",
                      lint_pointer(l, "/categories/%.*s", SL_FMT(doc->categories[i].name)), SL_STR(""),
                      "the category '%.*s' holds nothing: %s", SL_FMT(doc->categories[i].name),
                      doc->categories[i].lists.count ? "its lists are empty; look at where they come from"
                                                     : "give it hosts, urls or lists");
}

static bool has_list(const struct doc_category *c, struct sl_str name)
{
    for (size_t i = 0; i < c->lists.count; i++)
        if (sl_str_eq(c->lists.items[i], name))
            return true;
    return false;
}

/* hints->overlaps: [{"list","within","percent"}], measured by the caller. */
static void check_overlap(struct lint *l, const json_t *overlap)
{
    const struct document *doc = &l->s->doc;
    struct sl_str list = read_str(json_object_get(overlap, "list")),
                  within = read_str(json_object_get(overlap, "within"));
    for (size_t i = 0; i < doc->category_count; i++)
        if (has_list(&doc->categories[i], list) && has_list(&doc->categories[i], within))
            lint_note(l, LINT_INFO, "list-overlap",
                      lint_pointer(l, "/categories/%.*s/lists", SL_FMT(doc->categories[i].name)), SL_STR(""),
                      "some %lld %% of list '%.*s' are in '%.*s' too: one of them may do",
                      (long long)json_integer_value(json_object_get(overlap, "percent")), SL_FMT(list),
                      SL_FMT(within));
}

/* hints->missing_parents: settings can lose a name after a rule came into force. */
static void check_parent(struct lint *l, const json_t *missing)
{
    lint_note(l, LINT_WARNING, "missing-parent",
              lint_pointer(l, "/rules/%lld/parent",
                           (long long)json_integer_value(json_object_get(missing, "index"))),
              read_str(json_object_get(missing, "rule")),
              "no parent proxy is called '%s', so its requests are refused: name it in proxy.parent of the "
              "settings, or take another",
              json_string_value(json_object_get(missing, "parent")));
}

void lint_names(struct lint *l)
{
    size_t i;
    const json_t *overlap, *missing;
    for (size_t kind = 0; kind < SL_COUNT(defined); kind++)
        check_unused(l, kind);
    check_empty(l);
    json_array_foreach(l->hints->overlaps, i, overlap) check_overlap(l, overlap);
    json_array_foreach(l->hints->missing_parents, i, missing) check_parent(l, missing);
}

/* parents.c - do the parent proxies that rules name exist? A document can't tell, for they are settings; so
 * it is asked when one is about to come into force, and again whenever settings changed. */
#include "policy/document_parts.h"

#define DIRECT "direct" /* no parent at all, which always exists */

static bool exists(struct sl_str parent, const char *const *names, size_t count)
{
    bool found = sl_str_eq(parent, SL_STR(DIRECT));
    for (size_t i = 0; i < count && !found; i++)
        found = sl_str_eq(parent, sl_cstr(names[i]));
    return found;
}

/* What rule i says, if that is missing. */
static bool is_missing(const json_t *rule, const char *const *names, size_t count, struct sl_str *out)
{
    const json_t *parent = json_object_get(rule, "parent");
    if (!json_is_string(parent))
        return false;
    *out = read_str(parent);
    return !exists(*out, names, count);
}

static void add_fault(struct policy_faults *faults, size_t rule, struct sl_str parent,
                      const char *const *names, size_t count)
{
    SL_CLEANUP(sl_text_fini) struct sl_text pointer = {0}, known = {0};
    sl_text_addf(&pointer, "/rules/%zu/parent", rule);
    for (size_t i = 0; i < count; i++)
        sl_text_addf(&known, "%s, ", names[i]);
    policy_faults_add(
        faults, pointer.p,
        "no parent proxy is called '%.*s'; write %.400sdirect, or name it in proxy.parent of the "
        "settings",
        SL_FMT(sl_str_sub(parent, 0, 100)), known.p ? known.p : "");
}

bool policy_refuse_parents(const json_t *doc, const char *const *names, size_t count,
                           struct policy_faults *faults)
{
    const json_t *rule;
    size_t i;
    bool ok = true;
    json_array_foreach(json_object_get(doc, "rules"), i, rule)
    {
        struct sl_str parent;
        if (!is_missing(rule, names, count, &parent))
            continue;
        add_fault(faults, i, parent, names, count);
        ok = false;
    }
    return ok;
}

json_t *policy_missing_parents(const json_t *doc, const char *const *names, size_t count)
{
    const json_t *rule;
    size_t i;
    json_t *out = json_array();
    json_array_foreach(json_object_get(doc, "rules"), i, rule)
    {
        struct sl_str parent;
        if (document_is_off(rule) || !is_missing(rule, names, count, &parent))
            continue;
        json_array_append_new(out, json_pack("{s:I, s:O?, s:O}", "index", (json_int_t)i, "rule",
                                             json_object_get(rule, "id"), "parent",
                                             json_object_get(rule, "parent")));
    }
    return out;
}

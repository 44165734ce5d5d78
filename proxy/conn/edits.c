/* edits.c - see edits.h. */
#include "proxy/conn/edits.h"

#include <stdlib.h>

#include "proxy/http/query.h"

/* What a rule names is gone, also where a rule before it has set it. */
static void take_away(struct fields_edit *edits, size_t count, struct sl_str name)
{
    for (size_t i = 0; i < count; i++)
        if (sl_str_ieq(edits[i].name, name))
            edits[i].value = sl_str(NULL, 0);
}

static size_t add_fields(const struct header_def *def, struct fields_edit *edits, size_t n)
{
    for (size_t i = 0; i < def->remove_count; i++) {
        take_away(edits, n, def->remove[i]);
        edits[n++] = (struct fields_edit){.name = def->remove[i]};
    }
    for (size_t i = 0; i < def->set_count; i++) {
        take_away(edits, n, def->set[i].name);
        edits[n++] = (struct fields_edit){.name = def->set[i].name, .value = def->set[i].value};
    }
    return n;
}

static size_t add_parameters(const struct header_def *def, struct query_edit *edits, size_t n)
{
    for (size_t i = 0; i < def->query_count; i++) {
        for (size_t j = 0; j < n; j++)
            if (sl_str_ieq(edits[j].name, def->query[i].name))
                edits[j].pair = sl_str(NULL, 0);
        edits[n++] = (struct query_edit){.name = def->query[i].name, .pair = def->query[i].value};
    }
    return n;
}

static void make_query(const struct snapshot *s, const struct verdict *v, const struct sl_url *url,
                       size_t most, struct edits *out)
{
    SL_CLEANUP(sl_freep) struct query_edit *edits = sl_reallocarray(NULL, most, sizeof *edits);
    size_t n = 0;
    VERDICT_EACH(rule, v->headers)
    n = add_parameters(snapshot_header_rule(s, (int)rule), edits, n);
    query_rewrite(url->query, edits, n, &out->query);
    sl_text_add(&out->query, SL_STR("")); /* p is set, also when nothing is left */
}

void edits_make(const struct snapshot *s, const struct verdict *v, const struct sl_url *url,
                struct edits *out)
{
    size_t fields = 0, parameters = 0;
    *out = (struct edits){0};
    if (SL_LIKELY(verdict_holds_none(v->headers, SL_COUNT(v->headers))))
        return;
    VERDICT_EACH(rule, v->headers)
    {
        const struct header_def *def = snapshot_header_rule(s, (int)rule);
        fields += def->set_count + def->remove_count;
        parameters += def->query_count;
    }
    if (fields > 0)
        out->fields = sl_reallocarray(NULL, fields, sizeof *out->fields);
    VERDICT_EACH(rule, v->headers)
    out->count = add_fields(snapshot_header_rule(s, (int)rule), out->fields, out->count);
    if (parameters > 0)
        make_query(s, v, url, parameters, out);
}

void edits_fini(struct edits *e)
{
    free(e->fields);
    sl_text_fini(&e->query);
}

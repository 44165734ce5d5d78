/* edits.c - what the policy's header rules make of the fields of a request. */
#include <stdlib.h>

#include "proxy/conn/txn.h"

/* What a rule names is gone, also where a rule before it has set it. */
static void take_away(struct fields_edit *edits, size_t count, struct sl_str name)
{
    for (size_t i = 0; i < count; i++)
        if (sl_str_ieq(edits[i].name, name))
            edits[i].value = sl_str(NULL, 0);
}

static size_t add_rule(const struct header_def *def, struct fields_edit *edits, size_t n)
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

struct fields_edit *txn_edits(const struct txn *t, size_t *out_count)
{
    const struct verdict *v = &t->verdict;
    size_t most = 0;
    *out_count = 0;
    if (SL_LIKELY(verdict_holds_none(v->headers, SL_COUNT(v->headers))))
        return NULL;
    VERDICT_EACH(rule, v->headers)
    {
        const struct header_def *def = snapshot_header_rule(t->pin->snapshot, (int)rule);
        most += def->set_count + def->remove_count;
    }
    struct fields_edit *edits = sl_reallocarray(NULL, most, sizeof *edits);
    VERDICT_EACH(rule, v->headers)
    *out_count = add_rule(snapshot_header_rule(t->pin->snapshot, (int)rule), edits, *out_count);
    return edits;
}

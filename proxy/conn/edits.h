/* edits.h - what the policy's header rules make of a request: its fields and the query of its URL. */
#ifndef PROXY_CONN_EDITS_H
#define PROXY_CONN_EDITS_H

#include "proxy/http/fields.h"
#include "sluice/policy.h"

/* Texts are of the snapshot, but for the query. */
struct edits {
    struct fields_edit *fields; /* NULL: none */
    size_t count;
    struct sl_text query; /* p NULL: as the client has it */
};

void edits_make(const struct snapshot *s, const struct verdict *v, const struct sl_url *url,
                struct edits *out);
void edits_fini(struct edits *e);

#endif

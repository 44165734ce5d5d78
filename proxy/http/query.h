/* query.h - the query of a request with parameters set by the policy: the client's own of these names go. */
#ifndef PROXY_HTTP_QUERY_H
#define PROXY_HTTP_QUERY_H

#include "sluice/str.h"

/* name: as an origin reads it; pair: "name=value", percent-encoded. */
struct query_edit {
    struct sl_str name, pair;
};

/* Adds the new query, without '?', to out. The client's parameters of these names are left out however they
 * are spelled: percent-encoded, in another case, more than once, or behind a ';'. What stays, stays as it is.
 */
void query_rewrite(struct sl_str query, const struct query_edit *edits, size_t count, struct sl_text *out);

#endif

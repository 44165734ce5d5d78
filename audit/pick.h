/* pick.h - which rows of a day can match, without a look at them? By the columns of blocks.h; any thread. */
#ifndef AUDIT_PICK_H
#define AUDIT_PICK_H

#include "audit/filter.h"

struct pick;

/* For a filter that was prepared in this connection. *out NULL: it asks nothing that columns could tell, or
 * the file is of an earlier version; then rows have to be looked at. */
bool pick_open(struct db *db, const struct filter_sql *sql, bool up, struct pick **out, struct sl_err *err);
void pick_free(struct pick **p);
/* The first `most` ids in lo..hi, from lo up or from hi down, of rows that meet all that columns tell; the
 * caller looks at the rest of the filter. *out_known: nothing else up (or down) to there, included. in_time
 * may end it early, but never before *out_known has moved. The ids live until the next call. */
bool pick_ids(struct pick *p, uint64_t lo, uint64_t hi, size_t most, bool (*in_time)(void *arg), void *arg,
              const uint64_t **out_ids, size_t *out_count, uint64_t *out_known, struct sl_err *err);

#endif

/* filter.h - what a caller looks for, as SQL over a day file. Values are always bound, never written into the
 * text.
 *
 * What rows share is looked for once in its own small table, and the numbers found go into a temporary table
 * of the connection; then each row costs a look or two, however often the walk over rows is begun again. */
#ifndef AUDIT_FILTER_H
#define AUDIT_FILTER_H

#include "sluice/audit.h"

#include "base/db.h"

enum { FILTER_VALUES = 24, FILTER_SETS = 6 };

struct filter_values {
    struct filter_value {
        enum { VALUE_INT, VALUE_TEXT, VALUE_BLOB } type;
        int64_t number;
        char *bytes; /* owned */
        size_t n;
    } items[FILTER_VALUES];
    size_t count;
};
struct filter_sql {
    struct sl_text where; /* conditions over the row r, each with " AND " before it */
    struct filter_values values;
    struct filter_set {
        struct sl_text fill; /* statement that fills temporary table setN */
        struct filter_values values;
        bool required; /* if it stays empty, no row matches */
    } sets[FILTER_SETS];
    size_t set_count;
};

/* SL_BAD_INPUT when the client is no address or network. */
bool filter_compile(const struct audit_filter *f, struct filter_sql *out, struct sl_err *err);
/* Fills the sets in this connection; *out_none: nothing in this file can match. */
bool filter_prepare(const struct filter_sql *sql, struct db *db, bool *out_none, struct sl_err *err);
void filter_bind(const struct filter_sql *sql, struct db_stmt *s,
                 int first); /* the values of `where`, from parameter `first` on */
void filter_fini(struct filter_sql *sql);

#endif

/* filter.h - what a caller looks for, as SQL over a day file. Values are always bound, never written into the
 * text.
 *
 * What rows share is looked for once in its own small table, and the numbers found go into a temporary table
 * of the connection; then each row costs a look or two, however often the walk over rows is begun again. */
#ifndef AUDIT_FILTER_H
#define AUDIT_FILTER_H

#include "sluice/audit.h"

#include "base/db.h"

/* The tables that rows share, by which a row can be told from its numbers alone. */
enum filter_table { FILTER_WHO, FILTER_TARGET, FILTER_OUTCOME, FILTER_TLS, FILTER_TABLES };
/* One set for all conditions on a table, one for the texts looked for in it, one for those refused. */
enum { FILTER_SETS = 3 * FILTER_TABLES };

struct filter_values {
    struct filter_value {
        enum { VALUE_NULL, VALUE_INT, VALUE_TEXT, VALUE_BLOB } type;
        int64_t number;
        char *bytes; /* owned */
        size_t n;
    } * items;
    size_t count, cap;
};
struct filter_sql {
    struct sl_text where; /* conditions over the row r, each with " AND " before it */
    struct filter_values values;
    struct filter_set {
        struct sl_text fill; /* statement that fills temporary table setN */
        struct filter_values values;
        enum filter_table table;
        bool required;  /* only rows whose number is in it match */
        bool with_none; /* of FILTER_TLS: so do rows without TLS, as the number 0 */
    } sets[FILTER_SETS];
    size_t set_count;
};

/* SL_BAD_INPUT when a client is no address or network. */
bool filter_compile(const struct audit_filter *f, struct filter_sql *out, struct sl_err *err);
/* Fills the sets in this connection; *out_none: nothing in this file can match. */
bool filter_prepare(const struct filter_sql *sql, struct db *db, bool *out_none, struct sl_err *err);
void filter_bind(const struct filter_sql *sql, struct db_stmt *s,
                 int first); /* the values of `where`, from parameter `first` on */
void filter_fini(struct filter_sql *sql);

#endif

/* filter.h - what a caller looks for, as SQL over a day file. Values are always bound, never written into the
 * text. */
#ifndef AUDIT_FILTER_H
#define AUDIT_FILTER_H

#include "sluice/audit.h"

#include "base/db.h"

enum { FILTER_VALUES = 24 };

struct filter_sql {
    struct sl_text where; /* conditions over the row r, each with " AND " before it */
    struct filter_value {
        enum { VALUE_INT, VALUE_TEXT, VALUE_BLOB } type;
        int64_t number;
        char *bytes; /* owned */
        size_t n;
    } values[FILTER_VALUES];
    size_t count;
};

/* SL_BAD_INPUT when the client is no address or network. */
bool filter_compile(const struct audit_filter *f, struct filter_sql *out, struct sl_err *err);
void filter_bind(const struct filter_sql *sql, struct db_stmt *s, int first); /* from parameter `first` on */
void filter_fini(struct filter_sql *sql);

#endif

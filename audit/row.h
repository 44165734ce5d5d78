/* row.h - a row of a day file with all that it refers to, read back as the object of the log. */
#ifndef AUDIT_ROW_H
#define AUDIT_ROW_H

#include <jansson.h>

#include "sluice/record.h"

#include "base/db.h"

/* The column `flags`. ROW_PARENT: upstream is a parent proxy, not the origin. Two bits are an enum
 * record_http, 0 in the rows of versions that did not keep it. */
enum { ROW_REUSED = 1, ROW_TRUNCATED = 2, ROW_PARENT = 4, ROW_HTTP_SHIFT = 3, ROW_HTTP_MASK = 3 };
/* "SELECT ... FROM requests r ..." with the id as column 0; WHERE over r may follow. */
extern const char row_select[];
/* A row with views that live until the next step. Lists of names are not in r but the JSON arrays as they are
 * kept, p NULL for none. */
struct row {
    struct record r;
    struct sl_str groups, categories, report_only;
};
void row_read(struct db_stmt *s, struct row *out);
json_t *row_to_json(struct db_stmt *s); /* new reference */

#endif

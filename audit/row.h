/* row.h - a row of a day file with all that it refers to, read back as the object of the log. */
#ifndef AUDIT_ROW_H
#define AUDIT_ROW_H

#include <jansson.h>

#include "base/db.h"

/* "SELECT ... FROM requests r ..." with the id as column 0; WHERE over r may follow. */
extern const char row_select[];
json_t *row_to_json(struct db_stmt *s); /* new reference */

#endif

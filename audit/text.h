/* text.h - a row as a line of text, straight from its columns: what an export writes. Any thread. */
#ifndef AUDIT_TEXT_H
#define AUDIT_TEXT_H

#include "audit/row.h"

/* The same JSON as json_dumps(row_to_json(), JSON_COMPACT), byte by byte, and a line feed. */
void text_add_json(struct sl_text *out, const struct row *row);
/* RFC 4180. Names of a list are joined by spaces. A text that begins as a formula does, or with a tab or CR,
 * gets an apostrophe in front. */
void text_add_csv_header(struct sl_text *out);
void text_add_csv(struct sl_text *out, const struct row *row);

#endif

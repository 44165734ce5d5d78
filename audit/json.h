/* json.h - a record as the JSON object that people and programs see. Any thread. */
#ifndef AUDIT_JSON_H
#define AUDIT_JSON_H

#include <jansson.h>

#include "sluice/record.h"

/* The object of the log's items: every field present, null where there is nothing. New reference. */
json_t *record_to_json(const struct record *r);
/* The same with the three lists of names given as arrays (borrowed; NULL: empty) instead of those in r. */
json_t *record_to_json_with(const struct record *r, json_t *groups, json_t *categories, json_t *report_only);
/* Text that is always valid: bytes that are no UTF-8, and NUL, become \xNN. p NULL becomes null. */
json_t *text_to_json(struct sl_str s);
/* How much of s, from its begin, is UTF-8 without NUL. */
size_t text_clean_length(struct sl_str s);
/* A compact array of such texts, on the heap; NULL for none. */
char *names_to_json(const struct sl_str *names, unsigned count);

#endif

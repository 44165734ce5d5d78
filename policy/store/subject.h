/* subject.h - texts of any length in fields of a fixed size: quota ids and subjects in ledger slots. Plain
 * values. */
#ifndef POLICY_STORE_SUBJECT_H
#define POLICY_STORE_SUBJECT_H

#include <jansson.h>

#include "sluice/str.h"

/* Writes text into field when it fits; else its beginning (whole UTF-8 characters), '~' and 16 hex digits of
 * its hash, so that two long texts with one beginning stay two. Equal texts give equal fields. Returns the
 * length; cap >= 32. */
uint8_t subject_store(struct sl_str text, char *field, uint8_t cap);
/* A JSON string of any bytes: what is not UTF-8 becomes U+FFFD. New reference. */
json_t *subject_json(struct sl_str text);

#endif

/* run.h - a run: figures of many things of one span of time as few bytes.
 *
 *   thing (from the one before, zigzag), mask, then what the mask names: requests unless 1, block, quota,
 * warn, error, bytes, last minute (from the begin of the span)
 *
 * All numbers are LEB128. Bytes that are no run are refused, never read past. */
#ifndef AUDIT_RUN_H
#define AUDIT_RUN_H

#include "audit/sums.h"

/* Appends items. start_min: the begin of their span. */
void run_encode(const struct sum *items, size_t count, int64_t start_min, struct sl_text *out);
/* Takes one entry off the front of *rest; `thing` must hold the last one's, and 0 before the first. False at
 * the end (rest->n is 0) and where the bytes make no sense (it is not). */
bool run_next(struct sl_str *rest, int64_t start_min, uint64_t *thing, struct figures *out);

/* Numbers as they stand in runs and around them. */
void varint_put(struct sl_text *out, uint64_t value);
bool varint_take(struct sl_str *rest, uint64_t *out);

#endif

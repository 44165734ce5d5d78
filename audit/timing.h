/* timing.h - the phases of a request as few bytes: LEB128 numbers in the order of struct record_timing, zeros
 * at the end left out. */
#ifndef AUDIT_TIMING_H
#define AUDIT_TIMING_H

#include "sluice/record.h"

enum { TIMING_PHASES = 7, TIMING_BYTES = TIMING_PHASES * 5 };

extern const char *const timing_names[TIMING_PHASES]; /* "identify_us", ... */
size_t timing_pack(const struct record_timing *t, uint8_t out[TIMING_BYTES]);
/* Bytes that are no such numbers give zeros. */
void timing_unpack(struct sl_str bytes, struct record_timing *out);
void timing_values(const struct record_timing *t, uint32_t out[TIMING_PHASES]);

#endif

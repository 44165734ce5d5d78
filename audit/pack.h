/* pack.h - addresses and phases as few bytes, as day files keep them. */
#ifndef AUDIT_PACK_H
#define AUDIT_PACK_H

#include "sluice/record.h"

/* An address is 4 bytes or 16, none is 0; so a network is a range among those of one length. */
enum { PACKED_ADDR = 16, PACKED_ENDPOINT = PACKED_ADDR + 6 };
size_t pack_addr(struct sl_addr a, uint8_t out[PACKED_ADDR]);
struct sl_addr unpack_addr(struct sl_str bytes);
/* The port in two bytes, the address, and the zone if there is one; port 0 is none and takes 0 bytes. */
size_t pack_endpoint(struct sl_endpoint e, uint8_t out[PACKED_ENDPOINT]);
struct sl_endpoint unpack_endpoint(struct sl_str bytes);

/* Phases are LEB128 numbers in the order of struct record_timing, zeros at the end left out. */
enum { TIMING_PHASES = 7, TIMING_BYTES = TIMING_PHASES * 5 };
extern const char *const timing_names[TIMING_PHASES]; /* "identify_us", ... */
size_t timing_pack(const struct record_timing *t, uint8_t out[TIMING_BYTES]);
/* Bytes that are no such numbers give zeros. */
void timing_unpack(struct sl_str bytes, struct record_timing *out);
void timing_values(const struct record_timing *t, uint32_t out[TIMING_PHASES]);

#endif

/* normal.h - the normalised list file: what every format becomes, and the only thing that build.c reads.
 * Text, one record a line, in the order of the source; names are canonical already:
 *
 *   sluice-list 1
 *   h example.com            the host and everything below it
 *   e host.example           the host alone
 *   w example.com            the host and its www. twin (hosts files)
 *   b example.com            below the host, not the host itself
 *   u example.com/path?q     host[:port]/path prefix
 *   x ^ads[0-9]+\.           regular expression on the URL without scheme
 *   n 192.0.2.0/24           address or network
 *   end 4 1 1 1              hosts (h e w b), urls, expressions, networks
 *
 * The last line proves that the file is whole. */
#ifndef POLICY_LISTS_NORMAL_H
#define POLICY_LISTS_NORMAL_H

#include "sluice/err.h"
#include "sluice/str.h"

enum record {
    RECORD_BELOW = 'h',
    RECORD_EXACT = 'e',
    RECORD_TWIN = 'w',
    RECORD_UNDER = 'b',
    RECORD_URL = 'u',
    RECORD_REGEX = 'x',
    RECORD_NETWORK = 'n'
};
enum { NORMAL_MAX_TEXT = 8192 }; /* of one record */
struct normal_counts {
    uint64_t hosts, urls, expressions, networks;
};

/* ---- writing: errors stick and are told by normal_finish ---- */
struct normal_writer;
bool normal_create(const char *path, struct normal_writer **out,
                   struct sl_err *err); /* 0600; must not exist */
/* The record's text is a and b joined, at most NORMAL_MAX_TEXT bytes without control bytes (asserted). */
void normal_add(struct normal_writer *w, enum record kind, struct sl_str a, struct sl_str b);
struct normal_counts normal_counts(const struct normal_writer *w);
/* Writes the end, syncs, closes and frees. On failure the file is removed. */
bool normal_finish(struct normal_writer **w, uint8_t sha256[32], struct sl_err *err);
void normal_abandon(struct normal_writer **w); /* removes the file; NULL is fine */

/* ---- reading ---- */
struct normal_reader;
bool normal_open(const char *path, struct normal_reader **out, struct sl_err *err);
enum normal_step { NORMAL_RECORD, NORMAL_END, NORMAL_FAILED };
/* *out_text is valid until the next step. NORMAL_END only when the counts agree. */
enum normal_step normal_next(struct normal_reader *r, enum record *out_kind, struct sl_str *out_text,
                             struct sl_err *err);
uint64_t normal_bytes_read(const struct normal_reader *r);
/* Of the whole file; only after NORMAL_END. */
void normal_sha256(struct normal_reader *r, uint8_t out[32]);
void normal_close(struct normal_reader **r);

#endif

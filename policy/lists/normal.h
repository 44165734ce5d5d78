/* normal.h - the normalised list file: what every format becomes, and the only thing that build.c reads.
 * Text, one record a line, in the order of the source; names are canonical already:
 *
 *   sluice-list 2
 *   f ads/domains            from here on records are of this file; without it there is only one
 *   l 17                     the next record stands in line 17 of it, those behind in the lines after that;
 *                            a file begins with line 1, 0 is not known
 *   h example.com            the host and everything below it
 *   e host.example           the host alone
 *   w example.com            the host and its www. twin (hosts files)
 *   b example.com            below the host, not the host itself
 *   u example.com/path?q     host[:port]/path prefix
 *   x ^ads[0-9]+\.           regular expression on the URL without scheme
 *   n 192.0.2.0/24           address or network
 *   H good.example.com       an exception (H E W B U N): here less specific records of the list do not hold
 *   end 4 1 1 1 1            hosts (h e w b), urls, expressions, networks, exceptions
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
    RECORD_NETWORK = 'n',
    RECORD_EXCEPT = 'h' - 'H' /* taken away from one of them: the exception */
};
static inline bool record_excepts(enum record kind)
{
    return !((unsigned)kind & RECORD_EXCEPT);
}
static inline enum record record_of(enum record kind) /* what an exception is an exception from */
{
    return (enum record)((unsigned)kind | RECORD_EXCEPT);
}
static inline enum record record_exception(enum record kind)
{
    return (enum record)((unsigned)kind & ~(unsigned)RECORD_EXCEPT);
}
/* Where a record came from. */
struct normal_place {
    const char *file; /* "" when the source is only one; until the next step of a reader */
    uint64_t line;    /* 0: not known */
};
enum { NORMAL_MAX_TEXT = 8192 }; /* of one record */
struct normal_counts {
    uint64_t hosts, urls, expressions, networks, exceptions;
};

/* ---- writing: errors stick and are told by normal_finish ---- */
struct normal_writer;
bool normal_create(const char *path, struct normal_writer **out,
                   struct sl_err *err); /* 0600; must not exist */
/* Records that follow stand here; the line moves on by one with each. */
void normal_at(struct normal_writer *w, struct normal_place place);
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
struct normal_place normal_place(const struct normal_reader *r); /* of the last record */
uint64_t normal_bytes_read(const struct normal_reader *r);
/* Of the whole file; only after NORMAL_END. */
void normal_sha256(struct normal_reader *r, uint8_t out[32]);
void normal_close(struct normal_reader **r);

#endif

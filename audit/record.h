/* record.h - the binary form of an audit record: what stands in a journal frame.
 *
 * One version byte, fixed numbers, then the texts, each behind a 16-bit length whose top bit says "this was
 * cut". Texts that are interned together in a day file stand side by side, so the bytes of such a part are
 * its key there (see day.h). */
#ifndef AUDIT_RECORD_H
#define AUDIT_RECORD_H

#include "sluice/record.h"

/* Parts of an encoded record that repeat from request to request; each has its own table in a day file. */
enum record_part {
    PART_WHO,     /* client address, user, groups */
    PART_TARGET,  /* method, scheme, host, port */
    PART_OUTCOME, /* action, rule, reason, quota, error, parent, status, policy version, categories,
                   report-only rules */
    PART_TLS,
    PART_CONTENT_TYPE,
    PART_AGENT,
    PART_COUNT
};

/* The texts of struct record_tls, in the order in which they stand everywhere: in journals (before version 3
 * `fault` was the last), day files, JSON and CSV. */
enum { TLS_TEXTS = 8, TLS_TEXTS_BEFORE_3 = 4 };
extern const struct tls_text {
    const char *name;
    size_t offset;
} tls_texts[TLS_TEXTS];
static inline struct sl_str tls_text(const struct record_tls *tls, size_t i)
{
    struct sl_str text;
    memcpy(&text, (const char *)tls + tls_texts[i].offset, sizeof text);
    return text;
}
static inline void tls_set_text(struct record_tls *tls, size_t i, struct sl_str text)
{
    memcpy((char *)tls + tls_texts[i].offset, &text, sizeof text);
}
/* Is there anything in it? Most requests have none, so this is asked without the table. */
static inline bool tls_known(const struct record_tls *tls)
{
    size_t texts = tls->version.n | tls->cipher.n | tls->sni.n | tls->fault.n | tls->issuer.n |
                   tls->exception.n | tls->origin_version.n | tls->origin_cipher.n;
    return tls->inspected || texts;
}

/* Bytes that record_encode will write when it need not cut below RECORD_MAX_TEXT; at most RECORD_MAX_BYTES.
 */
size_t record_size(const struct record *r);
/* The least room that record_encode accepts for any record: all texts cut to nothing. */
size_t record_least(void);
/* Writes r to out, which has room for cap bytes (at least record_least), and returns how many were used.
 * Texts are cut where they go over RECORD_MAX_TEXT each or over cap together, the most telling ones last. */
size_t record_encode(const struct record *r, uint8_t *out, size_t cap);
/* Reads data, which may hold anything. Views in *out and parts point into data. False: this is no record of a
 * version we know. */
bool record_decode(struct sl_str data, struct record *out, struct sl_str parts[PART_COUNT]);

#endif

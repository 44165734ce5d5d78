/* leaf.h - certificates that our CA signs for inspected hosts, and the cache of them that workers share.
 * Front door of pki/leaf*.c. Any thread.
 *
 * A leaf has the names of the origin's certificate and lives within its dates; all leaves share one key pair.
 * One that is at hand is told in a microsecond; minting takes some 50, once for each name. A thread of the
 * cache's own keeps them in a file, so that clients see the same certificates after a restart. */
#ifndef SLUICE_LEAF_H
#define SLUICE_LEAF_H

#include "sluice/err.h"
#include "sluice/str.h"

struct x509_st;
struct evp_pkey_st;
struct stack_st_X509;
struct ca_live;
struct certificate;

/* A leaf and what a server shows and signs with: immutable, counted. The pointers are borrowed. */
struct leaf;
const struct leaf *leaf_ref(const struct leaf *leaf);
void leaf_unref(const struct leaf **leaf); /* NULL is fine; clears *leaf */
struct x509_st *leaf_certificate(const struct leaf *leaf);
struct evp_pkey_st *leaf_private_key(const struct leaf *leaf);
struct stack_st_X509 *leaf_chain(const struct leaf *leaf); /* what is sent behind it; NULL: nothing */

enum { LEAF_DAYS = 90, LEAF_CACHE = 4096, LEAF_CACHE_MOST = 1000000 };

struct leaves;
struct leaves_config {
    size_t capacity; /* leaves kept; who was not used longest goes */
    unsigned days;   /* how long one lives at most: CA_LEAF_DAYS_MOST or less */
};
/* path: the file that survives a restart; NULL: none. One that is damaged is set aside, one that can't be
 * used is done without; the log tells. ca is borrowed until leaves_close. */
struct leaves *leaves_open(const char *path, struct ca_live *ca, const struct leaves_config *cfg);
void leaves_close(struct leaves **l); /* writes what is not in the file yet; NULL is fine */
void leaves_configure(struct leaves *l, const struct leaves_config *cfg);

struct leaf_want {
    struct sl_str host;               /* a name or an address: what the client asked for; is always covered */
    struct sl_str also;               /* another one that must be; empty: none */
    const struct certificate *origin; /* names and dates; NULL: a page of our own, with a leaf of a day */
};
/* A reference; NULL: err says why there is no leaf. While another thread mints the same one, this waits. */
const struct leaf *leaves_get(struct leaves *l, const struct leaf_want *want, struct sl_err *err);

struct leaves_stats {
    uint64_t hits, minted, failed; /* each get is one of them */
    uint64_t loaded;               /* from the file */
    uint64_t size;                 /* now */
};
void leaves_stats(struct leaves *l, struct leaves_stats *out);

#endif

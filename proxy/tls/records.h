/* records.h - records of TLS 1.3 sealed and opened with keys that a handshake has agreed on (RFC 8446, 5 and
 * 7). Plain values: no socket, no OpenSSL object for each connection but shared ones of the thread. */
#ifndef PROXY_TLS_RECORDS_H
#define PROXY_TLS_RECORDS_H

#include <sys/uio.h>

#include "sluice/str.h"

enum {
    RECORD_HEAD = 5,
    RECORD_TAG = 16,
    RECORD_PLAIN_MAX = 16384,
    RECORD_BODY_MAX = RECORD_PLAIN_MAX + 256,          /* sealed */
    RECORD_SEALED_MAX = RECORD_HEAD + RECORD_BODY_MAX, /* of a peer */
    RECORD_OVERHEAD = RECORD_HEAD + 1 + RECORD_TAG,    /* of ours */
    RECORD_SECRET_MAX = 48
};

enum record_type { RECORD_CCS = 20, RECORD_ALERT = 21, RECORD_HANDSHAKE = 22, RECORD_DATA = 23 };

struct record_suite;
/* By the number of RFC 8446, B.4; NULL: not one of ours. */
const struct record_suite *record_suite(unsigned number);
size_t record_secret_n(const struct record_suite *suite);

/* One direction. */
struct record_keys {
    const struct record_suite *suite;
    uint64_t id;     /* of these keys, among all of the process: 0 is none */
    uint64_t number; /* of the next record */
    uint8_t secret[RECORD_SECRET_MAX], key[32], iv[12];
};
void record_keys_init(struct record_keys *k, const struct record_suite *suite, const uint8_t *secret,
                      uint64_t number);
/* The next generation of keys (7.2). */
void record_keys_update(struct record_keys *k);
void record_keys_wipe(struct record_keys *k);

/* Seals n bytes, at most RECORD_PLAIN_MAX, of pieces from `from` on; out has room for n + RECORD_OVERHEAD.
 * Returns how long the record is. */
size_t record_seal(struct record_keys *k, enum record_type type, const struct iovec *pieces, size_t from,
                   size_t n, uint8_t *out);

/* How long the record is that begins with these bytes, as its head says; 0: the head is not there yet.
 * False: it can't be a record. */
bool record_measure(struct sl_str bytes, size_t *out_n);
/* Opens a whole, measured record into out, which has room for its body. False: it is not what the peer
 * sealed, or is too long; the connection is over then. */
bool record_open(struct record_keys *k, struct sl_str record, uint8_t *out, size_t *out_n,
                 enum record_type *out_type);

#endif

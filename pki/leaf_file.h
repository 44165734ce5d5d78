/* leaf_file.h - leaves and their key pair in a file, so that clients see the same ones after a restart.
 * A thread of its own reads them at the start and writes what was put, every few seconds; nobody waits for
 * the disk. */
#ifndef PKI_LEAF_FILE_H
#define PKI_LEAF_FILE_H

#include "pki/leaf_inside.h"
#include "pki/leaf_key.h"
#include "sluice/err.h"

struct leaf_file;

/* One that was read, in the thread of the file. */
typedef void leaf_file_found(void *arg, struct sl_str id, X509 *take_cert, const uint8_t ca_id[32],
                             int64_t renew_s);

struct leaf_file_config {
    const char *path;
    size_t capacity; /* rows kept */
    leaf_file_found *found;
    void *arg;
};
/* Opens it, or makes it; *out_key is the pair that its leaves have. NULL: err says why. */
struct leaf_file *leaf_file_open(const struct leaf_file_config *cfg, struct leaf_key *out_key,
                                 struct sl_err *err);
/* Begins to read and write: found is called from here on. */
void leaf_file_start(struct leaf_file *f);
void leaf_file_close(struct leaf_file **f); /* writes what was put; NULL is fine */
void leaf_file_resize(struct leaf_file *f, size_t capacity);
/* Will be written. id and leaf are copied, referenced. Any thread. */
void leaf_file_put(struct leaf_file *f, struct sl_str id, const struct leaf *leaf);

#endif

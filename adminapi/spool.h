/* spool.h - a large body on its way to disk: one file in uploads/ of the state directory.
 * Bounded, and it leaves the audit trail its room on the disk. */
#ifndef ADMINAPI_SPOOL_H
#define ADMINAPI_SPOOL_H

#include "sluice/err.h"
#include "sluice/str.h"

enum { SPOOL_MOST = 1024 * 1024 * 1024, SPOOL_RESERVE = 256 * 1024 * 1024 };

struct spool {
    char *path; /* NULL: none is open */
    int fd;
    uint64_t bytes, checked; /* written; written when the free space was last looked at */
};
/* expected: what the client says it will send, 0 when it doesn't. SL_LIMIT when that is too much, SL_IO when
 * the disk has no room for it. */
bool spool_open(struct spool *spool, const char *state_directory, uint64_t expected, struct sl_err *err);
/* The same errors. */
bool spool_add(struct spool *spool, struct sl_str piece, struct sl_err *err);
/* Flushes; afterwards only the path counts. */
bool spool_end(struct spool *spool, struct sl_err *err);
/* Closes; removes the file unless keep. */
void spool_fini(struct spool *spool, bool keep);
/* Removes what a killed process left. */
bool spool_tidy(const char *state_directory, struct sl_err *err);

#endif

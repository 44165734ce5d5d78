/* fs.h - files: read whole, write atomically, folders, locks. Errors name the path. */
#ifndef BASE_FS_H
#define BASE_FS_H

#include <sys/types.h>

#include "sluice/err.h"
#include "sluice/str.h"

/* Reads at most max bytes (SL_LIMIT beyond). *out is on the heap, NUL-terminated. "-" reads standard input.
 */
bool fs_read(const char *path, size_t max, char **out, size_t *out_n, struct sl_err *err);
/* Temporary file beside path, fsync, rename, fsync of the folder: afterwards the old or the new content,
 * never half. */
bool fs_write_atomic(const char *path, const void *data, size_t n, mode_t mode, struct sl_err *err);
bool fs_mkdir_all(const char *path, mode_t mode, struct sl_err *err); /* existing folders are fine */
bool fs_sync_dir(const char *path, struct sl_err *err);
bool fs_exists(const char *path);
/* Removes a file or a whole folder below path; never follows symbolic links. A missing path is fine. */
bool fs_remove_all(const char *path, struct sl_err *err);
/* Exclusive flock on path (created 0600, close-on-exec). False with SL_BUSY when another process has it. */
bool fs_lock(const char *path, int *out_fd, struct sl_err *err);

#endif

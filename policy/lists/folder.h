/* folder.h - the files below a folder, in the order of their names; never through a symbolic link, wherever
 * it turns up. */
#ifndef POLICY_LISTS_FOLDER_H
#define POLICY_LISTS_FOLDER_H

#include <sys/types.h>

#include "sluice/err.h"

struct folder;
/* Lists everything at once: at most UNPACK_MAX_ITEMS files, UNPACK_MAX_DEPTH deep; without hidden ones. */
bool folder_open(const char *path, struct folder **out, struct sl_err *err);
/* The next file, or symbolic link with its target. Views of the folder. */
bool folder_next(struct folder *f, const char **out_path, const char **out_target);
/* Opens the current file; folder_read gives its bytes, 0 at the end, -1 and errno. */
bool folder_enter(struct folder *f, struct sl_err *err);
ssize_t folder_read(struct folder *f, void *buf, size_t cap);
uint64_t folder_bytes(const struct folder *f);
uint64_t folder_bytes_read(const struct folder *f);
void folder_close(struct folder **f); /* NULL is fine */

#endif

/* unpack.h - what is in this path: a file, an archive or a folder, as a sequence of readable items. The one
 * door to libarchive. Reads plain, gzip, xz, zstd and bzip2 by content, tar and zip archives of such files,
 * and folders. Nothing is ever written, so no name inside can reach anything outside; links are told and
 * never followed; all that can grow is bounded. */
#ifndef POLICY_LISTS_UNPACK_H
#define POLICY_LISTS_UNPACK_H

#include "sluice/err.h"
#include "sluice/str.h"

enum { UNPACK_MAX_ITEMS = 20000, UNPACK_MAX_PATH = 1024, UNPACK_MAX_DEPTH = 16 };
struct unpack;
struct unpack_item {
    const char *path; /* inside: "blacklists/ads/domains"; "" for the content of a file that is no archive */
    const char *target; /* of a symbolic link, as written; else NULL */
};
enum unpack_step { UNPACK_ITEM, UNPACK_END, UNPACK_FAILED };

/* max_bytes bounds what comes out of all items together. */
bool unpack_open(const char *path, uint64_t max_bytes, struct unpack **out, struct sl_err *err);
/* The next file or symbolic link (folders, devices and hidden files are passed over); *out is valid until the
 * next call. */
enum unpack_step unpack_next(struct unpack *u, struct unpack_item *out, struct sl_err *err);
/* The next bytes of the item, unpacked; UNPACK_END at its end. */
enum unpack_step unpack_read(struct unpack *u, struct sl_str *out, struct sl_err *err);
void unpack_progress(const struct unpack *u, uint64_t *out_done, uint64_t *out_total); /* packed bytes */
void unpack_close(struct unpack **u);                                                  /* NULL is fine */

#endif

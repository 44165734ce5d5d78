/* mapfile.h - a file of equal units behind a checked header, mapped whole at its largest possible size: a
 * unit never moves, growing is taking blocks from the disk. Units are only touched after their blocks are
 * there, so a full disk is an answer and no SIGBUS. */
#ifndef POLICY_STORE_MAPFILE_H
#define POLICY_STORE_MAPFILE_H

#include <stdatomic.h>

#include "sluice/err.h"

struct mapfile {
    char *path;
    int fd;
    uint8_t *map;
    size_t map_bytes;
    uint32_t unit_bytes;
};

/* A file that is not one of ours (magic, format, unit size, owner, checksum) is set aside as
 * path.damaged-TIME, logged as an error, and a new one begun. unit_bytes divides 4096. out_count: units that
 * the file has. On failure *out still wants mapfile_close. shared: another process has it open; then a file
 * that is not what we expect is refused. */
bool mapfile_open(const char *path, const char magic[8], uint32_t unit_bytes, uint32_t most, uint64_t owner,
                  bool shared, struct mapfile *out, uint32_t *out_count, struct sl_err *err);
void mapfile_close(struct mapfile *m);
/* A file of ours of an older layout is written anew, unit by unit: convert makes the new unit (zeroed before)
 * and says whether there is one. The old file serves until the new one is whole on disk and takes its place.
 * Any other file, or none, is left alone: true. */
struct mapfile_layout {
    const char *magic; /* 8 bytes */
    uint32_t unit_bytes;
};
bool mapfile_upgrade(const char *path, const struct mapfile_layout *from, const struct mapfile_layout *to,
                     uint64_t owner, bool (*convert)(const void *unit, void *out), struct sl_err *err);
/* Units that the file has now: another process may have made more. */
uint32_t mapfile_count(const struct mapfile *m);
/* A number in the file that processes which share it count up. */
_Atomic uint64_t *mapfile_changes(const struct mapfile *m);
/* Of a unit that the file has. */
void *mapfile_at(const struct mapfile *m, uint32_t index);
/* Makes the file `more` units longer than `from`; they read as zero unless an older, cut-off unit was there.
 * False: no room. */
bool mapfile_grow(struct mapfile *m, uint32_t from, uint32_t more);
void mapfile_sync(const struct mapfile *m, uint32_t count); /* blocks until on disk */

#endif

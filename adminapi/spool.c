/* spool.c - see spool.h. */
#include "adminapi/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fs.h"

enum { CHECK_EVERY = 8 * 1024 * 1024 };

static char *folder_of(const char *state_directory)
{
    return sl_asprintf("%s/uploads", state_directory);
}

/* The journals and databases live on the same disk: an upload must never be what fills it. */
static bool has_room(const struct spool *spool, uint64_t more, struct sl_err *err)
{
    struct statvfs disk;
    if (fstatvfs(spool->fd, &disk) != 0)
        return sl_fail_errno(err, SL_IO, errno, "%s", spool->path);
    uint64_t free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    return free_bytes >= more + SPOOL_RESERVE ||
           sl_fail(err, SL_IO,
                   "the disk of the state directory has no room for this upload: %llu MiB are free, of which "
                   "%d stay reserved for the audit trail",
                   (unsigned long long)(free_bytes >> 20), SPOOL_RESERVE >> 20);
}

static bool too_large(struct sl_err *err)
{
    return sl_fail(err, SL_LIMIT, "the upload is larger than %d MiB", SPOOL_MOST >> 20);
}

bool spool_open(struct spool *spool, const char *state_directory, uint64_t expected, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *folder = folder_of(state_directory);
    if (expected > SPOOL_MOST)
        return too_large(err);
    if (!fs_mkdir_all(folder, 0700, err))
        return false;
    *spool = (struct spool){.path = sl_asprintf("%s/XXXXXX", folder)};
    spool->fd = mkostemp(spool->path, O_CLOEXEC); /* mode 0600 */
    if (spool->fd < 0) {
        sl_fail_errno(err, SL_IO, errno, "%s", spool->path);
        sl_freep(&spool->path);
        return false;
    }
    if (has_room(spool, expected, err))
        return true;
    spool_fini(spool, false);
    return false;
}

bool spool_add(struct spool *spool, struct sl_str piece, struct sl_err *err)
{
    if (spool->bytes + piece.n > SPOOL_MOST)
        return too_large(err);
    if (spool->bytes + piece.n > spool->checked + CHECK_EVERY) {
        if (!has_room(spool, CHECK_EVERY, err))
            return false;
        spool->checked = spool->bytes;
    }
    while (piece.n > 0) {
        ssize_t n = write(spool->fd, piece.p, piece.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return sl_fail_errno(err, SL_IO, errno, "%s", spool->path);
        spool->bytes += (uint64_t)n;
        piece = sl_str_sub(piece, (size_t)n, piece.n);
    }
    return true;
}

bool spool_end(struct spool *spool, struct sl_err *err)
{
    int fd = spool->fd;
    spool->fd = -1;
    return close(fd) == 0 || sl_fail_errno(err, SL_IO, errno, "%s", spool->path);
}

void spool_fini(struct spool *spool, bool keep)
{
    if (spool->path == NULL)
        return;
    if (!keep)
        unlink(spool->path);
    sl_closep(&spool->fd);
    sl_freep(&spool->path);
}

bool spool_tidy(const char *state_directory, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *folder = folder_of(state_directory);
    return fs_remove_all(folder, err);
}

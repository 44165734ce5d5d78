/* fs.c - see base/fs.h. */
#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_STEP = 64 * 1024, DEEPEST = 128 };

/* Reads until the end or one byte over max. */
static bool read_all(int fd, size_t max, struct sl_text *text, int *out_errno)
{
    for (;;) {
        size_t want = SL_MIN((size_t)READ_STEP, max - text->n + 1);
        if (text->cap - text->n < want + 1) {
            text->cap = SL_MAX(text->cap * 2, text->n + want + 1);
            text->p = sl_realloc(text->p, text->cap);
        }
        ssize_t n = read(fd, text->p + text->n, want);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            *out_errno = errno;
            return false;
        }
        text->n += (size_t)n;
        text->p[text->n] = '\0';
        if (n == 0 || text->n > max)
            return true;
    }
}

bool fs_read(const char *path, size_t max, char **out, size_t *out_n, struct sl_err *err)
{
    bool standard = strcmp(path, "-") == 0;
    SL_CLEANUP(sl_closep) int opened = standard ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    struct sl_text text = {0};
    int error = 0;
    max = SL_MIN(max, SIZE_MAX / 4);
    if (!standard && opened < 0)
        return sl_fail_errno(err, errno == ENOENT ? SL_NOT_FOUND : SL_IO, errno, "cannot open %s", path);
    if (!read_all(standard ? STDIN_FILENO : opened, max, &text, &error)) {
        sl_text_fini(&text);
        return sl_fail_errno(err, SL_IO, error, "cannot read %s", path);
    }
    if (text.n > max) {
        sl_text_fini(&text);
        return sl_fail(err, SL_LIMIT, "%s is larger than %zu bytes", path, max);
    }
    *out = text.p;
    *out_n = text.n;
    return true;
}

static bool write_all(int fd, const char *data, size_t n)
{
    while (n) {
        ssize_t done = write(fd, data, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        data += done;
        n -= (size_t)done;
    }
    return true;
}

/* The folder that holds path, on the heap. */
static char *parent_of(const char *path)
{
    SL_CLEANUP(sl_freep) char *copy = sl_strdup(path);
    return sl_strdup(dirname(copy));
}

bool fs_sync_dir(const char *path, struct sl_err *err)
{
    SL_CLEANUP(sl_closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        return sl_fail_errno(err, SL_IO, errno, "cannot sync folder %s", path);
    return true;
}

bool fs_write_atomic(const char *path, const void *data, size_t n, mode_t mode, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *temporary = sl_asprintf("%s.XXXXXX", path);
    SL_CLEANUP(sl_freep) char *folder = parent_of(path);
    SL_CLEANUP(sl_closep) int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return sl_fail_errno(err, SL_IO, errno, "cannot write %s", path);
    if (write_all(fd, data, n) && fchmod(fd, mode) == 0 && fsync(fd) == 0 && rename(temporary, path) == 0)
        return fs_sync_dir(folder, err);
    int error = errno;
    unlink(temporary);
    return sl_fail_errno(err, SL_IO, error, "cannot write %s", path);
}

static bool make_dir(const char *path, mode_t mode, struct sl_err *err)
{
    struct stat st;
    if (mkdir(path, mode) == 0)
        return true;
    int error = errno;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return true;
    return sl_fail_errno(err, SL_IO, error == EEXIST ? ENOTDIR : error, "cannot create folder %s", path);
}

bool fs_mkdir_all(const char *path, mode_t mode, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *copy = sl_strdup(path);
    for (char *slash = copy; (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        if (*copy && !make_dir(copy, mode, err))
            return false;
        *slash = '/';
    }
    return make_dir(copy, mode, err);
}

bool fs_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

/* Empties the folder `name` in folder `at` and removes it, by descriptors: a folder that somebody exchanges
 * for a symbolic link meanwhile is not followed. Returns 0 or the errno. */
static int remove_dir(int at, const char *name, int depth)
{
    if (depth > DEEPEST)
        return ELOOP;
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), error = 0;
    if (fd < 0)
        return errno;
    DIR *dir = fdopendir(fd);
    if (!dir) {
        error = errno;
        close(fd);
        return error;
    }
    for (struct dirent *e; !error && (errno = 0, e = readdir(dir));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (unlinkat(fd, e->d_name, 0) == 0 || errno == ENOENT)
            continue;
        error = errno == EISDIR || errno == EPERM ? remove_dir(fd, e->d_name, depth + 1) : errno;
    }
    if (!error)
        error = errno;
    closedir(dir);
    if (!error && unlinkat(at, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
        error = errno;
    return error;
}

bool fs_remove_all(const char *path, struct sl_err *err)
{
    struct stat st;
    int error = 0;
    if (lstat(path, &st) != 0)
        error = errno;
    else if (S_ISDIR(st.st_mode))
        error = remove_dir(AT_FDCWD, path, 0);
    else if (unlink(path) != 0)
        error = errno;
    if (error && error != ENOENT)
        return sl_fail_errno(err, SL_IO, error, "cannot remove %s", path);
    return true;
}

bool fs_lock(const char *path, int *out_fd, struct sl_err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return sl_fail_errno(err, SL_IO, errno, "cannot open %s", path);
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        *out_fd = fd;
        return true;
    }
    int error = errno;
    close(fd);
    if (error == EWOULDBLOCK)
        return sl_fail(err, SL_BUSY, "%s is locked by another process", path);
    return sl_fail_errno(err, SL_IO, error, "cannot lock %s", path);
}

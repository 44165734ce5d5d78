/* folder.c - see folder.h. */
#include "policy/lists/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/lists/unpack.h"

struct folder {
    char *path;
    int root;
    struct folder_file {
        char *path, *target;
    } * files;
    size_t count, cap, next; /* next: behind the current one */
    uint64_t bytes, bytes_read;
    int fd; /* of the current file */
};

static char *read_target(int dir, const char *name)
{
    char target[UNPACK_MAX_PATH + 1];
    ssize_t n = readlinkat(dir, name, target, sizeof target - 1);
    return sl_strndup(target, n > 0 ? (size_t)n : 0);
}

static bool walk(struct folder *f, int dir, const char *prefix, unsigned depth, struct sl_err *err);

/* Takes ownership of path. */
static bool visit(struct folder *f, int dir, const char *name, char *path, unsigned depth, struct sl_err *err)
{
    struct stat st;
    bool ok = true;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || name[0] == '.') {
        free(path);
        return true; /* gone meanwhile, or hidden */
    }
    if (S_ISDIR(st.st_mode)) {
        int below = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        ok = below < 0 ? sl_fail_errno(err, SL_IO, errno, "cannot read folder '%s/%s'", f->path, path)
                       : walk(f, below, path, depth + 1, err);
    } else if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)) {
        if (f->count == UNPACK_MAX_ITEMS) {
            ok = sl_fail(err, SL_LIMIT, "'%s' holds more than %d files", f->path, UNPACK_MAX_ITEMS);
        } else {
            SL_GROW(f->files, f->count, &f->cap);
            f->files[f->count++] =
                (struct folder_file){path, S_ISLNK(st.st_mode) ? read_target(dir, name) : NULL};
            f->bytes += S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
            return true;
        }
    }
    free(path);
    return ok;
}

/* Takes ownership of dir. */
static bool walk(struct folder *f, int dir, const char *prefix, unsigned depth, struct sl_err *err)
{
    DIR *d = depth > UNPACK_MAX_DEPTH ? NULL : fdopendir(dir);
    if (d == NULL) {
        close(dir);
        return sl_fail(err, SL_LIMIT, "'%s' has folders more than %d deep", f->path, UNPACK_MAX_DEPTH);
    }
    bool ok = true;
    for (struct dirent *e; ok && (e = readdir(d)) != NULL;) {
        char *path = *prefix != '\0' ? sl_asprintf("%s/%s", prefix, e->d_name) : sl_strdup(e->d_name);
        ok = visit(f, dirfd(d), e->d_name, path, depth, err);
    }
    closedir(d);
    return ok;
}

static int by_path(const void *va, const void *vb)
{
    const struct folder_file *a = va, *b = vb;
    return strcmp(a->path, b->path);
}

bool folder_open(const char *path, struct folder **out, struct sl_err *err)
{
    struct folder *f = sl_calloc(1, sizeof *f);
    f->path = sl_strdup(path);
    f->fd = -1;
    f->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int copy = f->root < 0 ? -1 : fcntl(f->root, F_DUPFD_CLOEXEC, 0);
    bool ok = copy < 0 ? sl_fail_errno(err, SL_IO, errno, "cannot read folder '%s'", path)
                       : walk(f, copy, "", 0, err);
    if (!ok) {
        folder_close(&f);
        return false;
    }
    if (f->count > 0)
        qsort(f->files, f->count, sizeof *f->files, by_path);
    *out = f;
    return true;
}

static void leave(struct folder *f)
{
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}

bool folder_next(struct folder *f, const char **out_path, const char **out_target)
{
    leave(f);
    if (f->next == f->count)
        return false;
    *out_path = f->files[f->next].path;
    *out_target = f->files[f->next++].target;
    return true;
}

/* Component by component, so that no folder on the way can have become a link since it was listed. */
bool folder_enter(struct folder *f, struct sl_err *err)
{
    const char *path = f->files[f->next - 1].path;
    struct sl_str rest = sl_cstr(path), part;
    int at = f->root;
    leave(f);
    while (at >= 0 && sl_str_split(&rest, '/', &part)) {
        SL_CLEANUP(sl_freep) char *name = sl_str_dup(part);
        bool last = rest.p == NULL || rest.n == 0;
        int below =
            openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (last ? 0 : O_DIRECTORY));
        if (at != f->root)
            close(at);
        at = below;
        if (last)
            break;
    }
    f->fd = at;
    if (at < 0)
        return sl_fail_errno(err, SL_IO, errno, "cannot open '%s/%s'", f->path, path);
    return true;
}

ssize_t folder_read(struct folder *f, void *buf, size_t cap)
{
    ssize_t n;
    do
        n = read(f->fd, buf, cap);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        f->bytes_read += (uint64_t)n;
    return n;
}

uint64_t folder_bytes(const struct folder *f)
{
    return f->bytes;
}

uint64_t folder_bytes_read(const struct folder *f)
{
    return f->bytes_read;
}

void folder_close(struct folder **folder)
{
    struct folder *f = *folder;
    *folder = NULL;
    if (f == NULL)
        return;
    leave(f);
    if (f->root >= 0)
        close(f->root);
    for (size_t i = 0; i < f->count; i++) {
        free(f->files[i].path);
        free(f->files[i].target);
    }
    free(f->files);
    free(f->path);
    free(f);
}

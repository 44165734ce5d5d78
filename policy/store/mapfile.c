/* mapfile.c - see mapfile.h. */
#include "policy/store/mapfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "sluice/clock.h"
#include "sluice/log.h"

enum { HEADER = 4096, CHANGES_AT = 2048, FORMAT = 1 };

struct header {
    char magic[8];
    uint32_t format, unit_bytes;
    uint64_t owner;
    uint32_t crc; /* of all before */
};

/* posix_fallocate, which takes no notice of signals. Returns 0 or the errno. */
static int take_blocks(int fd, off_t at, off_t bytes)
{
    int error;
    do
        error = bytes ? posix_fallocate(fd, at, bytes) : 0;
    while (error == EINTR);
    return error;
}

static uint32_t header_crc(const struct header *h)
{
    return crypto_crc32c(0, h, offsetof(struct header, crc));
}

static struct header header_of(const char magic[8], uint32_t unit_bytes, uint64_t owner)
{
    struct header h = {.format = FORMAT, .unit_bytes = unit_bytes, .owner = owner};
    memcpy(h.magic, magic, sizeof h.magic);
    h.crc = header_crc(&h);
    return h;
}

/* NULL, or what is wrong with the file. */
static const char *fault_of(const struct mapfile *m, const struct header *wanted)
{
    struct header h;
    if (pread(m->fd, &h, sizeof h, 0) != (ssize_t)sizeof h)
        return "it is cut short";
    if (memcmp(h.magic, wanted->magic, sizeof h.magic) != 0 || h.crc != header_crc(&h))
        return "its header is damaged";
    if (h.format != wanted->format || h.unit_bytes != wanted->unit_bytes)
        return "it has another format";
    return h.owner == wanted->owner ? NULL : "it was made with another secret";
}

static bool open_file(struct mapfile *m, struct sl_err *err)
{
    m->fd = open(m->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    return m->fd >= 0 || sl_fail_errno(err, SL_IO, errno, "cannot open %s", m->path);
}

static bool begin(struct mapfile *m, const struct header *h, struct sl_err *err)
{
    uint8_t page[HEADER] = {0};
    memcpy(page, h, sizeof *h);
    if (pwrite(m->fd, page, sizeof page, 0) != (ssize_t)sizeof page || fsync(m->fd) != 0)
        return sl_fail_errno(err, SL_IO, errno, "cannot write %s", m->path);
    return true;
}

/* Keeps the bad file for whoever wants to look. */
static bool set_aside(struct mapfile *m, const char *fault, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *aside = sl_asprintf("%s.damaged-%" PRId64, m->path, sl_wall_us() / 1000000);
    if (rename(m->path, aside) != 0)
        return sl_fail_errno(err, SL_IO, errno, "cannot set %s aside", m->path);
    sl_log_error("store", "%s is unusable, %s: set aside as %s; counting begins anew", m->path, fault, aside);
    sl_closep(&m->fd);
    return open_file(m, err);
}

/* How many whole units the file has, all on the disk: a copy may have come back with holes, and a hole that
 * cannot be filled would be SIGBUS. */
static bool count_units(const struct mapfile *m, uint32_t most, uint32_t *out, struct sl_err *err)
{
    struct stat st;
    if (fstat(m->fd, &st) != 0)
        return sl_fail_errno(err, SL_IO, errno, "cannot read %s", m->path);
    uint64_t units = st.st_size < HEADER ? 0 : (uint64_t)(st.st_size - HEADER) / m->unit_bytes;
    *out = (uint32_t)SL_MIN(units, (uint64_t)most);
    int error = take_blocks(m->fd, 0, HEADER + (off_t)*out * m->unit_bytes);
    return error == 0 || sl_fail_errno(err, SL_IO, error, "no room for %s", m->path);
}

static bool prepare(struct mapfile *m, const struct header *h, bool shared, struct sl_err *err)
{
    struct stat st;
    if (!open_file(m, err))
        return false;
    if (fstat(m->fd, &st) != 0)
        return sl_fail_errno(err, SL_IO, errno, "cannot read %s", m->path);
    if (st.st_size == 0)
        return begin(m, h, err);
    const char *fault = fault_of(m, h);
    if (fault && shared)
        return sl_fail(err, SL_CONFLICT, "%s can't be shared, %s; restart the gateway instead", m->path,
                       fault);
    return !fault || (set_aside(m, fault, err) && begin(m, h, err));
}

bool mapfile_open(const char *path, const char magic[8], uint32_t unit_bytes, uint32_t most, uint64_t owner,
                  bool shared, struct mapfile *out, uint32_t *out_count, struct sl_err *err)
{
    sl_assert(HEADER % unit_bytes == 0);
    struct header h = header_of(magic, unit_bytes, owner);
    *out = (struct mapfile){.path = sl_strdup(path), .fd = -1, .unit_bytes = unit_bytes};
    if (!prepare(out, &h, shared, err) || !count_units(out, most, out_count, err))
        return false;
    out->map_bytes = HEADER + (size_t)most * unit_bytes;
    void *map = mmap(NULL, out->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, out->fd, 0);
    if (map == MAP_FAILED)
        return sl_fail_errno(err, SL_IO, errno, "cannot map %s", path);
    out->map = map;
    return true;
}

/* ---- an older layout ---- */

static bool read_at(int fd, void *out, size_t n, off_t at)
{
    return pread(fd, out, n, at) == (ssize_t)n;
}

/* Appends what convert makes of each unit of `from` to a file that has its header already. */
static bool convert_units(int from, uint32_t from_bytes, int to, uint32_t to_bytes,
                          bool (*convert)(const void *unit, void *out))
{
    SL_CLEANUP(sl_freep) void *old = sl_malloc(from_bytes), *new = sl_malloc(to_bytes);
    off_t end = HEADER;
    for (off_t at = HEADER; read_at(from, old, from_bytes, at); at += from_bytes) {
        memset(new, 0, to_bytes);
        if (!convert(old, new))
            continue;
        if (pwrite(to, new, to_bytes, end) != (ssize_t)to_bytes)
            return false;
        end += to_bytes;
    }
    return fsync(to) == 0;
}

static bool write_anew(const char *path, int from, uint32_t from_bytes, const struct header *h,
                       bool (*convert)(const void *unit, void *out), struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *fresh = sl_asprintf("%s.new", path);
    struct mapfile to = {.path = fresh};
    to.fd = open(fresh, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok = to.fd >= 0 && begin(&to, h, NULL) &&
              convert_units(from, from_bytes, to.fd, h->unit_bytes, convert) && rename(fresh, path) == 0;
    if (!ok)
        sl_fail_errno(err, SL_IO, errno, "cannot bring %s to its new layout", path);
    if (!ok && to.fd >= 0)
        unlink(fresh);
    sl_closep(&to.fd);
    return ok;
}

bool mapfile_upgrade(const char *path, const struct mapfile_layout *from, const struct mapfile_layout *to,
                     uint64_t owner, bool (*convert)(const void *unit, void *out), struct sl_err *err)
{
    struct header old = header_of(from->magic, from->unit_bytes, owner),
                  new = header_of(to->magic, to->unit_bytes, owner);
    struct mapfile m = {.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    bool ok = m.fd < 0 || fault_of(&m, &old) || write_anew(path, m.fd, from->unit_bytes, &new, convert, err);
    sl_closep(&m.fd);
    return ok;
}

void mapfile_close(struct mapfile *m)
{
    if (m->map)
        munmap(m->map, m->map_bytes);
    m->map = NULL;
    sl_closep(&m->fd);
    sl_freep(&m->path);
}

uint32_t mapfile_count(const struct mapfile *m)
{
    struct stat st;
    return fstat(m->fd, &st) == 0 && st.st_size > HEADER ? (uint32_t)((st.st_size - HEADER) / m->unit_bytes)
                                                         : 0;
}

_Atomic uint64_t *mapfile_changes(const struct mapfile *m)
{
    return (_Atomic uint64_t *)(void *)(m->map + CHANGES_AT);
}

void *mapfile_at(const struct mapfile *m, uint32_t index)
{
    return m->map + HEADER + (size_t)index * m->unit_bytes;
}

bool mapfile_grow(struct mapfile *m, uint32_t from, uint32_t more)
{
    return take_blocks(m->fd, HEADER + (off_t)from * m->unit_bytes, (off_t)more * m->unit_bytes) == 0;
}

void mapfile_sync(const struct mapfile *m, uint32_t count)
{
    msync(m->map, HEADER + (size_t)count * m->unit_bytes, MS_SYNC);
}

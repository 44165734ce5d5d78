/* unpack.c - see unpack.h. An item's content goes through a reader of its own, since archives hold packed
 * files:
 *
 *   path ── outer (tar, zip, or the file itself) ── inner (gzip, xz, zstd, bzip2 or nothing) ── unpack_read
 */
#include "policy/lists/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/lists/folder.h"

enum { BLOCK = 256 * 1024 };
struct unpack {
    char *path;
    uint64_t max_bytes, bytes; /* of all items so far */
    uint64_t total;            /* packed */
    size_t items;
    struct archive *outer; /* NULL for a folder */
    struct folder *folder; /* NULL for a file */
    bool raw;              /* the file is no archive: outer is its content */
    struct archive *inner; /* content of the current item */
    char *item_path, *item_target;
    char block[BLOCK], packed[BLOCK];
};

static bool fail_archive(struct unpack *u, struct archive *a, struct sl_err *err)
{
    const char *why = archive_error_string(a);
    return sl_fail(err, SL_BAD_INPUT, "'%s' cannot be unpacked: %s", u->path, why != NULL ? why : "damaged");
}

/* Filters by name: "all" would let some files start external programs. */
static struct archive *reader_new(bool archives)
{
    struct archive *a = archive_read_new();
    sl_assert(a != NULL);
    /* A libarchive built without one of these libraries would start a program for it and say ARCHIVE_WARN. */
    sl_assert(archive_read_support_filter_gzip(a) == ARCHIVE_OK);
    sl_assert(archive_read_support_filter_xz(a) == ARCHIVE_OK);
    sl_assert(archive_read_support_filter_zstd(a) == ARCHIVE_OK);
    sl_assert(archive_read_support_filter_bzip2(a) == ARCHIVE_OK);
    archive_read_support_format_raw(a);
    archive_read_support_format_empty(a);
    if (archives) {
        archive_read_support_format_tar(a);
        archive_read_support_format_zip(a);
    }
    return a;
}

static bool open_file(struct unpack *u, const struct stat *st, struct sl_err *err)
{
    u->total = (uint64_t)st->st_size;
    u->outer = reader_new(true);
    if (archive_read_open_filename(u->outer, u->path, BLOCK) != ARCHIVE_OK)
        return fail_archive(u, u->outer, err);
    return true;
}

bool unpack_open(const char *path, uint64_t max_bytes, struct unpack **out, struct sl_err *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return sl_fail_errno(err, errno == ENOENT ? SL_NOT_FOUND : SL_IO, errno, "cannot read '%s'", path);
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return sl_fail(err, SL_BAD_INPUT, "'%s' is neither a file nor a folder", path);
    struct unpack *u = sl_calloc(1, sizeof *u);
    u->path = sl_strdup(path);
    u->max_bytes = max_bytes;
    if (S_ISDIR(st.st_mode) ? !folder_open(path, &u->folder, err) : !open_file(u, &st, err)) {
        unpack_close(&u);
        return false;
    }
    if (u->folder != NULL)
        u->total = folder_bytes(u->folder);
    *out = u;
    return true;
}

static void end_item(struct unpack *u)
{
    if (u->inner != NULL && u->inner != u->outer)
        archive_read_free(u->inner);
    u->inner = NULL;
    free(u->item_path);
    free(u->item_target);
    u->item_path = u->item_target = NULL;
}

void unpack_close(struct unpack **u)
{
    if (*u == NULL)
        return;
    end_item(*u);
    if ((*u)->outer != NULL)
        archive_read_free((*u)->outer);
    folder_close(&(*u)->folder);
    free((*u)->path);
    free(*u);
    *u = NULL;
}

/* ---- the limits ---- */

static bool within_limits(struct unpack *u, uint64_t more, struct sl_err *err)
{
    uint64_t outer = u->outer != NULL ? (uint64_t)archive_filter_bytes(u->outer, 0) : 0;
    if (SL_MAX(outer, u->bytes) + more > u->max_bytes || more > u->max_bytes)
        return sl_fail(err, SL_LIMIT, "'%s' has more than %llu bytes when unpacked", u->path,
                       (unsigned long long)u->max_bytes);
    return true;
}

/* "./a//b" becomes "a/b"; false for a name that would leave the archive or is out of bounds. */
static bool clean_path(struct unpack *u, const char *raw, struct sl_err *err)
{
    struct sl_str rest = sl_cstr(raw), part;
    struct sl_text path = {0};
    unsigned depth = 0;
    bool ok = raw != NULL && *raw != '/' && rest.n <= UNPACK_MAX_PATH;
    while (ok && sl_str_split(&rest, '/', &part)) {
        if (part.n == 0 || sl_str_eq(part, SL_STR(".")))
            continue;
        ok = !sl_str_eq(part, SL_STR("..")) && ++depth <= UNPACK_MAX_DEPTH;
        if (path.n > 0)
            sl_text_addc(&path, '/');
        sl_text_add(&path, part);
    }
    if (!ok) {
        sl_text_fini(&path);
        return sl_fail(err, SL_BAD_INPUT, "'%s' holds '%.80s', a name that leads out of it or is too long",
                       u->path, raw != NULL ? raw : "?");
    }
    u->item_path = path.p != NULL ? path.p : sl_strdup("");
    return true;
}

static bool is_hidden(const char *path)
{
    return path[0] == '.' || strstr(path, "/.") != NULL;
}

/* ---- items ---- */

/* The header of an item worth telling: its path and target are set. */
static bool take_header(struct unpack *u, struct archive_entry *entry, bool *out_wanted, struct sl_err *err)
{
    mode_t type = archive_entry_filetype(entry);
    bool link = type == AE_IFLNK && archive_entry_symlink(entry) != NULL;
    *out_wanted = false;
    if (!clean_path(u, archive_entry_pathname(entry), err))
        return false;
    if (archive_entry_size_is_set(entry) && !within_limits(u, (uint64_t)archive_entry_size(entry), err))
        return false;
    /* A hard link has no content of its own; it is told as the link that it is. */
    if (archive_entry_hardlink(entry) != NULL)
        u->item_target = sl_asprintf("/%s", archive_entry_hardlink(entry));
    else if (link)
        u->item_target = sl_strdup(archive_entry_symlink(entry));
    *out_wanted =
        (type == AE_IFREG || u->item_target != NULL) && *u->item_path != '\0' && !is_hidden(u->item_path);
    return true;
}

static enum unpack_step next_of_archive(struct unpack *u, struct sl_err *err)
{
    for (;;) {
        struct archive_entry *entry;
        bool wanted;
        end_item(u);
        int rc = archive_read_next_header(u->outer, &entry);
        if (rc == ARCHIVE_EOF)
            return UNPACK_END;
        if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN) {
            fail_archive(u, u->outer, err);
            return UNPACK_FAILED;
        }
        if (++u->items > UNPACK_MAX_ITEMS) {
            sl_fail(err, SL_LIMIT, "'%s' holds more than %d files", u->path, UNPACK_MAX_ITEMS);
            return UNPACK_FAILED;
        }
        u->raw = archive_format(u->outer) == ARCHIVE_FORMAT_RAW;
        if (u->raw) {
            u->item_path = sl_strdup("");
            return UNPACK_ITEM;
        }
        if (!take_header(u, entry, &wanted, err))
            return UNPACK_FAILED;
        if (wanted)
            return UNPACK_ITEM;
    }
}

static enum unpack_step next_of_folder(struct unpack *u)
{
    const char *path, *target;
    end_item(u);
    if (!folder_next(u->folder, &path, &target))
        return UNPACK_END;
    u->item_path = sl_strdup(path);
    u->item_target = target != NULL ? sl_strdup(target) : NULL;
    return UNPACK_ITEM;
}

static bool has_control_byte(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++)
        if (*c < ' ' || *c == 127)
            return true;
    return false;
}

enum unpack_step unpack_next(struct unpack *u, struct unpack_item *out, struct sl_err *err)
{
    enum unpack_step step = u->folder != NULL ? next_of_folder(u) : next_of_archive(u, err);
    if (step != UNPACK_ITEM)
        return step;
    if (has_control_byte(u->item_path)) { /* it stands in lines of normalised files, and on terminals */
        sl_fail(err, SL_BAD_INPUT, "'%s' holds a file with a control byte in its name", u->path);
        return UNPACK_FAILED;
    }
    *out = (struct unpack_item){.path = u->item_path, .target = u->item_target};
    return UNPACK_ITEM;
}

/* ---- content ---- */

static la_ssize_t read_outer(struct archive *inner, void *arg, const void **out)
{
    struct unpack *u = arg;
    struct sl_err err;
    la_ssize_t n = archive_read_data(u->outer, u->packed, sizeof u->packed);
    if (n < 0)
        archive_set_error(inner, archive_errno(u->outer), "%s", archive_error_string(u->outer));
    else if (!within_limits(u, 0, &err)) {
        archive_set_error(inner, EFBIG, "%s", err.msg);
        n = -1;
    }
    *out = u->packed;
    return n;
}

static la_ssize_t read_folder(struct archive *inner, void *arg, const void **out)
{
    struct unpack *u = arg;
    ssize_t n = folder_read(u->folder, u->packed, sizeof u->packed);
    if (n < 0)
        archive_set_error(inner, errno, "cannot read '%s'", u->item_path);
    *out = u->packed;
    return n;
}

/* Opens the content of the current item at its first read. UNPACK_END when it is empty. */
static enum unpack_step open_content(struct unpack *u, struct sl_err *err)
{
    struct archive_entry *entry;
    if (u->raw) {
        u->inner = u->outer;
        return UNPACK_ITEM;
    }
    if (u->folder != NULL && !folder_enter(u->folder, err))
        return UNPACK_FAILED;
    u->inner = reader_new(false);
    int rc = archive_read_open(u->inner, u, NULL, u->folder != NULL ? read_folder : read_outer, NULL);
    if (rc == ARCHIVE_OK)
        rc = archive_read_next_header(u->inner, &entry);
    if (rc == ARCHIVE_EOF)
        return UNPACK_END;
    if (rc == ARCHIVE_OK || rc == ARCHIVE_WARN)
        return UNPACK_ITEM;
    fail_archive(u, u->inner, err);
    return UNPACK_FAILED;
}

enum unpack_step unpack_read(struct unpack *u, struct sl_str *out, struct sl_err *err)
{
    if (u->item_target != NULL)
        return UNPACK_END;
    if (u->inner == NULL) {
        enum unpack_step step = open_content(u, err);
        if (step != UNPACK_ITEM)
            return step;
    }
    la_ssize_t n = archive_read_data(u->inner, u->block, sizeof u->block);
    if (n == 0)
        return UNPACK_END;
    if (n < 0) {
        if (within_limits(u, 0, err))
            fail_archive(u, u->inner, err);
        return UNPACK_FAILED;
    }
    u->bytes += (uint64_t)n;
    *out = sl_str(u->block, (size_t)n);
    return within_limits(u, 0, err) ? UNPACK_ITEM : UNPACK_FAILED;
}

void unpack_progress(const struct unpack *u, uint64_t *out_done, uint64_t *out_total)
{
    uint64_t done =
        u->outer != NULL ? (uint64_t)archive_filter_bytes(u->outer, -1) : folder_bytes_read(u->folder);
    *out_done = SL_MIN(done, u->total);
    *out_total = u->total;
}

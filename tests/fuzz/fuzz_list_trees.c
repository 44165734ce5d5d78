/* fuzz_list_trees.c - any archive of any files is refused or becomes lists that compile. The input is the
 * archive's members as text, so that mutations reach names, includes and diffs instead of an unpacker:
 *
 *     == PATH       a file, its content follows
 *     -> PATH TO    a symbolic link
 */
#include <archive.h>
#include <archive_entry.h>

#include "sluice/lists.h"
#include "tests/fuzz/scratch.h"

enum { MAX_INPUT = 8192, MAX_UNPACKED = 1 << 20, MAX_SOURCES = 64 };

/* Names that a tar cannot hold are left out. */
static void add_member(struct archive *a, struct sl_str path, struct sl_str target, struct sl_str content)
{
    struct archive_entry *e = archive_entry_new();
    SL_CLEANUP(sl_freep) char *name = sl_str_dup(path), *to = sl_str_dup(target);
    archive_entry_set_pathname(e, name);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_filetype(e, target.n > 0 ? AE_IFLNK : AE_IFREG);
    if (target.n > 0)
        archive_entry_set_symlink(e, to);
    else
        archive_entry_set_size(e, (la_int64_t)content.n);
    if (path.n > 0 && archive_write_header(a, e) == ARCHIVE_OK && target.n == 0)
        archive_write_data(a, content.p, content.n);
    archive_entry_free(e);
}

static bool is_member(struct sl_str line)
{
    return sl_str_starts(line, SL_STR("== ")) || sl_str_starts(line, SL_STR("-> "));
}

static void write_archive(const char *path, struct sl_str input)
{
    struct archive *a = archive_write_new();
    sl_assert(archive_write_set_format_pax_restricted(a) == ARCHIVE_OK &&
              archive_write_open_filename(a, path) == ARCHIVE_OK);
    struct sl_str line, head = {0}, content = {0};
    bool more = sl_str_split(&input, '\n', &line);
    while (more) {
        head = line;
        content = sl_str(line.p + line.n, 0);
        while ((more = sl_str_split(&input, '\n', &line)) && !is_member(line))
            content = sl_str(content.n > 0 ? content.p : line.p,
                             (size_t)(line.p + line.n - (content.n > 0 ? content.p : line.p)));
        struct sl_str name = sl_str_sub(head, 3, head.n), target = SL_STR("");
        size_t blank = sl_str_find(name, ' ');
        if (head.p[0] == '-' && is_member(head) && blank < name.n) {
            target = sl_str_sub(name, blank + 1, name.n);
            name = sl_str_sub(name, 0, blank);
        }
        if (is_member(head))
            add_member(a, name, target, content);
    }
    sl_assert(archive_write_close(a) == ARCHIVE_OK);
    archive_write_free(a);
}

/* What was accepted compiles, unless it is more than a catalogue takes. */
static void build(const struct list_import *imp, const char *path)
{
    struct catalogue_source sources[MAX_SOURCES];
    const uint8_t secret[32] = {0};
    struct sl_err err = {0};
    struct list_provider *p;
    size_t count = SL_MIN(imp->count, MAX_SOURCES);
    for (size_t i = 0; i < count; i++) {
        sources[i] = (struct catalogue_source){.name = imp->parts[i].name, .file = imp->parts[i].file};
        memcpy(sources[i].sha256, imp->parts[i].sha256, sizeof sources[i].sha256);
    }
    if (!catalogue_build(sources, count, secret, path, NULL, NULL, &err) || !catalogue_open(path, &p, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        abort();
    }
    p->unref(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > MAX_INPUT)
        return 0;
    char tar[128], out[128], catalogue[128];
    snprintf(tar, sizeof tar, "%s/tree.tar", scratch_dir());
    snprintf(out, sizeof out, "%s/out", scratch_dir());
    snprintf(catalogue, sizeof catalogue, "%s/catalogue", scratch_dir());
    write_archive(tar, sl_str((const char *)data, size));
    struct list_import imp;
    struct sl_err err = {0};
    sl_assert(fs_mkdir_all(out, 0700, NULL));
    if (list_import(tar, NULL, out, MAX_UNPACKED, NULL, NULL, &imp, &err)) {
        build(&imp, catalogue);
        list_import_fini(&imp);
        sl_assert(fs_remove_all(out, NULL));
    } else
        sl_assert(rmdir(out) == 0); /* a refused one leaves nothing behind */
    return 0;
}

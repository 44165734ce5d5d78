/* shelf.c - see shelf.h. */
#include "policy/store/shelf.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "policy/store/digest.h"
#include "policy/store/inside.h"
#include "sluice/log.h"

void shelf_add(struct shelf *shelf, const char *name, const char *file, const uint8_t sha256[32])
{
    SL_GROW(shelf->items, shelf->count, &shelf->cap);
    struct catalogue_source *c = &shelf->items[shelf->count++];
    c->name = sl_strdup(name);
    c->file = sl_strdup(file);
    memcpy(c->sha256, sha256, sizeof c->sha256);
}

void shelf_fini(struct shelf *shelf)
{
    for (size_t i = 0; i < shelf->count; i++) {
        free((char *)shelf->items[i].name);
        free((char *)shelf->items[i].file);
    }
    free(shelf->items);
    *shelf = (struct shelf){0};
}

const struct catalogue_source *shelf_find(const struct shelf *shelf, const char *name)
{
    for (size_t i = 0; i < shelf->count; i++)
        if (strcmp(shelf->items[i].name, name) == 0)
            return &shelf->items[i];
    return NULL;
}

/* The parts that one statement, bound to one source, yields. */
static bool load(struct store *s, const char *sql, const char *source, struct shelf *out, struct sl_err *err)
{
    enum db_step step;
    *out = (struct shelf){0};
    pthread_mutex_lock(&s->lock);
    struct db_stmt *q = db_prepare(s->db, sql);
    db_bind_text(q, 1, sl_cstr(source));
    while ((step = db_step(q, err)) == DB_ROW) {
        SL_CLEANUP(sl_freep) char *name = store_column(q, 0);
        SL_CLEANUP(sl_freep) char *file = store_column(q, 1);
        SL_CLEANUP(sl_freep) char *path = store_path(s, file);
        struct sl_str hash = db_column_blob(q, 2);
        uint8_t sha256[32] = {0};
        memcpy(sha256, hash.p, SL_MIN(hash.n, sizeof sha256));
        shelf_add(out, name, path, sha256);
    }
    db_reset(q);
    pthread_mutex_unlock(&s->lock);
    if (step != DB_DONE)
        shelf_fini(out);
    return step == DB_DONE;
}

bool shelf_of(struct store *s, const char *source, struct shelf *out, struct sl_err *err)
{
    return load(s, "SELECT name, file, sha256 FROM list_parts WHERE source = ? ORDER BY name", source, out,
                err);
}

bool shelf_load(struct store *s, const char *except, struct shelf *out, struct sl_err *err)
{
    return load(s, "SELECT name, file, sha256 FROM list_parts WHERE ?1 IS NULL OR source <> ?1 ORDER BY name",
                except, out, err);
}

static int by_name(const void *a, const void *b)
{
    const struct catalogue_source *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static bool sort(struct shelf *shelf, struct sl_err *err)
{
    if (shelf->count)
        qsort(shelf->items, shelf->count, sizeof *shelf->items, by_name);
    for (size_t i = 1; i < shelf->count; i++)
        if (strcmp(shelf->items[i - 1].name, shelf->items[i].name) == 0)
            return sl_fail(err, SL_CONFLICT, "there would be two lists '%s'", shelf->items[i].name);
    return true;
}

bool shelf_intact(struct store *s, const char *source)
{
    struct shelf shelf;
    struct sl_err err = {0};
    bool intact = shelf_of(s, source, &shelf, &err);
    for (size_t i = 0; intact && i < shelf.count; i++) {
        uint8_t sha256[32];
        intact = digest_file(shelf.items[i].file, sha256, &err) &&
                 crypto_equal(sha256, shelf.items[i].sha256, sizeof sha256);
    }
    shelf_fini(&shelf);
    return intact;
}

void shelf_now(struct store *s, const char key[65])
{
    if (strcmp(s->catalogue, key) != 0)
        memcpy(s->catalogue_before, s->catalogue, sizeof s->catalogue_before);
    memcpy(s->catalogue, key, sizeof s->catalogue);
}

static char *path_of(const struct store *s, const char key[65])
{
    return sl_asprintf("%s/catalogue/%s.cat", s->dir, key);
}

/* Where two catalogues have room there need not be room for three. */
static void drop_before(struct store *s)
{
    SL_CLEANUP(sl_freep) char *path = path_of(s, s->catalogue_before);
    if (*s->catalogue_before && strcmp(s->catalogue_before, s->catalogue) != 0)
        unlink(path);
    *s->catalogue_before = '\0';
}

/* In place of what may be there. */
static bool build(struct store *s, const struct shelf *shelf, const char *path,
                  void (*progress)(void *arg, uint64_t done, uint64_t total), void *progress_arg,
                  struct list_provider **out, struct sl_err *err)
{
    drop_before(s);
    return catalogue_build(shelf->items, shelf->count, s->secret, path, progress, progress_arg, err) &&
           catalogue_open(path, out, err);
}

bool shelf_open(struct store *s, struct shelf *shelf,
                void (*progress)(void *arg, uint64_t done, uint64_t total), void *progress_arg,
                struct list_provider **out, char out_key[65], struct sl_err *err)
{
    struct sl_err why = {0};
    if (!sort(shelf, err))
        return false;
    *out_key = '\0';
    if (shelf->count == 0) {
        *out = catalogue_empty();
        return true;
    }
    catalogue_key(shelf->items, shelf->count, s->secret, out_key);
    SL_CLEANUP(sl_freep) char *path = path_of(s, out_key);
    bool exists = fs_exists(path);
    if (exists && catalogue_open(path, out, &why))
        return true;
    if (exists)
        sl_log_error("store", "%s is unusable and will be built again: %s", path, why.msg);
    return build(s, shelf, path, progress, progress_arg, out, err);
}

bool shelf_build_again(struct store *s, struct list_provider **out, struct sl_err *err)
{
    struct shelf shelf;
    SL_CLEANUP(sl_freep) char *path = path_of(s, s->catalogue);
    if (!shelf_load(s, NULL, &shelf, err))
        return false;
    bool ok = sort(&shelf, err) && build(s, &shelf, path, NULL, NULL, out, err);
    shelf_fini(&shelf);
    return ok;
}

char *shelf_path_of(struct store *s, struct sl_str list)
{
    pthread_mutex_lock(&s->lock);
    struct db_stmt *q = db_prepare(s->db, "SELECT file FROM list_parts WHERE name = ?");
    db_bind_text(q, 1, list);
    SL_CLEANUP(sl_freep) char *file = db_step(q, NULL) == DB_ROW ? store_column(q, 0) : NULL;
    db_reset(q);
    pthread_mutex_unlock(&s->lock);
    return file ? store_path(s, file) : NULL;
}

static char *folder_name(const char *source)
{
    char *name = sl_strdup(source);
    for (char *c = name; *c; c++)
        if (*c == '/')
            *c = '~';
    return name;
}

char *shelf_folder(const char *source)
{
    SL_CLEANUP(sl_freep) char *name = folder_name(source);
    return sl_asprintf("lists/%s", name);
}

char *shelf_file(const char *source, const uint8_t sha256[32])
{
    SL_CLEANUP(sl_freep) char *folder = shelf_folder(source);
    char hex[65];
    crypto_hex(sha256, 32, hex);
    return sl_asprintf("%s/%s", folder, hex);
}

char *shelf_upload(const char *source, const uint8_t content[32])
{
    SL_CLEANUP(sl_freep) char *folder = shelf_folder(source);
    char hex[17];
    crypto_hex(content, 8, hex);
    return sl_asprintf("%s/upload-%s", folder, hex);
}

/* ---- tidying ---- */

struct paths {
    char **items;
    size_t count, cap;
};

static void paths_fini(struct paths *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->items[i]);
    free(n->items);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void paths_sort(struct paths *n)
{
    if (n->count)
        qsort(n->items, n->count, sizeof *n->items, by_text);
}

/* n is sorted: a hundred parts in twenty versions are asked for often. */
static bool paths_have(const struct paths *n, const char *name)
{
    return n->count && bsearch(&name, n->items, n->count, sizeof *n->items, by_text);
}

static void paths_add(struct paths *n, char *take)
{
    SL_GROW(n->items, n->count, &n->cap);
    n->items[n->count++] = take;
}

/* Removes all in dir/folder that is not kept. */
static void sweep(const char *dir, const char *folder, const struct paths *keep)
{
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/%s", dir, folder);
    DIR *d = opendir(path);
    struct sl_err err = {0};
    if (!d)
        return;
    for (struct dirent *e; (e = readdir(d));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        SL_CLEANUP(sl_freep) char *name = sl_asprintf("%s/%s", folder, e->d_name);
        SL_CLEANUP(sl_freep) char *full = sl_asprintf("%s/%s", dir, name);
        if (!paths_have(keep, name) && !fs_remove_all(full, &err))
            sl_log_warning("store", "%s", err.msg);
    }
    closedir(d);
}

/* The first three components of "lists/ut1/3/x.list" and "lists/ut1/<hash>". */
static char *top_of(const char *file)
{
    size_t n = 0;
    for (int slashes = 0; file[n] && (file[n] != '/' || ++slashes < 3); n++)
        ;
    return sl_asprintf("%.*s", (int)n, file);
}

/* What the tables name: folders of sources ("lists/ut1"), and in these the files of all versions and the one
 * that was uploaded. */
static bool kept(struct store *s, struct paths *out_folders, struct paths *out_below)
{
    enum db_step step, files = DB_DONE;
    struct sl_err err = {0};
    pthread_mutex_lock(&s->lock);
    struct db_stmt *q = db_prepare(s->db, "SELECT name, upload FROM list_sources");
    while ((step = db_step(q, &err)) == DB_ROW) {
        SL_CLEANUP(sl_freep) char *source = store_column(q, 0);
        paths_add(out_folders, shelf_folder(source));
        paths_add(out_below, store_column(q, 1));
    }
    db_reset(q);
    if (step == DB_DONE) {
        q = db_prepare(s->db, "SELECT DISTINCT file FROM list_files");
        while ((files = db_step(q, &err)) == DB_ROW) {
            SL_CLEANUP(sl_freep) char *file = store_column(q, 0);
            paths_add(out_below, top_of(file));
        }
        db_reset(q);
    }
    pthread_mutex_unlock(&s->lock);
    if (step == DB_DONE && files == DB_DONE)
        return true;
    sl_log_warning("store", "cannot tidy up: %s", err.msg);
    return false;
}

void shelf_tidy(struct store *s)
{
    struct paths folders = {0}, below = {0}, catalogue = {0};
    if (kept(s, &folders, &below)) {
        paths_add(&catalogue, sl_asprintf("catalogue/%s.cat", s->catalogue));
        paths_add(&catalogue, sl_asprintf("catalogue/%s.cat", s->catalogue_before));
        paths_sort(&folders);
        paths_sort(&below);
        paths_sort(&catalogue);
        sweep(s->dir, "lists", &folders);
        sweep(s->dir, "catalogue", &catalogue);
        for (size_t i = 0; i < folders.count; i++)
            sweep(s->dir, folders.items[i], &below);
    }
    paths_fini(&folders);
    paths_fini(&below);
    paths_fini(&catalogue);
}

void shelf_tidy_downloads(struct store *s)
{
    struct paths none = {0};
    sweep(s->dir, "fetch", &none);
}

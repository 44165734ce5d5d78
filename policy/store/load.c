/* load.c - see load.h.
 *
 *     no lock:    fetch, hash
 *     lists_lock: import -> shrink guard -> build -> compile policy, run tests -> commit -> swap -> drop old
 *
 * Everything before the commit happens in new files; whatever fails, the files in use were not touched. */
#include "policy/store/load.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "policy/store/inside.h"
#include "policy/store/raw.h"
#include "policy/store/shelf.h"
#include "policy/store/subject.h"
#include "sluice/clock.h"

enum { FAULTS_KEPT = 20, GUARD_FROM = 100, GUARD_PERCENT = 70 };
#define UNPACKED_MOST ((uint64_t)4 << 30)
#define RETRY_FIRST_US ((int64_t)5 * 60 * 1000000)

struct load {
    struct store *s;
    struct source *src;
    enum load_kind kind;
    const struct actor *by;
    store_progress *progress;
    void *arg;
    const char *phase;
    json_t *before;     /* for the change log */
    int64_t generation; /* of the row when we began */
    struct raw raw;
    bool may_be_unchanged, unchanged;
    char *folder; /* of the new generation, relative */
    struct list_import imp;
    char **names; /* of the parts, as policies name them */
};

static void report_progress(void *arg, uint64_t done, uint64_t total)
{
    struct load *l = arg;
    if (l->progress)
        l->progress(l->arg, l->phase, done, total);
}

static void enter_phase(struct load *l, const char *phase)
{
    l->phase = phase;
    report_progress(l, 0, 0);
}

static void replace_text(char **text, char *take)
{
    free(*text);
    *text = take;
}

/* ---- reading it ---- */

static bool name_parts(struct load *l, struct sl_err *err)
{
    l->names = sl_calloc(l->imp.count + 1, sizeof *l->names);
    for (size_t i = 0; i < l->imp.count; i++) {
        const char *part = l->imp.parts[i].name;
        if (!*part) {
            l->names[i] = sl_strdup(l->src->name);
            continue;
        }
        if (strchr(l->src->name, '/'))
            return sl_fail(err, SL_BAD_INPUT, "'%s' holds many lists, so its name must have no '/'",
                           l->src->name);
        if (!source_check_name(sl_cstr(part), false, "part", err))
            return false;
        l->names[i] = sl_asprintf("%s/%s", l->src->name, part);
    }
    return l->imp.count > 0 || sl_fail(err, SL_BAD_INPUT, "there is no list in %s", l->src->location);
}

static int64_t entries_of(const struct list_report *r)
{
    return (int64_t)(r->hosts + r->urls + r->expressions + r->addresses);
}

static bool sync_file(const char *path, struct sl_err *err)
{
    SL_CLEANUP(sl_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    return (fd >= 0 && fsync(fd) == 0) || sl_fail_errno(err, SL_IO, errno, "cannot sync %s", path);
}

/* What the tables will name must be on the disk before they do: the files, their folder, and the folders
 * above. */
static bool sync_files(const struct load *l, const char *folder, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *source = sl_asprintf("%s/..", folder);
    SL_CLEANUP(sl_freep) char *lists = store_path(l->s, "lists");
    for (size_t i = 0; i < l->imp.count; i++)
        if (!sync_file(l->imp.parts[i].file, err))
            return false;
    return fs_sync_dir(folder, err) && fs_sync_dir(source, err) && fs_sync_dir(lists, err);
}

static bool import_raw(struct load *l, struct sl_err *err)
{
    struct source *src = l->src;
    enter_phase(l, "import");
    l->folder = shelf_folder(src->name, ++src->generation);
    SL_CLEANUP(sl_freep) char *path = store_path(l->s, l->folder);
    if (!fs_remove_all(path, err) || !fs_mkdir_all(path, 0700, err))
        return false;
    if (!list_import(l->raw.path, *src->format ? src->format : NULL, path, UNPACKED_MOST, report_progress, l,
                     &l->imp, err))
        return false;
    replace_text(&src->detected, sl_strdup(l->imp.format));
    return raw_still_same(&l->raw, src, err) && name_parts(l, err) && sync_files(l, path, err);
}

/* The file that an import wrote, relative to the state directory. */
static char *relative_file(const struct load *l, size_t i)
{
    const char *file = l->imp.parts[i].file, *slash = strrchr(file, '/');
    return sl_asprintf("%s/%s", l->folder, slash ? slash + 1 : file);
}

/* ---- is it new, is it plausible ---- */

static bool part_known(struct load *l, size_t i)
{
    struct db_stmt *q =
        db_prepare(l->s->db, "SELECT 1 FROM list_parts WHERE source = ? AND name = ? AND sha256 = ?");
    db_bind_text(q, 1, sl_cstr(l->src->name));
    db_bind_text(q, 2, sl_cstr(l->names[i]));
    db_bind_blob(q, 3, l->imp.parts[i].sha256, 32);
    bool known = db_step(q, NULL) == DB_ROW;
    db_reset(q);
    return known;
}

static size_t part_count(struct load *l)
{
    struct db_stmt *q = db_prepare(l->s->db, "SELECT count(*) FROM list_parts WHERE source = ?");
    db_bind_text(q, 1, sl_cstr(l->src->name));
    size_t count = db_step(q, NULL) == DB_ROW ? (size_t)db_column_int(q, 0) : 0;
    db_reset(q);
    return count;
}

/* Other bytes, but the same lists in them (a new date in a comment). */
static bool same_lists(struct load *l)
{
    pthread_mutex_lock(&l->s->lock);
    bool same = part_count(l) == l->imp.count;
    for (size_t i = 0; same && i < l->imp.count; i++)
        same = part_known(l, i);
    pthread_mutex_unlock(&l->s->lock);
    return same;
}

/* A provider's accident (an empty page, a cut export) must not open what the list closes. */
static bool guard(struct load *l, struct sl_err *err)
{
    int64_t old = l->src->entries, now = 0;
    for (size_t i = 0; i < l->imp.count; i++)
        now += entries_of(&l->imp.parts[i].report);
    if (l->kind == LOAD_UPDATE && old > GUARD_FROM && now * 100 < old * GUARD_PERCENT)
        return sl_fail(err, SL_CONFLICT,
                       "held: the new copy has %" PRId64 " entries where the old has %" PRId64
                       "; the old one stays. To accept it, replace the list with this source",
                       now, old);
    l->src->entries = now;
    return true;
}

/* ---- making it the one ---- */

static json_t *report_json(const struct list_part *part)
{
    const struct list_report *r = &part->report;
    json_t *faults = json_array();
    for (size_t i = 0; i < r->fault_count && i < FAULTS_KEPT; i++)
        json_array_append_new(faults, subject_json(sl_cstr(r->faults[i].text)));
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "entries",
                     (json_int_t)entries_of(r), "lines", (json_int_t)r->lines, "hosts", (json_int_t)r->hosts,
                     "urls", (json_int_t)r->urls, "expressions", (json_int_t)r->expressions, "addresses",
                     (json_int_t)r->addresses, "skipped", (json_int_t)r->skipped, "errors",
                     (json_int_t)r->errors, "exceptions", (json_int_t)r->exceptions, "warnings",
                     (json_int_t)r->warnings, "faults", faults);
}

static bool write_part(struct load *l, size_t i, struct sl_err *err)
{
    json_t *report = report_json(&l->imp.parts[i]);
    SL_CLEANUP(sl_freep) char *text = json_dumps(report, JSON_COMPACT);
    SL_CLEANUP(sl_freep) char *file = relative_file(l, i);
    json_decref(report);
    struct db_stmt *q = db_prepare(
        l->s->db, "INSERT INTO list_parts (source, name, file, sha256, report) VALUES (?, ?, ?, ?, ?)");
    db_bind_text(q, 1, sl_cstr(l->src->name));
    db_bind_text(q, 2, sl_cstr(l->names[i]));
    db_bind_text(q, 3, sl_cstr(file));
    db_bind_blob(q, 4, l->imp.parts[i].sha256, 32);
    db_bind_text(q, 5, sl_cstr(text));
    return db_run(q, err);
}

static bool write_rows(struct store *s, void *arg, struct sl_err *err)
{
    static const char *const actions[] = {"list.add", "list.update", "list.replace"};
    struct load *l = arg;
    if (!source_write(s, l->src, err))
        return false;
    struct db_stmt *q = db_prepare(s->db, "DELETE FROM list_parts WHERE source = ?");
    db_bind_text(q, 1, sl_cstr(l->src->name));
    if (!db_run(q, err))
        return false;
    for (size_t i = 0; i < l->imp.count; i++)
        if (!write_part(l, i, err))
            return false;
    return change_add(s, l->by, actions[l->kind], sl_cstr(l->src->name), json_incref(l->before),
                      source_summary(l->src), err);
}

/* Spread over a fifth of the interval, so that a provider does not see all gateways at once. */
static int64_t due_us(int64_t now_us, int64_t wait_us)
{
    uint32_t random;
    crypto_random(&random, sizeof random);
    return now_us + wait_us / 10 * 9 + (int64_t)((double)wait_us / 5 * random / UINT32_MAX);
}

static void mark_good(struct source *src)
{
    int64_t now_us = sl_wall_us();
    src->checked_us = now_us;
    src->next_us = src->every_ms ? due_us(now_us, src->every_ms * 1000) : 0;
    src->failures = 0;
    src->error_us = 0;
    replace_text(&src->last_error, sl_strdup(""));
}

/* An uploaded file becomes ours just before the row names it. Until the commit nothing does: a failure, or
 * the next start, sweeps it away. */
static bool keep_upload(struct load *l, struct sl_err *err)
{
    struct source *src = l->src;
    if (!src->incoming)
        return true;
    SL_CLEANUP(sl_freep) char *name = shelf_upload(src->name, src->content);
    SL_CLEANUP(sl_freep) char *path = store_path(l->s, name);
    SL_CLEANUP(sl_freep) char *folder = sl_asprintf("%.*s", (int)(strrchr(path, '/') - path), path);
    if (!sync_file(src->incoming, err))
        return false;
    if (rename(src->incoming, path) != 0)
        return sl_fail_errno(err, SL_IO, errno, "cannot keep the upload as %s", path);
    replace_text(&src->upload, sl_strdup(name));
    return fs_sync_dir(folder, err);
}

static bool build_and_swap(struct load *l, struct sl_err *err)
{
    struct store *s = l->s;
    struct shelf shelf;
    struct list_provider *lists = NULL;
    char key[CATALOGUE_KEY];
    enter_phase(l, "build");
    if (!shelf_load(s, l->src->name, &shelf, err))
        return false;
    for (size_t i = 0; i < l->imp.count; i++) {
        SL_CLEANUP(sl_freep) char *file = relative_file(l, i);
        SL_CLEANUP(sl_freep) char *path = store_path(s, file);
        shelf_add(&shelf, l->names[i], path, l->imp.parts[i].sha256);
    }
    bool ok = shelf_open(s, &shelf, report_progress, l, &lists, key, err);
    shelf_fini(&shelf);
    if (!ok)
        return false;
    enter_phase(l, "swap");
    mark_good(l->src);
    l->src->updated_us = l->src->checked_us;
    if (!keep_upload(l, err)) {
        lists->unref(lists);
        return false;
    }
    if (!versions_swap_lists(s, lists, write_rows, l, err))
        return false;
    memcpy(s->catalogue, key, sizeof key);
    return true;
}

/* ---- the whole ---- */

static bool write_source(struct load *l, struct sl_err *err)
{
    return store_begin(l->s, err) && store_end(l->s, source_write(l->s, l->src, err), err);
}

/* The row as it is now, which somebody may have changed while we fetched. */
static bool settle(struct load *l, struct sl_err *err)
{
    struct source row;
    if (!source_read(l->s, sl_cstr(l->src->name), &row, NULL))
        return l->kind == LOAD_ADD || sl_fail(err, SL_NOT_FOUND, "it is no more");
    bool ok = true;
    l->before = source_summary(&row);
    if (l->kind == LOAD_ADD)
        ok = sl_fail(err, SL_CONFLICT, "it exists already");
    else if (l->kind == LOAD_UPDATE && row.generation != l->generation)
        ok = sl_fail(err, SL_BUSY, "it was loaded by somebody else meanwhile");
    l->src->generation =
        row.generation; /* a replaced source goes on counting: the old copy keeps its folder */
    source_fini(&row);
    return ok;
}

/* Under lists_lock. */
static bool take_in(struct load *l, struct sl_err *err)
{
    if (!settle(l, err))
        return false;
    l->unchanged = l->raw.unchanged;
    if (!l->unchanged) {
        if (!import_raw(l, err))
            return false;
        l->unchanged = l->may_be_unchanged && same_lists(l);
    }
    if (!l->unchanged)
        return guard(l, err) && build_and_swap(l, err);
    l->src->generation = l->generation;
    mark_good(l->src);
    return write_source(l, err);
}

/* Keeps the error with the source, whose other columns stay as they are. Waits grow: 5 minutes, 10, 20, ...,
 * the interval at most. */
static void keep_error(struct load *l, const char *message)
{
    struct source row;
    if (!source_read(l->s, sl_cstr(l->src->name), &row, NULL))
        return;
    if (row.generation != l->generation) { /* the error is of a copy that nobody wants any more */
        source_fini(&row);
        return;
    }
    int64_t now_us = sl_wall_us(), wait_us = RETRY_FIRST_US << SL_MIN(row.failures, 20);
    row.checked_us = row.error_us = now_us;
    row.failures++;
    row.next_us = row.every_ms ? due_us(now_us, SL_MIN(wait_us, row.every_ms * 1000)) : 0;
    replace_text(&row.last_error, sl_strdup(message));
    struct load keep = {.s = l->s, .src = &row};
    write_source(&keep, NULL);
    source_fini(&row);
}

static void load_fini(struct load *l)
{
    list_import_fini(&l->imp);
    for (size_t i = 0; l->names && l->names[i]; i++)
        free(l->names[i]);
    free(l->names);
    raw_fini(&l->raw);
    free(l->folder);
    json_decref(l->before);
}

/* Our own name of a file that came from elsewhere tells an administrator nothing. */
static void name_for_people(const struct load *l, struct sl_err *err)
{
    bool ours = l->raw.downloaded || l->src->incoming || *l->src->upload;
    const char *at = ours && l->raw.path ? strstr(err->msg, l->raw.path) : NULL;
    if (!at)
        return;
    SL_CLEANUP(sl_freep)
    char *text =
        sl_asprintf("%.*s%s%s", (int)(at - err->msg), err->msg,
                    l->raw.downloaded ? "what was fetched" : l->src->location, at + strlen(l->raw.path));
    sl_fail(err, err->code, "%s", text);
}

bool load_source(struct store *s, struct source *src, enum load_kind kind, const struct actor *by,
                 store_progress *progress, void *arg, bool *out_changed, struct sl_err *err)
{
    struct sl_err why = {0};
    struct load l = {.s = s, .src = src, .kind = kind, .by = by, .progress = progress, .arg = arg};
    l.generation = src->generation;
    enter_phase(&l, "fetch");
    /* An update also mends a copy that was damaged on the disk. */
    l.may_be_unchanged = kind == LOAD_UPDATE && shelf_intact(s, src->name);
    bool ok = raw_get(s, src, l.may_be_unchanged, report_progress, &l, &l.raw, &why);
    pthread_mutex_lock(&s->lists_lock);
    ok = ok && take_in(&l, &why);
    if (!ok)
        name_for_people(&l, &why);
    if (!ok && kind == LOAD_UPDATE && !atomic_load(&s->closing)) /* a shutdown is no failure of the source */
        keep_error(&l, why.msg);
    shelf_tidy(s);
    pthread_mutex_unlock(&s->lists_lock);
    if (!ok)
        sl_fail(err, why.code, "list '%s': %s", src->name, why.msg);
    if (out_changed)
        *out_changed = ok && !l.unchanged;
    load_fini(&l);
    return ok;
}

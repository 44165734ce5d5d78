/* load.c - see load.h.
 *
 *     no lock:    fetch, hash
 *     lists_lock: import -> compare -> build -> checks -> compile policy, run tests -> commit -> swap -> tidy
 *                                                 `-> hold for approval: commit
 *
 * Everything before the commit happens in new files; whatever fails, the files in use were not touched. */
#include "policy/store/load.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/give_way.h"
#include "policy/store/checks.h"
#include "policy/store/inside.h"
#include "policy/store/raw.h"
#include "policy/store/serve.h"
#include "policy/store/subject.h"
#include "sluice/clock.h"
#include "sluice/log.h"

enum { FAULTS_KEPT = 20 };
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
    bool swapped, cancelled;
    struct list_import imp;
    struct list_copy copy; /* what was imported */
};

static bool go_on(void *arg, uint64_t done, uint64_t total)
{
    struct load *l = arg;
    if (l->progress && !l->progress(l->arg, l->phase, done, total))
        l->cancelled = true;
    return !l->cancelled && !atomic_load(&l->s->closing);
}

static void report_progress(void *arg, uint64_t done, uint64_t total)
{
    go_on(arg, done, total);
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

/* "ut1/games" for part "games" of "ut1", as policies name it. On the heap; NULL: err says why. */
static char *name_part(const struct load *l, const char *part, struct sl_err *err)
{
    if (!*part)
        return sl_strdup(l->src->name);
    if (strchr(l->src->name, '/')) {
        sl_fail(err, SL_BAD_INPUT, "'%s' holds many lists, so its name must have no '/'", l->src->name);
        return NULL;
    }
    for (unsigned number = 1;; number++) {
        SL_CLEANUP(sl_freep) char *plain = source_part_name(sl_cstr(part), number);
        char *name = sl_asprintf("%s/%s", l->src->name, plain);
        if (!shelf_find(&l->copy.parts, name))
            return name;
        free(name);
    }
}

static int64_t entries_of(const struct list_report *r)
{
    return (int64_t)(r->hosts + r->urls + r->expressions + r->addresses);
}

static void add_about(json_t *report, const struct list_about *about)
{
    if (about->kind != LIST_KIND_UNKNOWN)
        json_object_set_new(report, "kind", json_string(about->kind == LIST_WHITE ? "white" : "black"));
    if (about->title)
        json_object_set_new(report, "title", subject_json(sl_cstr(about->title)));
    if (about->description)
        json_object_set_new(report, "description", subject_json(sl_cstr(about->description)));
}

static json_t *report_json(const struct list_part *part)
{
    const struct list_report *r = &part->report;
    json_t *faults = json_array();
    for (size_t i = 0; i < r->fault_count && i < FAULTS_KEPT; i++)
        json_array_append_new(faults, subject_json(sl_cstr(r->faults[i].text)));
    json_t *report = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "entries", (json_int_t)entries_of(r),
        "lines", (json_int_t)r->lines, "hosts", (json_int_t)r->hosts, "urls", (json_int_t)r->urls,
        "expressions", (json_int_t)r->expressions, "addresses", (json_int_t)r->addresses, "skipped",
        (json_int_t)r->skipped, "errors", (json_int_t)r->errors, "exceptions", (json_int_t)r->exceptions,
        "warnings", (json_int_t)r->warnings, "faults", faults);
    add_about(report, &part->about);
    return report;
}

static bool describe_part(struct load *l, const struct list_part *part, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *name = name_part(l, part->name, err);
    if (!name)
        return false;
    json_t *report = report_json(part);
    SL_CLEANUP(sl_freep) char *text = json_dumps(report, JSON_COMPACT);
    SL_CLEANUP(sl_freep) char *file = shelf_file(l->src->name, part->sha256);
    json_decref(report);
    list_copy_add(&l->copy, l->s, name, file, part->sha256, text);
    l->copy.entries += entries_of(&part->report);
    return true;
}

/* The copy as its row will tell of it; its files lie where the import wrote them. */
static bool describe(struct load *l, struct sl_err *err)
{
    static const char *const actions[] = {"add", "update", "replace"};
    const struct source *src = l->src;
    l->copy.action = actions[l->kind];
    l->copy.location = sl_strdup(src->location);
    l->copy.bytes = src->bytes;
    l->copy.has_content = src->has_content;
    memcpy(l->copy.content, src->content, sizeof src->content);
    for (size_t i = 0; i < l->imp.count; i++)
        if (!describe_part(l, &l->imp.parts[i], err))
            return false;
    return l->imp.count > 0 || sl_fail(err, SL_BAD_INPUT, "there is no list in %s", src->location);
}

static bool import_raw(struct load *l, struct sl_err *err)
{
    struct source *src = l->src;
    SL_CLEANUP(sl_freep) char *folder = shelf_folder(src->name);
    SL_CLEANUP(sl_freep) char *fresh = sl_asprintf("%s/%s/new", l->s->dir, folder);
    enter_phase(l, "import");
    if (!fs_remove_all(fresh, err) || !fs_mkdir_all(fresh, 0700, err))
        return false;
    int disk = give_way_disk();
    bool ok = list_import(l->raw.path, *src->format ? src->format : NULL, fresh, UNPACKED_MOST,
                          report_progress, l, &l->imp, err);
    give_back_disk(disk);
    if (!ok)
        return false;
    replace_text(&src->detected, sl_strdup(l->imp.format));
    return raw_still_same(&l->raw, src, err) && describe(l, err);
}

/* Gives the imported files the names under which the tables will know them, and has all of it on the disk
 * before they do. A file that is there already has the same content, or is damaged. */
static bool shelve(struct load *l, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *name = shelf_folder(l->src->name);
    SL_CLEANUP(sl_freep) char *folder = store_path(l->s, name);
    SL_CLEANUP(sl_freep) char *lists = store_path(l->s, "lists");
    for (size_t i = 0; i < l->imp.count; i++)
        if (rename(l->imp.parts[i].file, l->copy.parts.items[i].file) != 0)
            return sl_fail_errno(err, SL_IO, errno, "cannot keep %s", l->copy.parts.items[i].file);
    return fs_sync_dir(folder, err) && fs_sync_dir(lists, err);
}

static bool sync_file(const char *path, struct sl_err *err)
{
    SL_CLEANUP(sl_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    return (fd >= 0 && fsync(fd) == 0) || sl_fail_errno(err, SL_IO, errno, "cannot sync %s", path);
}

/* ---- making it the one ---- */

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

/* The copy in use goes on; this one waits, in place of an older one. */
static bool write_held(struct load *l, struct sl_err *err)
{
    struct store *s = l->s;
    const char *name = l->src->name;
    json_t *after = json_pack("{s:I, s:I, s:I, s:I, s:O}", "version", (json_int_t)l->copy.version, "entries",
                              (json_int_t)l->copy.entries, "added", (json_int_t)l->copy.added, "removed",
                              (json_int_t)l->copy.removed, "reason", json_object_get(l->copy.held, "reason"));
    if (!store_begin(s, err)) {
        json_decref(after);
        return false;
    }
    return store_end(s,
                     source_write(s, l->src, err) && history_drop_held(s, name, err) &&
                         history_write(s, name, &l->copy, l->by, err) &&
                         change_add(s, l->by, "list.hold", sl_cstr(name), json_incref(l->before), after, err),
                     err);
}

static bool hold(struct load *l, struct sl_err *err)
{
    bool ok = write_held(l, err);
    if (ok)
        sl_log_warning("store", "list '%s': a new copy is held for approval: %s", l->src->name,
                       json_string_value(json_object_get(l->copy.held, "reason")));
    return ok;
}

static bool swap(struct load *l, struct list_provider *lists, const char key[CATALOGUE_KEY],
                 struct sl_err *err)
{
    static const char *const actions[] = {"list.add", "list.update", "list.replace"};
    struct serve_change change = {l->src, &l->copy, l->by, actions[l->kind], l->before};
    enter_phase(l, "swap");
    if (!keep_upload(l, err)) {
        lists->unref(lists);
        return false;
    }
    l->swapped = serve_swap(l->s, lists, key, &change, err);
    return l->swapped;
}

static bool build_and_use(struct load *l, const struct list_delta *delta, struct sl_err *err)
{
    struct list_provider *lists = NULL;
    char key[CATALOGUE_KEY];
    enter_phase(l, "build");
    if (!serve_build(l->s, l->src, &l->copy, report_progress, l, &lists, key, err))
        return false;
    if (l->cancelled) {
        lists->unref(lists);
        return sl_fail(err, SL_BUSY, "cancelled");
    }
    mark_good(l->src);
    l->copy.version = ++l->src->generation;
    l->copy.time_us = l->src->checked_us;
    if (l->kind == LOAD_UPDATE)
        l->copy.held = checks_judge(l->s, l->src, &l->copy, delta, lists);
    if (!l->copy.held)
        return swap(l, lists, key, err);
    lists->unref(lists);
    return hold(l, err);
}

/* ---- the whole ---- */

static bool write_source(struct load *l, struct sl_err *err)
{
    return store_begin(l->s, err) && store_end(l->s, source_write(l->s, l->src, err), err);
}

/* What belongs to the list and not to where it comes from. */
static void adopt(struct source *src, struct source *row)
{
    src->generation = row->generation; /* goes on counting */
    src->serving = row->serving;
    src->entries = row->entries;
    src->updated_us = row->updated_us;
    src->keep = row->keep;
    src->shrink = row->shrink;
    src->grow = row->grow;
    replace_text(&src->never, sl_strdup(row->never));
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
    adopt(l->src, &row);
    source_fini(&row);
    return ok;
}

/* The source went back to the copy in use: what waited is no longer on offer. The files are those that we
 * have, unless these were damaged. */
static bool take_same(struct load *l, struct sl_err *err)
{
    mark_good(l->src);
    return shelve(l, err) && store_begin(l->s, err) &&
           store_end(l->s, source_write(l->s, l->src, err) && history_drop_held(l->s, l->src->name, err),
                     err);
}

static bool is_version(struct load *l, int64_t version)
{
    return version != 0 && list_copy_is(l->s, l->src->name, &l->copy, version);
}

static bool take_new(struct load *l, struct sl_err *err)
{
    struct list_delta delta = {0};
    bool ok = l->cancelled ? sl_fail(err, SL_BUSY, "cancelled") : shelve(l, err);
    if (ok) {
        if (l->kind != LOAD_ADD)
            enter_phase(l, "compare");
        checks_count(l->s, l->src, &l->copy, &delta);
        ok = build_and_use(l, &delta, err);
    }
    list_delta_fini(&delta);
    return ok;
}

/* Under lists_lock. Other bytes may be the same lists: a new date in a comment. */
static bool take_in(struct load *l, struct sl_err *err)
{
    if (!settle(l, err))
        return false;
    bool seen = l->raw.unchanged;
    if (!seen && !import_raw(l, err))
        return false;
    if (!seen && l->kind == LOAD_UPDATE && is_version(l, l->src->serving))
        return take_same(l, err);
    seen = seen || (l->kind == LOAD_UPDATE && is_version(l, history_held(l->s, l->src->name)));
    if (!seen)
        return take_new(l, err);
    mark_good(l->src);
    return write_source(l, err);
}

static void note_error(struct source *row, const char *message, int64_t now_us)
{
    int64_t wait_us = RETRY_FIRST_US << SL_MIN(row->failures, 20);
    row->checked_us = row->error_us = now_us;
    row->failures++;
    row->next_us = row->every_ms ? due_us(now_us, SL_MIN(wait_us, row->every_ms * 1000)) : 0;
    replace_text(&row->last_error, sl_strdup(message));
}

/* Keeps the error with the source, whose other columns stay as they are. Waits grow: 5 minutes, 10, 20, ...,
 * the interval at most. Being cancelled is no error, and it is not due again at once. */
static void keep_error(struct load *l, const char *message)
{
    struct source row;
    if (!source_read(l->s, sl_cstr(l->src->name), &row, NULL))
        return;
    if (row.generation != l->generation) { /* the error is of a copy that nobody wants any more */
        source_fini(&row);
        return;
    }
    int64_t now_us = sl_wall_us();
    if (!l->cancelled)
        note_error(&row, message, now_us);
    else
        row.next_us = row.every_ms ? due_us(now_us, row.every_ms * 1000) : 0;
    struct load keep = {.s = l->s, .src = &row};
    if (!write_source(&keep, NULL)) /* a full disk: the row says that it is due, and would say so again */
        atomic_store(&l->s->lists_not_before_us, now_us + RETRY_FIRST_US);
    source_fini(&row);
}

static void load_fini(struct load *l)
{
    list_import_fini(&l->imp);
    list_copy_fini(&l->copy);
    raw_fini(&l->raw);
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
    bool may_be_unchanged = kind == LOAD_UPDATE && shelf_intact(s, src->name);
    bool ok = raw_get(s, src, may_be_unchanged, go_on, &l, &l.raw, &why);
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
        *out_changed = l.swapped;
    load_fini(&l);
    malloc_trim(0); /* what millions of entries took, which is idle until the next update */
    return ok;
}

/* serve.c - see serve.h; and the copies that an administrator chooses: approve, discard, roll back, resume.
 */
#include "policy/store/serve.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/give_way.h"
#include "policy/store/checks.h"
#include "policy/store/inside.h"
#include "policy/store/subject.h"
#include "sluice/clock.h"

bool serve_build(struct store *s, const struct source *src, struct list_copy *copy,
                 void (*progress)(void *arg, uint64_t done, uint64_t total), void *arg,
                 struct list_provider **out, char out_key[65], struct sl_err *err)
{
    struct shelf shelf;
    if (!shelf_load(s, src->name, &shelf, err))
        return false;
    for (size_t i = 0; i < copy->parts.count; i++)
        shelf_add(&shelf, copy->parts.items[i].name, copy->parts.items[i].file, copy->parts.items[i].sha256);
    int disk = give_way_disk();
    bool ok = shelf_open(s, &shelf, progress, arg, out, out_key, err);
    give_back_disk(disk);
    shelf_fini(&shelf);
    return ok;
}

static json_t *change_json(const struct serve_change *c)
{
    json_t *after = source_summary(c->src);
    json_object_set_new(after, "version", json_integer((json_int_t)c->copy->version));
    json_object_set_new(after, "added", json_integer((json_int_t)c->copy->added));
    json_object_set_new(after, "removed", json_integer((json_int_t)c->copy->removed));
    if (c->copy->restores)
        json_object_set_new(after, "restores", json_integer((json_int_t)c->copy->restores));
    return after;
}

static bool write_rows(struct store *s, void *arg, struct sl_err *err)
{
    const struct serve_change *c = arg;
    const char *name = c->src->name;
    return source_write(s, c->src, err) && history_drop_held(s, name, err) &&
           history_write(s, name, c->copy, c->by, err) && history_prune(s, c->src, err) &&
           change_add(s, c->by, c->action, sl_cstr(name), json_incref(c->before), change_json(c), err);
}

bool serve_swap(struct store *s, struct list_provider *lists, const char key[65],
                const struct serve_change *change, struct sl_err *err)
{
    struct serve_change c = *change;
    c.src->serving = c.copy->version;
    c.src->entries = c.copy->entries;
    c.src->updated_us = c.copy->time_us;
    if (!versions_swap_lists(s, lists, write_rows, &c, err))
        return false;
    shelf_now(s, key);
    return true;
}

/* ---- a copy that we have ---- */

struct again {
    struct store *s;
    struct source *src;
    const struct actor *by;
    store_progress *progress;
    void *arg;
    const char *phase;
    bool cancelled;
};

static void report(void *arg, uint64_t done, uint64_t total)
{
    struct again *a = arg;
    if (a->progress && !a->progress(a->arg, a->phase, done, total))
        a->cancelled = true;
}

static void enter_phase(struct again *a, const char *phase)
{
    a->phase = phase;
    report(a, 0, 0);
}

/* Takes the copy, which knows what it adds and removes. */
static bool serve_again(struct again *a, struct list_copy *copy, const char *action, const char *logged,
                        struct sl_err *err)
{
    struct list_provider *lists;
    char key[CATALOGUE_KEY];
    json_t *before = source_summary(a->src);
    json_object_set_new(before, "version", json_integer((json_int_t)a->src->serving));
    enter_phase(a, "build");
    bool ok = serve_build(a->s, a->src, copy, report, a, &lists, key, err);
    if (ok && a->cancelled) {
        lists->unref(lists);
        ok = sl_fail(err, SL_BUSY, "cancelled");
    }
    if (ok) {
        enter_phase(a, "swap");
        copy->restores = copy->version;
        copy->action = action;
        copy->version = ++a->src->generation;
        copy->time_us = sl_wall_us();
        struct serve_change change = {a->src, copy, a->by, logged, before};
        ok = serve_swap(a->s, lists, key, &change, err);
    }
    json_decref(before);
    list_copy_fini(copy);
    return ok;
}

/* What a held copy changes its row says already. */
static bool approve(struct again *a, int64_t version, struct sl_err *err)
{
    struct list_copy copy;
    int64_t held = history_held(a->s, a->src->name);
    if (held == 0)
        return sl_fail(err, SL_CONFLICT, "no copy waits for approval");
    if (version != 0 && version != held)
        return sl_fail(err, SL_CONFLICT, "version %" PRId64 " no longer waits; by now it is version %" PRId64,
                       version, held);
    if (!list_copy_read(a->s, a->src->name, held, &copy, err))
        return false;
    a->src->pinned_us = 0;
    return serve_again(a, &copy, "approve", "list.approve", err);
}

static bool roll_back(struct again *a, int64_t version, struct sl_err *err)
{
    struct list_copy copy;
    struct list_delta delta;
    if (version == a->src->serving)
        return sl_fail(err, SL_CONFLICT, "version %" PRId64 " is in use", version);
    if (version == history_held(a->s, a->src->name))
        return sl_fail(err, SL_CONFLICT, "version %" PRId64 " waits for approval; approve it", version);
    if (!list_copy_read(a->s, a->src->name, version, &copy, err))
        return false;
    enter_phase(a, "compare");
    checks_count(a->s, a->src, &copy, &delta);
    list_delta_fini(&delta);
    a->src->pinned_us = sl_wall_us();
    free(a->src->pinned_by);
    a->src->pinned_by = sl_str_dup(actor_name(a->by));
    return serve_again(a, &copy, "rollback", "list.rollback", err);
}

/* Reads the row and does `step` with it, under lists_lock. */
static bool choose(struct store *s, struct sl_str name, int64_t version, const struct actor *by,
                   bool (*step)(struct again *a, int64_t version, struct sl_err *err),
                   store_progress *progress, void *arg, struct sl_err *err)
{
    struct source src;
    struct again a = {.s = s, .src = &src, .by = by, .progress = progress, .arg = arg};
    pthread_mutex_lock(&s->lists_lock);
    bool ok = source_read(s, name, &src, err);
    if (ok) {
        ok = step(&a, version, err) || sl_fail_in(err, "list '%s': ", src.name);
        shelf_tidy(s);
        source_fini(&src);
    }
    pthread_mutex_unlock(&s->lists_lock);
    return ok;
}

bool store_list_approve(struct store *s, struct sl_str name, int64_t version, const struct actor *by,
                        store_progress *progress, void *arg, json_t **out, struct sl_err *err)
{
    return choose(s, name, version, by, approve, progress, arg, err) && store_list_show(s, name, out, err);
}

bool store_list_rollback(struct store *s, struct sl_str name, int64_t version, const struct actor *by,
                         store_progress *progress, void *arg, json_t **out, struct sl_err *err)
{
    return choose(s, name, version, by, roll_back, progress, arg, err) && store_list_show(s, name, out, err);
}

/* ---- without a new copy ---- */

static bool discard(struct again *a, int64_t version, struct sl_err *err)
{
    struct store *s = a->s;
    if (history_held(s, a->src->name) == 0)
        return sl_fail(err, SL_NOT_FOUND, "no copy waits for approval");
    if (!store_begin(s, err))
        return false;
    json_t *before = history_held_json(s, a->src->name);
    bool ok = history_drop_held(s, a->src->name, err) &&
              change_add(s, a->by, "list.discard", sl_cstr(a->src->name), json_incref(before), NULL, err);
    json_decref(before);
    return store_end(s, ok, err);
}

bool store_list_discard(struct store *s, struct sl_str name, const struct actor *by, struct sl_err *err)
{
    return choose(s, name, 0, by, discard, NULL, NULL, err);
}

/* The source is asked at once and for all it has: the copy that was rolled back is looked at like a new one.
 */
static bool resume(struct again *a, int64_t version, struct sl_err *err)
{
    struct source *src = a->src;
    struct store *s = a->s;
    if (!src->pinned_us)
        return sl_fail(err, SL_NOT_FOUND, "it is not pinned");
    src->pinned_us = 0;
    src->next_us = src->every_ms ? sl_wall_us() : 0;
    src->has_content = false;
    src->etag[0] = src->last_modified[0] = '\0';
    return store_begin(s, err) &&
           store_end(s,
                     source_write(s, src, err) &&
                         change_add(s, a->by, "list.resume", sl_cstr(src->name), NULL, NULL, err),
                     err);
}

bool store_list_resume(struct store *s, struct sl_str name, const struct actor *by, struct sl_err *err)
{
    return choose(s, name, 0, by, resume, NULL, NULL, err);
}

/* sources.c - where lists come from: add, update, replace, remove, show. Loading itself is in load.c. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/give_way.h"
#include "policy/store/history.h"
#include "policy/store/inside.h"
#include "policy/store/load.h"
#include "policy/store/origins.h"
#include "policy/store/shelf.h"
#include "policy/store/subject.h"
#include "sluice/arena.h"
#include "sluice/clock.h"

enum { KEEP_MOST = 50, GROW_MOST = 1000000, NEVER_MOST = 1000 };

static json_t *shown(struct store *s, const struct source *src)
{
    pthread_mutex_lock(&s->lock);
    json_t *json = source_json(s, src);
    pthread_mutex_unlock(&s->lock);
    json_object_set_new(json, "used_by", versions_categories_using(s, sl_cstr(src->name)));
    return json;
}

bool store_list_exists(struct store *s, struct sl_str name)
{
    struct source row;
    bool found = source_read(s, name, &row, NULL);
    if (found)
        source_fini(&row);
    return found;
}

/* Looked at before anything is fetched; what counts is how it stands after that. */
static bool check(struct store *s, const struct list_source_spec *spec, enum load_kind kind,
                  struct source *out, struct sl_err *err)
{
    if (!source_from_spec(spec, out, err))
        return false;
    if (store_list_exists(s, spec->name) == (kind == LOAD_REPLACE))
        return true;
    return kind == LOAD_ADD ? sl_fail(err, SL_CONFLICT, "there is a list '%.*s' already", SL_FMT(spec->name))
                            : sl_fail(err, SL_NOT_FOUND, "no list '%.*s'", SL_FMT(spec->name));
}

bool store_list_check(struct store *s, const struct list_source_spec *spec, bool replace, struct sl_err *err)
{
    struct source src;
    bool ok = check(s, spec, replace ? LOAD_REPLACE : LOAD_ADD, &src, err);
    source_fini(&src);
    return ok;
}

static bool put(struct store *s, const struct list_source_spec *spec, const struct actor *by,
                store_progress *progress, void *arg, enum load_kind kind, json_t **out, struct sl_err *err)
{
    struct source src;
    bool ok = check(s, spec, kind, &src, err) && load_source(s, &src, kind, by, progress, arg, NULL, err);
    if (ok && out)
        *out = shown(s, &src);
    source_fini(&src);
    return ok;
}

bool store_list_add(struct store *s, const struct list_source_spec *spec, const struct actor *by,
                    store_progress *progress, void *arg, json_t **out, struct sl_err *err)
{
    return put(s, spec, by, progress, arg, LOAD_ADD, out, err);
}

bool store_list_replace(struct store *s, const struct list_source_spec *spec, const struct actor *by,
                        store_progress *progress, void *arg, json_t **out, struct sl_err *err)
{
    return put(s, spec, by, progress, arg, LOAD_REPLACE, out, err);
}

/* ---- update ---- */

bool store_list_update(struct store *s, struct sl_str name, const struct actor *by, store_progress *progress,
                       void *arg, json_t **out, struct sl_err *err)
{
    struct source src;
    bool changed = false;
    if (!source_read(s, name, &src, err))
        return false;
    bool ok =
        !src.pinned_us ||
        sl_fail(err, SL_CONFLICT,
                "list '%s' is pinned: it was rolled back, and keeps its copy until it is resumed", src.name);
    ok = ok && load_source(s, &src, LOAD_UPDATE, by, progress, arg, &changed, err);
    if (ok && out) {
        *out = shown(s, &src);
        json_object_set_new(*out, "changed", json_boolean(changed));
    }
    source_fini(&src);
    return ok;
}

bool store_lists_due(struct store *s, int64_t now_us, char **out_name)
{
    pthread_mutex_lock(&s->lock);
    struct db_stmt *q = db_prepare(s->db, "SELECT name FROM list_sources WHERE next_us > 0 AND next_us <= ?"
                                          " AND pinned_us = 0 ORDER BY next_us LIMIT 1");
    db_bind_int(q, 1, now_us);
    bool due = now_us >= atomic_load(&s->lists_not_before_us) && db_step(q, NULL) == DB_ROW;
    if (due)
        *out_name = store_column(q, 0);
    db_reset(q);
    pthread_mutex_unlock(&s->lock);
    return due;
}

/* ---- how it is kept ---- */

static bool in_range(int64_t value, int64_t least, int64_t most, const char *what, struct sl_err *err)
{
    return (value >= least && value <= most) ||
           sl_fail(err, SL_BAD_INPUT, "%s is %" PRId64 "; it goes from %" PRId64 " to %" PRId64, what, value,
                   least, most);
}

/* In the form that requests have. On the heap; NULL: err says why. */
static char *canonical_host(const json_t *host, struct sl_err *err)
{
    struct sl_arena arena;
    struct sl_url url;
    const char *text = json_string_value(host);
    SL_CLEANUP(sl_freep) char *full = sl_asprintf("http://%s/", text ? text : "");
    sl_arena_init(&arena, 64 * 1024);
    bool ok =
        text && strcspn(text, "/?#@: ") == strlen(text) && sl_url_parse(sl_cstr(full), &arena, &url, NULL);
    char *out = ok ? sl_str_dup(url.host) : NULL;
    sl_arena_fini(&arena);
    if (!ok)
        sl_fail(err, SL_BAD_INPUT, "'%.100s' is no host name", text ? text : "");
    return out;
}

static bool set_never(struct source *src, const json_t *hosts, struct sl_err *err)
{
    const json_t *host;
    size_t i;
    json_t *out = json_array();
    bool ok = json_array_size(hosts) <= NEVER_MOST ||
              sl_fail(err, SL_LIMIT, "there may be %d hosts at most", NEVER_MOST);
    json_array_foreach(hosts, i, host)
    {
        SL_CLEANUP(sl_freep) char *text = ok ? canonical_host(host, err) : NULL;
        ok = text != NULL;
        json_array_append_new(out, ok ? json_string(text) : json_null());
    }
    if (ok) {
        free(src->never);
        src->never = json_dumps(out, JSON_COMPACT);
    }
    json_decref(out);
    return ok;
}

static bool set_checks(struct source *src, const struct list_checks *checks, struct sl_err *err)
{
    if (!in_range(checks->keep, 1, KEEP_MOST, "keep", err) ||
        !in_range(checks->shrink, 0, 100, "shrink", err) ||
        !in_range(checks->grow, 0, GROW_MOST, "grow", err) || !set_never(src, checks->never, err))
        return false;
    src->keep = checks->keep;
    src->shrink = checks->shrink;
    src->grow = checks->grow;
    return true;
}

static bool write_checks(struct store *s, const struct source *src, json_t *before, const struct actor *by,
                         struct sl_err *err)
{
    if (!store_begin(s, err))
        return false;
    bool ok = source_write(s, src, err) && history_prune(s, src, err) &&
              change_add(s, by, "list.checks", sl_cstr(src->name), json_incref(before),
                         source_checks_json(src), err);
    return store_end(s, ok, err);
}

bool store_list_checks(struct store *s, struct sl_str name, struct list_checks *out, struct sl_err *err)
{
    struct source src;
    if (!source_read(s, name, &src, err))
        return false;
    *out = (struct list_checks){src.keep, src.shrink, src.grow, json_loads(src.never, 0, NULL)};
    source_fini(&src);
    return true;
}

bool store_list_set_checks(struct store *s, struct sl_str name, const struct list_checks *checks,
                           const struct actor *by, struct sl_err *err)
{
    struct source src;
    pthread_mutex_lock(&s->lists_lock);
    bool ok = source_read(s, name, &src, err);
    if (ok) {
        json_t *before = source_checks_json(&src);
        ok = set_checks(&src, checks, err) && write_checks(s, &src, before, by, err);
        json_decref(before);
        shelf_tidy(s);
        source_fini(&src);
    }
    pthread_mutex_unlock(&s->lists_lock);
    return ok;
}

/* ---- remove ---- */

struct removal {
    const struct source *src;
    const struct actor *by;
};

static bool delete_rows(struct store *s, void *arg, struct sl_err *err)
{
    const struct removal *r = arg;
    struct db_stmt *q = db_prepare(s->db, "DELETE FROM list_sources WHERE name = ?");
    db_bind_text(q, 1, sl_cstr(r->src->name));
    return db_run(q, err) &&
           change_add(s, r->by, "list.remove", sl_cstr(r->src->name), source_summary(r->src), NULL, err);
}

static bool unused(struct store *s, const char *name, struct sl_err *err)
{
    json_t *users = versions_categories_using(s, sl_cstr(name));
    const char *first = json_string_value(json_array_get(users, 0));
    bool ok =
        !first || sl_fail(err, SL_CONFLICT,
                          "list '%s' is named by category '%s' of the active policy; take it out there first",
                          name, first);
    json_decref(users);
    return ok;
}

/* Under lists_lock. */
static bool remove_source(struct store *s, const struct source *src, const struct actor *by,
                          struct sl_err *err)
{
    struct shelf shelf;
    struct list_provider *lists = NULL;
    struct removal removal = {src, by};
    char key[CATALOGUE_KEY];
    if (!unused(s, src->name, err))
        return false;
    if (!shelf_load(s, src->name, &shelf, err))
        return false;
    int disk = give_way_disk();
    bool ok = shelf_open(s, &shelf, NULL, NULL, &lists, key, err);
    give_back_disk(disk);
    shelf_fini(&shelf);
    if (!ok || !versions_swap_lists(s, lists, delete_rows, &removal, err))
        return false;
    shelf_now(s, key);
    *s->catalogue_before = '\0'; /* nobody goes back to a list that is no more */
    return true;
}

bool store_list_remove(struct store *s, struct sl_str name, const struct actor *by, struct sl_err *err)
{
    struct source src;
    pthread_mutex_lock(&s->lists_lock);
    bool ok = source_read(s, name, &src, err);
    if (ok) {
        ok = remove_source(s, &src, by, err);
        shelf_tidy(s);
        source_fini(&src);
    }
    pthread_mutex_unlock(&s->lists_lock);
    return ok;
}

/* ---- show ---- */

bool store_list_show(struct store *s, struct sl_str name, json_t **out, struct sl_err *err)
{
    struct source *sources;
    size_t count;
    if (name.p) {
        struct source src;
        if (!source_read(s, name, &src, err))
            return false;
        *out = shown(s, &src);
        source_fini(&src);
        return true;
    }
    if (!sources_read(s, &sources, &count, err))
        return false;
    *out = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(*out, shown(s, &sources[i]));
    sources_free(&sources, count);
    return true;
}

static json_t *source_status(struct store *s, const struct source *src, int64_t now_us)
{
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:b}", "name", src->name, "state",
                     source_state(s, src, now_us), "entries", (json_int_t)src->entries, "age_s",
                     (json_int_t)((now_us - src->updated_us) / 1000000), "checked_s",
                     (json_int_t)((now_us - src->checked_us) / 1000000), "failing", *src->last_error != '\0');
}

json_t *store_lists_status(struct store *s)
{
    struct catalogue_stats c = {0};
    struct list_provider *lists = store_lists(s);
    struct source *sources = NULL;
    size_t count = 0;
    char generation[17];
    json_t *ages = json_array();
    catalogue_stats(lists, &c);
    snprintf(generation, sizeof generation, "%016" PRIx64, lists->generation);
    if (sources_read(s, &sources, &count, NULL)) {
        for (size_t i = 0; i < count; i++)
            json_array_append_new(ages, source_status(s, &sources[i], sl_wall_us()));
        sources_free(&sources, count);
    }
    json_t *out =
        json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "generation", generation, "lists",
                  (json_int_t)lists->count, "hosts", (json_int_t)c.hosts, "paths", (json_int_t)c.paths,
                  "addresses", (json_int_t)c.addresses, "expressions", (json_int_t)c.expressions, "sets",
                  (json_int_t)c.sets, "file_bytes", (json_int_t)c.file_bytes, "sources", ages);
    lists->unref(lists);
    return out;
}

/* ---- which list says so ---- */

static json_t *matches_json(struct store *s, const struct list_provider *lists, const struct sl_url *url)
{
    struct list_match matches[LIST_MATCHES_MAX];
    size_t count = lists->matches(lists, url, matches, LIST_MATCHES_MAX);
    json_t *out = json_array();
    uint64_t budget = ORIGINS_BUDGET;
    for (size_t i = 0; i < count; i++) {
        const char *list = lists->name(lists, matches[i].list);
        struct sl_str entry = list_match_name(url, &matches[i]);
        json_t *item =
            json_pack("{s:s, s:o, s:b}", "list", list, "entry", subject_json(entry), "path", matches[i].path);
        origins_add(s, list, url, &matches[i], &budget, item);
        json_array_append_new(out, item);
    }
    return out;
}

static json_t *categories_json(struct store *s, const struct sl_url *url)
{
    struct snapshot *snap = policy_live_get(s->live);
    struct policy_scratch *scratch = store_scratch_take(s);
    struct category_set set = {0};
    json_t *out = json_array();
    policy_categories(snap, scratch, url, false, &set);
    for (size_t i = 0; i < snapshot_category_count(snap); i++)
        if (category_set_has(&set, i))
            json_array_append_new(out, subject_json(snapshot_category_name(snap, i)));
    store_scratch_give(s, scratch);
    snapshot_unref(&snap);
    return out;
}

static json_t *own_json(struct store *s, const struct sl_url *url)
{
    struct snapshot *snap = policy_live_get(s->live);
    json_t *out = policy_own_entries(snap, url);
    snapshot_unref(&snap);
    return out;
}

bool store_categories_lookup(struct store *s, struct sl_str host_or_url, json_t **out, struct sl_err *err)
{
    struct sl_arena arena;
    struct sl_url url;
    sl_arena_init(&arena, 256 * 1024);
    bool ok = sl_url_parse_loose(host_or_url, &arena, &url, err);
    if (ok) {
        struct list_provider *lists = store_lists(s);
        *out = json_pack("{s:o, s:o, s:o, s:o, s:o}", "host", subject_json(url.host), "url",
                         subject_json(url.text), "categories", categories_json(s, &url), "lists",
                         matches_json(s, lists, &url), "entries", own_json(s, &url));
        lists->unref(lists);
    }
    sl_arena_fini(&arena);
    return ok;
}

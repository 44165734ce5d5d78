/* history.c - see history.h. A number is given once and never again. Serving an older copy gives it a new
 * number, so that the order of the numbers is the order in which things happened. */
#include "policy/store/history.h"

#include <inttypes.h>
#include <stdlib.h>

#include "policy/store/fetch.h"
#include "policy/store/inside.h"
#include "policy/store/subject.h"

/* ---- a copy ---- */

void list_copy_add(struct list_copy *c, struct store *s, const char *name, const char *file,
                   const uint8_t sha256[32], const char *report)
{
    SL_CLEANUP(sl_freep) char *path = store_path(s, file);
    size_t n = c->parts.count + 1;
    shelf_add(&c->parts, name, path, sha256);
    c->files = sl_realloc(c->files, n * sizeof *c->files);
    c->reports = sl_realloc(c->reports, n * sizeof *c->reports);
    c->files[n - 1] = sl_strdup(file);
    c->reports[n - 1] = sl_strdup(report);
}

void list_copy_fini(struct list_copy *c)
{
    for (size_t i = 0; i < c->parts.count; i++) {
        free(c->files[i]);
        free(c->reports[i]);
    }
    free(c->files);
    free(c->reports);
    free(c->location);
    json_decref(c->held);
    shelf_fini(&c->parts);
    *c = (struct list_copy){0};
}

static void take_content(struct db_stmt *q, int column, struct list_copy *out)
{
    struct sl_str content = db_column_blob(q, column);
    out->has_content = content.n == sizeof out->content;
    if (out->has_content)
        memcpy(out->content, content.p, content.n);
}

static enum db_step read_row(struct store *s, const char *source, int64_t version, struct list_copy *out,
                             struct sl_err *err)
{
    struct db_stmt *q =
        db_prepare(s->db, "SELECT time_us, restores, location, content, bytes, entries, added,"
                          " removed FROM list_versions WHERE source = ? AND version = ?");
    db_bind_text(q, 1, sl_cstr(source));
    db_bind_int(q, 2, version);
    enum db_step step = db_step(q, err);
    if (step == DB_ROW) {
        *out = (struct list_copy){.version = version,
                                  .time_us = db_column_int(q, 0),
                                  .restores = db_column_int(q, 1),
                                  .location = store_column(q, 2),
                                  .bytes = db_column_int(q, 4),
                                  .entries = db_column_int(q, 5),
                                  .added = db_column_int(q, 6),
                                  .removed = db_column_int(q, 7)};
        take_content(q, 3, out);
    }
    db_reset(q);
    return step;
}

static enum db_step read_files(struct store *s, const char *source, struct list_copy *out, struct sl_err *err)
{
    enum db_step step;
    struct db_stmt *q = db_prepare(
        s->db,
        "SELECT name, file, sha256, report FROM list_files WHERE source = ? AND version = ? ORDER BY name");
    db_bind_text(q, 1, sl_cstr(source));
    db_bind_int(q, 2, out->version);
    while ((step = db_step(q, err)) == DB_ROW) {
        SL_CLEANUP(sl_freep) char *name = store_column(q, 0);
        SL_CLEANUP(sl_freep) char *file = store_column(q, 1);
        SL_CLEANUP(sl_freep) char *report = store_column(q, 3);
        struct sl_str hash = db_column_blob(q, 2);
        uint8_t sha256[32] = {0};
        memcpy(sha256, hash.p, SL_MIN(hash.n, sizeof sha256));
        list_copy_add(out, s, name, file, sha256, report);
    }
    db_reset(q);
    return step;
}

bool list_copy_read(struct store *s, const char *source, int64_t version, struct list_copy *out,
                    struct sl_err *err)
{
    *out = (struct list_copy){0};
    pthread_mutex_lock(&s->lock);
    enum db_step step = read_row(s, source, version, out, err);
    bool found = step == DB_ROW && read_files(s, source, out, err) == DB_DONE;
    pthread_mutex_unlock(&s->lock);
    if (step == DB_DONE)
        sl_fail(err, SL_NOT_FOUND, "there is no version %" PRId64 " of it", version);
    if (!found)
        list_copy_fini(out);
    return found;
}

bool list_copy_is(struct store *s, const char *source, const struct list_copy *c, int64_t version)
{
    struct list_copy other;
    if (!list_copy_read(s, source, version, &other, NULL))
        return false;
    bool same = other.parts.count == c->parts.count;
    for (size_t i = 0; same && i < c->parts.count; i++) {
        const struct catalogue_source *mine = &c->parts.items[i], *its = shelf_find(&other.parts, mine->name);
        same = its && memcmp(mine->sha256, its->sha256, sizeof mine->sha256) == 0;
    }
    list_copy_fini(&other);
    return same;
}

/* ---- writing ---- */

static bool write_file(struct store *s, const char *source, const struct list_copy *c, size_t i,
                       struct sl_err *err)
{
    struct db_stmt *q =
        db_prepare(s->db, "INSERT INTO list_files (source, version, name, file, sha256, report)"
                          " VALUES (?, ?, ?, ?, ?, ?)");
    db_bind_text(q, 1, sl_cstr(source));
    db_bind_int(q, 2, c->version);
    db_bind_text(q, 3, sl_cstr(c->parts.items[i].name));
    db_bind_text(q, 4, sl_cstr(c->files[i]));
    db_bind_blob(q, 5, c->parts.items[i].sha256, sizeof c->parts.items[i].sha256);
    db_bind_text(q, 6, sl_cstr(c->reports[i]));
    return db_run(q, err);
}

bool history_write(struct store *s, const char *source, const struct list_copy *c, const struct actor *by,
                   struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *held = c->held ? json_dumps(c->held, JSON_COMPACT) : NULL;
    struct db_stmt *q = db_prepare(
        s->db, "INSERT INTO list_versions (source, version, time_us, author, action, restores, location,"
               " content, bytes, entries, added, removed, held) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)");
    db_bind_text(q, 1, sl_cstr(source));
    db_bind_int(q, 2, c->version);
    db_bind_int(q, 3, c->time_us);
    db_bind_text(q, 4, actor_name(by));
    db_bind_text(q, 5, sl_cstr(c->action));
    db_bind_int(q, 6, c->restores);
    db_bind_text(q, 7, sl_cstr(c->location));
    if (c->has_content)
        db_bind_blob(q, 8, c->content, sizeof c->content);
    db_bind_int(q, 9, c->bytes);
    db_bind_int(q, 10, c->entries);
    db_bind_int(q, 11, c->added);
    db_bind_int(q, 12, c->removed);
    db_bind_text(q, 13, held ? sl_cstr(held) : SL_STR(""));
    bool ok = db_run(q, err);
    for (size_t i = 0; ok && i < c->parts.count; i++)
        ok = write_file(s, source, c, i, err);
    return ok;
}

bool history_drop_held(struct store *s, const char *source, struct sl_err *err)
{
    struct db_stmt *q = db_prepare(s->db, "DELETE FROM list_versions WHERE source = ? AND held <> ''");
    db_bind_text(q, 1, sl_cstr(source));
    return db_run(q, err);
}

bool history_prune(struct store *s, const struct source *src, struct sl_err *err)
{
    struct db_stmt *q = db_prepare(
        s->db, "DELETE FROM list_versions WHERE source = ?1 AND held = '' AND version NOT IN"
               " (SELECT version FROM list_versions WHERE source = ?1 AND held = '' ORDER BY version DESC"
               " LIMIT ?2)");
    db_bind_text(q, 1, sl_cstr(src->name));
    db_bind_int(q, 2, src->keep);
    return db_run(q, err);
}

/* ---- showing ---- */

int64_t history_held(struct store *s, const char *source)
{
    pthread_mutex_lock(&s->lock);
    struct db_stmt *q =
        db_prepare(s->db, "SELECT version FROM list_versions WHERE source = ? AND held <> ''");
    db_bind_text(q, 1, sl_cstr(source));
    int64_t version = db_step(q, NULL) == DB_ROW ? db_column_int(q, 0) : 0;
    db_reset(q);
    pthread_mutex_unlock(&s->lock);
    return version;
}

static json_t *bytes_json(int64_t bytes)
{
    return bytes ? json_integer((json_int_t)bytes) : json_null();
}

static json_t *content_json(struct db_stmt *q, int column)
{
    struct sl_str content = db_column_blob(q, column);
    return source_hash_json(content.p, content.n);
}

json_t *history_held_json(struct store *s, const char *source)
{
    json_t *o = NULL;
    struct db_stmt *q =
        db_prepare(s->db, "SELECT version, time_us, entries, bytes, content, added, removed, held"
                          " FROM list_versions WHERE source = ? AND held <> ''");
    db_bind_text(q, 1, sl_cstr(source));
    if (db_step(q, NULL) == DB_ROW) {
        struct sl_str held = db_column_text(q, 7);
        o = json_pack("{s:I, s:o, s:I, s:o, s:o, s:I, s:I}", "version", (json_int_t)db_column_int(q, 0),
                      "since", store_time_json(db_column_int(q, 1)), "entries",
                      (json_int_t)db_column_int(q, 2), "bytes", bytes_json(db_column_int(q, 3)), "sha256",
                      content_json(q, 4), "added", (json_int_t)db_column_int(q, 5), "removed",
                      (json_int_t)db_column_int(q, 6));
        json_t *why = json_loadb(held.p ? held.p : "", held.n, 0, NULL);
        json_object_update(o, why);
        json_decref(why);
    }
    db_reset(q);
    return o;
}

void history_add_copy(struct store *s, const struct source *src, json_t *shown)
{
    struct db_stmt *q =
        db_prepare(s->db, "SELECT content, bytes FROM list_versions WHERE source = ? AND version = ?");
    db_bind_text(q, 1, sl_cstr(src->name));
    db_bind_int(q, 2, src->serving);
    bool found = db_step(q, NULL) == DB_ROW;
    json_object_set_new(shown, "sha256", found ? content_json(q, 0) : json_null());
    json_object_set_new(shown, "bytes", found ? bytes_json(db_column_int(q, 1)) : json_null());
    db_reset(q);
}

static json_t *version_json(struct db_stmt *q, int64_t serving)
{
    SL_CLEANUP(sl_freep) char *location = store_column(q, 5);
    SL_CLEANUP(sl_freep) char *shown = strstr(location, "://") ? fetch_public_url(location) : NULL;
    int64_t version = db_column_int(q, 0), restores = db_column_int(q, 4);
    json_t *o = json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:b}", "version",
                          (json_int_t)version, "time", store_time_json(db_column_int(q, 1)), "author",
                          subject_json(db_column_text(q, 2)), "action", subject_json(db_column_text(q, 3)),
                          "restores", restores ? json_integer((json_int_t)restores) : json_null(), "location",
                          subject_json(sl_cstr(shown ? shown : location)), "entries",
                          (json_int_t)db_column_int(q, 8), "added", (json_int_t)db_column_int(q, 9),
                          "removed", (json_int_t)db_column_int(q, 10), "serving", version == serving);
    json_object_set_new(o, "sha256", content_json(q, 6));
    json_object_set_new(o, "bytes", bytes_json(db_column_int(q, 7)));
    return o;
}

bool store_list_versions(struct store *s, struct sl_str name, json_t **out, struct sl_err *err)
{
    struct source src;
    enum db_step step;
    json_t *rows = json_array();
    if (!source_read(s, name, &src, err)) {
        json_decref(rows);
        return false;
    }
    pthread_mutex_lock(&s->lock);
    struct db_stmt *q = db_prepare(
        s->db, "SELECT version, time_us, author, action, restores, location, content, bytes, entries, added,"
               " removed FROM list_versions WHERE source = ? AND held = '' ORDER BY version DESC");
    db_bind_text(q, 1, name);
    while ((step = db_step(q, err)) == DB_ROW)
        json_array_append_new(rows, version_json(q, src.serving));
    db_reset(q);
    pthread_mutex_unlock(&s->lock);
    source_fini(&src);
    if (step == DB_DONE)
        *out = rows;
    else
        json_decref(rows);
    return step == DB_DONE;
}

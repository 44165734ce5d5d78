/* source.c - see source.h. */
#include "policy/store/source.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

#include "policy/store/fetch.h"
#include "policy/store/history.h"
#include "policy/store/inside.h"
#include "policy/store/subject.h"
#include "sluice/clock.h"

enum { NAME_MOST = 64, LABEL_MOST = 255, FAULTS_SHOWN = 20, SHORTEST_EVERY_MS = 60 * 1000 };

#define COLUMNS                                                                                             \
    "name, kind, location, format, detected, every_ms, generation, content, etag, last_modified, entries, " \
    "updated_us,"                                                                                           \
    " checked_us, next_us, failures, last_error, error_us, upload, bytes, serving, keep, shrink, grow,"     \
    " never, pinned_us, pinned_by"

/* ---- what an administrator may ask for ---- */

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool name_part(struct sl_str part)
{
    for (size_t i = 0; i < part.n; i++) {
        char c = part.p[i];
        if (!is_letter_or_digit(c) && (i == 0 || !strchr("._-", c) || c == '\0'))
            return false;
    }
    return part.n > 0 && part.n <= NAME_MOST;
}

bool source_check_name(struct sl_str name, bool slash_allowed, const char *what, struct sl_err *err)
{
    size_t slash = sl_str_find(name, '/');
    bool good = name_part(sl_str_sub(name, 0, slash)) &&
                (slash == name.n || (slash_allowed && name_part(sl_str_sub(name, slash + 1, SIZE_MAX))));
    return good ||
           sl_fail(
               err, SL_BAD_INPUT,
               "'%.*s' is no name of a %s: use a-z, 0-9, '.', '_', '-', at most %d, beginning with a letter "
               "or digit",
               SL_FMT(sl_str_sub(name, 0, 80)), what, NAME_MOST);
}

char *source_part_name(struct sl_str part, unsigned number)
{
    enum { NUMBER_ROOM = 8 };
    size_t most = NAME_MOST - (number > 1 ? NUMBER_ROOM : 0), from = part.n > most ? part.n - most : 0;
    while (from < part.n && !is_letter_or_digit(sl_lower(part.p[from])))
        from++;
    struct sl_str tail = sl_str_sub(part, from, part.n);
    char *name = sl_str_dup(tail.n > 0 ? tail : SL_STR("list"));
    for (char *c = name; *c != '\0'; c++) {
        *c = sl_lower(*c);
        if (*c != '.' && *c != '_' && !is_letter_or_digit(*c))
            *c = '-';
    }
    if (number <= 1)
        return name;
    char *numbered = sl_asprintf("%s-%u", name, number);
    free(name);
    return numbered;
}

static bool check_format(struct sl_str format, struct sl_err *err)
{
    struct sl_text known = {0};
    for (const char *const *f = list_formats(); *f; f++) {
        if (sl_str_eq(sl_cstr(*f), format))
            format = SL_STR("");
        sl_text_addf(&known, "%s%s", known.n ? ", " : "", *f);
    }
    bool ok = format.n == 0 ||
              sl_fail(err, SL_BAD_INPUT, "no list format '%.*s'; there are %s", SL_FMT(format), known.p);
    sl_text_fini(&known);
    return ok;
}

static bool absolute_path(struct sl_str path, char **out, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *given = sl_str_dup(path);
    char *full = memchr(path.p, '\0', path.n) ? NULL : realpath(given, NULL);
    if (!full)
        return sl_fail_errno(err, errno == ENOENT ? SL_NOT_FOUND : SL_IO, errno, "cannot read %s", given);
    *out = full;
    return true;
}

static bool locate(const struct list_source_spec *spec, struct source *out, struct sl_err *err)
{
    if ((spec->url.n > 0) + (spec->path.n > 0) + (spec->upload.n > 0) != 1)
        return sl_fail(err, SL_BAD_INPUT, "a list needs either a file or a URL");
    if (spec->upload.n > 0) {
        out->incoming = sl_str_dup(spec->upload);
        out->location = sl_str_dup(spec->label.n > 0 ? spec->label : SL_STR("upload"));
        return spec->label.n <= LABEL_MOST ||
               sl_fail(err, SL_LIMIT, "the name of the file is longer than %d bytes", LABEL_MOST);
    }
    out->is_url = spec->url.n > 0;
    if (!out->is_url)
        return absolute_path(spec->path, &out->location, err);
    if (!fetch_check_url(spec->url, err))
        return false;
    out->location = sl_str_dup(spec->url);
    return true;
}

bool source_from_spec(const struct list_source_spec *spec, struct source *out, struct sl_err *err)
{
    *out = (struct source){
        .every_ms = spec->every_ms, .keep = KEEP_DEFAULT, .shrink = SHRINK_DEFAULT, .grow = GROW_DEFAULT};
    if (!source_check_name(spec->name, true, "list", err) || !check_format(spec->format, err))
        return false;
    if (spec->every_ms != 0 && spec->every_ms < SHORTEST_EVERY_MS)
        return sl_fail(err, SL_BAD_INPUT, "a list is updated once a minute at most");
    if (!locate(spec, out, err))
        return false;
    out->name = sl_str_dup(spec->name);
    out->format = sl_str_dup(spec->format);
    out->detected = sl_strdup("");
    out->etag = sl_strdup("");
    out->last_modified = sl_strdup("");
    out->last_error = sl_strdup("");
    out->upload = sl_strdup("");
    out->never = sl_strdup("[]");
    out->pinned_by = sl_strdup("");
    return true;
}

void source_fini(struct source *src)
{
    char **texts[] = {&src->name,     &src->location,      &src->format,     &src->detected,
                      &src->etag,     &src->last_modified, &src->last_error, &src->upload,
                      &src->incoming, &src->never,         &src->pinned_by};
    for (size_t i = 0; i < SL_COUNT(texts); i++)
        sl_freep(texts[i]);
}

/* ---- rows ---- */

static void from_row(struct db_stmt *q, struct source *out)
{
    struct sl_str content = db_column_blob(q, 7);
    *out = (struct source){.name = store_column(q, 0),
                           .is_url = sl_str_eq(db_column_text(q, 1), SL_STR("url")),
                           .location = store_column(q, 2),
                           .format = store_column(q, 3),
                           .detected = store_column(q, 4),
                           .every_ms = db_column_int(q, 5),
                           .generation = db_column_int(q, 6),
                           .has_content = content.n == sizeof out->content,
                           .etag = store_column(q, 8),
                           .last_modified = store_column(q, 9),
                           .entries = db_column_int(q, 10),
                           .updated_us = db_column_int(q, 11),
                           .checked_us = db_column_int(q, 12),
                           .next_us = db_column_int(q, 13),
                           .failures = db_column_int(q, 14),
                           .last_error = store_column(q, 15),
                           .error_us = db_column_int(q, 16),
                           .upload = store_column(q, 17),
                           .bytes = db_column_int(q, 18),
                           .serving = db_column_int(q, 19),
                           .keep = db_column_int(q, 20),
                           .shrink = db_column_int(q, 21),
                           .grow = db_column_int(q, 22),
                           .never = store_column(q, 23),
                           .pinned_us = db_column_int(q, 24),
                           .pinned_by = store_column(q, 25)};
    if (out->has_content)
        memcpy(out->content, content.p, content.n);
}

bool source_read(struct store *s, struct sl_str name, struct source *out, struct sl_err *err)
{
    pthread_mutex_lock(&s->lock);
    struct db_stmt *q = db_prepare(s->db, "SELECT " COLUMNS " FROM list_sources WHERE name = ?");
    db_bind_text(q, 1, name);
    enum db_step step = db_step(q, err);
    if (step == DB_ROW)
        from_row(q, out);
    db_reset(q);
    pthread_mutex_unlock(&s->lock);
    if (step == DB_DONE)
        sl_fail(err, SL_NOT_FOUND, "no list '%.*s'", SL_FMT(sl_str_sub(name, 0, 100)));
    return step == DB_ROW;
}

bool sources_read(struct store *s, struct source **out, size_t *out_count, struct sl_err *err)
{
    struct source *items = NULL;
    size_t count = 0, cap = 0;
    enum db_step step;
    pthread_mutex_lock(&s->lock);
    struct db_stmt *q = db_prepare(s->db, "SELECT " COLUMNS " FROM list_sources ORDER BY name");
    while ((step = db_step(q, err)) == DB_ROW) {
        SL_GROW(items, count, &cap);
        from_row(q, &items[count++]);
    }
    db_reset(q);
    pthread_mutex_unlock(&s->lock);
    if (step != DB_DONE)
        sources_free(&items, count);
    *out = items;
    *out_count = step == DB_DONE ? count : 0;
    return step == DB_DONE;
}

void sources_free(struct source **sources, size_t count)
{
    for (size_t i = 0; i < count; i++)
        source_fini(&(*sources)[i]);
    sl_freep(sources);
}

bool source_write(struct store *s, const struct source *src, struct sl_err *err)
{
    struct db_stmt *q = db_prepare(
        s->db,
        "INSERT INTO list_sources (" COLUMNS ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
        " ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, location = excluded.location,"
        " format = excluded.format, detected = excluded.detected, every_ms = excluded.every_ms,"
        " generation = excluded.generation, content = excluded.content, etag = excluded.etag,"
        " last_modified = excluded.last_modified, entries = excluded.entries, updated_us = "
        "excluded.updated_us,"
        " checked_us = excluded.checked_us, next_us = excluded.next_us, failures = excluded.failures,"
        " last_error = excluded.last_error, error_us = excluded.error_us,"
        " upload = excluded.upload, bytes = excluded.bytes, serving = excluded.serving,"
        " keep = excluded.keep, shrink = excluded.shrink, grow = excluded.grow,"
        " never = excluded.never, pinned_us = excluded.pinned_us, pinned_by = excluded.pinned_by");
    db_bind_text(q, 1, sl_cstr(src->name));
    db_bind_text(q, 2, src->is_url ? SL_STR("url") : SL_STR("file"));
    db_bind_text(q, 3, sl_cstr(src->location));
    db_bind_text(q, 4, sl_cstr(src->format));
    db_bind_text(q, 5, sl_cstr(src->detected));
    db_bind_int(q, 6, src->every_ms);
    db_bind_int(q, 7, src->generation);
    if (src->has_content)
        db_bind_blob(q, 8, src->content, sizeof src->content);
    db_bind_text(q, 9, sl_cstr(src->etag));
    db_bind_text(q, 10, sl_cstr(src->last_modified));
    db_bind_int(q, 11, src->entries);
    db_bind_int(q, 12, src->updated_us);
    db_bind_int(q, 13, src->checked_us);
    db_bind_int(q, 14, src->next_us);
    db_bind_int(q, 15, src->failures);
    db_bind_text(q, 16, sl_cstr(src->last_error));
    db_bind_int(q, 17, src->error_us);
    db_bind_text(q, 18, sl_cstr(src->upload));
    db_bind_int(q, 19, src->bytes);
    db_bind_int(q, 20, src->serving);
    db_bind_int(q, 21, src->keep);
    db_bind_int(q, 22, src->shrink);
    db_bind_int(q, 23, src->grow);
    db_bind_text(q, 24, sl_cstr(src->never));
    db_bind_int(q, 25, src->pinned_us);
    db_bind_text(q, 26, sl_cstr(src->pinned_by));
    return db_run(q, err);
}

/* ---- JSON ---- */

static json_t *public_location(const struct source *src)
{
    SL_CLEANUP(sl_freep)
    char *shown = src->is_url ? fetch_public_url(src->location) : sl_strdup(src->location);
    return subject_json(sl_cstr(shown));
}

static json_t *every_json(int64_t every_ms)
{
    char text[SL_RFC3339_TEXT];
    return every_ms ? json_string(sl_duration_text(every_ms, text)) : json_null();
}

static json_t *or_null(const char *text)
{
    return *text ? subject_json(sl_cstr(text)) : json_null();
}

static json_t *parts_json(struct store *s, const char *source)
{
    json_t *parts = json_array();
    struct db_stmt *q =
        db_prepare(s->db, "SELECT name, report FROM list_parts WHERE source = ? ORDER BY name");
    db_bind_text(q, 1, sl_cstr(source));
    while (db_step(q, NULL) == DB_ROW) {
        struct sl_str report = db_column_text(q, 1);
        json_t *part = json_object(), *counts = json_loadb(report.p ? report.p : "", report.n, 0, NULL);
        json_object_set_new(part, "name", subject_json(db_column_text(q, 0)));
        json_object_update(part, counts);
        json_decref(counts);
        json_array_append_new(parts, part);
    }
    db_reset(q);
    return parts;
}

static const char *kind_of(const struct source *src)
{
    return src->is_url ? "url" : *src->upload ? "upload" : "file";
}

/* What wants attention first. The copy in use goes on serving in each of them, so none ends its age. */
static const char *state_when(const struct source *src, bool held, int64_t now_us)
{
    if (held)
        return "held";
    if (src->pinned_us)
        return "pinned";
    if (*src->last_error)
        return "failed";
    return src->every_ms && src->checked_us + 2 * src->every_ms * 1000 < now_us ? "stale" : "ok";
}

const char *source_state(struct store *s, const struct source *src, int64_t now_us)
{
    return state_when(src, history_held(s, src->name) != 0, now_us);
}

json_t *source_hash_json(const void *hash, size_t n)
{
    char hex[2 * 32 + 1];
    if (n != 32)
        return json_null();
    crypto_hex(hash, n, hex);
    return json_string(hex);
}

json_t *source_checks_json(const struct source *src)
{
    json_t *never = json_loads(src->never, 0, NULL);
    return json_pack("{s:I, s:I, s:I, s:o}", "keep", (json_int_t)src->keep, "shrink", (json_int_t)src->shrink,
                     "grow", (json_int_t)src->grow, "never", never ? never : json_array());
}

static json_t *pinned_json(const struct source *src)
{
    if (!src->pinned_us)
        return json_null();
    return json_pack("{s:o, s:o}", "since", store_time_json(src->pinned_us), "by",
                     subject_json(sl_cstr(src->pinned_by)));
}

/* The first lines of any part that could not be used, and how many there were. */
static void add_faults(json_t *source)
{
    json_t *part, *fault, *sample = json_array();
    json_int_t errors = 0;
    size_t i, k;
    json_array_foreach(json_object_get(source, "parts"), i, part)
    {
        errors += json_integer_value(json_object_get(part, "errors"));
        json_array_foreach(json_object_get(part, "faults"), k, fault)
        {
            if (json_array_size(sample) < FAULTS_SHOWN)
                json_array_append_new(
                    sample, json_pack("{s:O, s:O}", "list", json_object_get(part, "name"), "text", fault));
        }
    }
    json_object_set_new(source, "errors", json_integer(errors));
    json_object_set_new(source, "faults", sample);
}

json_t *source_json(struct store *s, const struct source *src)
{
    const char *format = *src->format ? src->format : src->detected;
    int64_t now_us = sl_wall_us();
    json_t *held = history_held_json(s, src->name);
    json_t *o = json_pack("{s:s, s:s, s:o, s:s, s:o, s:s, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "name",
                          src->name, "kind", kind_of(src), "location", public_location(src), "format", format,
                          "every", every_json(src->every_ms), "state", state_when(src, held != NULL, now_us),
                          "parts", parts_json(s, src->name), "entries", (json_int_t)src->entries, "age_s",
                          (json_int_t)SL_MAX((now_us - src->updated_us) / 1000000, (int64_t)0), "updated",
                          store_time_json(src->updated_us), "checked", store_time_json(src->checked_us),
                          "next", store_time_json(src->pinned_us ? 0 : src->next_us), "last_error",
                          or_null(src->last_error), "error_time", store_time_json(src->error_us));
    json_object_set_new(o, "version", json_integer((json_int_t)src->serving));
    history_add_copy(s, src, o);
    json_object_set_new(o, "held", held ? held : json_null());
    json_object_set_new(o, "pinned", pinned_json(src));
    json_object_set_new(o, "checks", source_checks_json(src));
    add_faults(o);
    return o;
}

json_t *source_summary(const struct source *src)
{
    return json_pack("{s:s, s:o, s:s, s:o, s:I, s:o}", "kind", kind_of(src), "location", public_location(src),
                     "format", *src->format ? src->format : src->detected, "every", every_json(src->every_ms),
                     "entries", (json_int_t)src->entries, "sha256",
                     source_hash_json(src->content, src->has_content ? sizeof src->content : 0));
}

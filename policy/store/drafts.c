/* drafts.c - the policy that is being edited: one document, shared by all administrators.
 *
 *                put (seen tag)                     commit
 *   version N ─────────────────> N.1 ──put──> N.7 ─────────> version N+1
 *       <──────────discard───────────────────────
 *
 * Nobody overwrites what he has not seen: each change names the tag of what its author looked at, and is
 * refused when it is no longer so. Earlier revisions stay for a while, through commit and discard too, so
 * that whoever is refused can be told what changed since. A policy that is applied past the draft leaves it
 * with its older base. Any thread. */
#include <inttypes.h>
#include <stdlib.h>

#include "policy/store/inside.h"
#include "policy/store/subject.h"
#include "sluice/clock.h"

enum {
    REVISIONS_KEPT = 50,
    BYTES_KEPT = 64 << 20,
    DRAFT_BYTES_MOST = 16 << 20,
    DEPTH_MOST = 32,
    AUTHORS_MOST = 50
};

void draft_fini(struct draft *d)
{
    free(d->author);
    json_decref(d->document);
    json_decref(d->request);
    *d = (struct draft){0};
}

/* ---- reading; all under `lock` ---- */

static bool parse(struct store *s, struct sl_str text, int64_t revision, json_t **out, struct sl_err *err)
{
    json_error_t fault;
    *out = json_loadb(text.p ? text.p : "", text.n, JSON_REJECT_DUPLICATES, &fault);
    return *out || sl_fail(err, SL_IO, "%s: draft revision %" PRId64 " is damaged: %s", db_path(s->db),
                           revision, fault.text);
}

/* The row of the draft, if there is one: *out keeps revision 0 else. */
static bool read_draft(struct store *s, struct draft *out, struct sl_err *err)
{
    struct db_stmt *q =
        db_prepare(s->db, "SELECT r.revision, r.base, r.time_us, r.author, r.document, d.created_us"
                          " FROM draft d JOIN draft_revisions r USING (revision)");
    enum db_step step = db_step(q, err);
    bool ok = step != DB_FAILED;
    if (step == DB_ROW) {
        out->tag = (struct draft_tag){.version = db_column_int(q, 1), .revision = db_column_int(q, 0)};
        out->changed_us = db_column_int(q, 2);
        out->created_us = db_column_int(q, 5);
        out->author = store_column(q, 3);
        ok = parse(s, db_column_text(q, 4), out->tag.revision, &out->document, err);
    }
    db_reset(q);
    if (out->tag.revision)
        out->request = approval_read(s, out->tag.revision);
    return ok;
}

/* What to show where there is no draft: the active version. */
static bool read_active(struct store *s, struct draft *out, struct sl_err *err)
{
    struct version_row row = {0};
    if (!versions_read(s, 0, &row, err))
        return false;
    *out = (struct draft){.tag = {.version = row.version},
                          .active = row.version,
                          .changed_us = row.time_us,
                          .author = row.author,
                          .document = row.document};
    return true;
}

static int64_t highest_version(struct store *s, struct sl_err *err)
{
    struct db_stmt *q = db_prepare(s->db, "SELECT max(version) FROM policy_versions");
    int64_t version = db_step(q, err) == DB_ROW ? db_column_int(q, 0) : -1;
    db_reset(q);
    return version;
}

static bool read_any(struct store *s, struct draft *out, struct sl_err *err)
{
    *out = (struct draft){0};
    bool ok = read_draft(s, out, err);
    if (ok && out->tag.revision == 0)
        return read_active(s, out, err);
    ok = ok && (out->active = highest_version(s, err)) > 0;
    if (!ok)
        draft_fini(out);
    return ok;
}

bool store_draft_get(struct store *s, struct draft *out, struct sl_err *err)
{
    pthread_mutex_lock(&s->lock);
    bool ok = read_any(s, out, err);
    pthread_mutex_unlock(&s->lock);
    return ok;
}

static bool read_revision(struct store *s, struct draft_tag tag, json_t **out, struct sl_err *err)
{
    struct db_stmt *q =
        db_prepare(s->db, "SELECT document FROM draft_revisions WHERE revision = ? AND base = ?");
    db_bind_int(q, 1, tag.revision);
    db_bind_int(q, 2, tag.version);
    enum db_step step = db_step(q, err);
    bool ok = step == DB_ROW && parse(s, db_column_text(q, 0), tag.revision, out, err);
    db_reset(q);
    return ok ||
           (step == DB_DONE && sl_fail(err, SL_NOT_FOUND, "no draft revision %" PRId64 " of version %" PRId64,
                                       tag.revision, tag.version));
}

bool store_draft_document(struct store *s, struct draft_tag tag, json_t **out, struct sl_err *err)
{
    if (tag.revision == 0)
        return store_policy_get(s, tag.version, out, err);
    pthread_mutex_lock(&s->lock);
    bool ok = read_revision(s, tag, out, err);
    pthread_mutex_unlock(&s->lock);
    return ok;
}

/* Changes of the draft, and versions that were made, both after the tag. */
static const char authors_since[] =
    "SELECT author FROM ("
    " SELECT author, time_us FROM draft_revisions WHERE revision > ?1"
    "  AND (?1 > 0 OR time_us >= (SELECT created_us FROM draft))"
    " UNION ALL SELECT author, time_us FROM policy_versions WHERE version > ?2)"
    " GROUP BY author ORDER BY min(time_us) LIMIT ?3";

bool store_draft_authors(struct store *s, struct draft_tag tag, json_t **out, struct sl_err *err)
{
    json_t *names = json_array();
    enum db_step step;
    pthread_mutex_lock(&s->lock);
    struct db_stmt *q = db_prepare(s->db, authors_since);
    db_bind_int(q, 1, tag.revision);
    db_bind_int(q, 2, tag.version);
    db_bind_int(q, 3, AUTHORS_MOST);
    while ((step = db_step(q, err)) == DB_ROW)
        json_array_append_new(names, subject_json(db_column_text(q, 0)));
    db_reset(q);
    pthread_mutex_unlock(&s->lock);
    if (step == DB_DONE)
        *out = names;
    else
        json_decref(names);
    return step == DB_DONE;
}

/* ---- changing; all in a transaction ---- */

static bool changed_meanwhile(const struct draft *now, struct sl_err *err)
{
    if (now->tag.revision == 0)
        return sl_fail(err, SL_CONFLICT, "there is no such draft now; policy version %" PRId64 " is active",
                       now->tag.version);
    return sl_fail(err, SL_CONFLICT, "the draft was changed meanwhile, by %s; it is revision %" PRId64 " now",
                   now->author, now->tag.revision);
}

/* What is there, provided that it is what the caller saw. */
bool drafts_read_seen(struct store *s, struct draft_tag seen, struct draft *out, struct sl_err *err)
{
    if (!read_any(s, out, err))
        return false;
    if (draft_tag_eq(out->tag, seen))
        return true;
    changed_meanwhile(out, err);
    draft_fini(out);
    return false;
}

static bool insert_revision(struct store *s, int64_t base, const char *text, const struct actor *by,
                            int64_t now_us, struct sl_err *err)
{
    struct db_stmt *q =
        db_prepare(s->db, "INSERT INTO draft_revisions (base, time_us, author, bytes, document)"
                          " VALUES (?, ?, ?, ?, ?)");
    db_bind_int(q, 1, base);
    db_bind_int(q, 2, now_us);
    db_bind_text(q, 3, actor_name(by));
    db_bind_int(q, 4, (int64_t)strlen(text));
    db_bind_text(q, 5, sl_cstr(text));
    return db_run(q, err);
}

static bool point_at(struct store *s, int64_t revision, int64_t now_us, struct sl_err *err)
{
    struct db_stmt *q = db_prepare(s->db, "INSERT INTO draft (one, revision, created_us) VALUES (1, ?1, ?2)"
                                          " ON CONFLICT (one) DO UPDATE SET revision = ?1");
    db_bind_int(q, 1, revision);
    db_bind_int(q, 2, now_us);
    return db_run(q, err);
}

/* The newest stay: so many, and so many bytes beside the draft itself, which is bounded by who takes it. */
static bool forget_old(struct store *s, int64_t newest, struct sl_err *err)
{
    struct db_stmt *q = db_prepare(
        s->db,
        "DELETE FROM draft_revisions WHERE revision < ?1 AND revision NOT IN ("
        " SELECT revision FROM (SELECT revision, row_number() OVER w AS place, sum(bytes) OVER w AS total"
        "  FROM draft_revisions WHERE revision < ?1 WINDOW w AS (ORDER BY revision DESC))"
        " WHERE place < ?2 AND total <= ?3)");
    db_bind_int(q, 1, newest);
    db_bind_int(q, 2, REVISIONS_KEPT);
    db_bind_int(q, 3, BYTES_KEPT);
    return db_run(q, err);
}

static bool log_change(struct store *s, const struct actor *by, const char *action, int64_t base,
                       struct sl_err *err)
{
    return change_add(s, by, action, SL_STR("draft"), NULL,
                      json_pack("{s:I}", "base_version", (json_int_t)base), err);
}

struct put {
    int64_t base, now_us;
    const char *text;
    const struct actor *by;
};

/* d->tag is what was seen, and becomes what there is now. */
static bool put_rows(struct store *s, struct draft *d, const struct put *p, struct sl_err *err)
{
    struct draft now;
    if (!drafts_read_seen(s, d->tag, &now, err))
        return false;
    draft_fini(&now);
    if (!approval_none(s, err))
        return false;
    const char *event = d->tag.revision == 0        ? "draft.create"
                        : p->base != d->tag.version ? "draft.rebase"
                                                    : NULL;
    if (!insert_revision(s, p->base, p->text, p->by, p->now_us, err))
        return false;
    d->tag = (struct draft_tag){.version = p->base, .revision = db_last_rowid(s->db)};
    return point_at(s, d->tag.revision, p->now_us, err) && forget_old(s, d->tag.revision, err) &&
           (!event || log_change(s, p->by, event, p->base, err));
}

static void bring_up_to_date(struct draft *d, const struct put *p, bool created, json_t *doc)
{
    free(d->author);
    d->author = sl_str_dup(actor_name(p->by));
    d->changed_us = p->now_us;
    if (created)
        d->created_us = p->now_us;
    json_incref(doc);
    json_decref(d->document);
    d->document = doc;
}

/* No deeper than `levels`: readers of JSON differ in how deep they go, and no policy needs more than ten. */
static bool is_flat(const json_t *value, unsigned levels)
{
    const char *key;
    json_t *member;
    size_t i;
    if (levels == 0)
        return !json_is_object(value) && !json_is_array(value);
    json_object_foreach((json_t *)value, key, member) if (!is_flat(member, levels - 1)) return false;
    json_array_foreach(value, i, member) if (!is_flat(member, levels - 1)) return false;
    return true;
}

bool store_draft_put(struct store *s, struct draft *d, int64_t base, json_t *doc, const struct actor *by,
                     struct sl_err *err)
{
    struct draft_tag seen = d->tag;
    if (base == seen.version && json_equal(doc, d->document))
        return true;
    if (!is_flat(doc, DEPTH_MOST))
        return sl_fail(err, SL_BAD_INPUT, "the draft is nested deeper than %d levels", DEPTH_MOST);
    SL_CLEANUP(sl_freep) char *text = json_dumps(doc, JSON_COMPACT);
    if (!text)
        return sl_fail(err, SL_BAD_INPUT, "the draft cannot be written as JSON");
    if (strlen(text) > DRAFT_BYTES_MOST)
        return sl_fail(err, SL_LIMIT, "the draft has %zu bytes; at most %d are allowed", strlen(text),
                       DRAFT_BYTES_MOST);
    struct put p = {.base = base, .now_us = sl_wall_us(), .text = text, .by = by};
    if (!store_begin(s, err))
        return false;
    if (!store_end(s, put_rows(s, d, &p, err), err)) {
        d->tag = seen;
        return false;
    }
    bring_up_to_date(d, &p, seen.revision == 0, doc);
    return true;
}

static bool remove_draft(struct store *s, const void *arg, struct sl_err *err)
{
    const struct draft_tag *seen = arg;
    struct db_stmt *q = db_prepare(s->db, "DELETE FROM draft WHERE revision = ?");
    db_bind_int(q, 1, seen->revision);
    if (!db_run(q, err))
        return false;
    return (db_changes(s->db) == 1 || sl_fail(err, SL_CONFLICT, "the draft was changed meanwhile")) &&
           approval_forget(s, err);
}

static bool discard_rows(struct store *s, struct draft_tag seen, const struct actor *by, struct sl_err *err)
{
    struct draft now;
    if (!drafts_read_seen(s, seen, &now, err))
        return false;
    draft_fini(&now);
    if (seen.revision == 0)
        return sl_fail(err, SL_NOT_FOUND, "there is no draft");
    return approval_none(s, err) && remove_draft(s, &seen, err) &&
           log_change(s, by, "draft.discard", seen.version, err);
}

bool store_draft_discard(struct store *s, struct draft_tag seen, const struct actor *by, struct sl_err *err)
{
    return store_begin(s, err) && store_end(s, discard_rows(s, seen, by, err), err);
}

/* ---- publishing ---- */

bool drafts_take(struct store *s, struct draft_tag seen, struct draft *out, struct sl_err *err)
{
    pthread_mutex_lock(&s->lock);
    bool ok = drafts_read_seen(s, seen, out, err);
    pthread_mutex_unlock(&s->lock);
    if (!ok)
        return false;
    if (seen.revision == 0)
        ok = sl_fail(err, SL_NOT_FOUND, "there is no draft");
    else if (out->active != seen.version)
        ok = sl_fail(err, SL_CONFLICT,
                     "the draft was made from policy version %" PRId64 ", and %" PRId64
                     " is active now: rebase it, or discard it",
                     seen.version, out->active);
    if (!ok)
        draft_fini(out);
    return ok;
}

/* Under apply_lock. The transaction finds out once more whether the draft is still the one that was tested.
 */
static bool commit(struct store *s, const struct draft *d, const struct version_change *c,
                   int64_t *out_version, struct policy_faults *faults, struct sl_err *err)
{
    if (!versions_apply(s, d->document, c, out_version, faults, err))
        return false;
    return *out_version != d->tag.version ||
           sl_fail(err, SL_BAD_INPUT, "the draft changes nothing: edit it, or discard it");
}

bool drafts_publish(struct store *s, struct draft_tag seen, struct version_change *c,
                    bool (*make)(const struct draft *d, struct version_change *c, struct sl_err *err),
                    int64_t *out_version, struct policy_faults *faults, struct sl_err *err)
{
    struct draft d;
    c->expected = seen.version;
    c->rows = remove_draft;
    c->arg = &seen;
    pthread_mutex_lock(&s->apply_lock);
    bool ok = drafts_take(s, seen, &d, err);
    if (ok) {
        ok = (!make || make(&d, c, err)) && commit(s, &d, c, out_version, faults, err);
        draft_fini(&d);
    }
    pthread_mutex_unlock(&s->apply_lock);
    return ok;
}

bool store_draft_commit(struct store *s, struct draft_tag seen, const struct policy_commit *how,
                        int64_t *out_version, struct policy_faults *faults, struct sl_err *err)
{
    struct version_change c = {.action = "draft.commit",
                               .comment = how->comment,
                               .by = how->by,
                               .confirm_ms = how->confirm_ms,
                               .override = how->override};
    return drafts_publish(s, seen, &c, NULL, out_version, faults, err);
}

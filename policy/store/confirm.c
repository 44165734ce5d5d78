/* confirm.c - versions that go away by themselves unless somebody confirms them.
 *
 *             commit, confirm within 5m               confirm, or a commit that stays
 *     6 ────────────────────────────> 7 (waits) ────────────────────────────────────> 7 stays
 *                                      │ the time passes
 *                                      └──────────────> 8, the document of 6, by "gateway"
 *
 * Whoever locks himself out can't confirm, and so is let in again. Who can publish on top of a version that
 * waits has shown that he still can, so that confirms it. A further commit that waits begins a new time, and
 * what comes back is still the last version that stayed. The row is written in the transaction of its
 * version, and the time is wall clock, so kill -9 and restarts change nothing: a start behind the time goes
 * back before anybody is served. */
#include <inttypes.h>
#include <stdlib.h>

#include "policy/store/inside.h"
#include "policy/store/subject.h"
#include "sluice/clock.h"

enum { RETRY_US = 60 * 1000000 };

static const struct actor gateway = {.name = {"gateway", 7}, .source = {"local", 5}};

struct unconfirmed {
    int64_t version, restores, until_us;
};

/* ---- the row; under `lock` ---- */

/* False when nothing waits. */
static bool read_row(struct store *s, struct unconfirmed *out)
{
    struct db_stmt *q = db_prepare(s->db, "SELECT version, restores, until_us FROM policy_unconfirmed");
    bool found = db_step(q, NULL) == DB_ROW;
    *out = (struct unconfirmed){0};
    if (found)
        *out = (struct unconfirmed){db_column_int(q, 0), db_column_int(q, 1), db_column_int(q, 2)};
    db_reset(q);
    return found;
}

static bool write_row(struct store *s, const struct unconfirmed *u, struct sl_err *err)
{
    struct db_stmt *q = db_prepare(
        s->db,
        "INSERT OR REPLACE INTO policy_unconfirmed (one, version, restores, until_us) VALUES (1, ?, ?, ?)");
    db_bind_int(q, 1, u->version);
    db_bind_int(q, 2, u->restores);
    db_bind_int(q, 3, u->until_us);
    return db_run(q, err);
}

static bool remove_row(struct store *s, struct sl_err *err)
{
    return db_run(db_prepare(s->db, "DELETE FROM policy_unconfirmed"), err);
}

static bool log_confirmed(struct store *s, const struct unconfirmed *u, struct sl_str comment,
                          const struct actor *by, struct sl_err *err)
{
    char subject[24];
    snprintf(subject, sizeof subject, "%" PRId64, u->version);
    return change_add_why(s, by, "policy.confirm", sl_cstr(subject), comment, NULL,
                          json_pack("{s:I}", "version", (json_int_t)u->version), err);
}

int64_t confirm_restores(struct store *s)
{
    struct unconfirmed u;
    return read_row(s, &u) ? u.restores : 0;
}

bool confirm_rows(struct store *s, int64_t version, const struct version_change *c, int64_t *out_until_us,
                  struct sl_err *err)
{
    struct unconfirmed old;
    bool waits = read_row(s, &old);
    *out_until_us = 0;
    if (c->confirm_ms > 0) {
        *out_until_us = sl_wall_us() + c->confirm_ms * 1000;
        return write_row(s, &(struct unconfirmed){version, waits ? old.restores : version - 1, *out_until_us},
                         err);
    }
    SL_CLEANUP(sl_freep) char *comment = sl_asprintf("by committing version %" PRId64, version);
    return !waits ||
           (remove_row(s, err) && (c->reverts || log_confirmed(s, &old, sl_cstr(comment), c->by, err)));
}

void confirm_note(struct store *s, int64_t until_us)
{
    atomic_store(&s->revert_not_before_us, 0);
    atomic_store(&s->unconfirmed_until_us, until_us);
}

/* ---- confirm ---- */

static bool confirm(struct store *s, int64_t version, struct sl_str comment, const struct actor *by,
                    struct sl_err *err)
{
    struct unconfirmed u;
    if (!read_row(s, &u))
        return sl_fail(err, SL_CONFLICT, "no version waits to be confirmed");
    if (u.version != version)
        return sl_fail(err, SL_CONFLICT, "version %" PRId64 " waits to be confirmed, not %" PRId64, u.version,
                       version);
    return remove_row(s, err) && log_confirmed(s, &u, comment, by, err);
}

/* apply_lock: not while the gateway goes back. */
bool store_policy_confirm(struct store *s, int64_t version, struct sl_str comment, const struct actor *by,
                          struct sl_err *err)
{
    pthread_mutex_lock(&s->apply_lock);
    bool ok = store_begin(s, err) && store_end(s, confirm(s, version, comment, by, err), err);
    if (ok)
        confirm_note(s, 0);
    pthread_mutex_unlock(&s->apply_lock);
    return ok;
}

json_t *store_policy_unconfirmed(struct store *s, int64_t now_us)
{
    json_t *out = NULL;
    pthread_mutex_lock(&s->lock);
    struct db_stmt *q =
        db_prepare(s->db, "SELECT u.version, u.restores, u.until_us, v.author, v.comment"
                          " FROM policy_unconfirmed u JOIN policy_versions v USING (version)");
    if (db_step(q, NULL) == DB_ROW) {
        int64_t left_us = SL_MAX(db_column_int(q, 2) - now_us, (int64_t)0);
        out = json_pack("{s:I, s:I, s:o, s:I, s:o, s:o}", "version", (json_int_t)db_column_int(q, 0),
                        "restores", (json_int_t)db_column_int(q, 1), "until",
                        store_time_json(db_column_int(q, 2)), "left_s",
                        (json_int_t)((left_us + 999999) / 1000000), "author",
                        subject_json(db_column_text(q, 3)), "comment", subject_json(db_column_text(q, 4)));
    }
    db_reset(q);
    pthread_mutex_unlock(&s->lock);
    return out ? out : json_null();
}

/* ---- going back ---- */

/* Under apply_lock. */
static bool go_back(struct store *s, const struct unconfirmed *u, int64_t *out_version, struct sl_err *err)
{
    json_t *doc;
    SL_CLEANUP(sl_freep)
    char *comment = sl_asprintf("version %" PRId64 " was not confirmed in time: back to version %" PRId64,
                                u->version, u->restores);
    struct version_change c = {.action = "policy.revert",
                               .comment = sl_cstr(comment),
                               .by = &gateway,
                               .expected = u->version,
                               .restores = u->restores,
                               .reverts = true};
    if (!store_policy_get(s, u->restores, &doc, err))
        return false;
    bool ok = versions_apply(s, doc, &c, out_version, NULL, err);
    json_decref(doc);
    return ok;
}

/* Under apply_lock: whether it still waits is asked once more. */
static bool go_back_when_due(struct store *s, int64_t now_us, int64_t *out_version, struct sl_err *err)
{
    struct unconfirmed u;
    pthread_mutex_lock(&s->lock);
    bool due = read_row(s, &u) && now_us >= u.until_us;
    pthread_mutex_unlock(&s->lock);
    if (!due || go_back(s, &u, out_version, err))
        return true;
    atomic_store(&s->revert_not_before_us, now_us + RETRY_US);
    return sl_fail_in(
        err, "version %" PRId64 " was not confirmed, and version %" PRId64 " does not come back: ", u.version,
        u.restores);
}

bool store_policy_tick(struct store *s, int64_t now_us, int64_t *out_version, struct sl_err *err)
{
    int64_t until_us = atomic_load(&s->unconfirmed_until_us);
    *out_version = 0;
    if (until_us == 0 || now_us < SL_MAX(until_us, atomic_load(&s->revert_not_before_us)))
        return true;
    pthread_mutex_lock(&s->apply_lock);
    bool ok = go_back_when_due(s, now_us, out_version, err);
    pthread_mutex_unlock(&s->apply_lock);
    return ok;
}

/* What fails here the first tick tries again, and says so. */
void confirm_load(struct store *s)
{
    struct unconfirmed u;
    int64_t version;
    pthread_mutex_lock(&s->lock);
    if (read_row(s, &u))
        atomic_store(&s->unconfirmed_until_us, u.until_us);
    pthread_mutex_unlock(&s->lock);
    if (!store_policy_tick(s, sl_wall_us(), &version, NULL))
        atomic_store(&s->revert_not_before_us, 0);
}

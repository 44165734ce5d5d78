/* approval.c - a draft that a second person has to approve.
 *
 *     draft ──request──> frozen, waits ──approve (another account)──> version, author: who asked
 *       ^                     │
 *       └──reject, withdraw───┘
 *
 * What is approved is what was asked for: while a request waits, the draft can't be edited or discarded. A
 * token counts as its account. Whether a commit needs a second person is the caller's to say (the setting
 * policy.approval); here a request is a row that is there or not. */
#include <inttypes.h>

#include "policy/store/inside.h"
#include "policy/store/subject.h"
#include "sluice/clock.h"

json_t *approval_read(struct store *s, int64_t revision)
{
    json_t *out = NULL;
    struct db_stmt *q = db_prepare(
        s->db, "SELECT author, account, time_us, comment, confirm_ms FROM draft_request WHERE revision = ?");
    db_bind_int(q, 1, revision);
    if (db_step(q, NULL) == DB_ROW)
        out = json_pack("{s:o, s:o, s:o, s:o, s:I}", "by", subject_json(db_column_text(q, 0)), "account",
                        subject_json(db_column_text(q, 1)), "time", store_time_json(db_column_int(q, 2)),
                        "comment", subject_json(db_column_text(q, 3)), "confirm_within_s",
                        (json_int_t)(db_column_int(q, 4) / 1000));
    db_reset(q);
    return out;
}

bool approval_none(struct store *s, struct sl_err *err)
{
    struct db_stmt *q = db_prepare(s->db, "SELECT 1 FROM draft_request");
    enum db_step step = db_step(q, err);
    db_reset(q);
    return step == DB_DONE ||
           (step == DB_ROW &&
            sl_fail(err, SL_CONFLICT, "the draft waits for approval: withdraw or reject the request first"));
}

bool approval_forget(struct store *s, struct sl_err *err)
{
    return db_run(db_prepare(s->db, "DELETE FROM draft_request"), err);
}

static struct sl_str text_of(const json_t *request, const char *key)
{
    const json_t *text = json_object_get(request, key);
    return sl_str(json_string_value(text), json_string_length(text));
}

/* ---- ask ---- */

static bool insert_request(struct store *s, struct draft_tag seen, const struct policy_commit *c,
                           struct sl_err *err)
{
    struct db_stmt *q = db_prepare(
        s->db, "INSERT INTO draft_request (one, revision, time_us, author, account, comment, confirm_ms)"
               " VALUES (1, ?, ?, ?, ?, ?, ?)");
    db_bind_int(q, 1, seen.revision);
    db_bind_int(q, 2, sl_wall_us());
    db_bind_text(q, 3, actor_name(c->by));
    db_bind_text(q, 4, actor_account(c->by));
    db_bind_text(q, 5, c->comment.p ? c->comment : SL_STR(""));
    db_bind_int(q, 6, c->confirm_ms);
    return db_run(q, err);
}

/* Of a request there is one row in the log for each thing that happens to it. */
static bool log_event(struct store *s, const char *action, struct draft_tag seen, struct sl_str comment,
                      const struct actor *by, struct sl_str asked_by, struct sl_err *err)
{
    json_t *after = json_pack("{s:I}", "base_version", (json_int_t)seen.version);
    if (asked_by.n)
        json_object_set_new(after, "requested_by", subject_json(asked_by));
    return change_add_why(s, by, action, SL_STR("draft"), comment, NULL, after, err);
}

static bool request_rows(struct store *s, struct draft_tag seen, const struct policy_commit *c,
                         struct sl_err *err)
{
    struct draft now;
    if (!drafts_read_seen(s, seen, &now, err))
        return false;
    draft_fini(&now);
    return approval_none(s, err) && insert_request(s, seen, c, err) &&
           log_event(s, "draft.request", seen, c->comment, c->by, SL_STR(""), err);
}

bool store_draft_request(struct store *s, struct draft_tag seen, const struct policy_commit *c,
                         struct policy_faults *faults, struct sl_err *err)
{
    struct draft d;
    if (!drafts_take(s, seen, &d, err))
        return false;
    bool ok = store_policy_check(s, d.document, faults, NULL, err);
    draft_fini(&d);
    return ok && store_begin(s, err) && store_end(s, request_rows(s, seen, c, err), err);
}

/* ---- approve ---- */

static bool is_waiting(const struct draft *d, struct sl_err *err)
{
    return d->request || sl_fail(err, SL_NOT_FOUND, "no draft waits for approval");
}

/* The version is by who asked, as he asked for it; the log has who approved, and what he said. */
static bool complete(const struct draft *d, struct version_change *c, struct sl_err *err)
{
    if (!is_waiting(d, err))
        return false;
    if (sl_str_eq(text_of(d->request, "account"), actor_account(c->by)))
        return sl_fail(err, SL_DENIED, "somebody else than %.*s has to approve it",
                       SL_FMT(text_of(d->request, "account")));
    c->author = text_of(d->request, "by");
    c->said = c->comment;
    c->comment = text_of(d->request, "comment");
    c->confirm_ms = json_integer_value(json_object_get(d->request, "confirm_within_s")) * 1000;
    return true;
}

bool store_draft_approve(struct store *s, struct draft_tag seen, struct sl_str comment,
                         const struct actor *by, int64_t *out_version, struct policy_faults *faults,
                         struct sl_err *err)
{
    struct version_change c = {.action = "draft.approve", .comment = comment, .by = by};
    return drafts_publish(s, seen, &c, complete, out_version, faults, err);
}

/* ---- reject, withdraw ---- */

static bool reject_rows(struct store *s, struct draft_tag seen, struct sl_str comment, const struct actor *by,
                        struct sl_err *err)
{
    struct draft d;
    if (!drafts_read_seen(s, seen, &d, err))
        return false;
    bool own = sl_str_eq(text_of(d.request, "account"), actor_account(by));
    bool ok = is_waiting(&d, err) && approval_forget(s, err) &&
              log_event(s, own ? "draft.withdraw" : "draft.reject", seen, comment, by,
                        text_of(d.request, "by"), err);
    draft_fini(&d);
    return ok;
}

bool store_draft_reject(struct store *s, struct draft_tag seen, struct sl_str comment, const struct actor *by,
                        struct sl_err *err)
{
    return store_begin(s, err) && store_end(s, reject_rows(s, seen, comment, by, err), err);
}

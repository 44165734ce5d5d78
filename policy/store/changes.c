/* changes.c - the change log: who changed what, when and from where. Each row is written in the transaction
 * of its change. */
#include <stdlib.h>

#include "policy/store/inside.h"
#include "policy/store/subject.h"
#include "sluice/clock.h"

enum { CHANGES_MOST = 1000 };

struct sl_str actor_name(const struct actor *by)
{
    return by && by->name.n ? by->name : SL_STR("system");
}

struct sl_str actor_account(const struct actor *by)
{
    return by && by->account.n ? by->account : actor_name(by);
}

static char *dump(json_t *take)
{
    char *text = take ? json_dumps(take, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    json_decref(take);
    return text;
}

bool change_add_why(struct store *s, const struct actor *by, const char *action, struct sl_str subject,
                    struct sl_str comment, json_t *before, json_t *after, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *old = dump(before);
    SL_CLEANUP(sl_freep) char *new = dump(after);
    struct db_stmt *q = db_prepare(
        s->db, "INSERT INTO changes (time_us, actor, source, action, subject, comment, before, after)"
               " VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    db_bind_int(q, 1, sl_wall_us());
    db_bind_text(q, 2, actor_name(by));
    db_bind_text(q, 3, by && by->source.n ? by->source : SL_STR("local"));
    db_bind_text(q, 4, sl_cstr(action));
    db_bind_text(q, 5, subject.p ? subject : SL_STR(""));
    db_bind_text(q, 6, comment.p ? comment : SL_STR(""));
    db_bind_text(q, 7, sl_cstr(old));
    db_bind_text(q, 8, sl_cstr(new));
    return db_run(q, err);
}

bool change_add(struct store *s, const struct actor *by, const char *action, struct sl_str subject,
                json_t *before, json_t *after, struct sl_err *err)
{
    return change_add_why(s, by, action, subject, SL_STR(""), before, after, err);
}

bool store_change_note(struct store *s, const struct actor *by, const char *action, struct sl_str subject,
                       json_t *before, json_t *after, struct sl_err *err)
{
    if (store_begin(s, err))
        return store_end(s, change_add(s, by, action, subject, before, after, err), err);
    json_decref(before);
    json_decref(after);
    return false;
}

/* ---- reading ---- */

static json_t *stored_json(struct db_stmt *q, int column)
{
    struct sl_str text = db_column_text(q, column);
    json_t *json = text.p ? json_loadb(text.p, text.n, JSON_DECODE_ANY, NULL) : NULL;
    return json ? json : json_null();
}

static json_t *row_json(struct db_stmt *q)
{
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id", (json_int_t)db_column_int(q, 0),
                     "time", store_time_json(db_column_int(q, 1)), "actor",
                     subject_json(db_column_text(q, 2)), "source", subject_json(db_column_text(q, 3)),
                     "action", subject_json(db_column_text(q, 4)), "subject",
                     subject_json(db_column_text(q, 5)), "comment", subject_json(db_column_text(q, 6)),
                     "before", stored_json(q, 7), "after", stored_json(q, 8));
}

/* An absent text is NULL, which chooses all. */
static void bind_choice(struct db_stmt *q, int index, struct sl_str text)
{
    db_bind_text(q, index, text.n ? text : (struct sl_str){0});
}

/* One statement for all filters. The action is one ("list.add") or an area of them ("list"): '/' comes right
 * after '.' in ASCII. */
static const char choice[] =
    "SELECT id, time_us, actor, source, action, subject, comment, before, after FROM changes"
    " WHERE (?1 <= 0 OR id < ?1) AND (?2 IS NULL OR actor = ?2) AND (?3 IS NULL OR subject = ?3)"
    " AND (?4 IS NULL OR action = ?4 OR (action >= ?4 || '.' AND action < ?4 || '/'))"
    " AND (?5 = 0 OR time_us >= ?5) AND (?6 = 0 OR time_us < ?6) ORDER BY id DESC LIMIT ?7";

bool store_changes(struct store *s, const struct change_filter *f, json_t **out, struct sl_err *err)
{
    json_t *rows = json_array();
    enum db_step step;
    pthread_mutex_lock(&s->lock);
    struct db_stmt *q = db_prepare(s->db, choice);
    db_bind_int(q, 1, f->before);
    bind_choice(q, 2, f->actor);
    bind_choice(q, 3, f->subject);
    bind_choice(q, 4, f->action);
    db_bind_int(q, 5, f->from_us);
    db_bind_int(q, 6, f->to_us);
    db_bind_int(q, 7, SL_MIN(f->limit, (unsigned)CHANGES_MOST));
    while ((step = db_step(q, err)) == DB_ROW)
        json_array_append_new(rows, row_json(q));
    db_reset(q);
    pthread_mutex_unlock(&s->lock);
    if (step == DB_DONE)
        *out = rows;
    else
        json_decref(rows);
    return step == DB_DONE;
}

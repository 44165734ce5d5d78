/* learned_rows.c - hosts that were learned as rows of state.db: how they come, who decides about them, when
 * they go. Each change is one transaction with its entry in the change log; the set of workers follows. */
#include <stdlib.h>

#include "policy/store/inside.h"
#include "policy/store/learned.h"
#include "policy/store/subject.h"
#include "sluice/clock.h"
#include "sluice/log.h"

/* A proposal that nobody looked at goes when its host did not fail for so long. */
enum { ROWS_MOST = 1000 };
static const int64_t PROPOSAL_LIVES_US = (int64_t)90 * 24 * 3600 * 1000000;

const char *const learned_state_words[LEARNED_STATES] = {"proposed", "active", "dismissed"};

/* ---- rows; the store's lock is held ---- */

#define COLUMNS \
    "host, kind, state, failures, clients, first_us, last_us, until_us, decided_by, decided_us, note"

static json_t *row_json(struct db_stmt *q)
{
    return json_pack(
        "{s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "host", subject_json(db_column_text(q, 0)),
        "kind", subject_json(db_column_text(q, 1)), "state", subject_json(db_column_text(q, 2)), "failures",
        (json_int_t)db_column_int(q, 3), "clients", (json_int_t)db_column_int(q, 4), "first",
        store_time_json(db_column_int(q, 5)), "last", store_time_json(db_column_int(q, 6)), "until",
        store_time_json(db_column_int(q, 7)), "by", subject_json(db_column_text(q, 8)), "decided",
        store_time_json(db_column_int(q, 9)), "note", subject_json(db_column_text(q, 10)));
}

/* *out: a new reference, NULL when there is none. */
static bool read_row(struct store *s, struct sl_str host, json_t **out, struct sl_err *err)
{
    struct db_stmt *q = db_prepare(s->db, "SELECT " COLUMNS " FROM learned_hosts WHERE host = ?");
    db_bind_text(q, 1, host);
    enum db_step step = db_step(q, err);
    *out = step == DB_ROW ? row_json(q) : NULL;
    db_reset(q);
    return step != DB_FAILED;
}

static bool read_known(struct store *s, struct sl_str host, json_t **out, struct sl_err *err)
{
    if (!read_row(s, host, out, err))
        return false;
    return *out ||
           sl_fail(err, SL_NOT_FOUND, "'%.*s' is no host that was learned", SL_FMT(sl_str_sub(host, 0, 100)));
}

/* The change log's entry of a row that is now as it is. Takes before. */
static bool note_change(struct store *s, const struct actor *by, const char *action, struct sl_str host,
                        json_t *before, struct sl_err *err)
{
    json_t *after;
    if (read_row(s, host, &after, err))
        return change_add(s, by, action, host, before, after, err);
    json_decref(before);
    return false;
}

bool store_learned_list(struct store *s, struct sl_str host, json_t **out, struct sl_err *err)
{
    json_t *items = json_array();
    enum db_step step;
    pthread_mutex_lock(&s->lock);
    struct db_stmt *q = db_prepare(s->db, "SELECT " COLUMNS " FROM learned_hosts WHERE ? IS NULL OR host = ?1"
                                          " ORDER BY state <> 'proposed', state, last_us DESC, host");
    if (host.p)
        db_bind_text(q, 1, host);
    while ((step = db_step(q, err)) == DB_ROW)
        json_array_append_new(items, row_json(q));
    db_reset(q);
    pthread_mutex_unlock(&s->lock);
    if (step == DB_DONE)
        *out = items;
    else
        json_decref(items);
    return step == DB_DONE;
}

/* Ends the transaction, and tells workers. */
static bool end_change(struct store *s, bool ok, struct sl_err *err)
{
    return store_end(s, ok, err) && learned_load(s, err);
}

/* ---- what administrators say ---- */

static bool write_decision(struct store *s, struct sl_str host, enum learned_state state, int64_t until_us,
                           const struct actor *by, struct sl_err *err)
{
    static const char *const actions[] = {[LEARNED_PROPOSED] = "inspection.learned.reopen",
                                          [LEARNED_ACTIVE] = "inspection.learned.accept",
                                          [LEARNED_DISMISSED] = "inspection.learned.dismiss"};
    bool open = state == LEARNED_PROPOSED;
    json_t *before;
    if (!read_known(s, host, &before, err))
        return false;
    struct db_stmt *q = db_prepare(s->db, "UPDATE learned_hosts SET state = ?, until_us = ?, decided_by = ?,"
                                          " decided_us = ?, note = '' WHERE host = ?");
    db_bind_text(q, 1, sl_cstr(learned_state_words[state]));
    db_bind_int(q, 2, state == LEARNED_ACTIVE ? until_us : 0);
    db_bind_text(q, 3, open ? SL_STR("") : actor_name(by));
    db_bind_int(q, 4, open ? 0 : sl_wall_us());
    db_bind_text(q, 5, host);
    if (db_run(q, err))
        return note_change(s, by, actions[state], host, before, err);
    json_decref(before);
    return false;
}

bool store_learned_decide(struct store *s, struct sl_str host, enum learned_state state, int64_t until_us,
                          const struct actor *by, struct sl_err *err)
{
    if (state == LEARNED_ACTIVE && until_us && until_us <= sl_wall_us())
        return sl_fail(err, SL_BAD_INPUT, "until has to lie in the future");
    return store_begin(s, err) && end_change(s, write_decision(s, host, state, until_us, by, err), err);
}

static bool remove_row(struct store *s, struct sl_str host, const char *action, const struct actor *by,
                       struct sl_err *err)
{
    json_t *before;
    if (!read_known(s, host, &before, err))
        return false;
    struct db_stmt *q = db_prepare(s->db, "DELETE FROM learned_hosts WHERE host = ?");
    db_bind_text(q, 1, host);
    if (db_run(q, err))
        return change_add(s, by, action, host, before, NULL, err);
    json_decref(before);
    return false;
}

bool store_learned_forget(struct store *s, struct sl_str host, const struct actor *by, struct sl_err *err)
{
    return store_begin(s, err) &&
           end_change(s, remove_row(s, host, "inspection.learned.forget", by, err), err);
}

/* ---- what was counted ---- */

/* Does a rule of the policy block something by this category? */
static bool is_blocked(const json_t *document, const char *category)
{
    size_t i, k;
    json_t *rule, *name;
    json_array_foreach(json_object_get(document, "rules"), i, rule)
    {
        const char *then = json_string_value(json_object_get(rule, "then"));
        if (!then || strcmp(then, "block") != 0)
            continue;
        json_array_foreach(json_object_get(json_object_get(rule, "if"), "category"), k, name)
        {
            if (json_is_string(name) && strcmp(json_string_value(name), category) == 0)
                return true;
        }
    }
    return false;
}

/* Why this host may not become active by itself, on the heap; NULL: it may. */
static char *obstacle(struct store *s, struct sl_str host)
{
    json_t *known, *category;
    char *why = NULL;
    size_t i;
    if (!store_categories_lookup(s, host, &known, NULL))
        return sl_strdup("its categories can't be looked up");
    struct snapshot *active = policy_live_get(s->live);
    json_array_foreach(json_object_get(known, "categories"), i, category)
    {
        if (!why && is_blocked(snapshot_document(active), json_string_value(category)))
            why = sl_asprintf("a rule blocks the category %s, so an administrator has to decide",
                              json_string_value(category));
    }
    snapshot_unref(&active);
    json_decref(known);
    return why;
}

static bool count_rows(struct store *s, int64_t *out, struct sl_err *err)
{
    struct db_stmt *q = db_prepare(s->db, "SELECT count(*) FROM learned_hosts");
    enum db_step step = db_step(q, err);
    *out = step == DB_ROW ? db_column_int(q, 0) : 0;
    db_reset(q);
    return step == DB_ROW;
}

/* Of a host that is known already only the counts change. */
static bool write_again(struct store *s, const struct refusal_sum *sum, struct sl_err *err)
{
    struct db_stmt *q =
        db_prepare(s->db, "UPDATE learned_hosts SET failures = ?, clients = ?, last_us = ? WHERE host = ?");
    db_bind_int(q, 1, (int64_t)sum->failures);
    db_bind_int(q, 2, sum->clients);
    db_bind_int(q, 3, sum->last_s * 1000000);
    db_bind_text(q, 4, sl_cstr(sum->host));
    return db_run(q, err);
}

static bool write_first(struct store *s, const struct refusal_sum *sum, bool apply, const char *note,
                        int64_t now_us, struct sl_err *err)
{
    struct sl_str host = sl_cstr(sum->host);
    struct db_stmt *q = db_prepare(s->db, "INSERT INTO learned_hosts (" COLUMNS
                                          ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?)");
    db_bind_text(q, 1, host);
    db_bind_text(q, 2, sum->by_origin ? SL_STR("client-certificate") : SL_STR("pinned"));
    db_bind_text(q, 3, sl_cstr(learned_state_words[apply ? LEARNED_ACTIVE : LEARNED_PROPOSED]));
    db_bind_int(q, 4, (int64_t)sum->failures);
    db_bind_int(q, 5, sum->clients);
    db_bind_int(q, 6, sum->first_s * 1000000);
    db_bind_int(q, 7, sum->last_s * 1000000);
    db_bind_int(q, 8, apply ? now_us + learned_config(s->learned).for_ms * 1000 : 0);
    db_bind_int(q, 9, apply ? now_us : 0);
    db_bind_text(q, 10, note ? sl_cstr(note) : SL_STR(""));
    if (!db_run(q, err))
        return false;
    sl_log_notice("inspect", "%s can't be inspected (%llu failures of %u clients): %s", sum->host,
                  (unsigned long long)sum->failures, sum->clients,
                  apply ? "it is tunnelled from now on" : "proposed as a bypass");
    return note_change(s, NULL, apply ? "inspection.learned.apply" : "inspection.learned.propose", host, NULL,
                       err);
}

static bool write_sum(struct store *s, const struct refusal_sum *sum, int64_t now_us, struct sl_err *err)
{
    bool apply = learned_config(s->learned).mode == LEARN_APPLY;
    SL_CLEANUP(sl_freep) char *note = apply ? obstacle(s, sl_cstr(sum->host)) : NULL;
    json_t *known = NULL;
    int64_t rows;
    if (!store_begin(s, err))
        return false;
    bool ok = read_row(s, sl_cstr(sum->host), &known, err) && count_rows(s, &rows, err);
    if (ok && known)
        ok = write_again(s, sum, err);
    else if (ok && rows < ROWS_MOST)
        ok = write_first(s, sum, apply && !note, note, now_us, err);
    json_decref(known);
    return end_change(s, ok, err);
}

/* ---- time goes by ---- */

/* The next row whose time is over, on the heap; NULL: none. */
static char *next_over(struct store *s, int64_t now_us)
{
    pthread_mutex_lock(&s->lock);
    struct db_stmt *q = db_prepare(s->db, "SELECT host FROM learned_hosts WHERE (state = 'active' AND"
                                          " until_us BETWEEN 1 AND ?) OR (state = 'proposed' AND last_us < ?)"
                                          " LIMIT 1");
    db_bind_int(q, 1, now_us);
    db_bind_int(q, 2, now_us - PROPOSAL_LIVES_US);
    char *host = db_step(q, NULL) == DB_ROW ? store_column(q, 0) : NULL;
    db_reset(q);
    pthread_mutex_unlock(&s->lock);
    return host;
}

static bool end_over(struct store *s, int64_t now_us, struct sl_err *err)
{
    for (;;) {
        SL_CLEANUP(sl_freep) char *host = next_over(s, now_us);
        if (!host)
            return true;
        if (!store_begin(s, err))
            return false;
        if (!end_change(s, remove_row(s, sl_cstr(host), "inspection.learned.expire", NULL, err), err))
            return false;
    }
}

bool store_learned_tick(struct store *s, int64_t now_us, struct sl_err *err)
{
    struct refusal_sum sum;
    bool ok = true;
    while (ok && learned_take(s->learned, &sum)) {
        ok = write_sum(s, &sum, now_us, err);
        free(sum.host);
    }
    return ok && end_over(s, now_us, err);
}

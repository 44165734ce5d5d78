/* sessions.c - who is signed in to the console. The cookie holds 256 random bits, the table their SHA-256,
 * which needs no slow hash: there is nothing to guess. A session is over when it was idle or old for too
 * long; its row goes when somebody signs in. */
#include <stdlib.h>

#include "policy/store/inside.h"
#include "policy/store/subject.h"
#include "sluice/clock.h"

enum { SECRET_BYTES = 32, PER_ADMIN = 32, AGENT_MOST = 200, TOUCH_EVERY_US = 30 * 1000000 };

#define IDLE_US ((int64_t)SESSION_IDLE_S * 1000000)
#define LIFE_US ((int64_t)SESSION_LIFE_S * 1000000)

/* Makes room: what is over goes, and what the account has too many of. In a transaction. */
static bool tidy(struct store *s, struct sl_str admin, int64_t now_us, struct sl_err *err)
{
    struct db_stmt *q = db_prepare(s->db, "DELETE FROM sessions WHERE seen_us <= ? OR created_us <= ?");
    db_bind_int(q, 1, now_us - IDLE_US);
    db_bind_int(q, 2, now_us - LIFE_US);
    if (!db_run(q, err))
        return false;
    q = db_prepare(s->db, "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE admin = ?"
                          " ORDER BY seen_us DESC LIMIT -1 OFFSET ?)");
    db_bind_text(q, 1, admin);
    db_bind_int(q, 2, PER_ADMIN - 1);
    return db_run(q, err);
}

/* In a transaction. */
static bool insert(struct store *s, const struct store_session *v, const uint8_t sha256[32],
                   struct sl_str source, struct sl_str user_agent, struct sl_err *err)
{
    struct db_stmt *q =
        db_prepare(s->db, "INSERT INTO sessions (id, sha256, admin, created_us, seen_us, source, user_agent)"
                          " VALUES (?, ?, ?, ?, ?, ?, ?)");
    db_bind_text(q, 1, sl_cstr(v->id));
    db_bind_blob(q, 2, sha256, 32);
    db_bind_text(q, 3, sl_cstr(v->admin));
    db_bind_int(q, 4, v->created_us);
    db_bind_int(q, 5, v->seen_us);
    db_bind_text(q, 6, source.n ? source : SL_STR("local"));
    db_bind_text(q, 7, user_agent.p ? sl_str_sub(user_agent, 0, AGENT_MOST) : SL_STR(""));
    return db_run(q, err);
}

static bool read_account(struct store *s, struct store_session *v, struct sl_err *err)
{
    struct db_stmt *q = db_prepare(s->db, "SELECT role, must_change FROM admins WHERE name = ?");
    db_bind_text(q, 1, sl_cstr(v->admin));
    bool ok = db_step(q, NULL) == DB_ROW && role_parse(db_column_text(q, 0), &v->role);
    if (ok)
        v->must_change = db_column_int(q, 1) != 0;
    db_reset(q);
    return ok || sl_fail(err, SL_NOT_FOUND, "no account '%s'", v->admin);
}

static bool note_sign_in(struct store *s, const struct actor *by, int64_t now_us, struct sl_err *err)
{
    struct db_stmt *q = db_prepare(s->db, "UPDATE admins SET login_us = ? WHERE name = ?");
    db_bind_int(q, 1, now_us);
    db_bind_text(q, 2, by->name);
    return db_run(q, err) && change_add(s, by, "session.sign-in", by->name, NULL, NULL, err);
}

bool store_session_open(struct store *s, const struct actor *by, struct sl_str user_agent, bool sign_in,
                        int64_t now_us, char out_secret[SESSION_SECRET], struct store_session *out,
                        struct sl_err *err)
{
    uint8_t random[SECRET_BYTES], sha256[32];
    *out = (struct store_session){.created_us = now_us, .seen_us = now_us};
    snprintf(out->admin, sizeof out->admin, "%.*s", SL_FMT(by->name));
    crypto_random_id(out->id, SESSION_ID - 1);
    crypto_random(random, sizeof random);
    crypto_base64url(random, sizeof random, out_secret);
    crypto_wipe(random, sizeof random);
    crypto_sha256(sl_cstr(out_secret), sha256);
    bool ok = store_begin(s, err);
    if (ok) {
        ok = read_account(s, out, err) && tidy(s, by->name, now_us, err) &&
             insert(s, out, sha256, by->source, user_agent, err) &&
             (!sign_in || note_sign_in(s, by, now_us, err));
        ok = store_end(s, ok, err);
    }
    if (!ok)
        crypto_wipe(out_secret, SESSION_SECRET);
    return ok;
}

/* Under `lock`. */
static bool read_session(struct store *s, const uint8_t sha256[32], int64_t now_us, struct store_session *out)
{
    struct db_stmt *q = db_prepare(
        s->db,
        "SELECT v.id, v.admin, a.role, a.must_change, v.created_us, v.seen_us FROM sessions v"
        " JOIN admins a ON a.name = v.admin WHERE v.sha256 = ?1 AND v.seen_us > ?2 AND v.created_us > ?3");
    db_bind_blob(q, 1, sha256, 32);
    db_bind_int(q, 2, now_us - IDLE_US);
    db_bind_int(q, 3, now_us - LIFE_US);
    bool found = db_step(q, NULL) == DB_ROW && role_parse(db_column_text(q, 2), &out->role);
    if (found) {
        snprintf(out->id, sizeof out->id, "%.*s", SL_FMT(db_column_text(q, 0)));
        snprintf(out->admin, sizeof out->admin, "%.*s", SL_FMT(db_column_text(q, 1)));
        out->must_change = db_column_int(q, 3) != 0;
        out->created_us = db_column_int(q, 4);
        out->seen_us = db_column_int(q, 5);
    }
    db_reset(q);
    return found;
}

/* A failure costs the session a little of its time, no more. Under `lock`. */
static void touch_row(struct store *s, const struct store_session *v)
{
    struct db_stmt *q = db_prepare(s->db, "UPDATE sessions SET seen_us = ? WHERE id = ?");
    db_bind_int(q, 1, v->seen_us);
    db_bind_text(q, 2, sl_cstr(v->id));
    db_run(q, NULL);
}

bool store_session_find(struct store *s, struct sl_str secret, int64_t now_us, bool touch,
                        struct store_session *out)
{
    uint8_t sha256[32];
    *out = (struct store_session){0};
    if (secret.n != SESSION_SECRET - 1)
        return false;
    crypto_sha256(secret, sha256);
    pthread_mutex_lock(&s->lock);
    bool found = read_session(s, sha256, now_us, out);
    if (found && touch && now_us - out->seen_us >= TOUCH_EVERY_US) {
        out->seen_us = now_us;
        touch_row(s, out);
    }
    pthread_mutex_unlock(&s->lock);
    return found;
}

static json_t *row_json(struct db_stmt *q)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id", subject_json(db_column_text(q, 0)), "name",
                     subject_json(db_column_text(q, 1)), "role", subject_json(db_column_text(q, 2)),
                     "created", store_time_json(db_column_int(q, 3)), "last_seen",
                     store_time_json(db_column_int(q, 4)), "source", subject_json(db_column_text(q, 5)),
                     "user_agent", subject_json(db_column_text(q, 6)));
}

bool store_session_list(struct store *s, struct sl_str admin, int64_t now_us, json_t **out,
                        struct sl_err *err)
{
    json_t *rows = json_array();
    enum db_step step;
    pthread_mutex_lock(&s->lock);
    struct db_stmt *q = db_prepare(
        s->db, "SELECT v.id, v.admin, a.role, v.created_us, v.seen_us, v.source, v.user_agent FROM sessions v"
               " JOIN admins a ON a.name = v.admin WHERE v.seen_us > ?1 AND v.created_us > ?2"
               " AND (?3 IS NULL OR v.admin = ?3) ORDER BY v.seen_us DESC, v.id");
    db_bind_int(q, 1, now_us - IDLE_US);
    db_bind_int(q, 2, now_us - LIFE_US);
    db_bind_text(q, 3, admin);
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

/* Whose session it is; "" when there is none. In a transaction. */
static void owner_of(struct store *s, struct sl_str id, char out[SESSION_NAME])
{
    struct db_stmt *q = db_prepare(s->db, "SELECT admin FROM sessions WHERE id = ?");
    db_bind_text(q, 1, id);
    bool found = db_step(q, NULL) == DB_ROW;
    snprintf(out, SESSION_NAME, "%.*s", SL_FMT(found ? db_column_text(q, 0) : SL_STR("")));
    db_reset(q);
}

bool store_session_end(struct store *s, struct sl_str id, struct sl_str admin, const struct actor *by,
                       struct sl_err *err)
{
    char owner[SESSION_NAME];
    if (!store_begin(s, err))
        return false;
    owner_of(s, id, owner);
    bool own = sl_str_eq(sl_cstr(owner), by->name);
    bool ok = (*owner != '\0' && (admin.p == NULL || sl_str_eq(sl_cstr(owner), admin))) ||
              sl_fail(err, SL_NOT_FOUND, "no session '%.*s'", SL_FMT(sl_str_sub(id, 0, 40)));
    if (ok) {
        struct db_stmt *q = db_prepare(s->db, "DELETE FROM sessions WHERE id = ?");
        db_bind_text(q, 1, id);
        ok = db_run(q, err) &&
             change_add(s, by, own ? "session.sign-out" : "session.end", sl_cstr(owner), NULL, NULL, err);
    }
    return store_end(s, ok, err);
}

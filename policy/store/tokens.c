/* tokens.c - bearer tokens of scripts. A token is 200 random bits, shown once; the table has its SHA-256,
 * which needs no slow hash. */
#include <stdlib.h>

#include "policy/store/inside.h"
#include "policy/store/subject.h"
#include "sluice/clock.h"

enum { SECRET_CHARS = 40, ID_CHARS = 12, NAME_MOST = 64, USED_EVERY_US = 60 * 1000000 };

static const char prefix[] = "slc_";

struct new_token {
    struct sl_str admin, name;
    enum role role;
    int64_t expires_us;
    char id[ID_CHARS + 1];
    uint8_t sha256[32];
};

static bool check_name(struct sl_str name, struct sl_err *err)
{
    json_t *utf8 = name.n ? json_stringn(name.p, name.n) : NULL;
    bool good = utf8 != NULL && name.n <= NAME_MOST;
    json_decref(utf8);
    for (size_t i = 0; good && i < name.n; i++)
        good = (unsigned char)name.p[i] >= ' ' && name.p[i] != 0x7f;
    return good ||
           sl_fail(err, SL_BAD_INPUT, "a token needs a name of 1 to %d bytes of printable text", NAME_MOST);
}

/* A token must not be more than the account it belongs to. In a transaction. */
static bool check_owner(struct store *s, const struct new_token *t, struct sl_err *err)
{
    enum role owner = ROLE_NONE;
    struct db_stmt *q = db_prepare(s->db, "SELECT role FROM admins WHERE name = ?");
    db_bind_text(q, 1, t->admin);
    bool found = db_step(q, NULL) == DB_ROW && role_parse(db_column_text(q, 0), &owner);
    db_reset(q);
    if (!found)
        return sl_fail(err, SL_NOT_FOUND, "no account '%.*s'", SL_FMT(sl_str_sub(t->admin, 0, 100)));
    return t->role <= owner ||
           sl_fail(err, SL_DENIED, "account '%.*s' has role %s, so its tokens cannot have role %s",
                   SL_FMT(t->admin), role_word(owner), role_word(t->role));
}

static bool insert(struct store *s, const struct new_token *t, struct sl_err *err)
{
    struct sl_err why = {0};
    struct db_stmt *q =
        db_prepare(s->db, "INSERT INTO tokens (id, name, admin, role, sha256, created_us, expires_us)"
                          " VALUES (?, ?, ?, ?, ?, ?, ?)");
    db_bind_text(q, 1, sl_cstr(t->id));
    db_bind_text(q, 2, t->name);
    db_bind_text(q, 3, t->admin);
    db_bind_text(q, 4, sl_cstr(role_word(t->role)));
    db_bind_blob(q, 5, t->sha256, sizeof t->sha256);
    db_bind_int(q, 6, sl_wall_us());
    db_bind_int(q, 7, t->expires_us);
    if (db_run(q, &why))
        return true;
    if (why.code == SL_CONFLICT)
        return sl_fail(err, SL_CONFLICT, "account '%.*s' has a token '%.*s' already", SL_FMT(t->admin),
                       SL_FMT(t->name));
    return sl_fail(err, why.code, "%s", why.msg);
}

static json_t *summary(const struct new_token *t)
{
    return json_pack("{s:o, s:o, s:s, s:o}", "name", subject_json(t->name), "admin", subject_json(t->admin),
                     "role", role_word(t->role), "expires", store_time_json(t->expires_us));
}

bool store_token_add(struct store *s, struct sl_str admin, struct sl_str name, enum role role,
                     int64_t expires_us, const struct actor *by, char out_token[64], struct sl_err *err)
{
    struct new_token t = {.admin = admin, .name = name, .role = role, .expires_us = expires_us};
    char secret[SECRET_CHARS + 1];
    if (!check_name(name, err))
        return false;
    if (role < ROLE_VIEWER || role > ROLE_ADMIN)
        return sl_fail(err, SL_BAD_INPUT, "a token needs a role: viewer, auditor, operator or admin");
    crypto_random_id(t.id, ID_CHARS);
    crypto_random_id(secret, SECRET_CHARS);
    snprintf(out_token, 64, "%s%s", prefix, secret);
    crypto_wipe(secret, sizeof secret);
    crypto_sha256(sl_cstr(out_token), t.sha256);
    bool ok = store_begin(s, err);
    if (ok) {
        ok = check_owner(s, &t, err) && insert(s, &t, err) &&
             change_add(s, by, "token.add", sl_cstr(t.id), NULL, summary(&t), err);
        ok = store_end(s, ok, err);
    }
    if (!ok)
        crypto_wipe(out_token, 64);
    return ok;
}

/* When it was last used is written once a minute, so that verifying seldom writes. Under `lock`. */
static void note_use(struct store *s, const uint8_t sha256[32], int64_t used_us)
{
    int64_t now_us = sl_wall_us();
    if (now_us - used_us < USED_EVERY_US)
        return;
    struct db_stmt *q = db_prepare(s->db, "UPDATE tokens SET used_us = ? WHERE sha256 = ?");
    db_bind_int(q, 1, now_us);
    db_bind_blob(q, 2, sha256, 32);
    db_run(q, NULL);
}

/* Under `lock`. The role is what both the token and its account have: taking an account's rights takes its
 * tokens'. */
static bool read_token(struct store *s, const uint8_t sha256[32], enum role *out_role, char out_name[128],
                       char *out_account)
{
    enum role own = ROLE_NONE, owner = ROLE_NONE;
    struct db_stmt *q = db_prepare(s->db, "SELECT t.name, t.role, a.role, t.expires_us, t.used_us, a.name"
                                          " FROM tokens t JOIN admins a ON a.name = t.admin"
                                          " WHERE t.sha256 = ?");
    db_bind_blob(q, 1, sha256, 32);
    bool ok = db_step(q, NULL) == DB_ROW && role_parse(db_column_text(q, 1), &own) &&
              role_parse(db_column_text(q, 2), &owner) &&
              (db_column_int(q, 3) == 0 || sl_wall_us() < db_column_int(q, 3));
    int64_t used_us = ok ? db_column_int(q, 4) : 0;
    if (ok) {
        *out_role = SL_MIN(own, owner);
        snprintf(out_name, 128, "%.*s", SL_FMT(db_column_text(q, 0)));
        if (out_account)
            snprintf(out_account, 128, "%.*s", SL_FMT(db_column_text(q, 5)));
    }
    db_reset(q);
    if (ok)
        note_use(s, sha256, used_us);
    return ok;
}

bool store_token_verify(struct store *s, struct sl_str token, enum role *out_role, char out_name[128],
                        char out_account[128])
{
    uint8_t sha256[32];
    *out_role = ROLE_NONE;
    *out_name = '\0';
    if (token.n != sizeof prefix - 1 + SECRET_CHARS || !sl_str_starts(token, sl_cstr(prefix)))
        return false;
    crypto_sha256(token, sha256);
    pthread_mutex_lock(&s->lock);
    bool ok = read_token(s, sha256, out_role, out_name, out_account);
    pthread_mutex_unlock(&s->lock);
    return ok;
}

bool store_token_list(struct store *s, json_t **out, struct sl_err *err)
{
    json_t *rows = json_array();
    enum db_step step;
    pthread_mutex_lock(&s->lock);
    struct db_stmt *q = db_prepare(
        s->db,
        "SELECT id, name, admin, role, created_us, expires_us, used_us FROM tokens ORDER BY created_us, id");
    while ((step = db_step(q, err)) == DB_ROW)
        json_array_append_new(
            rows,
            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id", subject_json(db_column_text(q, 0)), "name",
                      subject_json(db_column_text(q, 1)), "admin", subject_json(db_column_text(q, 2)), "role",
                      subject_json(db_column_text(q, 3)), "created", store_time_json(db_column_int(q, 4)),
                      "expires", store_time_json(db_column_int(q, 5)), "last_used",
                      store_time_json(db_column_int(q, 6))));
    db_reset(q);
    pthread_mutex_unlock(&s->lock);
    if (step == DB_DONE)
        *out = rows;
    else
        json_decref(rows);
    return step == DB_DONE;
}

static json_t *read_summary(struct store *s, struct sl_str id)
{
    struct new_token t = {0};
    struct db_stmt *q = db_prepare(s->db, "SELECT name, admin, role, expires_us FROM tokens WHERE id = ?");
    json_t *out = NULL;
    db_bind_text(q, 1, id);
    if (db_step(q, NULL) == DB_ROW) {
        t.name = db_column_text(q, 0);
        t.admin = db_column_text(q, 1);
        role_parse(db_column_text(q, 2), &t.role);
        t.expires_us = db_column_int(q, 3);
        out = summary(&t);
    }
    db_reset(q);
    return out;
}

bool store_token_remove(struct store *s, struct sl_str id, const struct actor *by, struct sl_err *err)
{
    if (!store_begin(s, err))
        return false;
    json_t *before = read_summary(s, id);
    bool ok = before || sl_fail(err, SL_NOT_FOUND, "no token '%.*s'", SL_FMT(sl_str_sub(id, 0, 100)));
    if (ok) {
        struct db_stmt *q = db_prepare(s->db, "DELETE FROM tokens WHERE id = ?");
        db_bind_text(q, 1, id);
        ok = db_run(q, err) && change_add(s, by, "token.remove", id, json_incref(before), NULL, err);
    }
    json_decref(before);
    return store_end(s, ok, err);
}

/* accounts.c - proxy users and console accounts: names, passwords, roles.
 *
 * A name nobody has costs as much to refuse as a wrong password: it is verified against a decoy. Hashing
 * takes tens of milliseconds and 19 MiB, so it happens outside all locks, and for at most four passwords at a
 * time. */
#include <errno.h>
#include <stdlib.h>

#include "policy/store/inside.h"
#include "policy/store/subject.h"
#include "sluice/clock.h"

enum { NAME_MOST = 64, PASSWORD_MOST = 256, USER_PASSWORD_LEAST = 1, ADMIN_PASSWORD_LEAST = 12 };

static const char *const role_words[] = {[ROLE_NONE] = "none",
                                         [ROLE_VIEWER] = "viewer",
                                         [ROLE_AUDITOR] = "auditor",
                                         [ROLE_OPERATOR] = "operator",
                                         [ROLE_ADMIN] = "admin"};

const char *role_word(enum role r)
{
    return (size_t)r < SL_COUNT(role_words) ? role_words[r] : "none";
}

bool role_parse(struct sl_str word, enum role *out)
{
    for (size_t r = ROLE_VIEWER; r < SL_COUNT(role_words); r++)
        if (sl_str_eq(word, sl_cstr(role_words[r]))) {
            *out = (enum role)r;
            return true;
        }
    return false;
}

/* ---- what may be a name, what may be a password ---- */

/* Basic credentials cannot carry a ':' in a user, and "token:..." must not be a console account. */
static bool check_name(struct sl_str name, struct sl_err *err)
{
    json_t *utf8 = name.n ? json_stringn(name.p, name.n) : NULL;
    bool good = utf8 != NULL && name.n <= NAME_MOST && name.p[0] != ' ' && name.p[name.n - 1] != ' ';
    json_decref(utf8);
    for (size_t i = 0; good && i < name.n; i++)
        good = (unsigned char)name.p[i] >= ' ' && name.p[i] != 0x7f && name.p[i] != ':';
    return good || sl_fail(err, SL_BAD_INPUT,
                           "this is no name: use 1 to %d bytes of printable text, without ':' and without "
                           "spaces at the ends",
                           NAME_MOST);
}

static bool check_password(struct sl_str password, size_t least, struct sl_err *err)
{
    if (password.n < least)
        return sl_fail(err, SL_BAD_INPUT, "the password is too short: at least %zu byte%s", least,
                       least == 1 ? "" : "s");
    return password.n <= PASSWORD_MOST ||
           sl_fail(err, SL_LIMIT, "the password is longer than %d bytes", PASSWORD_MOST);
}

static void begin_hashing(struct store *s)
{
    while (sem_wait(&s->verifying) != 0)
        sl_assert(errno == EINTR);
}

static bool hash_password(struct store *s, struct sl_str password, char out[CRYPTO_PASSWORD_HASH],
                          struct sl_err *err)
{
    begin_hashing(s);
    bool ok = crypto_password_hash(password, out, err);
    sem_post(&s->verifying);
    return ok;
}

static void make_decoy(struct store *s)
{
    char random[17];
    pthread_mutex_lock(&s->decoy_lock);
    if (!*s->decoy) {
        crypto_random_id(random, sizeof random - 1);
        hash_password(s, sl_cstr(random), s->decoy, NULL);
    }
    pthread_mutex_unlock(&s->decoy_lock);
}

/* hash "" is nobody's: the same work, and no. */
static bool verify(struct store *s, const char *hash, struct sl_str password)
{
    make_decoy(s);
    bool real = *hash != '\0' && password.n <= PASSWORD_MOST;
    password.n = SL_MIN(password.n, (size_t)PASSWORD_MOST);
    begin_hashing(s);
    bool matches = crypto_password_verify(password, real ? hash : s->decoy);
    sem_post(&s->verifying);
    return real && matches;
}

/* ---- rows of either table ---- */

/* One statement that yields password and role of a name. False: no such row. */
static bool read_account(struct store *s, const char *sql, struct sl_str name,
                         char hash[CRYPTO_PASSWORD_HASH], enum role *out_role)
{
    *hash = '\0';
    *out_role = ROLE_NONE;
    pthread_mutex_lock(&s->lock);
    struct db_stmt *q = db_prepare(s->db, sql);
    db_bind_text(q, 1, name);
    bool found = db_step(q, NULL) == DB_ROW;
    if (found) {
        snprintf(hash, CRYPTO_PASSWORD_HASH, "%.*s", SL_FMT(db_column_text(q, 0)));
        role_parse(db_column_text(q, 1), out_role);
    }
    db_reset(q);
    pthread_mutex_unlock(&s->lock);
    return found;
}

static const char user_row[] = "SELECT password, '' FROM users WHERE name = ?";
static const char admin_row[] = "SELECT password, role FROM admins WHERE name = ?";

/* Writes name and hash with the statement's times; ?5 is the role where there is one. */
static bool write_account(struct store *s, const char *sql, struct sl_str name, const char *hash,
                          enum role role, struct sl_err *err)
{
    struct db_stmt *q = db_prepare(s->db, sql);
    db_bind_text(q, 1, name);
    db_bind_text(q, 2, sl_cstr(hash));
    db_bind_int(q, 3, sl_wall_us());
    if (role != ROLE_NONE)
        db_bind_text(q, 4, sl_cstr(role_word(role)));
    return db_run(q, err);
}

/* ---- proxy users ---- */

/* In a transaction. */
static bool write_user(struct store *s, struct sl_str name, const char *hash, bool must_be_new,
                       const struct actor *by, struct sl_err *err)
{
    struct db_stmt *q = db_prepare(s->db, "SELECT 1 FROM users WHERE name = ?");
    db_bind_text(q, 1, name);
    bool known = db_step(q, NULL) == DB_ROW;
    db_reset(q);
    if (known && must_be_new)
        return sl_fail(err, SL_CONFLICT, "there is a user '%.*s' already", SL_FMT(name));
    return write_account(s,
                         "INSERT INTO users (name, password, created_us, changed_us) VALUES (?1, ?2, ?3, ?3)"
                         " ON CONFLICT (name) DO UPDATE SET password = ?2, changed_us = ?3",
                         name, hash, ROLE_NONE, err) &&
           change_add(s, by, known ? "user.passwd" : "user.add", name, NULL, NULL, err);
}

bool store_user_put(struct store *s, struct sl_str name, struct sl_str password, bool must_be_new,
                    const struct actor *by, struct sl_err *err)
{
    char hash[CRYPTO_PASSWORD_HASH];
    if (!check_name(name, err) || !check_password(password, USER_PASSWORD_LEAST, err) ||
        !hash_password(s, password, hash, err) || !store_begin(s, err))
        return false;
    bool ok = store_end(s, write_user(s, name, hash, must_be_new, by, err), err);
    if (ok)
        user_epochs_note(s->users, name);
    return ok;
}

static bool delete_row(struct store *s, const char *sql, struct sl_str name, const char *what,
                       struct sl_err *err)
{
    struct db_stmt *q = db_prepare(s->db, sql);
    db_bind_text(q, 1, name);
    if (!db_run(q, err))
        return false;
    return db_changes(s->db) > 0 ||
           sl_fail(err, SL_NOT_FOUND, "no %s '%.*s'", what, SL_FMT(sl_str_sub(name, 0, 100)));
}

bool store_user_remove(struct store *s, struct sl_str name, const struct actor *by, struct sl_err *err)
{
    if (!store_begin(s, err))
        return false;
    bool ok = delete_row(s, "DELETE FROM users WHERE name = ?", name, "user", err) &&
              change_add(s, by, "user.remove", name, NULL, NULL, err);
    ok = store_end(s, ok, err);
    if (ok)
        user_epochs_note(s->users, name);
    return ok;
}

bool store_user_verify(struct store *s, struct sl_str name, struct sl_str password)
{
    char hash[CRYPTO_PASSWORD_HASH];
    enum role role;
    read_account(s, user_row, name, hash, &role);
    return verify(s, hash, password);
}

uint64_t store_users_epoch(const struct store *s)
{
    return user_epochs_newest(s->users);
}

uint64_t store_user_epoch(struct store *s, struct sl_str name)
{
    return user_epochs_of(s->users, name);
}

/* Rows of name, created, changed and, where there is one, role, must_change and last sign-in; ?1 is the name
 * wanted or NULL. */
static bool list_accounts(struct store *s, const char *sql, struct sl_str name, json_t **out,
                          struct sl_err *err)
{
    json_t *rows = json_array();
    enum db_step step;
    pthread_mutex_lock(&s->lock);
    struct db_stmt *q = db_prepare(s->db, sql);
    db_bind_text(q, 1, name);
    while ((step = db_step(q, err)) == DB_ROW) {
        json_t *row =
            json_pack("{s:o, s:o, s:o}", "name", subject_json(db_column_text(q, 0)), "created",
                      store_time_json(db_column_int(q, 1)), "changed", store_time_json(db_column_int(q, 2)));
        if (!db_column_is_null(q, 3)) {
            json_object_set_new(row, "role", subject_json(db_column_text(q, 3)));
            json_object_set_new(row, "must_change_password", json_boolean(db_column_int(q, 4)));
            json_object_set_new(row, "last_login", store_time_json(db_column_int(q, 5)));
        }
        json_array_append_new(rows, row);
    }
    db_reset(q);
    pthread_mutex_unlock(&s->lock);
    if (step == DB_DONE)
        *out = rows;
    else
        json_decref(rows);
    return step == DB_DONE;
}

bool store_user_list(struct store *s, struct sl_str name, json_t **out, struct sl_err *err)
{
    return list_accounts(s,
                         "SELECT name, created_us, changed_us, NULL FROM users"
                         " WHERE ?1 IS NULL OR name = ?1 ORDER BY name",
                         name, out, err);
}

/* ---- console accounts ---- */

static int64_t count_rows(struct store *s, const char *sql)
{
    struct db_stmt *q = db_prepare(s->db, sql);
    int64_t count = db_step(q, NULL) == DB_ROW ? db_column_int(q, 0) : 0;
    db_reset(q);
    return count;
}

/* Somebody must be left who can do everything. In a transaction, after the change. */
static bool somebody_left(struct store *s, bool was_admin, struct sl_err *err)
{
    if (!was_admin || count_rows(s, "SELECT count(*) FROM admins WHERE role = 'admin'") > 0)
        return true;
    return sl_fail(err, SL_CONFLICT, "this is the last account with role admin; make another one first");
}

static json_t *role_json(enum role r)
{
    return json_pack("{s:s}", "role", role_word(r));
}

struct admin_change {
    struct sl_str name;
    const char *hash; /* "": as it is */
    enum role role, old_role;
    bool known, must_change;
};

/* A new password or role takes effect everywhere at once. In a transaction. */
static bool sign_out(struct store *s, const struct admin_change *c, struct sl_err *err)
{
    if (*c->hash == '\0' && c->role == c->old_role)
        return true;
    struct db_stmt *q = db_prepare(s->db, "DELETE FROM sessions WHERE admin = ?");
    db_bind_text(q, 1, c->name);
    return db_run(q, err);
}

static bool write_must_change(struct store *s, const struct admin_change *c, struct sl_err *err)
{
    struct db_stmt *q = db_prepare(s->db, "UPDATE admins SET must_change = ? WHERE name = ?");
    db_bind_int(q, 1, c->must_change);
    db_bind_text(q, 2, c->name);
    return db_run(q, err);
}

/* In a transaction. */
static bool write_admin(struct store *s, const struct admin_change *c, const struct actor *by,
                        struct sl_err *err)
{
    const char *action = !c->known ? "admin.add" : c->role != c->old_role ? "admin.change" : "admin.passwd";
    return write_account(
               s,
               "INSERT INTO admins (name, password, role, created_us, changed_us) VALUES (?1, ?2, ?4, ?3, ?3)"
               " ON CONFLICT (name) DO UPDATE SET password = iif(?2 = '', password, ?2), role = ?4,"
               " changed_us = ?3",
               c->name, c->hash, c->role, err) &&
           write_must_change(s, c, err) && sign_out(s, c, err) &&
           somebody_left(s, c->old_role == ROLE_ADMIN, err) &&
           change_add(s, by, action, c->name, c->known ? role_json(c->old_role) : NULL, role_json(c->role),
                      err);
}

/* Fills what depends on the row as it is. In a transaction. */
static bool resolve_admin(struct store *s, struct admin_change *c, const struct admin_edit *edit,
                          struct sl_err *err)
{
    struct db_stmt *q = db_prepare(s->db, "SELECT role, must_change FROM admins WHERE name = ?");
    db_bind_text(q, 1, c->name);
    c->known = db_step(q, NULL) == DB_ROW;
    if (c->known) {
        role_parse(db_column_text(q, 0), &c->old_role);
        c->must_change = db_column_int(q, 1) != 0;
    }
    db_reset(q);
    if (c->known && edit->must_be_new)
        return sl_fail(err, SL_CONFLICT, "there is an account '%.*s' already", SL_FMT(c->name));
    if (edit->set_must_change)
        c->must_change = edit->must_change;
    if (c->role == ROLE_NONE)
        c->role = c->old_role;
    if (c->role == ROLE_NONE)
        return sl_fail(err, SL_BAD_INPUT, "a new account needs a role: viewer, auditor, operator or admin");
    return c->known || *c->hash || sl_fail(err, SL_BAD_INPUT, "a new account needs a password");
}

bool store_admin_password_good(struct sl_str password, struct sl_err *err)
{
    return check_password(password, ADMIN_PASSWORD_LEAST, err);
}

bool store_admin_put(struct store *s, struct sl_str name, const struct admin_edit *edit,
                     const struct actor *by, struct sl_err *err)
{
    char hash[CRYPTO_PASSWORD_HASH] = "";
    struct admin_change c = {.name = name, .hash = hash, .role = edit->role};
    if (!check_name(name, err))
        return false;
    if (edit->password.p &&
        (!store_admin_password_good(edit->password, err) || !hash_password(s, edit->password, hash, err)))
        return false;
    if (!store_begin(s, err))
        return false;
    return store_end(s, resolve_admin(s, &c, edit, err) && write_admin(s, &c, by, err), err);
}

bool store_admin_remove(struct store *s, struct sl_str name, const struct actor *by, struct sl_err *err)
{
    char hash[CRYPTO_PASSWORD_HASH];
    enum role role;
    read_account(s, admin_row, name, hash, &role);
    if (!store_begin(s, err))
        return false;
    bool ok = delete_row(s, "DELETE FROM admins WHERE name = ?", name, "account", err) &&
              somebody_left(s, role == ROLE_ADMIN, err) &&
              change_add(s, by, "admin.remove", name, role_json(role), NULL, err);
    return store_end(s, ok, err);
}

bool store_admin_list(struct store *s, json_t **out, struct sl_err *err)
{
    return list_accounts(s,
                         "SELECT name, created_us, changed_us, role, must_change, login_us FROM admins"
                         " WHERE ?1 IS NULL OR name = ?1 ORDER BY name",
                         (struct sl_str){0}, out, err);
}

bool store_admin_verify(struct store *s, struct sl_str name, struct sl_str password, enum role *out_role)
{
    char hash[CRYPTO_PASSWORD_HASH];
    enum role role;
    read_account(s, admin_row, name, hash, &role);
    bool ok = verify(s, hash, password);
    *out_role = ok ? role : ROLE_NONE;
    return ok;
}

bool store_admin_role(struct store *s, struct sl_str name, enum role *out_role)
{
    char hash[CRYPTO_PASSWORD_HASH];
    return read_account(s, admin_row, name, hash, out_role);
}

size_t store_admin_count(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    int64_t count = count_rows(s, "SELECT count(*) FROM admins");
    pthread_mutex_unlock(&s->lock);
    return (size_t)count;
}

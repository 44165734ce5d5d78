/* leaf_file.c - see leaf_file.h. It is a cache on a disk: what can't be written is minted again some day. */
#include "pki/leaf_file.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/db.h"
#include "base/fs.h"
#include "base/give_way.h"
#include "pki/openssl.h"
#include "sluice/clock.h"
#include "sluice/log.h"

enum { WRITE_EVERY_S = 3, WAITING_MOST = 4096, KEY_AGE_S = 90 * 86400 };

static const char *const migrations[] = {
    "CREATE TABLE pair ("
    "  id INTEGER PRIMARY KEY CHECK (id = 1),"
    "  made_s INTEGER NOT NULL,"
    "  der BLOB NOT NULL" /* RFC 5915 */
    ") STRICT;"
    "CREATE TABLE leaves ("
    "  minted INTEGER PRIMARY KEY," /* a higher one is younger */
    "  id BLOB NOT NULL UNIQUE,"    /* leaf_plan.h */
    "  ca BLOB NOT NULL,"           /* SHA-256 of its certificate */
    "  renew_s INTEGER NOT NULL,"
    "  der BLOB NOT NULL"
    ") STRICT;",
};
static const struct db_schema schema = {.application_id = 0x534c4c46, /* "SLLF" */
                                        .migrations = migrations,
                                        .count = SL_COUNT(migrations)};

struct waiting {
    char *id;
    size_t id_n;
    const struct leaf *leaf;
};

struct leaf_file {
    struct leaf_file_config cfg;
    struct db *db; /* of the thread, once it runs */
    pthread_t thread;
    bool running;
    pthread_mutex_t lock;
    pthread_cond_t work;
    /* Under the lock. */
    struct waiting *waiting;
    size_t count, cap, capacity;
    bool closing;
};

/* ---- open ---- */

static bool is_sound(struct db *db, struct sl_err *err)
{
    struct db_stmt *s = db_prepare(db, "PRAGMA quick_check(1)");
    bool ok = db_step(s, err) == DB_ROW && sl_str_eq(db_column_text(s, 0), SL_STR("ok"));
    db_done(&s);
    return ok || sl_fail(err, SL_IO, "%s is damaged", db_path(db));
}

static bool open_sound(const char *path, struct db **out, struct sl_err *err)
{
    if (!db_open(path, DB_READ_WRITE, &schema, out, err))
        return false;
    if (is_sound(*out, err))
        return true;
    db_close(out);
    return false;
}

/* The WAL first: it must never stand beside another database. */
static bool set_aside(const char *path)
{
    SL_CLEANUP(sl_freep) char *aside = sl_asprintf("%s.damaged", path);
    SL_CLEANUP(sl_freep) char *wal = sl_asprintf("%s-wal", path);
    SL_CLEANUP(sl_freep) char *shm = sl_asprintf("%s-shm", path);
    return (unlink(wal) == 0 || errno == ENOENT) && (unlink(shm) == 0 || errno == ENOENT) &&
           rename(path, aside) == 0;
}

static bool open_db(const char *path, struct db **out, struct sl_err *err)
{
    if (open_sound(path, out, err))
        return true;
    if (err->code == SL_BUSY || !fs_exists(path) || !set_aside(path))
        return false;
    sl_log_warning("tls", "leaves of earlier runs are lost, a new file begins: %s", err->msg);
    return open_sound(path, out, err);
}

/* ---- the pair ---- */

static bool read_pair(struct db *db, int64_t now_s, struct leaf_key *out)
{
    struct db_stmt *s = db_prepare(db, "SELECT der FROM pair WHERE made_s > ?");
    db_bind_int(s, 1, now_s - KEY_AGE_S);
    bool ok = db_step(s, NULL) == DB_ROW && leaf_key_read(out, db_column_blob(s, 0));
    db_done(&s);
    return ok;
}

static bool write_pair(struct db *db, int64_t now_s, const struct leaf_key *key, struct sl_err *err)
{
    struct sl_str der = leaf_key_write(key);
    struct db_stmt *s = db_prepare(db, "INSERT OR REPLACE INTO pair VALUES (1, ?, ?)");
    db_bind_int(s, 1, now_s);
    db_bind_blob(s, 2, der.p, der.n);
    bool ok = db_exec(db, "DELETE FROM leaves", err) && db_run(s, err);
    db_reset(s);
    leaf_key_wipe(&der);
    return ok;
}

/* A pair serves for some months; another one begins with no leaves. Two processes that open the file at the
 * same moment agree on one, for this happens in a transaction. */
static bool settle_pair(struct db *db, struct leaf_key *out, struct sl_err *err)
{
    int64_t now_s = sl_wall_us() / 1000000;
    if (!db_begin(db, err))
        return false;
    if (!read_pair(db, now_s, out)) {
        leaf_key_make(out);
        if (!write_pair(db, now_s, out, err)) {
            leaf_key_fini(out);
            db_rollback(db);
            return false;
        }
    }
    if (db_commit(db, err))
        return true;
    leaf_key_fini(out);
    db_rollback(db);
    return false;
}

/* ---- the thread ---- */

static void tell(struct leaf_file *f, struct db_stmt *row)
{
    struct sl_str ca = db_column_blob(row, 1), der = db_column_blob(row, 3);
    const unsigned char *p = (const unsigned char *)der.p;
    X509 *cert = d2i_X509(NULL, &p, (long)der.n);
    ERR_clear_error();
    if (cert && ca.n == CA_ID)
        f->cfg.found(f->cfg.arg, db_column_blob(row, 0), cert, (const uint8_t *)ca.p, db_column_int(row, 2));
    else
        X509_free(cert);
}

static bool is_closing(struct leaf_file *f)
{
    pthread_mutex_lock(&f->lock);
    bool closing = f->closing;
    pthread_mutex_unlock(&f->lock);
    return closing;
}

/* The youngest first: where there are more than the cache takes, the oldest are left out. */
static void read_all(struct leaf_file *f)
{
    struct db_stmt *s = db_prepare(f->db, "SELECT id, ca, renew_s, der FROM leaves WHERE renew_s > ?"
                                          " ORDER BY minted DESC LIMIT ?");
    db_bind_int(s, 1, sl_wall_us() / 1000000);
    db_bind_int(s, 2, (int64_t)f->cfg.capacity);
    while (!is_closing(f) && db_step(s, NULL) == DB_ROW)
        tell(f, s);
    db_done(&s);
}

static bool write_one(struct db *db, const struct waiting *w, struct sl_err *err)
{
    struct db_stmt *s =
        db_prepare(db, "INSERT OR REPLACE INTO leaves (id, ca, renew_s, der) VALUES (?, ?, ?, ?)");
    unsigned char *der = NULL;
    int n = i2d_X509(w->leaf->cert, &der);
    sl_assert(n > 0);
    db_bind_blob(s, 1, w->id, w->id_n);
    db_bind_blob(s, 2, ca_id(w->leaf->ca), CA_ID);
    db_bind_int(s, 3, w->leaf->renew_s);
    db_bind_blob(s, 4, der, (size_t)n);
    bool ok = db_run(s, err);
    db_reset(s);
    OPENSSL_free(der);
    return ok;
}

/* Rows that are of no use any more go with those that are too many. */
static bool thin_out(struct db *db, size_t capacity, struct sl_err *err)
{
    struct db_stmt *s = db_prepare(db, "DELETE FROM leaves WHERE renew_s <= ? OR minted IN"
                                       " (SELECT minted FROM leaves ORDER BY minted DESC LIMIT -1 OFFSET ?)");
    db_bind_int(s, 1, sl_wall_us() / 1000000);
    db_bind_int(s, 2, (int64_t)capacity);
    return db_run(s, err);
}

static bool write_all(struct leaf_file *f, const struct waiting *list, size_t n, size_t capacity,
                      struct sl_err *err)
{
    bool ok = db_begin(f->db, err);
    for (size_t i = 0; ok && i < n; i++)
        ok = write_one(f->db, &list[i], err);
    if (ok && thin_out(f->db, capacity, err) && db_commit(f->db, err))
        return true;
    db_rollback(f->db);
    return false;
}

/* Some seconds' worth at a time: one transaction for all. */
static void wait_for_work(struct leaf_file *f)
{
    struct timespec until;
    while (!f->closing && f->count == 0)
        pthread_cond_wait(&f->work, &f->lock);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WRITE_EVERY_S;
    while (!f->closing && pthread_cond_timedwait(&f->work, &f->lock, &until) != ETIMEDOUT)
        ;
}

static void free_waiting(struct waiting *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(list[i].id);
        leaf_unref(&list[i].leaf);
    }
    free(list);
}

/* What was put since the last time. False: nothing, and nothing more will come. */
static bool take_work(struct leaf_file *f, struct waiting **out, size_t *out_n, size_t *out_capacity)
{
    pthread_mutex_lock(&f->lock);
    wait_for_work(f);
    *out = f->waiting;
    *out_n = f->count;
    *out_capacity = f->capacity;
    f->waiting = NULL;
    f->count = f->cap = 0;
    pthread_mutex_unlock(&f->lock);
    return *out_n > 0;
}

static void *run(void *arg)
{
    struct leaf_file *f = arg;
    struct waiting *list;
    size_t n, capacity;
    bool told = false;
    give_way();
    read_all(f);
    while (take_work(f, &list, &n, &capacity)) {
        struct sl_err err = {0};
        bool ok = write_all(f, list, n, capacity, &err);
        if (!ok && !told)
            sl_log_warning("tls", "leaves can't be kept: %s", err.msg);
        told = !ok;
        free_waiting(list, n);
    }
    return NULL;
}

/* ---- what others call ---- */

struct leaf_file *leaf_file_open(const struct leaf_file_config *cfg, struct leaf_key *out_key,
                                 struct sl_err *err)
{
    struct db *db = NULL;
    if (!open_db(cfg->path, &db, err))
        return NULL;
    if (!settle_pair(db, out_key, err)) {
        db_close(&db);
        return NULL;
    }
    struct leaf_file *f = sl_calloc(1, sizeof *f);
    f->cfg = *cfg;
    f->capacity = cfg->capacity;
    f->db = db;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->work, NULL);
    return f;
}

void leaf_file_start(struct leaf_file *f)
{
    f->running = pthread_create(&f->thread, NULL, run, f) == 0;
}

void leaf_file_close(struct leaf_file **fp)
{
    struct leaf_file *f = *fp;
    *fp = NULL;
    if (!f)
        return;
    pthread_mutex_lock(&f->lock);
    f->closing = true;
    pthread_cond_signal(&f->work);
    pthread_mutex_unlock(&f->lock);
    if (f->running)
        pthread_join(f->thread, NULL);
    free_waiting(f->waiting, f->count);
    db_close(&f->db);
    pthread_mutex_destroy(&f->lock);
    pthread_cond_destroy(&f->work);
    free(f);
}

void leaf_file_resize(struct leaf_file *f, size_t capacity)
{
    pthread_mutex_lock(&f->lock);
    f->capacity = capacity;
    pthread_mutex_unlock(&f->lock);
}

void leaf_file_put(struct leaf_file *f, struct sl_str id, const struct leaf *leaf)
{
    pthread_mutex_lock(&f->lock);
    if (f->running && f->count < WAITING_MOST) {
        SL_GROW(f->waiting, f->count, &f->cap);
        f->waiting[f->count++] = (struct waiting){sl_malloc(id.n), id.n, leaf_ref(leaf)};
        memcpy(f->waiting[f->count - 1].id, id.p, id.n);
        pthread_cond_signal(&f->work);
    }
    pthread_mutex_unlock(&f->lock);
}

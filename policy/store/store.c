/* store.c - opening and closing the state directory, and the steps that all sources of the store share.
 *
 *     lock               held by one process at a time, for as long as the store is open
 *     secret             32 random bytes of this installation
 *     state.db           policy versions, list sources, accounts, change log (schema.c)
 *     lists/ catalogue/  normalised list files, uploaded ones, and what is compiled from them (shelf.c)
 *     fetch/             downloads on their way
 *     quota.ledger       counters of quotas (ledger.c)
 *     consents           accepted warnings (consents.c) */
#include "sluice/store.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "policy/store/consents.h"
#include "policy/store/inside.h"
#include "policy/store/learned.h"
#include "policy/store/ledger.h"
#include "policy/store/schema.h"
#include "policy/store/shelf.h"
#include "policy/store/subject.h"
#include "sluice/clock.h"
#include "sluice/log.h"

enum { VERIFYING_MOST = 4, CHECKED_MOST = 64 << 20 };

/* ---- shared steps ---- */

bool store_begin(struct store *s, struct sl_err *err)
{
    pthread_mutex_lock(&s->lock);
    if (db_begin(s->db, err))
        return true;
    pthread_mutex_unlock(&s->lock);
    return false;
}

bool store_end(struct store *s, bool ok, struct sl_err *err)
{
    ok = ok && db_commit(s->db, err);
    if (!ok)
        db_rollback(s->db);
    pthread_mutex_unlock(&s->lock);
    return ok;
}

char *store_path(const struct store *s, const char *name)
{
    return sl_asprintf("%s/%s", s->dir, name);
}

struct list_provider *store_lists(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    struct list_provider *lists = s->lists;
    lists->ref(lists);
    pthread_mutex_unlock(&s->lock);
    return lists;
}

struct policy_scratch *store_scratch_take(struct store *s)
{
    struct policy_scratch *scratch = atomic_exchange(&s->scratch, NULL);
    return scratch ? scratch : policy_scratch_new();
}

void store_scratch_give(struct store *s, struct policy_scratch *scratch)
{
    struct policy_scratch *other = atomic_exchange(&s->scratch, scratch);
    policy_scratch_free(&other);
}

char *store_column(struct db_stmt *stmt, int column)
{
    struct sl_str text = db_column_text(stmt, column);
    return text.p ? sl_str_dup(text) : sl_strdup("");
}

json_t *store_time_json(int64_t time_us)
{
    char text[SL_RFC3339_TEXT];
    return time_us ? json_string(sl_rfc3339(time_us, text)) : json_null();
}

/* ---- opening ---- */

static bool make_folders(struct store *s, const char *directory, struct sl_err *err)
{
    static const char *const folders[] = {"lists", "catalogue", "fetch"};
    if (!fs_mkdir_all(directory, 0700, err))
        return false;
    s->dir = realpath(directory, NULL);
    if (!s->dir)
        return sl_fail_errno(err, SL_IO, errno, "cannot open folder %s", directory);
    for (size_t i = 0; i < SL_COUNT(folders); i++) {
        SL_CLEANUP(sl_freep) char *path = store_path(s, folders[i]);
        if (!fs_mkdir_all(path, 0700, err))
            return false;
    }
    return true;
}

/* lock_fd: of the process that is replaced, which holds it; -1: take it. */
static bool take_lock(struct store *s, int lock_fd, struct sl_err *err)
{
    s->lock_fd = lock_fd;
    if (lock_fd >= 0)
        return true;
    SL_CLEANUP(sl_freep) char *path = store_path(s, "lock");
    if (fs_lock(path, &s->lock_fd, err))
        return true;
    if (err && err->code == SL_BUSY)
        sl_fail(err, SL_BUSY, "%s is in use by a running gateway or another sluice command", s->dir);
    return false;
}

static bool load_secret(struct store *s, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *path = store_path(s, "secret");
    SL_CLEANUP(sl_freep) char *text = NULL;
    size_t n;
    if (!fs_exists(path)) {
        SL_CLEANUP(sl_freep) char *database = store_path(s, "state.db");
        if (fs_exists(database))
            sl_log_warning("store", "%s is gone and made anew: quotas begin to count anew", path);
        crypto_random(s->secret, sizeof s->secret);
        return fs_write_atomic(path, s->secret, sizeof s->secret, 0600, err);
    }
    if (!fs_read(path, STORE_SECRET, &text, &n, err))
        return false;
    if (n != STORE_SECRET)
        return sl_fail(err, SL_IO, "%s is damaged: restore it, or remove it; then quotas begin to count anew",
                       path);
    memcpy(s->secret, text, n);
    crypto_wipe(text, n);
    return true;
}

/* Finds damage before it is served; a history that has grown large is not worth the wait at every start. */
static bool check_database(struct store *s, struct sl_err *err)
{
    struct stat st;
    if (stat(db_path(s->db), &st) == 0 && st.st_size > CHECKED_MOST)
        return true;
    struct db_stmt *q = db_prepare_dynamic(s->db, "PRAGMA quick_check(1)", err);
    if (!q)
        return false;
    bool ok = db_step(q, err) == DB_ROW;
    if (ok && !sl_str_eq(db_column_text(q, 0), SL_STR("ok")))
        ok = sl_fail(err, SL_IO, "%s: %.*s", db_path(s->db), SL_FMT(db_column_text(q, 0)));
    db_done(&q);
    return ok;
}

static bool open_database(struct store *s, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *path = store_path(s, "state.db");
    struct sl_err why = {0};
    /* What an administrator was told is done must be there after a power cut too, so every commit reaches the
     * disk. */
    if (db_open(path, DB_READ_WRITE, &store_schema, &s->db, &why) && check_database(s, &why) &&
        db_exec(s->db, "PRAGMA synchronous = FULL", &why))
        return true;
    return sl_fail(err, why.code, "%s (if it is damaged, restore it from a backup)", why.msg);
}

static bool open_lists(struct store *s, struct sl_err *err)
{
    struct shelf shelf;
    if (!shelf_load(s, NULL, &shelf, err))
        return false;
    bool ok = shelf_open(s, &shelf, NULL, NULL, &s->lists, s->catalogue, err);
    shelf_fini(&shelf);
    return ok || sl_fail_in(err, "lists cannot be served; restore %s/lists from a backup: ", s->dir);
}

static bool open_tables(struct store *s, bool shared, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *ledger = store_path(s, "quota.ledger");
    SL_CLEANUP(sl_freep) char *consents = store_path(s, "consents");
    return ledger_open(ledger, s->secret, LEDGER_MOST, shared, &s->ledger, err) &&
           consents_open(consents, s->secret, CONSENTS_MOST, shared, &s->consents, err);
}

static bool open_learned(struct store *s, struct sl_err *err)
{
    s->learned = learned_new(s->secret);
    return learned_load(s, err);
}

static struct store *new_store(void)
{
    struct store *s = sl_calloc(1, sizeof *s);
    s->lock_fd = -1;
    pthread_mutex_init(&s->lists_lock, NULL);
    pthread_mutex_init(&s->apply_lock, NULL);
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->settings_lock, NULL);
    pthread_mutex_init(&s->decoy_lock, NULL);
    s->users = user_epochs_new();
    sem_init(&s->verifying, 0, VERIFYING_MOST);
    s->live = policy_live_new();
    return s;
}

static bool open_store(const char *directory, int lock_fd, struct store **out, struct sl_err *err)
{
    struct store *s = new_store();
    if (!make_folders(s, directory, err) || !take_lock(s, lock_fd, err) || !load_secret(s, err) ||
        !open_database(s, err) || !open_lists(s, err) || !versions_load(s, err) ||
        !open_tables(s, lock_fd >= 0, err) || !open_learned(s, err)) {
        store_close(&s);
        return false;
    }
    shelf_tidy(s);
    shelf_tidy_downloads(s);
    *out = s;
    return true;
}

bool store_open(const char *directory, struct store **out, struct sl_err *err)
{
    return open_store(directory, -1, out, err);
}

bool store_take_over(const char *directory, int lock_fd, struct store **out, struct sl_err *err)
{
    return open_store(directory, lock_fd, out, err);
}

void store_allow_private(struct store *s, const struct sl_cidr *nets, size_t count)
{
    struct sl_cidr *copy = sl_calloc(count + 1, sizeof *nets);
    if (count)
        memcpy(copy, nets, count * sizeof *nets);
    pthread_mutex_lock(&s->settings_lock);
    free(s->private_nets);
    s->private_nets = copy;
    s->private_count = count;
    pthread_mutex_unlock(&s->settings_lock);
}

struct sl_cidr *store_private_nets(struct store *s, size_t *out_count)
{
    pthread_mutex_lock(&s->settings_lock);
    size_t count = *out_count = s->private_count;
    struct sl_cidr *copy = sl_calloc(count + 1, sizeof *copy);
    if (count)
        memcpy(copy, s->private_nets, count * sizeof *copy);
    pthread_mutex_unlock(&s->settings_lock);
    return copy;
}

void store_set_page_host(struct store *s, struct sl_str host)
{
    pthread_mutex_lock(&s->settings_lock);
    free(s->page_host);
    s->page_host = sl_str_dup(host);
    pthread_mutex_unlock(&s->settings_lock);
}

void parent_names_fini(struct parent_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
    *names = (struct parent_names){0};
}

static struct parent_names copy_names(const char *const *names, size_t count)
{
    struct parent_names copy = {.items = sl_calloc(count + 1, sizeof *copy.items), .count = count};
    for (size_t i = 0; i < count; i++)
        copy.items[i] = sl_strdup(names[i]);
    return copy;
}

void store_set_parents(struct store *s, const char *const *names, size_t count)
{
    struct parent_names fresh = copy_names(names, count);
    pthread_mutex_lock(&s->lock);
    struct parent_names old = s->parents;
    s->parents = fresh;
    pthread_mutex_unlock(&s->lock);
    parent_names_fini(&old);
}

struct parent_names store_parents(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    struct parent_names copy = copy_names((const char *const *)s->parents.items, s->parents.count);
    pthread_mutex_unlock(&s->lock);
    return copy;
}

json_t *store_missing_parents(struct store *s, const json_t *doc)
{
    struct parent_names names = store_parents(s);
    struct snapshot *active = doc ? NULL : policy_live_get(s->live);
    json_t *missing = policy_missing_parents(doc ? doc : snapshot_document(active),
                                             (const char *const *)names.items, names.count);
    snapshot_unref(&active);
    parent_names_fini(&names);
    return missing;
}

void store_interrupt(struct store *s)
{
    atomic_store(&s->closing, true);
}

void store_resume(struct store *s)
{
    atomic_store(&s->closing, false);
}

void store_close(struct store **store)
{
    struct store *s = *store;
    if (!s)
        return;
    struct policy_scratch *scratch = atomic_exchange(&s->scratch, NULL);
    policy_scratch_free(&scratch);
    learned_free(&s->learned);
    consents_close(&s->consents);
    ledger_close(&s->ledger);
    policy_live_free(&s->live);
    if (s->lists)
        s->lists->unref(s->lists);
    db_close(&s->db);
    sl_closep(&s->lock_fd);
    free(s->private_nets);
    free(s->page_host);
    parent_names_fini(&s->parents);
    crypto_wipe(s->secret, sizeof s->secret);
    pthread_mutex_destroy(&s->lists_lock);
    pthread_mutex_destroy(&s->apply_lock);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->settings_lock);
    pthread_mutex_destroy(&s->decoy_lock);
    user_epochs_free(&s->users);
    sem_destroy(&s->verifying);
    free(s->dir);
    free(s);
    *store = NULL;
}

const char *store_directory(const struct store *s)
{
    return s->dir;
}

struct policy_live *store_live(struct store *s)
{
    return s->live;
}

const uint8_t *store_secret(const struct store *s)
{
    return s->secret;
}

struct ledger *store_ledger(struct store *s)
{
    return s->ledger;
}

struct consents *store_consents(struct store *s)
{
    return s->consents;
}

/* follow.c - one process after another on the same state directory: the old one still serves what it began,
 * the new one writes. See store_take_over. */
#include "policy/store/consents.h"
#include "policy/store/inside.h"
#include "policy/store/learned.h"
#include "policy/store/ledger.h"
#include "policy/store/shelf.h"
#include "policy/store/slots.h"

int store_lock(const struct store *s)
{
    return s->lock_fd;
}

void store_share(struct store *s)
{
    slots_share(ledger_slots(s->ledger));
    slots_share(consents_slots(s->consents));
}

void store_own(struct store *s)
{
    slots_own(ledger_slots(s->ledger));
    slots_own(consents_slots(s->consents));
}

/* A number that changes when another connection has written. */
static bool data_version(struct store *s, int64_t *out, struct sl_err *err)
{
    pthread_mutex_lock(&s->lock);
    struct db_stmt *q = db_prepare(s->db, "PRAGMA data_version");
    bool ok = db_step(q, err) == DB_ROW;
    if (ok)
        *out = db_column_int(q, 0);
    db_reset(q);
    pthread_mutex_unlock(&s->lock);
    return ok;
}

/* Maps the catalogue of the lists that the database names now. */
static bool follow_lists(struct store *s, bool *out_changed, struct sl_err *err)
{
    struct shelf shelf;
    struct list_provider *lists, *old;
    char key[CATALOGUE_KEY];
    if (!shelf_load(s, NULL, &shelf, err))
        return false;
    bool ok = shelf_open(s, &shelf, NULL, NULL, &lists, key, err);
    shelf_fini(&shelf);
    if (!ok)
        return false;
    pthread_mutex_lock(&s->lock);
    *out_changed = strcmp(key, s->catalogue) != 0;
    old = *out_changed ? s->lists : lists;
    if (*out_changed) {
        s->lists = lists;
        memcpy(s->catalogue, key, sizeof key);
    }
    pthread_mutex_unlock(&s->lock);
    old->unref(old);
    return true;
}

bool store_follow(struct store *s, struct sl_err *err)
{
    int64_t now;
    bool changed = false;
    if (!data_version(s, &now, err))
        return false;
    if (now == s->data_version)
        return true;
    user_epochs_note_all(s->users);
    pthread_mutex_lock(&s->lists_lock);
    pthread_mutex_lock(&s->apply_lock);
    bool ok = follow_lists(s, &changed, err) && versions_follow(s, changed, err);
    pthread_mutex_unlock(&s->apply_lock);
    pthread_mutex_unlock(&s->lists_lock);
    ok = ok && learned_load(s, err);
    if (ok)
        s->data_version = now;
    return ok;
}

/* inside.h - the store as its own sources see it: the struct, its locks, and the steps they share.
 *
 * Three mutexes, always in this order:
 *     lists_lock   one change of the list sources at a time; held through import and build (seconds)
 *     apply_lock   one change of what `live` holds at a time; held through compile and tests (up to seconds)
 *     lock         the database connection and `lists`; held for milliseconds
 * and one that is held for a copy, whatever else is held: settings_lock, of what the settings say.
 * Nothing on the path of a request takes any of them, except that store_user_verify takes `lock` to read one
 * row. */
#ifndef POLICY_STORE_INSIDE_H
#define POLICY_STORE_INSIDE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "base/crypto.h"
#include "base/db.h"
#include "policy/store/user_epochs.h"
#include "sluice/store.h"

enum { STORE_SECRET = 32, CATALOGUE_KEY = 65 };

struct store {
    char *dir;
    int lock_fd;
    uint8_t secret[STORE_SECRET];
    pthread_mutex_t lists_lock, apply_lock, lock;
    struct db *db;                 /* under lock */
    struct list_provider *lists;   /* under lock; our own reference */
    char catalogue[CATALOGUE_KEY]; /* under lists_lock: key of the file that `lists` maps, "" for none */
    char catalogue_before[CATALOGUE_KEY]; /* the same of the lists before, to go back to at once */
    struct policy_live *live;
    _Atomic int64_t version;              /* of the active policy; changes under apply_lock */
    _Atomic int64_t unconfirmed_until_us; /* 0: no version waits to be confirmed */
    _Atomic int64_t revert_not_before_us; /* going back failed just now */
    struct ledger *ledger;
    struct consents *consents;
    struct user_epochs *users;
    struct learned *learned;
    int64_t data_version;                     /* of the database when store_follow looked last */
    _Atomic(struct policy_scratch *) scratch; /* one kept for the next explanation */
    pthread_mutex_t decoy_lock;
    char decoy[CRYPTO_PASSWORD_HASH]; /* what unknown names are verified against; made on first use */
    sem_t verifying;                  /* how many passwords may be verified at a time: each takes 19 MiB */
    pthread_mutex_t settings_lock;
    struct sl_cidr *private_nets; /* under settings_lock, as page_host is */
    size_t private_count;
    struct parent_names {
        char **items;
        size_t count;
    } parents;                           /* of the settings; under `lock` */
    char *page_host;                     /* the gateway's own, which no list may begin to hold; NULL: none */
    _Atomic int64_t lists_not_before_us; /* no list is due before */
    atomic_bool closing;
};

/* Takes `lock` and begins a transaction. False: neither is held. */
bool store_begin(struct store *s, struct sl_err *err);
/* Ends it: commits when ok, else rolls back; gives `lock` back. Returns ok and committed. */
bool store_end(struct store *s, bool ok, struct sl_err *err);
/* "dir/name" on the heap. */
char *store_path(const struct store *s, const char *name);
/* A copy of the names of parent proxies; parent_names_fini. */
struct parent_names store_parents(struct store *s);
void parent_names_fini(struct parent_names *names);
/* A copy of the networks that store_allow_private was told, on the heap. */
struct sl_cidr *store_private_nets(struct store *s, size_t *out_count);
/* A reference to the current lists. */
struct list_provider *store_lists(struct store *s);
struct policy_scratch *store_scratch_take(struct store *s);
void store_scratch_give(struct store *s, struct policy_scratch *scratch);

/* Text columns: a NULL column and an empty one are both "". On the heap. */
char *store_column(struct db_stmt *stmt, int column);
/* "2026-..." or JSON null for 0. New reference. */
json_t *store_time_json(int64_t time_us);

/* ---- changes.c ---- */
/* One row of the change log, in the caller's transaction. Takes before and after (NULL: none). by may be
 * NULL: the gateway itself. */
bool change_add(struct store *s, const struct actor *by, const char *action, struct sl_str subject,
                json_t *before, json_t *after, struct sl_err *err);
/* The same with what its author says about it. */
bool change_add_why(struct store *s, const struct actor *by, const char *action, struct sl_str subject,
                    struct sl_str comment, json_t *before, json_t *after, struct sl_err *err);
struct sl_str actor_name(const struct actor *by);

/* ---- versions.c ---- */
/* Reads the highest version, writing version 1 when there is none, compiles it against `lists` into live. For
 * store_open. */
bool versions_load(struct store *s, struct sl_err *err);
/* Another process may have written a newer one, or changed the lists: puts what stands there into live.
 * Writes nothing. Under apply_lock. */
bool versions_follow(struct store *s, bool lists_changed, struct sl_err *err);
/* Makes `take` the current lists, all or nothing: compiles the active policy against it and runs its tests,
 * has rows(arg) write in one transaction, swaps. Takes the reference in any case. */
bool versions_swap_lists(struct store *s, struct list_provider *take,
                         bool (*rows)(struct store *s, void *arg, struct sl_err *err), void *arg,
                         struct sl_err *err);
/* Makes doc the active version, as store_policy_apply does, by a caller who holds apply_lock. rows (NULL:
 * none) writes in the same transaction. */
struct version_change {
    const char *action; /* for the change log */
    struct sl_str comment;
    const struct actor *by;
    struct sl_str author; /* "": by, else somebody asked and `by` approved it */
    struct sl_str said;   /* by who approved: for the change log */
    int64_t expected;     /* -1: whatever is active */
    int64_t restores;     /* of a roll-back: the version whose document it is; else 0 */
    int64_t confirm_ms;   /* 0: it stays */
    bool override;        /* a second person was passed over */
    bool reverts; /* the gateway goes back: without the document's tests, which must not stand in the way */
    bool (*rows)(struct store *s, const void *arg, struct sl_err *err);
    const void *arg;
};
bool versions_apply(struct store *s, const json_t *doc, const struct version_change *c, int64_t *out_version,
                    struct policy_faults *faults, struct sl_err *err);
/* Reads a version, 0 for the highest, in the caller's hold of `lock`. */
struct version_row {
    int64_t version, time_us;
    char *author;     /* on the heap */
    json_t *document; /* new reference */
};
bool versions_read(struct store *s, int64_t version, struct version_row *out, struct sl_err *err);
void version_row_fini(struct version_row *row);
/* Names of the categories of the active policy, and of the one that it may go back to, that name list `name`
 * or a part of it. */
json_t *versions_categories_using(struct store *s, struct sl_str name);

/* ---- confirm.c ---- */
/* In the transaction that makes `version`: begins or ends the time in which a version waits. *out_until_us is
 * for confirm_note, behind the commit. */
bool confirm_rows(struct store *s, int64_t version, const struct version_change *c, int64_t *out_until_us,
                  struct sl_err *err);
void confirm_note(struct store *s, int64_t until_us);
/* For store_open, behind the compiled version: goes back at once when the time passed meanwhile. */
void confirm_load(struct store *s);
/* The version that would come back; 0: none. Under `lock`. */
int64_t confirm_restores(struct store *s);

/* ---- drafts.c ---- */
/* What is there, provided that it is what the caller saw (SL_CONFLICT). Under `lock`. */
bool drafts_read_seen(struct store *s, struct draft_tag seen, struct draft *out, struct sl_err *err);
/* The draft that was seen, made from the active version: one that can be published. Takes `lock`. */
bool drafts_take(struct store *s, struct draft_tag seen, struct draft *out, struct sl_err *err);
/* Makes it a version, all or nothing. `make` (NULL: none) completes the change for the draft that was read,
 * or refuses. Takes apply_lock. */
bool drafts_publish(struct store *s, struct draft_tag seen, struct version_change *c,
                    bool (*make)(const struct draft *d, struct version_change *c, struct sl_err *err),
                    int64_t *out_version, struct policy_faults *faults, struct sl_err *err);

/* ---- approval.c; all under `lock` ---- */
/* The request for this revision, or NULL. New reference. */
json_t *approval_read(struct store *s, int64_t revision);
/* SL_CONFLICT while a request waits: what somebody is asked to approve must not change. */
bool approval_none(struct store *s, struct sl_err *err);
bool approval_forget(struct store *s, struct sl_err *err);

#endif

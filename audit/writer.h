/* writer.h - private to audit/: the one who moves records from journals into day files, and what the rest of
 * audit/ may ask of it. */
#ifndef AUDIT_WRITER_H
#define AUDIT_WRITER_H

#include <pthread.h>

#include "sluice/audit.h"

#include "audit/day.h"
#include "audit/stream.h"

/* Someone who wants to see every record exactly once, in the transaction that stores it: rollups, the chain,
 * counters. A row that was shown counts only when `committed` follows for its day; after `rolled_back` it
 * will be shown again. Called on the writer's thread. */
struct batch_observer {
    void *arg;
    bool (*row)(void *arg, struct day *day, const struct record *r, uint64_t id, struct sl_err *err);
    bool (*before_commit)(void *arg, struct day *day, struct sl_err *err); /* may be NULL */
    void (*committed)(void *arg, int64_t day);
    void (*rolled_back)(void *arg, int64_t day);
};
enum { OBSERVERS_MOST = 4 };

struct writer {
    char *directory, *journal_folder;
    uint64_t segment_bytes;
    int64_t batch_us; /* atomic */
    int lock_fd;      /* of the journal folder: one process at a time */

    pthread_t thread;
    bool threaded;
    bool stop;        /* atomic */
    bool leaving;     /* atomic: the thread is asked to hand over */
    bool handed_over; /* under days_lock: another process stores, this one makes segments only */
    int wake_fd;      /* eventfd */

    pthread_mutex_t streams_lock; /* the list; streams themselves as stream.h tells */
    struct stream **streams;
    size_t stream_count, stream_cap;

    pthread_mutex_t days_lock; /* the open day files, held for a batch; retention takes it too */
    struct day **days;
    int64_t *day_used_us;
    bool *day_unsynced;
    size_t day_count, day_cap;
    struct batch_observer observers[OBSERVERS_MOST];
    size_t observer_count;
    int64_t synced_us;

    int64_t suspect_day;        /* whose file failed the last batch */
    unsigned suspect_count;     /* and how many in a row */
    int64_t retry_us, pause_us; /* when a failed batch is tried again, and how long the next wait is */

    /* Figures, atomic. */
    uint64_t appended_gone, stored, failed, refused, last_id;
    int64_t drained_us; /* everything appended before is stored */
    pthread_mutex_t trouble_lock;
    struct trouble {
        bool now;
        char text[240];
        int64_t logged_us;
    } store_trouble, spare_trouble;
};

bool writer_init(struct writer *w, const struct audit_config *cfg, struct sl_err *err);
void writer_fini(struct writer *w);
/* Adds the journals that earlier lives left; those of `others` (NULL: none) still grow. Streams that are
 * there already are left alone. */
bool writer_find_old(struct writer *w, const struct audit_handover *others, struct sl_err *err);
/* Adds what other processes have made since. */
void writer_find_new(struct writer *w);
/* Moves what lies in the journals into day files until nothing is left to do (true) or something fails. */
bool writer_drain(struct writer *w, struct sl_err *err);
bool writer_start(struct writer *w, struct sl_err *err);
void writer_wake(void *writer); /* any thread, never blocks */
/* Ends the thread after a last drain. */
void writer_stop(struct writer *w);
/* Has the thread store what there is, and nothing more from then on. */
void writer_hand_over(struct writer *w);
void writer_add_stream(struct writer *w, struct stream *s); /* any thread */

/* trouble.c: what goes wrong is remembered for the status and said in the log, once a minute while it lasts.
 */
void trouble_note(struct writer *w, struct trouble *t, const char *what, const struct sl_err *err);
void trouble_over(struct writer *w, struct trouble *t, const char *what);

/* batch.c: */
enum batch_result { BATCH_ALL, BATCH_MORE, BATCH_FAILED };
/* One transaction in each day file that has records waiting. BATCH_MORE: there was more than fits one. */
enum batch_result batch_run(struct writer *w, struct sl_err *err);
/* Syncs day files now and then, removes what journals no longer need, closes idle files. */
bool batch_tidy(struct writer *w, bool now, struct sl_err *err);
/* Closes the file of that day if it is open. The caller holds days_lock. */
void batch_close_day(struct writer *w, int64_t number);

#endif

/* audit.c - the front door: start, stop, journals, figures. See sluice/audit.h. */
#include "audit/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "sluice/clock.h"
#include "sluice/log.h"

#include "audit/days.h"
#include "audit/journal.h"
#include "base/crypto.h"

/* The highest id in the newest day file that has any. A file that can't be read was not written by us lately
 * either. */
static uint64_t stored_last_id(const char *directory)
{
    struct days days;
    uint64_t id = 0;
    if (!days_list(directory, &days, NULL))
        return 0;
    for (size_t i = days.count; i-- > 0 && id == 0;) {
        SL_CLEANUP(sl_freep) char *path = day_path(directory, days.items[i]);
        struct db *db = NULL;
        struct sl_err err = {0};
        struct db_stmt *s = NULL;
        if (db_open(path, DB_READ_ONLY, NULL, &db, &err) &&
            (s = db_prepare_dynamic(db, "SELECT max(id) FROM requests", &err)) && db_step(s, &err) == DB_ROW)
            id = (uint64_t)db_column_int(s, 0);
        if (err.code)
            sl_log_warning("audit", "cannot read the last id: %s", err.msg);
        db_done(&s);
        db_close(&db);
    }
    days_fini(&days);
    return id;
}

/* The highest id in journals that are not stored yet. */
static uint64_t pending_last_id(struct writer *w)
{
    uint64_t id = 0;
    for (size_t i = 0; i < w->stream_count; i++) {
        struct stream *s = w->streams[i];
        struct frame f;
        struct record r;
        struct sl_str parts[PART_COUNT];
        while (stream_next(s, &f) == STREAM_RECORD)
            if (record_decode(f.payload, &r, parts))
                id = SL_MAX(id, r.id);
        s->read = s->stored;
    }
    return id;
}

/* Recovery that fails is no reason not to serve: the writer goes on trying, and journals hold what comes
 * meanwhile. */
static bool recover(struct audit *a, const struct audit_handover *others, struct sl_err *err)
{
    struct sl_err why = {0};
    struct writer *w = &a->writer;
    if (!writer_find_old(w, others, err))
        return false;
    if (!writer_drain(w, &why)) {
        trouble_note(w, &w->store_trouble, "storing records of an earlier life", &why);
        w->last_id = SL_MAX(w->last_id, pending_last_id(w));
    }
    w->last_id = SL_MAX(w->last_id, stored_last_id(w->directory));
    return true;
}

bool audit_start(const struct audit_config *cfg, struct audit **out, struct sl_err *err)
{
    struct audit *a = sl_calloc(1, sizeof *a);
    a->retention_ms = cfg->retention_ms;
    if (!writer_init(&a->writer, cfg, err)) {
        free(a);
        return false;
    }
    a->tally = tally_new();
    a->tail = tail_new();
    if (!recover(a, cfg->from, err)) {
        audit_stop(&a);
        return false;
    }
    uint64_t recovered = __atomic_exchange_n(&a->writer.stored, 0, __ATOMIC_RELAXED);
    if (recovered)
        sl_log_notice("audit", "%llu records of an earlier life recovered", (unsigned long long)recovered);
    a->writer.observers[a->writer.observer_count++] = tally_observer(a->tally);
    a->writer.observers[a->writer.observer_count++] = tail_observer(a->tail);
    if (!writer_start(&a->writer, err)) {
        audit_stop(&a);
        return false;
    }
    *out = a;
    return true;
}

void audit_configure(struct audit *a, int64_t batch_ms, int64_t retention_ms)
{
    __atomic_store_n(&a->writer.batch_us, batch_ms * 1000, __ATOMIC_RELAXED);
    __atomic_store_n(&a->retention_ms, retention_ms, __ATOMIC_RELAXED);
    writer_wake(&a->writer);
}

void audit_stop(struct audit **a)
{
    if (!*a)
        return;
    struct writer *w = &(*a)->writer;
    if (w->threaded)
        writer_stop(w);
    for (size_t i = 0; i < w->stream_count; i++)
        sl_assert(w->streams[i]->foreign || __atomic_load_n(&w->streams[i]->closed, __ATOMIC_ACQUIRE));
    writer_fini(w);
    tally_free(&(*a)->tally);
    tail_free(&(*a)->tail);
    sl_freep(a);
}

/* ---- one process after another ---- */

void audit_hand_over(struct audit *a, struct audit_handover *out)
{
    struct writer *w = &a->writer;
    writer_hand_over(w);
    *out = (struct audit_handover){.lock_fd = w->lock_fd};
    pthread_mutex_lock(&w->streams_lock);
    out->streams = sl_calloc(w->stream_count + 1, sizeof *out->streams);
    for (size_t i = 0; i < w->stream_count; i++)
        if (!w->streams[i]->old)
            out->streams[out->stream_count++] = w->streams[i]->id;
    pthread_mutex_unlock(&w->streams_lock);
}

int audit_lock(const struct audit *a)
{
    return a->writer.lock_fd;
}

void audit_take_back(struct audit *a)
{
    struct writer *w = &a->writer;
    struct sl_err err = {0};
    pthread_mutex_lock(&w->days_lock);
    if (!writer_find_old(w, NULL, &err))
        sl_log_error("audit", "journals of the process that failed wait for the next start: %s", err.msg);
    w->handed_over = false;
    pthread_mutex_unlock(&w->days_lock);
    writer_wake(w);
}

void audit_others_gone(struct audit *a)
{
    struct writer *w = &a->writer;
    pthread_mutex_lock(&w->days_lock);
    writer_find_new(w);
    for (size_t i = 0; i < w->stream_count; i++)
        if (w->streams[i]->foreign)
            stream_abandoned(w->streams[i]);
    pthread_mutex_unlock(&w->days_lock);
    writer_wake(w);
}

bool audit_recover(const struct audit_config *cfg, struct sl_err *err)
{
    struct writer w;
    if (!writer_init(&w, cfg, err))
        return false;
    bool ok = writer_find_old(&w, NULL, err) && writer_drain(&w, err);
    writer_fini(&w);
    return ok;
}

uint64_t audit_last_id(const struct audit *a)
{
    return __atomic_load_n(&a->writer.last_id, __ATOMIC_RELAXED);
}

bool journal_open(struct audit *a, unsigned worker, struct journal **out, struct sl_err *err)
{
    struct writer *w = &a->writer;
    uint64_t id;
    crypto_random(&id, sizeof id);
    struct stream *s = stream_new(id, false);
    /* The one in use and one behind it. */
    if (!stream_make_spare(s, w->journal_folder, w->segment_bytes, err) ||
        !stream_make_spare(s, w->journal_folder, w->segment_bytes, err)) {
        stream_drop_all(s);
        stream_free(s);
        return sl_fail_in(err, "journal of worker %u: ", worker);
    }
    stream_move_pages(s);
    *out = journal_new(s, w->segment_bytes, writer_wake, w);
    writer_add_stream(w, s);
    return true;
}

static uint64_t file_bytes(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static uint64_t database_bytes(const char *directory)
{
    struct days days;
    uint64_t bytes = 0;
    if (!days_list(directory, &days, NULL))
        return 0;
    for (size_t i = 0; i < days.count; i++) {
        SL_CLEANUP(sl_freep) char *path = day_path(directory, days.items[i]);
        SL_CLEANUP(sl_freep) char *wal = sl_asprintf("%s-wal", path);
        bytes += file_bytes(path) + file_bytes(wal);
    }
    days_fini(&days);
    return bytes;
}

static void stream_figures(struct writer *w, struct audit_status *out)
{
    pthread_mutex_lock(&w->streams_lock);
    out->appended = __atomic_load_n(&w->appended_gone, __ATOMIC_RELAXED);
    for (size_t i = 0; i < w->stream_count; i++) {
        const struct stream *s = w->streams[i];
        /* In this order, or a record stored in between would be counted as stored before it was appended. */
        uint64_t committed = __atomic_load_n(&s->committed, __ATOMIC_RELAXED);
        uint64_t appended = __atomic_load_n(&s->appended, __ATOMIC_RELAXED);
        out->appended += appended;
        out->lag_records += appended > committed ? appended - committed : 0;
        out->journal_bytes += __atomic_load_n(&s->files, __ATOMIC_RELAXED) * w->segment_bytes;
    }
    pthread_mutex_unlock(&w->streams_lock);
}

void audit_status(const struct audit *a, struct audit_status *out)
{
    /* Counting takes the locks of the writer, which are no part of its state. */
    struct writer *w = (struct writer *)&a->writer;
    *out = (struct audit_status){.stored = __atomic_load_n(&w->stored, __ATOMIC_RELAXED),
                                 .failed = __atomic_load_n(&w->failed, __ATOMIC_RELAXED)};
    stream_figures(w, out);
    if (out->lag_records)
        out->lag_ms = (sl_monotonic_us() - __atomic_load_n(&w->drained_us, __ATOMIC_RELAXED)) / 1000;
    pthread_mutex_lock(&w->trouble_lock);
    out->failing = w->store_trouble.now || w->spare_trouble.now;
    if (out->failing)
        snprintf(out->last_error, sizeof out->last_error, "%s",
                 w->store_trouble.now ? w->store_trouble.text : w->spare_trouble.text);
    pthread_mutex_unlock(&w->trouble_lock);
    out->database_bytes = database_bytes(w->directory);
}

json_t *audit_report_counts(struct audit *a)
{
    return tally_to_json(a->tally);
}

/* writer.c - who stores records, and when? One thread, every batch_ms or when a worker asks for a segment;
 * see batch.c for how.
 *
 * Whatever fails here (a full disk, a locked or broken file) stops nobody: records stay in their journals,
 * the batch is tried again after a growing pause, and only when no further segment can be made does
 * journal_reserve say no. */
#include "audit/writer.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sluice/clock.h"

#include "audit/quarantine.h"
#include "base/fs.h"

static const int64_t PAUSE_US = 200000, PAUSE_MOST_US = 10 * 1000000;
enum { LAST_TRIES = 5, SUSPICIONS = 3 };
static const char STORING[] = "storing records", SPARES[] = "making journal segments";

bool writer_init(struct writer *w, const struct audit_config *cfg, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *audit = sl_asprintf("%s/audit", cfg->directory);
    SL_CLEANUP(sl_freep) char *lock = sl_asprintf("%s/journal/lock", cfg->directory);
    *w =
        (struct writer){.lock_fd = -1, .wake_fd = -1, .pause_us = PAUSE_US, .batch_us = cfg->batch_ms * 1000};
    w->segment_bytes =
        SL_MIN(SL_MAX(cfg->segment_bytes & ~(uint64_t)7, (uint64_t)SEGMENT_LEAST), (uint64_t)SEGMENT_MOST);
    w->directory = sl_strdup(cfg->directory);
    w->journal_folder = sl_asprintf("%s/journal", cfg->directory);
    pthread_mutex_init(&w->streams_lock, NULL);
    pthread_mutex_init(&w->days_lock, NULL);
    pthread_mutex_init(&w->trouble_lock, NULL);
    w->drained_us = sl_monotonic_us();
    bool ok = fs_mkdir_all(w->journal_folder, 0700, err) && fs_mkdir_all(audit, 0700, err);
    if (ok && cfg->from)
        w->lock_fd = cfg->from->lock_fd;
    else if (ok)
        ok = fs_lock(lock, &w->lock_fd, err);
    if (!ok)
        writer_fini(w);
    return ok;
}

void writer_fini(struct writer *w)
{
    while (w->day_count)
        batch_close_day(w, day_number(w->days[0]));
    for (size_t i = 0; i < w->stream_count; i++)
        stream_free(w->streams[i]);
    sl_closep(&w->lock_fd);
    sl_closep(&w->wake_fd);
    pthread_mutex_destroy(&w->streams_lock);
    pthread_mutex_destroy(&w->days_lock);
    pthread_mutex_destroy(&w->trouble_lock);
    free(w->streams);
    free(w->days);
    free(w->day_used_us);
    free(w->day_unsynced);
    free(w->directory);
    free(w->journal_folder);
}

void writer_add_stream(struct writer *w, struct stream *s)
{
    pthread_mutex_lock(&w->streams_lock);
    SL_GROW(w->streams, w->stream_count, &w->stream_cap);
    w->streams[w->stream_count++] = s;
    pthread_mutex_unlock(&w->streams_lock);
}

static int compare_segments(const void *a, const void *b)
{
    const struct segment *x = *(struct segment *const *)a, *y = *(struct segment *const *)b;
    if (x->stream != y->stream)
        return x->stream < y->stream ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* All segment files in the folder, those of one stream together and in order. */
static bool list_segments(const char *folder, struct segment ***out, size_t *out_count, struct sl_err *err)
{
    struct segment **items = NULL, *segment;
    size_t count = 0, cap = 0;
    DIR *dir = opendir(folder);
    if (!dir)
        return sl_fail_errno(err, SL_IO, errno, "cannot read folder %s", folder);
    for (const struct dirent *e; (errno = 0, e = readdir(dir));)
        if (segment_find(folder, e->d_name, &segment, NULL)) {
            SL_GROW(items, count, &cap);
            items[count++] = segment;
        }
    int error = errno;
    closedir(dir);
    if (count)
        qsort(items, count, sizeof *items, compare_segments);
    *out = items;
    *out_count = count;
    return !error || sl_fail_errno(err, SL_IO, error, "cannot read folder %s", folder);
}

static struct stream *find_stream(const struct writer *w, uint64_t id)
{
    for (size_t i = 0; i < w->stream_count; i++)
        if (w->streams[i]->id == id)
            return w->streams[i];
    return NULL;
}

static bool is_among(const struct audit_handover *others, uint64_t id)
{
    for (size_t i = 0; others && i < others->stream_count; i++)
        if (others->streams[i] == id)
            return true;
    return false;
}

static struct stream *add_old(struct writer *w, uint64_t id, const struct audit_handover *others)
{
    struct stream *s = stream_new(id, true);
    s->foreign = is_among(others, id);
    s->closed = !s->foreign;
    writer_add_stream(w, s);
    return s;
}

bool writer_find_old(struct writer *w, const struct audit_handover *others, struct sl_err *err)
{
    struct segment **segments = NULL;
    size_t count = 0, known = w->stream_count;
    struct stream *s = NULL;
    bool ok = list_segments(w->journal_folder, &segments, &count, err);
    for (size_t i = 0; i < count; i++) {
        if (!s || s->id != segments[i]->stream)
            s = find_stream(w, segments[i]->stream);
        if (!s)
            s = add_old(w, segments[i]->stream, others);
        bool before = false;
        for (size_t k = 0; k < known; k++)
            before |= w->streams[k] == s;
        if (before)
            segment_free(&segments[i]);
        else
            stream_add_old(s, segments[i]);
    }
    free(segments);
    return ok;
}

static bool any_foreign(const struct writer *w)
{
    for (size_t i = 0; i < w->stream_count; i++)
        if (w->streams[i]->foreign)
            return true;
    return false;
}

void writer_find_new(struct writer *w)
{
    struct segment **segments = NULL;
    size_t count = 0;
    if (!any_foreign(w) || !list_segments(w->journal_folder, &segments, &count, NULL))
        return;
    for (size_t i = 0; i < count; i++) {
        struct stream *s = find_stream(w, segments[i]->stream);
        if (s && s->foreign)
            stream_add_next(s, &segments[i]);
        segment_free(&segments[i]);
    }
    free(segments);
}

bool writer_drain(struct writer *w, struct sl_err *err)
{
    enum batch_result result;
    do
        result = batch_run(w, err);
    while (result == BATCH_MORE && batch_tidy(w, false, err));
    return result == BATCH_ALL && batch_tidy(w, true, err);
}

void writer_wake(void *writer)
{
    const struct writer *w = writer;
    uint64_t one = 1;
    /* The counter can't be full, and a lost wake would cost one batch_ms. */
    ssize_t n = write(w->wake_fd, &one, sizeof one);
    (void)n;
}

/* Keeps as many spare segments ready as each journal wants. */
static void make_spares(struct writer *w)
{
    struct sl_err err = {0};
    bool ok = true, any = false;
    pthread_mutex_lock(&w->streams_lock);
    for (size_t i = 0; i < w->stream_count && ok; i++) {
        struct stream *s = w->streams[i];
        while (ok && !s->old && !__atomic_load_n(&s->closed, __ATOMIC_ACQUIRE) &&
               stream_spares(s) < __atomic_load_n(&s->wanted, __ATOMIC_ACQUIRE)) {
            ok = stream_make_spare(s, w->journal_folder, w->segment_bytes, &err);
            any = true;
        }
    }
    pthread_mutex_unlock(&w->streams_lock);
    if (!ok)
        trouble_note(w, &w->spare_trouble, SPARES, &err);
    else if (any)
        trouble_over(w, &w->spare_trouble, SPARES);
}

/* The file of one day has failed several batches: is it beyond repair? */
static void look_at_suspect(struct writer *w)
{
    if (w->suspect_count < SUSPICIONS)
        return;
    w->suspect_count = 0;
    pthread_mutex_lock(&w->days_lock);
    batch_close_day(w, w->suspect_day);
    if (quarantine_day(w->directory, w->suspect_day))
        w->retry_us = 0;
    pthread_mutex_unlock(&w->days_lock);
}

/* One round; false when it failed and has to wait. */
static bool work(struct writer *w, bool *out_more)
{
    struct sl_err err = {0};
    enum batch_result result = batch_run(w, &err);
    *out_more = result == BATCH_MORE;
    if (result != BATCH_FAILED && batch_tidy(w, false, &err)) {
        trouble_over(w, &w->store_trouble, STORING);
        w->pause_us = PAUSE_US;
        return true;
    }
    trouble_note(w, &w->store_trouble, STORING, &err);
    w->retry_us = sl_monotonic_us() + w->pause_us;
    w->pause_us = SL_MIN(w->pause_us * 2, PAUSE_MOST_US);
    look_at_suspect(w);
    return false;
}

static void wait_for_work(struct writer *w)
{
    struct pollfd wake = {.fd = w->wake_fd, .events = POLLIN};
    uint64_t count;
    int64_t batch_us = __atomic_load_n(&w->batch_us, __ATOMIC_RELAXED);
    if (poll(&wake, 1, (int)(batch_us / 1000)) == 1) {
        ssize_t n = read(w->wake_fd, &count, sizeof count);
        (void)n;
    }
}

static bool handed_over(struct writer *w)
{
    pthread_mutex_lock(&w->days_lock);
    bool done = w->handed_over;
    pthread_mutex_unlock(&w->days_lock);
    return done;
}

static void hand_over(struct writer *w)
{
    struct sl_err err = {0};
    if (!writer_drain(w, &err)) /* the other process reads what is left */
        trouble_note(w, &w->store_trouble, STORING, &err);
    pthread_mutex_lock(&w->days_lock);
    while (w->day_count)
        batch_close_day(w, day_number(w->days[0]));
    w->handed_over = true;
    pthread_mutex_unlock(&w->days_lock);
}

void writer_hand_over(struct writer *w)
{
    __atomic_store_n(&w->leaving, true, __ATOMIC_RELEASE);
    writer_wake(w);
    while (!handed_over(w))
        usleep(1000);
}

static void *run(void *arg)
{
    struct writer *w = arg;
    bool more = false;
    while (!__atomic_load_n(&w->stop, __ATOMIC_ACQUIRE)) {
        make_spares(w);
        if (__atomic_exchange_n(&w->leaving, false, __ATOMIC_ACQ_REL))
            hand_over(w);
        if (sl_monotonic_us() >= w->retry_us && work(w, &more) && more)
            continue;
        wait_for_work(w);
    }
    return NULL;
}

bool writer_start(struct writer *w, struct sl_err *err)
{
    w->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (w->wake_fd < 0)
        return sl_fail_errno(err, SL_IO, errno, "cannot make an eventfd");
    int error = pthread_create(&w->thread, NULL, run, w);
    if (error)
        return sl_fail_errno(err, SL_IO, error, "cannot start the audit writer");
    pthread_setname_np(w->thread, "audit");
    w->threaded = true;
    return true;
}

void writer_stop(struct writer *w)
{
    struct sl_err err = {0};
    if (w->threaded) {
        __atomic_store_n(&w->stop, true, __ATOMIC_RELEASE);
        writer_wake(w);
        pthread_join(w->thread, NULL);
        w->threaded = false;
    }
    for (int i = 0; !w->handed_over && i < LAST_TRIES; i++) {
        if (writer_drain(w, &err))
            return;
        trouble_note(w, &w->store_trouble, STORING, &err);
        usleep((useconds_t)PAUSE_US / 2);
    }
}

/* retention.c - how long is the request log kept? Whole days go, by deleting their files. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "sluice/log.h"

#include "audit/audit.h"
#include "audit/days.h"

/* The WAL goes first: one that outlived its database would be taken for the next file's of that name. */
static bool remove_files(const char *path)
{
    static const char *const suffixes[] = {"-wal", "-shm", ""};
    for (size_t i = 0; i < SL_COUNT(suffixes); i++) {
        SL_CLEANUP(sl_freep) char *file = sl_asprintf("%s%s", path, suffixes[i]);
        if (unlink(file) != 0 && errno != ENOENT) {
            sl_log_error("audit", "cannot remove %s past its retention: %s", file, strerror(errno));
            return false;
        }
    }
    return true;
}

unsigned audit_enforce_retention(struct audit *a, int64_t now_us)
{
    struct days days;
    struct sl_err err = {0};
    unsigned gone = 0;
    int64_t retention_ms = __atomic_load_n(&a->retention_ms, __ATOMIC_RELAXED);
    if (retention_ms <= 0)
        return 0;
    if (!days_list(a->writer.directory, &days, &err)) {
        sl_log_error("audit", "retention: %s", err.msg);
        return 0;
    }
    int64_t first_kept = day_of_time(now_us - retention_ms * 1000);
    for (size_t i = 0; i < days.count && days.items[i] < first_kept; i++) {
        SL_CLEANUP(sl_freep) char *path = day_path(a->writer.directory, days.items[i]);
        pthread_mutex_lock(&a->writer.days_lock);
        batch_close_day(&a->writer, days.items[i]);
        gone += remove_files(path);
        pthread_mutex_unlock(&a->writer.days_lock);
    }
    days_fini(&days);
    if (gone)
        sl_log_info("audit", "%u days of the request log were past their retention and are gone", gone);
    return gone;
}

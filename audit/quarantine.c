/* quarantine.c - see audit/quarantine.h. A disk that is full or fails leaves the file alone: only a file that
 * can be read, and is wrong, is set aside. What it held is lost to queries but not to a person with SQLite's
 * recovery; what journals still hold is stored again. */
#include "audit/quarantine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sluice/clock.h"
#include "sluice/log.h"

#include "audit/days.h"

enum { READ_STEP = 1 << 20 };

static bool can_be_read(const char *path)
{
    SL_CLEANUP(sl_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    SL_CLEANUP(sl_freep) char *buffer = sl_malloc(READ_STEP);
    ssize_t n;
    if (fd < 0)
        return false;
    do
        n = read(fd, buffer, READ_STEP);
    while (n > 0 || (n < 0 && errno == EINTR));
    return n == 0;
}

/* Does SQLite find the file whole? *out_why is its complaint. */
static bool is_sound(const char *path, struct sl_err *out_why)
{
    struct db *db;
    struct db_stmt *s = NULL;
    if (!db_open(path, DB_READ_ONLY, NULL, &db, out_why))
        return out_why->code != SL_IO;
    bool sound = false;
    if ((s = db_prepare_dynamic(db, "PRAGMA quick_check(1)", out_why)) && db_step(s, out_why) == DB_ROW) {
        struct sl_str word = db_column_text(s, 0);
        sound = sl_str_eq(word, SL_STR("ok"));
        if (!sound)
            sl_fail(out_why, SL_IO, "%s: %.*s", path, SL_FMT(word));
    }
    sound |= out_why->code == SL_BUSY;
    db_done(&s);
    db_close(&db);
    return sound;
}

bool quarantine_day(const char *directory, int64_t day)
{
    SL_CLEANUP(sl_freep) char *path = day_path(directory, day);
    SL_CLEANUP(sl_freep)
    char *aside = sl_asprintf("%s.damaged-%lld", path, (long long)(sl_wall_us() / 1000000));
    SL_CLEANUP(sl_freep) char *wal = sl_asprintf("%s-wal", path);
    SL_CLEANUP(sl_freep) char *wal_aside = sl_asprintf("%s-wal", aside);
    SL_CLEANUP(sl_freep) char *shm = sl_asprintf("%s-shm", path);
    struct sl_err why = {0};
    if (!can_be_read(path) || is_sound(path, &why))
        return false;
    /* The WAL first: it must never stand beside another database. */
    if ((rename(wal, wal_aside) != 0 && errno != ENOENT) || rename(path, aside) != 0) {
        sl_log_error("audit", "%s is damaged (%s) and can't be renamed: %s", path, why.msg, strerror(errno));
        return false;
    }
    unlink(shm);
    sl_log_error("audit", "%s is damaged (%s); set aside as %s, a new one begins", path, why.msg, aside);
    return true;
}

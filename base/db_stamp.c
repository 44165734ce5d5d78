/* db_stamp.c - has a database changed? Answered without opening it; see base/db.h.
 *
 * A commit writes to the -wal file, and only then becomes visible (in the index, which is mapped memory and
 * tells nobody). Who reads in between would take old content for new; so the writer marks the file behind
 * each commit (db_mark), and times are only trusted when they are so old that a mark would be another one.
 *
 * Nothing here may open the files: closing them would take this process's locks off them, SQLite's included.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/db.h"
#include "sluice/clock.h"

enum { TRUSTED_S = 2 };

static void look(const char *path, struct db_stamp_file *out)
{
    struct stat st;
    /* An empty -wal file is there or not as readers come and go. */
    if (stat(path, &st) == 0 && st.st_size > 0)
        *out = (struct db_stamp_file){(uint64_t)st.st_dev, (uint64_t)st.st_ino, st.st_size,
                                      st.st_ctim.tv_sec * (int64_t)1000000000 + st.st_ctim.tv_nsec,
                                      st.st_mtim.tv_sec};
}

bool db_stamp(const char *path, struct db_stamp *out)
{
    SL_CLEANUP(sl_freep) char *wal = sl_asprintf("%s-wal", path);
    memset(out, 0, sizeof *out);
    int64_t now_s = sl_wall_us() / 1000000;
    look(path, &out->file);
    look(wal, &out->wal);
    int64_t changed_ns = SL_MAX(out->file.changed_ns, out->wal.changed_ns);
    return out->file.size > 0 && changed_ns / 1000000000 < now_s - TRUSTED_S;
}

void db_mark(const struct db *db)
{
    utimensat(AT_FDCWD, db_path(db), NULL, 0);
}

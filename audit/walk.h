/* walk.h - a walk over day files in the order of time, and in each over ids; a cursor is the id where the
 * next walk goes on.
 *
 * Every look into a file is over a window of ids that grows while little is found: a short one first, so that
 * each call gets somewhere whatever its deadline, and never the whole day, so that no reader holds up the
 * writer's checkpoints. Readers have connections of their own; any thread. */
#ifndef AUDIT_WALK_H
#define AUDIT_WALK_H

#include "sluice/audit.h"

#include "audit/filter.h"

struct walk {
    /* The caller's, after walk_init. */
    int64_t deadline_us;     /* 0: none */
    bool (*gone)(void *arg); /* may be NULL */
    void *gone_arg;
    uint64_t limit;
    void (*day)(void *arg, struct db *db);        /* the rows that follow are of this file; may be NULL */
    bool (*each)(void *arg, struct db_stmt *row); /* a row of `columns`; false stops */
    void *arg;

    /* What came of it. */
    uint64_t found, last_id;
    uint64_t next_id; /* 0: that was all */
    bool partial;     /* time was over first */

    /* Its own. */
    const char *directory;
    const struct audit_filter *filter;
    bool up; /* oldest first */
    struct filter_sql sql;
    char *select, *edge; /* statements: matching rows of a window; the far edge of the next window */
    bool moved;          /* a whole window was looked at: the deadline counts */
    uint64_t window;
    int64_t ask_us;
};

/* columns: row_select, or another "SELECT r.id, ... FROM requests r" with the id first. */
bool walk_init(struct walk *w, const char *directory, const char *columns, const struct audit_filter *f,
               bool up, struct sl_err *err);
bool walk_days(struct walk *w, struct sl_err *err);
void walk_fini(struct walk *w);

#endif

/* query.c - which requests are there: a page, or one? See sluice/audit.h. */
#include <stdlib.h>

#include "sluice/audit.h"
#include "sluice/clock.h"

#include "audit/days.h"
#include "audit/row.h"
#include "audit/schema.h"
#include "audit/walk.h"
#include "base/fs.h"

static bool append_item(void *arg, struct db_stmt *row)
{
    json_array_append_new(arg, row_to_json(row));
    return true;
}

bool audit_query(const char *directory, const struct audit_filter *f, const struct audit_bounds *bounds,
                 struct audit_page *out, struct sl_err *err)
{
    struct walk w;
    if (!walk_init(&w, directory, row_select, f, f->oldest_first, err))
        return false;
    w.limit = SL_MIN(SL_MAX(f->limit, 1u), (unsigned)AUDIT_PAGE_MOST);
    w.deadline_us = bounds->deadline_ms > 0 ? sl_monotonic_us() + bounds->deadline_ms * 1000 : 0;
    w.gone = bounds->gone;
    w.gone_arg = bounds->arg;
    w.each = append_item;
    w.arg = json_array();
    bool ok = walk_days(&w, err);
    if (ok)
        *out = (struct audit_page){.items = json_incref(w.arg), .next_id = w.next_id, .partial = w.partial};
    json_decref(w.arg);
    walk_fini(&w);
    return ok;
}

bool audit_get(const char *directory, uint64_t id, json_t **out, struct sl_err *err)
{
    char text[REQUEST_ID_TEXT];
    SL_CLEANUP(sl_freep) char *path = day_path(directory, day_of_id(id));
    struct db *db = NULL;
    struct sl_err why = {0};
    enum db_step step = DB_DONE;
    if (fs_exists(path) && !audit_day_read(path, &db, &why) && why.code != SL_UNAVAILABLE) {
        if (err)
            *err = why;
        return false;
    }
    if (db) {
        SL_CLEANUP(sl_freep) char *sql = sl_asprintf("%s WHERE r.id = ?", row_select);
        struct db_stmt *s = db_prepare(db, sql);
        db_bind_int(s, 1, (int64_t)id);
        step = db_step(s, err);
        if (step == DB_ROW)
            *out = row_to_json(s);
        db_close(&db);
    }
    if (step == DB_DONE)
        return sl_fail(err, SL_NOT_FOUND, "no request %s is kept", request_id_text(id, text));
    return step == DB_ROW;
}

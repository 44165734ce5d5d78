/* fuzz_requests.c - any bytes as the query of a request for the log: filters, cursors and places in the tail
 * are read or refused with a status, what is read becomes SQL that SQLite takes, and places come back as they
 * went. */
#include <stdlib.h>

#include "adminapi/request_filter.h"
#include "audit/filter.h"
#include "audit/schema.h"

static void check_sql(const struct audit_filter *f)
{
    struct filter_sql sql;
    struct sl_err err = {0};
    struct db *db;
    bool none;
    if (!filter_compile(f, &sql, &err)) {
        sl_assert(err.code == SL_BAD_INPUT);
        return;
    }
    sl_assert(db_open(":memory:", DB_READ_WRITE, &audit_day_schema, &db, &err));
    sl_assert(filter_prepare(&sql, db, &none, &err));
    if (!none) {
        SL_CLEANUP(sl_freep)
        char *text = sl_asprintf("SELECT 1 FROM requests r WHERE 1%s", sql.where.p ? sql.where.p : "");
        struct db_stmt *s = db_prepare(db, text);
        filter_bind(&sql, s, 1);
        sl_assert(db_run(s, &err));
    }
    db_close(&db);
    filter_fini(&sql);
}

static void check_places(struct sl_str text)
{
    struct request_cursor cursor, again;
    uint64_t position, back;
    char buf[REQUEST_CURSOR_TEXT];
    if (request_cursor_parse(text, &cursor)) {
        sl_assert(request_cursor_parse(sl_cstr(request_cursor_text(cursor, buf)), &again));
        sl_assert(again.id == cursor.id && again.above == cursor.above);
    }
    if (request_tail_parse(text, &position)) {
        sl_assert(request_tail_parse(sl_cstr(request_tail_text(position, buf)), &back));
        sl_assert(back == position);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct api_request req = {0};
    struct api_reply reply = {0};
    struct audit_filter filter, copy;
    sl_arena_init(&req.arena, 1 << 20);
    if (query_parse(&req, sl_str((const char *)data, size))) {
        if (request_filter_read(&req, &filter, &reply)) {
            audit_filter_copy(&copy, &filter, &req.arena);
            check_sql(&copy);
        } else {
            sl_assert(reply.status == 400);
        }
        check_places(query_text(&req, "cursor"));
        check_places(query_text(&req, "after"));
    }
    reply_fini(&reply);
    sl_arena_fini(&req.arena);
    return 0;
}

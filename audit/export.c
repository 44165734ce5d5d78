/* export.c - the whole log, or what a filter leaves of it, as text. See audit_export in sluice/audit.h. */
#include "sluice/audit.h"

#include "audit/row.h"
#include "audit/text.h"
#include "audit/walk.h"

enum { PIECE = 64 * 1024 };

struct export
{
    enum audit_format format;
    struct sl_text piece;
    bool (*sink)(void *arg, struct sl_str piece);
    void *arg;
};

static bool flush(struct export *e)
{
    bool go_on = e->piece.n == 0 || e->sink(e->arg, sl_text_str(&e->piece));
    sl_text_clear(&e->piece);
    return go_on;
}

static bool add_row(void *arg, struct db_stmt *s)
{
    struct export *e = arg;
    struct row row;
    row_read(s, &row);
    if (e->format == AUDIT_CSV)
        text_add_csv(&e->piece, &row);
    else
        text_add_json(&e->piece, &row);
    return e->piece.n < PIECE || flush(e);
}

/* An empty piece sends nothing: where little matches, it tells that nobody listens any more. */
static bool is_gone(void *arg)
{
    struct export *e = arg;
    return !e->sink(e->arg, SL_STR(""));
}

bool audit_export(const char *directory, const struct audit_filter *f, enum audit_format format,
                  bool (*sink)(void *arg, struct sl_str piece), void *arg, struct sl_err *err)
{
    struct export e = {.format = format, .sink = sink, .arg = arg};
    struct walk w;
    if (!walk_init(&w, directory, row_select, f, true, err))
        return false;
    w.limit = UINT64_MAX;
    w.each = add_row;
    w.gone = is_gone;
    w.arg = w.gone_arg = &e;
    if (format == AUDIT_CSV)
        text_add_csv_header(&e.piece);
    bool ok = walk_days(&w, err);
    if (ok)
        flush(&e);
    walk_fini(&w);
    sl_text_fini(&e.piece);
    return ok;
}

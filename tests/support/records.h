/* records.h - an export as objects again, one call for each record: for tests that walk the whole log. */
#ifndef TESTS_SUPPORT_RECORDS_H
#define TESTS_SUPPORT_RECORDS_H

#include "sluice/audit.h"

struct records {
    bool (*each)(void *arg, const json_t *item);
    void *arg;
    struct sl_text rest; /* of a line that goes on in the next piece */
};

static inline bool records_take(void *arg, struct sl_str piece)
{
    struct records *r = arg;
    sl_text_add(&r->rest, piece);
    struct sl_str left = sl_text_str(&r->rest);
    bool go_on = true;
    for (size_t n; go_on && (n = sl_str_find(left, '\n')) < left.n;
         left = sl_str_sub(left, n + 1, SIZE_MAX)) {
        json_t *item = json_loadb(left.p, n, 0, NULL);
        sl_assert(item);
        go_on = r->each(r->arg, item);
        json_decref(item);
    }
    struct sl_text rest = {0};
    sl_text_add(&rest, left);
    sl_text_fini(&r->rest);
    r->rest = rest;
    return go_on;
}

static inline bool records_each(const char *dir, const struct audit_filter *f,
                                bool (*each)(void *arg, const json_t *item), void *arg, struct sl_err *err)
{
    struct records r = {.each = each, .arg = arg};
    bool ok = audit_export(dir, f, AUDIT_NDJSON, records_take, &r, err);
    sl_text_fini(&r.rest);
    return ok;
}

#endif

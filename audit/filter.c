/* filter.c - see audit/filter.h. What rows share is looked for once in its own small table: `r.target IN
 * (SELECT id FROM targets ...)`. */
#include "audit/filter.h"

#include <stdlib.h>

void audit_filter_init(struct audit_filter *f)
{
    *f = (struct audit_filter){.action = -1, .limit = 100};
}

static void add_number(struct filter_sql *sql, int64_t number)
{
    sl_assert(sql->count < FILTER_VALUES);
    sql->values[sql->count++] = (struct filter_value){.type = VALUE_INT, .number = number};
}

static void add_text(struct filter_sql *sql, struct sl_str s)
{
    sl_assert(sql->count < FILTER_VALUES);
    sql->values[sql->count++] = (struct filter_value){.type = VALUE_TEXT, .bytes = sl_str_dup(s), .n = s.n};
}

static void add_blob(struct filter_sql *sql, const void *data, size_t n)
{
    add_text(sql, sl_str(data, n));
    sql->values[sql->count - 1].type = VALUE_BLOB;
}

/* before + s + after as a pattern for LIKE ... ESCAPE '\'; s stands for itself. */
static void add_pattern(struct filter_sql *sql, const char *before, struct sl_str s, const char *after)
{
    struct sl_text t = {0};
    sl_text_add(&t, sl_cstr(before));
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '%' || s.p[i] == '_' || s.p[i] == '\\')
            sl_text_addc(&t, '\\');
        sl_text_addc(&t, s.p[i]);
    }
    sl_text_add(&t, sl_cstr(after));
    add_text(sql, sl_text_str(&t));
    sl_text_fini(&t);
}

static void add_sql(struct filter_sql *sql, const char *text)
{
    sl_text_add(&sql->where, sl_cstr(text));
}

static void by_time(struct filter_sql *sql, const struct audit_filter *f)
{
    if (f->from_us) {
        add_sql(sql, " AND r.time >= ?");
        add_number(sql, f->from_us);
    }
    if (f->to_us) {
        add_sql(sql, " AND r.time < ?");
        add_number(sql, f->to_us);
    }
}

/* A network is a range of addresses of one length. */
static bool by_client(struct filter_sql *sql, struct sl_str client, struct sl_err *err)
{
    struct sl_cidr net;
    if (!sl_cidr_parse(client, &net, err))
        return sl_fail_in(err, "client: ");
    struct sl_addr last = net.addr;
    for (unsigned i = net.bits; i < 128; i++)
        last.b[i / 8] |= (uint8_t)(0x80 >> i % 8);
    bool v4 = net.bits >= 96 && sl_addr_is_v4(net.addr);
    size_t skip = v4 ? 12 : 0;
    add_sql(sql, " AND r.who IN (SELECT id FROM whos WHERE length(client) = ? AND client BETWEEN ? AND ?)");
    add_number(sql, 16 - (int64_t)skip);
    add_blob(sql, net.addr.b + skip, 16 - skip);
    add_blob(sql, last.b + skip, 16 - skip);
    return true;
}

static void by_user(struct filter_sql *sql, struct sl_str user)
{
    add_sql(sql, " AND r.who IN (SELECT id FROM whos WHERE user = ?)");
    add_text(sql, user);
}

/* The host or anything below it, as policy's `host` means it. */
static void by_host(struct filter_sql *sql, struct sl_str host)
{
    SL_CLEANUP(sl_freep) char *lower = sl_str_dup(host);
    if (host.n > 1 && lower[host.n - 1] == '.')
        host.n--;
    for (size_t i = 0; i < host.n; i++)
        lower[i] = sl_lower(lower[i]);
    add_sql(sql, " AND r.target IN (SELECT id FROM targets WHERE host = ? OR host LIKE ? ESCAPE '\\')");
    add_text(sql, sl_str(lower, host.n));
    add_pattern(sql, "%.", sl_str(lower, host.n), "");
}

static void by_method(struct filter_sql *sql, struct sl_str method)
{
    add_sql(sql, " AND r.target IN (SELECT id FROM targets WHERE method = ?)");
    add_text(sql, method);
}

static void by_outcome(struct filter_sql *sql, const struct audit_filter *f)
{
    if (f->action < 0 && !f->rule.n && !f->category.n && !f->status_min && !f->status_max)
        return;
    add_sql(sql, " AND r.outcome IN (SELECT id FROM outcomes WHERE 1");
    if (f->action >= 0) {
        add_sql(sql, " AND action = ?");
        add_number(sql, f->action);
    }
    if (f->rule.n) {
        add_sql(sql, " AND rule = ?");
        add_text(sql, f->rule);
    }
    if (f->category.n) {
        add_sql(sql, " AND EXISTS (SELECT 1 FROM json_each(categories) WHERE value = ?)");
        add_text(sql, f->category);
    }
    if (f->status_min) {
        add_sql(sql, " AND status >= ?");
        add_number(sql, f->status_min);
    }
    if (f->status_max) {
        add_sql(sql, " AND status <= ?");
        add_number(sql, f->status_max);
    }
    add_sql(sql, ")");
}

static void by_text(struct filter_sql *sql, struct sl_str q)
{
    add_sql(sql, " AND (r.target IN (SELECT id FROM targets WHERE host LIKE ? ESCAPE '\\')"
                 " OR r.who IN (SELECT id FROM whos WHERE user LIKE ? ESCAPE '\\')"
                 " OR r.outcome IN (SELECT id FROM outcomes WHERE rule LIKE ? ESCAPE '\\')"
                 " OR r.path LIKE ? ESCAPE '\\')");
    for (int i = 0; i < 4; i++)
        add_pattern(sql, "%", q, "%");
}

bool filter_compile(const struct audit_filter *f, struct filter_sql *out, struct sl_err *err)
{
    *out = (struct filter_sql){0};
    by_time(out, f);
    if (f->client.n && !by_client(out, f->client, err)) {
        filter_fini(out);
        return false;
    }
    if (f->user.n)
        by_user(out, f->user);
    if (f->host.n)
        by_host(out, f->host);
    if (f->method.n)
        by_method(out, f->method);
    by_outcome(out, f);
    if (f->q.n)
        by_text(out, f->q);
    return true;
}

void filter_bind(const struct filter_sql *sql, struct db_stmt *s, int first)
{
    for (size_t i = 0; i < sql->count; i++) {
        const struct filter_value *v = &sql->values[i];
        int index = first + (int)i;
        if (v->type == VALUE_INT)
            db_bind_int(s, index, v->number);
        else if (v->type == VALUE_TEXT)
            db_bind_text(s, index, sl_str(v->bytes, v->n));
        else
            db_bind_blob(s, index, v->bytes, v->n);
    }
}

void filter_fini(struct filter_sql *sql)
{
    for (size_t i = 0; i < sql->count; i++)
        free(sql->values[i].bytes);
    sl_text_fini(&sql->where);
    *sql = (struct filter_sql){0};
}

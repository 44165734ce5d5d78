/* filter.c - see audit/filter.h. */
#include "audit/filter.h"

#include <stdio.h>
#include <stdlib.h>

void audit_filter_init(struct audit_filter *f)
{
    *f = (struct audit_filter){.action = -1, .limit = 100};
}

static struct filter_value *add_value(struct filter_values *values, int type)
{
    sl_assert(values->count < FILTER_VALUES);
    struct filter_value *v = &values->items[values->count++];
    *v = (struct filter_value){.type = type};
    return v;
}

static void add_number(struct filter_values *values, int64_t number)
{
    add_value(values, VALUE_INT)->number = number;
}

static void add_bytes(struct filter_values *values, int type, struct sl_str s)
{
    struct filter_value *v = add_value(values, type);
    v->bytes = sl_str_dup(s);
    v->n = s.n;
}

static void add_text(struct filter_values *values, struct sl_str s)
{
    add_bytes(values, VALUE_TEXT, s);
}

/* before + s as a pattern for LIKE ... ESCAPE '\', `after` behind it; s stands for itself. */
static void add_pattern(struct filter_values *values, const char *before, struct sl_str s, const char *after)
{
    struct sl_text t = {0};
    sl_text_add(&t, sl_cstr(before));
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '%' || s.p[i] == '_' || s.p[i] == '\\')
            sl_text_addc(&t, '\\');
        sl_text_addc(&t, s.p[i]);
    }
    sl_text_add(&t, sl_cstr(after));
    add_text(values, sl_text_str(&t));
    sl_text_fini(&t);
}

/* A set of rows of `table`; conditions are added to its text. Rows whose `column` is in it match. */
static struct filter_set *begin_set(struct filter_sql *sql, const char *table)
{
    sl_assert(sql->set_count < FILTER_SETS);
    struct filter_set *set = &sql->sets[sql->set_count];
    sl_text_addf(&set->fill, "INSERT INTO temp.set%zu SELECT id FROM %s WHERE 1", sql->set_count, table);
    sql->set_count++;
    return set;
}

static void require_set(struct filter_sql *sql, struct filter_set *set, const char *column)
{
    set->required = true;
    sl_text_addf(&sql->where, " AND r.%s IN temp.set%zu", column, (size_t)(set - sql->sets));
}

static void narrow(struct filter_set *set, const char *condition)
{
    sl_text_addf(&set->fill, " AND %s", condition);
}

static void by_time(struct filter_sql *sql, const struct audit_filter *f)
{
    if (f->from_us) {
        sl_text_add(&sql->where, SL_STR(" AND r.time >= ?"));
        add_number(&sql->values, f->from_us);
    }
    if (f->to_us) {
        sl_text_add(&sql->where, SL_STR(" AND r.time < ?"));
        add_number(&sql->values, f->to_us);
    }
}

/* A network is a range of addresses of one length. */
static bool by_client(struct filter_set *set, struct sl_str client, struct sl_err *err)
{
    struct sl_cidr net;
    if (!sl_cidr_parse(client, &net, err))
        return sl_fail_in(err, "client: ");
    struct sl_addr last = net.addr;
    for (unsigned i = net.bits; i < 128; i++)
        last.b[i / 8] |= (uint8_t)(0x80 >> i % 8);
    size_t skip = net.bits >= 96 && sl_addr_is_v4(net.addr) ? 12 : 0;
    narrow(set, "length(client) = ? AND client BETWEEN ? AND ?");
    add_number(&set->values, 16 - (int64_t)skip);
    add_bytes(&set->values, VALUE_BLOB, sl_str((const char *)net.addr.b + skip, 16 - skip));
    add_bytes(&set->values, VALUE_BLOB, sl_str((const char *)last.b + skip, 16 - skip));
    return true;
}

static bool by_who(struct filter_sql *sql, const struct audit_filter *f, struct sl_err *err)
{
    if (!f->client.n && !f->user.n)
        return true;
    struct filter_set *set = begin_set(sql, "whos");
    if (f->client.n && !by_client(set, f->client, err))
        return false;
    if (f->user.n) {
        narrow(set, "user = ?");
        add_text(&set->values, f->user);
    }
    require_set(sql, set, "who");
    return true;
}

/* The host or anything below it, as policy's `host` means it. */
static void by_host(struct filter_set *set, struct sl_str host)
{
    SL_CLEANUP(sl_freep) char *lower = sl_str_dup(host);
    if (host.n > 1 && lower[host.n - 1] == '.')
        host.n--;
    for (size_t i = 0; i < host.n; i++)
        lower[i] = sl_lower(lower[i]);
    narrow(set, "(host = ? OR host LIKE ? ESCAPE '\\')");
    add_text(&set->values, sl_str(lower, host.n));
    add_pattern(&set->values, "%.", sl_str(lower, host.n), "");
}

static void by_target(struct filter_sql *sql, const struct audit_filter *f)
{
    if (!f->host.n && !f->method.n)
        return;
    struct filter_set *set = begin_set(sql, "targets");
    if (f->host.n)
        by_host(set, f->host);
    if (f->method.n) {
        narrow(set, "method = ?");
        add_text(&set->values, f->method);
    }
    require_set(sql, set, "target");
}

static void by_outcome(struct filter_sql *sql, const struct audit_filter *f)
{
    if (f->action < 0 && !f->rule.n && !f->category.n && !f->status_min && !f->status_max)
        return;
    struct filter_set *set = begin_set(sql, "outcomes");
    if (f->action >= 0) {
        narrow(set, "action = ?");
        add_number(&set->values, f->action);
    }
    if (f->rule.n) {
        narrow(set, "rule = ?");
        add_text(&set->values, f->rule);
    }
    if (f->category.n) {
        narrow(set, "EXISTS (SELECT 1 FROM json_each(categories) WHERE value = ?)");
        add_text(&set->values, f->category);
    }
    if (f->status_min) {
        narrow(set, "status >= ?");
        add_number(&set->values, f->status_min);
    }
    if (f->status_max) {
        narrow(set, "status <= ?");
        add_number(&set->values, f->status_max);
    }
    require_set(sql, set, "outcome");
}

/* A text anywhere in host, user, rule or path. */
static void by_text(struct filter_sql *sql, struct sl_str q)
{
    static const struct {
        const char *table, *column, *text;
    } places[] = {{"targets", "target", "host"}, {"whos", "who", "user"}, {"outcomes", "outcome", "rule"}};
    sl_text_add(&sql->where, SL_STR(" AND ("));
    for (size_t i = 0; i < SL_COUNT(places); i++) {
        struct filter_set *set = begin_set(sql, places[i].table);
        sl_text_addf(&set->fill, " AND %s LIKE ? ESCAPE '\\'", places[i].text);
        add_pattern(&set->values, "%", q, "%");
        sl_text_addf(&sql->where, "r.%s IN temp.set%zu OR ", places[i].column, (size_t)(set - sql->sets));
    }
    sl_text_add(&sql->where, SL_STR("r.path LIKE ? ESCAPE '\\')"));
    add_pattern(&sql->values, "%", q, "%");
}

bool filter_compile(const struct audit_filter *f, struct filter_sql *out, struct sl_err *err)
{
    *out = (struct filter_sql){0};
    by_time(out, f);
    if (!by_who(out, f, err)) {
        filter_fini(out);
        return false;
    }
    by_target(out, f);
    by_outcome(out, f);
    if (f->q.n)
        by_text(out, f->q);
    return true;
}

static void bind_values(const struct filter_values *values, struct db_stmt *s, int first)
{
    for (size_t i = 0; i < values->count; i++) {
        const struct filter_value *v = &values->items[i];
        int index = first + (int)i;
        if (v->type == VALUE_INT)
            db_bind_int(s, index, v->number);
        else if (v->type == VALUE_TEXT)
            db_bind_text(s, index, sl_str(v->bytes, v->n));
        else
            db_bind_blob(s, index, v->bytes, v->n);
    }
}

void filter_bind(const struct filter_sql *sql, struct db_stmt *s, int first)
{
    bind_values(&sql->values, s, first);
}

bool filter_prepare(const struct filter_sql *sql, struct db *db, bool *out_none, struct sl_err *err)
{
    *out_none = false;
    if (sql->set_count && !db_exec(db, "PRAGMA temp_store = MEMORY", err))
        return false;
    for (size_t i = 0; i < sql->set_count && !*out_none; i++) {
        char make[96];
        snprintf(make, sizeof make, "CREATE TABLE temp.set%zu (id INTEGER PRIMARY KEY)", i);
        if (!db_exec(db, make, err))
            return false;
        struct db_stmt *s = db_prepare(db, sql->sets[i].fill.p);
        bind_values(&sql->sets[i].values, s, 1);
        if (!db_run(s, err))
            return false;
        *out_none = sql->sets[i].required && db_changes(db) == 0;
    }
    return true;
}

static void values_fini(struct filter_values *values)
{
    for (size_t i = 0; i < values->count; i++)
        free(values->items[i].bytes);
}

void filter_fini(struct filter_sql *sql)
{
    values_fini(&sql->values);
    for (size_t i = 0; i < sql->set_count; i++) {
        values_fini(&sql->sets[i].values);
        sl_text_fini(&sql->sets[i].fill);
    }
    sl_text_fini(&sql->where);
    *sql = (struct filter_sql){0};
}

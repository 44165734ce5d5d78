/* filter.c - see audit/filter.h.
 *
 * Three steps: a term becomes a condition on a column; the terms of a table become one statement that finds
 * its rows; what was found becomes a condition on requests. A condition may be NULL where a column is, so one
 * that must not hold is asked for as IS NOT TRUE. */
#include "audit/filter.h"

#include <stdio.h>
#include <stdlib.h>

void audit_filter_init(struct audit_filter *f)
{
    *f = (struct audit_filter){.limit = 100};
}

struct audit_term *audit_filter_add(struct audit_filter *f, enum audit_field field, bool except)
{
    if (f->term_count == AUDIT_TERMS_MOST)
        return NULL;
    struct audit_term *t = &f->terms[f->term_count++];
    *t = (struct audit_term){.field = field, .except = except};
    return t;
}

void audit_filter_copy(struct audit_filter *out, const struct audit_filter *f, struct sl_arena *arena)
{
    *out = *f;
    for (unsigned i = 0; i < out->term_count; i++)
        if (out->terms[i].text.p)
            out->terms[i].text = sl_arena_str(arena, out->terms[i].text);
}

/* ---- values ---- */

static struct filter_value *add_value(struct filter_values *values, int type)
{
    SL_GROW(values->items, values->count, &values->cap);
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

/* ---- a term as a condition on one column ---- */

typedef bool condition(struct sl_text *sql, struct filter_values *values, const char *column,
                       const struct audit_term *t, struct sl_err *err);

static bool equals(struct sl_text *sql, struct filter_values *values, const char *column,
                   const struct audit_term *t, struct sl_err *err)
{
    sl_text_addf(sql, "%s IS ?", column);
    if (t->text.p)
        add_text(values, t->text);
    else
        add_value(values, VALUE_NULL);
    return true;
}

static bool between(struct sl_text *sql, struct filter_values *values, const char *column,
                    const struct audit_term *t, struct sl_err *err)
{
    sl_text_addf(sql, "%s BETWEEN ? AND ?", column);
    add_number(values, t->min);
    add_number(values, t->max);
    return true;
}

/* One of a JSON array of names. Without any, a request has no group, and is uncategorised. */
static bool holds_name(struct sl_text *sql, struct filter_values *values, const char *column,
                       const struct audit_term *t, struct sl_err *err)
{
    if (!t->text.p)
        sl_text_addf(sql, "%s IS NULL OR ", column);
    sl_text_addf(sql, "EXISTS (SELECT 1 FROM json_each(%s) WHERE value = ?)", column);
    add_text(values, t->text.p ? t->text : SL_STR("uncategorised"));
    return true;
}

/* The host or anything below it, as policy's `host` means it. */
static bool at_or_below(struct sl_text *sql, struct filter_values *values, const char *column,
                        const struct audit_term *t, struct sl_err *err)
{
    struct sl_str host = t->text;
    SL_CLEANUP(sl_freep) char *lower = sl_str_dup(host);
    if (host.n > 1 && lower[host.n - 1] == '.')
        host.n--;
    for (size_t i = 0; i < host.n; i++)
        lower[i] = sl_lower(lower[i]);
    sl_text_addf(sql, "%s = ? OR %s LIKE ? ESCAPE '\\'", column, column);
    add_text(values, sl_str(lower, host.n));
    add_pattern(values, "%.", sl_str(lower, host.n), "");
    return true;
}

/* A network is a range of addresses of one length. */
static bool in_network(struct sl_text *sql, struct filter_values *values, const char *column,
                       const struct audit_term *t, struct sl_err *err)
{
    struct sl_cidr net;
    if (!sl_cidr_parse(t->text, &net, err))
        return sl_fail_in(err, "client: ");
    struct sl_addr last = net.addr;
    for (unsigned i = net.bits; i < 128; i++)
        last.b[i / 8] |= (uint8_t)(0x80 >> i % 8);
    size_t skip = net.bits >= 96 && sl_addr_is_v4(net.addr) ? 12 : 0;
    sl_text_addf(sql, "length(%s) = ? AND %s BETWEEN ? AND ?", column, column);
    add_number(values, 16 - (int64_t)skip);
    add_bytes(values, VALUE_BLOB, sl_str((const char *)net.addr.b + skip, 16 - skip));
    add_bytes(values, VALUE_BLOB, sl_str((const char *)last.b + skip, 16 - skip));
    return true;
}

static bool contains(struct sl_text *sql, struct filter_values *values, const char *column,
                     const struct audit_term *t, struct sl_err *err)
{
    sl_text_addf(sql, "%s LIKE ? ESCAPE '\\'", column);
    add_pattern(values, "%", t->text, "%");
    return true;
}

/* ---- where a field lies ---- */

static const struct {
    enum filter_table table; /* FILTER_TABLES: in several places */
    const char *column;
    condition *condition;
} fields[AUDIT_FIELDS] = {
    [AUDIT_USER] = {FILTER_WHO, "user", equals},
    [AUDIT_CLIENT] = {FILTER_WHO, "client", in_network},
    [AUDIT_GROUP] = {FILTER_WHO, "groups", holds_name},
    [AUDIT_HOST] = {FILTER_TARGET, "host", at_or_below},
    [AUDIT_METHOD] = {FILTER_TARGET, "method", equals},
    [AUDIT_CATEGORY] = {FILTER_OUTCOME, "categories", holds_name},
    [AUDIT_RULE] = {FILTER_OUTCOME, "rule", equals},
    [AUDIT_ACTION] = {FILTER_OUTCOME, "action", between},
    [AUDIT_STATUS] = {FILTER_OUTCOME, "status", between},
    [AUDIT_VERSION] = {FILTER_OUTCOME, "policy_version", between},
    [AUDIT_TLS_FAULT] = {FILTER_TLS, "fault", equals},
    [AUDIT_TLS_VERSION] = {FILTER_TLS, "version", equals},
    [AUDIT_TLS_CIPHER] = {FILTER_TLS, "cipher", equals},
    [AUDIT_TLS_EXCEPTION] = {FILTER_TLS, "exception", equals},
    [AUDIT_INSPECTED] = {FILTER_TLS, "inspected", between},
    [AUDIT_Q] = {FILTER_TABLES, "r.path", contains},
};
static const struct {
    const char *name, *column; /* of the table, and its number in requests */
    const char *text;          /* where AUDIT_Q looks, or NULL */
} tables[FILTER_TABLES] = {
    [FILTER_WHO] = {"whos", "r.who", "user"},
    [FILTER_TARGET] = {"targets", "r.target", "host"},
    [FILTER_OUTCOME] = {"outcomes", "r.outcome", "rule"},
    [FILTER_TLS] = {"tls", "ifnull(r.tls, 0)", NULL},
};

static bool has_terms(const struct audit_filter *f, enum audit_field field, bool except)
{
    for (unsigned i = 0; i < f->term_count; i++)
        if (f->terms[i].field == field && f->terms[i].except == except)
            return true;
    return false;
}

/* All terms of one field, any of which is enough: "((c1) OR (c2))". */
static bool add_terms(struct sl_text *sql, struct filter_values *values, const char *column,
                      const struct audit_filter *f, enum audit_field field, bool except, struct sl_err *err)
{
    const char *before = "((";
    for (unsigned i = 0; i < f->term_count; i++) {
        if (f->terms[i].field != field || f->terms[i].except != except)
            continue;
        sl_text_add(sql, sl_cstr(before));
        if (!fields[field].condition(sql, values, column, &f->terms[i], err))
            return false;
        before = ") OR (";
    }
    sl_text_add(sql, SL_STR("))"));
    return true;
}

/* ---- sets ---- */

static struct filter_set *begin_set(struct filter_sql *sql, enum filter_table table)
{
    sl_assert(sql->set_count < FILTER_SETS);
    struct filter_set *set = &sql->sets[sql->set_count];
    set->table = table;
    sl_text_addf(&set->fill, "INSERT INTO temp.set%zu SELECT id FROM %s WHERE 1", sql->set_count,
                 tables[table].name);
    sql->set_count++;
    return set;
}

/* Does a request without TLS have one of these? */
static bool held_by_none(const struct audit_filter *f, enum audit_field field, bool except)
{
    for (unsigned i = 0; i < f->term_count; i++)
        if (f->terms[i].field == field && f->terms[i].except == except &&
            (field == AUDIT_INSPECTED ? f->terms[i].min <= 0 : !f->terms[i].text.p))
            return true;
    return false;
}

/* All that is asked of one table, as one set. */
static bool by_table(struct filter_sql *sql, const struct audit_filter *f, enum filter_table table,
                     struct sl_err *err)
{
    struct filter_set *set = NULL;
    for (int i = 0; i < 2 * AUDIT_FIELDS; i++) {
        enum audit_field field = (enum audit_field)(i / 2);
        bool except = i % 2;
        if (fields[field].table != table || !has_terms(f, field, except))
            continue;
        if (!set) {
            set = begin_set(sql, table);
            set->with_none = table == FILTER_TLS;
        }
        set->with_none &= held_by_none(f, field, except) != except;
        sl_text_add(&set->fill, SL_STR(" AND "));
        if (!add_terms(&set->fill, &set->values, fields[field].column, f, field, except, err))
            return false;
        if (except)
            sl_text_add(&set->fill, SL_STR(" IS NOT TRUE"));
    }
    if (!set)
        return true;
    set->required = true;
    if (set->with_none)
        sl_text_add(&set->fill, SL_STR(" UNION ALL SELECT 0"));
    sl_text_addf(&sql->where, " AND %s IN temp.set%zu", tables[table].column, (size_t)(set - sql->sets));
    return true;
}

/* A text anywhere in host, user, rule or path. */
static bool by_text(struct filter_sql *sql, const struct audit_filter *f, bool except, struct sl_err *err)
{
    if (!has_terms(f, AUDIT_Q, except))
        return true;
    sl_text_add(&sql->where, SL_STR(" AND ("));
    for (int i = 0; i < FILTER_TABLES; i++) {
        if (!tables[i].text)
            continue;
        struct filter_set *set = begin_set(sql, (enum filter_table)i);
        sl_text_add(&set->fill, SL_STR(" AND "));
        if (!add_terms(&set->fill, &set->values, tables[i].text, f, AUDIT_Q, except, err))
            return false;
        sl_text_addf(&sql->where, "%s IN temp.set%zu OR ", tables[i].column, (size_t)(set - sql->sets));
    }
    bool ok = add_terms(&sql->where, &sql->values, fields[AUDIT_Q].column, f, AUDIT_Q, except, err);
    sl_text_add(&sql->where, sl_cstr(except ? ") IS NOT TRUE" : ")"));
    return ok;
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

bool filter_compile(const struct audit_filter *f, struct filter_sql *out, struct sl_err *err)
{
    *out = (struct filter_sql){0};
    by_time(out, f);
    bool ok = true;
    for (int i = 0; i < FILTER_TABLES && ok; i++)
        ok = by_table(out, f, (enum filter_table)i, err);
    ok = ok && by_text(out, f, false, err) && by_text(out, f, true, err);
    if (!ok)
        filter_fini(out);
    return ok;
}

static void bind_values(const struct filter_values *values, struct db_stmt *s, int first)
{
    for (size_t i = 0; i < values->count; i++) {
        const struct filter_value *v = &values->items[i];
        int index = first + (int)i;
        if (v->type == VALUE_INT)
            db_bind_int(s, index, v->number);
        else if (v->type == VALUE_BLOB)
            db_bind_blob(s, index, v->bytes, v->n);
        else if (v->type == VALUE_TEXT)
            db_bind_text(s, index, sl_str(v->bytes, v->n));
        else
            db_bind_null(s, index);
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
    free(values->items);
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

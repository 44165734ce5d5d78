/* format_csv.c - comma-separated values (RFC 4180, a record a line): the values stand in the column whose
 * head names them, or in the first; a column "type" tells hosts from domains. */
#include "policy/lists/formats.h"

/* Takes the next field off *rest, unquoted into buf; false at the end or when a quote is not closed. */
static bool take_field(struct sl_str *rest, char *buf, size_t cap, struct sl_str *out, bool *out_more)
{
    struct sl_str s = *rest;
    size_t i = 0, n = 0;
    if (s.n > 0 && s.p[0] == '"') {
        for (i = 1;; i++) {
            if (i >= s.n || n == cap)
                return false;
            if (s.p[i] == '"' && !(i + 1 < s.n && s.p[i + 1] == '"'))
                break;
            i += s.p[i] == '"';
            buf[n++] = s.p[i];
        }
        i++;
        *out = sl_str(buf, n);
    } else {
        i = sl_str_find(s, ',');
        *out = sl_str_trim(sl_str_sub(s, 0, i));
    }
    *out_more = i < s.n;
    *rest = sl_str_sub(s, i + 1, s.n);
    return i >= s.n || s.p[i] == ',';
}

static bool is_head(struct sl_str field)
{
    static const char *const names[] = {"value", "domain", "domains", "host",  "hostname", "url",
                                        "urls",  "ip",     "cidr",    "entry", "address"};
    for (size_t i = 0; i < SL_COUNT(names); i++)
        if (sl_str_ieq(field, sl_cstr(names[i])))
            return true;
    return false;
}

/* A first line that names columns: true, and in->column is the one of the values, in->type_column of types.
 */
static bool read_head(struct intake *in, struct sl_str line)
{
    char buf[ENTRY_MAX];
    struct sl_str field;
    bool more = true, found = false;
    for (size_t column = 0; more && take_field(&line, buf, sizeof buf, &field, &more); column++) {
        if (sl_str_ieq(field, SL_STR("type")))
            in->type_column = column + 1;
        if (is_head(field) && !found) {
            in->column = column;
            found = true;
        }
    }
    return found;
}

/* Type HOST is that host alone; DOMAIN, URL, IP and CIDR show in the value. */
static enum record kind_of(const struct intake *in, struct sl_str line)
{
    char buf[ENTRY_MAX];
    struct sl_str field = {0};
    bool more = true;
    for (size_t column = 0; column < in->type_column && more; column++)
        if (!take_field(&line, buf, sizeof buf, &field, &more))
            return RECORD_BELOW;
    return in->type_column > 0 && sl_str_ieq(sl_str_trim(field), SL_STR("HOST")) ? RECORD_EXACT
                                                                                 : RECORD_BELOW;
}

void csv_line(struct intake *in, struct sl_str line)
{
    char buf[ENTRY_MAX];
    struct sl_str rest = line, field = {0};
    bool more = true;
    if (line.n == 0 || line.p[0] == '#')
        return;
    bool first = !in->begun;
    in->begun = true;
    if (first && read_head(in, line)) {
        intake_skip(in);
        return;
    }
    for (size_t column = 0; column <= in->column; column++)
        if (!more || !take_field(&rest, buf, sizeof buf, &field, &more)) {
            intake_fault(in, line, more ? "a quote is not closed" : "too few columns");
            return;
        }
    field = sl_str_trim(field);
    if (field.n == 0)
        intake_fault(in, line, "no value in its column");
    else
        intake_entry(in, field, kind_of(in, line), ENTRY_NETWORKS);
}

bool csv_fits(struct sl_str line)
{
    char buf[ENTRY_MAX];
    struct sl_str field;
    bool more;
    return take_field(&line, buf, sizeof buf, &field, &more) && more && sl_str_find(field, ' ') == field.n &&
           (is_head(field) || sl_str_find(field, '.') < field.n);
}

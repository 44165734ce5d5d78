/* query.c - see query.h. */
#include "proxy/http/query.h"

static int hex(char c)
{
    char l = sl_lower(c);
    if (l >= '0' && l <= '9')
        return l - '0';
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/* The next byte of a name as a form's reader decodes it, taken off *raw. */
static char decoded(struct sl_str *raw)
{
    char c = raw->p[0];
    size_t taken = 1;
    if (c == '+')
        c = ' ';
    if (c == '%' && raw->n >= 3 && hex(raw->p[1]) >= 0 && hex(raw->p[2]) >= 0) {
        c = (char)(hex(raw->p[1]) * 16 + hex(raw->p[2]));
        taken = 3;
    }
    *raw = sl_str(raw->p + taken, raw->n - taken);
    return c;
}

static bool is_named(struct sl_str raw, struct sl_str name)
{
    size_t i = 0;
    while (raw.n > 0 && i < name.n)
        if (sl_lower(decoded(&raw)) != sl_lower(name.p[i++]))
            return false;
    return raw.n == 0 && i == name.n;
}

static bool goes(struct sl_str parameter, const struct query_edit *edits, size_t count)
{
    struct sl_str name = sl_str(parameter.p, sl_str_find(parameter, '='));
    for (size_t i = 0; i < count; i++)
        if (is_named(name, edits[i].name))
            return true;
    return false;
}

/* The length of what is before the next separator. */
static size_t parameter_length(struct sl_str rest)
{
    size_t n = 0;
    while (n < rest.n && rest.p[n] != '&' && rest.p[n] != ';')
        n++;
    return n;
}

void query_rewrite(struct sl_str query, const struct query_edit *edits, size_t count, struct sl_text *out)
{
    size_t begin = out->n;
    char separator = '&';
    while (query.n > 0) {
        struct sl_str parameter = sl_str(query.p, parameter_length(query));
        if (!goes(parameter, edits, count)) {
            if (out->n > begin)
                sl_text_addc(out, separator);
            sl_text_add(out, parameter);
        }
        if (parameter.n == query.n)
            break;
        separator = query.p[parameter.n];
        query = sl_str(query.p + parameter.n + 1, query.n - parameter.n - 1);
    }
    for (size_t i = 0; i < count; i++) {
        if (!edits[i].pair.p)
            continue;
        if (out->n > begin)
            sl_text_addc(out, '&');
        sl_text_add(out, edits[i].pair);
    }
}

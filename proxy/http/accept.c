/* accept.c - see accept.h. */
#include "proxy/http/accept.h"

#include "proxy/http/scan.h"

/* Value of q in thousandths; 1000 when absent, 0 when it is not a qvalue. */
static unsigned read_q(struct sl_str parameters)
{
    struct sl_str part;
    while (sl_str_split(&parameters, ';', &part)) {
        part = scan_trim(part);
        if (part.n < 3 || sl_lower(part.p[0]) != 'q' || part.p[1] != '=')
            continue;
        struct sl_str v = sl_str_sub(part, 2, part.n);
        if (v.p[0] != '0' && v.p[0] != '1')
            return 0;
        unsigned q = (unsigned)(v.p[0] - '0') * 1000, unit = 100;
        for (size_t i = 2; i < v.n && unit > 0; i++, unit /= 10)
            q += v.p[i] >= '0' && v.p[i] <= '9' ? (unsigned)(v.p[i] - '0') * unit : 0;
        return SL_MIN(q, 1000u);
    }
    return 1000;
}

static bool is_json(struct sl_str type)
{
    return sl_str_ieq(type, SL_STR("application/json")) ||
           (sl_str_istarts(type, SL_STR("application/")) && type.n > 5 &&
            sl_str_ieq(sl_str_sub(type, type.n - 5, 5), SL_STR("+json")));
}

static bool is_html(struct sl_str type)
{
    return sl_str_ieq(type, SL_STR("text/html")) || sl_str_ieq(type, SL_STR("application/xhtml+xml"));
}

bool accept_names_html(struct sl_str accept)
{
    struct sl_str item;
    while (scan_element(&accept, &item)) {
        size_t semicolon = sl_str_find(item, ';');
        if (is_html(scan_trim(sl_str(item.p, semicolon))) && read_q(sl_str_sub(item, semicolon, item.n)) > 0)
            return true;
    }
    return false;
}

enum page_form accept_form(struct sl_str accept)
{
    unsigned q[] = {[FORM_TEXT] = 0, [FORM_HTML] = 0, [FORM_JSON] = 0};
    bool no_html = false;
    struct sl_str item;
    while (scan_element(&accept, &item)) {
        size_t semicolon = sl_str_find(item, ';');
        struct sl_str type = scan_trim(sl_str(item.p, semicolon));
        unsigned item_q = read_q(sl_str_sub(item, semicolon, item.n));
        if (is_html(type))
            q[FORM_HTML] = SL_MAX(q[FORM_HTML], item_q), no_html = item_q == 0;
        else if (is_json(type))
            q[FORM_JSON] = SL_MAX(q[FORM_JSON], item_q);
        else if (sl_str_ieq(type, SL_STR("text/plain")))
            q[FORM_TEXT] = SL_MAX(q[FORM_TEXT], item_q);
    }
    if (q[FORM_HTML] >= q[FORM_JSON] && q[FORM_HTML] >= q[FORM_TEXT]) /* none named is 0, 0 and 0 */
        return no_html && q[FORM_HTML] == 0 ? FORM_TEXT : FORM_HTML;
    return q[FORM_JSON] >= q[FORM_TEXT] ? FORM_JSON : FORM_TEXT;
}

/* cookie.c - see cookie.h. RFC 6265 section 5.4 as servers meet it: pairs apart by ';', spaces around them; a
 * value may stand in quotation marks. Nothing is decoded. */
#include "adminapi/cookie.h"

struct sl_str cookie_value(struct sl_str field, struct sl_str name)
{
    struct sl_str pair, found = {0};
    while (sl_str_split(&field, ';', &pair)) {
        pair = sl_str_trim(pair);
        size_t eq = sl_str_find(pair, '=');
        if (eq == pair.n || !sl_str_eq(sl_str_trim(sl_str_sub(pair, 0, eq)), name))
            continue;
        if (found.p)
            return (struct sl_str){0};
        found = sl_str_trim(sl_str_sub(pair, eq + 1, pair.n));
        if (found.n >= 2 && found.p[0] == '"' && found.p[found.n - 1] == '"')
            found = sl_str_sub(found, 1, found.n - 2);
    }
    return found;
}

/* keep_alive.c - see keep_alive.h. The field was never standardised, so what is odd about it says nothing. */
#include "proxy/http/keep_alive.h"

enum { MOST_S = 86400 };

int64_t keep_alive_ms(const struct head *h)
{
    struct sl_str rest = head_get(h, FIELD_KEEP_ALIVE), part, key = SL_STR("timeout=");
    uint64_t seconds;
    while (sl_str_split(&rest, ',', &part)) {
        part = sl_str_trim(part);
        if (!sl_str_ieq(sl_str_sub(part, 0, key.n), key) || part.n == key.n)
            continue;
        return sl_str_u64(sl_str_sub(part, key.n, part.n), MOST_S, &seconds) ? (int64_t)seconds * 1000 : 0;
    }
    return 0;
}

/* page_extend.c - the signed button by which a user extends a quota (page.h).
 *
 *     /quota/extend?t=TOKEN       payload = quota LF window LF taken LF expires
 */
#include "proxy/http/page.h"
#include "proxy/http/page_token.h"

#define PURPOSE SL_STR("extend")

void extend_link_make(const uint8_t key[32], const struct extend_link *l, struct sl_text *out)
{
    SL_CLEANUP(sl_text_fini) struct sl_text payload = {0};
    sl_text_addf(&payload, "%.*s\n%lld\n%u\n%lld", SL_FMT(l->quota), (long long)l->window_s, l->taken,
                 (long long)l->expires_s);
    sl_text_add(out, SL_STR("/quota/extend?"));
    page_token_add(key, PURPOSE, l->subject, sl_text_str(&payload), out);
}

static bool read_payload(struct sl_str rest, struct extend_link *out)
{
    struct sl_str window, taken;
    uint64_t window_s, count, expires_s;
    if (!sl_str_split(&rest, '\n', &out->quota) || !sl_str_split(&rest, '\n', &window) ||
        !sl_str_split(&rest, '\n', &taken) || !sl_str_u64(window, INT64_MAX, &window_s) ||
        !sl_str_u64(taken, UINT32_MAX, &count) || !sl_str_u64(rest, INT64_MAX, &expires_s))
        return false;
    out->window_s = (int64_t)window_s;
    out->taken = (unsigned)count;
    out->expires_s = (int64_t)expires_s;
    return true;
}

bool extend_link_verify(const uint8_t key[32], struct sl_str query, struct sl_str subject, int64_t now_s,
                        struct sl_text *scratch, struct extend_link *out)
{
    *out = (struct extend_link){.subject = subject};
    return page_token_open(key, PURPOSE, subject, query, scratch) &&
           read_payload(sl_text_str(scratch), out) && now_s < out->expires_s &&
           out->expires_s <= now_s + EXTEND_LIVES_S;
}

/* page_continue.c - the signed link by which a user goes on after a warning (page.h).
 *
 *     http://PAGE_HOST/continue?t=TOKEN       payload = domain LF rule LF warn_for LF expires LF url
 *
 * No field can hold a LF: canonical URLs, host names and ids have no control bytes. */
#include "proxy/http/page.h"
#include "proxy/http/page_token.h"

#define PURPOSE SL_STR("continue")

void continue_link_make(const uint8_t key[32], const char *page_host, const struct continue_link *l,
                        struct sl_text *out)
{
    SL_CLEANUP(sl_text_fini) struct sl_text payload = {0};
    sl_text_addf(&payload, "%.*s\n%.*s\n%lld\n%lld\n%.*s", SL_FMT(l->domain), SL_FMT(l->rule),
                 (long long)l->warn_for_s, (long long)l->expires_s, SL_FMT(l->url));
    sl_text_addf(out, "%s://%s/continue?", l->secure ? "https" : "http", page_host);
    page_token_add(key, PURPOSE, l->who, sl_text_str(&payload), out);
}

static bool read_payload(struct sl_str rest, struct continue_link *out)
{
    struct sl_str warn_for, expires;
    uint64_t warn_for_s, expires_s;
    if (!sl_str_split(&rest, '\n', &out->domain) || !sl_str_split(&rest, '\n', &out->rule) ||
        !sl_str_split(&rest, '\n', &warn_for) || !sl_str_split(&rest, '\n', &expires))
        return false;
    if (!sl_str_u64(warn_for, INT64_MAX, &warn_for_s) || !sl_str_u64(expires, INT64_MAX, &expires_s) ||
        rest.n == 0)
        return false;
    out->warn_for_s = (int64_t)warn_for_s;
    out->expires_s = (int64_t)expires_s;
    out->url = rest;
    return true;
}

bool continue_link_verify(const uint8_t key[32], struct sl_str query, struct sl_str who, int64_t now_s,
                          struct sl_text *scratch, struct continue_link *out)
{
    *out = (struct continue_link){.who = who};
    return page_token_open(key, PURPOSE, who, query, scratch) && read_payload(sl_text_str(scratch), out) &&
           now_s < out->expires_s && out->expires_s <= now_s + CONTINUE_LIVES_S;
}

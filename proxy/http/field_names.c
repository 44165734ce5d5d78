/* field_names.c - which field name, which method is this? Tables and their look-ups (head.h). */
#include "proxy/http/head.h"

static const char *const names[FIELD_ID_COUNT] = {
    [FIELD_OTHER] = "",
    [FIELD_ACCEPT] = "Accept",
    [FIELD_ACCEPT_ENCODING] = "Accept-Encoding",
    [FIELD_ACCEPT_LANGUAGE] = "Accept-Language",
    [FIELD_ALT_SVC] = "Alt-Svc",
    [FIELD_ALTERNATE_PROTOCOL] = "Alternate-Protocol",
    [FIELD_AUTHORIZATION] = "Authorization",
    [FIELD_CACHE_CONTROL] = "Cache-Control",
    [FIELD_CONNECTION] = "Connection",
    [FIELD_CONTENT_DISPOSITION] = "Content-Disposition",
    [FIELD_CONTENT_ENCODING] = "Content-Encoding",
    [FIELD_CONTENT_LENGTH] = "Content-Length",
    [FIELD_CONTENT_RANGE] = "Content-Range",
    [FIELD_CONTENT_TYPE] = "Content-Type",
    [FIELD_COOKIE] = "Cookie",
    [FIELD_DATE] = "Date",
    [FIELD_EXPECT] = "Expect",
    [FIELD_FORWARDED] = "Forwarded",
    [FIELD_HOST] = "Host",
    [FIELD_HTTP2_SETTINGS] = "HTTP2-Settings",
    [FIELD_IF_MODIFIED_SINCE] = "If-Modified-Since",
    [FIELD_KEEP_ALIVE] = "Keep-Alive",
    [FIELD_LOCATION] = "Location",
    [FIELD_MAX_FORWARDS] = "Max-Forwards",
    [FIELD_ORIGIN] = "Origin",
    [FIELD_PROXY_AUTHENTICATE] = "Proxy-Authenticate",
    [FIELD_PROXY_AUTHENTICATION_INFO] = "Proxy-Authentication-Info",
    [FIELD_PROXY_AUTHORIZATION] = "Proxy-Authorization",
    [FIELD_PROXY_CONNECTION] = "Proxy-Connection",
    [FIELD_PROXY_STATUS] = "Proxy-Status",
    [FIELD_RANGE] = "Range",
    [FIELD_REFERER] = "Referer",
    [FIELD_RETRY_AFTER] = "Retry-After",
    [FIELD_SERVER] = "Server",
    [FIELD_SET_COOKIE] = "Set-Cookie",
    [FIELD_TE] = "TE",
    [FIELD_TRAILER] = "Trailer",
    [FIELD_TRANSFER_ENCODING] = "Transfer-Encoding",
    [FIELD_UPGRADE] = "Upgrade",
    [FIELD_USER_AGENT] = "User-Agent",
    [FIELD_VIA] = "Via",
    [FIELD_WWW_AUTHENTICATE] = "WWW-Authenticate",
    [FIELD_X_FORWARDED_FOR] = "X-Forwarded-For",
    [FIELD_X_REAL_IP] = "X-Real-IP",
    [FIELD_X_SLUICE_LOOP] = "X-Sluice-Loop",
    [FIELD_LOOKALIKE] = "",
};

/* Names by length, the frequent ones first; 0 ends a row. A test holds this to the table above. */
enum { LONGEST = 25, SAME_LENGTH = 6 };
static const uint8_t by_length[LONGEST + 1][SAME_LENGTH] = {
    [2] = {FIELD_TE},
    [3] = {FIELD_VIA},
    [4] = {FIELD_HOST, FIELD_DATE},
    [5] = {FIELD_RANGE},
    [6] = {FIELD_ACCEPT, FIELD_COOKIE, FIELD_SERVER, FIELD_ORIGIN, FIELD_EXPECT},
    [7] = {FIELD_REFERER, FIELD_UPGRADE, FIELD_ALT_SVC, FIELD_TRAILER},
    [8] = {FIELD_LOCATION},
    [9] = {FIELD_FORWARDED, FIELD_X_REAL_IP},
    [10] = {FIELD_CONNECTION, FIELD_USER_AGENT, FIELD_SET_COOKIE, FIELD_KEEP_ALIVE},
    [11] = {FIELD_RETRY_AFTER},
    [12] = {FIELD_CONTENT_TYPE, FIELD_MAX_FORWARDS, FIELD_PROXY_STATUS},
    [13] = {FIELD_CACHE_CONTROL, FIELD_AUTHORIZATION, FIELD_CONTENT_RANGE, FIELD_X_SLUICE_LOOP},
    [14] = {FIELD_CONTENT_LENGTH, FIELD_HTTP2_SETTINGS},
    [15] = {FIELD_ACCEPT_ENCODING, FIELD_ACCEPT_LANGUAGE, FIELD_X_FORWARDED_FOR},
    [16] = {FIELD_PROXY_CONNECTION, FIELD_CONTENT_ENCODING, FIELD_WWW_AUTHENTICATE},
    [17] = {FIELD_TRANSFER_ENCODING, FIELD_IF_MODIFIED_SINCE},
    [18] = {FIELD_PROXY_AUTHENTICATE, FIELD_ALTERNATE_PROTOCOL},
    [19] = {FIELD_PROXY_AUTHORIZATION, FIELD_CONTENT_DISPOSITION},
    [25] = {FIELD_PROXY_AUTHENTICATION_INFO},
};

static inline uint64_t load(const char *p, size_t n)
{
    uint64_t v = 0;
    memcpy(&v, p, n);
    return v;
}

/* Bit 5 folds letters. The known names have only letters, digits and '-', and what else folds onto those (CR
 * onto '-', say) is no token byte and never gets here. */
static inline bool same_name(const char *a, const char *b, size_t n)
{
    static const uint64_t fold = 0x2020202020202020u;
    for (; n >= 8; a += 8, b += 8, n -= 8)
        if ((load(a, 8) | fold) != (load(b, 8) | fold))
            return false;
    for (; n > 0; a++, b++, n--)
        if ((*a | 0x20) != (*b | 0x20))
            return false;
    return true;
}

/* Of a name with underscores: what it says with dashes. */
static enum field_id lookalike(struct sl_str name)
{
    char dashed[LONGEST];
    for (size_t i = 0; i < name.n; i++)
        dashed[i] = name.p[i] == '_' ? '-' : name.p[i];
    return field_id_of(sl_str(dashed, name.n)) == FIELD_OTHER ? FIELD_OTHER : FIELD_LOOKALIKE;
}

enum field_id field_id_of(struct sl_str name)
{
    if (name.n > LONGEST)
        return FIELD_OTHER;
    for (const uint8_t *id = by_length[name.n]; *id; id++)
        if (same_name(name.p, names[*id], name.n))
            return *id;
    return SL_UNLIKELY(memchr(name.p, '_', name.n)) ? lookalike(name) : FIELD_OTHER;
}

const char *field_id_name(enum field_id id)
{
    sl_assert((unsigned)id < FIELD_ID_COUNT);
    return names[id];
}

enum method method_of(struct sl_str name)
{
    static const struct {
        struct sl_str text;
        enum method method;
    } methods[] = {
        {{"GET", 3}, METHOD_GET},         {{"POST", 4}, METHOD_POST},   {{"CONNECT", 7}, METHOD_CONNECT},
        {{"HEAD", 4}, METHOD_HEAD},       {{"PUT", 3}, METHOD_PUT},     {{"DELETE", 6}, METHOD_DELETE},
        {{"OPTIONS", 7}, METHOD_OPTIONS}, {{"PATCH", 5}, METHOD_PATCH}, {{"TRACE", 5}, METHOD_TRACE},
    };
    for (size_t i = 0; i < SL_COUNT(methods); i++)
        if (sl_str_eq(name, methods[i].text))
            return methods[i].method;
    return METHOD_OTHER;
}

bool method_idempotent(enum method m)
{
    return m == METHOD_GET || m == METHOD_HEAD || m == METHOD_PUT || m == METHOD_DELETE ||
           m == METHOD_OPTIONS || m == METHOD_TRACE;
}

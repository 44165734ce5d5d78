/* url.c - see sluice/url.h: how is a whole URL read?
 *
 *   scheme :// credentials @ host : port  /path ? query # fragment
 *          └── dropped ──┘  └ url_host.c   └─ url_path.c ┘ └ dropped
 *
 * Nearly every request brings a URL that is canonical already: parse_fast proves that in one pass over the
 * bytes and hands out views of the input. Everything else takes parse_slow, which writes the canonical text
 * into the arena. Both give the same answer where both can (the unit tests and the fuzz target read each
 * canonical text again), so the fast way is never a second opinion. */
#include "sluice/url.h"

#include "policy/url_parts.h"

#define LETTER (URL_PATH | URL_QUERY | URL_PLAIN | URL_UNRESERVED | URL_SCHEME)
#define MARK (URL_PATH | URL_QUERY | URL_PLAIN)
const uint8_t url_class[256] = {
    [0 ... ' '] = URL_REFUSED,
    [127] = URL_REFUSED,
    ['a' ... 'z'] = LETTER | URL_HOST,
    ['A' ... 'Z'] = LETTER,
    ['0' ... '9'] = LETTER | URL_HOST,
    ['-'] = LETTER | URL_HOST,
    ['_'] = MARK | URL_UNRESERVED | URL_HOST,
    ['~'] = MARK | URL_UNRESERVED,
    ['.'] = URL_QUERY | URL_PLAIN | URL_UNRESERVED | URL_SCHEME,
    ['?'] = URL_QUERY | URL_PLAIN,
    ['+'] = MARK | URL_SCHEME,
    ['!'] = MARK,
    ['$'] = MARK,
    ['&'] = MARK,
    ['\''] = URL_PATH | URL_PLAIN, /* browsers escape it in queries, and nowhere else */
    ['(' ... '*'] = MARK,
    [','] = MARK,
    ['/'] = MARK,
    [':'] = MARK,
    [';'] = MARK,
    ['='] = MARK,
    ['@'] = MARK,
};
#undef LETTER
#undef MARK

static const struct {
    struct sl_str scheme;
    uint16_t port;
} schemes[] = {
    {{"http", 4}, 80}, {{"https", 5}, 443}, {{"ftp", 3}, 21}, {{"ws", 2}, 80}, {{"wss", 3}, 443},
};
enum { CONNECT_PORT = 443 }; /* what a CONNECT target usually means: default_port tells this one apart */

static uint8_t class_of(char c)
{
    return url_class[(unsigned char)c];
}

static bool is_slash(char c)
{
    return c == '/' || c == '\\';
}

int url_hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = sl_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

const char *url_shown(struct sl_str text, char buf[URL_SHOWN])
{
    static const char hex[] = "0123456789abcdef";
    size_t o = 0, i = 0;
    for (; i < text.n && o < URL_SHOWN - 8; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c >= ' ' && c < 127) {
            buf[o++] = (char)c;
            continue;
        }
        memcpy(buf + o, (char[]){'\\', 'x', hex[c >> 4], hex[c & 15]}, 4);
        o += 4;
    }
    memcpy(buf + o, i < text.n ? "..." : "", i < text.n ? 4 : 1);
    return buf;
}

static bool fail_url(struct sl_err *err, struct sl_str text, const char *why)
{
    char shown[URL_SHOWN];
    return sl_fail(err, SL_BAD_INPUT, "url '%s' %s", url_shown(text, shown), why);
}

static bool fail_full(struct sl_err *err)
{
    return sl_fail(err, SL_LIMIT, "the url is longer than the memory set aside for the request");
}

/* Sets the texts of a URL whose canonical text is known, from the places of its parts. */
static void set_views(struct sl_url *out, struct sl_str text, size_t scheme_n, size_t path_at, size_t path_n)
{
    out->text = text;
    out->scheme = sl_str(text.p, scheme_n);
    out->match = sl_str(text.p + scheme_n + 3, text.n - scheme_n - 3);
    out->path = sl_str(text.p + path_at, path_n);
    out->has_query = path_at + path_n < text.n;
    out->query = sl_str_sub(text, path_at + path_n + 1, SIZE_MAX);
}

/* The port of a canonical URL: no leading zero, not the default one. Moves *at behind it. */
static bool fast_port(struct sl_str t, size_t *at, uint16_t usual, uint16_t *out)
{
    size_t i = *at + 1, from = i;
    unsigned port = 0;
    for (; i < t.n && i - from < 5 && t.p[i] >= '0' && t.p[i] <= '9'; i++)
        port = port * 10 + (unsigned)(t.p[i] - '0');
    if (i == from || t.p[from] == '0' || port > 65535 || port == usual)
        return false;
    *at = i;
    *out = (uint16_t)port;
    return true;
}

/* The host at t.p + at, when it is canonical. Addresses are looked at more closely: only the usual dotted
 * form is canonical. */
static bool fast_host(struct sl_str t, size_t at, struct sl_url *out)
{
    size_t last = 0, n = url_host_plain(sl_str(t.p + at, t.n - at), &last);
    if (n == 0)
        return false;
    out->host = sl_str(t.p + at, n);
    char first = t.p[at + last];
    out->host_is_addr = first >= '0' && first <= '9';
    return !out->host_is_addr || sl_addr_parse(out->host, &out->addr);
}

/* True when text is a canonical http or https URL as it stands; then *out is views of it. False says nothing.
 */
static bool parse_fast(struct sl_str t, struct sl_url *out)
{
    if (t.n < 9 || memcmp(t.p, "http", 4) != 0)
        return false;
    size_t scheme_n = t.p[4] == 's' ? 5 : 4;
    if (memcmp(t.p + scheme_n, "://", 3) != 0 || !fast_host(t, scheme_n + 3, out))
        return false;
    uint16_t usual = scheme_n == 5 ? 443 : 80;
    size_t at = scheme_n + 3 + out->host.n, path_n;
    out->port = usual;
    out->default_port = true;
    if (at < t.n && t.p[at] == ':') {
        if (!fast_port(t, &at, usual, &out->port))
            return false;
        out->default_port = false;
    }
    if (at >= t.n || t.p[at] != '/' || !url_path_plain(sl_str(t.p + at, t.n - at), &path_n))
        return false;
    set_views(out, t, scheme_n, at, path_n);
    return true;
}

bool url_has_scheme(struct sl_str text, size_t *out_n)
{
    size_t i = 0;
    while (i < text.n && class_of(text.p[i]) & URL_SCHEME)
        i++;
    *out_n = i;
    char first = i ? sl_lower(text.p[0]) : '\0';
    return first >= 'a' && first <= 'z' && text.n - i >= 3 && text.p[i] == ':' && is_slash(text.p[i + 1]) &&
           is_slash(text.p[i + 2]);
}

void url_split(struct sl_str text, struct url_split *out)
{
    size_t scheme_n, from = 0;
    *out = (struct url_split){.scheme = sl_str(text.p, 0)};
    if (url_has_scheme(text, &scheme_n)) {
        out->scheme = sl_str(text.p, scheme_n);
        from = scheme_n + 3;
    }
    size_t end = from;
    while (end < text.n && !is_slash(text.p[end]) && text.p[end] != '?' && text.p[end] != '#')
        end++;
    out->rest = sl_str_sub(text, end, SIZE_MAX);
    /* Credentials reach to the last '@': http://good.example@evil.example/ goes to evil.example. */
    for (size_t i = end; i > from; i--)
        if (text.p[i - 1] == '@') {
            from = i;
            break;
        }
    size_t colon = from;
    if (from < end && text.p[from] == '[')
        while (colon < end && text.p[colon] != ']')
            colon++;
    while (colon < end && text.p[colon] != ':')
        colon++;
    out->host = sl_str_sub(text, from, colon - from);
    out->port = colon < end ? sl_str_sub(text, colon + 1, end - colon - 1) : sl_str(text.p, 0);
    out->has_port = out->port.n > 0;
}

/* 1-65535, leading zeros allowed. */
static bool parse_port(struct sl_str digits, uint16_t *out)
{
    uint64_t port;
    while (digits.n > 1 && *digits.p == '0')
        digits = sl_str_sub(digits, 1, SIZE_MAX);
    if (!sl_str_u64(digits, 65535, &port) || port == 0)
        return false;
    *out = (uint16_t)port;
    return true;
}

static bool find_scheme(struct sl_str scheme, size_t *out)
{
    for (size_t i = 0; i < SL_COUNT(schemes); i++)
        if (sl_str_ieq(scheme, schemes[i].scheme)) {
            *out = i;
            return true;
        }
    return false;
}

/* Nothing below has to think of bytes that a header field or a log line could not hold. */
static bool has_refused(struct sl_str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (class_of(text.p[i]) & URL_REFUSED)
            return true;
    return false;
}

static char *put(char *o, struct sl_str s)
{
    memcpy(o, s.p, s.n);
    return o + s.n;
}

/* "host" or "[host]", ":port" unless it goes without saying. */
static char *put_authority(char *o, const struct url_host *host, uint16_t port, bool default_port)
{
    bool brackets = host->is_addr && !sl_addr_is_v4(host->addr);
    if (brackets)
        *o++ = '[';
    o = put(o, sl_str(host->text, host->n));
    if (brackets)
        *o++ = ']';
    if (default_port)
        return o;
    char digits[5];
    size_t n = 0;
    for (unsigned left = port; left; left /= 10)
        digits[n++] = (char)('0' + left % 10);
    *o++ = ':';
    while (n)
        *o++ = digits[--n];
    return o;
}

enum { AUTHORITY_ROOM = URL_HOST_MAX + 8 }; /* brackets, ':' and five digits */

static void set_host(struct sl_url *out, const struct url_host *host, const char *at)
{
    bool brackets = host->is_addr && !sl_addr_is_v4(host->addr);
    out->host = sl_str(at + brackets, host->n);
    out->host_is_addr = host->is_addr;
    out->addr = host->addr;
}

/* Writes the canonical text of parts into the arena and points *out into it. */
static bool assemble(const struct url_split *parts, size_t scheme, const struct url_host *host,
                     struct sl_arena *arena, struct sl_url *out, struct sl_err *err)
{
    struct sl_str name = schemes[scheme].scheme;
    size_t path_n, room = name.n + 3 + AUTHORITY_ROOM + url_path_room(parts->rest);
    char *text = sl_arena_bytes(arena, room);
    if (!text)
        return fail_full(err);
    char *at = put(put(text, name), SL_STR("://"));
    char *path = put_authority(at, host, out->port, out->default_port);
    size_t n = (size_t)(path - text) + url_path_write(parts->rest, path, &path_n);
    sl_assert(n <= room);
    set_views(out, sl_str(text, n), name.n, (size_t)(path - text), path_n);
    set_host(out, host, at);
    return true;
}

static bool parse_slow(struct sl_str text, struct sl_arena *arena, struct sl_url *out, struct sl_err *err)
{
    struct url_split parts;
    struct url_host host;
    char shown[URL_SHOWN];
    size_t scheme, scheme_n;
    if (has_refused(text))
        return fail_url(err, text, "has a space or control byte; write it as %20 or its like");
    if (!url_has_scheme(text, &scheme_n))
        return fail_url(err, text, "does not begin with a scheme such as http://");
    url_split(text, &parts);
    if (!find_scheme(parts.scheme, &scheme))
        return fail_url(err, text, "has a scheme other than http, https, ftp, ws and wss");
    if (!url_host_canonical(parts.host, &host, err))
        return sl_fail_in(err, "url '%s': ", url_shown(text, shown));
    out->port = schemes[scheme].port;
    if (parts.has_port && !parse_port(parts.port, &out->port))
        return fail_url(err, text, "has a port that is not a number from 1 to 65535");
    out->default_port = out->port == schemes[scheme].port;
    if (!assemble(&parts, scheme, &host, arena, out, err))
        return false;
    return !url_path_hides_dots(out->path) ||
           fail_url(err, text, "has a dot segment beside an escaped slash, which origins read differently");
}

bool sl_url_parse(struct sl_str text, struct sl_arena *arena, struct sl_url *out, struct sl_err *err)
{
    *out = (struct sl_url){0};
    if (SL_LIKELY(parse_fast(text, out)))
        return true;
    *out = (struct sl_url){0};
    return parse_slow(text, arena, out, err);
}

bool sl_url_parse_loose(struct sl_str text, struct sl_arena *arena, struct sl_url *out, struct sl_err *err)
{
    size_t scheme_n;
    *out = (struct sl_url){0};
    if (SL_LIKELY(parse_fast(text, out)))
        return true;
    text = sl_str_trim(text);
    if (url_has_scheme(text, &scheme_n))
        return sl_url_parse(text, arena, out, err);
    char *whole = text.n < SIZE_MAX - 7 ? sl_arena_bytes(arena, text.n + 7) : NULL;
    if (!whole)
        return fail_full(err);
    char *end = put(put(whole, SL_STR("http://")), text.n ? text : SL_STR(""));
    return sl_url_parse(sl_str(whole, (size_t)(end - whole)), arena, out, err);
}

/* True when text is a canonical CONNECT target as it stands. */
static bool authority_fast(struct sl_str t, struct sl_url *out)
{
    if (!fast_host(t, 0, out))
        return false;
    size_t at = out->host.n;
    if (at >= t.n || t.p[at] != ':' || !fast_port(t, &at, 0, &out->port) || at != t.n)
        return false;
    out->text = out->match = t;
    return true;
}

static bool authority_slow(struct sl_str text, struct sl_arena *arena, struct sl_url *out, struct sl_err *err)
{
    struct url_split parts;
    struct url_host host;
    char shown[URL_SHOWN];
    size_t scheme_n;
    if (has_refused(text) || sl_str_find(text, '@') < text.n || url_has_scheme(text, &scheme_n))
        return fail_url(err, text, "is not a CONNECT target; write host:port");
    url_split(text, &parts);
    if (!parts.has_port || parts.rest.n)
        return fail_url(err, text, "is not a CONNECT target; write host:port");
    if (!parse_port(parts.port, &out->port))
        return fail_url(err, text, "has a port that is not a number from 1 to 65535");
    if (!url_host_canonical(parts.host, &host, err))
        return sl_fail_in(err, "url '%s': ", url_shown(text, shown));
    char *at = sl_arena_bytes(arena, AUTHORITY_ROOM);
    if (!at)
        return fail_full(err);
    out->text = out->match = sl_str(at, (size_t)(put_authority(at, &host, out->port, false) - at));
    set_host(out, &host, at);
    return true;
}

bool sl_url_parse_authority(struct sl_str text, struct sl_arena *arena, struct sl_url *out,
                            struct sl_err *err)
{
    *out = (struct sl_url){0};
    if (!authority_fast(text, out)) {
        *out = (struct sl_url){0};
        if (!authority_slow(text, arena, out, err))
            return false;
    }
    out->scheme = out->path = out->query = SL_STR("");
    out->default_port = out->port == CONNECT_PORT;
    return true;
}

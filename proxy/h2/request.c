/* request.c - see request.h. */
#include "proxy/h2/request.h"

#include "proxy/http/fields.h"
#include "proxy/http/scan.h"

enum { FIELD_COSTS = 32 }; /* what a field counts beside its bytes */

/* What came. */
enum {
    HAS_METHOD = 1 << 0,
    HAS_SCHEME = 1 << 1,
    HAS_AUTHORITY = 1 << 2,
    HAS_PATH = 1 << 3,
    HAS_HOST = 1 << 4,
    HAS_LENGTH = 1 << 5,
    HAS_TE = 1 << 6,
    HAS_REGULAR = 1 << 7, /* pseudo-header fields are over */
    HAS_PSEUDO = HAS_METHOD | HAS_SCHEME | HAS_AUTHORITY | HAS_PATH
};

static const struct sl_str crlf = {"\r\n", 2};

void h2_request_begin(struct h2_request *r, uint32_t most)
{
    sl_text_clear(&r->fields);
    sl_text_clear(&r->cookie);
    sl_text_clear(&r->pseudo);
    *r = (struct h2_request){.fields = r->fields, .cookie = r->cookie, .pseudo = r->pseudo, .most = most};
}

void h2_request_fini(struct h2_request *r)
{
    sl_text_fini(&r->fields);
    sl_text_fini(&r->cookie);
    sl_text_fini(&r->pseudo);
}

/* ---- what a field may be ---- */

/* No control bytes, which could end its line, and nothing around it that a reader would take off. */
static bool value_fits(struct sl_str v)
{
    size_t i = 0;
    unsigned found = 0;
    for (; i + 16 <= v.n; i += 16)
        found |= scan_controls16(v.p + i);
    if (i < v.n)
        found |= scan_controls(v.p + i, v.n - i);
    return found == 0 && scan_trim(v).n == v.n;
}

static bool lower_case_token(struct sl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 'A' && s.p[i] <= 'Z')
            return false;
    return scan_is_token(s);
}

/* Of a target or an authority: nothing that could end it where it is written. */
static bool word_fits(struct sl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f)
            return false;
    return s.n > 0;
}

/* ---- pseudo-header fields ---- */

static void keep(struct h2_request *r, unsigned what, struct h2_span *out, struct sl_str value)
{
    r->bad |= (r->has & what) != 0 || (r->has & HAS_REGULAR) != 0;
    r->has |= what;
    *out = (struct h2_span){(uint32_t)r->pseudo.n, (uint32_t)value.n};
    sl_text_add(&r->pseudo, value);
}

static void pseudo(struct h2_request *r, struct sl_str name, struct sl_str value)
{
    if (sl_str_eq(name, SL_STR(":method")))
        keep(r, HAS_METHOD, &r->method, value);
    else if (sl_str_eq(name, SL_STR(":path")))
        keep(r, HAS_PATH, &r->path, value);
    else if (sl_str_eq(name, SL_STR(":authority")))
        keep(r, HAS_AUTHORITY, &r->authority, value);
    else if (sl_str_eq(name, SL_STR(":scheme")))
        keep(r, HAS_SCHEME, &r->scheme, value);
    else
        r->bad = true;
}

/* ---- the others ---- */

static void add_line(struct h2_request *r, struct sl_str name, struct sl_str value)
{
    sl_text_add(&r->fields, name);
    sl_text_add(&r->fields, SL_STR(": "));
    sl_text_add(&r->fields, value);
    sl_text_add(&r->fields, crlf);
}

/* It is written anew, before all others. */
static void host(struct h2_request *r, struct sl_str value)
{
    r->bad |= (r->has & HAS_HOST) != 0;
    r->has |= HAS_HOST;
    r->host = (struct h2_span){(uint32_t)r->pseudo.n, (uint32_t)value.n};
    sl_text_add(&r->pseudo, value);
}

static void length(struct h2_request *r, struct sl_str value)
{
    r->bad |= (r->has & HAS_LENGTH) != 0 || !sl_str_u64(value, INT64_MAX, &r->length);
    r->has |= HAS_LENGTH;
}

/* For a better use of compression a cookie may come in crumbs (section 8.2.3); to others it is one. */
static void crumb(struct h2_request *r, struct sl_str value)
{
    if (r->cookie.n > 0)
        sl_text_add(&r->cookie, SL_STR("; "));
    sl_text_add(&r->cookie, value);
}

static void te(struct h2_request *r, struct sl_str value)
{
    r->bad |= !sl_str_eq(value, SL_STR("trailers"));
    r->has |= HAS_TE;
}

static void regular(struct h2_request *r, struct sl_str name, struct sl_str value)
{
    r->has |= HAS_REGULAR;
    switch (field_id_of(name)) {
    case FIELD_CONNECTION:
    case FIELD_KEEP_ALIVE:
    case FIELD_PROXY_CONNECTION:
    case FIELD_TRANSFER_ENCODING:
    case FIELD_UPGRADE:
        r->bad = true; /* of a connection, which is not what this is (section 8.2.2) */
        return;
    case FIELD_HOST:
        host(r, value);
        return;
    case FIELD_CONTENT_LENGTH:
        length(r, value);
        return;
    case FIELD_COOKIE:
        crumb(r, value);
        return;
    case FIELD_TE:
        te(r, value);
        return;
    default:
        add_line(r, name, value);
    }
}

void h2_request_field(struct h2_request *r, struct sl_str name, struct sl_str value)
{
    uint64_t bytes = (uint64_t)r->bytes + name.n + value.n + FIELD_COSTS;
    r->bytes = (uint32_t)SL_MIN(bytes, (uint64_t)UINT32_MAX);
    r->too_large |= bytes > r->most;
    bool own = name.n > 0 && *name.p == ':';
    if (r->bad || (r->too_large && !own))
        return;
    r->bad = !value_fits(value);
    if (own)
        pseudo(r, name, value);
    else if (lower_case_token(name))
        regular(r, name, value);
    else
        r->bad = true;
}

/* ---- the head ---- */

static struct sl_str text_of(const struct h2_request *r, struct h2_span s)
{
    return s.n > 0 ? sl_str(r->pseudo.p + s.at, s.n) : SL_STR("");
}

/* Section 8.3.1. Both may name the host, if it is the same. */
static bool authority_fits(const struct h2_request *r)
{
    struct sl_str authority = text_of(r, r->has & HAS_AUTHORITY ? r->authority : r->host);
    bool both = (r->has & HAS_AUTHORITY) && (r->has & HAS_HOST);
    return word_fits(authority) && sl_str_find(authority, '@') == authority.n &&
           (!both || sl_str_ieq(authority, text_of(r, r->host)));
}

static bool path_fits(const struct h2_request *r)
{
    struct sl_str path = text_of(r, r->path);
    bool all = sl_str_eq(path, SL_STR("*")) && sl_str_eq(text_of(r, r->method), SL_STR("OPTIONS"));
    return word_fits(path) && (*path.p == '/' || all);
}

/* CONNECT has an authority alone. The scheme is that of the connection: others would be another's to answer.
 */
static bool target_fits(const struct h2_request *r)
{
    if (!(r->has & HAS_METHOD) || !scan_is_token(text_of(r, r->method)) || !authority_fits(r))
        return false;
    if (sl_str_eq(text_of(r, r->method), SL_STR("CONNECT")))
        return (r->has & HAS_PSEUDO) == (HAS_METHOD | HAS_AUTHORITY);
    return (r->has & HAS_PATH) && path_fits(r) && sl_str_ieq(text_of(r, r->scheme), SL_STR("https"));
}

/* A request is all that comes on its connection, so that ends behind the answer. */
static void add_begin(const struct h2_request *r, bool connect, struct sl_text *out)
{
    struct sl_str authority = text_of(r, r->has & HAS_AUTHORITY ? r->authority : r->host);
    sl_text_add(out, text_of(r, r->method));
    sl_text_addc(out, ' ');
    sl_text_add(out, connect ? authority : text_of(r, r->path));
    sl_text_add(out, SL_STR(" HTTP/1.1\r\nHost: "));
    sl_text_add(out, authority);
    sl_text_add(out, r->has & HAS_TE ? SL_STR("\r\nConnection: close, TE\r\nTE: trailers\r\n")
                                     : SL_STR("\r\nConnection: close\r\n"));
}

static void add_end(const struct h2_request *r, bool chunked, struct sl_text *out)
{
    if (r->cookie.n > 0) {
        sl_text_add(out, SL_STR("Cookie: "));
        sl_text_add(out, sl_text_str(&r->cookie));
        sl_text_add(out, crlf);
    }
    if (r->has & HAS_LENGTH)
        sl_text_addf(out, "Content-Length: %llu\r\n", (unsigned long long)r->length);
    else if (chunked)
        sl_text_add(out, SL_STR("Transfer-Encoding: chunked\r\n"));
    sl_text_add(out, crlf);
}

/* Whoever reads it finds it longer than a head may be before he finds its end. */
static void add_excess(struct h2_request *r, struct sl_text *out)
{
    static const struct sl_str some = {"################################", 32};
    size_t n = out->n;
    sl_text_add(out, SL_STR("X: "));
    while (out->n - n <= r->most)
        sl_text_add(out, some);
}

enum h2_request_result h2_request_end(struct h2_request *r, bool ended, struct sl_text *out,
                                      bool *out_chunked, enum method *out_method)
{
    *out_chunked = false;
    if (r->bad || !target_fits(r) || (ended && r->length > 0))
        return H2_REQUEST_BAD;
    enum method m = *out_method = method_of(text_of(r, r->method));
    if (m == METHOD_CONNECT && (r->has & HAS_LENGTH))
        return H2_REQUEST_BAD;
    *out_chunked = !ended && !(r->has & HAS_LENGTH) && m != METHOD_CONNECT;
    add_begin(r, m == METHOD_CONNECT, out);
    sl_text_add(out, sl_text_str(&r->fields));
    if (r->too_large) {
        add_excess(r, out);
        return H2_REQUEST_LARGE;
    }
    add_end(r, *out_chunked, out);
    return H2_REQUEST_DONE;
}

bool h2_request_trailers(struct h2_request *r, struct sl_text *out)
{
    if (r->bad || r->too_large || (r->has & (HAS_PSEUDO | HAS_LENGTH | HAS_HOST)) != 0)
        return false;
    sl_text_add(out, sl_text_str(&r->fields));
    sl_text_add(out, crlf);
    return true;
}

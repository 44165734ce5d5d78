/* url_host.c - which host does a written host mean?
 *
 *   raw ─ percent-decoding ─ IDNA, when not ASCII ─┬─ name ─ canonical name
 *                                                  └─ number ─ IPv4 in any notation ─ a.b.c.d
 *   [raw] ─ IPv6 ─ as RFC 5952 writes it, or the IPv4 address that it maps
 *
 * The order is WHATWG's, and it matters: full-width digits or %31 become ASCII before a name is asked whether
 * it is an address, so 127.0.0.1 has one spelling behind this file. Names are stricter than WHATWG's:
 * letters, digits, '-' and '_', which is what DNS names that serve the web are made of. An "xn--" label is
 * taken as it is: DNS does not look into it either. */
#include "policy/url_parts.h"

#include <idn2.h>
#include <libpsl.h>

/* A longer one cannot shrink to 253 bytes by any honest spelling; bounds the work of IDNA. */
enum { HOST_RAW_MAX = 1024 };

static bool fail_host(struct sl_err *err, struct sl_str raw, const char *why)
{
    char shown[URL_SHOWN];
    return sl_fail(err, SL_BAD_INPUT, "host '%s' %s", url_shown(raw, shown), why);
}

size_t url_host_plain(struct sl_str text, size_t *out_last)
{
    size_t i = 0, label = 0;
    for (; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (url_class[c] & URL_HOST)
            continue;
        if (c != '.')
            break;
        if (i == label || i - label > URL_LABEL_MAX)
            return 0;
        label = i + 1;
    }
    if (i == label || i - label > URL_LABEL_MAX || i > URL_HOST_MAX)
        return 0;
    /* The host ends here only if a delimiter follows; any other byte belongs to it and has to go the long
     * way. */
    if (i < text.n && text.p[i] != '/' && text.p[i] != ':')
        return 0;
    *out_last = label;
    return i;
}

/* out has room for raw.n bytes and a NUL. */
static size_t percent_decode(struct sl_str raw, char *out)
{
    size_t o = 0;
    for (size_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];
        if (c == '%' && raw.n - i > 2 && url_hex(raw.p[i + 1]) >= 0 && url_hex(raw.p[i + 2]) >= 0) {
            c = (char)(url_hex(raw.p[i + 1]) << 4 | url_hex(raw.p[i + 2]));
            i += 2;
        }
        out[o++] = c;
    }
    out[o] = '\0';
    return o;
}

static bool is_ascii(struct sl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 128)
            return false;
    return true;
}

/* Unicode to ASCII. name is replaced; *n is its new length. */
static bool to_ascii(char name[HOST_RAW_MAX + 1], size_t *n, struct sl_str raw, struct sl_err *err)
{
    uint8_t *ascii = NULL;
    char shown[URL_SHOWN];
    if (strlen(name) != *n)
        return fail_host(err, raw, "has a NUL byte");
    int rc = idn2_lookup_u8((const uint8_t *)name, &ascii,
                            IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL | IDN2_NO_ALABEL_ROUNDTRIP);
    if (rc != IDN2_OK)
        return sl_fail(err, SL_BAD_INPUT, "host '%s' is not an internationalised name: %s",
                       url_shown(raw, shown), idn2_strerror(rc));
    size_t len = strlen((char *)ascii);
    bool fits = len <= HOST_RAW_MAX;
    if (fits) {
        memcpy(name, ascii, len + 1);
        *n = len;
    }
    idn2_free(ascii);
    return fits || fail_host(err, raw, "is longer than 253 bytes");
}

/* Lower case, without the dot at the end, letters, digits, '-', '_', no empty or long label. */
static bool check_name(struct sl_str raw, char *name, size_t *n, struct sl_err *err)
{
    if (*n && name[*n - 1] == '.')
        name[--*n] = '\0';
    if (*n == 0)
        return fail_host(err, raw, "is empty");
    if (*n > URL_HOST_MAX)
        return fail_host(err, raw, "is longer than 253 bytes");
    size_t label = 0;
    for (size_t i = 0; i <= *n; i++) {
        if (i == *n || name[i] == '.') {
            if (i == label)
                return fail_host(err, raw, "has an empty label");
            if (i - label > URL_LABEL_MAX)
                return fail_host(err, raw, "has a label longer than 63 bytes");
            label = i + 1;
            continue;
        }
        name[i] = sl_lower(name[i]);
        if (!(url_class[(unsigned char)name[i]] & URL_HOST))
            return fail_host(
                err, raw, "has a byte that no host name has; letters, digits, '-', '_' and '.' stand in one");
    }
    return true;
}

/* A number as inet_aton reads it: 0x for hexadecimal ("0x" alone is 0), 0 for octal. False when it is none;
 * over 2^32 gives 2^32. */
static bool v4_number(struct sl_str s, uint64_t *out)
{
    unsigned base = 10;
    if (s.n >= 2 && s.p[0] == '0' && s.p[1] == 'x') {
        base = 16;
        s = sl_str_sub(s, 2, SIZE_MAX);
    } else if (s.n >= 2 && s.p[0] == '0') {
        base = 8;
    } else if (s.n == 0) {
        return false;
    }
    uint64_t value = 0, most = UINT64_C(1) << 32;
    for (size_t i = 0; i < s.n; i++) {
        int digit = url_hex(s.p[i]);
        if (digit < 0 || (unsigned)digit >= base)
            return false;
        value = SL_MIN(value * base + (unsigned)digit, most);
    }
    *out = value;
    return true;
}

/* Whether resolvers would take the name for an address: its last label is a number. */
static bool ends_in_number(struct sl_str name)
{
    size_t at = name.n;
    while (at && name.p[at - 1] != '.')
        at--;
    struct sl_str last = sl_str_sub(name, at, SIZE_MAX);
    uint64_t ignored;
    bool digits = true;
    for (size_t i = 0; i < last.n; i++)
        digits &= last.p[i] >= '0' && last.p[i] <= '9';
    return digits || v4_number(last, &ignored);
}

/* One to four numbers; the last fills the bytes that the others leave. */
static bool parse_v4(struct sl_str name, struct sl_addr *out)
{
    struct sl_str part;
    uint64_t value = 0, last = 0;
    unsigned count = 0;
    while (sl_str_split(&name, '.', &part)) {
        if (count++ == 4 || last > 255 || !v4_number(part, &last))
            return false;
        if (name.p)
            value |= SL_MIN(last, (uint64_t)255) << (8 * (4 - SL_MIN(count, 4u)));
    }
    if (last >> (8 * (5 - count)))
        return false;
    value |= last;
    *out = (struct sl_addr){.b = {[10] = 0xff, [11] = 0xff}};
    for (int i = 0; i < 4; i++)
        out->b[12 + i] = (uint8_t)(value >> (24 - 8 * i));
    return true;
}

static void set_address(struct url_host *out)
{
    char text[SL_ADDR_TEXT];
    out->is_addr = true;
    out->n = strlen(sl_addr_text(out->addr, text));
    memcpy(out->text, text, out->n + 1);
}

/* Between the brackets. An IPv4-mapped address becomes its IPv4 twin, for that is where the packets would go.
 */
static bool bracketed(struct sl_str raw, struct url_host *out, struct sl_err *err)
{
    struct sl_str inner = raw.p[raw.n - 1] == ']' ? sl_str_sub(raw, 1, raw.n - 2) : sl_str("", 0);
    if (sl_str_find(inner, '%') < inner.n)
        return fail_host(err, raw, "has a zone, which means something on one machine only; leave it out");
    if (sl_str_find(inner, ':') == inner.n || !sl_addr_parse(inner, &out->addr))
        return fail_host(err, raw, "is not an IPv6 address in brackets");
    set_address(out);
    return true;
}

bool url_host_canonical(struct sl_str raw, struct url_host *out, struct sl_err *err)
{
    char name[HOST_RAW_MAX + 1];
    out->is_addr = false;
    out->addr = (struct sl_addr){0};
    if (raw.n == 0)
        return fail_host(err, raw, "is empty");
    if (raw.n > HOST_RAW_MAX)
        return fail_host(err, raw, "is longer than 253 bytes");
    if (raw.p[0] == '[')
        return bracketed(raw, out, err);
    size_t n = percent_decode(raw, name);
    if (!is_ascii(sl_str(name, n)) && !to_ascii(name, &n, raw, err))
        return false;
    if (!check_name(raw, name, &n, err))
        return false;
    if (ends_in_number(sl_str(name, n))) {
        if (!parse_v4(sl_str(name, n), &out->addr))
            return fail_host(err, raw, "ends in a number but is no IPv4 address");
        set_address(out);
        return true;
    }
    memcpy(out->text, name, n);
    out->text[n] = '\0';
    out->n = n;
    return true;
}

bool sl_host_parse(struct sl_str text, struct sl_arena *arena, struct sl_str *out_host, bool *out_is_addr,
                   struct sl_addr *out_addr, struct sl_err *err)
{
    struct url_host host;
    size_t last = 0;
    *out_is_addr = false;
    *out_addr = (struct sl_addr){0};
    if (url_host_plain(text, &last) == text.n && text.n && (text.p[last] < '0' || text.p[last] > '9')) {
        *out_host = text;
        return true;
    }
    if (sl_str_find(text, ':') < text.n && sl_addr_parse(text, &host.addr))
        set_address(&host);
    else if (!url_host_canonical(text, &host, err))
        return false;
    *out_is_addr = host.is_addr;
    *out_addr = host.addr;
    *out_host =
        sl_str_eq(text, sl_str(host.text, host.n)) ? text : sl_arena_str(arena, sl_str(host.text, host.n));
    return out_host->p || sl_fail(err, SL_LIMIT, "no memory is left for the host name");
}

struct sl_str sl_host_registrable(struct sl_str host)
{
    char name[URL_HOST_MAX + 1];
    const psl_ctx_t *psl = psl_builtin(); /* static data of the library: nothing to free, any thread */
    if (host.n == 0 || host.n > URL_HOST_MAX || !psl || sl_str_find(host, ':') < host.n ||
        ends_in_number(host))
        return host;
    memcpy(name, host.p, host.n);
    name[host.n] = '\0';
    const char *domain = psl_registrable_domain(psl, name);
    return domain ? sl_str_sub(host, (size_t)(domain - name), SIZE_MAX) : host;
}

/* Countries alone have registries below their own: "co.uk", "k12.ca.us". Asking the library costs some 4,000
 * instructions a name, and two names of three in a list end otherwise. */
static bool may_be_country_suffix(struct sl_str host)
{
    enum { MOST_LABELS = 4, MOST_BYTES = 40 };
    size_t dots = 0, last = 0;
    if (host.n > MOST_BYTES)
        return false;
    for (size_t i = 0; i < host.n; i++)
        if (host.p[i] == '.') {
            dots++;
            last = i;
        }
    struct sl_str tld = sl_str_sub(host, last + 1, SIZE_MAX);
    return dots > 0 && dots < MOST_LABELS && (tld.n == 2 || sl_str_starts(tld, SL_STR("xn--")));
}

bool sl_host_is_country_suffix(struct sl_str host)
{
    char name[URL_HOST_MAX + 1];
    const psl_ctx_t *psl = psl_builtin();
    if (!psl || !may_be_country_suffix(host))
        return false;
    memcpy(name, host.p, host.n);
    name[host.n] = '\0';
    return psl_is_public_suffix2(psl, name, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE);
}

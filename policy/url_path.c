/* url_path.c - which path and query does a written one mean?
 *
 * Escapes of unreserved bytes are decoded, other escapes get upper-case digits, bytes that may not stand
 * there are escaped, a '%' that begins no escape becomes %25. In the path '\' is '/', and dot segments are
 * resolved after decoding, so %2e%2e climbs like "..". Decoding happens once and can produce neither '%' nor
 * '/', so the result is its own canonical form, and %2F stays a byte of its segment; only where a dot segment
 * stands beside it, and origins disagree on where the path leads, the URL is refused. Doubled slashes stay in
 * requests: to some origins they matter. What is compared with lists folds them (sl_path_canonical,
 * overlay.c). */
#include "policy/url_parts.h"

static uint8_t class_of(char c)
{
    return url_class[(unsigned char)c];
}

/* The byte that s[i..i+2] escapes, -1 when there is no escape. */
static int escaped(struct sl_str s, size_t i)
{
    if (s.n - i < 3)
        return -1;
    int high = url_hex(s.p[i + 1]), low = url_hex(s.p[i + 2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

static bool is_canonical_escape(struct sl_str s, size_t i)
{
    int byte = escaped(s, i);
    return byte >= 0 && !(url_class[byte] & URL_UNRESERVED) && s.p[i + 1] < 'a' && s.p[i + 2] < 'a';
}

/* Whether "/." at s[i - 1], s[i] begins a dot segment, or anything that may become one. */
static bool may_be_dots(struct sl_str s, size_t i)
{
    char next = i + 1 < s.n ? s.p[i + 1] : '/';
    return next == '/' || next == '.' || next == '?' || next == '#' || next == '%' || next == '\\';
}

/* Bytes of the slash or backslash that begins at s[i], written out or escaped; 0: there is none. */
static size_t slash_at(struct sl_str s, size_t i)
{
    if (s.p[i] == '/')
        return 1;
    int byte = s.p[i] == '%' ? escaped(s, i) : -1;
    return byte == '/' || byte == '\\' ? 3 : 0;
}

bool url_path_hides_dots(struct sl_str path)
{
    for (size_t i = 0, from = 0; i <= path.n; i++) {
        size_t slash = i < path.n ? slash_at(path, i) : 1, n = i - from;
        if (slash == 0)
            continue;
        if (n && n <= 2 && path.p[from] == '.' && path.p[i - 1] == '.')
            return true;
        from = i + slash;
        i = from - 1;
    }
    return false;
}

static bool eight_of(const char *p, uint8_t wanted)
{
    uint8_t all = wanted;
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++)
        all &= class_of(p[i]);
    return all != 0;
}

bool url_path_plain(struct sl_str s, size_t *out_path)
{
    uint8_t wanted = URL_PATH;
    size_t path_n = s.n;
    for (size_t i = 1;; i++) {
        while (i + 8 <= s.n && eight_of(s.p + i, wanted)) /* eight bytes take one branch */
            i += 8;
        while (i < s.n && class_of(s.p[i]) & wanted)
            i++;
        if (i >= s.n)
            break;
        if (s.p[i] == '%' && is_canonical_escape(s, i)) {
            i += 2;
        } else if (s.p[i] == '?' && wanted == URL_PATH) {
            path_n = i;
            wanted = URL_QUERY;
        } else if (s.p[i] != '.' || (s.p[i - 1] == '/' && may_be_dots(s, i)) ||
                   (wanted == URL_PATH && i > 3 && slash_at(s, i - 3) == 3)) {
            return false;
        }
    }
    *out_path = path_n;
    return true;
}

size_t url_path_room(struct sl_str raw)
{
    size_t n = raw.n + 1;
    for (size_t i = 0; i < raw.n; i++)
        if (!(class_of(raw.p[i]) & URL_QUERY)) /* URL_PLAIN has all of them and more */
            n += 2;
    return n;
}

/* Writes the canonical form of what begins at raw.p[*i] and moves *i behind it. plain: URL_PLAIN or
 * URL_QUERY. */
static char *put_one(char *o, struct sl_str raw, size_t *i, uint8_t plain)
{
    static const char hex[] = "0123456789ABCDEF";
    unsigned char c = (unsigned char)raw.p[*i];
    int byte = c == '%' ? escaped(raw, *i) : -1;
    *i += byte >= 0 ? 3 : 1;
    if (byte >= 0 && url_class[byte] & URL_UNRESERVED) {
        *o++ = (char)byte;
    } else if (byte < 0 && url_class[c] & plain) {
        *o++ = (char)c;
    } else {
        c = byte >= 0 ? (unsigned char)byte : c;
        *o++ = '%';
        *o++ = hex[c >> 4];
        *o++ = hex[c & 15];
    }
    return o;
}

/* A segment of the path root has been written from segment to o: resolves it if it is "." or "..", else
 * closes it with a slash if more follow. Returns where the next one begins. */
static char *end_segment(char *root, char *segment, char *o, bool more)
{
    size_t n = (size_t)(o - segment);
    if (n == 1 && segment[0] == '.')
        return segment;
    if (n == 2 && segment[0] == '.' && segment[1] == '.') {
        o = segment - 1; /* the slash before ".." */
        if (o == root)
            return segment;
        while (o[-1] != '/')
            o--;
        return o;
    }
    if (more)
        *o++ = '/';
    return o;
}

size_t url_path_write(struct sl_str raw, char *out, size_t *out_path)
{
    size_t i = raw.n && (raw.p[0] == '/' || raw.p[0] == '\\') ? 1 : 0;
    char *o = out, *segment;
    *o++ = '/';
    segment = o;
    while (i < raw.n && raw.p[i] != '?' && raw.p[i] != '#') {
        if (raw.p[i] == '/' || raw.p[i] == '\\') {
            o = segment = end_segment(out, segment, o, true);
            i++;
        } else {
            o = put_one(o, raw, &i, URL_PLAIN);
        }
    }
    o = end_segment(out, segment, o, false);
    *out_path = (size_t)(o - out);
    if (i < raw.n && raw.p[i] == '?')
        do
            o = put_one(o, raw, &i, URL_QUERY);
        while (i < raw.n && raw.p[i] != '#');
    return (size_t)(o - out);
}

/* Folds "//" and drops the slash at the end of the path (but for the root); the query moves up behind it. */
static size_t fold_slashes(char *text, size_t path_n, size_t n)
{
    size_t o = 0;
    for (size_t i = 0; i < path_n; i++)
        if (text[i] != '/' || o == 0 || text[o - 1] != '/')
            text[o++] = text[i];
    if (o > 1 && text[o - 1] == '/')
        o--;
    memmove(text + o, text + path_n, n - path_n);
    return o + n - path_n;
}

bool sl_path_canonical(struct sl_str path, struct sl_arena *arena, struct sl_str *out, struct sl_err *err)
{
    char shown[URL_SHOWN];
    for (size_t i = 0; i < path.n; i++)
        if (class_of(path.p[i]) & URL_REFUSED)
            return sl_fail(err, SL_BAD_INPUT,
                           "path '%s' has a space or control byte; write it as %%20 or its like",
                           url_shown(path, shown));
    char *text = sl_arena_bytes(arena, url_path_room(path));
    if (!text)
        return sl_fail(err, SL_LIMIT, "no memory is left for the path");
    size_t path_n, n = url_path_write(path, text, &path_n);
    *out = sl_str(text, fold_slashes(text, path_n, n));
    return true;
}

/* entry.c - see entry.h. */
#include "policy/lists/entry.h"

#include <stdio.h>

#include "policy/lists/pieces.h"

/* Classes of bytes: those that lower-case host names are made of, and those that stand for themselves in
 * every path and query. */
enum { HOST_BYTE = 1, UPPER = 2, PATH_BYTE = 4 };
static const uint8_t class_of[256] = {
    ['a' ... 'z'] = HOST_BYTE | PATH_BYTE,
    ['0' ... '9'] = HOST_BYTE | PATH_BYTE,
    ['A' ... 'Z'] = UPPER | PATH_BYTE,
    ['-'] = HOST_BYTE | PATH_BYTE,
    ['_'] = HOST_BYTE | PATH_BYTE,
    ['~'] = PATH_BYTE,
    ['!'] = PATH_BYTE,
    ['$'] = PATH_BYTE,
    ['&'] = PATH_BYTE,
    ['('] = PATH_BYTE,
    [')'] = PATH_BYTE,
    ['+'] = PATH_BYTE,
    [','] = PATH_BYTE,
    [';'] = PATH_BYTE,
    ['='] = PATH_BYTE,
    [':'] = PATH_BYTE,
    ['@'] = PATH_BYTE,
};
enum { MAX_LABEL = 63, MAX_HOST = 253, ARENA_BYTES = 64 * 1024 };

void entry_reader_init(struct entry_reader *r)
{
    sl_arena_init(&r->arena, ARENA_BYTES);
}

void entry_reader_fini(struct entry_reader *r)
{
    sl_arena_fini(&r->arena);
}

struct sl_str entry_without_www(struct sl_str host)
{
    if (host.n > 4 && memcmp(host.p, "www.", 4) == 0 && memchr(host.p + 4, '.', host.n - 4) != NULL)
        return sl_str(host.p + 4, host.n - 4);
    return host;
}

/* ---- hosts ---- */

struct host {
    struct sl_str name; /* canonical */
    size_t labels;
    bool is_addr;
    struct sl_addr addr;
};

/* WHATWG: a host whose last label is a number is an address or nothing. */
static bool ends_in_number(struct sl_str name)
{
    size_t start = name.n;
    while (start > 0 && name.p[start - 1] != '.')
        start--;
    if (start == name.n || name.p[start] < '0' || name.p[start] > '9')
        return false;
    bool hex = name.n - start >= 2 && name.p[start] == '0' && name.p[start + 1] == 'x';
    for (size_t i = start + (hex ? 2 : 0); i < name.n; i++)
        if (!(name.p[i] >= '0' && name.p[i] <= '9') && !(hex && name.p[i] >= 'a' && name.p[i] <= 'f'))
            return false;
    return true;
}

/* Addresses in lists are dotted quads; 127.1 or 0x7f000001 there is junk, not an address. */
static const char *host_of_number(struct entry_reader *r, struct host *out)
{
    char text[SL_ADDR_TEXT];
    if (!sl_addr_parse(out->name, &out->addr))
        return "neither a host nor an address";
    out->is_addr = true;
    int n = snprintf(r->host, sizeof r->host, "%s", sl_addr_text(out->addr, text));
    out->name = sl_str(r->host, (size_t)n);
    return NULL;
}

/* Lists were published with "0.0.0.0xn--example.com": a converter lost the space. */
static bool is_fused(struct sl_str name)
{
    static const struct sl_str sinks[] = {{"0.0.0.0", 7}, {"127.0.0.1", 9}};
    for (size_t i = 0; i < SL_COUNT(sinks); i++)
        if (name.n > sinks[i].n && sl_str_starts(name, sinks[i]) && name.p[sinks[i].n] != '.' &&
            !(name.p[sinks[i].n] >= '0' && name.p[sinks[i].n] <= '9'))
            return true;
    return false;
}

/* Checks and completes a name in r->host. */
static const char *finish_host(struct entry_reader *r, size_t n, size_t labels, struct host *out)
{
    *out = (struct host){.name = sl_str(r->host, n), .labels = labels};
    if (n > MAX_HOST)
        return "name over 253 bytes";
    if (r->host[0] >= '0' && r->host[0] <= '9' && is_fused(out->name))
        return "an address and a name run together";
    return ends_in_number(out->name) ? host_of_number(r, out) : NULL;
}

/* The long way: whatever url.h takes. */
static const char *host_slowly(struct entry_reader *r, struct sl_str raw, struct host *out)
{
    struct sl_str name;
    bool is_addr;
    sl_arena_reset(&r->arena);
    if (!sl_host_parse(raw, &r->arena, &name, &is_addr, &out->addr, &r->err))
        return r->err.msg;
    if (name.n > MAX_HOST)
        return "name over 253 bytes";
    memcpy(r->host, name.p, name.n);
    size_t labels = 1;
    for (size_t i = 0; i < name.n; i++)
        labels += name.p[i] == '.';
    *out = (struct host){.name = sl_str(r->host, name.n), .labels = labels};
    return is_addr ? host_of_number(r, out) : NULL;
}

/* Takes the host off the front of *rest. */
static const char *take_host(struct entry_reader *r, struct sl_str *rest, struct host *out)
{
    const char *p = rest->p;
    size_t n = rest->n, i = 0, label = 0, labels = 1;
    for (; i < n && i < MAX_HOST + 1; i++) {
        uint8_t class = class_of[(uint8_t)p[i]];
        if (class & (HOST_BYTE | UPPER)) {
            r->host[i] = class & UPPER ? (char)(p[i] | 32) : p[i];
            continue;
        }
        if (p[i] != '.')
            break;
        if (i == label)
            return "empty label";
        if (i - label > MAX_LABEL)
            return "label over 63 bytes";
        r->host[i] = '.';
        label = i + 1;
        labels++;
    }
    if (i < n && memchr("/:?#\\", p[i], 5) == NULL) {
        if (i > MAX_HOST)
            return "name over 253 bytes";
        while (i < n && memchr("/:?#\\", p[i], 5) == NULL)
            i++;
        *rest = sl_str(p + i, n - i);
        if (memchr(p, '*', i) != NULL)
            return NULL; /* out->name stays empty: a wildcard */
        if (memchr(p, '@', i) != NULL)
            return "a user name has no place in a list";
        return host_slowly(r, sl_str(p, i), out);
    }
    *rest = sl_str(p + i, n - i);
    if (i - label > MAX_LABEL)
        return "label over 63 bytes";
    if (i == 0)
        return "no host";
    if (i == label) { /* one trailing dot: the root */
        i--;
        labels--;
    }
    return finish_host(r, i, labels, out);
}

/* ---- URLs ---- */

/* True when the path is canonical as it stands. */
static bool path_is_plain(struct sl_str path)
{
    bool query = false;
    for (size_t i = 1; i < path.n; i++) {
        char c = path.p[i], before = path.p[i - 1];
        if (class_of[(uint8_t)c] & PATH_BYTE)
            continue;
        if (c == '.' && (before != '/' || query))
            continue;
        if (c == '/' && (before != '/' || query))
            continue;
        if (c != '?' || query || before == '/')
            return false;
        query = true;
    }
    return path.n > 0 && path.p[0] == '/' && (path.n == 1 || query || path.p[path.n - 1] != '/');
}

static const char *read_path(struct entry_reader *r, struct sl_str raw, struct sl_str *out)
{
    raw = sl_str_sub(raw, 0, sl_str_find(raw, '#'));
    while (raw.n > 1 && raw.p[raw.n - 1] == '/' && memchr(raw.p, '?', raw.n) == NULL)
        raw.n--;
    if (path_is_plain(raw)) {
        *out = raw;
        return NULL;
    }
    sl_arena_reset(&r->arena);
    return sl_path_canonical(raw, &r->arena, out, &r->err) ? NULL : r->err.msg;
}

/* ":8080" off the front of *rest; -1 when there is none. A default port that the scheme tells is as good as
 * none. */
static const char *take_port(struct sl_str *rest, struct sl_str scheme, int *out_port)
{
    uint64_t port;
    *out_port = -1;
    if (rest->n == 0 || rest->p[0] != ':')
        return NULL;
    size_t end = 1;
    while (end < rest->n && memchr("/?#\\", rest->p[end], 4) == NULL)
        end++;
    if (!sl_str_u64(sl_str_sub(*rest, 1, end - 1), 65535, &port))
        return "no port from 0 to 65535 after ':'";
    *rest = sl_str_sub(*rest, end, rest->n);
    bool preset = (port == 80 && sl_str_ieq(scheme, SL_STR("http"))) ||
                  (port == 443 && sl_str_ieq(scheme, SL_STR("https")));
    *out_port = preset ? -1 : (int)port;
    return NULL;
}

/* "/", "//?" and the like: everything of the host. */
static bool is_root(struct sl_str path)
{
    size_t mark = sl_str_find(path, '?');
    struct pieces it =
        pieces_of(sl_str_sub(path, 0, mark), sl_str_sub(path, mark + 1, path.n), mark < path.n);
    struct piece piece;
    return !pieces_next(&it, &piece);
}

/* host, port and path as one entry; host alone when the other two say nothing. */
static const char *make_entry(struct entry_reader *r, const struct host *host, int port, struct sl_str path,
                              struct entry *out)
{
    if (port < 0 && is_root(path)) {
        out->type = host->is_addr ? ENTRY_NETWORK : ENTRY_HOST;
        out->a = host->name;
        return NULL;
    }
    char name[MAX_HOST + 1];
    struct sl_str bare = host->is_addr ? host->name : entry_without_www(host->name);
    memcpy(name, bare.p, bare.n);
    bool brackets = host->is_addr && memchr(name, ':', bare.n) != NULL;
    int n = snprintf(r->host, sizeof r->host, brackets ? "[%.*s]" : "%.*s", (int)bare.n, name);
    if (port >= 0)
        n += snprintf(r->host + n, sizeof r->host - (size_t)n, ":%d", port);
    out->type = ENTRY_URL;
    out->a = sl_str(r->host, (size_t)n);
    out->b = path.n == 0 ? SL_STR("/") : path;
    return out->a.n + out->b.n > ENTRY_MAX ? "longer than 4,096 bytes" : NULL;
}

static const char *take_bracketed(struct entry_reader *r, struct sl_str *rest, struct host *out)
{
    size_t end = sl_str_find(*rest, ']');
    *out = (struct host){.name = sl_str_sub(*rest, 1, end - 1)};
    *rest = sl_str_sub(*rest, end + 1, rest->n);
    return host_of_number(r, out);
}

/* Address, or network where the format has them; both with a canonical text in r->host. */
static bool read_network(struct entry_reader *r, struct sl_str text, struct entry *out, const char **why)
{
    char buf[SL_ENDPOINT_TEXT];
    struct sl_cidr net;
    struct sl_addr addr;
    size_t slash = sl_str_find(text, '/');
    uint64_t bits;
    struct sl_str length = sl_str_sub(text, slash + 1, text.n);
    /* "192.0.2.1/840" and "/001" are paths, as phishing has them; "/24" could be either, so it has to be a
     * true network. */
    if (slash < text.n && (!sl_str_u64(length, 128, &bits) || (length.n > 1 && length.p[0] == '0')))
        return false;
    if (!sl_addr_parse(sl_str_sub(text, 0, slash), &addr))
        return false;
    *why = sl_cidr_parse(text, &net, &r->err) ? NULL : r->err.msg;
    int n = *why != NULL ? 0 : snprintf(r->host, sizeof r->host, "%s", sl_cidr_text(net, buf));
    out->type = ENTRY_NETWORK;
    out->a = sl_str(r->host, (size_t)n);
    return true;
}

static struct sl_str take_scheme(struct sl_str *text)
{
    size_t i = 0;
    while (i < text->n && i < 12 && class_of[(uint8_t)text->p[i]] & (HOST_BYTE | UPPER))
        i++;
    if (i == 0 || text->n - i < 3 || memcmp(text->p + i, "://", 3) != 0)
        return (struct sl_str){0};
    struct sl_str scheme = sl_str(text->p, i);
    *text = sl_str_sub(*text, i + 3, text->n);
    return scheme;
}

static bool take_dots(struct sl_str *text)
{
    size_t n = sl_str_starts(*text, SL_STR("*.")) ? 2 : sl_str_starts(*text, SL_STR(".")) ? 1 : 0;
    *text = sl_str_sub(*text, n, text->n);
    return n > 0;
}

const char *entry_read(struct entry_reader *r, struct sl_str text, unsigned flags, struct entry *out)
{
    struct host host = {0};
    struct sl_str rest = text, path = {0};
    const char *why = NULL;
    int port = -1;
    *out = (struct entry){0};
    if (text.n == 0)
        return "no host";
    if (text.n > ENTRY_MAX)
        return "longer than 4,096 bytes";
    struct sl_str scheme = memchr(rest.p, ':', rest.n) != NULL ? take_scheme(&rest) : (struct sl_str){0};
    out->dotted = take_dots(&rest);
    bool number =
        rest.n > 0 && ((rest.p[0] >= '0' && rest.p[0] <= '9') || memchr(rest.p, ':', rest.n) != NULL);
    if (scheme.n == 0 && number && (flags & ENTRY_NETWORKS || memchr(rest.p, '/', rest.n) == NULL) &&
        read_network(r, rest, out, &why))
        return why;
    why = rest.n > 0 && rest.p[0] == '[' ? take_bracketed(r, &rest, &host) : take_host(r, &rest, &host);
    if (why == NULL && host.name.n > 0)
        why = take_port(&rest, scheme, &port);
    if (why != NULL)
        return why;
    if (host.name.n == 0 || memchr(rest.p, '*', rest.n) != NULL) {
        out->type = ENTRY_WILDCARD;
        return NULL;
    }
    if (rest.n > 0)
        why = read_path(r, rest, &path);
    if (why == NULL && !host.is_addr && host.labels == 1 && !out->dotted && !(flags & ENTRY_TLD))
        why = "a single label needs a dot before it";
    return why != NULL ? why : make_entry(r, &host, port, path, out);
}

/* url_parts.h - what the sources of the canonical URL share: byte classes, the split of a written URL, and
 * the two halves of the work, host (url_host.c) and path (url_path.c). Beyond url*.c, overlay.c includes
 * this (was a port written?) and pattern*.c (patterns in errors, hexadecimal digits). */
#ifndef POLICY_URL_PARTS_H
#define POLICY_URL_PARTS_H

#include "sluice/url.h"

enum {
    URL_HOST =
        1, /* stands in a canonical host name: a-z 0-9 - _ (the dot is told apart, labels are counted) */
    URL_PATH = 2,        /* needs no look in a path: neither a byte to rewrite nor one of . % ? # */
    URL_QUERY = 4,       /* may stand unescaped in a query, where . and ? mean nothing */
    URL_PLAIN = 8,       /* may stand unescaped in a path (RFC 3986 pchar, '/' and '?') */
    URL_UNRESERVED = 16, /* its escape is decoded: letters, digits, - . _ ~ */
    URL_REFUSED = 32,    /* control bytes, space, DEL: in no part of a URL */
    URL_SCHEME = 64      /* letters, digits, + - . */
};
extern const uint8_t url_class[256];

enum { URL_HOST_MAX = 253, URL_LABEL_MAX = 63, URL_SHOWN = 72 };

/* Value of a hexadecimal digit, -1 for another byte. */
int url_hex(char c);
/* The value as an error shows it: escaped and cut to a readable length. Returns buf. */
const char *url_shown(struct sl_str text, char buf[URL_SHOWN]);

/* A URL as it was written, cut at its delimiters; nothing is decoded. Views of the text. */
struct url_split {
    struct sl_str scheme; /* "" when there is none */
    struct sl_str host;   /* with brackets */
    struct sl_str port;   /* the bytes behind ':' */
    bool has_port;        /* there is a ':' with at least one byte behind it */
    struct sl_str rest;   /* from '/', '\', '?' or '#' to the end */
};
/* Whether text begins with "scheme://"; then out_n is the length of the scheme alone. */
bool url_has_scheme(struct sl_str text, size_t *out_n);
void url_split(struct sl_str text, struct url_split *out);

struct url_host {
    char text[URL_HOST_MAX + 3]; /* without brackets, NUL behind */
    size_t n;
    bool is_addr;
    struct sl_addr addr;
};
/* The canonical form of a host as written in a URL (IPv6 in brackets). */
bool url_host_canonical(struct sl_str raw, struct url_host *out, struct sl_err *err);
/* Length of the canonical host name at the front of text, 0 when it has to go the long way (or is none).
 * out_last is where its last label begins. Addresses pass as names: ask the first byte of the last label. */
size_t url_host_plain(struct sl_str text, size_t *out_last);

/* Most bytes that url_path_write may write for raw. */
size_t url_path_room(struct sl_str raw);
/* Writes path[?query] of raw, which begins with a slash, '?', '#' or is empty. Returns the length; out_path
 * is that of the path alone. */
size_t url_path_write(struct sl_str raw, char *out, size_t *out_path);
/* Whether a canonical path has a dot segment beside an escaped slash, such as /a/..%2Fb. */
bool url_path_hides_dots(struct sl_str path);
/* Whether text, which begins with '/', is a canonical path[?query] as it is; out_path is the length of the
 * path. */
bool url_path_plain(struct sl_str text, size_t *out_path);

#endif

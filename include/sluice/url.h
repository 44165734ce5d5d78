/* url.h - the one canonical form of a URL. Matching, logging and dialling all use it, so nothing can be
 * spelled around a rule. WHATWG host rules (percent-decoding, IDNA by UTS 46, IPv4 in any notation, IPv6 by
 * RFC 5952; IPv4-mapped addresses become IPv4), lower case, no trailing dot; default port left out of the
 * text; dot segments resolved; percent-encoded unreserved bytes decoded, other escapes in upper-case hex;
 * bytes that may not stand in a path or query escaped; backslash is a path separator; fragment and
 * credentials dropped. "//" in a path stays, for some origins tell it from "/"; what matches paths folds it.
 * A dot segment beside an escaped slash ("/a/..%2Fb") is refused: origins disagree on where it leads.
 */
#ifndef SLUICE_URL_H
#define SLUICE_URL_H

#include "sluice/addr.h"
#include "sluice/arena.h"

struct sl_url {
    struct sl_str text;   /* whole: "http://host[:port]/path?query"; a CONNECT target is "host:port" */
    struct sl_str scheme; /* "http", "https", ...; "" for a CONNECT target */
    struct sl_str host;   /* ASCII, lower case; IPv6 without brackets */
    struct sl_str path;   /* begins with '/'; empty for a CONNECT target */
    struct sl_str query;  /* without '?' */
    struct sl_str match;  /* what url prefixes are compared with: "host[:port]/path?query" (brackets kept),
                             inside text */
    bool has_query;
    bool host_is_addr;
    struct sl_addr addr; /* when host_is_addr */
    uint16_t port;       /* always set */
    bool default_port;   /* of the scheme; of a CONNECT target: 443 */
};

/* Reads an absolute URL ("http://..."). All texts of *out live in the arena (or are views of text where
 * nothing had to change). Errors (SL_BAD_INPUT) name the value; SL_LIMIT when the arena is full. Never reads
 * beyond text.n. */
bool sl_url_parse(struct sl_str text, struct sl_arena *arena, struct sl_url *out, struct sl_err *err);
/* Reads the target of a CONNECT: "host:port", port required (RFC 9110 section 9.3.6). */
bool sl_url_parse_authority(struct sl_str text, struct sl_arena *arena, struct sl_url *out,
                            struct sl_err *err);
/* What people type and lists hold: scheme optional ("example.com/x"), then http is assumed. */
bool sl_url_parse_loose(struct sl_str text, struct sl_arena *arena, struct sl_url *out, struct sl_err *err);
/* A host name or address alone, canonical; used for lists, policy documents and Host fields. */
bool sl_host_parse(struct sl_str text, struct sl_arena *arena, struct sl_str *out_host, bool *out_is_addr,
                   struct sl_addr *out_addr, struct sl_err *err);
/* The registrable domain by the public suffix list (a view into host); host itself when it has none (an
 * address, "localhost"). */
struct sl_str sl_host_registrable(struct sl_str host);
/* "co.uk", "k12.ca.us": a country's registry gives the names below to everybody. Not "uk", not "github.io".
 */
bool sl_host_is_country_suffix(struct sl_str host);
/* Canonical path[?query] for list entries and policy `urls`: input may or may not begin with '/'. Doubled
 * slashes are folded and the one at the end of the path is dropped, but for the root's. */
bool sl_path_canonical(struct sl_str path, struct sl_arena *arena, struct sl_str *out, struct sl_err *err);

#endif

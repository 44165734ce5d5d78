/* pieces.h - a path and query as the steps of a walk down the path table: split at '/' and '?', and in the
 * query also at '&', so that an entry ends only where one of them, or the URL, ends. Empty pieces do not
 * count: "a//b/" is "a/b". A piece over PIECE_MAX bytes becomes several, of which all but the last are marked
 * unfinished and so are never where an entry ends. */
#ifndef POLICY_LISTS_PIECES_H
#define POLICY_LISTS_PIECES_H

#include "policy/lists/layout.h"
#include "sluice/str.h"

enum { PIECE_UNFINISHED = 0x80, PIECE_CONTINUED = '+', PIECE_PORT = ':' };
struct piece {
    unsigned kind; /* '/', '?', '&', PIECE_PORT or PIECE_CONTINUED; | PIECE_UNFINISHED */
    struct sl_str text;
};
struct pieces {
    struct sl_str rest, query;
    unsigned kind; /* of the next piece */
    bool in_query, query_to_come;
};

static inline struct pieces pieces_of(struct sl_str path, struct sl_str query, bool has_query)
{
    return (struct pieces){.rest = path, .query = query, .kind = '/', .query_to_come = has_query};
}

/* Length of the piece in front, and whether a separator follows it. */
static inline size_t pieces_span(const struct pieces *it)
{
    size_t n = 0;
    while (n < it->rest.n && it->rest.p[n] != '/' && it->rest.p[n] != '?' &&
           !(it->in_query && it->rest.p[n] == '&'))
        n++;
    return n;
}

static inline bool pieces_next(struct pieces *it, struct piece *out)
{
    for (;;) {
        if (it->rest.n == 0) {
            if (!it->query_to_come)
                return false;
            it->query_to_come = false;
            it->in_query = true;
            it->rest = it->query;
            it->kind = '?';
            if (it->rest.n == 0)
                return false;
        }
        size_t n = pieces_span(it);
        unsigned kind = it->kind;
        if (n > PIECE_MAX) {
            *out = (struct piece){kind | PIECE_UNFINISHED, sl_str(it->rest.p, PIECE_MAX)};
            it->rest = sl_str(it->rest.p + PIECE_MAX, it->rest.n - PIECE_MAX);
            it->kind = PIECE_CONTINUED;
            return true;
        }
        *out = (struct piece){kind, sl_str(it->rest.p, n)};
        if (n < it->rest.n) {
            if (n > 0 || kind != '?') /* "a?&b" is "a?b": a query begins with its mark */
                it->kind = (unsigned char)it->rest.p[n];
            n++;
        }
        it->rest = sl_str(it->rest.p + n, it->rest.n - n);
        if (out->text.n > 0)
            return true;
    }
}

#endif

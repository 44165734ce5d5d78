/* answer.h - where does an HTTP answer end, and is it the one that was expected?
 *
 * A plain value that is fed what arrives, piece by piece. Only what the origin and the proxies of these
 * benchmarks send is understood: a Content-Length, chunks or no body; anything else is a fault and counted as
 * one. */
#ifndef BENCH_ANSWER_H
#define BENCH_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum answer_state { ANSWER_MORE, ANSWER_DONE, ANSWER_BAD };
enum { ANSWER_HEAD_MAX = 8192 };

struct answer {
    bool chunked, ending; /* ending: in the last chunk */
    char line[20];        /* of a chunk, as far as it came */
    unsigned line_n;
    uint64_t chunk;                /* bytes to come of the present one, its CRLF included */
    bool in_body, closes, no_body; /* no_body: set by the caller, for the answer to CONNECT */
    bool wrong_bytes;              /* a byte of the body is not the origin's */
    int status;
    uint64_t length, got; /* of the body */
    size_t head_n;
    char *head; /* what came of a head that is not complete; on the heap, kept for the next answer */
};

/* Begins the next answer on the same connection. */
void answer_begin(struct answer *a, bool no_body);
/* Takes what belongs to this answer; *out_used tells how much that was. With verify the body's bytes are
 * compared. */
enum answer_state answer_feed(struct answer *a, const char *p, size_t n, bool verify, size_t *out_used);
void answer_fini(struct answer *a);

#endif

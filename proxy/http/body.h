/* body.h - where a body ends and which of its bytes are payload (RFC 9112 sections 6 and 7).
 *
 * A state machine over spans: the caller shows what it read, the machine tells how much of it is body.
 * Framing that was read strictly is relayed as it came (one read, one write), but for two things. Chunk
 * extensions mean nothing beyond their hop, and how they end is where parsers disagree: they are taken out. A
 * trailer section is withheld, because forbidden trailer fields are dropped: at the end the caller sends
 * body_tail() instead. No copy is made of payload. Owned by one connection, one thread. */
#ifndef PROXY_HTTP_BODY_H
#define PROXY_HTTP_BODY_H

#include "proxy/http/head.h"

enum {
    BODY_CHUNK_LINE_MAX = 256,   /* bytes of a chunk-size line, extensions included */
    BODY_EXTENSIONS_MAX = 16384, /* of all chunk extensions of a body */
    BODY_TRAILER_MAX = 8192,     /* of the trailer section */
    BODY_CHUNK_HEAD = 20         /* room for body_chunk_head */
};

enum body_result {
    BODY_MORE, /* the body goes on */
    BODY_END,  /* it ended: bytes after `used` belong to the next message */
    BODY_BAD   /* malformed: nothing further can be told; close both sides */
};

enum body_fault {
    BODY_OK,
    BODY_BAD_SIZE,
    BODY_BAD_EXTENSION,
    BODY_BAD_LINE_END,
    BODY_BAD_TRAILER,
    BODY_TOO_LARGE,
    BODY_CUT
};
const char *body_fault_word(enum body_fault f);

struct body {
    enum body_kind kind : 8;
    enum body_fault fault : 8;
    uint8_t state; /* private to body.c */
    uint8_t digits : 7;
    bool no_trailers : 1;         /* see body_drop_trailers */
    uint16_t line;                /* bytes of the current chunk-size line */
    uint16_t extensions;          /* bytes of all extensions */
    uint64_t left;                /* BODY_LENGTH: bytes to come; BODY_CHUNKED: of the current chunk */
    uint64_t payload;             /* payload bytes so far */
    struct body_trailer *trailer; /* only once a trailer section has a field; on the heap */
};

/* kind and length as head_parse_* found them. No memory is taken; body_fini frees a trailer section if there
 * was one. */
void body_init(struct body *b, enum body_kind kind, uint64_t length);
void body_fini(struct body *b);
/* The body is over (at once for BODY_NONE and length 0; never for BODY_CLOSE before body_eof). */
bool body_ended(const struct body *b);

/* No trailer field passes, whatever its name. May be told at any time before body_tail() is sent. */
void body_drop_trailers(struct body *b);

/* Looks at the n bytes that come next. *used: how many of them belong to this body. *relay (<= *used): how
 * many bytes at p go to the peer; they are closed up where an extension stood between them. What is between
 * relay and used is withheld. BODY_END: send body_tail() after them. */
enum body_result body_scan(struct body *b, char *p, size_t n, size_t *used, size_t *relay);
/* What ends the body on the wire behind the relayed bytes: "" unless chunked, else allowed trailer fields and
 * CRLF. View into *b or static. */
struct sl_str body_tail(const struct body *b);

/* Takes framing and at most one run of payload off the front: *data is a view of it (empty: only framing).
 * Call until used == n or not BODY_MORE. */
enum body_result body_step(struct body *b, const char *p, size_t n, size_t *used, struct sl_str *data);
/* Payload alone: moves it to the front of p; *out_n bytes remain there. For HTTP/1.0 peers and scanners. */
enum body_result body_dechunk(struct body *b, char *p, size_t n, size_t *used, size_t *out_n);

/* Payload bytes that come next without any framing between them (the whole rest for BODY_LENGTH, UINT64_MAX
 * for BODY_CLOSE, 0 where framing comes first): may be spliced past us, told by body_skip. */
uint64_t body_run(const struct body *b);
void body_skip(struct body *b, uint64_t n);
/* The sender closed: BODY_END if the body may end so, else BODY_BAD (fault BODY_CUT). */
enum body_result body_eof(struct body *b);

/* Making chunks: head, n payload bytes, BODY_CHUNK_CRLF; BODY_LAST_CHUNK at the end. n > 0. Returns the
 * length of the head. */
#define BODY_CHUNK_CRLF "\r\n"
#define BODY_LAST_CHUNK "0\r\n\r\n"
size_t body_chunk_head(uint64_t n, char out[BODY_CHUNK_HEAD]);

#endif

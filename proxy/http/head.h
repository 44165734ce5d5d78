/* head.h - what a peer said before the body: one strict HTTP/1.x head parser for both sides (RFC 9112).
 *
 * In place and incremental: fields are offsets into the read buffer, nothing is copied or allocated, and
 * bytes seen once are not scanned again for the end of the head. Ambiguity is refused, never guessed; each
 * refusal is an enum head_fault with a status.
 *
 *     head_init(&h)                       the connection begins to wait for a message
 *     head_parse_request(&h, buf, n, ..)  after every read, with everything read since the message began
 *         HEAD_MORE                       read on (the buffer may move: only offsets are kept)
 *         HEAD_DONE                       h.length bytes were the head; behind them is body or next message
 *         HEAD_BAD                        answer head_fault_status(h.fault), close
 *
 * Views (head_value, head_target, ...) point into the buffer of the last parse call; when those bytes move,
 * say so by head_rebase. */
#ifndef PROXY_HTTP_HEAD_H
#define PROXY_HTTP_HEAD_H

#include "sluice/str.h"

enum {
    HEAD_FIELDS_MAX = 200,
    HEAD_NAME_MAX = 256,
    HEAD_METHOD_MAX = 32,
    HEAD_TARGET_MAX = 32768,
    HEAD_CONNECTION_MAX = 1024
};

/* Field names that anyone here asks for. FIELD_OTHER is every other name. CGI and what came after it read '_'
 * and '-' as the same, so a name that turns into a known one in this way is told apart: it goes no further.
 */
enum field_id {
    FIELD_OTHER,
    FIELD_ACCEPT,
    FIELD_ACCEPT_ENCODING,
    FIELD_ACCEPT_LANGUAGE,
    FIELD_ALT_SVC,
    FIELD_ALTERNATE_PROTOCOL,
    FIELD_AUTHORIZATION,
    FIELD_CACHE_CONTROL,
    FIELD_CONNECTION,
    FIELD_CONTENT_DISPOSITION,
    FIELD_CONTENT_ENCODING,
    FIELD_CONTENT_LENGTH,
    FIELD_CONTENT_RANGE,
    FIELD_CONTENT_TYPE,
    FIELD_COOKIE,
    FIELD_DATE,
    FIELD_EXPECT,
    FIELD_FORWARDED,
    FIELD_HOST,
    FIELD_HTTP2_SETTINGS,
    FIELD_IF_MODIFIED_SINCE,
    FIELD_KEEP_ALIVE,
    FIELD_LOCATION,
    FIELD_MAX_FORWARDS,
    FIELD_ORIGIN,
    FIELD_PROXY_AUTHENTICATE,
    FIELD_PROXY_AUTHENTICATION_INFO,
    FIELD_PROXY_AUTHORIZATION,
    FIELD_PROXY_CONNECTION,
    FIELD_PROXY_STATUS,
    FIELD_RANGE,
    FIELD_REFERER,
    FIELD_RETRY_AFTER,
    FIELD_SERVER,
    FIELD_SET_COOKIE,
    FIELD_TE,
    FIELD_TRAILER,
    FIELD_TRANSFER_ENCODING,
    FIELD_UPGRADE,
    FIELD_USER_AGENT,
    FIELD_VIA,
    FIELD_WWW_AUTHENTICATE,
    FIELD_X_FORWARDED_FOR,
    FIELD_X_REAL_IP,
    FIELD_X_SLUICE_LOOP,
    FIELD_LOOKALIKE, /* one of these written with underscores: "Content_Length" */
    FIELD_ID_COUNT   /* at most 64: ids are bits too */
};

enum method {
    METHOD_OTHER, /* a valid token that we do not know: relayed */
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
    METHOD_DELETE,
    METHOD_CONNECT,
    METHOD_OPTIONS,
    METHOD_TRACE,
    METHOD_PATCH
};

/* RFC 9112 section 3.2. ORIGIN is addressed at the proxy itself. */
enum target_form { TARGET_ORIGIN, TARGET_ABSOLUTE, TARGET_AUTHORITY, TARGET_ASTERISK };

/* Where the body ends, RFC 9112 section 6.3. */
enum body_kind { BODY_NONE, BODY_LENGTH, BODY_CHUNKED, BODY_CLOSE };

enum head_result { HEAD_DONE, HEAD_MORE, HEAD_BAD };

enum head_fault {
    HEAD_OK,
    HEAD_BARE_LF,         /* a line ends in LF alone */
    HEAD_BARE_CR,         /* CR without LF */
    HEAD_CONTROL_BYTE,    /* NUL or another control byte */
    HEAD_LINE,            /* request line or status line is not one */
    HEAD_METHOD,          /* the method is no token */
    HEAD_METHOD_LONG,     /* 501 */
    HEAD_TARGET,          /* target of no form, or of a form that the method does not take */
    HEAD_TARGET_LONG,     /* 414 */
    HEAD_VERSION,         /* 505 */
    HEAD_FIELD_NAME,      /* no token, empty, or space before the colon */
    HEAD_FOLDED,          /* obs-fold */
    HEAD_TOO_LARGE,       /* bytes over the limit (431; a response: 502) */
    HEAD_TOO_MANY_FIELDS, /* the same for the count, a name too long, or too much in Connection */
    HEAD_LENGTH,          /* Content-Length that is no number, repeated, or a list */
    HEAD_LENGTH_AND_CODING,
    HEAD_LENGTH_MISSING,  /* 411: nothing tells where the body ends; in HTTP/1.1 set by callers */
    HEAD_CODING_UNKNOWN,  /* 501: a transfer coding that we do not have, before chunked */
    HEAD_CODING,          /* chunked is not last, twice, or has parameters */
    HEAD_CODING_IN_10,    /* Transfer-Encoding in HTTP/1.0 */
    HEAD_BODY_UNEXPECTED, /* CONNECT, TRACE or 1xx with a body */
    HEAD_NO_HOST,
    HEAD_HOSTS,           /* more than one Host */
    HEAD_HOST,            /* not a host */
    HEAD_MAX_FORWARDS,    /* of TRACE or OPTIONS: no number, or more than one */
    HEAD_STATUS,          /* a response's status code */
    HEAD_UPGRADE_UNASKED, /* 101 without being asked for it; set by callers, never by the parser */
    HEAD_UPGRADE_WRONG,   /* 101 to something else than WebSocket; the same */
    HEAD_FAULT_COUNT
};
/* Status for the client when its request has this fault: 400, 411, 414, 431, 501, 505. A response's fault is
 * always 502. */
unsigned head_fault_status(enum head_fault f);
const char *head_fault_word(enum head_fault f);     /* "bare-lf": for logs, audit, Proxy-Status details */
const char *head_fault_sentence(enum head_fault f); /* for the page */

struct head_field {
    uint32_t name, value; /* offsets from head.base */
    uint16_t name_n;
    uint16_t id;      /* enum field_id */
    uint32_t value_n; /* without surrounding spaces and tabs */
};

struct head_span {
    uint32_t at, n;
};

/* What Connection said. */
enum connection_option {
    CONN_OPT_CLOSE = 1 << 0,
    CONN_OPT_KEEP_ALIVE = 1 << 1,
    CONN_OPT_UPGRADE = 1 << 2,
    CONN_OPT_TE = 1 << 3,
    CONN_OPT_OTHER = 1 << 4 /* nominates fields: these are hop-by-hop too */
};

struct head {
    const char *base; /* the buffer of the last parse call */
    uint32_t scanned; /* bytes already searched for the end of the head */
    uint32_t line;    /* where the line begins that was being searched */
    uint32_t start;   /* where the message begins: behind an empty line that was tolerated */
    uint32_t length;  /* HEAD_DONE: bytes of the head, from base, empty line included */
    uint32_t lines;   /* field lines found so far */

    /* The rest is set by HEAD_DONE. */
    enum head_fault fault;
    enum body_kind body;
    uint64_t content_length; /* BODY_LENGTH; also what HEAD and 304 announced when has_length */
    bool has_length;
    bool keep_alive;      /* the sender can go on after this message (version and Connection considered) */
    bool expect_continue; /* Expect: 100-continue in an HTTP/1.1 request that has a body to come */
    bool expect_other;    /* an expectation that we do not know: 417 */
    bool te_trailers;     /* TE: trailers */
    uint8_t minor;        /* HTTP/1.minor: 0 or 1 */
    uint8_t connection;   /* set of enum connection_option */
    uint16_t status;      /* responses */
    enum method method;   /* requests */
    enum target_form form;
    struct head_span method_text, target, reason;
    uint16_t field_count;
    uint64_t repeated;              /* bit of each id that stands more than once */
    uint16_t first[FIELD_ID_COUNT]; /* index + 1 of the first field of that id, 0: none */
    struct head_field fields[HEAD_FIELDS_MAX];
};

struct head_limits {
    uint32_t bytes;  /* of the whole head */
    uint32_t fields; /* at most HEAD_FIELDS_MAX */
};

/* Cheap: touches the first cache lines only, not the array. */
void head_init(struct head *h);
/* buf holds everything since the message began (n may be 0). See the top for the results. After HEAD_DONE or
 * HEAD_BAD: head_init first. */
enum head_result head_parse_request(struct head *h, const char *buf, size_t n, struct head_limits limits);
/* request_method is that of the request which this answers: it decides about the body. 1xx heads come out
 * like any other, with BODY_NONE; the caller goes on with the next head. A 2xx to CONNECT and a 101 have
 * BODY_NONE: what follows is a tunnel. */
enum head_result head_parse_response(struct head *h, const char *buf, size_t n, struct head_limits limits,
                                     enum method request_method);
/* The bytes now lie at buf (same content, from the same first byte). */
static inline void head_rebase(struct head *h, const char *buf)
{
    h->base = buf;
}

static inline struct sl_str head_span(const struct head *h, struct head_span s)
{
    return sl_str(h->base + s.at, s.n);
}
static inline struct sl_str head_method(const struct head *h)
{
    return head_span(h, h->method_text);
}
static inline struct sl_str head_target(const struct head *h)
{
    return head_span(h, h->target);
}
static inline struct sl_str head_name(const struct head *h, const struct head_field *f)
{
    return sl_str(h->base + f->name, f->name_n);
}
static inline struct sl_str head_value(const struct head *h, const struct head_field *f)
{
    return sl_str(h->base + f->value, f->value_n);
}
/* The first field of that id; NULL: none. */
static inline const struct head_field *head_field(const struct head *h, enum field_id id)
{
    return h->first[id] ? &h->fields[h->first[id] - 1] : NULL;
}
/* Its value; p is NULL when there is none. */
static inline struct sl_str head_get(const struct head *h, enum field_id id)
{
    const struct head_field *f = head_field(h, id);
    return f ? head_value(h, f) : sl_str(NULL, 0);
}
static inline bool head_has(const struct head *h, enum field_id id)
{
    return h->first[id] != 0;
}
/* Whether the comma-separated values of all fields of that id have this token (no regard to case; parameters
 * are cut off). */
bool head_has_token(const struct head *h, enum field_id id, struct sl_str token);
/* Whether the request asks for WebSocket: a GET without a body in HTTP/1.1, Upgrade has `websocket` and
 * Connection nominates it. A CONNECT never does: it becomes a tunnel without the origin's answer.
 * Other protocols never pass: requests inside an upgraded h2c connection, say, would be seen by no rule. An
 * Upgrade that is dropped is one that was declined. */
bool head_wants_upgrade(const struct head *h);
/* Whether a 101 switches to WebSocket, and to nothing else. */
bool head_grants_upgrade(const struct head *h);
/* Id of a name, without regard to case. */
enum field_id field_id_of(struct sl_str name);
const char *field_id_name(enum field_id id); /* "Content-Length"; "" for FIELD_OTHER */
enum method method_of(struct sl_str name);   /* case-sensitive */
/* POST and its like: a request without Content-Length says that it is empty, or that its sender forgot. */
static inline bool method_means_content(enum method m)
{
    return m == METHOD_POST || m == METHOD_PUT || m == METHOD_PATCH;
}
/* Safe and idempotent methods of RFC 9110 section 9.2: a request lost on a stale connection may be sent
 * again. */
bool method_idempotent(enum method m);

#endif

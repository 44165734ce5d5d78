/* record.h - the audit record of one request: what the proxy hands to the journal and what the log shows.
 * Texts are views that must live until journal_append returns. Everything is optional but id, times and
 * action. */
#ifndef SLUICE_RECORD_H
#define SLUICE_RECORD_H

#include <stddef.h>
#include <string.h>

#include "sluice/addr.h"
#include "sluice/str.h"
#include "sluice/verdict.h"

enum { RECORD_MAX_TEXT = 4096, RECORD_MAX_NAMES = 32, RECORD_MAX_BYTES = 32768, REQUEST_ID_TEXT = 14 };

/* Phases in milliseconds are kept in microseconds; 0 = did not happen. */
struct record_timing {
    uint32_t identify_us, decide_us, resolve_us, connect_us, send_us, wait_us, relay_us;
};

/* What is known of a request's TLS: of a tunnel what its ClientHello said; of what is inspected both sides,
 * and on the CONNECT and on each request inside. "": not known, or it did not come to that. */
struct record_tls {
    struct sl_str version, cipher; /* between the client and us, as OpenSSL names them: TLSv1.3 */
    struct sl_str sni;             /* as the client sent it */
    struct sl_str fault;     /* what was wrong, a word of tls_fault.h; the record's error says with whom */
    struct sl_str issuer;    /* of the origin's certificate, in one line */
    struct sl_str exception; /* the id of the policy's exception that decided about the fault */
    struct sl_str origin_version, origin_cipher; /* between us and the origin */
    bool inspected;
};

/* By which HTTP a client asked. */
enum record_http { RECORD_HTTP_UNKNOWN, RECORD_HTTP_1_0, RECORD_HTTP_1_1, RECORD_HTTP_2 };
const char *record_http_text(enum record_http http); /* "1.1"; "" for unknown */

struct record {
    uint64_t id;     /* time-ordered: see request_id_* below */
    int64_t time_us; /* start, wall clock */
    uint64_t duration_us;
    struct record_timing timing;
    struct sl_addr client;
    uint16_t client_port;
    struct sl_str user; /* p NULL: null */
    struct sl_str method, scheme, host, path,
        query; /* of the canonical URL; a tunnel has no scheme and path */
    uint16_t port;
    enum action action;
    struct sl_str rule;   /* "" -> null: default */
    struct sl_str reason; /* a word: rule default continued quota malformed loop private-address auth ... */
    struct sl_str quota;  /* "" -> null */
    int64_t policy_version;
    uint16_t status;              /* sent to the client, 0 = none */
    uint64_t bytes_in, bytes_out; /* from and to the client, heads included */
    struct sl_endpoint upstream;  /* port 0: none was dialled */
    struct sl_str parent;         /* the name of the parent proxy that `upstream` is; "": the origin itself */
    bool reused;
    struct sl_str
        error; /* a word naming side and phase: "origin-connect-refused", "client-reset-relay"; "" = none */
    struct sl_str content_type, referrer, user_agent; /* as sent */
    struct record_tls tls;
    enum record_http http;
    bool truncated; /* set by the decoder: some text was longer than what is kept */
    unsigned group_count, category_count, report_count;
    /* Last: nothing behind the counts is set, and clearing it would cost more than the rest of a record. */
    struct sl_str groups[RECORD_MAX_NAMES], categories[RECORD_MAX_NAMES], report_only[VERDICT_MAX_REPORTS];
};

static inline void record_init(struct record *r)
{
    memset(r, 0, offsetof(struct record, groups));
}

/* Ids: 41 bits of milliseconds since 2020-01-01, 10 bits worker, 12 bits counter; positive int64. Text is 13
 * characters of lower-case Crockford base32, time-ordered as text too. */
uint64_t request_id_make(int64_t wall_us, unsigned worker, uint64_t last_id); /* always > last_id */
int64_t request_id_time_us(uint64_t id);
uint64_t request_id_floor(int64_t wall_us); /* the least id of that millisecond, for ranges */
const char *request_id_text(uint64_t id, char buf[REQUEST_ID_TEXT]);
bool request_id_parse(struct sl_str text, uint64_t *out);

#endif

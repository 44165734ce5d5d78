/* fields.h - which fields go on to the next hop, and what we add: the outgoing head of a request or a
 * response.
 *
 * Hop-by-hop fields and those that Connection nominates stop here, both ways; proxy credentials stop here;
 * Via is appended; the client's address is told as `forwarded_for` wants; Host is made from the URL that was
 * judged. The head is written by memcpy into one buffer of the caller (heads are small: a copy of 300 bytes
 * is cheaper than an iovec of 20 pieces). No allocation, no state. */
#ifndef PROXY_HTTP_FIELDS_H
#define PROXY_HTTP_FIELDS_H

#include "proxy/http/head.h"
#include "sluice/settings.h"
#include "sluice/url.h"

enum { FIELDS_OWN_BYTES = 1024, FIELDS_VIA_HOPS_MAX = 32, FIELDS_MAX_FORWARDS = 1000, FIELDS_PSEUDONYM = 15 };

/* Who we are to other proxies. Made once at start, read-only afterwards, any thread. */
struct fields_self {
    /* "sluice-7f3c9a2e": of this installation, so that two gateways in a row are no loop */
    char pseudonym[FIELDS_PSEUDONYM + 1];
    /* "Via: 1.1 sluice-7f3c9a2e" and the end of the line: for what came in HTTP/1.0, in 1.1, in 2 */
    char via_line[3][9 + FIELDS_PSEUDONYM + 3];
    char marker[20]; /* random for this process; stands in for Via towards parents when via is off */
    bool via;
    enum forwarded_for forwarded_for;
};
/* secret: store_secret(); the pseudonym is derived from it, so all workers and restarts share it. */
void fields_self_init(struct fields_self *self, const uint8_t secret[32], bool via, enum forwarded_for mode);
/* This request has been here before: our pseudonym in Via (even with via off, from a time when it was on),
 * our marker, or more than FIELDS_VIA_HOPS_MAX hops. Loops that come back in origin-form need no marker: such
 * a request is addressed at ourselves and answered, not forwarded. Own listeners as destinations are refused
 * by address before dialling. */
bool fields_loop(const struct fields_self *self, const struct head *h);
/* Max-Forwards of TRACE and OPTIONS: -1 when absent or another method. 0: answer it ourselves. The builder
 * counts it down, from FIELDS_MAX_FORWARDS at most. */
int fields_max_forwards(const struct head *h);

/* What a policy's `headers` say: a value with p NULL removes the field. Names and values were checked when
 * the policy was compiled. */
struct fields_edit {
    struct sl_str name, value;
};

struct fields_request {
    const struct head *head;
    /* What was judged is what is sent: target and Host come from it. */
    const struct sl_url *url;
    struct sl_addr client;
    bool to_proxy;                     /* the next hop is a parent proxy: absolute-form */
    struct sl_str proxy_authorization; /* whole value for the parent; p NULL: none */
    bool upgrade; /* let Upgrade: websocket pass: the caller is ready to become a tunnel */
    bool http2;   /* it came in HTTP/2, whatever the head says */
    bool close;   /* Connection: close; else the connection is kept */
    const struct fields_edit *edits;
    size_t edit_count;
    struct sl_str query; /* instead of the URL's; p NULL: the URL's own */
};
struct fields_response {
    const struct head *head;
    uint8_t client_minor;   /* of the client's request: HTTP/1.minor */
    bool keep_alive;        /* the client connection stays open after this answer */
    bool upgrade;           /* 101 to WebSocket: Upgrade and Connection are written */
    enum body_kind framing; /* how the body goes to the client: as head->body, or what the caller makes of it
                               (chunked when a close-delimited body is re-framed, close when chunks are undone
                               for HTTP/1.0). A length stays as announced */
    int64_t
        now_s; /* wall clock: a Date is added where the origin sent none (RFC 9110 section 6.6.1); 0: don't */
    const struct fields_edit *edits;
    size_t edit_count;
};
/* Bytes that surely suffice for `out` below. */
size_t fields_request_bound(const struct fields_request *r);
size_t fields_response_bound(const struct fields_response *r);
/* Write the head, empty line included, and return its length. cap must be at least the bound. */
size_t fields_build_request(const struct fields_self *self, const struct fields_request *r, char *out,
                            size_t cap);
size_t fields_build_response(const struct fields_self *self, const struct fields_response *r, char *out,
                             size_t cap);
/* Whether a trailer section goes on. Not where Connection nominates fields, for it may have one of these; nor
 * where rules change fields, for it could bring back what they took away. */
static inline bool fields_pass_trailers(const struct head *h, size_t edit_count)
{
    return edit_count == 0 && !(h->connection & CONN_OPT_OTHER);
}
/* What a TRACE that ends here gets back: its head, without what could be a secret. cap must be at least
 * fields_request_bound. */
size_t fields_build_echo(const struct fields_request *r, char *out, size_t cap);
size_t fields_connect_bound(const struct sl_url *url, struct sl_str proxy_authorization,
                            const struct head *client_head);
/* The head that asks a parent for a tunnel to url (host:port). */
size_t fields_build_connect(const struct fields_self *self, const struct sl_url *url,
                            struct sl_str proxy_authorization, const struct head *client_head, char *out,
                            size_t cap);

/* Field may not pass a proxy: RFC 9110 section 7.6.1, whether or not Connection names it. */
bool field_hop_by_hop(enum field_id id);
/* Field may stand in a trailer section (not framing, routing, authentication, request modifiers or content
 * metadata). */
bool field_trailer_allowed(enum field_id id, struct sl_str name);

#endif

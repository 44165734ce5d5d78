/* fields.c - see fields.h. Which fields pass is one table; the two builders walk the head once and copy what
 * does. */
#include "proxy/http/fields.h"

#include <stdio.h>

#include "base/crypto.h"
#include "proxy/http/date.h"
#include "proxy/http/scan.h"

/* What becomes of a known field on its way. FIELD_OTHER and what is not here pass. */
enum fate {
    PASS,
    HOP,      /* hop-by-hop: never passes */
    MADE,     /* written anew by the builders, from what was parsed */
    FORWARD,  /* tells the client's address: as forwarded_for says */
    TRAILERS, /* makes sense only while chunks stay chunks */
    LOOP      /* our marker: towards parents only */
};
static const uint8_t fates[FIELD_ID_COUNT] = {
    [FIELD_CONNECTION] = HOP,
    [FIELD_KEEP_ALIVE] = HOP,
    [FIELD_PROXY_CONNECTION] = HOP,
    [FIELD_PROXY_AUTHENTICATE] = HOP,
    [FIELD_PROXY_AUTHENTICATION_INFO] = HOP,
    [FIELD_PROXY_AUTHORIZATION] = HOP,
    [FIELD_HTTP2_SETTINGS] = HOP,
    [FIELD_TE] = HOP,
    [FIELD_UPGRADE] = HOP,
    [FIELD_LOOKALIKE] = HOP,
    [FIELD_EXPECT] = MADE,
    [FIELD_TRANSFER_ENCODING] = MADE,
    [FIELD_CONTENT_LENGTH] = MADE,
    [FIELD_HOST] = MADE,
    [FIELD_FORWARDED] = FORWARD,
    [FIELD_X_FORWARDED_FOR] = FORWARD,
    [FIELD_X_REAL_IP] = FORWARD,
    [FIELD_TRAILER] = TRAILERS,
    [FIELD_X_SLUICE_LOOP] = LOOP,
};

bool field_hop_by_hop(enum field_id id)
{
    return fates[id] == HOP || id == FIELD_TRANSFER_ENCODING;
}

bool field_trailer_allowed(enum field_id id, struct sl_str name)
{
    static const struct sl_str denied[] = {{"Pragma", 6},
                                           {"Age", 3},
                                           {"Expires", 7},
                                           {"Vary", 4},
                                           {"Warning", 7},
                                           {"If-Match", 8},
                                           {"If-None-Match", 13},
                                           {"If-Range", 8},
                                           {"If-Unmodified-Since", 19},
                                           {"X-Forwarded-Host", 16},
                                           {"X-Forwarded-Proto", 17}};
    /* Of the names that we know none is of use in a trailer: they frame, route, authenticate, or describe the
     * content. */
    if (id != FIELD_OTHER)
        return false;
    for (size_t i = 0; i < SL_COUNT(denied); i++)
        if (sl_str_ieq(name, denied[i]))
            return false;
    return true;
}

void fields_self_init(struct fields_self *self, const uint8_t secret[32], bool via, enum forwarded_for mode)
{
    uint8_t digest[32];
    uint64_t random;
    *self = (struct fields_self){.via = via, .forwarded_for = mode};
    crypto_hmac_sha256(sl_str((const char *)secret, 32), SL_STR("via pseudonym"), digest);
    snprintf(self->pseudonym, sizeof self->pseudonym, "sluice-%02x%02x%02x%02x", digest[0], digest[1],
             digest[2], digest[3]);
    for (int minor = 0; minor < 2; minor++) {
        memcpy(self->via_line[minor], minor ? "Via: 1.1 " : "Via: 1.0 ", 9);
        memcpy(self->via_line[minor] + 9, self->pseudonym, FIELDS_PSEUDONYM);
        memcpy(self->via_line[minor] + 9 + FIELDS_PSEUDONYM, "\r\n", 3);
    }
    crypto_random(&random, sizeof random);
    snprintf(self->marker, sizeof self->marker, "%016llx", (unsigned long long)random);
}

/* "1.1 name (comment)" or "HTTP/1.1 name": the second word. */
static struct sl_str received_by(struct sl_str hop)
{
    size_t space = sl_str_find(hop, ' ');
    struct sl_str rest = scan_trim(sl_str_sub(hop, space, hop.n));
    return sl_str(rest.p, sl_str_find(rest, ' '));
}

static bool loop_in_via(const struct fields_self *self, struct sl_str value, unsigned *hops)
{
    struct sl_str hop, own = sl_cstr(self->pseudonym);
    while (scan_element(&value, &hop))
        if (++*hops > FIELDS_VIA_HOPS_MAX || sl_str_ieq(received_by(hop), own))
            return true;
    return false;
}

bool fields_loop(const struct fields_self *self, const struct head *h)
{
    unsigned hops = 0;
    if (!head_has(h, FIELD_VIA) && !head_has(h, FIELD_X_SLUICE_LOOP))
        return false;
    for (unsigned i = 0; i < h->field_count; i++)
        if (h->fields[i].id == FIELD_VIA && loop_in_via(self, head_value(h, &h->fields[i]), &hops))
            return true;
    return head_has_token(h, FIELD_X_SLUICE_LOOP, sl_cstr(self->marker));
}

int fields_max_forwards(const struct head *h)
{
    uint64_t hops;
    if ((h->method != METHOD_TRACE && h->method != METHOD_OPTIONS) || !head_has(h, FIELD_MAX_FORWARDS))
        return -1;
    bool fits = sl_str_u64(head_get(h, FIELD_MAX_FORWARDS), FIELDS_MAX_FORWARDS, &hops);
    return fits ? (int)hops : FIELDS_MAX_FORWARDS;
}

/* ---- writing ---- */

struct out {
    char *p;
};

static inline void add(struct out *o, struct sl_str s)
{
    memcpy(o->p, s.p, s.n);
    o->p += s.n;
}

#define ADD(o, literal) add(o, SL_STR(literal))

static void add_u64(struct out *o, uint64_t v)
{
    char digits[20];
    size_t n = 0;
    do
        digits[sizeof digits - ++n] = (char)('0' + v % 10);
    while (v /= 10);
    add(o, sl_str(digits + sizeof digits - n, n));
}

static void add_field(struct out *o, struct sl_str name, struct sl_str value)
{
    add(o, name);
    ADD(o, ": ");
    add(o, value);
    ADD(o, "\r\n");
}

/* As it came where it came tidily, which is nearly always: one copy. */
static inline void copy_field(struct out *o, const struct head *h, const struct head_field *f)
{
    const char *name = h->base + f->name;
    if (f->value == f->name + f->name_n + 2u && name[f->name_n + 1] == ' ') {
        add(o, sl_str(name, f->name_n + 2u + f->value_n));
        ADD(o, "\r\n");
    } else {
        add_field(o, head_name(h, f), head_value(h, f));
    }
}

static void add_via(struct out *o, const struct fields_self *self, uint8_t minor)
{
    if (self->via)
        add(o, sl_str(self->via_line[minor], sizeof self->via_line[minor] - 1));
}

/* The Connection field of this message names the field, so it ends here. Fields that frame, route or guard a
 * message can't be nominated away: they are written by ourselves, or a client could strip what the next hop
 * relies on. */
static bool nominated(const struct head *h, const struct head_field *f)
{
    if (f->id == FIELD_VIA || f->id == FIELD_X_SLUICE_LOOP || f->id == FIELD_CACHE_CONTROL ||
        fates[f->id] == MADE || fates[f->id] == FORWARD)
        return false;
    return head_has_token(h, FIELD_CONNECTION, head_name(h, f));
}

/* The same name to whom '_' and '-' are one: what a rule takes away must not come back spelled otherwise. */
static bool reads_as(struct sl_str a, struct sl_str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++) {
        char x = a.p[i] == '_' ? '-' : sl_lower(a.p[i]), y = b.p[i] == '_' ? '-' : sl_lower(b.p[i]);
        if (x != y)
            return false;
    }
    return true;
}

static bool edited(const struct fields_edit *edits, size_t count, struct sl_str name)
{
    for (size_t i = 0; i < count; i++)
        if (reads_as(edits[i].name, name))
            return true;
    return false;
}

/* Rules may set or remove anything but what the next hop reads the message by, and how far it goes. */
static bool editable(enum field_id id)
{
    return fates[id] != HOP && fates[id] != MADE && id != FIELD_VIA && id != FIELD_X_SLUICE_LOOP &&
           id != FIELD_MAX_FORWARDS && id != FIELD_TRAILER;
}

static void add_edits(struct out *o, const struct fields_edit *edits, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (edits[i].value.p && editable(field_id_of(edits[i].name)))
            add_field(o, edits[i].name, edits[i].value);
}

static size_t edits_bound(const struct fields_edit *edits, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += edits[i].name.n + edits[i].value.n + sizeof ": \r\n";
    return n;
}

/* ---- what we tell of the client ---- */

static void add_client_node(struct out *o, struct sl_addr client)
{
    char text[SL_ADDR_TEXT];
    sl_addr_text(client, text);
    if (sl_addr_is_v4(client)) {
        add(o, sl_cstr(text));
    } else {
        ADD(o, "\"[");
        add(o, sl_cstr(text));
        ADD(o, "]\"");
    }
}

/* All values of id as one list, and ", " behind them. */
static void add_earlier(struct out *o, const struct head *h, enum field_id id)
{
    for (unsigned i = 0; i < h->field_count; i++) {
        if (h->fields[i].id != id || h->fields[i].value_n == 0)
            continue;
        add(o, head_value(h, &h->fields[i]));
        ADD(o, ", ");
    }
}

/* Tokens and quoted strings that end, with what stands between them (RFC 7239 section 4). */
static bool elements_readable(struct sl_str v)
{
    bool quoted = false;
    for (size_t i = 0; i < v.n; i++) {
        char c = v.p[i];
        if (c == '"')
            quoted = !quoted;
        else if (quoted && c == '\\')
            i++;
        else if (!quoted && !scan_token[(unsigned char)c] && !strchr("=;, \t", c))
            return false;
    }
    return !quoted;
}

/* Whether the values that came can be put before ours: in what has an open quote, say, ours would drown. */
static bool forwarded_readable(const struct head *h)
{
    for (unsigned i = 0; i < h->field_count; i++)
        if (h->fields[i].id == FIELD_FORWARDED && !elements_readable(head_value(h, &h->fields[i])))
            return false;
    return true;
}

static void add_forwarded(struct out *o, const struct fields_self *self, const struct fields_request *r)
{
    char text[SL_ADDR_TEXT];
    switch (self->forwarded_for) {
    case FORWARDED_APPEND:
    case FORWARDED_TRUNCATE:
        ADD(o, "X-Forwarded-For: ");
        if (self->forwarded_for == FORWARDED_APPEND)
            add_earlier(o, r->head, FIELD_X_FORWARDED_FOR);
        add(o, sl_cstr(sl_addr_text(r->client, text)));
        ADD(o, "\r\n");
        break;
    case FORWARDED_ON_BEHALF:
        ADD(o, "Forwarded: ");
        if (forwarded_readable(r->head))
            add_earlier(o, r->head, FIELD_FORWARDED);
        ADD(o, "for=");
        add_client_node(o, r->client);
        ADD(o, "\r\n");
        break;
    case FORWARDED_DELETE:
    case FORWARDED_TRANSPARENT:
        break;
    }
}

/* Whether such a field of the client passes as it is. */
static bool forward_passes(enum forwarded_for mode, enum field_id id)
{
    switch (mode) {
    case FORWARDED_TRANSPARENT:
        return true;
    case FORWARDED_APPEND:
        return id != FIELD_X_FORWARDED_FOR;
    case FORWARDED_ON_BEHALF: /* one story only: Forwarded is told anew, with what came before in it */
    case FORWARDED_DELETE:
    case FORWARDED_TRUNCATE:
        return false;
    }
    return false;
}

/* ---- requests ---- */

static struct sl_str authority_of(const struct sl_url *url)
{
    return sl_str(url->match.p, sl_str_find(url->match, '/'));
}

/* OPTIONS of "*", or of a URL without path and query, means the server itself (RFC 9112 section 3.2.4). The
 * canonical URL has a path always, so the target is looked at, with a backslash read as the URL parser does.
 */
static bool means_server(const struct head *h)
{
    struct sl_str t = head_target(h);
    if (h->method != METHOD_OPTIONS || h->form != TARGET_ABSOLUTE)
        return h->form == TARGET_ASTERISK;
    for (size_t i = sl_str_find(t, ':') + sizeof "://" - 1; i < t.n; i++)
        if (t.p[i] == '/' || t.p[i] == '\\' || t.p[i] == '?')
            return false;
    return true;
}

static void add_request_line(struct out *o, const struct fields_request *r)
{
    add(o, head_method(r->head));
    ADD(o, " ");
    bool server = SL_UNLIKELY(r->head->method == METHOD_OPTIONS) && means_server(r->head);
    if (r->to_proxy) { /* the "/" that ends the text is ours, and "*" is for the last hop to write */
        add(o, sl_str(r->url->text.p, r->url->text.n - server));
    } else if (server) {
        ADD(o, "*");
    } else {
        add(o, r->url->path);
        if (r->url->has_query) {
            ADD(o, "?");
            add(o, r->url->query);
        }
    }
    ADD(o, " HTTP/1.1\r\nHost: ");
    add(o, authority_of(r->url));
    ADD(o, "\r\n");
}

static bool request_field_passes(const struct fields_self *self, const struct fields_request *r,
                                 const struct head_field *f)
{
    switch ((enum fate)fates[f->id]) {
    case PASS:
        break;
    case HOP:
    case MADE:
        return false;
    case FORWARD:
        if (!forward_passes(self->forwarded_for, f->id))
            return false;
        break;
    case TRAILERS:
        if (r->head->body != BODY_CHUNKED || !fields_pass_trailers(r->head, r->edit_count))
            return false;
        break;
    case LOOP:
        if (!r->to_proxy)
            return false;
        break;
    }
    if (SL_UNLIKELY(r->edit_count > 0) && edited(r->edits, r->edit_count, head_name(r->head, f)) &&
        editable(f->id))
        return false;
    return !(r->head->connection & CONN_OPT_OTHER) || !nominated(r->head, f);
}

/* Upgrade, TE and Connection as they stand between us and the next hop. */
static void add_request_connection(struct out *o, const struct fields_request *r)
{
    bool te = r->head->te_trailers;
    if (r->upgrade) {
        ADD(o, "Upgrade: websocket\r\n");
        add(o,
            te ? SL_STR("TE: trailers\r\nConnection: Upgrade, TE\r\n") : SL_STR("Connection: Upgrade\r\n"));
    } else if (r->close) {
        add(o, te ? SL_STR("TE: trailers\r\nConnection: close, TE\r\n") : SL_STR("Connection: close\r\n"));
    } else if (te) {
        ADD(o, "TE: trailers\r\nConnection: TE\r\n");
    }
}

static void add_request_framing(struct out *o, const struct head *h)
{
    if (h->expect_continue)
        ADD(o, "Expect: 100-continue\r\n");
    if (h->body == BODY_CHUNKED) {
        ADD(o, "Transfer-Encoding: chunked\r\n");
    } else if (h->has_length || method_means_content(h->method)) { /* nobody shall wait for a body */
        ADD(o, "Content-Length: ");
        add_u64(o, h->content_length);
        ADD(o, "\r\n");
    }
}

static void add_for_parent(struct out *o, const struct fields_self *self, struct sl_str proxy_authorization)
{
    if (!self->via)
        add_field(o, SL_STR("X-Sluice-Loop"), sl_cstr(self->marker));
    if (proxy_authorization.p)
        add_field(o, SL_STR("Proxy-Authorization"), proxy_authorization);
}

size_t fields_request_bound(const struct fields_request *r)
{
    return FIELDS_OWN_BYTES + r->head->length + r->head->field_count * 2u + r->url->text.n * 2 +
           r->proxy_authorization.n + edits_bound(r->edits, r->edit_count);
}

size_t fields_build_request(const struct fields_self *self, const struct fields_request *r, char *out,
                            size_t cap)
{
    struct out o = {out};
    const struct head *h = r->head;
    int max_forwards = h->first[FIELD_MAX_FORWARDS] ? fields_max_forwards(h) : -1;
    sl_assert(cap >= fields_request_bound(r));
    add_request_line(&o, r);
    for (unsigned i = 0; i < h->field_count; i++) {
        const struct head_field *f = &h->fields[i];
        if (!request_field_passes(self, r, f) || (f->id == FIELD_MAX_FORWARDS && max_forwards >= 0))
            continue;
        copy_field(&o, h, f);
    }
    if (max_forwards > 0) {
        ADD(&o, "Max-Forwards: ");
        add_u64(&o, (uint64_t)max_forwards - 1);
        ADD(&o, "\r\n");
    }
    add_request_framing(&o, h);
    add_forwarded(&o, self, r);
    add_via(&o, self, h->minor);
    if (r->to_proxy)
        add_for_parent(&o, self, r->proxy_authorization);
    add_edits(&o, r->edits, r->edit_count);
    add_request_connection(&o, r);
    ADD(&o, "\r\n");
    sl_assert(o.p <= out + cap);
    return (size_t)(o.p - out);
}

/* ---- the echo of a TRACE ---- */

static bool contains(struct sl_str name, struct sl_str word)
{
    for (size_t i = 0; i + word.n <= name.n; i++)
        if (sl_str_ieq(sl_str(name.p + i, word.n), word))
            return true;
    return false;
}

/* A page must not get to read by TRACE what the browser keeps from its scripts (RFC 9110 section 9.3.8). */
static bool may_be_secret(const struct head *h, const struct head_field *f)
{
    static const struct sl_str words[] = {{"auth", 4},   {"cookie", 6},  {"key", 3},   {"pass", 4},
                                          {"secret", 6}, {"session", 7}, {"token", 5}, {"sluice", 6}};
    for (size_t i = 0; i < SL_COUNT(words); i++)
        if (contains(head_name(h, f), words[i]))
            return true;
    return false;
}

/* The target is told as it was understood: so it has no credentials either. */
size_t fields_build_echo(const struct fields_request *r, char *out, size_t cap)
{
    struct out o = {out};
    const struct head *h = r->head;
    sl_assert(cap >= fields_request_bound(r));
    add(&o, head_method(h));
    ADD(&o, " ");
    add(&o, r->url->text);
    add(&o, h->minor == 1 ? SL_STR(" HTTP/1.1\r\n") : SL_STR(" HTTP/1.0\r\n"));
    for (unsigned i = 0; i < h->field_count; i++)
        if (!may_be_secret(h, &h->fields[i]))
            copy_field(&o, h, &h->fields[i]);
    ADD(&o, "\r\n");
    sl_assert(o.p <= out + cap);
    return (size_t)(o.p - out);
}

/* A CONNECT to a parent carries what finds loops and who asks, nothing else of the client's head. */
size_t fields_connect_bound(const struct sl_url *url, struct sl_str proxy_authorization,
                            const struct head *client_head)
{
    return FIELDS_OWN_BYTES + url->text.n * 2 + proxy_authorization.n +
           (client_head ? client_head->length : 0);
}

size_t fields_build_connect(const struct fields_self *self, const struct sl_url *url,
                            struct sl_str proxy_authorization, const struct head *client_head, char *out,
                            size_t cap)
{
    struct out o = {out};
    sl_assert(cap >= fields_connect_bound(url, proxy_authorization, client_head));
    ADD(&o, "CONNECT ");
    add(&o, url->text);
    ADD(&o, " HTTP/1.1\r\nHost: ");
    add(&o, url->text);
    ADD(&o, "\r\n");
    for (unsigned i = 0; client_head && i < client_head->field_count; i++) {
        const struct head_field *f = &client_head->fields[i];
        if (f->id == FIELD_VIA || f->id == FIELD_X_SLUICE_LOOP || f->id == FIELD_USER_AGENT)
            copy_field(&o, client_head, f);
    }
    add_via(&o, self, client_head ? client_head->minor : 1);
    add_for_parent(&o, self, proxy_authorization);
    ADD(&o, "\r\n");
    sl_assert(o.p <= out + cap);
    return (size_t)(o.p - out);
}

/* ---- responses ---- */

static bool response_field_passes(const struct fields_response *r, const struct head_field *f)
{
    switch ((enum fate)fates[f->id]) {
    case HOP:
    case LOOP:
        return false;
    case MADE:
        if (f->id != FIELD_HOST)
            return false;
        break;
    case TRAILERS:
        if (r->framing != BODY_CHUNKED || !fields_pass_trailers(r->head, r->edit_count))
            return false;
        break;
    case PASS:
    case FORWARD:
        break;
    }
    if (SL_UNLIKELY(r->edit_count > 0) && edited(r->edits, r->edit_count, head_name(r->head, f)) &&
        editable(f->id))
        return false;
    return !(r->head->connection & CONN_OPT_OTHER) || !nominated(r->head, f);
}

static void add_status_line(struct out *o, const struct head *h)
{
    char status[4] = {(char)('0' + h->status / 100), (char)('0' + h->status / 10 % 10),
                      (char)('0' + h->status % 10), ' '};
    ADD(o, "HTTP/1.1 ");
    add(o, sl_str(status, sizeof status));
    add(o, head_span(h, h->reason));
    ADD(o, "\r\n");
}

/* HEAD and 304 announce a length without sending it; 1xx and 204 must not have one. */
static void add_response_framing(struct out *o, const struct fields_response *r)
{
    const struct head *h = r->head;
    if (r->framing == BODY_CHUNKED) {
        ADD(o, "Transfer-Encoding: chunked\r\n");
    } else if (h->has_length && h->status >= 200 && h->status != 204 && r->framing != BODY_CLOSE) {
        ADD(o, "Content-Length: ");
        add_u64(o, h->content_length);
        ADD(o, "\r\n");
    }
}

static void add_response_connection(struct out *o, const struct fields_response *r)
{
    if (r->upgrade)
        ADD(o, "Upgrade: websocket\r\nConnection: Upgrade\r\n");
    else if (r->head->status < 200)
        return;
    else if (!r->keep_alive)
        ADD(o, "Connection: close\r\n");
    else if (r->client_minor == 0)
        ADD(o, "Connection: keep-alive\r\n");
}

static void add_date(struct out *o, const struct fields_response *r)
{
    if (r->now_s <= 0 || r->head->status < 200 || head_has(r->head, FIELD_DATE))
        return;
    char date[HTTP_DATE_BYTES];
    http_date(r->now_s, date);
    ADD(o, "Date: ");
    add(o, sl_str(date, sizeof date));
    ADD(o, "\r\n");
}

size_t fields_response_bound(const struct fields_response *r)
{
    return FIELDS_OWN_BYTES + r->head->length + r->head->field_count * 2u +
           edits_bound(r->edits, r->edit_count);
}

size_t fields_build_response(const struct fields_self *self, const struct fields_response *r, char *out,
                             size_t cap)
{
    struct out o = {out};
    const struct head *h = r->head;
    sl_assert(cap >= fields_response_bound(r));
    add_status_line(&o, h);
    for (unsigned i = 0; i < h->field_count; i++)
        if (response_field_passes(r, &h->fields[i]))
            copy_field(&o, h, &h->fields[i]);
    add_response_framing(&o, r);
    add_date(&o, r);
    add_via(&o, self, h->minor);
    add_edits(&o, r->edits, r->edit_count);
    add_response_connection(&o, r);
    ADD(&o, "\r\n");
    sl_assert(o.p <= out + cap);
    return (size_t)(o.p - out);
}

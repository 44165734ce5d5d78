/* fields_request.c - the head of a request to the next hop: an origin, or a parent proxy (fields.h). */
#include "proxy/http/fields_write.h"
#include "proxy/http/scan.h"

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

/* OPTIONS of "*", or of a URL without path and query, means the server itself (RFC 9112 section 3.2.4), to a
 * parent as a URL without the "/" that is ours: "*" is for the last hop to write. The
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

/* The URL's text ends with its query. */
static void add_target(struct out *o, const struct fields_request *r)
{
    const struct sl_url *url = r->url;
    size_t query = url->has_query ? url->query.n + 1 : 0;
    add(o, r->to_proxy ? sl_str(url->text.p, url->text.n - query) : url->path);
    if (SL_UNLIKELY(r->query.p != NULL)) {
        add(o, r->query.n > 0 ? SL_STR("?") : SL_STR(""));
        add(o, r->query);
    } else if (url->has_query) {
        ADD(o, "?");
        add(o, url->query);
    }
}

static void add_request_line(struct out *o, const struct fields_request *r)
{
    add(o, head_method(r->head));
    ADD(o, " ");
    bool server = SL_UNLIKELY(r->head->method == METHOD_OPTIONS) && means_server(r->head);
    if (server)
        add(o, r->to_proxy ? sl_str(r->url->text.p, r->url->text.n - 1) : SL_STR("*"));
    else
        add_target(o, r);
    ADD(o, " HTTP/1.1\r\nHost: ");
    add(o, authority_of(r->url));
    ADD(o, "\r\n");
}

static bool request_field_passes(const struct fields_self *self, const struct fields_request *r,
                                 const struct head_field *f)
{
    switch ((enum fate)fields_fates[f->id]) {
    case FATE_PASS:
    case FATE_ELSEWHERE:
        break;
    case FATE_HOP:
    case FATE_MADE:
        return false;
    case FATE_FORWARD:
        if (!forward_passes(self->forwarded_for, f->id))
            return false;
        break;
    case FATE_TRAILERS:
        if (r->head->body != BODY_CHUNKED || !fields_pass_trailers(r->head, r->edit_count))
            return false;
        break;
    case FATE_LOOP:
        if (!r->to_proxy)
            return false;
        break;
    }
    return fields_stays(r->head, f, r->edits, r->edit_count);
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
           r->proxy_authorization.n + fields_edits_bound(r->edits, r->edit_count) + r->query.n;
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
    add_via(&o, self, r->http2 ? 2 : h->minor);
    if (r->to_proxy)
        add_for_parent(&o, self, r->proxy_authorization);
    fields_add_edits(&o, r->edits, r->edit_count);
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

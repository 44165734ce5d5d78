/* fields_response.c - the head of an answer to the client (fields.h). */
#include "proxy/http/alternatives.h"
#include "proxy/http/date.h"
#include "proxy/http/fields_write.h"

static bool response_field_passes(const struct fields_response *r, const struct head_field *f)
{
    switch ((enum fate)fields_fates[f->id]) {
    case FATE_HOP:
    case FATE_LOOP:
        return false;
    case FATE_MADE:
        if (f->id != FIELD_HOST)
            return false;
        break;
    case FATE_TRAILERS:
        if (r->framing != BODY_CHUNKED || !fields_pass_trailers(r->head, r->edit_count))
            return false;
        break;
    case FATE_PASS:
    case FATE_FORWARD:
    case FATE_ELSEWHERE:
        break;
    }
    return fields_stays(r->head, f, r->edits, r->edit_count);
}

/* Alternate-Protocol, which came before Alt-Svc, knew nothing but QUIC. */
static void add_elsewhere(struct out *o, const struct head *h, const struct head_field *f)
{
    char *begin = o->p;
    add(o, head_name(h, f));
    ADD(o, ": ");
    size_t n = f->id == FIELD_ALT_SVC ? alternatives_without_quic(head_value(h, f), o->p) : 0;
    o->p = n > 0 ? o->p + n : begin;
    if (n > 0)
        ADD(o, "\r\n");
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
           fields_edits_bound(r->edits, r->edit_count);
}

size_t fields_build_response(const struct fields_self *self, const struct fields_response *r, char *out,
                             size_t cap)
{
    struct out o = {out};
    const struct head *h = r->head;
    sl_assert(cap >= fields_response_bound(r));
    add_status_line(&o, h);
    for (unsigned i = 0; i < h->field_count; i++) {
        const struct head_field *f = &h->fields[i];
        if (!response_field_passes(r, f))
            continue;
        if (SL_UNLIKELY(fields_fates[f->id] == FATE_ELSEWHERE))
            add_elsewhere(&o, h, f);
        else
            copy_field(&o, h, f);
    }
    add_response_framing(&o, r);
    add_date(&o, r);
    add_via(&o, self, h->minor);
    fields_add_edits(&o, r->edits, r->edit_count);
    add_response_connection(&o, r);
    ADD(&o, "\r\n");
    sl_assert(o.p <= out + cap);
    return (size_t)(o.p - out);
}

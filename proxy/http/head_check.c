/* head_check.c - see head_check.h. Framing (RFC 9112 section 6), persistence (section 9), Host (section 3.2),
 * expectations. */
#include "proxy/http/head_check.h"

#include "proxy/http/scan.h"

/* Calls each list element of all fields of that id, in order: for (struct each e = each_of(h, id);
 * each_next(&e);) */
struct each {
    const struct head *h;
    unsigned field; /* index of the next field to look at */
    enum field_id id;
    struct sl_str rest, item;
};

static struct each each_of(const struct head *h, enum field_id id)
{
    return (struct each){.h = h, .field = h->first[id] ? h->first[id] - 1u : h->field_count, .id = id};
}

static bool each_next(struct each *e)
{
    for (;;) {
        if (scan_element(&e->rest, &e->item))
            return true;
        while (e->field < e->h->field_count && e->h->fields[e->field].id != e->id)
            e->field++;
        if (e->field >= e->h->field_count)
            return false;
        e->rest = head_value(e->h, &e->h->fields[e->field++]);
    }
}

static struct sl_str without_parameters(struct sl_str item)
{
    return scan_trim(sl_str(item.p, sl_str_find(item, ';')));
}

bool head_has_token(const struct head *h, enum field_id id, struct sl_str token)
{
    for (struct each e = each_of(h, id); each_next(&e);)
        if (sl_str_ieq(without_parameters(e.item), token))
            return true;
    return false;
}

static bool has_body(const struct head *h)
{
    return h->body == BODY_CHUNKED || h->content_length > 0;
}

bool head_wants_upgrade(const struct head *h)
{
    return h->minor == 1 && (h->connection & CONN_OPT_UPGRADE) && h->method == METHOD_GET && !has_body(h) &&
           head_has_token(h, FIELD_UPGRADE, SL_STR("websocket"));
}

static bool repeated(const struct head *h, enum field_id id)
{
    return h->repeated >> id & 1;
}

bool head_grants_upgrade(const struct head *h)
{
    return h->minor == 1 && (h->connection & CONN_OPT_UPGRADE) && !repeated(h, FIELD_UPGRADE) &&
           sl_str_ieq(head_get(h, FIELD_UPGRADE), SL_STR("websocket"));
}

/* Each field of a head is looked up in Connection: what that holds must not make it a long search. */
static bool connection_too_long(const struct head *h)
{
    size_t n = 0;
    for (unsigned i = 0; i < h->field_count; i++)
        if (h->fields[i].id == FIELD_CONNECTION)
            n += h->fields[i].value_n + 1u;
    return n > HEAD_CONNECTION_MAX;
}

static void read_connection(struct head *h, enum field_id id)
{
    static const struct {
        struct sl_str text;
        uint8_t option;
    } options[] = {{{"keep-alive", 10}, CONN_OPT_KEEP_ALIVE},
                   {{"close", 5}, CONN_OPT_CLOSE},
                   {{"upgrade", 7}, CONN_OPT_UPGRADE},
                   {{"te", 2}, CONN_OPT_TE}};
    for (struct each e = each_of(h, id); each_next(&e);) {
        uint8_t option = CONN_OPT_OTHER;
        for (size_t i = 0; i < SL_COUNT(options); i++)
            if (sl_str_ieq(e.item, options[i].text))
                option = options[i].option;
        h->connection |= option;
    }
}

/* Proxy-Connection was never a standard, but old clients say it in place of Connection and mean it. */
static enum head_fault check_connection(struct head *h, bool request)
{
    if (h->first[FIELD_CONNECTION] && connection_too_long(h))
        return HEAD_TOO_MANY_FIELDS;
    if (h->first[FIELD_CONNECTION])
        read_connection(h, FIELD_CONNECTION);
    else if (request && h->first[FIELD_PROXY_CONNECTION]) {
        read_connection(h, FIELD_PROXY_CONNECTION);
        h->connection &= CONN_OPT_CLOSE | CONN_OPT_KEEP_ALIVE;
    }
    h->keep_alive =
        !(h->connection & CONN_OPT_CLOSE) && (h->minor == 1 || (h->connection & CONN_OPT_KEEP_ALIVE));
    return HEAD_OK;
}

/* One number in one field. A repeated or listed value is refused even when all agree: what we relay must read
 * one way only. */
static enum head_fault check_length(struct head *h)
{
    if (!h->first[FIELD_CONTENT_LENGTH])
        return HEAD_OK;
    if (repeated(h, FIELD_CONTENT_LENGTH) ||
        !sl_str_u64(head_get(h, FIELD_CONTENT_LENGTH), INT64_MAX, &h->content_length))
        return HEAD_LENGTH;
    h->has_length = true;
    return HEAD_OK;
}

/* Exactly "chunked". Where that is not the last coding nobody knows the end (RFC 9112 section 6.3). Sets
 * *out_chunked when Transfer-Encoding is there. */
static enum head_fault check_coding(const struct head *h, bool *out_chunked)
{
    *out_chunked = h->first[FIELD_TRANSFER_ENCODING] != 0;
    if (!*out_chunked)
        return HEAD_OK;
    if (h->minor == 0)
        return HEAD_CODING_IN_10;
    if (h->has_length)
        return HEAD_LENGTH_AND_CODING;
    unsigned chunked = 0;
    bool last = false, others = false;
    for (struct each e = each_of(h, FIELD_TRANSFER_ENCODING); each_next(&e);) {
        if (!scan_is_token(without_parameters(e.item)))
            return HEAD_CODING;
        last = sl_str_ieq(e.item, SL_STR("chunked"));
        if (!last && sl_str_ieq(without_parameters(e.item), SL_STR("chunked")))
            return HEAD_CODING; /* chunked has no parameters */
        chunked += last;
        others |= !last;
    }
    if (chunked != 1 || !last)
        return HEAD_CODING;
    return others ? HEAD_CODING_UNKNOWN : HEAD_OK;
}

static bool host_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || (c != '\0' && strchr("_~%!$&'()*+,;=", c));
}

/* uri-host [":" port]; may be empty (RFC 9112 section 3.2). */
static bool host_ok(struct sl_str v)
{
    size_t i = 0;
    if (v.n > 0 && v.p[0] == '[') {
        for (i = 1; i < v.n && v.p[i] != ']'; i++)
            if (!strchr("0123456789abcdefABCDEF:.", v.p[i]))
                return false;
        if (i++ == v.n)
            return false;
    } else {
        while (i < v.n && host_byte(v.p[i]))
            i++;
    }
    uint64_t port;
    struct sl_str rest = sl_str(v.p + i, v.n - i);
    return rest.n == 0 ||
           (rest.p[0] == ':' && (rest.n == 1 || sl_str_u64(sl_str_sub(rest, 1, rest.n), 65535, &port)));
}

static enum head_fault check_host(const struct head *h)
{
    if (!h->first[FIELD_HOST])
        return h->minor == 1 ? HEAD_NO_HOST : HEAD_OK;
    if (repeated(h, FIELD_HOST))
        return HEAD_HOSTS;
    return host_ok(head_get(h, FIELD_HOST)) ? HEAD_OK : HEAD_HOST;
}

/* RFC 9110 section 10.1.1: in HTTP/1.0 ignored, and nobody waits for leave to send nothing. */
static void check_expect(struct head *h)
{
    if (h->minor == 0)
        return;
    for (struct each e = each_of(h, FIELD_EXPECT); each_next(&e);) {
        if (sl_str_ieq(e.item, SL_STR("100-continue")))
            h->expect_continue = has_body(h);
        else
            h->expect_other = true;
    }
}

/* How the body is framed, and whether this method may have it so. HTTP/1.0 knows no body of such a method
 * that nothing announces (RFC 1945 section 8.3); in HTTP/1.1 it is empty. */
static enum head_fault check_body(struct head *h, bool chunked)
{
    h->body = chunked ? BODY_CHUNKED : h->has_length ? BODY_LENGTH : BODY_NONE;
    if (h->body == BODY_NONE)
        return h->minor == 0 && method_means_content(h->method) ? HEAD_LENGTH_MISSING : HEAD_OK;
    /* A body here would be read as one by some and as tunnel data or the next request by others. */
    if ((h->method == METHOD_CONNECT || h->method == METHOD_TRACE) && has_body(h))
        return HEAD_BODY_UNEXPECTED;
    return HEAD_OK;
}

static bool only_digits(struct sl_str v)
{
    size_t i = 0;
    while (i < v.n && v.p[i] >= '0' && v.p[i] <= '9')
        i++;
    return v.n > 0 && i == v.n;
}

/* RFC 9110 section 7.6.2: these two must not go further than it says, so it has to say one thing. */
static enum head_fault check_max_forwards(const struct head *h)
{
    if (h->method != METHOD_TRACE && h->method != METHOD_OPTIONS)
        return HEAD_OK;
    bool clear = !repeated(h, FIELD_MAX_FORWARDS) && only_digits(head_get(h, FIELD_MAX_FORWARDS));
    return clear ? HEAD_OK : HEAD_MAX_FORWARDS;
}

enum head_fault head_check_request(struct head *h)
{
    bool chunked;
    enum head_fault f = check_host(h);
    if (f == HEAD_OK)
        f = check_length(h);
    if (f == HEAD_OK)
        f = check_coding(h, &chunked);
    if (f == HEAD_OK)
        f = check_body(h, chunked);
    if (f == HEAD_OK && h->first[FIELD_MAX_FORWARDS])
        f = check_max_forwards(h);
    if (f == HEAD_OK)
        f = check_connection(h, true);
    if (f != HEAD_OK)
        return f;
    if (h->first[FIELD_EXPECT])
        check_expect(h);
    if (h->first[FIELD_TE])
        h->te_trailers = h->minor == 1 && head_has_token(h, FIELD_TE, SL_STR("trailers"));
    return HEAD_OK;
}

/* RFC 9112 section 6.3, in its order. */
enum head_fault head_check_response(struct head *h, enum method request_method)
{
    bool chunked;
    enum head_fault f = check_length(h);
    if (f == HEAD_OK)
        f = check_coding(h, &chunked);
    if (f == HEAD_OK)
        f = check_connection(h, false);
    if (f != HEAD_OK)
        return f;
    bool announced = chunked || h->content_length > 0;
    if (h->status / 100 == 1 && announced) /* the next head, or a body that nobody may send? */
        return HEAD_BODY_UNEXPECTED;
    bool tunnel = request_method == METHOD_CONNECT && h->status / 100 == 2;
    if (request_method == METHOD_HEAD || h->status / 100 == 1 || h->status == 204 || h->status == 304 ||
        tunnel)
        h->body = BODY_NONE;
    else
        h->body = chunked ? BODY_CHUNKED : h->has_length ? BODY_LENGTH : BODY_CLOSE;
    if (h->body == BODY_CLOSE || (h->status == 204 && announced)) /* a body may follow all the same */
        h->keep_alive = false;
    return HEAD_OK;
}

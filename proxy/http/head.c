/* head.c - see head.h. Finds the lines of a head and takes them apart; head_check.c says what they mean.
 *
 *   find_end    one pass over the bytes, 16 at a time, resumed where the last one stopped. Every control
 *               byte is CR LF at the end of a line, or refused. Lines are noted in h->fields.
 *   start line  taken apart as soon as it is whole: a peer that speaks something else hears it at once.
 *   fields      taken apart once the head is whole. */
#include "proxy/http/head.h"

#include "proxy/http/head_check.h"
#include "proxy/http/scan.h"

enum { VERSION_BYTES = sizeof "HTTP/1.1" - 1, EMPTY_LINES_BYTES = 4 };

void head_init(struct head *h)
{
    memset(h, 0, offsetof(struct head, fields));
}

static enum head_result refuse(struct head *h, enum head_fault f)
{
    h->fault = f;
    return HEAD_BAD;
}

/* "HTTP/1.0" or "HTTP/1.1". Another version of HTTP is told from what is no HTTP at all. */
static enum head_fault read_version(const char *p, uint8_t *out_minor)
{
    if (memcmp(p, "HTTP/1.", 7) == 0 && (p[7] == '1' || p[7] == '0')) {
        *out_minor = (uint8_t)(p[7] - '0');
        return HEAD_OK;
    }
    bool digits = p[5] >= '0' && p[5] <= '9' && p[6] == '.' && p[7] >= '0' && p[7] <= '9';
    return memcmp(p, "HTTP/", 5) == 0 && digits ? HEAD_VERSION : HEAD_LINE;
}

/* Bytes from 0x80 on pass: the URL parser escapes them, so they reach nobody as they are. */
static bool target_bytes_ok(struct sl_str t)
{
    return !memchr(t.p, ' ', t.n) && !memchr(t.p, '\t', t.n) && !memchr(t.p, '#', t.n);
}

static bool has_scheme(struct sl_str t)
{
    for (size_t i = 0; i < t.n; i++) {
        char c = sl_lower(t.p[i]);
        if (c == ':')
            return i > 0;
        bool letter = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
        if (!letter && (i == 0 || (!digit && c != '+' && c != '-' && c != '.')))
            return false;
    }
    return false;
}

/* RFC 9112 section 3.2: which form, and whether this method may take it. */
static enum head_fault read_target(struct head *h, struct sl_str t)
{
    if (t.n == 0 || !target_bytes_ok(t))
        return HEAD_TARGET;
    if (h->method == METHOD_CONNECT) {
        h->form = TARGET_AUTHORITY;
        return memchr(t.p, ':', t.n) && !memchr(t.p, '/', t.n) && !memchr(t.p, '@', t.n) ? HEAD_OK
                                                                                         : HEAD_TARGET;
    }
    if (t.p[0] == '/') {
        h->form = TARGET_ORIGIN;
        return HEAD_OK;
    }
    if (t.n == 1 && t.p[0] == '*') {
        h->form = TARGET_ASTERISK;
        return h->method == METHOD_OPTIONS ? HEAD_OK : HEAD_TARGET;
    }
    h->form = TARGET_ABSOLUTE;
    return has_scheme(t) ? HEAD_OK : HEAD_TARGET;
}

/* method SP target SP version, the line being [start, end). */
static enum head_fault read_request_line(struct head *h, uint32_t end)
{
    const char *line = h->base + h->start;
    uint32_t n = end - h->start, method_n = 0;
    while (method_n < n && scan_token[(unsigned char)line[method_n]])
        method_n++;
    if (method_n == 0)
        return HEAD_METHOD;
    if (method_n == n || line[method_n] != ' ')
        return method_n == n ? HEAD_LINE : HEAD_METHOD;
    if (method_n > HEAD_METHOD_MAX)
        return HEAD_METHOD_LONG;
    if (n < method_n + 1 + 1 + VERSION_BYTES || line[n - VERSION_BYTES - 1] != ' ')
        return HEAD_LINE;
    enum head_fault f = read_version(line + n - VERSION_BYTES, &h->minor);
    if (f != HEAD_OK)
        return f;
    h->method_text = (struct head_span){h->start, method_n};
    h->target = (struct head_span){h->start + method_n + 1, n - method_n - 1 - VERSION_BYTES - 1};
    if (h->target.n > HEAD_TARGET_MAX)
        return HEAD_TARGET_LONG;
    h->method = method_of(head_method(h));
    return read_target(h, head_target(h));
}

/* version SP 3DIGIT SP [reason]. The second space is missing where servers have no reason to give; nothing
 * hangs on it. */
static enum head_fault read_status_line(struct head *h, uint32_t end)
{
    const char *line = h->base + h->start;
    uint32_t n = end - h->start;
    if (n < VERSION_BYTES + 4 || line[VERSION_BYTES] != ' ')
        return HEAD_LINE;
    enum head_fault f = read_version(line, &h->minor);
    if (f != HEAD_OK)
        return f;
    const char *s = line + VERSION_BYTES + 1;
    for (int i = 0; i < 3; i++) {
        if (s[i] < '0' || s[i] > '9')
            return HEAD_STATUS;
        h->status = (uint16_t)(h->status * 10 + s[i] - '0');
    }
    if (h->status < 100)
        return HEAD_STATUS;
    uint32_t at = VERSION_BYTES + 4;
    if (n > at && line[at] != ' ')
        return HEAD_STATUS;
    at += n > at;
    h->reason = (struct head_span){h->start + at, n - at};
    return HEAD_OK;
}

/* A line [h->line, end) is whole; the next begins at `next`. HEAD_DONE: it was the empty one behind the
 * fields. */
static enum head_result take_line(struct head *h, enum head_side side, uint32_t end, uint32_t next,
                                  uint32_t fields_max)
{
    bool empty = end == h->line, first = h->line == h->start;
    if (first && empty) { /* RFC 9112 section 2.2: an empty line before a request may be passed over */
        if (side == HEAD_RESPONSE || next > EMPTY_LINES_BYTES)
            return refuse(h, HEAD_LINE);
        h->start = next;
    } else if (first) {
        enum head_fault f = side == HEAD_REQUEST ? read_request_line(h, end) : read_status_line(h, end);
        if (f != HEAD_OK)
            return refuse(h, f);
    } else if (empty) {
        h->length = next;
        return HEAD_DONE;
    } else {
        if (h->lines == fields_max)
            return refuse(h, HEAD_TOO_MANY_FIELDS);
        struct head_field *f = &h->fields[h->lines++];
        f->name = h->line;
        f->value = end;
    }
    h->line = next;
    return HEAD_MORE;
}

/* A control byte at i, at or behind h->line; a CR is not the last byte there is. HEAD_MORE: go on. */
static inline enum head_result take_control(struct head *h, enum head_side side, uint32_t i,
                                            uint32_t fields_max)
{
    const char *p = h->base + i;
    if (SL_UNLIKELY(*p != '\r'))
        return refuse(h, *p == '\n' ? HEAD_BARE_LF : HEAD_CONTROL_BYTE);
    if (SL_UNLIKELY(p[1] != '\n'))
        return refuse(h, HEAD_BARE_CR);
    return take_line(h, side, i, i + 2, fields_max);
}

/* Looks on for the end of the head in n bytes. A CR that is the last byte waits for its successor: scanning
 * resumes at it. */
static enum head_result find_end(struct head *h, enum head_side side, uint32_t n, uint32_t fields_max)
{
    uint32_t at = h->scanned;
    for (uint32_t step; at < n; at += step) {
        step = SL_MIN(16u, n - at);
        unsigned mask = step == 16 ? scan_controls16(h->base + at) : scan_controls(h->base + at, step);
        for (; mask; mask &= mask - 1) {
            uint32_t i = at + (uint32_t)__builtin_ctz(mask);
            if (i < h->line) /* the LF of a line that was taken at its CR */
                continue;
            if (i + 1 == n && h->base[i] == '\r') {
                h->scanned = i;
                return HEAD_MORE;
            }
            enum head_result r = take_control(h, side, i, fields_max);
            if (r != HEAD_MORE)
                return r;
        }
    }
    h->scanned = at;
    return HEAD_MORE;
}

/* Behind the name at line + at: the colon. RFC 9112 section 5.1: space before it makes a request bad; from an
 * answer a proxy takes it out, which the builder does. */
static enum head_fault find_colon(const char *line, uint32_t n, enum head_side side, uint32_t *at)
{
    uint32_t name_n = *at;
    if (name_n > 0 && side == HEAD_RESPONSE)
        while (*at < n && (line[*at] == ' ' || line[*at] == '\t'))
            ++*at;
    if (name_n > 0 && *at < n && line[*at] == ':')
        return HEAD_OK;
    return *line == ' ' || *line == '\t' ? HEAD_FOLDED : HEAD_FIELD_NAME;
}

/* Field line [f->name, f->value) into name and value. Its bytes are known to have no control byte but tab. */
static enum head_fault read_field(struct head *h, enum head_side side, struct head_field *f)
{
    const char *line = h->base + f->name;
    uint32_t n = f->value - f->name, name_n = 0;
    while (name_n < n && scan_token[(unsigned char)line[name_n]])
        name_n++;
    uint32_t colon = name_n;
    if (SL_UNLIKELY(name_n == 0 || name_n == n || line[name_n] != ':')) {
        enum head_fault fault = find_colon(line, n, side, &colon);
        if (fault != HEAD_OK)
            return fault;
    }
    if (name_n > HEAD_NAME_MAX)
        return HEAD_TOO_MANY_FIELDS;
    struct sl_str value = scan_trim(sl_str(line + colon + 1, n - colon - 1));
    f->name_n = (uint16_t)name_n;
    f->id = (uint16_t)field_id_of(sl_str(line, name_n));
    f->value = (uint32_t)(value.p - h->base);
    f->value_n = (uint32_t)value.n;
    return HEAD_OK;
}

_Static_assert(FIELD_ID_COUNT <= 64, "ids are bits of head.repeated");

static enum head_result read_fields(struct head *h, enum head_side side)
{
    for (; h->field_count < h->lines; h->field_count++) {
        struct head_field *f = &h->fields[h->field_count];
        enum head_fault fault = read_field(h, side, f);
        if (fault != HEAD_OK)
            return refuse(h, fault);
        if (f->id == FIELD_OTHER)
            continue;
        if (h->first[f->id] == 0)
            h->first[f->id] = (uint16_t)(h->field_count + 1);
        else
            h->repeated |= UINT64_C(1) << f->id;
    }
    return HEAD_DONE;
}

/* An answer as of HTTP/0.9, or of another protocol: it may never end. Told by its first bytes, however few
 * have come. */
static bool is_other_protocol(const char *buf, size_t n)
{
    enum { BEGIN = sizeof "HTTP/" - 1 };
    return SL_LIKELY(n >= BEGIN) ? memcmp(buf, "HTTP/", BEGIN) != 0 : memcmp(buf, "HTTP/", n) != 0;
}

static enum head_result parse(struct head *h, enum head_side side, const char *buf, size_t n,
                              struct head_limits limits)
{
    uint32_t seen = (uint32_t)SL_MIN(n, (size_t)limits.bytes);
    h->base = buf;
    if (side == HEAD_RESPONSE && is_other_protocol(buf, n))
        return refuse(h, HEAD_LINE);
    enum head_result r = find_end(h, side, seen, SL_MIN(limits.fields, (uint32_t)HEAD_FIELDS_MAX));
    if (r == HEAD_DONE)
        return read_fields(h, side);
    if (r == HEAD_MORE && n >= limits.bytes)
        return refuse(h, h->line == h->start && side == HEAD_REQUEST ? HEAD_TARGET_LONG : HEAD_TOO_LARGE);
    return r;
}

enum head_result head_parse_request(struct head *h, const char *buf, size_t n, struct head_limits limits)
{
    enum head_result r = parse(h, HEAD_REQUEST, buf, n, limits);
    if (r != HEAD_DONE)
        return r;
    enum head_fault f = head_check_request(h);
    return f == HEAD_OK ? HEAD_DONE : refuse(h, f);
}

enum head_result head_parse_response(struct head *h, const char *buf, size_t n, struct head_limits limits,
                                     enum method request_method)
{
    enum head_result r = parse(h, HEAD_RESPONSE, buf, n, limits);
    if (r != HEAD_DONE)
        return r;
    enum head_fault f = head_check_response(h, request_method);
    return f == HEAD_OK ? HEAD_DONE : refuse(h, f);
}

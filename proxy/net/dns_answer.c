/* dns_answer.c - see dns_answer.h.
 *
 *   header (12 bytes) | question: name, type, class | answers | authority (the SOA of what is not there) |
 * ...
 *
 * Only records of the name asked for count, or of that its aliases lead to, in the order of the message, as
 * resolvers write them: a server can't slip in what nobody asked for. */
#include "proxy/net/dns_answer.h"

enum {
    HEADER_BYTES = 12,
    RECORD_BYTES = 10, /* type, class, TTL, length */
    NAME_MAX = 255,
    JUMPS_MAX = 16,
    TYPE_CNAME = 5,
    TYPE_SOA = 6,
    CLASS_IN = 1,
    SOA_NUMBERS = 20
};

struct name {
    uint8_t bytes[NAME_MAX]; /* labels with their lengths, in lower case */
    size_t n;
};

struct message {
    const uint8_t *p;
    size_t n, at;
};

struct record {
    struct name owner;
    unsigned type, class, length;
    uint32_t ttl_s;
    size_t data; /* where it begins */
};

static unsigned u16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)u16(p) << 16 | u16(p + 2);
}

static bool add_label(struct name *name, const uint8_t *label)
{
    if (name->n + label[0] + 1u >= sizeof name->bytes)
        return false;
    for (size_t i = 0; i <= label[0]; i++) /* a length is no letter: it is below 64 */
        name->bytes[name->n++] = (uint8_t)sl_lower((char)label[i]);
    return true;
}

/* The name at *at, which moves behind it. A pointer leads back in the message; their number is bounded, for
 * they could go round in circles. */
static bool read_name(const struct message *m, size_t *at, struct name *out)
{
    size_t here = *at;
    bool jumped = false;
    out->n = 0;
    for (unsigned jumps = 0; here < m->n;) {
        unsigned length = m->p[here];
        if (length >= 0xc0) {
            if (here + 2 > m->n || ++jumps > JUMPS_MAX)
                return false;
            if (!jumped)
                *at = here + 2;
            jumped = true;
            here = u16(m->p + here) & 0x3fff;
        } else if (length == 0) {
            if (!jumped)
                *at = here + 1;
            return true;
        } else if (length > 63 || here + 1 + length > m->n || !add_label(out, m->p + here)) {
            return false;
        } else {
            here += 1 + length;
        }
    }
    return false;
}

static bool same_name(const struct name *a, const struct name *b)
{
    return a->n == b->n && memcmp(a->bytes, b->bytes, a->n) == 0;
}

static bool next_record(struct message *m, struct record *out)
{
    if (!read_name(m, &m->at, &out->owner) || m->n - m->at < RECORD_BYTES)
        return false;
    const uint8_t *p = m->p + m->at;
    out->type = u16(p);
    out->class = u16(p + 2);
    out->ttl_s = u32(p + 4);
    out->length = u16(p + 8);
    out->data = m->at + RECORD_BYTES;
    if (out->ttl_s > INT32_MAX) /* RFC 2181, 8: it has no sign; such a one is none */
        out->ttl_s = 0;
    if (m->n - out->data < out->length)
        return false;
    m->at = out->data + out->length;
    return true;
}

static void bound_ttl(struct dns_answer *out, uint32_t ttl_s)
{
    out->ttl_s = out->has_ttl ? SL_MIN(out->ttl_s, ttl_s) : ttl_s;
    out->has_ttl = true;
}

static struct sl_addr address_of(const uint8_t *data, unsigned type)
{
    struct sl_addr a = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}};
    size_t n = type == DNS_TYPE_A ? 4 : 16;
    memcpy(a.b + 16 - n, data, n);
    return a;
}

/* False: the record is malformed. name is what is looked for, and follows an alias. */
static bool take_record(const struct message *m, const struct record *r, unsigned type, struct name *name,
                        struct dns_answer *out)
{
    if (r->class != CLASS_IN || !same_name(&r->owner, name))
        return true;
    if (r->type == TYPE_CNAME) {
        size_t at = r->data;
        bound_ttl(out, r->ttl_s);
        return read_name(m, &at, name) && at == r->data + r->length;
    }
    if (r->type != type)
        return true;
    if (r->length != (type == DNS_TYPE_A ? 4 : 16))
        return false;
    if (out->count < DNS_ANSWER_MAX)
        out->addrs[out->count++] = address_of(m->p + r->data, type);
    bound_ttl(out, r->ttl_s);
    return true;
}

/* RFC 2308, 5: that something is not there holds for the TTL of the SOA or its last number, whichever is
 * less. */
static bool take_authority(const struct message *m, const struct record *r, struct dns_answer *out)
{
    struct name skipped;
    size_t at = r->data, end = r->data + r->length;
    if (r->class != CLASS_IN || r->type != TYPE_SOA)
        return true;
    if (!read_name(m, &at, &skipped) || !read_name(m, &at, &skipped) || at > end || end - at != SOA_NUMBERS)
        return false;
    bound_ttl(out, SL_MIN(r->ttl_s, u32(m->p + end - 4)));
    return true;
}

bool dns_answer_read(const uint8_t *message, size_t n, unsigned type, struct dns_answer *out)
{
    struct message m = {.p = message, .n = n, .at = HEADER_BYTES};
    struct record r;
    struct name name;
    *out = (struct dns_answer){.count = 0};
    if (n < HEADER_BYTES || u16(message + 4) != 1 || !read_name(&m, &m.at, &name) || n - m.at < 4)
        return false;
    m.at += 4;
    for (unsigned left = u16(message + 6); left > 0; left--)
        if (!next_record(&m, &r) || !take_record(&m, &r, type, &name, out))
            return false;
    if (out->count > 0)
        return true;
    for (unsigned left = u16(message + 8); left > 0; left--)
        if (!next_record(&m, &r) || !take_authority(&m, &r, out))
            return false;
    return true;
}

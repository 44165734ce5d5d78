/* hello.c - see hello.h. RFC 8446 section 4.1.2, RFC 6066 section 3, RFC 7301. Lengths must add up to the
 * byte; what is not looked at is skipped by its length. */
#include "proxy/tls/hello.h"

enum {
    RECORD_HEAD = 5,
    MESSAGE_HEAD = 4,
    RECORD_HANDSHAKE = 22,
    MESSAGE_CLIENT_HELLO = 1,
    RECORD_MAX = 16384
};

/* ---- records: the message may lie in any number of them ---- */

/* What a record's head, as far as it is there, can't be. */
static bool bad_head(const uint8_t *p, size_t n)
{
    size_t length = n >= RECORD_HEAD ? (size_t)p[3] << 8 | p[4] : 1;
    return (n > 0 && p[0] != RECORD_HANDSHAKE) || (n > 1 && p[1] != 3) || length == 0 || length > RECORD_MAX;
}

/* How long the message at p is, its head included; SIZE_MAX where it is none of ours. */
static size_t message_length(const uint8_t *p)
{
    size_t n = MESSAGE_HEAD + ((size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3]);
    return p[0] == MESSAGE_CLIENT_HELLO && n <= HELLO_MAX ? n : SIZE_MAX;
}

/* Puts the message together in out, which is as long as bytes. */
static enum hello_result assemble(struct sl_str bytes, uint8_t *out, size_t *out_n)
{
    const uint8_t *p = (const uint8_t *)bytes.p;
    size_t left = bytes.n, have = 0;
    for (;;) {
        if (bad_head(p, left))
            return HELLO_BAD;
        if (left <= RECORD_HEAD)
            return HELLO_MORE;
        size_t length = (size_t)p[3] << 8 | p[4], n = SL_MIN(length, left - RECORD_HEAD);
        memcpy(out + have, p + RECORD_HEAD, n);
        have += n;
        if (out[0] != MESSAGE_CLIENT_HELLO || (have >= MESSAGE_HEAD && message_length(out) == SIZE_MAX))
            return HELLO_BAD;
        *out_n = have >= MESSAGE_HEAD ? message_length(out) : SIZE_MAX;
        if (have >= *out_n)
            return HELLO_DONE;
        if (n < length)
            return HELLO_MORE;
        p += RECORD_HEAD + length;
        left -= RECORD_HEAD + length;
    }
}

/* ---- fields ---- */

struct part {
    const uint8_t *p;
    size_t n;
};

/* Takes n bytes off the front. */
static bool take(struct part *from, size_t n, struct part *out)
{
    if (from->n < n)
        return false;
    *out = (struct part){from->p, n};
    from->p += n;
    from->n -= n;
    return true;
}

/* A number of `bytes` bytes. */
static bool take_number(struct part *from, size_t bytes, size_t *out)
{
    struct part raw;
    if (!take(from, bytes, &raw))
        return false;
    *out = 0;
    for (size_t i = 0; i < bytes; i++)
        *out = *out << 8 | raw.p[i];
    return true;
}

/* What stands behind a length of `bytes` bytes. */
static bool take_vector(struct part *from, size_t bytes, struct part *out)
{
    size_t n;
    return take_number(from, bytes, &n) && take(from, n, out);
}

/* ---- extensions ---- */

/* One name, of a host: more than one, or another kind, has never been defined. */
static bool read_name(struct part body, struct hello *out)
{
    struct part list, name;
    size_t type;
    if (!take_vector(&body, 2, &list) || body.n > 0 || !take_number(&list, 1, &type) || type != 0 ||
        !take_vector(&list, 2, &name) || list.n > 0 || name.n == 0 || name.n > HELLO_NAME_MAX)
        return false;
    memcpy(out->name, name.p, name.n);
    out->name_n = (uint8_t)name.n;
    return memchr(name.p, '\0', name.n) == NULL;
}

static bool read_alpn(struct part body, struct hello *out)
{
    struct part list, name;
    if (!take_vector(&body, 2, &list) || body.n > 0 || list.n == 0)
        return false;
    while (list.n > 0) {
        if (!take_vector(&list, 1, &name) || name.n == 0)
            return false;
        if (out->alpn_n + name.n + 1 > HELLO_ALPN_MAX)
            continue;
        out->alpn[out->alpn_n++] = (uint8_t)name.n;
        memcpy(out->alpn + out->alpn_n, name.p, name.n);
        out->alpn_n = (uint16_t)(out->alpn_n + name.n);
    }
    return true;
}

/* Some versions are there to find out who chokes on unknown ones (RFC 8701). */
static bool read_versions(struct part body, struct hello *out)
{
    struct part list;
    size_t version;
    if (!take_vector(&body, 1, &list) || body.n > 0 || list.n == 0 || list.n % 2 != 0)
        return false;
    while (take_number(&list, 2, &version))
        if (version >> 8 == 3 && version > out->version)
            out->version = (uint16_t)version;
    return true;
}

static bool read_encrypted(struct part body, struct hello *out)
{
    out->encrypted = true;
    return body.n > 0;
}

static const struct {
    uint16_t type;
    bool (*read)(struct part body, struct hello *out);
} extensions[] = {{0, read_name}, {16, read_alpn}, {43, read_versions}, {0xfe0d, read_encrypted}};

static bool read_extension(size_t type, struct part body, unsigned *seen, struct hello *out)
{
    for (size_t i = 0; i < SL_COUNT(extensions); i++) {
        if (extensions[i].type != type)
            continue;
        bool again = *seen & 1u << i;
        *seen |= 1u << i;
        return !again && extensions[i].read(body, out);
    }
    return true;
}

static bool read_extensions(struct part all, struct hello *out)
{
    struct part body;
    unsigned seen = 0;
    size_t type;
    while (all.n > 0)
        if (!take_number(&all, 2, &type) || !take_vector(&all, 2, &body) ||
            !read_extension(type, body, &seen, out))
            return false;
    return true;
}

static bool read_hello(struct part m, struct hello *out)
{
    struct part head, random, session, ciphers, compressions, all = {0};
    size_t version;
    *out = (struct hello){0};
    if (!take(&m, MESSAGE_HEAD, &head) || !take_number(&m, 2, &version) || version >> 8 != 3 ||
        !take(&m, 32, &random) || !take_vector(&m, 1, &session) || session.n > 32 ||
        !take_vector(&m, 2, &ciphers) || ciphers.n < 2 || ciphers.n % 2 != 0 ||
        !take_vector(&m, 1, &compressions) || compressions.n == 0)
        return false;
    out->version = (uint16_t)version;
    if (m.n > 0 && (!take_vector(&m, 2, &all) || m.n > 0)) /* TLS 1.0 may have none */
        return false;
    return read_extensions(all, out);
}

enum hello_result hello_parse(struct sl_str bytes, struct hello *out)
{
    uint8_t message[HELLO_MAX];
    struct sl_str seen = sl_str_sub(bytes, 0, HELLO_MAX);
    size_t n;
    enum hello_result r = assemble(seen, message, &n);
    if (r == HELLO_MORE && seen.n == HELLO_MAX)
        return HELLO_BAD;
    if (r != HELLO_DONE)
        return r;
    return read_hello((struct part){message, n}, out) ? HELLO_DONE : HELLO_BAD;
}

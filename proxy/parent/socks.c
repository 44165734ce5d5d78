/* socks.c - see socks.h. */
#include "proxy/parent/socks.h"

enum {
    VERSION = 5,
    LOGIN_VERSION = 1,
    COMMAND_CONNECT = 1,
    METHOD_NONE = 0,
    METHOD_LOGIN = 2,
    METHOD_REFUSED = 0xff,
    ADDRESS_V4 = 1,
    ADDRESS_NAME = 3,
    ADDRESS_V6 = 4
};

void socks_begin(struct socks *s, struct sl_str user, struct sl_str password,
                 const struct socks_target *target)
{
    sl_assert(user.n <= 255 && password.n <= 255 && target->name.n <= SOCKS_NAME_MAX);
    *s = (struct socks){.user = user, .password = password, .target = *target};
}

/* ---- saying ---- */

static size_t put(uint8_t *out, size_t at, const void *p, size_t n)
{
    if (n)
        memcpy(out + at, p, n);
    return at + n;
}

/* A byte of length, then the text. */
static size_t put_text(uint8_t *out, size_t at, struct sl_str s)
{
    out[at] = (uint8_t)s.n;
    return put(out, at + 1, s.p, s.n);
}

static size_t say_connect(const struct socks *s, uint8_t *out)
{
    const struct socks_target *t = &s->target;
    bool v4 = sl_addr_is_v4(t->addr);
    size_t n = put(out, 0, (uint8_t[]){VERSION, COMMAND_CONNECT, 0}, 3);
    out[n++] = t->name.p ? ADDRESS_NAME : v4 ? ADDRESS_V4 : ADDRESS_V6;
    if (t->name.p)
        n = put_text(out, n, t->name);
    else if (v4)
        n = put(out, n, t->addr.b + 12, 4);
    else
        n = put(out, n, t->addr.b, 16);
    return put(out, n, (uint8_t[]){(uint8_t)(t->port >> 8), (uint8_t)t->port}, 2);
}

size_t socks_say(const struct socks *s, uint8_t out[SOCKS_SAY_MAX])
{
    switch (s->step) {
    case SOCKS_METHOD:
        if (s->user.n)
            return put(out, 0, (uint8_t[]){VERSION, 2, METHOD_NONE, METHOD_LOGIN}, 4);
        return put(out, 0, (uint8_t[]){VERSION, 1, METHOD_NONE}, 3);
    case SOCKS_LOGIN:
        out[0] = LOGIN_VERSION;
        return put_text(out, put_text(out, 1, s->user), s->password);
    case SOCKS_CONNECT:
        break;
    }
    return say_connect(s, out);
}

/* ---- hearing ---- */

/* Logged in: to the destination, or that was all. */
static enum socks_result go_on(struct socks *s)
{
    s->step = SOCKS_CONNECT;
    return s->target.port ? SOCKS_SAY : SOCKS_OPEN;
}

static enum socks_result hear_method(struct socks *s, uint8_t version, uint8_t method)
{
    if (version != VERSION)
        return SOCKS_INVALID;
    if (method == METHOD_NONE)
        return go_on(s);
    if (method == METHOD_REFUSED)
        return SOCKS_LOGIN_REFUSED;
    if (method != METHOD_LOGIN || s->user.n == 0)
        return SOCKS_INVALID;
    s->step = SOCKS_LOGIN;
    return SOCKS_SAY;
}

static enum socks_result hear_login(struct socks *s, uint8_t version, uint8_t status)
{
    if (version != LOGIN_VERSION)
        return SOCKS_INVALID;
    return status == 0 ? go_on(s) : SOCKS_LOGIN_REFUSED;
}

/* Bytes of the whole answer; 0: not known yet. */
static size_t answer_length(const uint8_t *p, size_t n)
{
    enum { BEFORE = 4, PORT = 2 };
    if (p[3] == ADDRESS_V4)
        return BEFORE + 4 + PORT;
    if (p[3] == ADDRESS_V6)
        return BEFORE + 16 + PORT;
    return n > BEFORE ? BEFORE + 1u + p[4] + PORT : 0;
}

static enum socks_result hear_answer(struct socks *s, const uint8_t *p, size_t n, size_t *used)
{
    if (p[0] != VERSION)
        return SOCKS_INVALID;
    s->code = p[1];
    if (s->code != 0)
        return SOCKS_REFUSED; /* some close without the rest */
    if (n < 4)
        return p[n - 1] == 0 || n == 2 ? SOCKS_MORE : SOCKS_INVALID;
    if (p[2] != 0 || (p[3] != ADDRESS_V4 && p[3] != ADDRESS_V6 && p[3] != ADDRESS_NAME))
        return SOCKS_INVALID;
    size_t length = answer_length(p, n);
    if (length == 0 || n < length)
        return SOCKS_MORE;
    *used = length;
    return SOCKS_OPEN;
}

enum socks_result socks_hear(struct socks *s, const uint8_t *p, size_t n, size_t *used)
{
    *used = 0;
    if (n > 0 && p[0] != (s->step == SOCKS_LOGIN ? LOGIN_VERSION : VERSION))
        return SOCKS_INVALID;
    if (n < 2)
        return SOCKS_MORE;
    if (s->step == SOCKS_CONNECT)
        return hear_answer(s, p, n, used);
    *used = 2;
    return s->step == SOCKS_METHOD ? hear_method(s, p[0], p[1]) : hear_login(s, p[0], p[1]);
}

const char *socks_code_text(uint8_t code)
{
    static const char *const texts[] = {"",
                                        "general failure",
                                        "connection not allowed by ruleset",
                                        "network unreachable",
                                        "host unreachable",
                                        "connection refused",
                                        "TTL expired",
                                        "command not supported",
                                        "address type not supported"};
    return code < SL_COUNT(texts) ? texts[code] : "unknown failure";
}

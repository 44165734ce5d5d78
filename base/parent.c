/* parent.c - see base/parent.h. */
#include "base/parent.h"

#include <stdlib.h>

static const char *const kinds[PARENT_KINDS] = {
    [PARENT_HTTP] = "http", [PARENT_HTTPS] = "https", [PARENT_SOCKS5] = "socks5"};

const char *parent_kind_word(enum parent_kind kind)
{
    return kinds[kind];
}

/* Where the user name begins and where the '@' stands that ends the login; false when there is no '@'. An
 * entry may be broken, so whatever could be a password is one: the last '@' counts. */
static bool find_login(const char *text, size_t *from, size_t *at)
{
    const char *scheme = strstr(text, "://"), *sign = strrchr(text, '@');
    *from = scheme ? (size_t)(scheme - text) + 3 : 0;
    *at = sign ? (size_t)(sign - text) : 0;
    return sign && *at >= *from;
}

void parent_mask(char *text)
{
    size_t from, at;
    if (!find_login(text, &from, &at))
        return;
    size_t colon = from + sl_str_find(sl_str(text + from, at - from), ':');
    size_t secret = colon < at ? colon + 1 : from; /* without a colon, all of it might be one */
    char *rest = text + at;
    size_t shown = SL_MIN(at - secret, (size_t)3);
    memset(text + secret, '*', shown);
    memmove(text + secret + shown, rest, strlen(rest) + 1);
}

static bool refuse(struct sl_str text, struct sl_err *err, const char *why)
{
    SL_CLEANUP(sl_freep) char *shown = sl_str_dup(sl_str_sub(text, 0, 1000));
    parent_mask(shown);
    return sl_fail(err, SL_BAD_INPUT, "'%.100s' is no parent proxy: %s", shown, why);
}

/* ---- parts ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (sl_lower(c) >= 'a' && sl_lower(c) <= 'z');
}

static int hex(char c)
{
    if (is_digit(c))
        return c - '0';
    c = sl_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* As an id of a policy, for a rule says it. */
static const char *take_name(struct sl_str text, char out[PARENT_NAME_MAX + 1])
{
    bool ok = text.n > 0 && text.n <= PARENT_NAME_MAX && text.p[0] != '-' && text.p[0] != '_';
    for (size_t i = 0; ok && i < text.n; i++)
        ok = (text.p[i] >= 'a' && text.p[i] <= 'z') || is_digit(text.p[i]) || text.p[i] == '-' ||
             text.p[i] == '_';
    if (!ok)
        return "a name before the = has lower-case letters, digits, - and _, at most 64";
    if (sl_str_eq(text, SL_STR(PARENT_DIRECT)))
        return "the name direct stands for no parent; take another";
    memcpy(out, text.p, text.n);
    out[text.n] = '\0';
    return NULL;
}

/* Undoes percent-encoding. Neither control bytes nor what ends a part of a URL may stand there as they are.
 */
static const char *take_decoded(struct sl_str text, char out[PARENT_LOGIN_MAX + 1])
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '%') {
            int high = i + 1 < text.n ? hex(text.p[i + 1]) : -1,
                low = i + 2 < text.n ? hex(text.p[i + 2]) : -1;
            if (high < 0 || low < 0)
                return "a % in user or password stands before two hexadecimal digits; % itself is %25";
            c = (char)(high * 16 + low);
            i += 2;
        } else if (!is_alnum(c) && !strchr("-._~!$&'()*+", c)) {
            return "write other signs than letters and digits in user and password as %40 (for @)";
        }
        if ((unsigned char)c < 0x20 || c == 0x7f)
            return "user and password have no control bytes";
        if (n == PARENT_LOGIN_MAX)
            return "user and password have at most 255 bytes";
        out[n++] = c;
    }
    out[n] = '\0';
    return NULL;
}

static const char *take_login(struct sl_str text, struct parent_spec *out)
{
    size_t colon = sl_str_find(text, ':');
    if (colon == 0 || colon == text.n)
        return "who logs in there is written user:password@";
    const char *fault = take_decoded(sl_str_sub(text, 0, colon), out->user);
    if (!fault)
        fault = take_decoded(sl_str_sub(text, colon + 1, SIZE_MAX), out->password);
    if (!fault && out->kind != PARENT_SOCKS5 && strchr(out->user, ':'))
        return "HTTP has no user names with a colon"; /* RFC 7617 */
    if (!fault && out->kind == PARENT_SOCKS5 && out->password[0] == '\0')
        return "SOCKS5 has no empty passwords"; /* RFC 1929 */
    return fault;
}

static bool take_label(struct sl_str label, char *out)
{
    bool ok = label.n > 0 && label.n <= 63 && label.p[0] != '-' && label.p[label.n - 1] != '-';
    for (size_t i = 0; ok && i < label.n; i++) {
        ok = is_alnum(label.p[i]) || label.p[i] == '-';
        out[i] = sl_lower(label.p[i]);
    }
    return ok;
}

/* A name whose last label has a letter: anything else might be an address in some notation. */
static bool take_host_name(struct sl_str text, char out[PARENT_HOST_MAX + 1])
{
    struct sl_str rest = text, label = {0};
    bool letter = false;
    if (text.n == 0 || text.n > PARENT_HOST_MAX)
        return false;
    memset(out, 0, PARENT_HOST_MAX + 1);
    while (sl_str_split(&rest, '.', &label)) {
        if (!take_label(label, out + (label.p - text.p)))
            return false;
        if (label.p != text.p)
            out[label.p - text.p - 1] = '.';
    }
    for (size_t i = 0; i < label.n; i++)
        letter |= !is_digit(label.p[i]) && label.p[i] != '-';
    return letter;
}

static const char *take_host(struct sl_str text, struct parent_spec *out)
{
    bool brackets = text.n > 2 && text.p[0] == '[' && text.p[text.n - 1] == ']';
    struct sl_str bare = brackets ? sl_str_sub(text, 1, text.n - 2) : text;
    out->host_is_addr = sl_addr_parse(bare, &out->addr) && brackets == (sl_str_find(bare, ':') < bare.n);
    if (out->host_is_addr) {
        sl_addr_text(out->addr, out->host);
        return NULL;
    }
    return !brackets && take_host_name(text, out->host) ? NULL : "its host is neither a name nor an address";
}

static const char *take_place(struct sl_str text, struct parent_spec *out)
{
    uint64_t port;
    size_t colon = text.n;
    while (colon > 0 && text.p[colon - 1] != ':' && text.p[colon - 1] != ']')
        colon--;
    if (colon == 0 || text.p[colon - 1] != ':' ||
        !sl_str_u64(sl_str_sub(text, colon, SIZE_MAX), 65535, &port) || port == 0)
        return "it ends in its port, such as :3128, and nothing behind it";
    out->port = (uint16_t)port;
    return take_host(sl_str_sub(text, 0, colon - 1), out);
}

/* "NAME=" is what stands before the scheme. */
static const char *take_head(struct sl_str text, struct parent_spec *out, struct sl_str *out_rest)
{
    size_t equals = sl_str_find(text, '='), colon = sl_str_find(text, ':');
    bool named = equals < colon;
    const char *fault = take_name(named ? sl_str_sub(text, 0, equals) : SL_STR(PARENT_DEFAULT), out->name);
    if (fault)
        return fault;
    struct sl_str url = named ? sl_str_sub(text, equals + 1, SIZE_MAX) : text;
    size_t end = sl_str_find(url, ':');
    for (int k = 0; k < PARENT_KINDS; k++)
        if (sl_str_eq(sl_str_sub(url, 0, end), sl_cstr(kinds[k])) &&
            sl_str_starts(sl_str_sub(url, end, SIZE_MAX), SL_STR("://"))) {
            out->kind = (enum parent_kind)k;
            *out_rest = sl_str_sub(url, end + 3, SIZE_MAX);
            return NULL;
        }
    return "write http://, https:// or socks5:// and host:port, perhaps with NAME= before it";
}

bool parent_parse(struct sl_str text, struct parent_spec *out, struct sl_err *err)
{
    struct sl_str rest = {0};
    *out = (struct parent_spec){0};
    const char *fault = take_head(text, out, &rest);
    size_t at = sl_str_find(rest, '@');
    if (!fault && at < rest.n)
        fault = take_login(sl_str_sub(rest, 0, at), out);
    if (!fault)
        fault = take_place(at < rest.n ? sl_str_sub(rest, at + 1, SIZE_MAX) : rest, out);
    return fault ? refuse(text, err, fault) : true;
}

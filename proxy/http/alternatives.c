/* alternatives.c - see alternatives.h. */
#include "proxy/http/alternatives.h"

#include "proxy/http/scan.h"

enum { PROTOCOL_MOST = 16 }; /* of what is looked at: the names that matter begin the id */

/* Takes an element of the list off *rest, with quoted strings in one piece. False: a quote has no end. */
static bool take_element(struct sl_str *rest, struct sl_str *out)
{
    bool quoted = false;
    size_t i = 0;
    for (; i < rest->n && (quoted || rest->p[i] != ','); i++) {
        if (quoted && rest->p[i] == '\\')
            i++;
        else if (rest->p[i] == '"')
            quoted = !quoted;
    }
    if (quoted || i > rest->n)
        return false;
    *out = scan_trim(sl_str(rest->p, i));
    *rest = i < rest->n ? sl_str(rest->p + i + 1, rest->n - i - 1) : sl_str(NULL, 0);
    return true;
}

static int hex(char c)
{
    char l = sl_lower(c);
    if (l >= '0' && l <= '9')
        return l - '0';
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/* The begin of the protocol's id, which is a token with percent-encoding. */
static struct sl_str protocol(struct sl_str element, char buf[PROTOCOL_MOST])
{
    size_t n = 0;
    for (size_t i = 0; i < element.n && element.p[i] != '=' && n < PROTOCOL_MOST; i++) {
        char c = element.p[i];
        if (c == '%' && i + 2 < element.n && hex(element.p[i + 1]) >= 0 && hex(element.p[i + 2]) >= 0) {
            c = (char)(hex(element.p[i + 1]) * 16 + hex(element.p[i + 2]));
            i += 2;
        }
        buf[n++] = sl_lower(c);
    }
    return sl_str(buf, n);
}

static bool over_quic(struct sl_str element)
{
    char buf[PROTOCOL_MOST];
    struct sl_str id = protocol(element, buf);
    return sl_str_starts(id, SL_STR("h3")) || sl_str_starts(id, SL_STR("hq")) ||
           sl_str_starts(id, SL_STR("quic"));
}

size_t alternatives_without_quic(struct sl_str value, char *out)
{
    struct sl_str element;
    size_t n = 0;
    while (value.n > 0) {
        if (!take_element(&value, &element))
            return 0;
        if (element.n == 0 || over_quic(element))
            continue;
        if (n > 0)
            out[n++] = ',';
        memcpy(out + n, element.p, element.n);
        n += element.n;
    }
    return n;
}

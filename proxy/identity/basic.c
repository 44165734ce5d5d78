/* basic.c - see basic.h. */
#include "proxy/identity/basic.h"

#include "base/crypto.h"

/* Skips "Basic" and the spaces behind it. */
static bool skip_scheme(struct sl_str *header)
{
    static const struct sl_str scheme = {"Basic", 5};
    if (!sl_str_istarts(*header, scheme) || header->n == scheme.n || header->p[scheme.n] != ' ')
        return false;
    *header = sl_str_trim(sl_str_sub(*header, scheme.n, header->n));
    return header->n > 0;
}

/* RFC 7617 section 2: neither user nor password has control bytes; and we promised UTF-8 in the challenge. */
static bool text_ok(struct sl_str s)
{
    for (size_t i = 0; i < s.n;) {
        unsigned char c = (unsigned char)s.p[i];
        size_t n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
        if (c < 0x20 || c == 0x7f || (c >= 0x80 && (c < 0xc2 || c > 0xf4)) || s.n - i < n)
            return false;
        for (size_t k = 1; k < n; k++)
            if (((unsigned char)s.p[i + k] & 0xc0) != 0x80)
                return false;
        i += n;
    }
    return true;
}

bool basic_read(struct sl_str header, struct basic_credentials *out)
{
    size_t n = 0;
    if (header.n > IDENTITY_HEADER_MAX || !skip_scheme(&header) ||
        !crypto_base64_decode(header, out->text, sizeof out->text, &n))
        return false;
    struct sl_str all = sl_str(out->text, n);
    size_t colon = sl_str_find(all, ':');
    if (colon == n || colon == 0 || colon > IDENTITY_USER_MAX || n - colon - 1 > IDENTITY_PASSWORD_MAX ||
        !text_ok(all))
        return false;
    out->user = sl_str(out->text, colon);
    out->password = sl_str(out->text + colon + 1, n - colon - 1);
    return true;
}

char *basic_challenge(const char *realm)
{
    struct sl_text t = {0};
    sl_text_add(&t, SL_STR("Basic realm=\""));
    for (; *realm; realm++) {
        if (*realm == '"' || *realm == '\\')
            sl_text_addc(&t, '\\');
        if ((unsigned char)*realm >= 0x20 && *realm != 0x7f)
            sl_text_addc(&t, *realm);
    }
    sl_text_add(&t, SL_STR("\", charset=\"UTF-8\""));
    return t.p;
}

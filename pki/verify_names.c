/* verify_names.c - is a certificate for this host? (RFC 9525)
 * Only the subject's alternative names count, never the common name. A wildcard is a whole label, the first
 * one, and stands for exactly one. Names are compared as bytes of the DNS: A-labels, without regard to case;
 * a NUL, or anything else that no host name has, matches nothing. An address is matched by an iPAddress of
 * the same bytes, never by a text that looks like one. */
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "pki/verify.h"

enum { NAMES_MOST = 1024, DNS_NAME_MOST = 253 };

static struct sl_str text_of(const ASN1_STRING *s)
{
    return sl_str((const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
}

static bool is_label_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* Labels of letters, digits, '-' and '_', none empty; no dot at the end. */
static bool is_dns_name(struct sl_str name)
{
    struct sl_str label, rest = name;
    if (name.n == 0 || name.n > DNS_NAME_MOST)
        return false;
    while (sl_str_split(&rest, '.', &label)) {
        if (label.n == 0 || label.n > 63)
            return false;
        for (size_t i = 0; i < label.n; i++)
            if (!is_label_byte(label.p[i]))
                return false;
    }
    return true;
}

static bool is_wildcard(struct sl_str pattern)
{
    return sl_str_starts(pattern, SL_STR("*."));
}

/* What stands behind the star has two labels at least: nobody owns all of a top-level domain. */
static bool is_sound(struct sl_str pattern)
{
    if (!is_wildcard(pattern))
        return is_dns_name(pattern);
    struct sl_str behind = sl_str_sub(pattern, 2, SIZE_MAX);
    return is_dns_name(behind) && sl_str_find(behind, '.') < behind.n;
}

static bool matches_dns(struct sl_str pattern, struct sl_str host)
{
    if (!is_sound(pattern))
        return false;
    if (!is_wildcard(pattern))
        return sl_str_ieq(pattern, host);
    size_t dot = sl_str_find(host, '.');
    return dot > 0 && dot < host.n &&
           sl_str_ieq(sl_str_sub(pattern, 1, SIZE_MAX), sl_str_sub(host, dot, SIZE_MAX));
}

/* 4 or 16 bytes, as certificates have them; else false. */
static bool read_addr(struct sl_str bytes, struct sl_addr *out)
{
    *out = (struct sl_addr){{[10] = 0xff, [11] = 0xff}};
    if (bytes.n == 4)
        memcpy(out->b + 12, bytes.p, 4);
    else if (bytes.n == 16)
        memcpy(out->b, bytes.p, 16);
    return bytes.n == 4 || bytes.n == 16;
}

static GENERAL_NAMES *alternatives(X509 *cert)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    ERR_clear_error();
    return names;
}

static bool matches(const GENERAL_NAME *name, const struct asked *asked)
{
    struct sl_addr addr;
    if (asked->host.n > 0)
        return name->type == GEN_DNS && matches_dns(text_of(name->d.dNSName), asked->host);
    return name->type == GEN_IPADD && read_addr(text_of(name->d.iPAddress), &addr) &&
           sl_addr_eq(addr, asked->addr);
}

bool names_match(X509 *leaf, const struct asked *asked)
{
    GENERAL_NAMES *names = alternatives(leaf);
    bool found = false;
    for (int i = 0; !found && i < SL_MIN(sk_GENERAL_NAME_num(names), NAMES_MOST); i++)
        found = matches(sk_GENERAL_NAME_value(names, i), asked);
    GENERAL_NAMES_free(names);
    return found;
}

/* ---- name constraints ----
 * OpenSSL compares them with the names of the certificate. A wildcard escapes that: "*.example.com" lies in
 * no subtree that excludes "secret.example.com", and yet vouches for it. So the name that was asked for is
 * compared, too. */

static bool dns_lies_in(struct sl_str host, struct sl_str tree)
{
    if (tree.n > 0 && tree.p[0] == '.')
        tree = sl_str_sub(tree, 1, SIZE_MAX);
    if (tree.n == 0)
        return true;
    if (host.n < tree.n || !sl_str_ieq(sl_str_sub(host, host.n - tree.n, SIZE_MAX), tree))
        return false;
    return host.n == tree.n || host.p[host.n - tree.n - 1] == '.';
}

/* An address and a mask of its length. */
static bool addr_lies_in(struct sl_addr addr, struct sl_str net)
{
    bool v4 = net.n == 8;
    const uint8_t *bytes = v4 ? addr.b + 12 : addr.b;
    size_t half = net.n / 2;
    if ((net.n != 8 && net.n != 32) || v4 != sl_addr_is_v4(addr))
        return false;
    for (size_t i = 0; i < half; i++)
        if ((bytes[i] & (uint8_t)net.p[half + i]) != ((uint8_t)net.p[i] & (uint8_t)net.p[half + i]))
            return false;
    return true;
}

static int kind_of(const struct asked *asked)
{
    return asked->host.n > 0 ? GEN_DNS : GEN_IPADD;
}

static bool lies_in(const GENERAL_NAME *tree, const struct asked *asked)
{
    return asked->host.n > 0 ? dns_lies_in(asked->host, text_of(tree->d.dNSName))
                             : addr_lies_in(asked->addr, text_of(tree->d.iPAddress));
}

/* *out_any: some tree is of the kind. */
static bool lies_in_some(STACK_OF(GENERAL_SUBTREE) * trees, const struct asked *asked, bool *out_any)
{
    bool found = false;
    *out_any = false;
    for (int i = 0; !found && i < SL_MIN(sk_GENERAL_SUBTREE_num(trees), NAMES_MOST); i++) {
        const GENERAL_NAME *base = sk_GENERAL_SUBTREE_value(trees, i)->base;
        if (base->type != kind_of(asked))
            continue;
        *out_any = true;
        found = lies_in(base, asked);
    }
    return found;
}

bool names_permitted(X509 *ca, const struct asked *asked)
{
    NAME_CONSTRAINTS *nc = X509_get_ext_d2i(ca, NID_name_constraints, NULL, NULL);
    bool any, ok = true;
    ERR_clear_error();
    if (!nc)
        return true;
    if (lies_in_some(nc->excludedSubtrees, asked, &any))
        ok = false;
    else if (!lies_in_some(nc->permittedSubtrees, asked, &any) && any)
        ok = false;
    NAME_CONSTRAINTS_free(nc);
    return ok;
}

/* ---- as texts ---- */

static bool name_text(const GENERAL_NAME *name, struct sl_arena *arena, struct sl_str *out)
{
    char text[SL_ADDR_TEXT];
    struct sl_addr addr;
    if (name->type == GEN_DNS && is_sound(text_of(name->d.dNSName)))
        *out = sl_arena_str(arena, text_of(name->d.dNSName));
    else if (name->type == GEN_IPADD && read_addr(text_of(name->d.iPAddress), &addr))
        *out = sl_arena_str(arena, sl_cstr(sl_addr_text(addr, text)));
    else
        return false;
    return true;
}

size_t names_list(X509 *leaf, struct sl_arena *arena, const struct sl_str **out)
{
    GENERAL_NAMES *names = alternatives(leaf);
    size_t n = 0, most = (size_t)SL_MAX(SL_MIN(sk_GENERAL_NAME_num(names), NAMES_MOST), 0);
    struct sl_str *list = sl_arena_alloc(arena, SL_MAX(most, 1) * sizeof *list);
    for (size_t i = 0; i < most; i++)
        n += name_text(sk_GENERAL_NAME_value(names, (int)i), arena, &list[n]);
    GENERAL_NAMES_free(names);
    *out = list;
    return n;
}

/* constraints.c - see constraints.h. */
#include "pki/constraints.h"

#include "pki/describe.h"
#include "sluice/addr.h"

static struct sl_str text_of(const ASN1_STRING *s)
{
    return sl_str((const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
}

/* "example.com" stands for itself and what is below it, ".example.com" for what is below it only. */
static bool name_below(struct sl_str host, struct sl_str base)
{
    if (base.n == 0)
        return true;
    if (host.n < base.n || !sl_str_ieq(sl_str_sub(host, host.n - base.n, base.n), base))
        return false;
    return host.n == base.n ? base.p[0] != '.' : base.p[0] == '.' || host.p[host.n - base.n - 1] == '.';
}

/* Address and mask behind each other. IPv4 is held in its mapped form here, and in 4 bytes there. */
static bool address_within(struct sl_addr addr, struct sl_str net)
{
    size_t size = sl_addr_is_v4(addr) ? 4 : 16;
    if (net.n != 2 * size)
        return false;
    const uint8_t *bytes = addr.b + sizeof addr.b - size;
    for (size_t i = 0; i < size; i++)
        if ((bytes[i] ^ (uint8_t)net.p[i]) & (uint8_t)net.p[size + i])
            return false;
    return true;
}

/* Names of the host's form: *out_any when there is one, *out_in when the host is within one. */
static void look(const STACK_OF(GENERAL_SUBTREE) * list, struct sl_str host, bool is_addr,
                 struct sl_addr addr, bool *out_any, bool *out_in)
{
    *out_any = *out_in = false;
    for (int i = 0; i < sk_GENERAL_SUBTREE_num(list); i++) {
        const GENERAL_NAME *base = sk_GENERAL_SUBTREE_value(list, i)->base;
        if (base->type != (is_addr ? GEN_IPADD : GEN_DNS))
            continue;
        *out_any = true;
        *out_in |= is_addr ? address_within(addr, text_of(base->d.iPAddress))
                           : name_below(host, text_of(base->d.dNSName));
    }
}

bool constraints_allow(const NAME_CONSTRAINTS *nc, struct sl_str host)
{
    struct sl_addr addr = {0};
    bool is_addr = sl_addr_parse(host, &addr), any, in;
    if (nc == NULL)
        return true;
    look(nc->excludedSubtrees, host, is_addr, addr, &any, &in);
    if (in)
        return false;
    look(nc->permittedSubtrees, host, is_addr, addr, &any, &in);
    return in || !any;
}

char **constraints_names(const STACK_OF(GENERAL_SUBTREE) * list, size_t *out_n)
{
    int count = SL_MAX(sk_GENERAL_SUBTREE_num(list), 0);
    char **names = sl_calloc((size_t)count + 1, sizeof *names);
    *out_n = 0;
    for (int i = 0; i < count; i++) {
        const GENERAL_NAME *base = sk_GENERAL_SUBTREE_value(list, i)->base;
        if (base->type == GEN_DNS)
            names[(*out_n)++] = describe_ascii(base->d.dNSName);
    }
    return names;
}

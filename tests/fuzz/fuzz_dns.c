/* fuzz_dns.c - the messages of name servers. Nothing is invented: an address comes with a time to live, and
 * there are never more than there is room for. */
#include "proxy/net/dns_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const unsigned types[] = {DNS_TYPE_A, DNS_TYPE_AAAA};
    for (size_t i = 0; i < SL_COUNT(types); i++) {
        struct dns_answer a;
        if (!dns_answer_read(data, n, types[i], &a))
            continue;
        sl_assert(a.count <= DNS_ANSWER_MAX);
        sl_assert(a.count == 0 || a.has_ttl);
        for (unsigned k = 0; k < a.count; k++)
            sl_assert(types[i] != DNS_TYPE_A || sl_addr_is_v4(a.addrs[k]));
    }
    return 0;
}

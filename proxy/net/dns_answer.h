/* dns_answer.h - what a name server's message says about one question: the addresses, and how long that or
 * their absence may be remembered. Reads a packet from the network; touches nothing else. */
#ifndef PROXY_NET_DNS_ANSWER_H
#define PROXY_NET_DNS_ANSWER_H

#include "sluice/addr.h"

enum { DNS_ANSWER_MAX = 8, DNS_TYPE_A = 1, DNS_TYPE_AAAA = 28 };

struct dns_answer {
    struct sl_addr addrs[DNS_ANSWER_MAX];
    unsigned count;
    uint32_t ttl_s; /* of all that led to the addresses the least; without any: of the zone's SOA */
    bool has_ttl;
};

/* Addresses of the type that the name of the question has, by way of its aliases. False: the message is not
 * well-formed, and *out says nothing. */
bool dns_answer_read(const uint8_t *message, size_t n, unsigned type, struct dns_answer *out);

#endif

/* addr.h - IP addresses, networks and endpoints as plain values.
 * Every address is 16 bytes; IPv4 is held in its IPv4-mapped form (::ffff:a.b.c.d), so one comparison serves
 * both and a mapped address from the wire cannot be told from, or slip past a rule for, its IPv4 twin. */
#ifndef SLUICE_ADDR_H
#define SLUICE_ADDR_H

#include <sys/socket.h>

#include "sluice/err.h"
#include "sluice/str.h"

struct sl_addr {
    uint8_t b[16]; /* all zero: "no address" is told by sl_addr_none */
};
struct sl_endpoint {
    struct sl_addr addr;
    uint16_t port;  /* host order */
    uint32_t scope; /* IPv6 zone index, else 0 */
};
struct sl_cidr {
    struct sl_addr addr; /* host bits are zero */
    uint8_t bits;        /* 0-128; an IPv4 /n is 96 + n */
};

enum { SL_ADDR_TEXT = 46, SL_ENDPOINT_TEXT = 80 };

bool sl_addr_none(struct sl_addr a); /* all bytes zero: also the address :: */
bool sl_addr_is_v4(struct sl_addr a);
bool sl_addr_eq(struct sl_addr a, struct sl_addr b);
/* Strict text forms: dotted quad, or RFC 4291 IPv6 without brackets or zone. */
bool sl_addr_parse(struct sl_str text, struct sl_addr *out);
/* RFC 5952; returns buf. */
const char *sl_addr_text(struct sl_addr a, char buf[SL_ADDR_TEXT]);

/* "10.0.0.0/8", "2001:db8::/32" or a single address. Host bits that are set are an error naming the network
 * meant. */
bool sl_cidr_parse(struct sl_str text, struct sl_cidr *out, struct sl_err *err);
/* An IPv6 network shorter than /96, ::/0 for one, does not hold IPv4 addresses, although their mapped forms
 * lie in it. */
bool sl_cidr_contains(struct sl_cidr net, struct sl_addr a);
const char *sl_cidr_text(struct sl_cidr net, char buf[SL_ENDPOINT_TEXT]);

/* "127.0.0.1:3128", "[::1]:3128"; port 0-65535. */
bool sl_endpoint_parse(struct sl_str text, struct sl_endpoint *out, struct sl_err *err);
const char *sl_endpoint_text(struct sl_endpoint e, char buf[SL_ENDPOINT_TEXT]);
/* IPv4 becomes sockaddr_in. Returns the length for bind and connect. */
socklen_t sl_endpoint_to_sockaddr(struct sl_endpoint e, struct sockaddr_storage *out);
struct sl_endpoint sl_endpoint_from_sockaddr(const struct sockaddr *sa);

#endif

/* socks.h - SOCKS5 as the one who asks (RFC 1928, login by RFC 1929): what to say, and what was said to us.
 *
 *     socks_begin        which login, which destination
 *     socks_say          the message that is due now
 *     socks_hear         after every read, with all that has not been used yet
 *         SOCKS_MORE     read on
 *         SOCKS_SAY      it was understood: say the next
 *         SOCKS_OPEN     the way is open; what follows `used` comes from the destination
 *         the rest       over; close
 *
 * Strict: a reserved byte that is not zero, a method that was not offered and an unknown type of address are
 * no SOCKS5. No memory, no I/O; the texts are the caller's. */
#ifndef PROXY_PARENT_SOCKS_H
#define PROXY_PARENT_SOCKS_H

#include "sluice/addr.h"

enum { SOCKS_SAY_MAX = 3 + 2 * 255, SOCKS_NAME_MAX = 255, SOCKS_CODE_RULES = 2 };

enum socks_result {
    SOCKS_MORE,
    SOCKS_SAY,
    SOCKS_OPEN,
    SOCKS_INVALID,       /* this is not SOCKS5 */
    SOCKS_LOGIN_REFUSED, /* wrong, or it wants another method than we have */
    SOCKS_REFUSED        /* no way to the destination: code says why */
};

struct socks_target {
    struct sl_str name; /* p NULL: by address; at most SOCKS_NAME_MAX bytes */
    struct sl_addr addr;
    uint16_t port; /* 0: none, the way ends behind the login */
};

struct socks {
    enum { SOCKS_METHOD, SOCKS_LOGIN, SOCKS_CONNECT } step;
    struct sl_str user, password; /* user n 0: none */
    struct socks_target target;
    uint8_t code; /* of SOCKS_REFUSED: 1-8 are known */
};

void socks_begin(struct socks *s, struct sl_str user, struct sl_str password,
                 const struct socks_target *target);
size_t socks_say(const struct socks *s, uint8_t out[SOCKS_SAY_MAX]);
enum socks_result socks_hear(struct socks *s, const uint8_t *p, size_t n, size_t *used);
const char *socks_code_text(uint8_t code); /* "connection not allowed by ruleset" */

#endif

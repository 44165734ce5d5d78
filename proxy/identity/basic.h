/* basic.h - the Basic scheme of RFC 7617: header value -> user and password. Private to proxy/identity. */
#ifndef PROXY_IDENTITY_BASIC_H
#define PROXY_IDENTITY_BASIC_H

#include "proxy/identity/identity.h"

struct basic_credentials {
    struct sl_str user, password; /* views into text */
    char text[IDENTITY_USER_MAX + 1 + IDENTITY_PASSWORD_MAX + 4];
};
/* False when the header is not well-formed Basic: other scheme, bad base64, no colon, empty or overlong user,
 * control bytes, not UTF-8. Wipe *out after use: it holds the password. */
bool basic_read(struct sl_str header, struct basic_credentials *out);
/* `Basic realm="...", charset="UTF-8"` with the realm quoted as RFC 9110 asks. On the heap. */
char *basic_challenge(const char *realm);

#endif

/* guard.h - may a browser have been talked into sending this request? A pure function of what was sent and
 * where it arrived, judged before any handler runs.
 *
 *   Host            the listener's own names only: another name that leads here is DNS rebinding
 *   Origin          when sent with a change: the console's own
 *   Sec-Fetch-Site  when sent with a change: same-origin, or none (typed by the user)
 *   X-CSRF          with a session's change: the token that only its pages can read
 *   Content-Type    with a browser's body: JSON, which no form can send
 *
 * A bearer token or the Unix socket cannot be borrowed by a page, so only Host counts for the one and nothing
 * for the other. */
#ifndef ADMINAPI_GUARD_H
#define ADMINAPI_GUARD_H

#include "sluice/addr.h"
#include "sluice/settings.h"
#include "sluice/str.h"

struct guard_request {
    bool safe;    /* GET or HEAD: changes nothing */
    bool local;   /* Unix socket */
    bool token;   /* a bearer token was sent, so cookies are ignored */
    bool session; /* a cookie proved one */
    bool tls;
    bool body;                                            /* one is announced */
    bool any_type;                                        /* an upload: not JSON */
    struct sl_str host, origin, fetch_site, content_type; /* p NULL when not sent */
    struct sl_str csrf, csrf_expected;
    struct sl_addr here;                /* the address that was called */
    struct sl_str machine;              /* this machine's name */
    const struct conf_texts *hostnames; /* admin.hostnames; NULL: none */
};
enum guard_verdict { GUARD_PASS, GUARD_HOST, GUARD_ORIGIN, GUARD_SITE, GUARD_CSRF, GUARD_TYPE };

enum guard_verdict guard_judge(const struct guard_request *r);
unsigned guard_status(enum guard_verdict v);      /* 421, 403 or 415 */
const char *guard_sentence(enum guard_verdict v); /* what is wrong and what to do */

#endif

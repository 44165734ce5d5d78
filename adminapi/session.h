/* session.h - what a signed-in browser holds: a cookie that proves it and a token that its changes carry.
 * The cookie's secret is in the store only as a hash; the token follows from the secret and is kept nowhere.
 */
#ifndef ADMINAPI_SESSION_H
#define ADMINAPI_SESSION_H

#include "adminapi/api.h"

enum { SESSION_CSRF = 44, SESSION_COOKIE = 160 };

/* The secret in the Cookie field; p NULL when there is none. */
struct sl_str session_secret(struct sl_str cookie_field, bool tls);
void session_csrf(const struct store *store, struct sl_str secret, char out[SESSION_CSRF]);
/* The value of Set-Cookie; secret "" ends the cookie. __Host- needs TLS, which plain loopback has not. */
void session_cookie(struct sl_str secret, bool tls, char out[SESSION_COOKIE]);
/* GET /session: whose it is, what that may do, and where the gateway is. */
json_t *session_json(const struct api_request *req, const struct store_session *session,
                     struct sl_str secret);

#endif

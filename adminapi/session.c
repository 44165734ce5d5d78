/* session.c - see session.h. */
#include "adminapi/session.h"

#include <stdio.h>
#include <unistd.h>

#include "adminapi/cookie.h"
#include "base/crypto.h"

/* What the console shows or hides; the route table is what decides. */
static const struct {
    const char *word;
    enum role least;
} permissions[] = {
    {"figures", ROLE_VIEWER},          {"policy.read", ROLE_VIEWER},   {"log.read", ROLE_AUDITOR},
    {"log.export", ROLE_AUDITOR},      {"changes.read", ROLE_AUDITOR}, {"policy.draft", ROLE_OPERATOR},
    {"learned.decide", ROLE_OPERATOR}, {"ca.write", ROLE_ADMIN},       {"lists.update", ROLE_OPERATOR},
    {"quotas.reset", ROLE_OPERATOR},   {"users.write", ROLE_OPERATOR}, {"tunnels.close", ROLE_OPERATOR},
    {"policy.publish", ROLE_ADMIN},    {"lists.write", ROLE_ADMIN},    {"admins.write", ROLE_ADMIN},
    {"tokens.write", ROLE_ADMIN},      {"settings.read", ROLE_ADMIN},  {"sessions.all", ROLE_ADMIN},
};

static struct sl_str cookie_name(bool tls)
{
    return tls ? SL_STR("__Host-sid") : SL_STR("sid");
}

struct sl_str session_secret(struct sl_str cookie_field, bool tls)
{
    return cookie_value(cookie_field, cookie_name(tls));
}

void session_csrf(const struct store *store, struct sl_str secret, char out[SESSION_CSRF])
{
    uint8_t mac[32];
    struct sl_text named = {0};
    sl_text_add(&named, SL_STR("csrf:"));
    sl_text_add(&named, secret);
    crypto_hmac_sha256(sl_str((const char *)store_secret(store), 32), sl_text_str(&named), mac);
    crypto_base64url(mac, sizeof mac, out);
    crypto_wipe(named.p, named.n);
    sl_text_fini(&named);
}

void session_cookie(struct sl_str secret, bool tls, char out[SESSION_COOKIE])
{
    snprintf(out, SESSION_COOKIE, "%.*s=%.*s; Path=/; HttpOnly; SameSite=Strict%s%s",
             SL_FMT(cookie_name(tls)), SL_FMT(secret), tls ? "; Secure" : "", secret.n ? "" : "; Max-Age=0");
}

static json_t *permissions_of(enum role role)
{
    json_t *words = json_array();
    for (size_t i = 0; i < SL_COUNT(permissions); i++)
        if (role >= permissions[i].least)
            json_array_append_new(words, json_string(permissions[i].word));
    return words;
}

static json_t *proxy_addresses(const struct api_context *ctx)
{
    json_t *list = ctx->hooks.listeners ? ctx->hooks.listeners(ctx->hooks.arg) : NULL;
    return list ? list : json_array();
}

json_t *session_json(const struct api_request *req, const struct store_session *session, struct sl_str secret)
{
    const struct api_context *ctx = req->ctx;
    const int64_t idle_us = (int64_t)SESSION_IDLE_S * 1000000, life_us = (int64_t)SESSION_LIFE_S * 1000000;
    char csrf[SESSION_CSRF], machine[256] = "";
    int64_t expires_us = session->created_us + life_us;
    gethostname(machine, sizeof machine - 1);
    session_csrf(ctx->store, secret, csrf);
    return json_pack("{s:s, s:s, s:o, s:s, s:b, s:s, s:I, s:i, s:o, s:o, s:o, s:s, s:b, s:o, s:s}", "name",
                     session->admin, "role", role_word(session->role), "permissions",
                     permissions_of(session->role), "csrf", csrf, "must_change_password",
                     session->must_change, "version", SLUICE_VERSION, "policy_version",
                     (json_int_t)store_policy_version(ctx->store), "idle_s", SESSION_IDLE_S, "created",
                     reply_time(session->created_us), "expires", reply_time(expires_us), "idle_expires",
                     reply_time(SL_MIN(session->seen_us + idle_us, expires_us)), "host", machine, "tls",
                     req->tls, "proxy", proxy_addresses(ctx), "page_host", req->settings->proxy.page_host);
}

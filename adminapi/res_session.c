/* res_session.c - signing in and out, one's own password, and who is signed in. */
#include "adminapi/attempts.h"
#include "adminapi/resources.h"
#include "adminapi/session.h"
#include "base/crypto.h"
#include "sluice/clock.h"

static void give_session(struct api_request *req, struct api_reply *reply,
                         const struct store_session *session, struct sl_str secret, bool new_cookie)
{
    if (new_cookie)
        session_cookie(secret, req->tls, reply->cookie);
    reply_json(reply, 200, session_json(req, session, secret));
}

/* Ends what the browser held before, then begins anew: an id never survives a change of what it stands for.
 */
static void begin_session(struct api_request *req, struct api_reply *reply, bool sign_in)
{
    char secret[SESSION_SECRET];
    struct store_session session;
    struct sl_err err = {0};
    struct store *store = req->ctx->store;
    if (req->session)
        store_session_end(store, sl_cstr(req->session->id), sl_cstr(req->session->admin), &req->actor, NULL);
    if (store_session_open(store, &req->actor, req->user_agent, sign_in, sl_wall_us(), secret, &session,
                           &err))
        give_session(req, reply, &session, sl_cstr(secret), true);
    else
        reply_error(reply, &err);
    crypto_wipe(secret, sizeof secret);
}

static void too_early(struct api_reply *reply, unsigned wait_s)
{
    reply_problem(reply, 429, "too many attempts failed; try again in %u second%s", wait_s,
                  wait_s == 1 ? "" : "s");
    reply->retry_after_s = wait_s;
}

/* A row of failures is worth a line in the change log, with the name only when it is one: people type
 * passwords into the wrong field. */
static void note_failure(struct api_request *req, struct sl_str name)
{
    unsigned failures = attempts_failed(req->ctx->attempts, name, req->actor.source, sl_monotonic_us());
    enum role role;
    if (failures == 0)
        return;
    bool known = store_admin_role(req->ctx->store, name, &role);
    struct actor nobody = {SL_STR("nobody"), req->actor.source};
    store_change_note(req->ctx->store, &nobody, "session.failures", known ? name : SL_STR(""), NULL,
                      json_pack("{s:i, s:b}", "failures", (int)failures, "known_account", known), NULL);
}

/* True when name and password prove an account; else 429 or the refusal is in reply. An unknown name costs
 * what a wrong password costs. */
static bool prove(struct api_request *req, struct api_reply *reply, struct sl_str name,
                  struct sl_str password, unsigned refusal, const char *sentence)
{
    struct attempts *attempts = req->ctx->attempts;
    enum role role;
    unsigned wait_s = attempts_begin(attempts, name, req->actor.source, sl_monotonic_us());
    if (wait_s > 0) {
        too_early(reply, wait_s);
        return false;
    }
    if (store_admin_verify(req->ctx->store, name, password, &role)) {
        attempts_succeeded(attempts, name, req->actor.source);
        return true;
    }
    note_failure(req, name);
    reply_problem(reply, refusal, "%s", sentence);
    return false;
}

void session_begin(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"name", "password", NULL};
    json_t *body = body_object(req, reply, allowed);
    struct sl_str name, password;
    if (body == NULL)
        return;
    if (body_text(body, "name", &name, reply) && body_text(body, "password", &password, reply) &&
        prove(req, reply, name, password, 401, "this name and this password do not belong together")) {
        req->actor.name = name;
        begin_session(req, reply, true);
    }
    json_decref(body);
}

/* A script has no session: its token is all it has. */
static bool has_session(const struct api_request *req, struct api_reply *reply)
{
    if (req->session == NULL)
        reply_problem(reply, 403, "a token or the local socket has no session; sign in with POST /session");
    return req->session != NULL;
}

/* A page that only wants to know whether to show the sign-in form asks with optional=true: there, that nobody
 * is signed in is no failure. */
void session_show(struct api_request *req, struct api_reply *reply)
{
    if (req->role == ROLE_NONE && sl_str_eq(query_text(req, "optional"), SL_STR("true")))
        reply_empty(reply, 204);
    else if (req->role == ROLE_NONE)
        reply_login_needed(reply);
    else if (has_session(req, reply))
        give_session(req, reply, req->session, req->session_secret, false);
}

void session_leave(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    if (!has_session(req, reply))
        return;
    if (!store_session_end(req->ctx->store, sl_cstr(req->session->id), sl_cstr(req->session->admin),
                           &req->actor, &err)) {
        reply_error(reply, &err);
        return;
    }
    session_cookie(SL_STR(""), req->tls, reply->cookie);
    reply_empty(reply, 204);
}

static bool new_password_good(struct api_reply *reply, struct sl_str current, struct sl_str new)
{
    struct sl_err err = {0};
    if (!store_admin_password_good(new, &err))
        reply_problem(reply, 422, "%s", err.msg);
    else if (sl_str_eq(current, new))
        reply_problem(reply, 422, "the new password is the current one");
    else
        return true;
    return false;
}

static void change_password(struct api_request *req, struct api_reply *reply, struct sl_str new)
{
    const struct admin_edit edit = {.password = new, .set_must_change = true};
    struct sl_err err = {0};
    if (store_admin_put(req->ctx->store, req->actor.name, &edit, &req->actor, &err)) {
        req->session = NULL; /* it ended with the old password, like all others of the account */
        begin_session(req, reply, false);
    } else {
        reply_error(reply, &err);
    }
}

void session_password(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"current", "new", NULL};
    struct sl_str current, new;
    json_t *body = has_session(req, reply) ? body_object(req, reply, allowed) : NULL;
    if (body == NULL)
        return;
    if (body_text(body, "current", &current, reply) && body_text(body, "new", &new, reply) &&
        prove(req, reply, req->actor.name, current, 403, "the current password is another one") &&
        new_password_good(reply, current, new))
        change_password(req, reply, new);
    json_decref(body);
}

void sessions_all(struct api_request *req, struct api_reply *reply)
{
    struct sl_str whose = req->role == ROLE_ADMIN ? (struct sl_str){0} : req->actor.name;
    struct sl_err err = {0};
    json_t *items, *item;
    size_t i;
    if (!store_session_list(req->ctx->store, whose, sl_wall_us(), &items, &err)) {
        reply_error(reply, &err);
        return;
    }
    json_array_foreach(items, i, item)
    {
        const char *id = json_string_value(json_object_get(item, "id"));
        json_object_set_new(item, "current", json_boolean(req->session && strcmp(id, req->session->id) == 0));
    }
    reply_json(reply, 200, json_pack("{s:o}", "items", items));
}

void sessions_end(struct api_request *req, struct api_reply *reply)
{
    struct sl_str whose = req->role == ROLE_ADMIN ? (struct sl_str){0} : req->actor.name;
    struct sl_err err = {0};
    if (store_session_end(req->ctx->store, req->params[0], whose, &req->actor, &err))
        reply_empty(reply, 204);
    else
        reply_error(reply, &err);
}

/* caller.c - see caller.h. */
#include "adminapi/caller.h"

#include <pwd.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adminapi/guard.h"
#include "adminapi/session.h"
#include "sluice/clock.h"

#define FIELD(member) offsetof(struct caller_head, member)

static const struct {
    const char *name;
    size_t at;
    bool list; /* may come in several fields; the first is enough for us */
} fields[] = {
    {"Host", FIELD(host), false},
    {"Origin", FIELD(origin), false},
    {"Sec-Fetch-Site", FIELD(fetch_site), false},
    {"X-CSRF", FIELD(csrf), false},
    {"X-Background", FIELD(background), true},
    {"Content-Type", FIELD(content_type), false},
    {"Content-Length", FIELD(content_length), false},
    {"Transfer-Encoding", FIELD(transfer_encoding), true},
    {"Cookie", FIELD(cookie), false},
    {"Authorization", FIELD(authorization), false},
    {"User-Agent", FIELD(user_agent), true},
    {"If-Match", FIELD(if_match), true},
    {"If-None-Match", FIELD(if_none_match), true},
    {"Accept-Encoding", FIELD(accept_encoding), true},
};

void caller_field(struct caller_head *head, struct sl_str name, struct sl_str value)
{
    for (size_t i = 0; i < SL_COUNT(fields); i++) {
        struct sl_str *slot = (struct sl_str *)((char *)head + fields[i].at);
        if (!sl_str_ieq(name, sl_cstr(fields[i].name)))
            continue;
        if (slot->p == NULL)
            *slot = value.p ? value : SL_STR("");
        else if (!fields[i].list)
            head->twice = fields[i].name;
        return;
    }
}

void caller_local(struct api_request *req, int fd)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    struct passwd entry, *found = NULL;
    char buf[1024];
    req->role = ROLE_ADMIN;
    req->actor = (struct actor){SL_STR("cli"), SL_STR("local")};
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return;
    const char *name = getpwuid_r(peer.uid, &entry, buf, sizeof buf, &found) == 0 && found
                           ? sl_arena_printf(&req->arena, "cli:%s", found->pw_name)
                           : sl_arena_printf(&req->arena, "cli:%u", (unsigned)peer.uid);
    req->actor.name = sl_cstr(name);
}

static void identify_token(struct api_request *req, struct sl_str authorization)
{
    char name[128], account[128];
    struct sl_str token = sl_str_trim(sl_str_sub(authorization, strlen("Bearer "), authorization.n));
    if (!store_token_verify(req->ctx->store, token, &req->role, name, account)) {
        req->role = ROLE_NONE;
        return;
    }
    req->actor.name = sl_cstr(sl_arena_printf(&req->arena, "token:%s", name));
    req->actor.account = sl_arena_str(&req->arena, sl_cstr(account));
}

/* A page that only refreshes itself says so (X-Background) and does not keep an idle session alive. */
static void identify_session(struct api_request *req, const struct caller_head *head)
{
    struct store_session *session = sl_arena_zalloc(&req->arena, sizeof *session);
    struct sl_str secret = session_secret(head->cookie, req->tls);
    if (secret.p == NULL ||
        !store_session_find(req->ctx->store, secret, sl_wall_us(), head->background.p == NULL, session))
        return;
    req->session = session;
    req->session_secret = secret;
    req->role = session->role;
    req->actor.name = sl_cstr(session->admin);
}

static bool is_bearer(const struct caller_head *head)
{
    return sl_str_istarts(head->authorization, SL_STR("Bearer "));
}

void caller_remote(struct api_request *req, const struct caller_head *head, struct sl_addr source)
{
    char text[SL_ADDR_TEXT];
    req->actor =
        (struct actor){SL_STR("nobody"), sl_arena_str(&req->arena, sl_cstr(sl_addr_text(source, text)))};
    if (is_bearer(head))
        identify_token(req, head->authorization);
    else
        identify_session(req, head);
}

bool caller_trusted(const struct api_request *req, const struct caller_head *head,
                    const struct caller_case *c, struct api_reply *reply)
{
    char machine[256] = "", csrf[SESSION_CSRF] = "";
    if (head->twice) {
        reply_problem(reply, 400, "the field %s is there twice", head->twice);
        return false;
    }
    gethostname(machine, sizeof machine - 1);
    if (req->session)
        session_csrf(req->ctx->store, req->session_secret, csrf);
    const struct guard_request r = {
        .safe = sl_str_eq(req->method, SL_STR("GET")) || sl_str_eq(req->method, SL_STR("HEAD")),
        .local = c->local,
        .token = is_bearer(head),
        .session = req->session && c->by_session,
        .tls = req->tls,
        .body = c->body,
        .any_type = c->any_type,
        .host = head->host,
        .origin = head->origin,
        .fetch_site = head->fetch_site,
        .content_type = head->content_type,
        .csrf = head->csrf,
        .csrf_expected = sl_cstr(csrf),
        .here = c->here,
        .machine = sl_cstr(machine),
        .hostnames = &req->settings->admin.hostnames,
    };
    enum guard_verdict v = guard_judge(&r);
    if (v != GUARD_PASS)
        reply_problem(reply, guard_status(v), "%s", guard_sentence(v));
    return v == GUARD_PASS;
}

/* adminapi.c - the library's life: sockets, context, and calls without a transport. See sluice/adminapi.h. */
#include "sluice/adminapi.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "adminapi/attempts.h"
#include "adminapi/certificate.h"
#include "adminapi/jobs.h"
#include "adminapi/resources.h"
#include "adminapi/retrace.h"
#include "adminapi/route.h"
#include "adminapi/server.h"
#include "adminapi/site.h"
#include "sluice/clock.h"
#include "sluice/figures.h"

enum { TCP_LISTENERS = 8, BACKLOG = 128 };

struct adminapi {
    struct api_context ctx;
    struct server *server;
    struct sl_endpoint endpoints[TCP_LISTENERS];
    size_t endpoint_count;
    char *socket_path;
    struct certificate certificate; /* libmicrohttpd reads it while it runs */
};

static bool listen_tcp(const char *text, struct sl_endpoint *out_real, int *out_fd, struct sl_err *err)
{
    struct sockaddr_storage sa;
    struct sl_endpoint want;
    int on = 1;
    if (!sl_endpoint_parse(sl_cstr(text), &want, err))
        return sl_fail_in(err, "admin.listen: ");
    socklen_t len = sl_endpoint_to_sockaddr(want, &sa);
    int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return sl_fail_errno(err, SL_IO, errno, "admin.listen %s", text);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (sa.ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&sa, len) != 0 || listen(fd, BACKLOG) != 0) {
        int why = errno;
        close(fd);
        return sl_fail_errno(err, SL_IO, why, "admin.listen %s", text);
    }
    len = sizeof sa;
    getsockname(fd, (struct sockaddr *)&sa, &len);
    *out_real = sl_endpoint_from_sockaddr((struct sockaddr *)&sa);
    *out_fd = fd;
    return true;
}

/* A left-over socket of a dead gateway is replaced: the state directory's lock says that no other one lives.
 */
static bool listen_local(const char *path, int *out_fd, struct sl_err *err)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof sa.sun_path)
        return sl_fail(err, SL_BAD_INPUT,
                       "state.directory is too long: the socket %s has to fit in %zu bytes", path,
                       sizeof sa.sun_path - 1);
    memcpy(sa.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return sl_fail_errno(err, SL_IO, errno, "socket %s", path);
    unlink(path);
    fchmod(fd, 0600); /* before bind: nobody else ever sees it open */
    if (bind(fd, (struct sockaddr *)&sa, sizeof sa) != 0 || chmod(path, 0600) != 0 ||
        listen(fd, BACKLOG) != 0) {
        int why = errno;
        close(fd);
        return sl_fail_errno(err, SL_IO, why, "socket %s", path);
    }
    *out_fd = fd;
    return true;
}

static bool open_listeners(struct adminapi *api, const struct adminapi_config *cfg,
                           struct server_listener *fds, size_t *count, struct sl_err *err)
{
    const struct conf_texts *listen_on = &cfg->settings->admin.listen;
    if (cfg->tcp && listen_on->count > TCP_LISTENERS)
        return sl_fail(err, SL_LIMIT, "admin.listen: at most %d addresses", TCP_LISTENERS);
    for (size_t i = 0; cfg->tcp && i < listen_on->count; i++) {
        if (!listen_tcp(listen_on->items[i], &api->endpoints[i], &fds[*count].fd, err))
            return false;
        fds[(*count)++].local = false;
        api->endpoint_count++;
    }
    if (cfg->socket_path) {
        if (!listen_local(cfg->socket_path, &fds[*count].fd, err))
            return false;
        fds[(*count)++].local = true;
        api->socket_path = sl_strdup(cfg->socket_path);
    }
    return true;
}

bool adminapi_start(const struct adminapi_config *cfg, struct adminapi **out, struct sl_err *err)
{
    struct server_listener fds[TCP_LISTENERS + 1];
    size_t count = 0;
    struct adminapi *api = sl_calloc(1, sizeof *api);
    api->ctx = (struct api_context){.settings = cfg->settings,
                                    .settings_file = cfg->settings_file,
                                    .store = cfg->store,
                                    .audit = cfg->audit,
                                    .hooks = cfg->hooks,
                                    .jobs = jobs_new(),
                                    .attempts = attempts_new(),
                                    .retrace = retrace_new(),
                                    .figures = figures_cache_new(0),
                                    .started_us = sl_wall_us()};
    bool listens = cfg->tcp || cfg->socket_path;
    bool ok =
        (!cfg->tcp || certificate_open(cfg->settings, sl_wall_us() / 1000000, &api->certificate, err)) &&
        (!listens || site_load(cfg->settings->admin.console, &api->ctx.site, err)) &&
        open_listeners(api, cfg, fds, &count, err);
    if (!ok) {
        while (count > 0)
            close(fds[--count].fd);
    } else if (count > 0) {
        ok = server_start(&api->ctx, fds, count, api->certificate.chain, api->certificate.key, &api->server,
                          err);
    }
    if (ok)
        *out = api;
    else
        adminapi_stop(&api);
    return ok;
}

void adminapi_stop(struct adminapi **ref)
{
    struct adminapi *api = *ref;
    if (api == NULL)
        return;
    if (api->socket_path)
        unlink(api->socket_path);
    server_stop(&api->server);
    jobs_free(&api->ctx.jobs);
    attempts_free(&api->ctx.attempts);
    retrace_free(&api->ctx.retrace);
    figures_cache_free(&api->ctx.figures);
    site_free(&api->ctx.site);
    free(api->socket_path);
    certificate_fini(&api->certificate);
    free(api);
    *ref = NULL;
}

void adminapi_tick(struct adminapi *api, int64_t now_us)
{
    lists_update_due(&api->ctx, now_us);
}

bool adminapi_listener(const struct adminapi *api, size_t i, struct sl_endpoint *out)
{
    if (i >= api->endpoint_count)
        return false;
    *out = api->endpoints[i];
    return true;
}

const char *adminapi_fingerprint(const struct adminapi *api, bool *out_made)
{
    *out_made = api->certificate.made;
    return api->certificate.chain ? api->certificate.fingerprint : NULL;
}

static void dispatch(struct adminapi *api, struct sl_str actor, struct sl_str method, struct sl_str path,
                     struct sl_str body, struct api_reply *reply)
{
    struct api_request req = {.ctx = &api->ctx, .method = method, .body = body, .role = ROLE_ADMIN};
    size_t mark = sl_str_find(path, '?');
    sl_arena_init(&req.arena, 0);
    req.actor = (struct actor){actor, SL_STR("local")};
    req.path = sl_str_sub(path, 0, mark);
    route_dispatch(&req, mark < path.n ? sl_str_sub(path, mark + 1, path.n) : SL_STR(""), reply);
    sl_arena_fini(&req.arena);
}

static bool into_text(void *arg, struct sl_str piece)
{
    sl_text_add(arg, piece);
    return true;
}

void adminapi_call(struct adminapi *api, struct sl_str actor, struct sl_str method, struct sl_str path,
                   struct sl_str body, struct adminapi_answer *out)
{
    struct api_reply reply = {.status = 500};
    *out = (struct adminapi_answer){0};
    dispatch(api, actor, method, path, body, &reply);
    if (reply.stream)
        reply.stream(reply.stream_arg, into_text, &reply.body);
    out->status = reply.status;
    snprintf(out->content_type, sizeof out->content_type, "%s", reply.content_type ? reply.content_type : "");
    out->body = reply.body;
    reply.body = (struct sl_text){0};
    reply_fini(&reply);
}

unsigned adminapi_call_stream(struct adminapi *api, struct sl_str actor, struct sl_str method,
                              struct sl_str path, struct sl_str body,
                              bool (*each)(void *arg, struct sl_str piece), void *arg)
{
    struct api_reply reply = {.status = 500};
    dispatch(api, actor, method, path, body, &reply);
    unsigned status = reply.status;
    if (reply.stream)
        reply.stream(reply.stream_arg, each, arg);
    else if (reply.body.n > 0)
        each(arg, sl_text_str(&reply.body));
    reply_fini(&reply);
    return status;
}

void adminapi_answer_fini(struct adminapi_answer *a)
{
    sl_text_fini(&a->body);
}

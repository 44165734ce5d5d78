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
#include "adminapi/present.h"
#include "adminapi/resources.h"
#include "adminapi/retrace.h"
#include "adminapi/route.h"
#include "adminapi/server.h"
#include "adminapi/site.h"
#include "sluice/clock.h"
#include "sluice/figures.h"

enum { TCP_LISTENERS = 8, BACKLOG = 128 };

/* One entry of admin.listen. */
struct door {
    char *words;                   /* as written */
    struct sl_endpoint wanted, at; /* as written; where it really is */
    struct endpoint *endpoint;
    bool kept; /* of a change: the endpoint is that of the running one */
};
struct doors {
    struct door items[TCP_LISTENERS];
    size_t count;
};

struct adminapi {
    struct api_context ctx;
    struct server *server;
    struct endpoint *local; /* the Unix socket */
    char *socket_path;
    pthread_mutex_t lock; /* what follows */
    struct doors doors;
    struct certificate certificate;
};

struct adminapi_change {
    struct present *present;
    struct doors doors;
    struct certificate certificate;
};

static bool listen_tcp(struct door *d, int *out_fd, struct sl_err *err)
{
    struct sockaddr_storage sa;
    const char *text = d->words;
    int on = 1;
    socklen_t len = sl_endpoint_to_sockaddr(d->wanted, &sa);
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
    d->at = sl_endpoint_from_sockaddr((struct sockaddr *)&sa);
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

/* ---- the listeners of some settings ---- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_certificate(const struct certificate *a, const struct certificate *b)
{
    return same_text(a->chain, b->chain) && same_text(a->key, b->key);
}

/* The running one of this address that is not used yet: with port 0 several may have the same. */
static const struct door *running_at(const struct doors *running, struct sl_endpoint wanted,
                                     const struct doors *taken)
{
    for (size_t i = 0; running && i < running->count; i++) {
        const struct door *d = &running->items[i];
        bool used = false;
        for (size_t k = 0; k < taken->count; k++)
            used |= taken->items[k].at.port == d->at.port && sl_addr_eq(taken->items[k].at.addr, d->at.addr);
        if (!used && d->wanted.port == wanted.port && sl_addr_eq(d->wanted.addr, wanted.addr))
            return d;
    }
    return NULL;
}

/* The same address with another certificate is another server on the same socket: nobody is refused. */
static bool open_door(struct adminapi *api, struct door *d, const struct door *running, struct sockets *given,
                      const struct certificate *certificate, struct sl_err *err)
{
    struct server_listener l = {.fd = -1};
    if (running) {
        d->at = running->at;
        l.fd = server_share(running->endpoint);
    } else {
        l.fd = sockets_take(given, "admin", d->wanted, &d->at);
        if (l.fd < 0 && !listen_tcp(d, &l.fd, err))
            return false;
    }
    return server_open(api->server, &l, certificate->chain, certificate->key, &d->endpoint, err);
}

static bool open_doors(struct adminapi *api, const struct settings *s, const struct certificate *certificate,
                       bool same, struct sockets *given, struct doors *out, struct sl_err *err)
{
    const struct conf_texts *entries = &s->admin.listen;
    if (entries->count > TCP_LISTENERS)
        return sl_fail(err, SL_LIMIT, "admin.listen: at most %d addresses", TCP_LISTENERS);
    for (size_t i = 0; i < entries->count; i++) {
        struct door *d = &out->items[out->count];
        struct sl_endpoint wanted;
        if (!sl_endpoint_parse(sl_cstr(entries->items[i]), &wanted, err))
            return sl_fail_in(err, "admin.listen: ");
        const struct door *running = running_at(&api->doors, wanted, out);
        *d = (struct door){.words = sl_strdup(entries->items[i]), .wanted = wanted};
        out->count++;
        if (running && same) {
            d->at = running->at;
            d->endpoint = running->endpoint;
            d->kept = true;
        } else if (!open_door(api, d, running, given, certificate, err)) {
            return false;
        }
    }
    return true;
}

static bool listens_at(const struct doors *doors, struct sl_endpoint at)
{
    for (size_t i = 0; i < doors->count; i++)
        if (doors->items[i].endpoint && doors->items[i].at.port == at.port &&
            sl_addr_eq(doors->items[i].at.addr, at.addr))
            return true;
    return false;
}

/* Ends those endpoints that `others` has not, and the list. */
static void close_doors(struct doors *doors, const struct doors *others)
{
    for (size_t i = 0; i < doors->count; i++) {
        struct door *d = &doors->items[i];
        bool shared = false;
        for (size_t k = 0; k < others->count; k++)
            shared |= others->items[k].endpoint == d->endpoint;
        if (!shared)
            server_retire(&d->endpoint, !listens_at(others, d->at));
        free(d->words);
    }
    doors->count = 0;
}

static bool open_local(struct adminapi *api, const char *path, struct sockets *given, struct sl_err *err)
{
    struct server_listener l = {.local = true};
    if (path == NULL)
        return true;
    l.fd = sockets_take_local(given, "local");
    if (l.fd < 0 && !listen_local(path, &l.fd, err))
        return false;
    api->socket_path = sl_strdup(path);
    return server_open(api->server, &l, NULL, NULL, &api->local, err);
}

/* ---- life ---- */

static bool open_listeners(struct adminapi *api, const struct adminapi_config *cfg, struct sl_err *err)
{
    struct site *site = NULL;
    bool listens = cfg->tcp || cfg->socket_path;
    if (listens && !site_load(cfg->settings->admin.console, &site, err))
        return false;
    api->ctx.present = present_new(cfg->settings, site);
    if (!listens)
        return true;
    return server_start(&api->ctx, &api->server, err) &&
           (!cfg->tcp ||
            (certificate_open(cfg->settings, sl_wall_us() / 1000000, &api->certificate, err) &&
             open_doors(api, cfg->settings, &api->certificate, false, cfg->given, &api->doors, err))) &&
           open_local(api, cfg->socket_path, cfg->given, err);
}

bool adminapi_start(const struct adminapi_config *cfg, struct adminapi **out, struct sl_err *err)
{
    struct adminapi *api = sl_calloc(1, sizeof *api);
    api->ctx = (struct api_context){.settings_file = cfg->settings_file,
                                    .store = cfg->store,
                                    .audit = cfg->audit,
                                    .ca = cfg->ca,
                                    .faulty = cfg->faulty,
                                    .hooks = cfg->hooks,
                                    .jobs = jobs_new(),
                                    .attempts = attempts_new(),
                                    .retrace = retrace_new(),
                                    .figures = figures_cache_new(0),
                                    .started_us = sl_wall_us()};
    pthread_mutex_init(&api->ctx.present_lock, NULL);
    pthread_mutex_init(&api->lock, NULL);
    bool ok = open_listeners(api, cfg, err);
    if (ok)
        *out = api;
    else
        adminapi_stop(&api);
    return ok;
}

void adminapi_stop(struct adminapi **ref)
{
    if (*ref && (*ref)->socket_path)
        unlink((*ref)->socket_path);
    adminapi_leave(ref);
}

void adminapi_leave(struct adminapi **ref)
{
    struct adminapi *api = *ref;
    if (api == NULL)
        return;
    server_stop(&api->server);
    jobs_free(&api->ctx.jobs);
    attempts_free(&api->ctx.attempts);
    retrace_free(&api->ctx.retrace);
    figures_cache_free(&api->ctx.figures);
    present_unref(&api->ctx.present);
    for (size_t i = 0; i < api->doors.count; i++)
        free(api->doors.items[i].words);
    free(api->socket_path);
    certificate_fini(&api->certificate);
    pthread_mutex_destroy(&api->ctx.present_lock);
    pthread_mutex_destroy(&api->lock);
    free(api);
    *ref = NULL;
}

/* ---- another configuration ---- */

bool adminapi_prepare(struct adminapi *api, const struct settings *s, struct adminapi_change **out,
                      struct sl_err *err)
{
    struct adminapi_change *c = sl_calloc(1, sizeof *c);
    struct site *site = NULL;
    *out = c;
    if (site_load(s->admin.console, &site, err)) {
        c->present = present_new(s, site);
        if (certificate_open(s, sl_wall_us() / 1000000, &c->certificate, err) &&
            open_doors(api, s, &c->certificate, same_certificate(&c->certificate, &api->certificate), NULL,
                       &c->doors, err))
            return true;
    }
    adminapi_abandon(api, out);
    return false;
}

static void change_free(struct adminapi_change **ref)
{
    present_unref(&(*ref)->present);
    certificate_fini(&(*ref)->certificate);
    sl_freep(ref);
}

void adminapi_abandon(struct adminapi *api, struct adminapi_change **ref)
{
    if (*ref == NULL)
        return;
    close_doors(&(*ref)->doors, &api->doors);
    change_free(ref);
}

void adminapi_commit(struct adminapi *api, struct adminapi_change **ref)
{
    struct adminapi_change *c = *ref;
    struct doors old = api->doors;
    struct certificate certificate = api->certificate;
    present_replace(&api->ctx, c->present);
    c->present = NULL;
    pthread_mutex_lock(&api->lock);
    api->doors = c->doors;
    api->certificate = c->certificate;
    pthread_mutex_unlock(&api->lock);
    close_doors(&old, &api->doors);
    c->certificate = certificate;
    change_free(ref);
}

void adminapi_tick(struct adminapi *api, int64_t now_us)
{
    lists_update_due(&api->ctx, now_us);
    server_tidy(api->server);
}

bool adminapi_listener(struct adminapi *api, size_t i, struct sl_endpoint *out)
{
    pthread_mutex_lock(&api->lock);
    bool there = i < api->doors.count;
    if (there)
        *out = api->doors.items[i].at;
    pthread_mutex_unlock(&api->lock);
    return there;
}

void adminapi_sockets(struct adminapi *api, void (*each)(void *arg, const char *name, int fd), void *arg)
{
    for (size_t i = 0; i < api->doors.count; i++)
        each(arg, "admin", server_fd(api->doors.items[i].endpoint));
    if (api->local)
        each(arg, "local", server_fd(api->local));
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
    struct present *present = present_of(&api->ctx);
    size_t mark = sl_str_find(path, '?');
    req.settings = present->settings;
    sl_arena_init(&req.arena, 0);
    req.actor = (struct actor){actor, SL_STR("local")};
    req.path = sl_str_sub(path, 0, mark);
    route_dispatch(&req, mark < path.n ? sl_str_sub(path, mark + 1, path.n) : SL_STR(""), reply);
    sl_arena_fini(&req.arena);
    present_unref(&present);
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

/* server.c - see server.h.
 *
 *   socket -> libmicrohttpd's threads -> struct call -> route_dispatch -> struct api_reply -> response
 *
 * One daemon per listener with a small pool of threads of its own; the data plane is never asked to wait for
 * them. A streamed answer (an export) is made by a thread that writes into a pipe, so it needs constant
 * memory and ends when the client goes. */
#include "adminapi/server.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adminapi/route.h"
#include "sluice/log.h"

enum {
    THREADS = 2,
    CONNECTIONS = 256,
    IDLE_S = 60,
    STREAMS = 4,
    CONNECTION_MEMORY = 32 * 1024,
    LISTENERS = 16
};

struct endpoint {
    struct server *server;
    struct MHD_Daemon *daemon;
    bool local;
};
struct server {
    struct api_context *ctx;
    struct endpoint endpoints[LISTENERS];
    size_t count;
    pthread_mutex_t lock;
    pthread_cond_t stream_ended;
    unsigned streams;
};

/* One request on its way; lives from the first byte of its URI until the answer is gone. */
struct call {
    char *uri;
    struct sl_text body;
    bool seen, too_large;
};

static void *call_begin(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct call *call = sl_calloc(1, sizeof *call);
    call->uri = sl_strdup(uri);
    return call;
}

static void call_end(void *cls, struct MHD_Connection *connection, void **con_cls,
                     enum MHD_RequestTerminationCode code)
{
    struct call *call = *con_cls;
    if (call == NULL)
        return;
    sl_text_fini(&call->body);
    free(call->uri);
    free(call);
    *con_cls = NULL;
}

/* Paths are decoded segment by segment by the router, so libmicrohttpd must leave them alone. */
static size_t keep_escapes(void *cls, struct MHD_Connection *connection, char *text)
{
    return strlen(text);
}

/* ---- who calls ---- */

static void identify_local(struct MHD_Connection *connection, struct api_request *req)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct ucred peer;
    socklen_t len = sizeof peer;
    struct passwd entry, *found = NULL;
    char buf[1024];
    req->role = ROLE_ADMIN;
    req->actor = (struct actor){SL_STR("cli"), SL_STR("local")};
    if (info == NULL || getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return;
    const char *name = getpwuid_r(peer.uid, &entry, buf, sizeof buf, &found) == 0 && found
                           ? sl_arena_printf(&req->arena, "cli:%s", found->pw_name)
                           : sl_arena_printf(&req->arena, "cli:%u", (unsigned)peer.uid);
    req->actor.name = sl_cstr(name);
}

static void identify_token(struct MHD_Connection *connection, struct api_request *req)
{
    const char *field = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    char source[SL_ADDR_TEXT] = "unknown", name[128];
    if (info && info->client_addr)
        sl_addr_text(sl_endpoint_from_sockaddr(info->client_addr).addr, source);
    req->actor = (struct actor){SL_STR("nobody"), sl_arena_str(&req->arena, sl_cstr(source))};
    struct sl_str token = sl_cstr(field);
    if (!sl_str_istarts(token, SL_STR("Bearer ")))
        return;
    token = sl_str_trim(sl_str_sub(token, 7, token.n));
    if (!store_token_verify(req->ctx->store, token, &req->role, name)) {
        req->role = ROLE_NONE;
        return;
    }
    req->actor.name = sl_cstr(sl_arena_printf(&req->arena, "token:%s", name));
}

/* ---- answers ---- */

struct stream {
    struct server *server;
    int fd;
    void (*run)(void *arg, bool (*sink)(void *sink_arg, struct sl_str piece), void *sink_arg);
    void *arg;
    void (*arg_free)(void *arg);
};

static bool write_piece(void *arg, struct sl_str piece)
{
    const struct stream *stream = arg;
    while (piece.n > 0) {
        ssize_t n = write(stream->fd, piece.p, piece.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        piece = sl_str_sub(piece, (size_t)n, piece.n);
    }
    return true;
}

static void *stream_main(void *arg)
{
    struct stream *stream = arg;
    struct server *server = stream->server;
    stream->run(stream->arg, write_piece, stream);
    stream->arg_free(stream->arg);
    close(stream->fd);
    free(stream);
    pthread_mutex_lock(&server->lock);
    server->streams--;
    pthread_cond_broadcast(&server->stream_ended);
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

/* Starts the thread that makes the body; NULL with the problem in reply when there is no room for one more.
 */
static struct MHD_Response *stream_response(struct server *server, struct api_reply *reply)
{
    int ends[2] = {-1, -1};
    pthread_t thread;
    pthread_mutex_lock(&server->lock);
    bool room = server->streams < STREAMS;
    server->streams += room;
    pthread_mutex_unlock(&server->lock);
    if (room && pipe2(ends, O_CLOEXEC) == 0) {
        struct stream *stream = sl_malloc(sizeof *stream);
        *stream = (struct stream){server, ends[1], reply->stream, reply->stream_arg, reply->stream_free};
        if (pthread_create(&thread, NULL, stream_main, stream) == 0) {
            pthread_detach(thread);
            reply->stream_arg = NULL; /* the thread frees it */
            return MHD_create_response_from_pipe(ends[0]);
        }
        free(stream);
        close(ends[0]);
        close(ends[1]);
    }
    if (room) {
        pthread_mutex_lock(&server->lock);
        server->streams--;
        pthread_mutex_unlock(&server->lock);
    }
    reply->stream = NULL;
    reply_problem(reply, 503, "%d exports run already; try again when one has ended", STREAMS);
    return NULL;
}

static enum MHD_Result answer(struct server *server, struct MHD_Connection *connection,
                              struct api_reply *reply)
{
    struct MHD_Response *response = reply->stream ? stream_response(server, reply) : NULL;
    if (response == NULL) {
        struct sl_str body = sl_text_str(&reply->body);
        response = MHD_create_response_from_buffer(body.n, (void *)(uintptr_t)(body.p ? body.p : ""),
                                                   MHD_RESPMEM_MUST_COPY);
    }
    if (reply->content_type)
        MHD_add_response_header(response, "Content-Type", reply->content_type);
    if (reply->etag[0])
        MHD_add_response_header(response, "ETag", reply->etag);
    if (reply->location[0])
        MHD_add_response_header(response, "Location", reply->location);
    if (reply->status == 401)
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer realm=\"Sluice admin API\"");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    enum MHD_Result result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result run(struct endpoint *endpoint, struct MHD_Connection *connection, const char *method,
                           struct call *call)
{
    struct server *server = endpoint->server;
    struct api_request req = {
        .ctx = server->ctx, .method = sl_cstr(method), .body = sl_text_str(&call->body)};
    struct api_reply reply = {.status = 500};
    struct sl_str uri = sl_cstr(call->uri);
    size_t mark = sl_str_find(uri, '?');
    sl_arena_init(&req.arena, 0);
    req.path = sl_str_sub(uri, 0, mark);
    req.if_match = sl_cstr(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "If-Match"));
    if (endpoint->local)
        identify_local(connection, &req);
    else
        identify_token(connection, &req);
    if (call->too_large)
        reply_problem(&reply, 413, "the body is larger than %d MiB", API_MAX_BODY >> 20);
    else
        route_dispatch(&req, mark < uri.n ? sl_str_sub(uri, mark + 1, uri.n) : SL_STR(""), &reply);
    enum MHD_Result result = answer(server, connection, &reply);
    reply_fini(&reply);
    sl_arena_fini(&req.arena);
    return result;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data, size_t *size,
                                  void **con_cls)
{
    struct call *call = *con_cls;
    if (!call->seen) { /* the head alone: the body, if any, comes with the next calls */
        call->seen = true;
        return MHD_YES;
    }
    if (*size == 0)
        return run(cls, connection, method, call);
    if (call->body.n + *size > API_MAX_BODY)
        call->too_large = true;
    else
        sl_text_add(&call->body, sl_str(data, *size));
    *size = 0;
    return MHD_YES;
}

static void log_line(void *cls, const char *fmt, va_list args) SL_PRINTF(2, 0);
static void log_line(void *cls, const char *fmt, va_list args)
{
    char text[400];
    vsnprintf(text, sizeof text, fmt, args);
    sl_log_debug("admin", "%.*s", (int)strcspn(text, "\n"), text);
}

/* ---- life ---- */

bool server_start(struct api_context *ctx, const struct server_listener *listeners, size_t count,
                  const char *tls_cert, const char *tls_key, struct server **out, struct sl_err *err)
{
    struct server *server = sl_calloc(1, sizeof *server);
    sl_assert(count <= LISTENERS);
    server->ctx = ctx;
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->stream_ended, NULL);
    for (size_t i = 0; i < count; i++) {
        struct endpoint *e = &server->endpoints[i];
        bool tls = tls_cert && !listeners[i].local;
        struct MHD_OptionItem tls_options[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)tls_cert},
                                               {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)tls_key},
                                               {MHD_OPTION_END, 0, NULL}};
        struct MHD_OptionItem no_options[] = {{MHD_OPTION_END, 0, NULL}};
        *e = (struct endpoint){.server = server, .local = listeners[i].local};
        e->daemon = MHD_start_daemon(
            MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG | (tls ? MHD_USE_TLS : 0), 0,
            NULL, NULL, on_request, e, MHD_OPTION_EXTERNAL_LOGGER, log_line, NULL, MHD_OPTION_LISTEN_SOCKET,
            listeners[i].fd, MHD_OPTION_URI_LOG_CALLBACK, call_begin, NULL, MHD_OPTION_NOTIFY_COMPLETED,
            call_end, NULL, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_THREAD_POOL_SIZE,
            (unsigned)THREADS, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
            (size_t)CONNECTION_MEMORY, MHD_OPTION_ARRAY, tls ? tls_options : no_options, MHD_OPTION_END);
        if (e->daemon == NULL) {
            for (size_t k = i; k < count; k++)
                close(listeners[k].fd);
            server_stop(&server);
            return sl_fail(err, SL_IO, "the admin API could not be started%s",
                           tls ? "; is admin.tls_certificate a PEM chain and admin.tls_key its key?" : "");
        }
        server->count++;
    }
    *out = server;
    return true;
}

void server_stop(struct server **ref)
{
    struct server *server = *ref;
    if (server == NULL)
        return;
    for (size_t i = 0; i < server->count; i++)
        MHD_stop_daemon(server->endpoints[i].daemon); /* closes its pipes, so running streams end */
    pthread_mutex_lock(&server->lock);
    while (server->streams > 0)
        pthread_cond_wait(&server->stream_ended, &server->lock);
    pthread_mutex_unlock(&server->lock);
    pthread_cond_destroy(&server->stream_ended);
    pthread_mutex_destroy(&server->lock);
    free(server);
    *ref = NULL;
}

/* server.c - see server.h.
 *
 *   socket -> a thread of libmicrohttpd -> struct call: head -> route_admit -> body -> handler -> response
 *
 * Whether a caller may do what it asks is decided from the head, before any of its body is kept. Each
 * connection has a thread of its own, so that a handler may wait (the live tail) without holding anybody
 * else; how many there are is bounded, in all and for one address, and watch.c ends those that take too long.
 * The Unix socket has a daemon and a bound of its own: the command reaches the gateway however busy TCP is.
 */
#include "adminapi/server.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adminapi/caller.h"
#include "adminapi/present.h"
#include "adminapi/route.h"
#include "adminapi/site.h"
#include "adminapi/spool.h"
#include "adminapi/stream.h"
#include "adminapi/watch.h"
#include "base/crypto.h"
#include "base/give_way.h"
#include "sluice/clock.h"
#include "sluice/list.h"
#include "sluice/log.h"

enum {
    CONNECTIONS = 256,
    CONNECTIONS_PER_ADDRESS = 64,
    STACK = 1024 * 1024, /* jansson nests 2,048 deep */
    CONNECTION_MEMORY = 32 * 1024,
    SPOOLS = 4,
    ANONYMOUS_BODY = 8 * 1024,
    BODIES = 128 * 1024 * 1024, /* in memory, of all callers together */
    DRAINED = 32 * 1024 * 1024, /* a refused body up to here is read, so that the client sees the answer */
    /* seconds */
    SILENT_S = 60,
    IDLE_S = 60,
    HEAD_S = 15,
    BODY_S = 30, /* and a second more for every BODY_RATE bytes that came */
    ANSWER_S = 120,
    BODY_RATE = 32 * 1024,
};

struct endpoint {
    struct sl_list node; /* in server->endpoints */
    struct server *server;
    struct MHD_Daemon *daemon;
    int fd;
    bool local, tls;
    bool retired;     /* under server->lock */
    char *cert, *key; /* PEM; NULL: no TLS */
};
struct server {
    struct api_context *ctx;
    pthread_mutex_t lock; /* the list */
    struct sl_list endpoints;
    struct watch *watch;
    struct streams *streams;
    atomic_bool stopping;
    _Atomic size_t body_bytes; /* held by running calls */
    _Atomic unsigned spools;
};

/* One request on its way; lives from its URI until the answer is gone. */
struct call {
    struct endpoint *endpoint;
    struct present *present; /* NULL before the head was seen */
    struct watched *watched;
    int fd;
    char *uri;
    bool head_seen, refused;
    const struct route *route; /* NULL when refused */
    struct api_request req;
    struct api_reply reply;
    struct sl_text body;
    struct spool spool;
    bool spooling; /* counted in server->spools */
    int64_t body_began_us;
    uint64_t body_came, refused_at;
};

static void deadline_in(struct call *call, int64_t seconds)
{
    watch_until(call->watched, seconds ? sl_monotonic_us() + seconds * 1000000 : 0);
}

/* ---- connections ---- */

/* Threads of connections inherit the priority of the one that accepts, which is asked here. */
static enum MHD_Result on_accept(void *cls, const struct sockaddr *addr, socklen_t len)
{
    static _Thread_local bool lowered;
    if (!lowered && !give_way())
        sl_log_warning("admin", "its threads keep the priority of the data plane's");
    lowered = true;
    return MHD_YES;
}

static int fd_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *server = ((struct endpoint *)cls)->server;
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        *context = watch_add(server->watch, fd_of(connection), sl_monotonic_us() + (int64_t)HEAD_S * 1000000);
    else
        watch_remove(server->watch, (struct watched **)context);
}

static void *call_begin(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct call *call = sl_calloc(1, sizeof *call);
    call->uri = sl_strdup(uri);
    call->fd = fd_of(connection);
    call->watched = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    sl_arena_init(&call->req.arena, 0);
    deadline_in(call, HEAD_S);
    return call;
}

static void call_end(void *cls, struct MHD_Connection *connection, void **con_cls,
                     enum MHD_RequestTerminationCode code)
{
    struct server *server = ((struct endpoint *)cls)->server;
    struct call *call = *con_cls;
    if (call == NULL)
        return;
    deadline_in(call, IDLE_S);
    atomic_fetch_sub(&server->body_bytes, call->body.n);
    atomic_fetch_sub(&server->spools, call->spooling);
    spool_fini(&call->spool, false);
    reply_fini(&call->reply);
    sl_arena_fini(&call->req.arena);
    if (call->body.n > 0)
        crypto_wipe(call->body.p, call->body.n); /* passwords, and keys of authorities, come in it */
    sl_text_fini(&call->body);
    present_unref(&call->present);
    free(call->uri);
    free(call);
    *con_cls = NULL;
}

/* Paths are decoded segment by segment by the router, so libmicrohttpd must leave them alone. */
static size_t keep_escapes(void *cls, struct MHD_Connection *connection, char *text)
{
    return strlen(text);
}

/* A peer that shuts down its sending side counts as gone, as it does for other servers. */
static bool peer_gone(const void *arg)
{
    const struct call *call = arg;
    struct pollfd p = {.fd = call->fd, .events = POLLRDHUP};
    return atomic_load(&call->endpoint->server->stopping) ||
           (poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR)));
}

/* ---- answers ---- */

/* The reading end of a stream; libmicrohttpd calls in the connection's thread. */
struct stream_source {
    int pipe;
    struct call *call; /* outlives the answer */
};

static ssize_t stream_read(void *cls, uint64_t pos, char *buf, size_t max)
{
    const struct stream_source *source = cls;
    struct pollfd p[] = {{.fd = source->pipe, .events = POLLIN},
                         {.fd = source->call->fd, .events = POLLRDHUP}};
    deadline_in(source->call, 0); /* now we wait for the maker, afterwards for the client */
    for (;;) {
        if (poll(p, SL_COUNT(p), -1) < 0)
            continue;
        if (p[1].revents & (POLLRDHUP | POLLHUP | POLLERR))
            return MHD_CONTENT_READER_END_WITH_ERROR;
        if (p[0].revents) {
            deadline_in(source->call, ANSWER_S);
            ssize_t n = read(source->pipe, buf, max);
            return n > 0 ? n : MHD_CONTENT_READER_END_OF_STREAM;
        }
    }
}

static void stream_close(void *cls)
{
    struct stream_source *source = cls;
    close(source->pipe);
    free(source);
}

static ssize_t nothing_to_read(void *cls, uint64_t pos, char *buf, size_t max)
{
    return MHD_CONTENT_READER_END_OF_STREAM;
}

/* NULL with the problem in the reply when there is no room for one more export. */
static struct MHD_Response *stream_response(struct call *call)
{
    if (sl_str_eq(call->req.method, SL_STR("HEAD"))) /* the fields alone: nothing is made */
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, CONNECTION_MEMORY, nothing_to_read, NULL,
                                                 NULL);
    int fd = streams_start(call->endpoint->server->streams, &call->reply);
    if (fd < 0)
        return NULL;
    struct stream_source *source = sl_malloc(sizeof *source);
    *source = (struct stream_source){fd, call};
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, CONNECTION_MEMORY, stream_read, source,
                                             stream_close);
}

/* On every answer, page or API: nothing here is framed, sniffed, read by other sites or told to them. */
static const struct {
    const char *name, *value;
} fixed_fields[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
     "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
     "require-trusted-types-for 'script'; trusted-types 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy",
     "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), "
     "geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), "
     "publickey-credentials-get=(), screen-wake-lock=(), usb=(), xr-spatial-tracking=()"},
};

static void add_field(struct MHD_Response *response, const char *name, const char *value)
{
    if (value && *value)
        MHD_add_response_header(response, name, value);
}

static void add_fields(struct MHD_Response *response, const struct call *call)
{
    const struct api_reply *reply = &call->reply;
    char text[200] = "";
    for (size_t i = 0; i < SL_COUNT(fixed_fields); i++)
        add_field(response, fixed_fields[i].name, fixed_fields[i].value);
    if (call->endpoint->tls)
        add_field(response, "Strict-Transport-Security", "max-age=31536000");
    add_field(response, "Content-Type", reply->content_type);
    add_field(response, "Cache-Control", reply->cache ? reply->cache : "no-store");
    add_field(response, "Content-Encoding", reply->encoding);
    add_field(response, "Vary", reply->varies ? "Accept-Encoding" : NULL);
    add_field(response, "ETag", reply->etag);
    add_field(response, "Location", reply->location);
    add_field(response, "Set-Cookie", reply->cookie);
    if (reply->file_name)
        snprintf(text, sizeof text, "attachment; filename=\"%s\"", reply->file_name);
    add_field(response, "Content-Disposition", text);
    text[0] = '\0';
    if (reply->retry_after_s)
        snprintf(text, sizeof text, "%u", reply->retry_after_s);
    add_field(response, "Retry-After", text);
    if (reply->status == 401)
        add_field(response, "WWW-Authenticate", "Bearer realm=\"Sluice admin API\"");
}

/* While we make an answer nothing moves, which libmicrohttpd would take for a dead client. Its clock begins
 * anew when it is turned on again. */
static void never_silent(struct MHD_Connection *connection, bool on)
{
    MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, on ? 0U : (unsigned)SILENT_S);
}

static enum MHD_Result answer(struct MHD_Connection *connection, struct call *call)
{
    struct api_reply *reply = &call->reply;
    struct MHD_Response *response = reply->stream ? stream_response(call) : NULL;
    deadline_in(call, ANSWER_S);
    never_silent(connection, response != NULL);
    if (response == NULL) { /* the text lives as long as the call, which ends after the answer */
        struct sl_str body = reply->lasting.p ? reply->lasting : sl_text_str(&reply->body);
        response = MHD_create_response_from_buffer(body.n, (void *)(uintptr_t)(body.p ? body.p : ""),
                                                   MHD_RESPMEM_PERSISTENT);
        deadline_in(call, ANSWER_S + (int64_t)(body.n / BODY_RATE));
    }
    add_fields(response, call);
    enum MHD_Result result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

/* ---- requests ---- */

static void refuse(struct call *call)
{
    call->refused = true;
    call->refused_at = call->body_came;
    call->route = NULL;
}

static void refuse_error(struct call *call, const struct sl_err *err)
{
    reply_error(&call->reply, err);
    refuse(call);
}

static size_t most_body(const struct call *call)
{
    return call->req.role == ROLE_NONE ? ANONYMOUS_BODY : API_MAX_BODY;
}

static void refuse_large(struct call *call)
{
    reply_problem(&call->reply, 413, "the body is larger than %zu KiB", most_body(call) >> 10);
    refuse(call);
}

/* Where the body goes, and whether there is room for what is announced. */
static void prepare_body(struct call *call, uint64_t announced)
{
    struct server *server = call->endpoint->server;
    struct sl_err err = {0};
    call->body_began_us = sl_monotonic_us();
    if (call->route->spool) {
        call->spooling = true;
        if (atomic_fetch_add(&server->spools, 1) >= SPOOLS) {
            reply_problem(&call->reply, 503, "%d uploads run already; try again when one has ended", SPOOLS);
            refuse(call);
        } else if (!spool_open(&call->spool, store_directory(server->ctx->store), announced, &err)) {
            refuse_error(call, &err);
        }
    } else if (announced > most_body(call)) {
        refuse_large(call);
    }
}

static enum MHD_Result take_field(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_n,
                                  const char *value, size_t value_n)
{
    caller_field(cls, sl_str(name, name_n), sl_str(value, value_n));
    return MHD_YES;
}

static struct sl_addr called_address(const struct call *call)
{
    struct sockaddr_storage sa = {0};
    socklen_t len = sizeof sa;
    getsockname(call->fd, (struct sockaddr *)&sa, &len);
    return sl_endpoint_from_sockaddr((struct sockaddr *)&sa).addr;
}

static struct sl_addr client_address(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return sl_endpoint_from_sockaddr(info->client_addr).addr;
}

static void identify(struct MHD_Connection *connection, struct call *call, const struct caller_head *head)
{
    if (call->endpoint->local)
        caller_local(&call->req, call->fd);
    else
        caller_remote(&call->req, head, client_address(connection));
}

/* What is not the API is a file of the console: for everybody, since one has to see the page to sign in. */
static bool is_file(const struct api_request *req)
{
    return !sl_str_starts(req->path, SL_STR("/api/")) &&
           (sl_str_eq(req->method, SL_STR("GET")) || sl_str_eq(req->method, SL_STR("HEAD")));
}

static void judge(struct MHD_Connection *connection, struct call *call, const struct caller_head *head,
                  struct sl_str query, bool has_body, uint64_t announced)
{
    struct api_request *req = &call->req;
    identify(connection, call, head);
    req->here = called_address(call);
    call->route = is_file(req) ? NULL : route_admit(req, query, &call->reply);
    const struct caller_case c = {.local = call->endpoint->local,
                                  .here = req->here,
                                  .by_session = call->route == NULL || call->route->role != ROLE_NONE,
                                  .body = has_body,
                                  /* What is refused anyway is refused for its own reason. */
                                  .any_type = call->route == NULL || call->route->spool};
    if (!caller_trusted(req, head, &c, &call->reply)) {
        refuse(call);
    } else if (is_file(req)) {
        site_answer(call->present->site, req->path, head->accept_encoding, head->if_none_match, &call->reply);
        refuse(call); /* the answer is there: no handler */
    } else if (call->route) {
        prepare_body(call, announced);
    } else {
        refuse(call);
    }
}

/* Everything that the head alone can tell. Returns true when the answer is to be sent at once. */
static bool take_head(struct MHD_Connection *connection, const char *method, struct call *call)
{
    struct api_request *req = &call->req;
    struct caller_head head = {0};
    struct sl_str uri = sl_cstr(call->uri);
    size_t mark = sl_str_find(uri, '?');
    uint64_t announced = 0;
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, take_field, &head);
    if (head.content_length.n > 0 && !sl_str_u64(head.content_length, UINT64_MAX, &announced))
        announced = UINT64_MAX;
    bool chunked = head.transfer_encoding.p != NULL;
    req->ctx = call->endpoint->server->ctx;
    call->present = present_of(req->ctx);
    req->settings = call->present->settings;
    req->tls = call->endpoint->tls;
    req->method = sl_arena_str(&req->arena, sl_cstr(method));
    req->path = sl_str_sub(uri, 0, mark);
    req->user_agent = head.user_agent;
    req->if_match = head.if_match;
    req->gone = peer_gone;
    req->gone_arg = call;
    judge(connection, call, &head, sl_str_sub(uri, SL_MIN(mark + 1, uri.n), uri.n), chunked || announced > 0,
          announced);
    if (!call->refused)
        deadline_in(call, BODY_S);
    return call->refused && (chunked || announced > DRAINED);
}

/* False: enough was read for nothing, the connection is closed without an answer. */
static bool take_piece(struct call *call, struct sl_str piece)
{
    struct server *server = call->endpoint->server;
    struct sl_err err = {0};
    call->body_came += piece.n;
    watch_until(call->watched,
                call->body_began_us + (int64_t)(BODY_S + call->body_came / BODY_RATE) * 1000000);
    if (call->refused) /* read, so that the client comes to its answer */
        return call->body_came - call->refused_at <= DRAINED;
    if (call->spool.path) {
        if (!spool_add(&call->spool, piece, &err))
            refuse_error(call, &err);
        return true;
    }
    if (call->body.n + piece.n > most_body(call)) {
        refuse_large(call);
    } else if (atomic_load(&server->body_bytes) + piece.n > BODIES) {
        reply_problem(&call->reply, 503, "too many large requests at a time; try again");
        refuse(call);
    } else {
        atomic_fetch_add(&server->body_bytes, piece.n);
        sl_text_add(&call->body, piece);
    }
    return true;
}

static enum MHD_Result run(struct MHD_Connection *connection, struct call *call)
{
    struct api_request *req = &call->req;
    struct sl_err err = {0};
    if (!call->refused && call->spool.path && !spool_end(&call->spool, &err))
        refuse_error(call, &err);
    if (!call->refused) {
        deadline_in(call, 0);
        never_silent(connection, true);
        req->body = sl_text_str(&call->body);
        req->spool_path = call->spool.path;
        req->spool_bytes = call->spool.bytes;
        call->route->run(req, &call->reply);
        spool_fini(&call->spool, req->spool_path == NULL);
    }
    return answer(connection, call);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data, size_t *size,
                                  void **con_cls)
{
    struct call *call = *con_cls;
    if (!call->head_seen) { /* the head alone: the body, if any, comes with the next calls */
        call->head_seen = true;
        call->endpoint = cls;
        return take_head(connection, method, call) ? answer(connection, call) : MHD_YES;
    }
    if (*size == 0)
        return run(connection, call);
    bool go_on = take_piece(call, sl_str(data, *size));
    *size = 0;
    return go_on ? MHD_YES : MHD_NO;
}

static void log_line(void *cls, const char *fmt, va_list args) SL_PRINTF(2, 0);
static void log_line(void *cls, const char *fmt, va_list args)
{
    char text[400];
    vsnprintf(text, sizeof text, fmt, args);
    sl_log_debug("admin", "%.*s", (int)strcspn(text, "\n"), text);
}

/* ---- life ---- */

static struct MHD_Daemon *start_daemon(struct endpoint *e)
{
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, e->cert},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, e->key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
                     MHD_USE_ITC | MHD_USE_ERROR_LOG | (e->tls ? MHD_USE_TLS : 0);
    return MHD_start_daemon(
        flags, 0, on_accept, NULL, on_request, e, MHD_OPTION_EXTERNAL_LOGGER, log_line, NULL,
        MHD_OPTION_LISTEN_SOCKET, e->fd, MHD_OPTION_URI_LOG_CALLBACK, call_begin, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, call_end, e, MHD_OPTION_NOTIFY_CONNECTION, on_connection, e,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_PER_ADDRESS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENT_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_THREAD_STACK_SIZE,
        (size_t)STACK, MHD_OPTION_ARRAY, e->tls ? tls : none, MHD_OPTION_END);
}

bool server_start(struct api_context *ctx, struct server **out, struct sl_err *err)
{
    struct server *server = sl_calloc(1, sizeof *server);
    server->ctx = ctx;
    server->streams = streams_new();
    pthread_mutex_init(&server->lock, NULL);
    sl_list_init(&server->endpoints);
    if (spool_tidy(store_directory(ctx->store), err) && watch_new(&server->watch, err)) {
        *out = server;
        return true;
    }
    server_stop(&server);
    return false;
}

/* Ends its threads. libmicrohttpd leaves the descriptor of a quiesced daemon to us, to be closed only now. */
static void endpoint_free(struct endpoint *e)
{
    if (e->daemon && !e->retired)
        MHD_quiesce_daemon(e->daemon);
    if (e->daemon)
        MHD_stop_daemon(e->daemon);
    sl_closep(&e->fd);
    if (e->key)
        crypto_wipe(e->key, strlen(e->key));
    if (e->cert) /* ours holds the key too */
        crypto_wipe(e->cert, strlen(e->cert));
    free(e->cert);
    free(e->key);
    free(e);
}

bool server_open(struct server *server, const struct server_listener *l, const char *cert, const char *key,
                 struct endpoint **out, struct sl_err *err)
{
    struct endpoint *e = sl_calloc(1, sizeof *e);
    *e = (struct endpoint){.server = server, .fd = l->fd, .local = l->local, .tls = cert != NULL};
    if (cert) {
        e->cert = sl_strdup(cert);
        e->key = sl_strdup(key);
    }
    e->daemon = start_daemon(e);
    if (e->daemon == NULL) {
        endpoint_free(e);
        return sl_fail(err, SL_IO, "the admin API could not be started%s",
                       cert ? "; is admin.tls_certificate a PEM chain and admin.tls_key its key?" : "");
    }
    pthread_mutex_lock(&server->lock);
    sl_list_push(&server->endpoints, &e->node);
    pthread_mutex_unlock(&server->lock);
    *out = e;
    return true;
}

int server_fd(const struct endpoint *e)
{
    return e->fd;
}

int server_share(const struct endpoint *e)
{
    return fcntl(e->fd, F_DUPFD_CLOEXEC, 0);
}

void server_retire(struct endpoint **ref, bool shut)
{
    struct endpoint *e = *ref;
    *ref = NULL;
    if (e == NULL)
        return;
    MHD_quiesce_daemon(e->daemon);
    if (shut)
        shutdown(e->fd, SHUT_RDWR);
    pthread_mutex_lock(&e->server->lock);
    e->retired = true;
    pthread_mutex_unlock(&e->server->lock);
}

static bool is_idle(const struct endpoint *e)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(e->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
    return info && info->num_connections == 0;
}

/* Takes a retired one without connections out of the list; NULL: there is none. */
static struct endpoint *take_idle(struct server *server)
{
    struct endpoint *found = NULL;
    pthread_mutex_lock(&server->lock);
    SL_LIST_EACH(node, &server->endpoints)
    {
        struct endpoint *e = SL_LIST_ITEM(node, struct endpoint, node);
        if (!found && e->retired && is_idle(e)) {
            sl_list_remove(node);
            found = e;
        }
    }
    pthread_mutex_unlock(&server->lock);
    return found;
}

void server_tidy(struct server *server)
{
    for (struct endpoint *e; (e = take_idle(server));)
        endpoint_free(e);
}

void server_stop(struct server **ref)
{
    struct server *server = *ref;
    if (server == NULL)
        return;
    atomic_store(&server->stopping, true); /* whoever waits is told by api_gone */
    while (!sl_list_empty(&server->endpoints)) {
        struct endpoint *e = SL_LIST_ITEM(server->endpoints.next, struct endpoint, node);
        sl_list_remove(&e->node);
        endpoint_free(e); /* closes its pipes, so running streams end */
    }
    streams_free(&server->streams);
    watch_free(&server->watch);
    pthread_mutex_destroy(&server->lock);
    free(server);
    *ref = NULL;
}

/* adminapi.h - front door of adminapi/: the JSON API on libmicrohttpd, over TCP and a Unix socket, and in
 * process for the CLI. A handler is a function from request to reply and knows no transport: the CLI of a
 * stopped gateway calls the same handlers. */
#ifndef SLUICE_ADMINAPI_H
#define SLUICE_ADMINAPI_H

#include "sluice/audit.h"
#include "sluice/ca.h"
#include "sluice/faulty.h"
#include "sluice/settings.h"
#include "sluice/sockets.h"
#include "sluice/store.h"
#include "sluice/trace.h"
#include "sluice/tunnels.h"

struct adminapi;

/* What only the running gateway can tell; main hands these over (adminapi and proxy are blind to each other).
 * Any may be NULL. */
struct adminapi_hooks {
    void *arg;
    header_preview *preview;                                     /* proxy_preview: it needs no gateway */
    json_t *(*status)(void *arg);                                /* the data plane's part of GET /status */
    void (*metrics)(void *arg, struct sl_text *out);             /* appended to GET /metrics */
    json_t *(*tunnels)(void *arg, const struct tunnel_query *q); /* the answer of GET /tunnels */
    bool (*tunnel_close)(void *arg, uint64_t id);                /* false: there is none */
    json_t *(*trace)(void *arg, const struct trace_query *q);    /* NULL: not traced, or too many are */
    json_t *(*listeners)(void *arg); /* ["127.0.0.1:3128"]: where the proxy listens */
    /* Reads the settings file again: what changed, as POST /settings/reload answers; or the file is refused:
     * *out_faults is an array of sentences, and NULL is returned. */
    json_t *(*reload)(void *arg, json_t **out_faults);
    /* Begins an upgrade; binary may be NULL. The state as GET /upgrade answers. */
    bool (*upgrade)(void *arg, const char *binary, struct sl_err *err);
    json_t *(*upgrade_state)(void *arg);
};
struct adminapi_config {
    const struct settings *settings; /* a reference is taken */
    const char *settings_file;       /* shown with them; may be NULL */
    struct store *store;
    struct audit *audit; /* NULL when no gateway runs */
    struct ca_live *ca;
    struct faulty_hosts *faulty; /* NULL when no gateway runs */
    const char *socket_path;     /* Unix socket; NULL: none. Mode 0600: whoever may open it is admin */
    bool tcp;                    /* listen on settings.admin.listen */
    struct sockets *given; /* listeners that somebody opened for us; those that fit are taken. NULL: none */
    struct adminapi_hooks hooks;
};
/* With socket_path NULL and tcp false nothing listens: only adminapi_call works. */
bool adminapi_start(const struct adminapi_config *cfg, struct adminapi **out, struct sl_err *err);
void adminapi_stop(struct adminapi **api);
/* The same for one that is followed by another on the same sockets: what waits to be answered there waits on.
 */
void adminapi_leave(struct adminapi **api);
/* Each listening socket, "admin" or "local"; the descriptors stay the API's. */
void adminapi_sockets(struct adminapi *api, void (*each)(void *arg, const char *name, int fd), void *arg);
/* Starts what is due by itself (updates of lists) as a job and returns at once. Every few seconds; any
 * thread.
 */
void adminapi_tick(struct adminapi *api, int64_t now_us);
bool adminapi_listener(struct adminapi *api, size_t i, struct sl_endpoint *out);

/* ---- other settings, while it serves; one change at a time ----
 * adminapi_prepare does all that can fail: certificate, console, new listeners, which already answer. Then
 * either adminapi_commit puts them in force and ends listeners that are no longer wanted, or adminapi_abandon
 * leaves everything as it was. Requests that run end as they began. */
struct adminapi_change;
bool adminapi_prepare(struct adminapi *api, const struct settings *s, struct adminapi_change **out,
                      struct sl_err *err);
void adminapi_commit(struct adminapi *api, struct adminapi_change **change);
void adminapi_abandon(struct adminapi *api, struct adminapi_change **change); /* NULL is fine */

/* SHA-256 of the certificate that the TCP listeners show, "AB:CD:..."; NULL: no TLS. made: by the gateway
 * itself. */
const char *adminapi_fingerprint(const struct adminapi *api, bool *out_made);

/* One request without a transport, as admin. path has the query: "/api/v1/requests?limit=3". body may be
 * empty. The answer is on the heap. */
struct adminapi_answer {
    unsigned status;
    char content_type[64];
    struct sl_text body;
};
void adminapi_call(struct adminapi *api, struct sl_str actor, struct sl_str method, struct sl_str path,
                   struct sl_str body, struct adminapi_answer *out);
/* The same with the answer's body streamed in pieces (exports). each() false stops. Returns the status. */
unsigned adminapi_call_stream(struct adminapi *api, struct sl_str actor, struct sl_str method,
                              struct sl_str path, struct sl_str body,
                              bool (*each)(void *arg, struct sl_str piece), void *arg);
void adminapi_answer_fini(struct adminapi_answer *a);

#endif

/* api.h - what a handler gets and gives: a request and a reply that know no transport. One thread per
 * request: a handler may wait, as long as it asks api_gone now and then. */
#ifndef ADMINAPI_API_H
#define ADMINAPI_API_H

#include <pthread.h>

#include "sluice/adminapi.h"

enum { API_MAX_PARAMS = 4, API_MAX_QUERY = 64, API_MAX_BODY = 16 * 1024 * 1024 };

struct jobs;
struct figures_cache;
struct attempts;
struct retrace;
struct site;
struct present;

/* What every handler may use; made once by adminapi_start, read-only afterwards but for `present`. */
struct api_context {
    pthread_mutex_t present_lock;
    struct present *present;   /* under present_lock; a request has its own reference (present.h) */
    const char *settings_file; /* where they came from; NULL: not known */
    struct store *store;
    struct audit *audit; /* NULL when no gateway runs */
    struct ca_live *ca;
    struct faulty_hosts *faulty; /* NULL when no gateway runs */
    struct adminapi_hooks hooks;
    struct jobs *jobs;
    struct attempts *attempts;
    struct retrace *retrace;
    struct figures_cache *figures; /* names that stats have read */
    int64_t started_us;            /* wall clock */
};

struct api_request {
    struct api_context *ctx;
    const struct settings *settings; /* those in force when it began */
    struct sl_str method, path;      /* path without query, not decoded */
    struct sl_str body;
    /* Routes with .spool: the body is this file instead. It is removed after the handler, unless the handler
     * moved it elsewhere and sets spool_path to NULL. */
    const char *spool_path;
    uint64_t spool_bytes;
    struct sl_str if_match; /* "" when not sent */
    enum role role;
    struct actor actor;
    const struct store_session *session; /* NULL: a token, the local socket, or nobody */
    struct sl_str session_secret;        /* of its cookie */
    struct sl_str user_agent;
    bool tls;
    struct sl_addr here; /* the address that was called; none on the Unix socket and in process */
    struct sl_str params[API_MAX_PARAMS]; /* of the route's {names}, decoded, in order */
    struct api_query {
        struct sl_str name, value; /* decoded */
    } query[API_MAX_QUERY];
    unsigned query_count;
    struct sl_arena arena;         /* texts of params and query; handlers may use it too */
    bool (*gone)(const void *arg); /* NULL: a caller that stays (in process) */
    const void *gone_arg;
};
/* True when nobody waits for the answer any more: the client closed its connection, or the gateway ends.
 * Cheap (one system call): ask between two waits, or every few hundred rows. */
bool api_gone(const struct api_request *req);
bool api_gone_of(void *req); /* the same, for those who are handed a question and its argument */

struct api_reply {
    unsigned status;
    const char *content_type;
    struct sl_text body;
    char etag[48]; /* "" = none */
    char location[1024];
    char cookie[160];       /* Set-Cookie; "" = none */
    const char *cache;      /* Cache-Control; NULL: no-store */
    const char *encoding;   /* Content-Encoding; NULL: as it is */
    bool varies;            /* by Accept-Encoding */
    struct sl_str lasting;  /* p not NULL: the body, in memory that outlives the reply */
    const char *file_name;  /* not NULL: to be saved under this name rather than shown (ASCII, no quotes) */
    unsigned retry_after_s; /* 0: not sent */
    /* A body made in pieces: called once, on a thread of its own, with a sink that returns false when the
     * receiver is gone. An empty piece sends nothing and only asks that. */
    void (*stream)(void *arg, bool (*sink)(void *sink_arg, struct sl_str piece), void *sink_arg);
    void *stream_arg;
    void (*stream_free)(void *arg);
};

typedef void api_handler(struct api_request *req, struct api_reply *reply);

/* ---- reply.c ---- */
void reply_json(struct api_reply *reply, unsigned status, json_t *take); /* steals the reference */
void reply_empty(struct api_reply *reply, unsigned status);
/* application/problem+json (RFC 9457): title by status, detail = what is wrong and what to do. */
void reply_problem(struct api_reply *reply, unsigned status, const char *fmt, ...) SL_PRINTF(3, 4);
void reply_login_needed(struct api_reply *reply); /* 401 that says how */
/* reply_problem with further members; steals the reference. */
void reply_problem_with(struct api_reply *reply, unsigned status, json_t *take_members, const char *fmt, ...)
    SL_PRINTF(4, 5);
void reply_error(struct api_reply *reply, const struct sl_err *err); /* status by err->code, from one table */
void reply_faults(struct api_reply *reply, const struct policy_faults *faults,
                  const struct sl_err *err); /* 422 with "faults" */
json_t *reply_time(int64_t wall_us);         /* RFC 3339, null for 0 */
void reply_fini(struct api_reply *reply);

/* ---- body.c: reading what came ---- */
/* The body as a JSON object (new reference), or NULL with the problem already in reply. Unknown keys are
 * refused: allowed is NULL-terminated; NULL allows any. */
json_t *body_object(struct api_request *req, struct api_reply *reply, const char *const *allowed);
/* A text member: "" when absent. False (problem in reply) when it is of another type. */
bool body_text(const json_t *object, const char *key, struct sl_str *out, struct api_reply *reply);
/* A text member of any object; p NULL when it is none. */
struct sl_str api_member(const json_t *object, const char *key);
/* The query value, p NULL when absent. */
struct sl_str query_text(const struct api_request *req, const char *name);
/* False (problem in reply) unless absent (preset stays) or a number in [min, max]. */
bool query_number(const struct api_request *req, const char *name, uint64_t min, uint64_t max,
                  uint64_t *inout, struct api_reply *reply);
/* False (problem in reply) unless absent (preset stays) or a time such as 2026-11-23T09:00:00Z, -2h or now.
 */
bool query_time(const struct api_request *req, const char *name, int64_t *inout_us, struct api_reply *reply);
/* Splits and decodes "a=b&c=d" into req->query; false when there are too many or an escape is bad. */
bool query_parse(struct api_request *req, struct sl_str text);
/* Percent-decoding into the arena; plus_is_space for queries. p NULL on a bad escape. */
struct sl_str query_decode(struct sl_arena *arena, struct sl_str text, bool plus_is_space);
/* The other way round, for a path: all but letters, digits and "-._~" is escaped. NUL-terminated. */
const char *query_encode(struct sl_arena *arena, struct sl_str text);

#endif

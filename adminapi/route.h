/* route.h - which handler a method and a path belong to. The table is in routes.c: newcomers start there. */
#ifndef ADMINAPI_ROUTE_H
#define ADMINAPI_ROUTE_H

#include "adminapi/api.h"

struct route {
    const char *method, *path; /* path with {name} for one segment and a final {name...} for the rest */
    enum role role;            /* the least that may call it; ROLE_NONE: no login */
    api_handler *run;
    bool spool;  /* the body, of any type, goes to a file: req->spool_path */
    bool always; /* also for a session whose password has to be changed first */
};
extern const struct route routes[];
extern const size_t route_count;

/* Finds the route of req->method and req->path and checks that this caller may use it: all that can be said
 * from the head alone, before a body is taken. NULL with 404, 405, 401, 403 or 400 in reply. req->role is
 * what the caller proved (ROLE_NONE: nothing). query is what follows '?'. HEAD is answered where GET is. */
const struct route *route_admit(struct api_request *req, struct sl_str query, struct api_reply *reply);
/* route_admit, then the handler. */
void route_dispatch(struct api_request *req, struct sl_str query, struct api_reply *reply);
/* True when the path matches; fills params (decoded into arena). */
bool route_match(const char *pattern, struct sl_str path, struct sl_arena *arena,
                 struct sl_str params[API_MAX_PARAMS]);

#endif

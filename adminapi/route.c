/* route.c - see route.h. */
#include "adminapi/route.h"

#include "adminapi/openapi.h"

/* A path parameter may hold one encoded slash (list parts are named NAME/CATEGORY), so segments are cut
 * before decoding. */
bool route_match(const char *pattern, struct sl_str path, struct sl_arena *arena,
                 struct sl_str params[API_MAX_PARAMS])
{
    struct sl_str want = sl_cstr(pattern), want_part, part;
    unsigned n = 0;
    while (sl_str_split(&want, '/', &want_part)) {
        bool is_param = want_part.n > 2 && want_part.p[0] == '{';
        if (is_param && sl_str_ends(want_part, SL_STR("...}"))) {
            part = path;
            path = (struct sl_str){0};
        } else if (!sl_str_split(&path, '/', &part)) {
            return false;
        }
        if (!is_param) {
            if (!sl_str_eq(part, want_part))
                return false;
            continue;
        }
        sl_assert(n < API_MAX_PARAMS);
        params[n] = query_decode(arena, part, false);
        if (params[n].p == NULL || params[n].n == 0)
            return false;
        n++;
    }
    return path.p == NULL || path.n == 0;
}

static bool method_is(struct sl_str method, const char *of_route)
{
    return sl_str_eq(method, sl_cstr(of_route)) ||
           (sl_str_eq(method, SL_STR("HEAD")) && strcmp(of_route, "GET") == 0);
}

static const struct route *find(struct api_request *req, bool *out_path_known)
{
    *out_path_known = false;
    for (size_t i = 0; i < route_count; i++) {
        if (!route_match(routes[i].path, req->path, &req->arena, req->params))
            continue;
        *out_path_known = true;
        if (method_is(req->method, routes[i].method))
            return &routes[i];
    }
    return NULL;
}

/* The contract is the table of parameters: a misspelt filter is refused, not ignored. */
static bool parameters_known(const struct api_request *req, const struct route *route,
                             struct api_reply *reply)
{
    for (unsigned i = 0; i < req->query_count; i++) {
        struct sl_str name = req->query[i].name;
        if (openapi_takes(sl_cstr(route->method), route->path, name))
            continue;
        reply_problem(reply, 400, "unknown parameter '%.*s'; see /api/v1/openapi.json",
                      (int)SL_MIN(name.n, (size_t)60), name.p);
        return false;
    }
    return true;
}

const struct route *route_admit(struct api_request *req, struct sl_str query, struct api_reply *reply)
{
    bool path_known;
    const struct route *route = find(req, &path_known);
    if (route == NULL && path_known) {
        reply_problem(reply, 405, "%.*s is not a method of this resource; see /api/v1/openapi.json",
                      (int)SL_MIN(req->method.n, (size_t)40), req->method.p);
    } else if (route == NULL) {
        reply_problem(reply, 404, "there is no resource at %.*s; see /api/v1/openapi.json",
                      (int)SL_MIN(req->path.n, (size_t)200), req->path.p);
    } else if (route->role > req->role && req->role == ROLE_NONE) {
        reply_login_needed(reply);
    } else if (req->session && req->session->must_change && !route->always && route->role != ROLE_NONE) {
        reply_problem_with(reply, 403, json_pack("{s:s}", "type", "/problems/password-change-required"),
                           "change the password first: PUT /api/v1/session/password");
    } else if (route->role > req->role) {
        reply_problem(reply, 403, "this needs the role %s; yours is %s", role_word(route->role),
                      role_word(req->role));
    } else if (!query_parse(req, query)) {
        reply_problem(reply, 400, "the query can't be read: at most %d parameters, escapes as %%41",
                      API_MAX_QUERY);
    } else if (parameters_known(req, route, reply)) {
        return route;
    }
    return NULL;
}

void route_dispatch(struct api_request *req, struct sl_str query, struct api_reply *reply)
{
    const struct route *route = route_admit(req, query, reply);
    if (route)
        route->run(req, reply);
}

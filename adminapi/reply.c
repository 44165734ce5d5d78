/* reply.c - answers: JSON, problems, and the one table from error codes to statuses. */
#include "adminapi/api.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "sluice/clock.h"

static const struct {
    unsigned status;
    const char *title;
} titles[] = {
    {400, "Bad request"},        {401, "Login needed"},       {403, "Not allowed"},
    {404, "Not found"},          {405, "Method not allowed"}, {409, "Conflict"},
    {412, "Changed meanwhile"},  {413, "Too large"},          {422, "Faults in the document"},
    {415, "Wrong kind of body"}, {421, "Not this host"},      {428, "If-Match needed"},
    {429, "Too many"},           {500, "Internal error"},     {502, "Source unavailable"},
    {503, "Not available now"},  {507, "Storage failed"},
};

static const char *title_of(unsigned status)
{
    for (size_t i = 0; i < SL_COUNT(titles); i++)
        if (titles[i].status == status)
            return titles[i].title;
    return "Error";
}

static unsigned status_of(enum sl_code code)
{
    switch (code) {
    case SL_OK:
        return 200;
    case SL_BAD_INPUT:
        return 400;
    case SL_NOT_FOUND:
        return 404;
    case SL_DENIED:
        return 403;
    case SL_CONFLICT:
        return 409;
    case SL_LIMIT:
        return 413;
    case SL_BUSY:
        return 503;
    case SL_UNAVAILABLE:
        return 502;
    case SL_IO:
        return 507;
    case SL_INTERNAL:
        break;
    }
    return 500;
}

void reply_json(struct api_reply *reply, unsigned status, json_t *take)
{
    char *text = take ? json_dumps(take, JSON_COMPACT) : NULL;
    json_decref(take);
    if (text == NULL) { /* only texts that are not UTF-8 can't be written; our makers escape them */
        reply_problem(reply, 500, "the answer could not be written as JSON");
        return;
    }
    reply->status = status;
    reply->content_type = "application/json";
    sl_text_clear(&reply->body);
    sl_text_add(&reply->body, sl_cstr(text));
    sl_text_addc(&reply->body, '\n');
    free(text);
}

void reply_empty(struct api_reply *reply, unsigned status)
{
    reply->status = status;
    reply->content_type = NULL;
    sl_text_clear(&reply->body);
}

/* members (NULL: none) join the problem's own. */
static void problem(struct api_reply *reply, unsigned status, const char *detail, json_t *take_members)
{
    json_t *object = json_pack("{s:s, s:i, s:s#}", "title", title_of(status), "status", (int)status, "detail",
                               detail, (int)strlen(detail));
    if (object == NULL) /* the detail quotes bytes that are not UTF-8 */
        object = json_pack("{s:s, s:i, s:s}", "title", title_of(status), "status", (int)status, "detail",
                           "the request holds text that is not UTF-8");
    if (take_members)
        json_object_update(object, take_members);
    json_decref(take_members);
    reply_json(reply, status, object);
    reply->content_type = "application/problem+json";
}

void reply_problem(struct api_reply *reply, unsigned status, const char *fmt, ...)
{
    char detail[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(detail, sizeof detail, fmt, args);
    va_end(args);
    problem(reply, status, detail, NULL);
}

void reply_login_needed(struct api_reply *reply)
{
    reply_problem(reply, 401,
                  "sign in (POST /api/v1/session) or send a token: Authorization: Bearer slc_... (sluice "
                  "admin token makes one)");
}

void reply_problem_with(struct api_reply *reply, unsigned status, json_t *take_members, const char *fmt, ...)
{
    char detail[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(detail, sizeof detail, fmt, args);
    va_end(args);
    problem(reply, status, detail, take_members);
}

void reply_error(struct api_reply *reply, const struct sl_err *err)
{
    problem(reply, status_of(err->code), err->msg, NULL);
}

void reply_faults(struct api_reply *reply, const struct policy_faults *faults, const struct sl_err *err)
{
    if (faults->count == 0) {
        reply_error(reply, err);
        return;
    }
    char detail[96];
    snprintf(detail, sizeof detail, "the policy has %zu fault%s; nothing was changed", faults->count,
             faults->count == 1 ? "" : "s");
    problem(reply, 422, detail, json_pack("{s:o}", "faults", policy_faults_json(faults)));
}

json_t *reply_time(int64_t wall_us)
{
    char text[SL_RFC3339_TEXT];
    return wall_us ? json_string(sl_rfc3339(wall_us, text)) : json_null();
}

void reply_fini(struct api_reply *reply)
{
    sl_text_fini(&reply->body);
    if (reply->stream_free && reply->stream_arg)
        reply->stream_free(reply->stream_arg);
    reply->stream_arg = NULL;
}

bool api_gone(const struct api_request *req)
{
    return req->gone && req->gone(req->gone_arg);
}

bool api_gone_of(void *req)
{
    return api_gone(req);
}

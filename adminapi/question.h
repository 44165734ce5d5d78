/* question.h - a request as a body describes it, as facts: "user", "groups", "client", "method", "at",
 * "user_agent", "address", "content_type", "size", "fault". */
#ifndef ADMINAPI_QUESTION_H
#define ADMINAPI_QUESTION_H

#include "adminapi/api.h"

enum { QUESTION_GROUPS_MOST = 64 };
struct question {
    struct facts facts;
    struct sl_str groups[QUESTION_GROUPS_MOST];
    struct sl_url url;
};
/* The keys, for body_object. */
#define QUESTION_KEYS \
    "user", "groups", "client", "method", "at", "user_agent", "address", "content_type", "size", "fault"

/* All but the URL. Texts live in body. False: problem in reply. *out must not be moved. */
bool question_read(const json_t *body, struct question *out, struct api_reply *reply);
/* The URL, as people type it; of a CONNECT host and port count. Its texts live in arena. */
bool question_url(struct question *q, struct sl_str text, struct sl_arena *arena, struct sl_err *err);

#endif

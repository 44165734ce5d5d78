/* candidate.h - which policy a question is about: "policy" (a document), "draft": true, or "version" in the
 * body; none of them: the active one. */
#ifndef ADMINAPI_CANDIDATE_H
#define ADMINAPI_CANDIDATE_H

#include "adminapi/api.h"

struct candidate {
    json_t *document; /* NULL: the active policy */
    json_t *json;     /* {"draft":TAG}, {"version":N} or {"document":true}; null: the active one */
    char words[64];   /* "the draft", "version 12", ... */
};

/* False: problem in reply (400, 404). Otherwise the candidate is to be given to candidate_fini. */
bool candidate_read(struct api_request *req, const json_t *body, struct candidate *out,
                    struct api_reply *reply);
/* A new reference; NULL with problem in reply (422). */
struct snapshot *candidate_compile(struct api_request *req, const struct candidate *c,
                                   struct api_reply *reply);
void candidate_fini(struct candidate *c);

#endif

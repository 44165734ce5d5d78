/* commit.h - what every way of making a policy version shares: how the body says it, whether a second person
 * has to approve it, and what is answered. */
#ifndef ADMINAPI_COMMIT_H
#define ADMINAPI_COMMIT_H

#include "adminapi/api.h"

/* Reads "comment", "confirm_within" ("5m") and "override", which is for the local socket; texts are views
 * into the body. False: problem in reply. */
bool commit_read(struct api_request *req, const json_t *body, struct policy_commit *out,
                 struct api_reply *reply);
#define COMMIT_MEMBERS "comment", "confirm_within", "override"

/* Whether what this caller commits waits for somebody else. */
bool commit_needs_approval(const struct api_request *req, const struct policy_commit *how);
/* 200 {"version","confirm"}. */
void commit_done(struct api_request *req, struct api_reply *reply, int64_t version);
/* 202 {"request"}: the draft waits for approval. */
void commit_waits(struct api_request *req, struct api_reply *reply);
/* Makes doc the draft and asks for approval of it; for changes that do not come from the draft. */
void commit_request(struct api_request *req, struct api_reply *reply, json_t *doc,
                    const struct policy_commit *how);
/* {"version","restores","until","left_s",...} of the version that waits to be confirmed, or null. */
json_t *commit_unconfirmed(struct api_request *req);

#endif

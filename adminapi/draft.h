/* draft.h - what the resources of the draft share: its entity tag, the If-Match that every change needs, and
 * the answer to who came too late. A tag is "v12" where there is no draft (12: the active version), or
 * "v12.7": revision 7, made from version 12. */
#ifndef ADMINAPI_DRAFT_H
#define ADMINAPI_DRAFT_H

#include "adminapi/api.h"

enum { DRAFT_TAG_TEXT = 48 };

/* Reads the draft and sets the reply's ETag. False: problem in reply. draft_fini in any other case. */
bool draft_read(struct api_request *req, struct api_reply *reply, struct draft *out);
/* The same for a change: If-Match must name it (428, 412). */
bool draft_read_matching(struct api_request *req, struct api_reply *reply, struct draft *out);
/* The same for what edits the draft: 409 while it waits for approval. */
bool draft_read_editable(struct api_request *req, struct api_reply *reply, struct draft *out);
/* Stores doc as the draft, made from version `base`, and brings *d up to date (its document is doc then).
 * False: problem in reply; 412 when somebody was faster. */
bool draft_store(struct api_request *req, struct api_reply *reply, struct draft *d, int64_t base,
                 json_t *doc);
/* 412 with what changed since `seen`. */
void draft_refuse(struct api_request *req, struct api_reply *reply, struct draft_tag seen);
/* What the draft changes in the version that it is made from; an empty array where there is none. New
 * reference, NULL with problem in reply. */
json_t *draft_changes(struct api_request *req, struct api_reply *reply, const struct draft *d);
json_t *draft_etag(struct draft_tag tag);
void draft_tag_text(struct draft_tag tag, char out[DRAFT_TAG_TEXT]);

#endif

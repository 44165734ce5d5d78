/* authorities.h - what the API tells of the certificate authorities. */
#ifndef ADMINAPI_AUTHORITIES_H
#define ADMINAPI_AUTHORITIES_H

#include "adminapi/api.h"

/* One of them; never its key. */
json_t *authority_json(const struct ca_entry *e, int64_t now_s);
/* Of the one that signs, for GET /status; null: there is none. */
json_t *authority_status(struct ca_live *live, int64_t now_s);
void authority_metrics(struct ca_live *live, struct sl_text *out);

#endif

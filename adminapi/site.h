/* site.h - the console's files, as they were when the gateway started or read its settings again: in memory,
 * found by their exact path. No path of a request ever reaches the file system. Immutable; any thread. */
#ifndef ADMINAPI_SITE_H
#define ADMINAPI_SITE_H

#include "adminapi/api.h"

enum { SITE_FILES = 512, SITE_BYTES = 32 * 1024 * 1024, SITE_DEPTH = 4 };

struct site;
/* Reads every file below folder except hidden ones; NAME.gz is NAME compressed. A missing folder gives a site
 * that says how to build one. SL_LIMIT beyond SITE_FILES or SITE_BYTES. */
bool site_load(const char *folder, struct site **out, struct sl_err *err);
void site_free(struct site **site);
bool site_empty(const struct site *site);
/* GET or HEAD of a path outside the API. accept_encoding and if_none_match: fields, p NULL when not sent. */
void site_answer(const struct site *site, struct sl_str path, struct sl_str accept_encoding,
                 struct sl_str if_none_match, struct api_reply *reply);

#endif

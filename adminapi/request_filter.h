/* request_filter.h - the parameters by which requests are chosen, the same for pages, figures and exports. */
#ifndef ADMINAPI_REQUEST_FILTER_H
#define ADMINAPI_REQUEST_FILTER_H

#include "adminapi/api.h"
#include "sluice/audit.h"

/* Reads from, to and every filter of the request's query; parameters of other names are left to others. Texts
 * live as long as the request. False: the problem is in reply. */
bool request_filter_read(const struct api_request *req, struct audit_filter *out, struct api_reply *reply);

/* A place in the log, as clients see it: before or after which request a page begins. */
struct request_cursor {
    uint64_t id; /* 0: at the end of the log where the order begins */
    bool above;  /* requests after it, else before it */
};
enum { REQUEST_CURSOR_TEXT = REQUEST_ID_TEXT + 1, REQUEST_TAIL_TEXT = REQUEST_ID_TEXT + 1 };
const char *request_cursor_text(struct request_cursor c, char buf[REQUEST_CURSOR_TEXT]);
bool request_cursor_parse(struct sl_str text, struct request_cursor *out);
/* A place in the live tail. */
const char *request_tail_text(uint64_t position, char buf[REQUEST_TAIL_TEXT]);
bool request_tail_parse(struct sl_str text, uint64_t *out);

#endif

/* head_check.h - what the fields of a whole head mean together. Private to proxy/http. */
#ifndef PROXY_HTTP_HEAD_CHECK_H
#define PROXY_HTTP_HEAD_CHECK_H

#include "proxy/http/head.h"

enum head_side { HEAD_REQUEST, HEAD_RESPONSE };

/* Fill body, connection, keep_alive and the other results of a head whose fields were read; or say why it is
 * refused. */
enum head_fault head_check_request(struct head *h);
enum head_fault head_check_response(struct head *h, enum method request_method);

#endif

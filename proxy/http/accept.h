/* accept.h - which form of an answer does the client want? (RFC 9110 section 12.5.1) Private to proxy/http.
 */
#ifndef PROXY_HTTP_ACCEPT_H
#define PROXY_HTTP_ACCEPT_H

#include "sluice/str.h"

enum page_form { FORM_TEXT, FORM_HTML, FORM_JSON };

/* Only what is named counts for HTML and JSON: a browser names text/html for a page, and gets plain text for
 * a script or an image, as does curl with its wildcard. Among the named the highest q wins, then HTML, then
 * JSON. */
enum page_form accept_form(struct sl_str accept);

#endif

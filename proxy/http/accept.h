/* accept.h - which form of an answer does the client want? (RFC 9110 section 12.5.1) */
#ifndef PROXY_HTTP_ACCEPT_H
#define PROXY_HTTP_ACCEPT_H

#include "sluice/str.h"

enum page_form { FORM_TEXT, FORM_HTML, FORM_JSON };

/* Among the named forms the highest q wins, then HTML, then JSON. Where none is named (wildcards, or no
 * field) it is HTML, unless text/html;q=0 says no: then plain text. */
enum page_form accept_form(struct sl_str accept);
/* It asks for HTML by name, as browsers do for a page but not for its parts. */
bool accept_names_html(struct sl_str accept);

#endif

/* date.h - a moment as HTTP writes it (IMF-fixdate, RFC 9110 section 5.6.7). Private to proxy/http. */
#ifndef PROXY_HTTP_DATE_H
#define PROXY_HTTP_DATE_H

#include <stdint.h>

enum { HTTP_DATE_BYTES = 29 }; /* "Mon, 23 Nov 2026 21:00:00 GMT" */

/* Not NUL-terminated. Years 1970-9999; a time outside is clamped. */
void http_date(int64_t time_s, char out[HTTP_DATE_BYTES]);

#endif

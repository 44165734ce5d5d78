/* escape.h - text of strangers made safe for the place where it stands. Private to proxy/http.
 * All of them give valid UTF-8: bytes that are none, and control bytes, become U+FFFD. */
#ifndef PROXY_HTTP_ESCAPE_H
#define PROXY_HTTP_ESCAPE_H

#include "sluice/str.h"

void escape_html(struct sl_text *out, struct sl_str s); /* element content and quoted attributes */
void escape_json(struct sl_text *out,
                 struct sl_str s); /* a JSON string with its quotes; also safe inside HTML */
void escape_plain(struct sl_text *out, struct sl_str s); /* text/plain: one line */
/* An RFC 8941 string with its quotes, for structured fields such as Proxy-Status: printable ASCII, the rest
 * is '?'. */
void escape_sf_string(struct sl_text *out, struct sl_str s);
/* A field value: control bytes are dropped, so that no value can end its line. */
void escape_field(struct sl_text *out, struct sl_str s);
/* The text if it is at most `most` bytes, else its begin, "…" and its end, cut between characters. */
void escape_html_short(struct sl_text *out, struct sl_str s, size_t most);

#endif

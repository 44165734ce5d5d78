/* page_kinds.h - the rows behind enum page_kind: what each answer is called and says. Private to proxy/http.
 */
#ifndef PROXY_HTTP_PAGE_KINDS_H
#define PROXY_HTTP_PAGE_KINDS_H

#include "proxy/http/page.h"

enum page_tone { TONE_BLOCK, TONE_WARN, TONE_QUOTA, TONE_LOGIN, TONE_FAULT, TONE_GOOD };

struct page_row {
    uint16_t status;
    uint16_t retry_after_s; /* preset, 0: no such field */
    enum page_tone tone;
    const char *word;   /* audit, problem type */
    const char *error;  /* Proxy-Status, RFC 9209 section 2.3 */
    const char *title;  /* the heading */
    const char *text;   /* what happened, in plain words */
    const char *advice; /* what to do next */
};
const struct page_row *page_row(enum page_kind kind);
/* "Forbidden" for 403. */
const char *page_reason_phrase(unsigned status);

#endif

/* page_body.h - the three forms of a page's body, and the words that they share. Private to proxy/http. */
#ifndef PROXY_HTTP_PAGE_BODY_H
#define PROXY_HTTP_PAGE_BODY_H

#include "proxy/http/page.h"
#include "proxy/http/page_kinds.h"

void page_html(struct sl_text *out, const struct page *p);
void page_json(struct sl_text *out,
               const struct page *p); /* application/problem+json, RFC 9457; plain JSON for status 200 */
void page_text(struct sl_text *out, const struct page *p);
/* The CSP of page_html: `default-src 'none'; style-src 'sha256-...'; ...`. Computed once; any thread. */
const char *page_html_policy(const struct page *p);

/* page_ca.c - what PAGE_CA has in each form. */
void page_ca_html(struct sl_text *out, const struct page *p);
void page_ca_json(struct sl_text *out, const struct page *p);
void page_ca_text(struct sl_text *out, const struct page *p);

/* Heading and explanation of this very page: the row's, or what its facts allow to say better. */
struct sl_str page_title(const struct page *p);
const char *page_advice(const struct page *p); /* "": none */
void page_explain(struct sl_text *out, const struct page *p, void (*value)(struct sl_text *, struct sl_str));

/* page_words.c - numbers and moments for people. */
enum { PAGE_WORDS = 64 };
const char *page_words_bytes(uint64_t n, char buf[PAGE_WORDS]);   /* "1.5 GiB" */
const char *page_words_duration(int64_t s, char buf[PAGE_WORDS]); /* "1 hour", "90 minutes" */
const char *page_words_time(int64_t at_s, int64_t now_s,
                            char buf[PAGE_WORDS]);                  /* "today at 18:00", in local time */
const char *page_words_date(int64_t at_s, char buf[PAGE_WORDS]);    /* "23 November 2026", in UTC */
const char *page_words_moment(int64_t at_s, char buf[PAGE_WORDS]);  /* "23 November 2026, 18:00:00 CET" */
const char *page_rfc3339_local(int64_t at_s, char buf[PAGE_WORDS]); /* "2026-11-23T18:00:00+01:00" */
/* "tomorrow at 00:00 (Europe/Berlin)": when the window of a quota ends, by the policy's clocks. */
const char *page_words_resets(const struct page_quota *q, int64_t now_s, char buf[PAGE_WORDS]);
const char *page_rfc3339_resets(const struct page_quota *q, char buf[PAGE_WORDS]);
/* What happens then, "Starts anew" or "Room again"; NULL: nothing is counted that could go. */
const char *page_words_change(const struct page_quota *q);
/* "At the limit it stops.", "At the limit it goes on at 256 kbit/s." */
const char *page_words_then(const struct page_quota *q, char buf[PAGE_WORDS]);
/* "500 MiB and 15 minutes" */
void page_words_extension(struct sl_text *out, const struct page_quota *q);
/* "512 MiB of 2 GiB, 30 of 60 minutes" */
void page_words_quota(struct sl_text *out, const struct page_quota *q);
const char *page_words_per(struct sl_str per); /* "for you", "for this device", ... */

#endif

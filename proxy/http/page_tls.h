/* page_tls.h - what pages say about TLS that failed: which fault, in plain words, and the certificates that
 * the site showed. Private to proxy/http. */
#ifndef PROXY_HTTP_PAGE_TLS_H
#define PROXY_HTTP_PAGE_TLS_H

#include "proxy/http/page.h"

struct page_tls_row {
    const char *title, *text; /* as those of a page_row */
    const char *label;        /* of the faulty certificate: "Expired" */
    const char *error;        /* Proxy-Status */
};
const struct page_tls_row *page_tls_row(enum tls_fault f);
const char *page_tls_advice(enum tls_fault f);
/* What happened, with what the certificate says. */
void page_tls_explain(struct sl_text *out, const struct page *p,
                      void (*value)(struct sl_text *, struct sl_str));
/* The chain, in each form; nothing where there is none. */
void page_tls_html(struct sl_text *out, const struct page *p);
void page_tls_json(struct sl_text *out, const struct page *p); /* ,"tls":{...} */
void page_tls_text(struct sl_text *out, const struct page *p);

#endif

/* page_guides.h - how each system and program is told to trust a certificate. Private to proxy/http. */
#ifndef PROXY_HTTP_PAGE_GUIDES_H
#define PROXY_HTTP_PAGE_GUIDES_H

#include "sluice/str.h"

enum guide_group { GUIDE_SYSTEM, GUIDE_BROWSER, GUIDE_PROGRAM, GUIDE_GROUPS };

struct guide {
    enum guide_group group;
    const char *id, *title;
    const char *html; /* {file}: the certificate's file without its ending */
};
extern const struct guide guides[];
extern const size_t guide_count;

/* Who asks, by User-Agent: its system's guide, or its program's; -1: not known. */
int guide_of(struct sl_str user_agent);
/* A browser that does not look where its system does; -1: none. */
int guide_of_browser(struct sl_str user_agent);

#endif

/* page.h - the answers that we make ourselves: status line, fields and body, as HTML, problem+json or plain
 * text by Accept.
 *
 * A kind is a row in one table (page_kinds.c): status, Proxy-Status error, title and plain words. page_build
 * is pure: everything it shows is in struct page. Every value is escaped for where it stands (HTML, JSON,
 * field). Any thread. */
#ifndef PROXY_HTTP_PAGE_H
#define PROXY_HTTP_PAGE_H

#include "proxy/http/head.h"
#include "sluice/ca.h"
#include "sluice/certificate.h"
#include "sluice/err.h"
#include "sluice/policy.h"

enum page_kind {
    PAGE_BLOCK,           /* 403 a rule refuses */
    PAGE_WARN,            /* 403 the user may continue */
    PAGE_QUOTA,           /* 403 a quota is used up */
    PAGE_QUOTA_WARN,      /* 403 a quota is nearly used up; the user may continue */
    PAGE_LOGIN,           /* 407 no credentials, or wrong ones (login_failed) */
    PAGE_LOGIN_BUSY,      /* 503 the verifier is overloaded */
    PAGE_MALFORMED,       /* 400 detail says why */
    PAGE_BAD_URL,         /* 400 the target is no URL we can canonicalise */
    PAGE_LENGTH,          /* 411 a body whose end nothing tells */
    PAGE_TIMEOUT_REQUEST, /* 408 head or body did not come in time */
    PAGE_URL_LONG,        /* 414 */
    PAGE_EXPECT,          /* 417 */
    PAGE_RATE,
    PAGE_TUNNELS,
    PAGE_TOO_LARGE,        /* 431 */
    PAGE_UNSUPPORTED,      /* 501 transfer coding or scheme that we do not have */
    PAGE_VERSION,          /* 505 */
    PAGE_PRIVATE,          /* 403 destination address is private or special */
    PAGE_PORT,             /* 403 CONNECT to a port that is not allowed */
    PAGE_OWN,              /* 403 destination is the gateway itself */
    PAGE_MISDIRECTED,      /* 421 redirected, and not to the host that it names */
    PAGE_LOOP,             /* 508 */
    PAGE_DNS_NONE,         /* 502 no such name */
    PAGE_DNS_FAILED,       /* 502 the name servers failed */
    PAGE_DNS_TIMEOUT,      /* 504 */
    PAGE_REFUSED,          /* 502 connection refused */
    PAGE_UNREACHABLE,      /* 502 no route */
    PAGE_CONNECT_TIMEOUT,  /* 504 */
    PAGE_NO_SOURCE,        /* 502 the rule's source does not lead there */
    PAGE_PARENT_UNKNOWN,   /* 502 the rule names a parent proxy that is not there, or is ourselves */
    PAGE_PARENT_DOWN,      /* 502 no parent proxy can be reached */
    PAGE_PARENT_TIMEOUT,   /* 504 it does not answer */
    PAGE_PARENT_TLS,       /* 502 it does not prove who it is */
    PAGE_PARENT_INVALID,   /* 502 it answers nonsense */
    PAGE_PARENT_LOGIN,     /* 502 it does not let us in: never 407, which would ask the client */
    PAGE_PARENT_DENIED,    /* 403 it does not go there */
    PAGE_PARENT_FAILED,    /* 502 it could not get there */
    PAGE_ORIGIN_TLS,       /* 502 TLS with the origin failed, or its certificate has a fault */
    PAGE_ORIGIN_LOST,      /* 502 closed or reset before a whole answer */
    PAGE_ORIGIN_INVALID,   /* 502 the answer is not HTTP as we read it */
    PAGE_ORIGIN_TOO_LARGE, /* 502 its head is over the limit */
    PAGE_ORIGIN_TIMEOUT,   /* 504 no answer in time */
    PAGE_OVERLOAD,         /* 503 with Retry-After */
    PAGE_AUDIT,            /* 503 the audit trail can't be written */
    PAGE_INTERNAL,         /* 500 */
    PAGE_WELCOME,          /* 200 page_host / */
    PAGE_QUOTAS,           /* 200 page_host /quota */
    PAGE_CA,               /* 200 page_host /ca: our certificates, and how they are trusted */
    PAGE_CONTINUE,         /* 302 a warning was accepted: goes to continue_url */
    PAGE_EXTENDED,         /* 303 to continue_url: a quota was extended */
    PAGE_EXTEND_BAD,       /* 403 the button is forged, of someone else, too old, or was used */
    PAGE_CONTINUE_BAD,     /* 403 the continue link is forged, of someone else, or too old */
    PAGE_NOT_FOUND,        /* 404 page_host has no such page */
    PAGE_METHOD,           /* 405 page_host takes GET and HEAD, but for its buttons */
    PAGE_CONTENT,          /* 200 a file of page_host: content and content_type (/ca.pem, /proxy.pac) */
    PAGE_TRACE,            /* 200 content: the echo of a TRACE that goes no further */
    PAGE_OPTIONS,          /* 200 without content: what we can do */
    PAGE_KIND_COUNT
};

struct page_quota {
    struct sl_str id, title, per;                        /* per: "user", "client", "group", "all" */
    uint64_t bytes, requests, minutes;                   /* used */
    uint64_t bytes_limit, requests_limit, minutes_limit; /* 0: no such limit */
    unsigned percent;
    enum action then;              /* at the limit: ACTION_BLOCK, ACTION_WARN, or ACTION_ALLOW and slower */
    uint64_t bytes_per_s;          /* as slow as this */
    int64_t resets_s;              /* when the window ends, or a rolling one has room again */
    int64_t rolling_s;             /* 0: a window of the calendar */
    struct sl_str zone;            /* whose clocks tell `resets`; empty: the gateway's */
    int32_t zone_s, resets_zone_s; /* its offset now and then */
    /* What the user may add: how much at a time, how often, and how often it was taken. times 0: nothing. */
    struct quota_amounts extension;
    uint64_t times, taken;
    struct sl_str extend_url; /* where the button of PAGE_QUOTAS goes; empty: there is none */
};

/* Zero means absent; texts are views. */
struct page {
    enum page_kind kind;
    const char *error;      /* Proxy-Status (RFC 9209 section 2.3); NULL: the kind's */
    const char *request_id; /* X-Sluice-Request; NULL: none */
    int64_t now_s;          /* wall clock */
    enum method method;     /* HEAD gets no body; CONNECT a short one */
    uint8_t minor;          /* of the request; HTTP/1.0 and 1.1 both get an HTTP/1.1 status line */
    bool keep_alive;        /* else Connection: close */
    struct sl_str accept, accept_language; /* of the request */
    struct sl_str url, host;               /* what was asked for, canonical */
    struct sl_str user, client;
    struct sl_str rule_id, rule_title, message;            /* verdict */
    const struct sl_str *category_names, *category_titles; /* both category_count long */
    size_t category_count;
    struct sl_str detail; /* a sentence: why malformed, which address, ...; escaped here */
    const char
        *detail_word; /* for Proxy-Status `details` and JSON: head_fault_word(..) or such; NULL: none */
    /* PAGE_ORIGIN_TLS: what is wrong, and the certificates if any were shown. */
    enum tls_fault tls_fault;
    const struct certificate *certificate;
    unsigned received_status;        /* what the next proxy answered, for Proxy-Status; 0: nothing */
    const struct page_quota *quotas; /* PAGE_QUOTA: the one; PAGE_QUOTAS: all */
    size_t quota_count;
    struct sl_str continue_url; /* PAGE_WARN: the link; PAGE_CONTINUE: where to */
    int64_t warn_for_s;
    const struct sl_str *challenges; /* PAGE_LOGIN: values of Proxy-Authenticate, one field each */
    size_t challenge_count;
    bool login_failed;
    unsigned retry_after_s;              /* 503; 0: the kind's preset */
    const char *page_host;               /* for links; NULL: no links */
    bool secure;                         /* it is shown inside TLS, and so go its links */
    bool takes_post;                     /* PAGE_METHOD */
    struct sl_str content, content_type; /* PAGE_CONTENT; PAGE_TRACE */
    const char *content_name;            /* file name for Content-Disposition; NULL: none */
    bool content_opens;                  /* by the program that knows its type, rather than being saved */
    const struct ca_entry *authorities;  /* PAGE_CA: the one in use first */
    size_t authority_count;
    struct sl_str user_agent; /* PAGE_CA: whose way comes first */
};

/* Appends the whole answer (head and body) to out. Returns its status. */
unsigned page_build(const struct page *p, struct sl_text *out);
unsigned page_status(enum page_kind kind);
const char *page_word(
    enum page_kind kind); /* "blocked", "origin-refused": for audit's reason and problem `type` */
/* "sluice-7a0c1f33.pem": the file of an authority's certificate. */
enum { PAGE_CA_FILE = 24 };
void page_ca_file(const struct ca_entry *e, const char *ending, char out[PAGE_CA_FILE]);
/* The kind of answer for a request head that was refused. */
enum page_kind page_of_fault(enum head_fault f);

/* ---- page_continue.c: the signed link of a warning ---- */
enum { CONTINUE_LIVES_S = 600 };
struct continue_link {
    struct sl_str who;    /* user, else client address as text */
    struct sl_str domain; /* registrable domain */
    struct sl_str rule;
    struct sl_str url;  /* where to go afterwards; absolute */
    int64_t warn_for_s; /* how long the acceptance will hold */
    int64_t expires_s;  /* of the link itself */
    bool secure;        /* the page host by https; not signed */
};
/* Appends "http://PAGE_HOST/continue?..." signed by HMAC-SHA256 under key. */
void continue_link_make(const uint8_t key[32], const char *page_host, const struct continue_link *l,
                        struct sl_text *out);
/* Reads the query of such a link (without '?'). True only when the signature is ours, it has not expired and
 * it was made for `who`. Texts of *out (who excepted: it is the caller's) live in scratch. Nothing of the
 * query is believed before the signature holds, so it is no open redirect. */
bool continue_link_verify(const uint8_t key[32], struct sl_str query, struct sl_str who, int64_t now_s,
                          struct sl_text *scratch, struct continue_link *out);

/* ---- page_extend.c: the signed button of an extension ---- */
enum { EXTEND_LIVES_S = 600 };
struct extend_link {
    struct sl_str subject; /* whom the quota counts: user, else client address as text */
    struct sl_str quota;
    int64_t window_s; /* start of its window; 0: it rolls */
    unsigned taken;   /* extensions before this one: a button works once */
    int64_t expires_s;
};
/* Appends "/quota/extend?..." signed by HMAC-SHA256 under key. The token is on a page of the page host alone,
 * which no other site can read, and does nothing but by POST. */
void extend_link_make(const uint8_t key[32], const struct extend_link *l, struct sl_text *out);
/* Like continue_link_verify; out->quota lives in scratch. */
bool extend_link_verify(const uint8_t key[32], struct sl_str query, struct sl_str subject, int64_t now_s,
                        struct sl_text *scratch, struct extend_link *out);

#endif

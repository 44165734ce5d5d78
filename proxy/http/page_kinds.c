/* page_kinds.c - see page_kinds.h. Words for people who did nothing wrong and know no HTTP. */
#include "proxy/http/page_kinds.h"

#define TELL "If you need it, tell your administrator the request number below."
#define TRY_LATER \
    "Try again in a little while. If it stays like this, tell your administrator the request number below."
#define CHECK_ADDRESS "Check the spelling of the address, or try again later."
#define PROGRAM                                                                                            \
    "This is a fault of the program that made the request, not yours. Its maker can find it by the words " \
    "above."

static const struct page_row rows[PAGE_KIND_COUNT] = {
    [PAGE_BLOCK] = {403, 0, TONE_BLOCK, "blocked", "http_request_denied", "This page is blocked",
                    "The rules of this network do not allow it.", TELL},
    [PAGE_WARN] = {403, 0, TONE_WARN, "warned", "http_request_denied", "Do you need this page?",
                   "The rules of this network ask you to think before you go on.",
                   "You may continue. That you did is recorded."},
    [PAGE_QUOTA] = {403, 0, TONE_QUOTA, "quota", "http_request_denied", "Your quota is used up",
                    "You have used all that the rules of this network allow for this kind of page.", ""},
    [PAGE_QUOTA_WARN] = {403, 0, TONE_WARN, "quota-warning", "http_request_denied",
                         "Your quota is nearly used up",
                         "You have used most of what the rules of this network allow for this kind of page.",
                         "You may continue. This is said once; then go on until the quota is used up."},
    [PAGE_LOGIN] = {407, 0, TONE_LOGIN, "login", "http_request_denied", "Please sign in",
                    "This network asks who you are before it lets you go on.",
                    "Reload the page and enter your user name and password for this network."},
    [PAGE_LOGIN_BUSY] = {503, 2, TONE_FAULT, "login-busy", "proxy_internal_error",
                         "Signing in takes longer than usual",
                         "Too many people, or too many wrong passwords, are being checked at this moment.",
                         TRY_LATER},
    [PAGE_MALFORMED] = {400, 0, TONE_FAULT, "malformed", "http_request_error",
                        "The request can\xe2\x80\x99t be understood",
                        "What arrived is not a correct HTTP request, or it can be read in more than one way.",
                        PROGRAM},
    [PAGE_BAD_URL] = {400, 0, TONE_FAULT, "bad-url", "http_request_error", "The address is not valid",
                      "What was asked for is not the address of a page.",
                      "Check the address for typing mistakes."},
    [PAGE_LENGTH] = {411, 0, TONE_FAULT, "length", "http_request_error",
                     "The request does not say how long it is",
                     "A request of this kind must say how long its body is, even if it is empty.", PROGRAM},
    [PAGE_TIMEOUT_REQUEST] = {408, 0, TONE_FAULT, "request-timeout", "http_request_error",
                              "The request took too long", "The rest of the request did not arrive in time.",
                              "Check your connection and try again."},
    [PAGE_URL_LONG] = {414, 0, TONE_FAULT, "url-long", "http_request_error", "The address is too long",
                       "The address of the page is longer than is accepted.", PROGRAM},
    [PAGE_EXPECT] = {417, 0, TONE_FAULT, "expectation", "http_request_error",
                     "An expectation can\xe2\x80\x99t be met",
                     "The request expects something that is not offered here.", PROGRAM},
    [PAGE_RATE] = {429, 1, TONE_FAULT, "rate", "http_request_denied", "Too many requests at once",
                   "More requests came from here than this network allows in a short time.",
                   "Wait a few seconds and try again."},
    [PAGE_TUNNELS] = {429, 5, TONE_FAULT, "tunnels", "connection_limit_reached",
                      "Too many connections at once",
                      "As many connections are open from here as this network allows.",
                      "Close some pages or programs and try again."},
    [PAGE_TOO_LARGE] = {431, 0, TONE_FAULT, "head-large", "http_request_error", "The request is too large",
                        "The head of the request is larger than is accepted.",
                        "Old cookies are the usual cause: delete those of this site and try again."},
    [PAGE_UNSUPPORTED] = {501, 0, TONE_FAULT, "unsupported", "http_request_error", "This is not supported",
                          "The request uses something that this gateway does not speak.", PROGRAM},
    [PAGE_VERSION] = {505, 0, TONE_FAULT, "version", "http_request_error",
                      "This version of HTTP is not spoken here",
                      "Only HTTP/1.0 and HTTP/1.1 are spoken here.", PROGRAM},
    [PAGE_PRIVATE] =
        {403, 0, TONE_BLOCK, "private-address", "destination_ip_prohibited", "This destination is not open",
         "The address belongs to a private or reserved network, and the gateway does not go there.", TELL},
    [PAGE_PORT] = {403, 0, TONE_BLOCK, "port", "http_request_denied", "This port is not open",
                   "Connections to this port are not allowed through the gateway.", TELL},
    [PAGE_MISDIRECTED] =
        {421, 0, TONE_BLOCK, "host-mismatch", "destination_ip_prohibited", "This is not where that site is",
         "The request names a site that is not known to have the address it goes to.",
         "Reload the page: the address may have changed. If it goes on, something between this "
         "device and its name servers is wrong."},
    [PAGE_OWN] = {403, 0, TONE_BLOCK, "own-listener", "destination_ip_prohibited",
                  "This destination is the gateway itself",
                  "The address leads back to this gateway, which does not connect to itself.",
                  "Check the address of the page and the proxy settings of the program."},
    [PAGE_LOOP] = {508, 0, TONE_FAULT, "loop", "proxy_loop_detected", "The request goes round in circles",
                   "It has come back to this gateway, so it would never arrive.",
                   "The administrator has to look at how the proxies of this network are chained."},
    [PAGE_DNS_NONE] = {502, 0, TONE_FAULT, "dns-none", "dns_error", "There is no site of this name",
                       "The name of the site is not known.", CHECK_ADDRESS},
    [PAGE_DNS_FAILED] = {502, 0, TONE_FAULT, "dns-failed", "dns_error",
                         "The name of the site can\xe2\x80\x99t be looked up",
                         "The name servers gave no usable answer.", TRY_LATER},
    [PAGE_DNS_TIMEOUT] = {504, 0, TONE_FAULT, "dns-timeout", "dns_timeout",
                          "The name of the site can\xe2\x80\x99t be looked up",
                          "The name servers did not answer in time.", TRY_LATER},
    [PAGE_REFUSED] = {502, 0, TONE_FAULT, "origin-refused", "connection_refused",
                      "The site refuses connections",
                      "Its server is there but does not accept connections on this port.", CHECK_ADDRESS},
    [PAGE_UNREACHABLE] = {502, 0, TONE_FAULT, "origin-unreachable", "destination_ip_unroutable",
                          "The site can\xe2\x80\x99t be reached",
                          "There is no way to the server of this site at the moment.", TRY_LATER},
    [PAGE_CONNECT_TIMEOUT] = {504, 0, TONE_FAULT, "connect-timeout", "connection_timeout",
                              "The site does not answer", "Its server did not accept a connection in time.",
                              TRY_LATER},
    [PAGE_NO_SOURCE] =
        {502, 0, TONE_FAULT, "no-source", "proxy_configuration_error",
         "The site can\xe2\x80\x99t be reached the way it should",
         "A rule says from which address of this gateway to go there, and that is not possible.",
         "The administrator has to look at the rule and at the addresses of the gateway."},
    [PAGE_PARENT_UNKNOWN] = {502, 0, TONE_FAULT, "parent-unknown", "proxy_configuration_error",
                             "The way to this site is not set up",
                             "The rules of this network send it through another proxy, which is not set up.",
                             TELL},
    [PAGE_PARENT_DOWN] =
        {502, 0, TONE_FAULT, "parent-down", "destination_unavailable", "The way to this site is closed",
         "It leads through another proxy of this network, which can\xe2\x80\x99t be reached.", TRY_LATER},
    [PAGE_PARENT_TIMEOUT] = {504, 0, TONE_FAULT, "parent-timeout", "connection_timeout",
                             "The way to this site is closed",
                             "It leads through another proxy of this network, which does not answer.",
                             TRY_LATER},
    [PAGE_PARENT_TLS] = {502, 0, TONE_FAULT, "parent-tls", "tls_certificate_error",
                         "The way to this site is not safe",
                         "It leads through another proxy, which does not prove who it is.", TELL},
    [PAGE_PARENT_INVALID] = {502, 0, TONE_FAULT, "parent-invalid", "http_protocol_error",
                             "The way to this site is broken",
                             "It leads through another proxy, whose answer can\xe2\x80\x99t be understood.",
                             TELL},
    [PAGE_PARENT_LOGIN] =
        {502, 0, TONE_FAULT, "parent-login", "proxy_configuration_error",
         "The next proxy does not let the gateway in",
         "The way to this site leads through another proxy, which asks the gateway for another "
         "login.",
         TELL},
    [PAGE_PARENT_DENIED] = {403, 0, TONE_BLOCK, "parent-denied", "http_request_denied",
                            "The next proxy does not allow this",
                            "The way to this site leads through another proxy, which refuses to go there.",
                            TELL},
    [PAGE_PARENT_FAILED] = {502, 0, TONE_FAULT, "parent-failed", "destination_unavailable",
                            "The site can\xe2\x80\x99t be reached",
                            "The way leads through another proxy, which could not connect to it.",
                            CHECK_ADDRESS},
    [PAGE_ORIGIN_TLS] = {502, 0, TONE_BLOCK, "origin-tls", "tls_certificate_error", "", "",
                         ""}, /* page_tls.c has the words */
    [PAGE_ORIGIN_LOST] = {502, 0, TONE_FAULT, "origin-lost", "connection_terminated", "The site hung up",
                          "Its server closed the connection before its answer was whole.",
                          "Try again. The fault is at the site."},
    [PAGE_ORIGIN_INVALID] = {502, 0, TONE_FAULT, "origin-invalid", "http_protocol_error",
                             "The site gave an invalid answer",
                             "What its server sent is not a correct HTTP answer, so it is not passed on.",
                             "The fault is at the site. Trying again later may help."},
    [PAGE_ORIGIN_TOO_LARGE] = {502, 0, TONE_FAULT, "origin-head-large", "http_response_header_section_size",
                               "The site's answer is too large",
                               "The head of its answer is larger than is accepted.",
                               "The fault is at the site. Deleting its cookies may help."},
    [PAGE_ORIGIN_TIMEOUT] = {504, 0, TONE_FAULT, "origin-timeout", "http_response_timeout",
                             "The site takes too long",
                             "Its server took the request but did not answer in time.", TRY_LATER},
    [PAGE_OVERLOAD] = {503, 5, TONE_FAULT, "overload", "connection_limit_reached", "The gateway is very busy",
                       "As many connections are open as are allowed.", TRY_LATER},
    [PAGE_AUDIT] = {503, 30, TONE_FAULT, "audit", "proxy_internal_error",
                    "The gateway can\xe2\x80\x99t keep its records",
                    "Requests must be recorded here, and that is not possible at the moment.",
                    "The administrator has been told by the gateway's log. Try again later."},
    [PAGE_INTERNAL] = {500, 0, TONE_FAULT, "internal", "proxy_internal_error",
                       "Something went wrong in the gateway", "The request could not be handled.", TRY_LATER},
    [PAGE_WELCOME] = {200, 0, TONE_GOOD, "welcome", "proxy_internal_response", "You are connected",
                      "Your requests go through this web gateway, and it works.", ""},
    [PAGE_QUOTAS] = {200, 0, TONE_QUOTA, "quotas", "proxy_internal_response", "Your quotas",
                     "What you have used, and when counting starts anew.", ""},
    [PAGE_CA] = {200, 0, TONE_GOOD, "ca", "proxy_internal_response", "This network\xe2\x80\x99s certificate",
                 "The gateway of this network looks into encrypted pages, as far as its rules say so. "
                 "Programs accept "
                 "that once they trust its certificate.",
                 ""},
    [PAGE_CONTINUE] = {302, 0, TONE_GOOD, "continue", "proxy_internal_response", "Going on",
                       "You chose to continue.", "If your browser does not follow by itself, use the link."},
    [PAGE_EXTENDED] = {303, 0, TONE_GOOD, "extended", "proxy_internal_response", "You have more now",
                       "Your quota was extended. That you did it is recorded.",
                       "If your browser does not follow by itself, use the link."},
    [PAGE_EXTEND_BAD] =
        {403, 0, TONE_QUOTA, "extend-invalid", "http_request_denied", "Nothing was extended",
         "The button is good for ten minutes, once, and only for the person to whom it was shown.",
         "Open the page of your quotas again."},
    [PAGE_CONTINUE_BAD] =
        {403, 0, TONE_WARN, "continue-invalid", "http_request_denied", "This link does not work any more",
         "A link to continue is good for ten minutes, and only for the person who was asked.",
         "Open the page again and continue from there."},
    [PAGE_NOT_FOUND] = {404, 0, TONE_FAULT, "not-found", "proxy_internal_response", "There is no such page",
                        "The gateway has no page at this address.", "Go to the gateway's front page."},
    [PAGE_METHOD] = {405, 0, TONE_FAULT, "method", "proxy_internal_response", "Only for reading",
                     "This page of the gateway can be read and nothing else.", PROGRAM},
    [PAGE_CONTENT] = {200, 0, TONE_GOOD, "content", "proxy_internal_response", "", "", ""},
    [PAGE_TRACE] = {200, 0, TONE_GOOD, "trace", "proxy_internal_response", "", "", ""},
    [PAGE_OPTIONS] = {200, 0, TONE_GOOD, "options", "proxy_internal_response", "", "", ""},
};

const struct page_row *page_row(enum page_kind kind)
{
    sl_assert((unsigned)kind < PAGE_KIND_COUNT);
    return &rows[kind];
}

unsigned page_status(enum page_kind kind)
{
    return page_row(kind)->status;
}

const char *page_word(enum page_kind kind)
{
    return page_row(kind)->word;
}

const char *page_reason_phrase(unsigned status)
{
    switch (status) {
    case 200:
        return "OK";
    case 302:
        return "Found";
    case 303:
        return "See Other";
    case 400:
        return "Bad Request";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 407:
        return "Proxy Authentication Required";
    case 408:
        return "Request Timeout";
    case 411:
        return "Length Required";
    case 414:
        return "URI Too Long";
    case 417:
        return "Expectation Failed";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    case 505:
        return "HTTP Version Not Supported";
    case 508:
        return "Loop Detected";
    default:
        return "Unknown";
    }
}

enum page_kind page_of_fault(enum head_fault f)
{
    switch (head_fault_status(f)) {
    case 411:
        return PAGE_LENGTH;
    case 414:
        return PAGE_URL_LONG;
    case 431:
        return PAGE_TOO_LARGE;
    case 501:
        return PAGE_UNSUPPORTED;
    case 505:
        return PAGE_VERSION;
    default:
        return PAGE_MALFORMED;
    }
}

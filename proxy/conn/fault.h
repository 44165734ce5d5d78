/* fault.h - what can end a request other than its end: one row each with the word of the audit record, the
 * page for the client (where one can still be sent) and the action that is recorded.
 *
 * A word is side-what-phase: who failed, how, and what was going on (docs/errors.md tells people what each
 * means). It never changes: people filter by it. */
#ifndef PROXY_CONN_FAULT_H
#define PROXY_CONN_FAULT_H

#include "proxy/http/page.h"
#include "proxy/runtime/metrics.h"
#include "sluice/verdict.h"

enum fault {
    FAULT_NONE,
    /* the client */
    FAULT_CLIENT_HEAD, /* malformed; txn->request->fault says how */
    FAULT_CLIENT_HEAD_TIMEOUT,
    FAULT_CLIENT_HEAD_CLOSED,
    FAULT_CLIENT_URL,
    FAULT_CLIENT_HELLO, /* redirected, and no TLS where that is expected */
    FAULT_CLIENT_EXPECT,
    FAULT_CLIENT_SCHEME,
    FAULT_CLIENT_GONE, /* closed while it was waiting for us */
    FAULT_CLIENT_BODY, /* malformed */
    FAULT_CLIENT_BODY_CUT,
    FAULT_CLIENT_BODY_TIMEOUT,
    FAULT_CLIENT_SLOW_BODY,       /* below proxy.min_rate */
    FAULT_CLIENT_TIMEOUT_INTERIM, /* does not take a 1xx */
    FAULT_CLIENT_RESET_RELAY,
    FAULT_CLIENT_TIMEOUT_RELAY, /* does not take the answer */
    FAULT_CLIENT_SLOW_RELAY,
    FAULT_CLIENT_RESET_REPLY,
    FAULT_CLIENT_TIMEOUT_REPLY,
    FAULT_CLIENT_RESET_TUNNEL,
    FAULT_CLIENT_SLOW_TUNNEL,
    FAULT_CLIENT_REQUESTS, /* more than its limits allow */
    FAULT_CLIENT_TUNNELS,
    FAULT_USER_REQUESTS,
    FAULT_USER_TUNNELS,
    FAULT_HELLO_TIMEOUT, /* says nothing in its tunnel */
    FAULT_HELLO_CLOSED,  /* ends it instead */
    FAULT_NOT_TLS,       /* what it says in a tunnel that is to be inspected */
    FAULT_NAME_CUT,      /* speaks TLS to a name that is refused */
    FAULT_CLIENT_TLS,    /* txn->tls_fault says how; usually it does not trust our CA */
    FAULT_CLIENT_TLS_TIMEOUT,
    /* the destination */
    FAULT_LOOP,
    FAULT_PORT,
    FAULT_PRIVATE,
    FAULT_OWN,
    FAULT_HOST_MISMATCH, /* redirected, and what it names is not known to be where it goes */
    FAULT_DNS_NONE,
    FAULT_DNS_FAILED,
    FAULT_DNS_TIMEOUT,
    FAULT_CONNECT_REFUSED,
    FAULT_CONNECT_UNREACHABLE,
    FAULT_CONNECT_TIMEOUT,
    FAULT_UPSTREAM_LIMIT, /* as many connections are open as are allowed, and it waited in vain */
    FAULT_NO_SOURCE,      /* none of its addresses can be reached from the one that the rule names */
    /* the parent proxy */
    FAULT_PARENT_UNKNOWN, /* nobody has the name that the rule says */
    FAULT_PARENT_NONE,    /* all of them are down */
    FAULT_PARENT_DNS_NONE,
    FAULT_PARENT_DNS_FAILED,
    FAULT_PARENT_DNS_TIMEOUT,
    FAULT_PARENT_OWN, /* it is ourselves */
    FAULT_PARENT_CONNECT_REFUSED,
    FAULT_PARENT_UNREACHABLE,
    FAULT_PARENT_CONNECT_TIMEOUT,
    FAULT_PARENT_TLS,
    FAULT_PARENT_CLOSED, /* before the way was open */
    FAULT_PARENT_TIMEOUT,
    FAULT_PARENT_INVALID,
    FAULT_PARENT_LOGIN,
    FAULT_PARENT_DENIED, /* it does not open the way that was asked for */
    FAULT_PARENT_FAILED, /* it could not */
    /* the origin, or a parent in its place */
    FAULT_ORIGIN_TLS, /* txn->tls_fault says how */
    FAULT_ORIGIN_TLS_TIMEOUT,
    FAULT_SEND_LOST,
    FAULT_SEND_TIMEOUT,
    FAULT_SEND_SLOW,
    FAULT_RESPONSE_LOST,
    FAULT_RESPONSE_CUT,     /* within its head */
    FAULT_RESPONSE_EARLY,   /* before it was asked */
    FAULT_RESPONSE_INVALID, /* txn->response->fault says how */
    FAULT_RESPONSE_LARGE,
    FAULT_RESPONSE_TIMEOUT,
    FAULT_RELAY_CUT,
    FAULT_RELAY_INVALID,
    FAULT_RELAY_TIMEOUT,
    FAULT_TUNNEL_RESET,
    FAULT_TUNNEL_IDLE,
    FAULT_TUNNEL_SLOW,
    /* ourselves */
    FAULT_LOGIN,
    FAULT_LOGIN_BUSY,
    FAULT_OVERLOAD,
    FAULT_MEMORY, /* of the buffers' budget */
    FAULT_NO_SOCKET,
    FAULT_NO_LEAF,    /* nobody signs for what is to be inspected */
    FAULT_HANDSHAKES, /* as many are under way as are allowed */
    FAULT_AUDIT,
    FAULT_QUOTA_CUT,
    FAULT_POLICY_CUT, /* the verdict was made anew and says no */
    FAULT_USER_CUT,   /* the user was removed, or has another password */
    FAULT_DRAIN,
    FAULT_CLOSED_BY_ADMIN,
    FAULT_NO_MEMORY, /* of the request's arena */
    FAULT_COUNT
};

struct fault_row {
    const char *word;    /* record.error, "" when the reason says it all */
    enum page_kind page; /* PAGE_KIND_COUNT: none, the connection just ends */
    enum action action;  /* when nothing of an answer has been sent yet */
    const char *reason;  /* record.reason; NULL: the verdict's */
    enum metric counter; /* of the limit or deadline that did it; 0: neither */
    const char *error;   /* in Proxy-Status where it is not that of the page */
};
const struct fault_row *fault_row(enum fault f);

#endif

/* fault.c - see fault.h. */
#include "proxy/conn/fault.h"

#define NO_PAGE PAGE_KIND_COUNT

static const struct fault_row rows[FAULT_COUNT] = {
    [FAULT_NONE] = {"", NO_PAGE, ACTION_ALLOW, NULL, false},

    [FAULT_CLIENT_HEAD] = {"client-malformed-head", PAGE_MALFORMED, ACTION_ERROR, "malformed", false},
    [FAULT_CLIENT_HEAD_TIMEOUT] = {"client-timeout-head", PAGE_TIMEOUT_REQUEST, ACTION_ERROR, "timeout",
                                   true},
    [FAULT_CLIENT_HEAD_CLOSED] = {"client-closed-head", NO_PAGE, ACTION_ERROR, "incomplete", false},
    [FAULT_CLIENT_URL] = {"client-malformed-url", PAGE_BAD_URL, ACTION_ERROR, "malformed", false},
    [FAULT_CLIENT_EXPECT] = {"client-unknown-expectation", PAGE_EXPECT, ACTION_ERROR, "malformed", false},
    [FAULT_CLIENT_SCHEME] = {"client-unsupported-scheme", PAGE_UNSUPPORTED, ACTION_ERROR, "unsupported",
                             false},
    [FAULT_CLIENT_GONE] = {"client-closed-wait", NO_PAGE, ACTION_ERROR, NULL, false},
    [FAULT_CLIENT_BODY] = {"client-malformed-body", PAGE_MALFORMED, ACTION_ERROR, "malformed", false},
    [FAULT_CLIENT_BODY_CUT] = {"client-closed-send", NO_PAGE, ACTION_ERROR, NULL, false},
    [FAULT_CLIENT_BODY_TIMEOUT] = {"client-timeout-send", PAGE_TIMEOUT_REQUEST, ACTION_ERROR, NULL, true},
    [FAULT_CLIENT_RESET_RELAY] = {"client-reset-relay", NO_PAGE, ACTION_ERROR, NULL, false},
    [FAULT_CLIENT_TIMEOUT_RELAY] = {"client-timeout-relay", NO_PAGE, ACTION_ERROR, NULL, true},
    [FAULT_CLIENT_RESET_REPLY] = {"client-reset-reply", NO_PAGE, ACTION_ERROR, NULL, false},
    [FAULT_CLIENT_TIMEOUT_REPLY] = {"client-timeout-reply", NO_PAGE, ACTION_ERROR, NULL, true},
    [FAULT_CLIENT_RESET_TUNNEL] = {"client-reset-tunnel", NO_PAGE, ACTION_ALLOW, NULL, false},
    [FAULT_CLIENT_REQUESTS] = {"client-limit-requests", PAGE_RATE, ACTION_ERROR, "limit", false},
    [FAULT_CLIENT_TUNNELS] = {"client-limit-tunnels", PAGE_TUNNELS, ACTION_ERROR, "limit", false},
    [FAULT_USER_REQUESTS] = {"client-limit-user-requests", PAGE_RATE, ACTION_ERROR, "limit", false},
    [FAULT_USER_TUNNELS] = {"client-limit-user-tunnels", PAGE_TUNNELS, ACTION_ERROR, "limit", false},

    [FAULT_LOOP] = {"", PAGE_LOOP, ACTION_BLOCK, "loop", false},
    [FAULT_PORT] = {"", PAGE_PORT, ACTION_BLOCK, "port", false},
    [FAULT_PRIVATE] = {"", PAGE_PRIVATE, ACTION_BLOCK, "private-address", false},
    [FAULT_OWN] = {"", PAGE_OWN, ACTION_BLOCK, "own-listener", false},
    [FAULT_DNS_NONE] = {"origin-unknown-dns", PAGE_DNS_NONE, ACTION_ERROR, NULL, false},
    [FAULT_DNS_FAILED] = {"origin-failed-dns", PAGE_DNS_FAILED, ACTION_ERROR, NULL, false},
    [FAULT_DNS_TIMEOUT] = {"origin-timeout-dns", PAGE_DNS_TIMEOUT, ACTION_ERROR, NULL, true},
    [FAULT_CONNECT_REFUSED] = {"origin-connect-refused", PAGE_REFUSED, ACTION_ERROR, NULL, false},
    [FAULT_CONNECT_UNREACHABLE] = {"origin-connect-unreachable", PAGE_UNREACHABLE, ACTION_ERROR, NULL, false},
    [FAULT_CONNECT_TIMEOUT] = {"origin-connect-timeout", PAGE_CONNECT_TIMEOUT, ACTION_ERROR, NULL, true},
    [FAULT_NO_SOURCE] = {"gateway-no-source", PAGE_NO_SOURCE, ACTION_ERROR, NULL, false},
    [FAULT_SEND_LOST] = {"origin-reset-send", PAGE_ORIGIN_LOST, ACTION_ERROR, NULL, false},
    [FAULT_SEND_TIMEOUT] = {"origin-timeout-send", PAGE_ORIGIN_TIMEOUT, ACTION_ERROR, NULL, true},
    [FAULT_RESPONSE_LOST] = {"origin-closed-response", PAGE_ORIGIN_LOST, ACTION_ERROR, NULL, false},
    [FAULT_RESPONSE_INVALID] = {"origin-invalid-response", PAGE_ORIGIN_INVALID, ACTION_ERROR, NULL, false},
    [FAULT_RESPONSE_LARGE] = {"origin-large-response", PAGE_ORIGIN_TOO_LARGE, ACTION_ERROR, NULL, false},
    [FAULT_RESPONSE_TIMEOUT] = {"origin-timeout-response", PAGE_ORIGIN_TIMEOUT, ACTION_ERROR, NULL, true},
    [FAULT_RELAY_CUT] = {"origin-cut-relay", NO_PAGE, ACTION_ERROR, NULL, false},
    [FAULT_RELAY_INVALID] = {"origin-invalid-relay", NO_PAGE, ACTION_ERROR, NULL, false},
    [FAULT_RELAY_TIMEOUT] = {"origin-timeout-relay", NO_PAGE, ACTION_ERROR, NULL, true},
    [FAULT_TUNNEL_RESET] = {"origin-reset-tunnel", NO_PAGE, ACTION_ALLOW, NULL, false},
    [FAULT_TUNNEL_IDLE] = {"tunnel-idle", NO_PAGE, ACTION_ALLOW, NULL, true},

    [FAULT_LOGIN] = {"", PAGE_LOGIN, ACTION_BLOCK, "auth", false},
    [FAULT_LOGIN_BUSY] = {"gateway-busy-auth", PAGE_LOGIN_BUSY, ACTION_ERROR, "auth", false},
    [FAULT_OVERLOAD] = {"gateway-overload", PAGE_OVERLOAD, ACTION_ERROR, "overload", false},
    [FAULT_NO_SOCKET] = {"gateway-no-socket", PAGE_OVERLOAD, ACTION_ERROR, NULL, false},
    [FAULT_AUDIT] = {"gateway-audit-full", PAGE_AUDIT, ACTION_ERROR, "audit", false},
    [FAULT_QUOTA_CUT] = {"", PAGE_QUOTA, ACTION_QUOTA, "quota", false},
    [FAULT_POLICY_CUT] = {"", NO_PAGE, ACTION_BLOCK, "governed", false},
    [FAULT_USER_CUT] = {"", PAGE_LOGIN, ACTION_BLOCK, "user-changed", false},
    [FAULT_DRAIN] = {"gateway-drain", NO_PAGE, ACTION_ERROR, NULL, false},
    [FAULT_CLOSED_BY_ADMIN] = {"gateway-closed-by-administrator", NO_PAGE, ACTION_ALLOW, NULL, false},
    [FAULT_NO_MEMORY] = {"client-large-request", PAGE_TOO_LARGE, ACTION_ERROR, "malformed", false},
};

const struct fault_row *fault_row(enum fault f)
{
    sl_assert((unsigned)f < FAULT_COUNT);
    return &rows[f];
}

/* metrics.h - what is counted: one table of names for Prometheus, JSON and the code that counts.
 * Each worker writes its own set without locks (one writer, relaxed atomics); readers add all sets up. */
#ifndef PROXY_RUNTIME_METRICS_H
#define PROXY_RUNTIME_METRICS_H

#include <stdatomic.h>

#include "sluice/str.h"
#include "sluice/tls_fault.h"

/* id, kind, name, labels, help. Rows of one name stand together. */
#define METRICS(X)                                                                                           \
    X(CLIENT_CONNECTIONS, GAUGE, "client_connections", "", "Client connections open now.")                   \
    X(CLIENT_IDLE, GAUGE, "client_connections_idle", "", "Client connections that wait for a request.")      \
    X(CLIENT_ACCEPTED, COUNTER, "client_connections_total", "", "Client connections accepted.")              \
    X(CLIENT_REFUSED, COUNTER, "client_connections_refused_total", "",                                       \
      "Client connections turned away because a limit was reached.")                                         \
    X(HTTP2_CONNECTIONS, GAUGE, "http2_connections", "", "Client connections open now that speak HTTP/2.")   \
    X(HTTP2_REQUESTS, COUNTER, "http2_requests_total", "", "Requests that came by HTTP/2.")                  \
    X(ACCEPT_FAILED, COUNTER, "accept_failures_total", "",                                                   \
      "Failures to accept, most of all for want of descriptors.")                                            \
    X(UPSTREAM_CONNECTIONS, GAUGE, "upstream_connections", "", "Connections to origins open now.")           \
    X(UPSTREAM_IDLE, GAUGE, "upstream_connections_idle", "",                                                 \
      "Connections to origins that wait in the pool.")                                                       \
    X(UPSTREAM_WAITING, GAUGE, "upstream_waiting", "",                                                       \
      "Requests that wait for a connection, since as many are open as are allowed.")                         \
    X(UPSTREAM_OPENED, COUNTER, "upstream_connects_total", "result=\"ok\"",                                  \
      "Connections to origins tried, by result.")                                                            \
    X(UPSTREAM_FAILED, COUNTER, "upstream_connects_total", "result=\"failed\"", "")                          \
    X(UPSTREAM_REUSED, COUNTER, "upstream_reused_total", "", "Requests sent on a pooled connection.")        \
    X(UPSTREAM_RETRIED, COUNTER, "upstream_retries_total", "",                                               \
      "Requests sent again after a pooled connection turned out stale.")                                     \
    X(TUNNELS, GAUGE, "tunnels", "", "Tunnels open now (CONNECT and Upgrade).")                              \
    X(THROTTLED, GAUGE, "throttled", "", "Requests and tunnels under way that a throttle slows down.")       \
    X(TUNNELS_OPENED, COUNTER, "tunnels_total", "", "Tunnels opened.")                                       \
    X(BYTES_FROM_CLIENTS, COUNTER, "client_bytes_total", "direction=\"in\"", "Bytes from and to clients.")   \
    X(BYTES_TO_CLIENTS, COUNTER, "client_bytes_total", "direction=\"out\"", "")                              \
    X(BYTES_FROM_ORIGINS, COUNTER, "upstream_bytes_total", "direction=\"in\"", "Bytes from and to origins.") \
    X(BYTES_TO_ORIGINS, COUNTER, "upstream_bytes_total", "direction=\"out\"", "")                            \
    X(BYTES_SPLICED, COUNTER, "spliced_bytes_total", "",                                                     \
      "Bytes of large transfers that the kernel moved from one connection to the other.")                    \
    X(DNS_LOOKUPS, COUNTER, "dns_lookups_total", "result=\"asked\"",                                         \
      "Lookups of names, by where the answer came from.")                                                    \
    X(DNS_CACHED, COUNTER, "dns_lookups_total", "result=\"cached\"", "")                                     \
    X(DNS_HOSTS, COUNTER, "dns_lookups_total", "result=\"hosts-file\"", "")                                  \
    X(DNS_FAILED, COUNTER, "dns_lookups_total", "result=\"failed\"", "")                                     \
    X(LIMIT_CONNECTIONS, COUNTER, "limit_hits_total", "limit=\"connections\"",                               \
      "Times that a limit turned something away, by limit (docs/limits.md).")                                \
    X(LIMIT_CLIENT_CONNECTIONS, COUNTER, "limit_hits_total", "limit=\"client-connections\"", "")             \
    X(LIMIT_CLIENT_REQUESTS, COUNTER, "limit_hits_total", "limit=\"client-requests\"", "")                   \
    X(LIMIT_CLIENT_TUNNELS, COUNTER, "limit_hits_total", "limit=\"client-tunnels\"", "")                     \
    X(LIMIT_USER_REQUESTS, COUNTER, "limit_hits_total", "limit=\"user-requests\"", "")                       \
    X(LIMIT_USER_TUNNELS, COUNTER, "limit_hits_total", "limit=\"user-tunnels\"", "")                         \
    X(LIMIT_IDLE, COUNTER, "limit_hits_total", "limit=\"idle\"", "")                                         \
    X(LIMIT_MEMORY, COUNTER, "limit_hits_total", "limit=\"memory\"", "")                                     \
    X(LIMIT_DESCRIPTORS, COUNTER, "limit_hits_total", "limit=\"descriptors\"", "")                           \
    X(LIMIT_HEAD, COUNTER, "limit_hits_total", "limit=\"head\"", "")                                         \
    X(LIMIT_HTTP2_STREAMS, COUNTER, "limit_hits_total", "limit=\"http2-streams\"", "")                       \
    X(LIMIT_HTTP2_RESETS, COUNTER, "limit_hits_total", "limit=\"http2-resets\"", "")                         \
    X(LIMIT_HTTP2_FRAMES, COUNTER, "limit_hits_total", "limit=\"http2-frames\"", "")                         \
    X(LIMIT_HTTP2_FIELDS, COUNTER, "limit_hits_total", "limit=\"http2-fields\"", "")                         \
    X(LIMIT_BODY_RATE, COUNTER, "limit_hits_total", "limit=\"body-rate\"", "")                               \
    X(LIMIT_ANSWER_RATE, COUNTER, "limit_hits_total", "limit=\"answer-rate\"", "")                           \
    X(LIMIT_ORIGIN_RATE, COUNTER, "limit_hits_total", "limit=\"origin-rate\"", "")                           \
    X(LIMIT_LOGIN, COUNTER, "limit_hits_total", "limit=\"login\"", "")                                       \
    X(LIMIT_ORIGIN_CONNECTIONS, COUNTER, "limit_hits_total", "limit=\"origin-connections\"", "")             \
    X(LIMIT_UPSTREAM_CONNECTIONS, COUNTER, "limit_hits_total", "limit=\"upstream-connections\"", "")         \
    X(LIMIT_UPSTREAM_QUEUE, COUNTER, "limit_hits_total", "limit=\"upstream-queue\"", "")                     \
    X(LIMIT_HANDSHAKES, COUNTER, "limit_hits_total", "limit=\"handshakes\"", "")                             \
    X(LIMIT_VERIFY_FETCHES, COUNTER, "limit_hits_total", "limit=\"verify-fetches\"", "")                     \
    X(VERIFY_FETCHED, COUNTER, "verify_fetches_total", "result=\"ok\"",                                      \
      "Issuers, OCSP answers and CRLs fetched to verify origins.")                                           \
    X(VERIFY_FETCH_FAILED, COUNTER, "verify_fetches_total", "result=\"failed\"", "")                         \
    X(TLS_ACCEPTED, COUNTER, "client_tls_handshakes_total", "result=\"full\"",                               \
      "TLS handshakes with clients, by result.")                                                             \
    X(TLS_RESUMED, COUNTER, "client_tls_handshakes_total", "result=\"resumed\"", "")                         \
    X(TLS_FAILED, COUNTER, "client_tls_handshakes_total", "result=\"failed\"", "")                           \
    X(PROXY_HEADERS, COUNTER, "proxy_headers_total", "result=\"ok\"",                                        \
      "Connections to listeners with proxy-protocol, by what came first.")                                   \
    X(PROXY_UNTRUSTED, COUNTER, "proxy_headers_total", "result=\"untrusted\"", "")                           \
    X(PROXY_MALFORMED, COUNTER, "proxy_headers_total", "result=\"malformed\"", "")                           \
    X(TRANSPARENT_DIRECT, COUNTER, "transparent_refused_total", "",                                          \
      "Connections to transparent listeners that nobody had redirected, or back to ourselves.")              \
    X(HOST_UNVERIFIED, COUNTER, "transparent_unverified_total", "",                                          \
      "Redirected requests whose host is not known to have the address that they go to.")                    \
    X(MALFORMED, COUNTER, "malformed_requests_total", "", "Requests refused because they were malformed.")   \
    X(AUTH_REFUSED, COUNTER, "auth_refused_total", "", "Requests answered with 407.")                        \
    X(TIMEOUT_IDLE, COUNTER, "timeouts_total", "of=\"idle\"",                                                \
      "Deadlines that passed, by what did not come in time.")                                                \
    X(TIMEOUT_HANDSHAKE, COUNTER, "timeouts_total", "of=\"handshake\"", "")                                  \
    X(TIMEOUT_HEAD, COUNTER, "timeouts_total", "of=\"head\"", "")                                            \
    X(TIMEOUT_BODY, COUNTER, "timeouts_total", "of=\"body\"", "")                                            \
    X(TIMEOUT_ANSWER, COUNTER, "timeouts_total", "of=\"answer\"", "")                                        \
    X(TIMEOUT_SEND, COUNTER, "timeouts_total", "of=\"send\"", "")                                            \
    X(TIMEOUT_DNS, COUNTER, "timeouts_total", "of=\"dns\"", "")                                              \
    X(TIMEOUT_CONNECT, COUNTER, "timeouts_total", "of=\"connect\"", "")                                      \
    X(TIMEOUT_RESPONSE, COUNTER, "timeouts_total", "of=\"response\"", "")                                    \
    X(TIMEOUT_TUNNEL, COUNTER, "timeouts_total", "of=\"tunnel\"", "")                                        \
    X(REGEX_LIMITS, COUNTER, "regex_limits_total", "",                                                       \
      "Times that a regex of the policy gave up on a URL: who blocks takes that for a match.")               \
    X(AUDIT_STALLED, COUNTER, "audit_stalled_total", "",                                                     \
      "Requests that had to wait for room in the audit trail.")                                              \
    X(AUDIT_REFUSED, COUNTER, "audit_refused_total", "",                                                     \
      "Requests refused because the audit trail had no room.")                                               \
    X(AUDIT_LOST, COUNTER, "audit_lost_total", "", "Requests that could not be recorded.")                   \
    X(BUFFER_BYTES, GAUGE, "buffer_bytes", "", "Memory of buffers, those kept for reuse included.")          \
    X(BUFFER_BYTES_IN_USE, GAUGE, "buffer_bytes_in_use", "", "Memory of buffers that hold something.")

enum metric {
#define X(id, kind, name, labels, help) METRIC_##id,
    METRICS(X)
#undef X
        METRIC_COUNT
};

/* Actions of the record (enum action), and statuses of 100 to 599 with "none" before them. */
enum { METRIC_ACTIONS = 5, METRIC_STATUSES = 501 };
/* TLS of tunnels that are inspected: with whom, and which. */
enum metric_tls { METRIC_TLS_CLIENT, METRIC_TLS_ORIGIN, METRIC_TLS_SIDES };
enum { METRIC_TLS_VERSIONS = 2 };
/* Phases of a request in the order of the record, and its whole. */
enum { METRIC_PHASES = 7, METRIC_BUCKETS = 14 };

/* How many durations fell into each bucket, and their sum. */
struct histogram {
    _Atomic uint64_t count[METRIC_BUCKETS + 1], sum_us;
};

struct metrics {
    _Atomic uint64_t value[METRIC_COUNT];
    _Atomic uint64_t ended[METRIC_ACTIONS][METRIC_STATUSES];        /* requests */
    _Atomic uint64_t tls[METRIC_TLS_SIDES][METRIC_TLS_VERSIONS][2]; /* handshakes: full, resumed */
    _Atomic uint64_t tls_faults[METRIC_TLS_SIDES][TLS_FAULT_COUNT];
    struct histogram duration; /* of requests, tunnels excepted */
    struct histogram phase[METRIC_PHASES];
};

/* The owner's thread only. */
static inline void metrics_add(struct metrics *m, enum metric id, uint64_t n)
{
    uint64_t old = atomic_load_explicit(&m->value[id], memory_order_relaxed);
    atomic_store_explicit(&m->value[id], old + n, memory_order_relaxed);
}
static inline void metrics_set(struct metrics *m, enum metric id, uint64_t value)
{
    atomic_store_explicit(&m->value[id], value, memory_order_relaxed);
}
static inline void metrics_sub(struct metrics *m, enum metric id, uint64_t n)
{
    metrics_add(m, id, (uint64_t)0 - n);
}
/* A request has ended: its action, and the status that it was answered with (0: none). The owner's thread. */
void metrics_ended(struct metrics *m, unsigned action, unsigned status);
/* A handshake of an inspected tunnel; one that failed, or whose certificate is not to be trusted. */
void metrics_tls(struct metrics *m, enum metric_tls side, const char *version, bool resumed);
void metrics_tls_failed(struct metrics *m, enum metric_tls side, enum tls_fault fault);
/* The same of its whole time, and of the time of each phase: 0 is one that it had not. */
void metrics_duration(struct metrics *m, uint64_t duration_us);
void metrics_phases(struct metrics *m, const uint64_t *phase_us, size_t count); /* the first phases */

/* Adds a set to a sum; both are valid at any time, the sum belongs to the caller. */
void metrics_sum(const struct metrics *m, struct metrics *sum);
uint64_t metrics_get(const struct metrics *m, enum metric id);
/* Requests that ended with this action. */
uint64_t metrics_get_ended(const struct metrics *m, unsigned action);
/* Prometheus text exposition 0.0.4, every name with "sluice_" before it. */
void metrics_print(const struct metrics *m, struct sl_text *out);

#endif

/* settings.h - every setting of the gateway as a field; base/settings.c has one row for each (INTERFACE of
 * the settings file). Filled once, then shared read-only by any thread: a reload makes another one, and the
 * old one goes with the last who looks at it. */
#ifndef SLUICE_SETTINGS_H
#define SLUICE_SETTINGS_H

#include <stdatomic.h>
#include <stdio.h>

#include "base/conf.h"

enum forwarded_for {
    FORWARDED_DELETE,
    FORWARDED_APPEND,
    FORWARDED_TRUNCATE,
    FORWARDED_TRANSPARENT,
    FORWARDED_ON_BEHALF
};
enum parent_fallback { PARENT_FALLBACK_OFF, PARENT_FALLBACK_DIRECT };
enum parent_balance { PARENT_ROUND_ROBIN, PARENT_HASH, PARENT_FIRST };
enum { PARENTS_MAX = 64 };
enum client_certificates {
    CLIENT_CERTIFICATES_OFF,
    CLIENT_CERTIFICATES_OPTIONAL,
    CLIENT_CERTIFICATES_REQUIRED
};
enum inspect_revocation { INSPECT_REVOCATION_OFF, INSPECT_REVOCATION_SOFT, INSPECT_REVOCATION_HARD };
enum policy_approval { APPROVAL_OFF, APPROVAL_SECOND_PERSON };
enum inspect_not_tls { NOT_TLS_BLOCK, NOT_TLS_TUNNEL };
enum on_audit_failure { ON_FAILURE_STALL, ON_FAILURE_REFUSE, ON_FAILURE_CONTINUE };

struct settings {
    atomic_uint refs;
    struct {
        char *directory; /* state.directory */
        char *user;
    } state;
    struct {
        struct conf_texts listen; /* of base/listen_spec.h, checked */
        int workers;              /* 0 = auto */
        struct conf_ports connect_ports;
        struct conf_cidrs allow_private, nat64_prefixes;
        int forwarded_for; /* enum forwarded_for */
        bool via;
        int64_t max_connections;                         /* 20000, in all workers together */
        int64_t max_client_connections;                  /* per client address, 0 = none; default 1000 */
        int64_t max_client_requests, max_client_tunnels; /* a second; at once; of an address, 0 = no limit */
        int64_t max_user_requests, max_user_tunnels;     /* the same of a user */
        struct conf_cidrs limits_exempt;                 /* no limit per address for these */
        uint64_t max_head;                               /* bytes of a request or response head, 64KiB */
        uint64_t buffer_budget;                          /* of a worker, 64MiB */
        int64_t max_fields;                              /* 200 */
        char *page_host;
        struct conf_texts pac_proxy, pac_bypass; /* checked: base/pac.h */
        int64_t timeout_head_ms, timeout_connect_ms, timeout_idle_ms, timeout_response_ms, timeout_body_ms,
            timeout_tunnel_idle_ms; /* 10s 10s 60s 60s 60s 10m; body: longest gap between two pieces of a body
                                     */
        uint64_t min_rate;          /* bytes a second of a peer that is waited for, 256 */
        int64_t drain_ms;           /* how long SIGTERM waits for running transfers, 30s */
        int64_t drain_upgrade_ms;   /* and one that was replaced, 1h */
        int64_t pool_per_origin, pool_total; /* idle upstream connections kept, per worker: 256, 2048 */
        int64_t origin_connections, upstream_connections; /* open ones; 0: without limit */
        int64_t upstream_queue, timeout_queue_ms;
        int64_t tcp_keepalive_ms;
        bool tcp_fast_open;
        int64_t pool_idle_ms;      /* 30s */
        struct conf_texts parents; /* base/parent.h reads them */
        int parent_fallback;       /* enum parent_fallback */
        int parent_balance;        /* enum parent_balance */
        int64_t parent_check_ms;   /* 10s, 0: never */
        char *parent_ca;
        struct conf_cidrs trusted_proxies; /* who may speak the PROXY protocol */
        char *tls_certificate, *tls_key, *tls_client_ca;
        bool transparent_strict;
        int tls_client_certificates;                  /* enum client_certificates */
        int64_t timeout_handshake_ms, max_handshakes; /* 10s; 1000 in each worker */
    } proxy;
    struct {
        struct conf_texts servers; /* endpoints, checked; the port may have been left out of the file */
        char *hosts;
        int64_t timeout_ms;                              /* 5s */
        int64_t cache_max_ttl_ms, cache_negative_ttl_ms; /* 1h, 10s */
    } dns;
    struct {
        struct conf_texts methods; /* none | basic */
        char *realm;
        int64_t cache_ms; /* how long a verified password is remembered, 5m */
    } auth;
    struct {
        struct conf_texts listen;
        struct conf_texts hostnames; /* names and addresses, checked, as written */
        char *tls_certificate, *tls_key, *console;
    } admin;
    struct {
        int approval;       /* enum policy_approval */
        int64_t always_run; /* 64 */
    } policy;
    struct {
        int64_t retention_ms; /* 90d */
        int on_failure;       /* enum on_audit_failure */
        uint64_t segment;     /* journal segment, 16MiB */
        int64_t batch_ms;     /* how often the writer moves records to SQLite at least, 200ms */
    } audit;
    struct {
        bool enabled;
        char *trust;
        int revocation;                                      /* enum inspect_revocation */
        int64_t leaf_cache, leaf_days;                       /* 4096 leaves kept; 90 */
        int learn;                                           /* enum learn_mode of sluice/learned.h */
        int64_t learn_failures, learn_clients, learn_for_ms; /* 6, 3; 30d */
        bool http2;
        int64_t http2_streams; /* at once on a connection */
        int not_tls;           /* enum inspect_not_tls */
    } inspect;
    struct {
        int level; /* enum sl_log_level */
    } log;
};

/* On the heap, to be loaded. */
struct settings *settings_new(void);
const struct settings *settings_ref(const struct settings *s);
void settings_unref(const struct settings **s); /* NULL is fine; clears *s */

/* In the caller's memory; shared only with those who let go before settings_fini. */
void settings_defaults(struct settings *s);
/* Defaults, then the file; checks what spans several settings too (a certificate needs its key, ...). */
bool settings_load(const char *path, struct settings *s, struct conf_faults *faults);
/* The same from memory; name stands in the faults for the file. */
bool settings_load_text(const char *name, struct sl_str text, struct settings *s, struct conf_faults *faults);
/* Sets one setting as the command line does, over what was loaded; value NULL leaves it. Checked like a line
 * of the file. */
bool settings_set(struct settings *s, const char *key, const char *value, struct sl_err *err);
/* An endpoint of 127.0.0.0/8 or ::1: what is sent there stays on this machine. */
bool settings_is_loopback(const char *listen);
void settings_fini(struct settings *s);
/* Each setting in the order of the manual. Passwords within values are masked. */
struct settings_item {
    const char *key, *section, *value, *preset, *form,
        *help;       /* preset: the default; form: what may be written */
    bool next_start; /* a change counts at the next start only */
};
void settings_each(const struct settings *s, void (*each)(void *arg, const struct settings_item *item),
                   void *arg);
/* Each setting whose value is another one. Passwords within values are masked. */
struct settings_change {
    const char *key, *before, *after;
    bool next_start;
};
void settings_compare(const struct settings *old, const struct settings *new,
                      void (*each)(void *arg, const struct settings_change *change), void *arg);
/* What counts at the next start only becomes as it is in `running`. */
void settings_keep(struct settings *new, const struct settings *running);
void settings_print_help(FILE *out); /* `sluice help settings` */
void settings_print(const struct settings *s, FILE *out);

#endif

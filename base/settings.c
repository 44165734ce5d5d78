/* settings.c - which settings exist: one row each, and what holds between several of them. See
 * sluice/settings.h. A setting of the interface that this version does not act on yet has a row all the same:
 * it takes its inert value only, and says so, for a setting that is silently without effect is worse than
 * none. */
#include "sluice/settings.h"

#include <stdlib.h>

#include "base/address_class.h"
#include "base/conf_value.h"
#include "base/crypto.h"
#include "base/listen_spec.h"
#include "base/pac.h"
#include "base/parent.h"

static bool check_not_empty(struct sl_str value, struct sl_err *err)
{
    return value.n > 0 || sl_fail(err, SL_BAD_INPUT, "must not be empty");
}

static bool check_listen(struct sl_str value, struct sl_err *err)
{
    struct listen_spec spec;
    return listen_spec_parse(value, &spec, err);
}

static bool check_admin_listen(struct sl_str value, struct sl_err *err)
{
    struct sl_endpoint endpoint;
    return sl_endpoint_parse(value, &endpoint, err);
}

/* A name server: an address, with or without a port. */
static bool check_server(struct sl_str value, struct sl_err *err)
{
    struct sl_addr addr;
    struct sl_endpoint endpoint;
    if (sl_addr_parse(value, &addr))
        return true;
    if (!sl_endpoint_parse(value, &endpoint, NULL) || endpoint.port == 0)
        return sl_fail(err, SL_BAD_INPUT,
                       "'%.*s' is not a name server; write 192.0.2.1:53 or [2001:db8::1]:53", SL_FMT(value));
    return true;
}

static bool check_nat64(struct sl_str value, struct sl_err *err)
{
    struct sl_cidr net;
    if (!sl_cidr_parse(value, &net, err))
        return false;
    return address_is_nat64_prefix(net) ||
           sl_fail(err, SL_BAD_INPUT, "'%.*s' is no prefix of NAT64; they have 32, 40, 48, 56, 64 or 96 bits",
                   SL_FMT(value));
}

static bool check_method(struct sl_str value, struct sl_err *err)
{
    if (sl_str_eq(value, SL_STR("none")) || sl_str_eq(value, SL_STR("basic")))
        return true;
    return sl_fail(err, SL_BAD_INPUT, "this version does not support the method '%.*s'; write none or basic",
                   SL_FMT(value));
}

/* A quoted-string of the challenge is made of it. */
static bool check_realm(struct sl_str value, struct sl_err *err)
{
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] == '"' || value.p[i] == '\\' || (unsigned char)value.p[i] < 0x20)
            return sl_fail(err, SL_BAD_INPUT, "a realm has no quotation marks and no backslashes");
    return check_not_empty(value, err);
}

static bool host_label(struct sl_str label)
{
    if (label.n == 0 || label.n > 63 || label.p[0] == '-' || label.p[label.n - 1] == '-')
        return false;
    for (size_t i = 0; i < label.n; i++) {
        char c = sl_lower(label.p[i]);
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return false;
    }
    return true;
}

/* A name, not an address: the last label has a letter. */
static bool check_page_host(struct sl_str value, struct sl_err *err)
{
    struct sl_str rest = value, label = {0};
    bool ok = value.n > 0 && value.n <= 253, letter = false;
    while (ok && sl_str_split(&rest, '.', &label))
        ok = host_label(label);
    for (size_t i = 0; ok && i < label.n; i++)
        letter |= sl_lower(label.p[i]) >= 'a' && sl_lower(label.p[i]) <= 'z';
    if (!ok || !letter)
        return sl_fail(err, SL_BAD_INPUT, "'%.*s' is not a host name; write one like sluice.internal",
                       SL_FMT(value));
    return true;
}

static bool check_parent(struct sl_str value, struct sl_err *err)
{
    struct parent_spec spec;
    bool ok = parent_parse(value, &spec, err);
    crypto_wipe(spec.password, sizeof spec.password);
    return ok;
}

/* As it stands in a Host field, without the port. */
static bool check_hostname(struct sl_str value, struct sl_err *err)
{
    struct sl_addr addr;
    return sl_addr_parse(value, &addr) || check_page_host(value, err);
}

static const char *const forwarded_words[] = {"delete",      "append",    "truncate",
                                              "transparent", "on-behalf", NULL};
static const char *const revocation_words[] = {"off", "soft", "hard", NULL};
static const char *const approval_words[] = {"off", "second-person", NULL};
static const char *const not_tls_words[] = {"block", "tunnel", NULL};
static const char *const on_failure_words[] = {"stall", "refuse", "continue", NULL};
static const char *const fallback_words[] = {"off", "direct", NULL};
static const char *const balance_words[] = {"round-robin", "hash", "first", NULL};
static const char *const client_certificate_words[] = {"off", "optional", "required", NULL};
static const char *const learn_words[] = {"off", "propose", "apply", NULL};
static const char *const level_words[] = {"error", "warning", "notice", "info", "debug", NULL};

#define FIELD(member) offsetof(struct settings, member)

/* key, type, field, default, least, most, choices, help, check; true: counts at the next start only */
static const struct conf_row rows[] = {
    {"state.directory", CONF_TEXT, FIELD(state.directory), "/var/lib/sluice", NULL, NULL, NULL,
     "Databases, journals, compiled lists and keys; created with mode 0700.", check_not_empty, true},
    {"state.user", CONF_TEXT, FIELD(state.user), "", NULL, NULL, NULL,
     "Started as root: change to this user after binding. Empty stays root, with a warning.", NULL, true},

    {"proxy.listen", CONF_LIST, FIELD(proxy.listen), "127.0.0.1:3128", NULL, NULL, NULL,
     "Where clients reach the proxy, such as 127.0.0.1:3128 or [::1]:3128; port 0 takes a free one. Behind "
     "the "
     "address may stand proxy-protocol, tls, transparent or tproxy.",
     check_listen},
    {"proxy.workers", CONF_WORKERS, FIELD(proxy.workers), "auto", "1", "256", NULL,
     "Threads that move traffic; auto is one for each usable CPU.", NULL, true},
    {"proxy.connect_ports", CONF_PORTS, FIELD(proxy.connect_ports), "443", NULL, NULL, NULL,
     "Ports that CONNECT may reach, such as 443, 8443, 1024-65535.", NULL},
    {"proxy.allow_private", CONF_CIDRS, FIELD(proxy.allow_private), "", NULL, NULL, NULL,
     "Networks usually refused as destinations (loopback, RFC 1918, link-local, ...) that are allowed; cloud "
     "metadata only by its own address.",
     NULL},
    {"proxy.nat64_prefixes", CONF_CIDRS, FIELD(proxy.nat64_prefixes), "", NULL, NULL, NULL,
     "Prefixes of this network's NAT64 translators: what lies in them is judged by the IPv4 address inside.",
     check_nat64},
    {"proxy.forwarded_for", CONF_ENUM, FIELD(proxy.forwarded_for), "delete", NULL, NULL, forwarded_words,
     "What origins learn about the client (X-Forwarded-For; on-behalf: RFC 7239 Forwarded).", NULL},
    {"proxy.via", CONF_BOOL, FIELD(proxy.via), "on", NULL, NULL, NULL,
     "Whether messages name this gateway in Via; loops are found either way.", NULL},
    {"proxy.max_connections", CONF_INT, FIELD(proxy.max_connections), "20000", "1", "10000000", NULL,
     "Client connections in all workers together.", NULL},
    {"proxy.max_client_connections", CONF_INT, FIELD(proxy.max_client_connections), "1000", "0", "10000000",
     NULL, "Connections of one client address; 0 is without limit.", NULL},
    {"proxy.max_client_requests", CONF_INT, FIELD(proxy.max_client_requests), "0", "0", "1000000", NULL,
     "Requests a second of one client address, ten seconds' worth at once; 0 is without limit.", NULL},
    {"proxy.max_client_tunnels", CONF_INT, FIELD(proxy.max_client_tunnels), "0", "0", "1000000", NULL,
     "Tunnels (CONNECT and Upgrade) of one client address at once; 0 is without limit.", NULL},
    {"proxy.max_user_requests", CONF_INT, FIELD(proxy.max_user_requests), "0", "0", "1000000", NULL,
     "Requests a second of one user, ten seconds' worth at once; 0 is without limit.", NULL},
    {"proxy.max_user_tunnels", CONF_INT, FIELD(proxy.max_user_tunnels), "0", "0", "1000000", NULL,
     "Tunnels of one user at once; 0 is without limit.", NULL},
    {"proxy.limits_exempt", CONF_CIDRS, FIELD(proxy.limits_exempt), "", NULL, NULL, NULL,
     "Networks under no limit per client address, such as those of terminal servers or of other proxies.",
     NULL},
    {"proxy.max_head", CONF_SIZE, FIELD(proxy.max_head), "64KiB", "4KiB", "1MiB", NULL,
     "Longest head of a request or response.", NULL},
    {"proxy.buffer_budget", CONF_SIZE, FIELD(proxy.buffer_budget), "64MiB", "1MiB", "64GiB", NULL,
     "Memory of each worker for large pieces of bodies, and as much again for heads longer than 16 KiB: then "
     "bodies go on in small pieces, and such heads are refused.",
     NULL},
    {"proxy.max_fields", CONF_INT, FIELD(proxy.max_fields), "200", "16", "10000", NULL,
     "Most header fields of a request or response.", NULL},
    {"proxy.page_host", CONF_TEXT, FIELD(proxy.page_host), "sluice.internal", NULL, NULL, NULL,
     "A host that the proxy answers itself: /, /quota, /ca, /continue, /proxy.pac.", check_page_host},
    {"proxy.pac_proxy", CONF_LIST, FIELD(proxy.pac_proxy), "", NULL, NULL, NULL,
     "The proxies that /proxy.pac and /wpad.dat name, first choice first: gw.example:3128, https "
     "gw.example:3129, direct. Empty: the address by which the client reached us.",
     pac_check_proxy},
    {"proxy.pac_bypass", CONF_LIST, FIELD(proxy.pac_bypass), "plain, local", NULL, NULL, NULL,
     "What /proxy.pac sends past the proxy beside this machine itself: networks (of addresses in URLs), "
     "domains, plain (names without a dot).",
     pac_check_bypass},
    {"proxy.timeout_head", CONF_TIME, FIELD(proxy.timeout_head_ms), "10s", "100ms", "1h", NULL,
     "How long a client may take to send a request head.", NULL},
    {"proxy.timeout_connect", CONF_TIME, FIELD(proxy.timeout_connect_ms), "10s", "100ms", "1h", NULL,
     "How long connecting to an origin may take, all its addresses together.", NULL},
    {"proxy.timeout_idle", CONF_TIME, FIELD(proxy.timeout_idle_ms), "60s", "100ms", "24h", NULL,
     "How long a kept-alive client connection may wait for its next request.", NULL},
    {"proxy.timeout_response", CONF_TIME, FIELD(proxy.timeout_response_ms), "60s", "100ms", "24h", NULL,
     "How long an origin may take to begin its response.", NULL},
    {"proxy.timeout_body", CONF_TIME, FIELD(proxy.timeout_body_ms), "60s", "100ms", "24h", NULL,
     "Longest gap between two pieces of a body.", NULL},
    {"proxy.min_rate", CONF_SIZE, FIELD(proxy.min_rate), "256", "0", "1MiB", NULL,
     "Bytes a second that a peer has to move while it is waited for, on an average over half of "
     "timeout_body (of tunnels: timeout_tunnel_idle); 0: it has to move something.",
     NULL},
    {"proxy.timeout_tunnel_idle", CONF_TIME, FIELD(proxy.timeout_tunnel_idle_ms), "10m", "1s", "7d", NULL,
     "How long a tunnel may be silent.", NULL},
    {"proxy.tcp_keepalive", CONF_TIME, FIELD(proxy.tcp_keepalive_ms), "60s", "0s", "2h", NULL,
     "The ends of a tunnel that is silent for so long are probed by TCP; 0s: never.", NULL},
    {"proxy.tcp_fast_open", CONF_BOOL, FIELD(proxy.tcp_fast_open), "off", NULL, NULL, NULL,
     "Whether requests that may be sent twice go with the first packet to an origin that allows it.", NULL},
    {"proxy.drain", CONF_TIME, FIELD(proxy.drain_ms), "30s", "0s", "24h", NULL,
     "How long SIGTERM waits for running transfers.", NULL},
    {"proxy.drain_upgrade", CONF_TIME, FIELD(proxy.drain_upgrade_ms), "1h", "0s", "7d", NULL,
     "How long a gateway that was replaced by an upgrade goes on with its transfers and tunnels.", NULL},
    {"proxy.origin_connections", CONF_INT, FIELD(proxy.origin_connections), "0", "0", "1000000", NULL,
     "Most connections to one origin, tunnels included; each worker has its share, one at least. 0 is "
     "without limit.",
     NULL},
    {"proxy.upstream_connections", CONF_INT, FIELD(proxy.upstream_connections), "0", "0", "10000000", NULL,
     "Most connections to all origins together, likewise; 0: each client connection may have its own.", NULL},
    {"proxy.upstream_queue", CONF_INT, FIELD(proxy.upstream_queue), "1000", "0", "1000000", NULL,
     "Requests that may wait for a connection where a limit is reached, per worker; others get 503 at once.",
     NULL},
    {"proxy.timeout_queue", CONF_TIME, FIELD(proxy.timeout_queue_ms), "5s", "10ms", "1h", NULL,
     "How long a request waits for a connection before it gets 503.", NULL},
    {"proxy.pool_per_origin", CONF_INT, FIELD(proxy.pool_per_origin), "256", "0", "100000", NULL,
     "Idle connections kept for one origin, per worker.", NULL},
    {"proxy.pool_total", CONF_INT, FIELD(proxy.pool_total), "4096", "0", "1000000", NULL,
     "Idle connections to origins kept, per worker.", NULL},
    {"proxy.pool_idle", CONF_TIME, FIELD(proxy.pool_idle_ms), "30s", "0s", "1h", NULL,
     "How long an idle connection to an origin is kept.", NULL},
    {"proxy.parent", CONF_PARENTS, FIELD(proxy.parents), "", NULL, NULL, NULL,
     "Parent proxies, [NAME=]http|https|socks5://[user:password@]host:port. Those of one name share the "
     "requests of the rules that say it; without a name: of all rules that say none.",
     check_parent},
    {"proxy.parent_fallback", CONF_ENUM, FIELD(proxy.parent_fallback), "off", NULL, NULL, fallback_words,
     "What happens when no parent of a name can be reached: off refuses the request, direct goes to the "
     "origin.",
     NULL},
    {"proxy.parent_check", CONF_TIME, FIELD(proxy.parent_check_ms), "10s", "0s", "1h", NULL,
     "How often each parent is tried, whether it is used or not; 0s: only requests tell.", NULL},
    {"proxy.parent_balance", CONF_ENUM, FIELD(proxy.parent_balance), "round-robin", NULL, NULL, balance_words,
     "Which of the parents of one name takes a request: in turn, by the origin's host, or the first that can "
     "be reached.",
     NULL},
    {"proxy.parent_ca", CONF_TEXT, FIELD(proxy.parent_ca), "", NULL, NULL, NULL,
     "Further CA certificates in PEM, beside the system's, for parents of https.", NULL},
    {"proxy.trusted_proxies", CONF_CIDRS, FIELD(proxy.trusted_proxies), "", NULL, NULL, NULL,
     "Networks of load balancers: who else comes to a listener with proxy-protocol is turned away.", NULL},
    {"proxy.tls_certificate", CONF_TEXT, FIELD(proxy.tls_certificate), "", NULL, NULL, NULL,
     "Certificate chain in PEM for listeners with tls; read again at SIGHUP.", NULL},
    {"proxy.tls_key", CONF_TEXT, FIELD(proxy.tls_key), "", NULL, NULL, NULL,
     "Private key in PEM for it, without a password.", NULL},
    {"proxy.tls_client_certificates", CONF_ENUM, FIELD(proxy.tls_client_certificates), "off", NULL, NULL,
     client_certificate_words,
     "Whether clients of listeners with tls are asked for a certificate; one that is valid names the user.",
     NULL},
    {"proxy.tls_client_ca", CONF_TEXT, FIELD(proxy.tls_client_ca), "", NULL, NULL, NULL,
     "Certificates in PEM of those who vouch for clients.", NULL},
    {"proxy.transparent_strict", CONF_BOOL, FIELD(proxy.transparent_strict), "off", NULL, NULL, NULL,
     "Whether redirected requests are refused when the host that they name is not known to have the address "
     "that they "
     "go to; off judges them by both.",
     NULL},
    {"proxy.timeout_handshake", CONF_TIME, FIELD(proxy.timeout_handshake_ms), "10s", "100ms", "1h", NULL,
     "How long a client may take for its PROXY header, and again for its TLS handshake.", NULL},
    {"proxy.max_handshakes", CONF_INT, FIELD(proxy.max_handshakes), "1000", "1", "1000000", NULL,
     "TLS handshakes with clients at once, per worker; more are turned away.", NULL},

    {"dns.servers", CONF_LIST, FIELD(dns.servers), "", NULL, NULL, NULL,
     "Name servers as host:port; empty takes those of /etc/resolv.conf.", check_server},
    {"dns.hosts", CONF_TEXT, FIELD(dns.hosts), "/etc/hosts", NULL, NULL, NULL,
     "File of names that need no name server; empty is none.", NULL},
    {"dns.timeout", CONF_TIME, FIELD(dns.timeout_ms), "5s", "100ms", "2m", NULL,
     "How long a lookup may take.", NULL},
    {"dns.cache_max_ttl", CONF_TIME, FIELD(dns.cache_max_ttl_ms), "1h", "0s", "7d", NULL,
     "An answer is kept for its time to live, but not longer than this.", NULL},
    {"dns.cache_negative_ttl", CONF_TIME, FIELD(dns.cache_negative_ttl_ms), "10s", "0s", "1h", NULL,
     "How long it is remembered that a name does not exist.", NULL},

    {"auth.methods", CONF_LIST, FIELD(auth.methods), "none", NULL, NULL, NULL,
     "How users log in to the proxy: none or basic.", check_method},
    {"auth.realm", CONF_TEXT, FIELD(auth.realm), "Sluice", NULL, NULL, NULL,
     "The name that browsers show when they ask.", check_realm},
    {"auth.cache", CONF_TIME, FIELD(auth.cache_ms), "5m", "0s", "24h", NULL,
     "How long a verified password is remembered.", NULL},

    {"admin.listen", CONF_LIST, FIELD(admin.listen), "127.0.0.1:8080", NULL, NULL, NULL,
     "Where the console and the admin API are; with an address other than loopback TLS is on.",
     check_admin_listen},
    {"admin.hostnames", CONF_LIST, FIELD(admin.hostnames), "", NULL, NULL, NULL,
     "Further names and addresses by which browsers reach the console; others are refused (DNS rebinding).",
     check_hostname},
    {"admin.tls_certificate", CONF_TEXT, FIELD(admin.tls_certificate), "", NULL, NULL, NULL,
     "Certificate chain in PEM for the console; empty: where TLS is needed, one is made in the state "
     "directory and its fingerprint printed.",
     NULL},
    {"admin.tls_key", CONF_TEXT, FIELD(admin.tls_key), "", NULL, NULL, NULL, "Private key in PEM for it.",
     NULL},
    {"admin.console", CONF_TEXT, FIELD(admin.console), "/usr/share/sluice/webui", NULL, NULL, NULL,
     "Folder with the console's files.", NULL},

    {"policy.approval", CONF_ENUM, FIELD(policy.approval), "off", NULL, NULL, approval_words,
     "second-person: what one administrator commits waits until another account approves it.", NULL},
    {"policy.always_run", CONF_INT, FIELD(policy.always_run), "64", "0", "1024", NULL,
     "regexes without a fixed text, which run on every request, before lint warns of them; 0: any number",
     NULL},

    {"audit.retention", CONF_TIME, FIELD(audit.retention_ms), "90d", "1d", "3650d", NULL,
     "How long requests are kept.", NULL},
    {"audit.on_failure", CONF_ENUM, FIELD(audit.on_failure), "stall", NULL, NULL, on_failure_words,
     "What happens when the audit trail can't be written: wait, refuse requests, or go on without.", NULL},
    {"audit.segment", CONF_SIZE, FIELD(audit.segment), "16MiB", "64KiB", "1GiB", NULL,
     "Size of a journal's segment.", NULL, true},
    {"audit.batch", CONF_TIME, FIELD(audit.batch_ms), "200ms", "10ms", "10s", NULL,
     "How often records move from the journals to the database at least.", NULL},

    {"inspect.enabled", CONF_BOOL, FIELD(inspect.enabled), "off", NULL, NULL, NULL,
     "Whether TLS is inspected where the policy's `inspection` says so.", NULL},
    {"inspect.http2", CONF_BOOL, FIELD(inspect.http2), "on", NULL, NULL, NULL,
     "Whether inspected clients may speak HTTP/2.", NULL},
    {"inspect.http2_streams", CONF_INT, FIELD(inspect.http2_streams), "100", "1", "1000", NULL,
     "Requests at once on one connection of HTTP/2.", NULL},
    {"inspect.trust", CONF_TEXT, FIELD(inspect.trust), "", NULL, NULL, NULL,
     "File (PEM) of CA certificates that origins are believed by beside those of the system.", NULL},
    {"inspect.revocation", CONF_ENUM, FIELD(inspect.revocation), "soft", NULL, NULL, revocation_words,
     "Whether the CAs of origins are asked if a certificate was taken back. Where none answers, soft lets "
     "pass and hard refuses.",
     NULL},
    {"inspect.leaf_cache", CONF_INT, FIELD(inspect.leaf_cache), "4096", "16", "1000000", NULL,
     "Leaf certificates that are kept, in memory (about 4 KiB each) and over restarts.", NULL},
    {"inspect.leaf_days", CONF_INT, FIELD(inspect.leaf_days), "90", "2", "199", NULL,
     "How long a leaf certificate is valid at most, in days.", NULL},
    {"inspect.learn", CONF_ENUM, FIELD(inspect.learn), "propose", NULL, NULL, learn_words,
     "Hosts whose clients refuse inspection (pinned apps) or that ask for a client certificate: propose them "
     "to "
     "the administrator as bypasses, or apply these at once.",
     NULL},
    {"inspect.learn_failures", CONF_INT, FIELD(inspect.learn_failures), "6", "1", "10000", NULL,
     "So many handshakes have to fail at a host within a day.", NULL},
    {"inspect.learn_clients", CONF_INT, FIELD(inspect.learn_clients), "3", "1", "16", NULL,
     "Of so many different users (or client addresses, where there are none).", NULL},
    {"inspect.learn_for", CONF_TIME, FIELD(inspect.learn_for_ms), "30d", "1h", "3650d", NULL,
     "How long such a bypass holds; then the host is inspected again.", NULL},
    {"inspect.not_tls", CONF_ENUM, FIELD(inspect.not_tls), "block", NULL, NULL, not_tls_words,
     "What becomes of a tunnel that is to be inspected and in which no TLS is spoken.", NULL},

    {"log.level", CONF_ENUM, FIELD(log.level), "notice", NULL, NULL, level_words,
     "The least important messages that the operational log shows.", NULL},
};

void settings_defaults(struct settings *s)
{
    memset(s, 0, sizeof *s);
    s->refs = 1;
    conf_defaults(rows, SL_COUNT(rows), s);
}

void settings_fini(struct settings *s)
{
    conf_fini(rows, SL_COUNT(rows), s);
}

struct settings *settings_new(void)
{
    struct settings *s = sl_calloc(1, sizeof *s);
    s->refs = 1;
    return s;
}

const struct settings *settings_ref(const struct settings *s)
{
    /* The count is the only thing that changes in settings which are shared. */
    atomic_fetch_add_explicit(&((struct settings *)(uintptr_t)s)->refs, 1, memory_order_relaxed);
    return s;
}

void settings_unref(const struct settings **ref)
{
    struct settings *s = (struct settings *)(uintptr_t)*ref;
    *ref = NULL;
    if (s == NULL || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) > 1)
        return;
    settings_fini(s);
    free(s);
}

void settings_print_help(FILE *out)
{
    conf_print_help(rows, SL_COUNT(rows), out);
}

void settings_print(const struct settings *s, FILE *out)
{
    conf_print(rows, SL_COUNT(rows), s, out);
}

void settings_each(const struct settings *s, void (*each)(void *arg, const struct settings_item *item),
                   void *arg)
{
    struct settings presets;
    settings_defaults(&presets);
    for (size_t i = 0; i < SL_COUNT(rows); i++) {
        SL_CLEANUP(sl_freep) char *value = conf_value_text(&rows[i], s);
        SL_CLEANUP(sl_freep) char *preset = conf_value_text(&rows[i], &presets);
        SL_CLEANUP(sl_freep) char *form = conf_value_form(&rows[i]);
        SL_CLEANUP(sl_freep) char *section = sl_strndup(rows[i].key, strcspn(rows[i].key, "."));
        each(arg, &(struct settings_item){rows[i].key, section, value, preset, form, rows[i].help,
                                          rows[i].next_start});
    }
    settings_fini(&presets);
}

void settings_compare(const struct settings *old, const struct settings *new,
                      void (*each)(void *arg, const struct settings_change *change), void *arg)
{
    for (size_t i = 0; i < SL_COUNT(rows); i++) {
        SL_CLEANUP(sl_freep) char *before = conf_value_text(&rows[i], old);
        SL_CLEANUP(sl_freep) char *after = conf_value_text(&rows[i], new);
        if (strcmp(before, after) == 0)
            continue;
        each(arg, &(struct settings_change){rows[i].key, before, after, rows[i].next_start});
    }
}

void settings_keep(struct settings *new, const struct settings *running)
{
    for (size_t i = 0; i < SL_COUNT(rows); i++) {
        SL_CLEANUP(sl_freep) char *value = rows[i].next_start ? conf_value_text(&rows[i], running) : NULL;
        if (value)
            sl_assert(conf_value_set(&rows[i], sl_cstr(value), new, NULL));
    }
}

bool settings_is_loopback(const char *listen)
{
    struct sl_endpoint e;
    return sl_endpoint_parse(sl_cstr(listen), &e, NULL) && address_class_alone(e.addr) == ADDRESS_LOOPBACK;
}

static void check_admin(const struct settings *s, const char *path, struct conf_faults *faults)
{
    bool certificate = *s->admin.tls_certificate, key = *s->admin.tls_key;
    if (s->admin.listen.count == 0)
        conf_fault_add(faults, path, 0, "admin.listen: must not be empty");
    if (certificate != key)
        conf_fault_add(faults, path, 0, "admin.%s is set without admin.%s; TLS needs both",
                       certificate ? "tls_certificate" : "tls_key",
                       certificate ? "tls_key" : "tls_certificate");
}

static bool listens_by(const struct settings *s, unsigned kind)
{
    struct listen_spec spec;
    for (size_t i = 0; i < s->proxy.listen.count; i++)
        if (listen_spec_parse(sl_cstr(s->proxy.listen.items[i]), &spec, NULL) && spec.kind & kind)
            return true;
    return false;
}

/* What kinds of listeners need beside themselves. */
static void check_listeners(const struct settings *s, const char *path, struct conf_faults *faults)
{
    bool certificate = *s->proxy.tls_certificate, key = *s->proxy.tls_key;
    if (s->proxy.listen.count == 0)
        conf_fault_add(faults, path, 0, "proxy.listen: must not be empty");
    if (certificate != key || (!certificate && listens_by(s, LISTEN_TLS)))
        conf_fault_add(faults, path, 0,
                       "proxy.listen: tls needs a certificate and its key; set proxy.tls_certificate and "
                       "proxy.tls_key");
    if (s->proxy.tls_client_certificates != CLIENT_CERTIFICATES_OFF && !*s->proxy.tls_client_ca)
        conf_fault_add(faults, path, 0,
                       "proxy.tls_client_certificates: set proxy.tls_client_ca to the certificates of those "
                       "who vouch for clients");
    if (s->proxy.trusted_proxies.count == 0 && listens_by(s, LISTEN_PROXY_PROTOCOL))
        conf_fault_add(faults, path, 0,
                       "proxy.listen: proxy-protocol needs proxy.trusted_proxies: the networks of the load "
                       "balancers that may speak it");
}

static void check_methods(const struct settings *s, const char *path, struct conf_faults *faults)
{
    if (s->auth.methods.count == 0)
        conf_fault_add(faults, path, 0, "auth.methods: must not be empty; write none");
    for (size_t i = 0; i < s->auth.methods.count; i++) {
        if (s->auth.methods.count > 1 && strcmp(s->auth.methods.items[i], "none") == 0)
            conf_fault_add(faults, path, 0, "auth.methods: none can't stand beside other methods");
        for (size_t j = 0; j < i; j++)
            if (strcmp(s->auth.methods.items[i], s->auth.methods.items[j]) == 0)
                conf_fault_add(faults, path, 0, "auth.methods: %s stands there twice",
                               s->auth.methods.items[i]);
    }
}

/* Names are compared in lower case everywhere. */
static void lower_case(char *text)
{
    for (; *text; text++)
        *text = sl_lower(*text);
}

/* An address alone becomes an endpoint with the port of DNS, so that readers see one form. */
static void complete_servers(struct conf_texts *servers)
{
    for (size_t i = 0; i < servers->count; i++) {
        struct sl_endpoint e = {.port = 53};
        char text[SL_ENDPOINT_TEXT];
        if (!sl_addr_parse(sl_cstr(servers->items[i]), &e.addr))
            continue;
        free(servers->items[i]);
        servers->items[i] = sl_strdup(sl_endpoint_text(e, text));
    }
}

static bool same_parent(const struct parent_spec *a, const struct parent_spec *b)
{
    return a->kind == b->kind && a->port == b->port && strcmp(a->host, b->host) == 0 &&
           strcmp(a->name, b->name) == 0;
}

/* One that stands there twice would count as two in its group, and have one name in status and metrics. */
static void check_parents(const struct settings *s, const char *path, struct conf_faults *faults)
{
    const struct conf_texts *parents = &s->proxy.parents;
    struct parent_spec *specs = sl_calloc(parents->count + 1, sizeof *specs);
    if (parents->count > PARENTS_MAX)
        conf_fault_add(faults, path, 0, "proxy.parent: %zu parents; at most %d", parents->count, PARENTS_MAX);
    for (size_t i = 0; i < SL_MIN(parents->count, (size_t)PARENTS_MAX); i++) {
        parent_parse(sl_cstr(parents->items[i]), &specs[i], NULL);
        for (size_t k = 0; k < i; k++)
            if (same_parent(&specs[i], &specs[k]))
                conf_fault_add(faults, path, 0, "proxy.parent: %s://%s:%u stands there twice",
                               parent_kind_word(specs[i].kind), specs[i].host, specs[i].port);
    }
    crypto_wipe(specs, (parents->count + 1) * sizeof *specs);
    free(specs);
}

/* What no single row can tell. */
static void check_together(struct settings *s, const char *path, struct conf_faults *faults)
{
    lower_case(s->proxy.page_host);
    complete_servers(&s->dns.servers);
    check_listeners(s, path, faults);
    check_admin(s, path, faults);
    check_methods(s, path, faults);
    check_parents(s, path, faults);
}

bool settings_load(const char *path, struct settings *s, struct conf_faults *faults)
{
    size_t before = faults->count;
    settings_defaults(s);
    if (conf_load(rows, SL_COUNT(rows), path, s, faults))
        check_together(s, path, faults);
    return faults->count == before;
}

bool settings_load_text(const char *name, struct sl_str text, struct settings *s, struct conf_faults *faults)
{
    size_t before = faults->count;
    settings_defaults(s);
    if (conf_load_text(rows, SL_COUNT(rows), name, text, s, faults))
        check_together(s, name, faults);
    return faults->count == before;
}

bool settings_set(struct settings *s, const char *key, const char *value, struct sl_err *err)
{
    struct conf_faults faults = {0};
    struct sl_text text = {0};
    size_t dot = strcspn(key, ".");
    if (value == NULL)
        return true;
    sl_assert(key[dot] == '.');
    if (strpbrk(value, "\r\n"))
        return sl_fail(err, SL_BAD_INPUT, "%s: the value has a line break", key);
    sl_text_addf(&text, "[%.*s]\n%s = %s\n", (int)dot, key, key + dot + 1, value);
    if (conf_load_text(rows, SL_COUNT(rows), "command line", sl_text_str(&text), s, &faults))
        check_together(s, "command line", &faults);
    if (faults.count > 0)
        sl_fail(err, SL_BAD_INPUT, "%s", faults.items[0].text);
    bool ok = faults.count == 0;
    conf_faults_fini(&faults);
    sl_text_fini(&text);
    return ok;
}

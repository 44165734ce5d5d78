/* gateway.c - see gateway.h.
 *
 *   store (policy, lists) -> audit (recovery) -> authority -> admin API -> proxy (listeners, workers) ->
 * housekeeping
 *
 * The admin listeners are never a destination, so their real addresses have to be known before a worker runs:
 * the API starts first, its hooks answer once the proxy is there. */
#include "cli/gateway.h"

#include <stdlib.h>

#include "cli/authority.h"
#include "cli/learning.h"
#include "cli/parents.h"
#include "cli/takeover.h"
#include "cli/upgrade.h"

static json_t *hook_status(void *arg)
{
    const struct proxy *proxy = ((struct gateway *)arg)->proxy;
    return proxy ? proxy_status(proxy) : json_null();
}

static void hook_metrics(void *arg, struct sl_text *out)
{
    const struct proxy *proxy = ((struct gateway *)arg)->proxy;
    if (proxy)
        proxy_metrics(proxy, out);
}

static json_t *hook_listeners(void *arg)
{
    struct proxy *proxy = ((struct gateway *)arg)->proxy;
    json_t *list = json_array();
    struct sl_endpoint e;
    char text[SL_ENDPOINT_TEXT];
    for (size_t i = 0; proxy && proxy_listener(proxy, i, &e); i++)
        json_array_append_new(list, json_string(sl_endpoint_text(e, text)));
    return list;
}

static json_t *hook_tunnels(void *arg, const struct tunnel_query *q)
{
    struct proxy *proxy = ((struct gateway *)arg)->proxy;
    return proxy ? proxy_tunnels(proxy, q) : NULL;
}

static bool hook_tunnel_close(void *arg, uint64_t id)
{
    struct proxy *proxy = ((struct gateway *)arg)->proxy;
    return proxy && proxy_tunnel_close(proxy, id);
}

static json_t *hook_trace(void *arg, const struct trace_query *q)
{
    struct proxy *proxy = ((struct gateway *)arg)->proxy;
    return proxy ? proxy_trace(proxy, q) : NULL;
}

static json_t *hook_reload(void *arg, json_t **out_faults)
{
    return gateway_reload(arg, out_faults);
}

static bool hook_upgrade(void *arg, const char *binary, struct sl_err *err)
{
    return upgrade_ask(((struct gateway *)arg)->upgrade, binary, err);
}

static json_t *hook_upgrade_state(void *arg)
{
    const struct gateway *g = arg;
    json_t *state = upgrade_state(g->upgrade);
    if (g->takeover->before && !g->takeover->ours) /* the old one may take it back still */
        json_object_set_new(state, "state", json_string("running"));
    json_object_set_new(state, "before",
                        g->takeover->before ? json_integer(g->takeover->before) : json_null());
    return state;
}

bool overrides_apply(const struct overrides *o, struct settings *s, struct sl_err *err)
{
    return settings_set(s, "proxy.listen", o->listen, err) &&
           settings_set(s, "admin.listen", o->admin, err) &&
           settings_set(s, "admin.console", o->console, err) &&
           settings_set(s, "state.directory", o->state, err);
}

static bool open_store(struct gateway *g, struct sl_err *err)
{
    const struct settings *s = g->settings;
    struct audit_config audit = {s->state.directory, s->audit.segment, s->audit.batch_ms,
                                 s->audit.retention_ms, NULL};
    const struct takeover *t = g->takeover;
    bool taken = t->store_lock >= 0;
    if (taken)
        audit.from = &t->audit;
    if (!(taken ? store_take_over(s->state.directory, t->store_lock, &g->store, err)
                : store_open(s->state.directory, &g->store, err)) ||
        !audit_start(&audit, &g->audit, err) || !ca_live_open(s->state.directory, &g->ca, err) ||
        !authority_ready(g->ca, s, g->store, err))
        return false;
    store_allow_private(g->store, s->proxy.allow_private.items, s->proxy.allow_private.count);
    store_set_page_host(g->store, sl_cstr(s->proxy.page_host));
    parents_tell(s, g->store);
    learning_tell(s, g->store);
    g->faulty = faulty_hosts_new(FAULTY_HOSTS_MOST);
    return true;
}

bool gateway_open_api(struct gateway *g, struct sockets *given, struct sl_err *err)
{
    struct adminapi_config api = {.settings = g->settings,
                                  .settings_file = g->config,
                                  .store = g->store,
                                  .audit = g->audit,
                                  .ca = g->ca,
                                  .faulty = g->faulty,
                                  .socket_path = g->socket_path,
                                  .tcp = true,
                                  .given = given,
                                  .hooks = {.arg = g,
                                            .preview = proxy_preview,
                                            .status = hook_status,
                                            .metrics = hook_metrics,
                                            .tunnels = hook_tunnels,
                                            .tunnel_close = hook_tunnel_close,
                                            .listeners = hook_listeners,
                                            .trace = hook_trace,
                                            .reload = hook_reload,
                                            .upgrade = hook_upgrade,
                                            .upgrade_state = hook_upgrade_state}};
    return adminapi_start(&api, &g->api, err);
}

static bool open_proxy(struct gateway *g, struct sl_err *err)
{
    struct proxy_config cfg = {.settings = g->settings,
                               .store = g->store,
                               .audit = g->audit,
                               .ca = g->ca,
                               .faulty = g->faulty,
                               .given = &g->takeover->given,
                               .first_worker = g->first_worker};
    struct proxy *started;
    while (cfg.own_count < PROXY_OWN_MOST &&
           adminapi_listener(g->api, cfg.own_count, &cfg.own[cfg.own_count]))
        cfg.own_count++;
    if (!proxy_start(&cfg, &started, err))
        return false;
    g->proxy = started;
    return true;
}

bool gateway_open(struct gateway *g, struct sl_err *err)
{
    pthread_mutex_init(&g->change_lock, NULL);
    g->socket_path = sl_asprintf("%s/sluice.sock", g->settings->state.directory);
    g->successor = -1;
    g->first_worker = g->takeover->first_worker;
    return open_store(g, err) && gateway_open_api(g, &g->takeover->given, err) && open_proxy(g, err) &&
           housekeeping_start(g->store, g->audit, g->api, g->ca, &g->housekeeping, err);
}

void gateway_close(struct gateway *g)
{
    if (g->store)
        store_interrupt(g->store); /* a download in a job must not hold the end */
    housekeeping_stop(&g->housekeeping);
    adminapi_stop(&g->api);
    struct proxy *proxy = g->proxy;
    proxy_stop(&proxy);
    audit_stop(&g->audit);
    ca_live_close(&g->ca);
    faulty_hosts_free(&g->faulty);
    store_close(&g->store);
    sl_closep(&g->successor);
    pthread_mutex_destroy(&g->change_lock);
    free(g->socket_path);
}

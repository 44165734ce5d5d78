/* reload.c - other settings while the gateway serves: the whole file is read and checked, every part does
 * what can fail, and only then all of them change over. So a bad file, a port in use or a certificate without
 * its key leave everything as it was. */
#include "cli/authority.h"
#include "cli/gateway.h"
#include "cli/learning.h"
#include "cli/parents.h"
#include "sluice/log.h"

struct report {
    json_t *applied, *next_start;
};

static void add_change(void *arg, const struct settings_change *c)
{
    const struct report *r = arg;
    json_array_append_new(
        c->next_start ? r->next_start : r->applied,
        json_pack("{s:s, s:s, s:s}", "key", c->key, "before", c->before, "after", c->after));
    sl_log_notice("serve", "settings: %s = %s%s", c->key, c->after,
                  c->next_start ? " counts at the next start" : "");
}

static json_t *faults_json(const struct conf_faults *faults)
{
    json_t *list = json_array();
    for (size_t i = 0; i < faults->count; i++)
        json_array_append_new(list, json_string(faults->items[i].text));
    return list;
}

/* The file's settings with those of the command line above them; NULL with faults. */
static const struct settings *read_again(const struct gateway *g, struct conf_faults *faults)
{
    struct settings *s = settings_new();
    struct sl_err err = {0};
    if (settings_load(g->config, s, faults) && !overrides_apply(&g->overrides, s, &err))
        conf_fault_add(faults, "command line", 0, "%s", err.msg);
    if (faults->count == 0)
        return s;
    const struct settings *gone = s;
    settings_unref(&gone);
    return NULL;
}

/* Puts s in force in every part, or in none. */
static bool change_over(struct gateway *g, const struct settings *s, struct sl_err *err)
{
    struct proxy_change *proxy = NULL;
    struct adminapi_change *api = NULL;
    struct sl_endpoint own[PROXY_OWN_MOST];
    size_t count = 0;
    if (!ca_live_reload(g->ca, err) || !authority_ready(g->ca, s, g->store, err))
        return false;
    if (!proxy_prepare(g->proxy, s, &proxy, err) || !adminapi_prepare(g->api, s, &api, err)) {
        proxy_abandon(g->proxy, &proxy);
        return false;
    }
    adminapi_commit(g->api, &api);
    while (count < PROXY_OWN_MOST && adminapi_listener(g->api, count, &own[count]))
        count++;
    proxy_commit(g->proxy, &proxy, own, count);
    store_allow_private(g->store, s->proxy.allow_private.items, s->proxy.allow_private.count);
    store_set_page_host(g->store, sl_cstr(s->proxy.page_host));
    parents_tell(s, g->store);
    learning_tell(s, g->store);
    audit_configure(g->audit, s->audit.batch_ms, s->audit.retention_ms);
    sl_log_level(s->log.level);
    return true;
}

static json_t *take_over(struct gateway *g, struct conf_faults *faults)
{
    struct report report = {json_array(), json_array()};
    struct sl_err err = {0};
    const struct settings *old = g->settings, *s = read_again(g, faults);
    if (s) {
        settings_compare(old, s, add_change, &report);
        settings_keep((struct settings *)(uintptr_t)s, old); /* nobody else has it yet */
        if (change_over(g, s, &err))
            g->settings = s;
        else
            conf_fault_add(faults, g->config, 0, "%s", err.msg);
    }
    if (faults->count == 0) {
        settings_unref(&old);
        return json_pack("{s:o, s:o}", "applied", report.applied, "next_start", report.next_start);
    }
    settings_unref(&s);
    json_decref(report.applied);
    json_decref(report.next_start);
    return NULL;
}

const struct settings *gateway_settings(struct gateway *g)
{
    pthread_mutex_lock(&g->change_lock);
    const struct settings *s = settings_ref(g->settings);
    pthread_mutex_unlock(&g->change_lock);
    return s;
}

json_t *gateway_reload(struct gateway *g, json_t **out_faults)
{
    struct conf_faults faults = {0};
    json_t *answer = NULL;
    *out_faults = NULL;
    pthread_mutex_lock(&g->change_lock);
    if (g->proxy)
        answer = take_over(g, &faults);
    else
        conf_fault_add(&faults, g->config, 0, "the gateway is still starting; try again");
    pthread_mutex_unlock(&g->change_lock);
    for (size_t i = 0; i < faults.count; i++)
        sl_log_error("serve", "settings not taken over: %s", faults.items[i].text);
    if (!answer)
        *out_faults = faults_json(&faults);
    conf_faults_fini(&faults);
    return answer;
}

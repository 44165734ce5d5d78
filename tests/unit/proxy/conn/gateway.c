/* gateway.c - see gateway.h. */
#include "tests/unit/proxy/conn/gateway.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sluice/clock.h"
#include "tests/support/tmpdir.h"

static void stop_with(const char *what, const struct sl_err *err)
{
    fprintf(stderr, "gateway: %s: %s\n", what, err->msg);
    abort();
}

static void load_settings(struct gateway *g, const char *ini)
{
    struct conf_faults faults = {0};
    SL_CLEANUP(sl_text_fini) struct sl_text text = {0};
    static const struct {
        const char *key, *line;
    } presets[] = {{"listen =", "listen = 127.0.0.1:0\n"},
                   {"max_connections", "max_connections = 1000\n"},
                   {"workers =", "workers = 1\n"},
                   {"allow_private", "allow_private = 127.0.0.0/8\n"},
                   {"connect_ports", "connect_ports = 1-65535\n"}};
    sl_text_addf(&text, "[state]\ndirectory = %s\n[dns]\n%s[proxy]\n", g->directory,
                 ini && strstr(ini, "hosts =") ? "" : "hosts =\n");
    for (size_t i = 0; i < SL_COUNT(presets); i++)
        if (!ini || !strstr(ini, presets[i].key))
            sl_text_add(&text, sl_cstr(presets[i].line));
    sl_text_addf(&text, "%s\n", ini ? ini : "");
    char *path = tmpdir_write(g->directory, "test.conf", text.p);
    if (!settings_load(path, &g->settings, &faults)) {
        fprintf(stderr, "gateway: %s\n", faults.items[0].text);
        abort();
    }
    conf_faults_fini(&faults);
    free(path);
}

void gateway_apply(struct gateway *g, const char *policy)
{
    struct sl_err err = {0};
    struct policy_faults faults = {0};
    struct actor by = {SL_STR("test"), SL_STR("local")};
    json_error_t where;
    json_t *doc = json_loads(policy, 0, &where);
    if (!doc) {
        fprintf(stderr, "gateway: policy line %d: %s\n", where.line, where.text);
        abort();
    }
    if (!store_policy_apply(g->store, doc, SL_STR("test"), &by, -1, NULL, &faults, &err))
        stop_with(faults.count ? faults.items[0].message : "policy", &err);
    json_decref(doc);
    policy_faults_fini(&faults);
}

static void open_authority(struct gateway *g)
{
    struct sl_err err = {0};
    const struct ca *ca;
    int64_t now_s = sl_wall_us() / 1000000;
    if (!g->settings.inspect.enabled)
        return;
    if (!ca_live_open(g->directory, &g->ca, &err))
        stop_with("authorities", &err);
    if (!ca_create(&(struct ca_wish){0}, now_s, &ca, &err) || !ca_live_add(g->ca, ca, now_s, &err))
        stop_with("authority", &err);
    ca_unref(&ca);
}

struct gateway *gateway_start(const char *policy, const char *ini)
{
    struct gateway *g = sl_calloc(1, sizeof *g);
    struct sl_err err = {0};
    g->directory = tmpdir_new();
    load_settings(g, ini);
    struct audit_config audit = {.directory = g->directory,
                                 .segment_bytes = g->settings.audit.segment,
                                 .batch_ms = 10,
                                 .retention_ms = g->settings.audit.retention_ms};
    if (!store_open(g->directory, &g->store, &err))
        stop_with("store", &err);
    gateway_apply(g, policy ? policy : "{\"schema\":1,\"default\":{\"then\":\"allow\"}}");
    if (!audit_start(&audit, &g->audit, &err))
        stop_with("audit", &err);
    open_authority(g);
    struct proxy_config cfg = {.settings = &g->settings, .store = g->store, .audit = g->audit, .ca = g->ca};
    if (!proxy_start(&cfg, &g->proxy, &err))
        stop_with("proxy", &err);
    sl_assert(proxy_listener(g->proxy, 0, &g->endpoint));
    return g;
}

void gateway_stop(struct gateway **gp)
{
    struct gateway *g = *gp;
    proxy_stop(&g->proxy);
    audit_stop(&g->audit);
    ca_live_close(&g->ca);
    store_close(&g->store);
    settings_fini(&g->settings);
    tmpdir_free(&g->directory);
    sl_freep(gp);
}

json_t *gateway_records(struct gateway *g, size_t n)
{
    const struct audit_bounds bounds = {0};
    struct audit_filter filter;
    struct audit_page page = {0};
    struct sl_err err = {0};
    audit_filter_init(&filter);
    filter.limit = 1000;
    for (int tries = 0;; tries++) {
        bool asked = audit_query(g->directory, &filter, &bounds, &page,
                                 &err); /* no file yet, or half made: ask again */
        if (asked && json_array_size(page.items) >= n)
            return page.items;
        if (tries == 1000)
            stop_with("too few records", &err);
        json_decref(page.items);
        page.items = NULL;
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
}

uint64_t gateway_metric(const struct gateway *g, const char *series)
{
    SL_CLEANUP(sl_text_fini) struct sl_text text = {0};
    SL_CLEANUP(sl_freep) char *line = sl_asprintf("\n%s ", series);
    sl_text_addc(&text, '\n');
    proxy_metrics(g->proxy, &text);
    const char *at = strstr(text.p, line);
    return at ? strtoull(at + strlen(line), NULL, 10) : 0;
}

/* gateway.h - a real data plane in this process: own state folder, port 0, one or more workers. */
#ifndef TESTS_PROXY_GATEWAY_H
#define TESTS_PROXY_GATEWAY_H

#include "sluice/proxy.h"

struct gateway {
    char *directory;
    struct settings settings;
    struct store *store;
    struct audit *audit;
    struct ca_live *ca; /* with an authority when inspection is on */
    struct proxy *proxy;
    struct sl_endpoint endpoint;
};

/* policy: a document, NULL for the one that allows all. ini: settings beside the presets ("[proxy]\nvia =
 * off\n"), NULL for none; 127.0.0.0/8 is allowed as destination unless it says otherwise. Aborts on failure:
 * a test can't go on. */
struct gateway *gateway_start(const char *policy, const char *ini);
void gateway_stop(struct gateway **g);
/* Makes another policy the active one. */
void gateway_apply(struct gateway *g, const char *policy);
/* Waits until n records are stored, newest first; a new reference. */
json_t *gateway_records(struct gateway *g, size_t n);
/* The value of a metric line, "sluice_tunnels"; 0 when there is none. */
uint64_t gateway_metric(const struct gateway *g, const char *series);

#endif

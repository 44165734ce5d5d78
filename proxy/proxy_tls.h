/* proxy_tls.h - the TLS of the proxy's own listeners, from files that the settings name. */
#ifndef PROXY_PROXY_TLS_H
#define PROXY_PROXY_TLS_H

#include "proxy/tls/server.h"
#include "sluice/settings.h"

/* *out stays NULL where no certificate is set. Errors name the setting. */
bool proxy_tls_open(const struct settings *s, struct tls_server **out, struct sl_err *err);

#endif

/* pac.h - the proxy auto-config file that the settings describe: which addresses a browser asks through the
 * gateway, and by which way. Text in, text out; nothing of a request gets into it. */
#ifndef BASE_PAC_H
#define BASE_PAC_H

#include "base/conf.h"

struct settings;

/* One item of proxy.pac_proxy: "gw.example:3128", "https gw.example:3129" or "direct". */
bool pac_check_proxy(struct sl_str value, struct sl_err *err);
/* One item of proxy.pac_bypass: a network, a domain (with all below it), or "plain": names without a dot. */
bool pac_check_bypass(struct sl_str value, struct sl_err *err);
/* self is named where proxy.pac_proxy names nobody: the address by which the client reached us; tls: where
 * the proxy is spoken to by TLS. */
void pac_build(const struct settings *s, struct sl_endpoint self, bool tls, struct sl_text *out);

#endif

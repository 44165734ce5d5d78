/* inspection.c - see inspection.h. */
#include "proxy/inspection.h"

#include <stdlib.h>

#include "base/fs.h"
#include "proxy/tls/intercept.h"
#include "sluice/leaf.h"

enum { PEM_MAX = 4 << 20 };

_Static_assert((int)REVOCATION_OFF == INSPECT_REVOCATION_OFF &&
                   (int)REVOCATION_SOFT == INSPECT_REVOCATION_SOFT &&
                   (int)REVOCATION_HARD == INSPECT_REVOCATION_HARD,
               "the setting is the configuration");

void inspection_configure(struct inspection *i, struct ca_live *ca, const struct settings *s)
{
    const struct leaves_config cfg = {.capacity = (size_t)s->inspect.leaf_cache,
                                      .days = (unsigned)s->inspect.leaf_days};
    if (i->leaves) {
        leaves_configure(i->leaves, &cfg);
        return;
    }
    if (!ca || !s->inspect.enabled)
        return;
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/leaves", s->state.directory);
    i->ca = ca;
    i->leaves = leaves_open(path, ca, &cfg);
    i->interceptor = tls_interceptor_new();
}

void inspection_fini(struct inspection *i)
{
    leaves_close(&i->leaves);
    tls_interceptor_free(&i->interceptor);
}

bool inspection_trust(const struct settings *s, struct trust **out, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *pem = NULL;
    struct trust_config cfg = {
        .system = true, .revocation = (enum revocation)s->inspect.revocation, .fetch = true};
    size_t n;
    *out = NULL;
    if (!s->inspect.enabled)
        return true;
    if (*s->inspect.trust && !fs_read(s->inspect.trust, PEM_MAX, &pem, &n, err))
        return sl_fail_in(err, "inspect.trust: ");
    cfg.extra = sl_cstr(pem ? pem : "");
    return trust_new(&cfg, out, err) || sl_fail_in(err, "inspect.trust: ");
}

/* present.c - see present.h. */
#include "adminapi/present.h"

#include <stdlib.h>

#include "adminapi/site.h"

struct present *present_new(const struct settings *settings, struct site *take_site)
{
    struct present *p = sl_calloc(1, sizeof *p);
    atomic_init(&p->refs, 1);
    p->settings = settings_ref(settings);
    p->site = take_site;
    return p;
}

struct present *present_of(struct api_context *ctx)
{
    pthread_mutex_lock(&ctx->present_lock);
    struct present *p = ctx->present;
    atomic_fetch_add(&p->refs, 1);
    pthread_mutex_unlock(&ctx->present_lock);
    return p;
}

void present_replace(struct api_context *ctx, struct present *take)
{
    pthread_mutex_lock(&ctx->present_lock);
    struct present *old = ctx->present;
    ctx->present = take;
    pthread_mutex_unlock(&ctx->present_lock);
    present_unref(&old);
}

void present_unref(struct present **ref)
{
    struct present *p = *ref;
    *ref = NULL;
    if (p == NULL || atomic_fetch_sub(&p->refs, 1) > 1)
        return;
    settings_unref(&p->settings);
    site_free(&p->site);
    free(p);
}

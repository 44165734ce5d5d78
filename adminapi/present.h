/* present.h - what a reload of the settings replaces as a whole for the API: the settings, and the console's
 * files. A request looks at the one that was in force when it began, until its answer is gone. */
#ifndef ADMINAPI_PRESENT_H
#define ADMINAPI_PRESENT_H

#include "adminapi/api.h"

struct present {
    atomic_uint refs;
    const struct settings *settings;
    struct site *site; /* NULL when nothing listens */
};

/* Takes the site, and a reference to the settings. */
struct present *present_new(const struct settings *settings, struct site *take_site);
/* The one in force, referenced. Any thread. */
struct present *present_of(struct api_context *ctx);
/* Puts another one in force; takes it. Any thread. */
void present_replace(struct api_context *ctx, struct present *take);
void present_unref(struct present **p); /* NULL is fine */

#endif

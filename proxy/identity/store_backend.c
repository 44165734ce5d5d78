/* store_backend.c - passwords of proxy users, as the store keeps them, behind struct identity_backend. */
#include "proxy/identity/identity.h"

static bool verify(void *arg, struct sl_str user, struct sl_str password)
{
    return store_user_verify(arg, user, password);
}

static uint64_t epoch(void *arg)
{
    return store_users_epoch(arg);
}

static uint64_t changed(void *arg, struct sl_str user)
{
    return store_user_epoch(arg, user);
}

struct identity_backend identity_store_backend(struct store *s)
{
    return (struct identity_backend){.arg = s, .verify = verify, .epoch = epoch, .changed = changed};
}

/* gateway.h - the running gateway as a whole: its parts, opened in order, and the settings they follow. The
 * main thread owns it; hooks of the API are called by the API's threads. */
#ifndef CLI_GATEWAY_H
#define CLI_GATEWAY_H

#include <pthread.h>

#include "cli/cli.h"
#include "cli/housekeeping.h"
#include "sluice/adminapi.h"
#include "sluice/ca.h"
#include "sluice/proxy.h"

/* Settings of the command line, which stand above the file: at the start and at each reload. */
struct overrides {
    const char *listen, *admin, *state, *console;
};

struct upgrade;
struct takeover;

struct gateway {
    const char *config; /* the settings file */
    struct overrides overrides;
    const struct settings *settings; /* in force */
    struct store *store;
    struct audit *audit;
    struct proxy *_Atomic proxy; /* the API's hooks ask while it is still starting */
    struct ca_live *ca;
    struct faulty_hosts *faulty;
    struct adminapi *api;
    struct housekeeping *housekeeping;
    char *socket_path;
    pthread_mutex_t change_lock; /* one reload or upgrade at a time, by a signal or by the API */
    struct upgrade *upgrade;
    struct takeover *takeover; /* what the gateway before this one gave; NULL: nothing */
    unsigned first_worker;
    int successor; /* our end of the pair with the one that replaced us; -1: none did */
};

/* Sets what the command line says over what the file said. */
bool overrides_apply(const struct overrides *o, struct settings *s, struct sl_err *err);

/* Whatever fails, what was opened is closed by gateway_close. */
bool gateway_open(struct gateway *g, struct sl_err *err);
void gateway_close(struct gateway *g);
/* Opens the admin API, on sockets of `given` where they fit. */
bool gateway_open_api(struct gateway *g, struct sockets *given, struct sl_err *err);

/* ---- reload.c ---- */
/* Those in force, for the caller to let go of. Any thread. */
const struct settings *gateway_settings(struct gateway *g);
/* Reads the settings file again and puts in force what can be, all or nothing. What came of it, as POST
 * /settings/reload answers; NULL with *out_faults, an array of sentences, when the file is refused and
 * everything stays. Any thread. */
json_t *gateway_reload(struct gateway *g, json_t **out_faults);

#endif

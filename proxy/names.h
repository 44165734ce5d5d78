/* names.h - a thread that looks whether the hosts file or resolv.conf changed. */
#ifndef PROXY_NAMES_H
#define PROXY_NAMES_H

#include "sluice/err.h"

struct names;

/* changed(arg) is called on the thread. Nothing is watched yet. */
bool names_start(void (*changed)(void *arg), void *arg, struct names **out, struct sl_err *err);
/* Watches these files, as they are now; "" is none. Any thread. */
void names_watch(struct names *n, const char *hosts, const char *servers);
void names_stop(struct names **n);

#endif

/* handover.h - what a gateway that is replaced and the one that takes over say to each other: JSON objects,
 * one a packet, over a pair of sockets that the new process inherits.
 *
 *     old                                     new (started by the old one, with its descriptors)
 *     starts it                               reads its settings
 *                       <- prepared           (or failed: why)
 *     closes its API, stops storing
 *     go: sockets, locks, streams ->          opens state and listeners, serves
 *                       <- ready              (or failed: why)
 *     takes no more connections
 *     waits a while: does the new one live?
 *     yours ->
 *     ends what it began, and goes            sees the pair close: now the state is its alone
 *
 * Until `yours` the old one can take everything back, and does when the new one fails or dies. */
#ifndef CLI_HANDOVER_H
#define CLI_HANDOVER_H

#include <jansson.h>

#include "sluice/err.h"

/* The environment tells the new process the number of its end. */
#define HANDOVER_VARIABLE "SLUICE_TAKE_OVER"

enum handover_news { HANDOVER_NEWS, HANDOVER_SILENCE, HANDOVER_GONE };

/* take: a new reference, which is taken. False when nobody is there any more. */
bool handover_say(int fd, json_t *take);
/* Waits up to wait_ms. HANDOVER_NEWS: *out is a new reference, an object with "say". */
enum handover_news handover_hear(int fd, int wait_ms, json_t **out);
bool handover_is(const json_t *message, const char *word);

/* ---- in a new process ---- */
/* Our end; -1 when this process replaces nobody. The same each time. */
int handover_end(void);
/* Tells the old one why this one ends; nothing when there is none. */
void handover_failed(const char *why);

#endif

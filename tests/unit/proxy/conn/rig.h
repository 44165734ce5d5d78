/* rig.h - one gateway and one origin, and the few words in which most tests of this folder speak. */
#ifndef TESTS_PROXY_RIG_H
#define TESTS_PROXY_RIG_H

#include "tests/support/cmocka_all.h"
#include "tests/unit/proxy/conn/client.h"
#include "tests/unit/proxy/conn/gateway.h"
#include "tests/unit/proxy/conn/origin.h"

extern struct gateway *rig_gateway;
extern struct origin *rig_origin;

void rig_begin(origin_handler *handler, const char *policy, const char *ini);
void rig_end(void);
void rig_open(struct client *c);
/* GET of a path of the origin, by its address. */
void rig_get(struct client *c, const char *path);
/* Reads an answer that must be whole and have this status and body (NULL: any). */
void rig_expect(struct client *c, int status, const char *body);
void rig_nap_ms(long ms);
/* A text of the newest of n records, in a static buffer; "" for null. */
const char *rig_recorded(size_t n, const char *key);
/* Waits until the metric has this value. */
void rig_wait_metric(const char *series, uint64_t value);
/* A handler: 200 "hello". */
bool rig_hello(struct origin_request *r);

#endif

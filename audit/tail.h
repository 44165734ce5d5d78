/* tail.h - the newest records in the order in which they were stored, for who watches the log live. */
#ifndef AUDIT_TAIL_H
#define AUDIT_TAIL_H

#include "audit/writer.h"

struct tail;

struct tail *tail_new(void);
void tail_free(struct tail **t);
struct batch_observer tail_observer(struct tail *t);

#endif

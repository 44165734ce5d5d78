/* audit.h - private to audit/: what stands behind struct audit. */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include "sluice/audit.h"

#include "audit/tail.h"
#include "audit/tally.h"
#include "audit/writer.h"

struct audit {
    struct writer writer;
    struct tally *tally;
    struct tail *tail;
    int64_t retention_ms; /* atomic */
};

#endif

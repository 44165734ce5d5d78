/* journal.h - private to audit/: how a journal is made for a stream that the writer knows. See sluice/audit.h
 * for the rest. */
#ifndef AUDIT_JOURNAL_H
#define AUDIT_JOURNAL_H

#include "sluice/audit.h"

#include "audit/stream.h"

/* The stream has at least one spare. wake(arg) is called from journal_tend when spares are wanted; it must
 * not block. */
struct journal *journal_new(struct stream *s, size_t segment_bytes, void (*wake)(void *arg), void *arg);

#endif

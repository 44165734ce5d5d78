/* intern.h - a bounded cache from the bytes of a record's part to its row in a day file. Forgetting an entry
 * costs a look into the file, never an answer: bytes are compared, so two parts are taken for the same only
 * if they are. The writer's thread. */
#ifndef AUDIT_INTERN_H
#define AUDIT_INTERN_H

#include "sluice/str.h"

struct intern;

struct intern *intern_new(void);
void intern_free(struct intern **c);
void intern_clear(struct intern *c);
/* The row, or 0. kind keeps apart what lies in different tables; hash is of the bytes, with the kind in it.
 */
int64_t intern_find(const struct intern *c, unsigned kind, uint64_t hash, struct sl_str bytes);
void intern_add(struct intern *c, unsigned kind, uint64_t hash, struct sl_str bytes, int64_t row);

#endif

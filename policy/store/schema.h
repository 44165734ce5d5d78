/* schema.h - the tables of state.db, as numbered migrations. A migration that was released never changes: add
 * one. */
#ifndef POLICY_STORE_SCHEMA_H
#define POLICY_STORE_SCHEMA_H

#include "base/db.h"

extern const struct db_schema store_schema;

#endif

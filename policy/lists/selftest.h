/* selftest.h - asks a freshly built catalogue, opened as a gateway would, for a sample of what went into it.
 */
#ifndef POLICY_LISTS_SELFTEST_H
#define POLICY_LISTS_SELFTEST_H

#include "policy/lists/build.h"

/* Each sampled entry must be found in all its lists, and names that nobody can list must not be found. */
bool catalogue_selftest(const struct build *b, const char *path, struct sl_err *err);

#endif

/* checks.h - is a new copy of a list plausible, next to the one in use? */
#ifndef POLICY_STORE_CHECKS_H
#define POLICY_STORE_CHECKS_H

#include "policy/store/history.h"

/* Sets what the copy adds and removes; *out has examples. Reads only parts whose content differs. */
void checks_count(struct store *s, const struct source *src, struct list_copy *copy, struct list_delta *out);
/* What is wrong with it, NULL when nothing is: {"reason","reasons":[{"check","text"}],"added_examples",
 * "removed_examples"}. lists: as they would be with it. */
json_t *checks_judge(struct store *s, const struct source *src, const struct list_copy *copy,
                     const struct list_delta *delta, struct list_provider *lists);

#endif

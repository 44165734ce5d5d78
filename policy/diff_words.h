/* diff_words.h - one difference between two documents as an object for programs and a sentence for people. */
#ifndef POLICY_DIFF_WORDS_H
#define POLICY_DIFF_WORDS_H

#include "sluice/policy.h"

struct diff_change {
    const char *op; /* add remove change move */
    const char *path;
    const char *kind, *id;        /* id NULL: it has none */
    const json_t *item;           /* the thing itself, for its title */
    const json_t *before, *after; /* NULL: not there */
    int from, to;                 /* places in a list from 0, -1: of no meaning */
};
/* {"op","path","kind","id","title","before","after","fields","from","to","text"}, those that have a meaning;
 * new reference. Takes any JSON. */
json_t *diff_change_json(const struct diff_change *change);

#endif

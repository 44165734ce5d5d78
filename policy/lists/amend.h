/* amend.h - what a list takes back while it is read: lines of squidGuard's diffs, and records that Adblock's
 * exceptions leave without effect. Both become known when the records are in the file already, so the file is
 * written a second time without them. */
#ifndef POLICY_LISTS_AMEND_H
#define POLICY_LISTS_AMEND_H

#include "policy/lists/normal.h"

struct amend;
struct amend *amend_new(void);
void amend_free(struct amend **a); /* NULL is fine */

/* A diff: from here on the record is in the list, or no longer. The last word on a record holds, wherever the
 * base stands among the files. */
void amend_put(struct amend *a, enum record kind, struct sl_str text);
void amend_take(struct amend *a, enum record kind, struct sl_str text, struct normal_place place);
/* Adblock: an exception wins over every filter on what it covers, unless that one is important. Catalogues
 * let the more specific record win, so filters below an exception go, and exceptions below what is important.
 */
void amend_except(struct amend *a, enum record kind, struct sl_str text);
void amend_important(struct amend *a, enum record kind, struct sl_str text);

struct amend_report {
    struct normal_counts dropped;
    /* Of a record that a diff takes out although it was not there; text is valid during the call. */
    void (*absent)(void *arg, struct normal_place place, struct sl_str text);
    void *arg;
};
/* Writes the file at path again; sha256 becomes that of the new one. */
bool amend_apply(const struct amend *a, const char *path, struct amend_report *report, uint8_t sha256[32],
                 struct sl_err *err);

#endif

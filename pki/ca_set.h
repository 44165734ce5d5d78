/* ca_set.h - the authorities of a directory, and what becomes of them. A value of its owner; changes are made
 * on a copy, which then is written and takes the place of the old one. Private to pki. */
#ifndef PKI_CA_SET_H
#define PKI_CA_SET_H

#include "sluice/ca.h"

/* At most one is current and one is next, in that order; then the retired ones, the latest first. */
struct ca_set {
    struct ca_entry items[CA_MOST];
    size_t count;
};

void ca_set_copy(const struct ca_set *from, struct ca_set *out);
void ca_set_fini(struct ca_set *set);
struct ca_entry *ca_set_find(struct ca_set *set, enum ca_state state); /* NULL: there is none */
bool ca_set_holds(const struct ca_set *set, const struct ca *ca);

/* After a failure a set is of no use. */
bool ca_set_add(struct ca_set *set, const struct ca *ca, int64_t sign_s, int64_t now_s, struct sl_err *err);
bool ca_set_schedule(struct ca_set *set, int64_t sign_s, int64_t now_s, struct sl_err *err);
bool ca_set_cancel(struct ca_set *set, struct sl_err *err);
bool ca_set_back(struct ca_set *set, int64_t now_s, struct sl_err *err);
bool ca_set_is_due(const struct ca_set *set, int64_t now_s);
bool ca_set_tick(struct ca_set *set, int64_t now_s, struct sl_err *err);

/* ---- on the disk: a list of states, and a file for each authority ---- */
bool ca_set_read(const char *dir, struct ca_set *out, struct sl_err *err);
/* Files of new ones, then the list, then without the files of those that `before` had and set has not. */
bool ca_set_write(const char *dir, const struct ca_set *set, const struct ca_set *before, struct sl_err *err);
/* One line of the list: "next 0123456789abcdef since=1790000000 sign=0 until=0"; id has CA_ID_TEXT bytes. */
bool ca_set_line(struct sl_str line, struct ca_entry *out, char *id, struct sl_err *err);

#endif

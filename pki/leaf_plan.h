/* leaf_plan.h - what a leaf has to say: which names, which dates, and whether one that exists says the same.
 * Pure: no clock, no key. */
#ifndef PKI_LEAF_PLAN_H
#define PKI_LEAF_PLAN_H

#include "pki/leaf_names.h"
#include "sluice/ca.h"
#include "sluice/certificate.h"
#include "sluice/leaf.h"

enum { LEAF_ID = CERTIFICATE_FINGERPRINT + 2 * 254 };

struct leaf_plan {
    struct leaf_names names;
    int64_t not_before_s, not_after_s;
    int64_t renew_s;     /* from here on another one is better */
    bool lasting;        /* worth a place in the file */
    uint8_t id[LEAF_ID]; /* wants with the same id get the same leaf */
    size_t id_n;
};
/* False: the CA may not, or can't, sign such a leaf, or there is no such name. */
bool leaf_plan_make(const struct ca *ca, const struct leaf_want *want, unsigned days, int64_t now_s,
                    struct leaf_plan *out, struct sl_err *err);

#endif

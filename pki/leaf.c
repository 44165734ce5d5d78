/* leaf.c - a leaf as others see it: references. */
#include "sluice/leaf.h"

#include <stdlib.h>

#include "pki/leaf_inside.h"

struct leaf *leaf_new(X509 *take_cert, EVP_PKEY *pair, const struct ca *ca, int64_t renew_s)
{
    struct leaf *leaf = sl_calloc(1, sizeof *leaf);
    sl_assert(EVP_PKEY_up_ref(pair) == 1);
    atomic_init(&leaf->refs, 1);
    leaf->cert = take_cert;
    leaf->pair = pair;
    leaf->ca = ca_ref(ca);
    leaf->renew_s = renew_s;
    return leaf;
}

const struct leaf *leaf_ref(const struct leaf *leaf)
{
    atomic_fetch_add_explicit(&((struct leaf *)leaf)->refs, 1, memory_order_relaxed);
    return leaf;
}

void leaf_unref(const struct leaf **leafp)
{
    struct leaf *leaf = (struct leaf *)*leafp;
    *leafp = NULL;
    if (!leaf || atomic_fetch_sub_explicit(&leaf->refs, 1, memory_order_acq_rel) > 1)
        return;
    X509_free(leaf->cert);
    EVP_PKEY_free(leaf->pair);
    ca_unref(&leaf->ca);
    free(leaf);
}

struct x509_st *leaf_certificate(const struct leaf *leaf)
{
    return leaf->cert;
}

struct evp_pkey_st *leaf_private_key(const struct leaf *leaf)
{
    return leaf->pair;
}

struct stack_st_X509 *leaf_chain(const struct leaf *leaf)
{
    return ca_chain(leaf->ca);
}

/* store_pem.h - certificates of a PEM text into a store of OpenSSL. */
#ifndef PKI_STORE_PEM_H
#define PKI_STORE_PEM_H

#include "sluice/str.h"

struct x509_store_st;

/* How many; -1: one of them is no certificate. */
int store_add_pem(struct x509_store_st *store, struct sl_str pem);

#endif

/* digest.h - the SHA-256 of a whole file, read in pieces. */
#ifndef POLICY_STORE_DIGEST_H
#define POLICY_STORE_DIGEST_H

#include "sluice/err.h"

bool digest_file(const char *path, uint8_t out[32], struct sl_err *err);

#endif

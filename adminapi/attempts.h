/* attempts.h - how long somebody has to wait before the next attempt to sign in.
 *
 * Attempts are counted for the account and for the source, whether or not the account exists. Each attempt
 * counts before its password is verified, so that a hundred at a time are not a hundred for free, and is
 * taken back when it succeeds. The counters are a table of fixed size; they live as long as the process. Any
 * thread. */
#ifndef ADMINAPI_ATTEMPTS_H
#define ADMINAPI_ATTEMPTS_H

#include "sluice/addr.h"
#include "sluice/str.h"

enum {
    ATTEMPTS_ACCOUNT_FREE = 5,    /* attempts before the first wait, which is 1 s and doubles */
    ATTEMPTS_ACCOUNT_MOST_S = 60, /* short: else anybody could keep an administrator out */
    ATTEMPTS_SOURCE_FREE = 20,
    ATTEMPTS_SOURCE_MOST_S = 5 * 60, /* many may share one: a reverse proxy */
    ATTEMPTS_FORGET_S = 15 * 60
};

struct attempts;
struct attempts *attempts_new(void);
void attempts_free(struct attempts **t);
/* 0: go on, the attempt is counted. Else the seconds to wait, and nothing is counted. */
unsigned attempts_begin(struct attempts *t, struct sl_str account, struct sl_str source, int64_t now_us);
/* The attempt proved itself. */
void attempts_succeeded(struct attempts *t, struct sl_str account, struct sl_str source);
/* The attempt failed: the wait begins now. Returns how many failed in a row when that is worth a line in the
 * change log (5, 10, 20, 40, ... for the account), else 0. */
unsigned attempts_failed(struct attempts *t, struct sl_str account, struct sl_str source, int64_t now_us);

#endif

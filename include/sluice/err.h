/* err.h - an error as a value: a code for programs, a sentence for people.
 * The sentence names the value and the remedy; callers add the place on the way up. */
#ifndef SLUICE_ERR_H
#define SLUICE_ERR_H

#include "sluice/base.h"

enum sl_code {
    SL_OK,
    SL_BAD_INPUT,   /* what was given is wrong: a document, a setting, a request */
    SL_NOT_FOUND,   /* what was named does not exist */
    SL_DENIED,      /* not allowed to this caller */
    SL_CONFLICT,    /* exists already, or was changed meanwhile, or is still in use */
    SL_LIMIT,       /* over a bound that we set */
    SL_BUSY,        /* someone else has it now; try again */
    SL_UNAVAILABLE, /* something outside did not answer or refused */
    SL_IO,          /* the disk or the system failed */
    SL_INTERNAL     /* our own fault */
};

struct sl_err {
    enum sl_code code;
    char msg[240];
};

/* Fills err (may be NULL) and returns false, so that `return sl_fail(...)` is a whole error path. */
bool sl_fail(struct sl_err *err, enum sl_code code, const char *fmt, ...) SL_PRINTF(3, 4);
/* The same with ": " and the text of errno_value at the end. */
bool sl_fail_errno(struct sl_err *err, enum sl_code code, int errno_value, const char *fmt, ...)
    SL_PRINTF(4, 5);
/* Puts a place before the message that is there: sl_fail_in(err, "rules.json line %u: ", n). Returns false.
 */
bool sl_fail_in(struct sl_err *err, const char *fmt, ...) SL_PRINTF(2, 3);
/* The word of a code for logs and JSON: "bad-input", "not-found", ... */
const char *sl_code_word(enum sl_code code);

#endif

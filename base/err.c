/* err.c - see sluice/err.h. */
#include "sluice/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Formats into a buffer of its own first, for the arguments may point into err->msg. */
static void fill(struct sl_err *err, enum sl_code code, const char *fmt, va_list args) SL_PRINTF(3, 0);
static void fill(struct sl_err *err, enum sl_code code, const char *fmt, va_list args)
{
    char msg[sizeof err->msg];
    vsnprintf(msg, sizeof msg, fmt, args);
    memcpy(err->msg, msg, sizeof msg);
    err->code = code;
}

static void append(struct sl_err *err, const char *text)
{
    size_t n = strlen(err->msg), room = sizeof err->msg - 1 - n;
    size_t m = strnlen(text, room);
    memcpy(err->msg + n, text, m);
    err->msg[n + m] = '\0';
}

bool sl_fail(struct sl_err *err, enum sl_code code, const char *fmt, ...)
{
    if (err) {
        va_list args;
        va_start(args, fmt);
        fill(err, code, fmt, args);
        va_end(args);
    }
    return false;
}

bool sl_fail_errno(struct sl_err *err, enum sl_code code, int errno_value, const char *fmt, ...)
{
    if (err) {
        va_list args;
        va_start(args, fmt);
        fill(err, code, fmt, args);
        va_end(args);
        char reason[128];
        append(err, ": ");
        append(err, strerror_r(errno_value, reason, sizeof reason));
    }
    return false;
}

bool sl_fail_in(struct sl_err *err, const char *fmt, ...)
{
    if (err) {
        struct sl_err inner = *err;
        va_list args;
        va_start(args, fmt);
        fill(err, inner.code, fmt, args);
        va_end(args);
        append(err, inner.msg);
    }
    return false;
}

const char *sl_code_word(enum sl_code code)
{
    static const char *const words[] = {
        [SL_OK] = "ok",
        [SL_BAD_INPUT] = "bad-input",
        [SL_NOT_FOUND] = "not-found",
        [SL_DENIED] = "denied",
        [SL_CONFLICT] = "conflict",
        [SL_LIMIT] = "limit",
        [SL_BUSY] = "busy",
        [SL_UNAVAILABLE] = "unavailable",
        [SL_IO] = "io",
        [SL_INTERNAL] = "internal",
    };
    return (size_t)code < SL_COUNT(words) ? words[code] : "unknown";
}

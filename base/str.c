/* str.c - see sluice/str.h. */
#include "sluice/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool sl_str_ieq(struct sl_str a, struct sl_str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (sl_lower(a.p[i]) != sl_lower(b.p[i]))
            return false;
    return true;
}

int sl_str_cmp(struct sl_str a, struct sl_str b)
{
    size_t n = SL_MIN(a.n, b.n);
    int order = n ? memcmp(a.p, b.p, n) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

bool sl_str_starts(struct sl_str s, struct sl_str prefix)
{
    return s.n >= prefix.n && sl_str_eq(sl_str(s.p, prefix.n), prefix);
}

bool sl_str_ends(struct sl_str s, struct sl_str suffix)
{
    return s.n >= suffix.n && (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

bool sl_str_istarts(struct sl_str s, struct sl_str prefix)
{
    return s.n >= prefix.n && sl_str_ieq(sl_str(s.p, prefix.n), prefix);
}

struct sl_str sl_str_sub(struct sl_str s, size_t from, size_t n)
{
    from = SL_MIN(from, s.n);
    return sl_str(from ? s.p + from : s.p, SL_MIN(n, s.n - from));
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct sl_str sl_str_trim(struct sl_str s)
{
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    while (s.n && is_blank(*s.p)) {
        s.p++;
        s.n--;
    }
    return s;
}

size_t sl_str_find(struct sl_str s, char c)
{
    const char *at = s.n ? memchr(s.p, c, s.n) : NULL;
    return at ? (size_t)(at - s.p) : s.n;
}

bool sl_str_split(struct sl_str *rest, char sep, struct sl_str *out_part)
{
    if (!rest->p)
        return false;
    size_t i = sl_str_find(*rest, sep);
    *out_part = sl_str(rest->p, i);
    /* Behind the last separator there is one more part, perhaps an empty one; behind the last part there is
     * none. */
    *rest = i < rest->n ? sl_str(rest->p + i + 1, rest->n - i - 1) : sl_str(NULL, 0);
    return true;
}

bool sl_str_u64(struct sl_str s, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned digit = (unsigned char)s.p[i] - (unsigned)'0';
        if (digit > 9 || __builtin_mul_overflow(value, (uint64_t)10, &value) ||
            __builtin_add_overflow(value, (uint64_t)digit, &value) || value > max)
            return false;
    }
    *out = value;
    return true;
}

char *sl_str_dup(struct sl_str s)
{
    char *copy = sl_malloc(s.n + 1);
    if (s.n)
        memcpy(copy, s.p, s.n);
    copy[s.n] = '\0';
    return copy;
}

/* Room for n more bytes and the NUL. */
static void reserve(struct sl_text *t, size_t n)
{
    size_t need;
    sl_assert(!__builtin_add_overflow(t->n, n, &need) && need < SIZE_MAX / 2);
    if (need + 1 <= t->cap)
        return;
    t->cap = SL_MAX(need + 1, SL_MAX(t->cap * 2, (size_t)64));
    t->p = sl_realloc(t->p, t->cap);
}

void sl_text_add(struct sl_text *t, struct sl_str s)
{
    reserve(t, s.n);
    if (s.n)
        memcpy(t->p + t->n, s.p, s.n);
    t->n += s.n;
    t->p[t->n] = '\0';
}

void sl_text_addf(struct sl_text *t, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    sl_assert(n >= 0);
    reserve(t, (size_t)n);
    vsnprintf(t->p + t->n, (size_t)n + 1, fmt, again);
    va_end(again);
    t->n += (size_t)n;
}

void sl_text_addc(struct sl_text *t, char c)
{
    sl_text_add(t, sl_str(&c, 1));
}

void sl_text_clear(struct sl_text *t)
{
    t->n = 0;
    if (t->p)
        *t->p = '\0';
}

void sl_text_fini(struct sl_text *t)
{
    free(t->p);
    *t = (struct sl_text){0};
}

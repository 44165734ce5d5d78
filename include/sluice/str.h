/* str.h - text as pointer and length. A view: it owns nothing and need not end in NUL. */
#ifndef SLUICE_STR_H
#define SLUICE_STR_H

#include <string.h>

#include "sluice/base.h"

struct sl_str {
    const char *p; /* may be NULL when n is 0 */
    size_t n;
};

#define SL_STR(literal) ((struct sl_str){"" literal, sizeof(literal) - 1})
/* For printf: printf("%.*s", SL_FMT(text)) */
#define SL_FMT(s) (int)(s).n, (s).p ? (s).p : ""

static inline struct sl_str sl_str(const char *p, size_t n)
{
    return (struct sl_str){p, n};
}
/* NULL gives the empty text. */
static inline struct sl_str sl_cstr(const char *text)
{
    return (struct sl_str){text, text ? strlen(text) : 0};
}
static inline bool sl_str_eq(struct sl_str a, struct sl_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
/* ASCII letters without regard to case; the rest byte by byte. Never looks at the locale. */
bool sl_str_ieq(struct sl_str a, struct sl_str b);
int sl_str_cmp(struct sl_str a, struct sl_str b);
bool sl_str_starts(struct sl_str s, struct sl_str prefix);
bool sl_str_ends(struct sl_str s, struct sl_str suffix);
bool sl_str_istarts(struct sl_str s, struct sl_str prefix);
/* The part from index `from` on, at most n bytes; clamped to s. */
struct sl_str sl_str_sub(struct sl_str s, size_t from, size_t n);
/* Without spaces and tabs (and CR, LF) at both ends. */
struct sl_str sl_str_trim(struct sl_str s);
/* Index of the first c, or s.n when there is none. */
size_t sl_str_find(struct sl_str s, char c);
/* Takes the text up to the next `sep` off *rest (sep itself is dropped). False when *rest is exhausted; an
 * empty text gives one empty part only if *rest was non-NULL. Use: while (sl_str_split(&rest, ',', &part)).
 */
bool sl_str_split(struct sl_str *rest, char sep, struct sl_str *out_part);
/* Whole text as a number; false for empty, sign, other bytes, or a value over max. */
bool sl_str_u64(struct sl_str s, uint64_t max, uint64_t *out);
char *sl_str_dup(struct sl_str s); /* NUL-terminated copy on the heap */

static inline char sl_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* A text that grows on the heap. Always NUL-terminated once something was added. */
struct sl_text {
    char *p;
    size_t n, cap;
};
void sl_text_add(struct sl_text *t, struct sl_str s);
void sl_text_addf(struct sl_text *t, const char *fmt, ...) SL_PRINTF(2, 3);
void sl_text_addc(struct sl_text *t, char c);
void sl_text_clear(struct sl_text *t); /* n = 0, keeps the memory */
void sl_text_fini(struct sl_text *t);
static inline struct sl_str sl_text_str(const struct sl_text *t)
{
    return (struct sl_str){t->p, t->n};
}

#endif

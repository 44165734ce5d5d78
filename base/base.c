/* base.c - heap memory that never fails, and what happens when our own code is wrong. See sluice/base.h. */
#include "sluice/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void sl_assert_failed(const char *cond, const char *file, int line)
{
    fprintf(stderr, "sluice: assertion failed: %s (%s:%d)\n", cond, file, line);
    abort();
}

static void out_of_memory(size_t size) SL_NORETURN;
static void out_of_memory(size_t size)
{
    fprintf(stderr, "sluice: out of memory (%zu bytes asked)\n", size);
    abort();
}

void *sl_malloc(size_t size)
{
    void *p = malloc(size ? size : 1);
    if (!p)
        out_of_memory(size);
    return p;
}

void *sl_calloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (!p)
        out_of_memory(size);
    return p;
}

void *sl_realloc(void *old, size_t size)
{
    void *p = realloc(old, size ? size : 1);
    if (!p)
        out_of_memory(size);
    return p;
}

void *sl_reallocarray(void *old, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        out_of_memory(SIZE_MAX);
    return sl_realloc(old, bytes);
}

char *sl_strdup(const char *text)
{
    return sl_strndup(text, strlen(text));
}

char *sl_strndup(const char *text, size_t len)
{
    size_t n = strnlen(text, len);
    char *copy = sl_malloc(n + 1);
    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

char *sl_asprintf(const char *fmt, ...)
{
    char *text;
    va_list args;
    va_start(args, fmt);
    int n = vasprintf(&text, fmt, args);
    va_end(args);
    if (n < 0)
        out_of_memory(0);
    return text;
}

void sl_freep(void *pointer_to_pointer)
{
    void *p;
    /* memcpy: the variable behind may be a pointer of any type. */
    memcpy(&p, pointer_to_pointer, sizeof p);
    free(p);
    memset(pointer_to_pointer, 0, sizeof p);
}

void sl_closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void *sl_grow(void *items, size_t count, size_t *cap, size_t item_size)
{
    if (count < *cap)
        return items;
    size_t doubled;
    if (__builtin_mul_overflow(*cap, (size_t)2, &doubled))
        out_of_memory(SIZE_MAX);
    *cap = SL_MAX(doubled, (size_t)8);
    return sl_reallocarray(items, *cap, item_size);
}

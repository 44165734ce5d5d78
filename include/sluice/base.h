/* base.h - attributes, assertions and small macros every source may use. */
#ifndef SLUICE_BASE_H
#define SLUICE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define SL_NORETURN __attribute__((noreturn))
#define SL_MUST_USE __attribute__((warn_unused_result))
/* Runs fn(&variable) when the variable leaves its scope: SL_CLEANUP(sl_freep) char *text = ... */
#define SL_CLEANUP(fn) __attribute__((cleanup(fn)))
#define SL_LIKELY(x) __builtin_expect(!!(x), 1)
#define SL_UNLIKELY(x) __builtin_expect(!!(x), 0)

#define SL_COUNT(array) (sizeof(array) / sizeof *(array))
#define SL_CONTAINER(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define SL_MIN(a, b) ((a) < (b) ? (a) : (b))
#define SL_MAX(a, b) ((a) > (b) ? (a) : (b))

/* States what must be true of our own code; stays on in release; never judges input. Aborts with a line on
 * stderr. */
#define sl_assert(cond) ((cond) ? (void)0 : sl_assert_failed(#cond, __FILE__, __LINE__))
void sl_assert_failed(const char *cond, const char *file, int line) SL_NORETURN;

/* Heap: running out aborts, so none of these returns NULL. Memory of sl_calloc is zeroed. Free with free().
 */
void *sl_malloc(size_t size);
void *sl_calloc(size_t count, size_t size);
void *sl_realloc(void *old, size_t size);
void *sl_reallocarray(void *old, size_t count, size_t size);
char *sl_strdup(const char *text);
char *sl_strndup(const char *text, size_t len);
char *sl_asprintf(const char *fmt, ...) SL_PRINTF(1, 2);
/* For SL_CLEANUP on a pointer of any type: frees *pointer_to_pointer and clears it. */
void sl_freep(void *pointer_to_pointer);
/* For SL_CLEANUP on an int: closes a descriptor >= 0 and sets it to -1. */
void sl_closep(int *fd);

/* Makes room for one more item of a growing array: doubles *cap (at least 8) when count == *cap:
 * SL_GROW(list->items, list->count, &list->cap); */
void *sl_grow(void *items, size_t count, size_t *cap, size_t item_size);
#define SL_GROW(items, count, cap) ((items) = sl_grow((items), (count), (cap), sizeof *(items)))

#endif

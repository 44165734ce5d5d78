/* arena.c - see sluice/arena.h.
 *
 *   chunk ──> chunk ──> chunk        newest first; sizes double from 256 bytes to 256 KiB
 * [used|free]
 *
 * So what is small and lasts holds little, and a large document costs few mallocs.
 * A text too large for the newest chunk gets a chunk of its own *behind* the newest one: what is free there
 * stays in use. */
#include "sluice/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Under AddressSanitizer what is not given out is poisoned, and pieces stand apart, each beginning on one of
 * its granules of 8 bytes: a read behind a text is found. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONED 1
#endif
#endif
#ifdef ARENA_POISONED
#include <sanitizer/asan_interface.h>
enum { GAP = 8, LEAST_ALIGN = 8 };
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
enum { GAP = 0, LEAST_ALIGN = 1 };
#endif

enum { FIRST_CHUNK = 256, LARGEST_CHUNK = 256 * 1024, KEPT_CHUNK = 16 * 1024, ALIGN = 16 };

struct sl_arena_chunk {
    struct sl_arena_chunk *next;
    size_t size; /* bytes of data[] */
    _Alignas(ALIGN) char data[];
};
struct sl_arena_cleanup {
    struct sl_arena_cleanup *next;
    void (*fn)(void *arg);
    void *arg;
};

void sl_arena_init(struct sl_arena *a, size_t cap_bytes)
{
    *a = (struct sl_arena){.cap = cap_bytes ? cap_bytes : SIZE_MAX};
}

static void run_cleanups(struct sl_arena *a)
{
    while (a->cleanups) {
        struct sl_arena_cleanup *c = a->cleanups;
        a->cleanups = c->next;
        c->fn(c->arg);
    }
}

/* Frees all chunks except the largest that is small enough to be worth keeping: who fills an arena again and
 * again soon needs no other. */
static struct sl_arena_chunk *free_chunks(struct sl_arena_chunk *chunk, size_t keep_up_to)
{
    struct sl_arena_chunk *kept = NULL;
    while (chunk) {
        struct sl_arena_chunk *next = chunk->next, *less = chunk;
        if (chunk->size <= keep_up_to && (!kept || chunk->size > kept->size)) {
            less = kept;
            kept = chunk;
        }
        free(less);
        chunk = next;
    }
    if (kept)
        kept->next = NULL;
    return kept;
}

void sl_arena_reset(struct sl_arena *a)
{
    run_cleanups(a);
    a->chunk = free_chunks(a->chunk, KEPT_CHUNK);
    a->at = a->chunk ? a->chunk->data : NULL;
    a->end = a->chunk ? a->chunk->data + a->chunk->size : NULL;
    a->used = 0;
    if (a->chunk)
        ASAN_POISON_MEMORY_REGION(a->at, a->chunk->size);
}

void sl_arena_fini(struct sl_arena *a)
{
    run_cleanups(a);
    free_chunks(a->chunk, 0);
    a->chunk = NULL;
    a->at = a->end = NULL;
    a->used = 0;
}

static struct sl_arena_chunk *new_chunk(size_t size)
{
    sl_assert(size <= SIZE_MAX - sizeof(struct sl_arena_chunk));
    struct sl_arena_chunk *chunk = sl_malloc(sizeof *chunk + size);
    chunk->size = size;
    return chunk;
}

void sl_arena_reserve(struct sl_arena *a, size_t bytes)
{
    sl_assert(!a->chunk);
    a->chunk = new_chunk(bytes);
    a->chunk->next = NULL;
    a->at = a->chunk->data;
    a->end = a->at + bytes;
    ASAN_POISON_MEMORY_REGION(a->at, bytes);
}

/* The newest chunk has no room for size bytes. */
static char *alloc_slow(struct sl_arena *a, size_t size)
{
    size_t usual = a->chunk ? a->chunk->size * 2 : FIRST_CHUNK - sizeof(struct sl_arena_chunk);
    usual = SL_MIN(usual, (size_t)LARGEST_CHUNK);
    if (a->chunk && size > usual / 2) {
        struct sl_arena_chunk *own = new_chunk(size);
        own->next = a->chunk->next;
        a->chunk->next = own;
        return own->data;
    }
    struct sl_arena_chunk *chunk = new_chunk(SL_MAX(size, usual));
    chunk->next = a->chunk;
    a->chunk = chunk;
    a->at = chunk->data + size;
    a->end = chunk->data + chunk->size;
    ASAN_POISON_MEMORY_REGION(a->at, (size_t)(a->end - a->at));
    return chunk->data;
}

static void *take(struct sl_arena *a, size_t size, size_t align)
{
    /* An arena of zeros, never initialised, has no cap either. */
    size_t cap = a->cap ? a->cap : SIZE_MAX;
    if (SL_UNLIKELY(size > cap - a->used))
        return NULL;
    a->used += size;
    align = SL_MAX(align, (size_t)LEAST_ALIGN);
    size_t skip = (size_t)(-((uintptr_t)a->at + GAP) & (align - 1)) + GAP,
           free_bytes = (size_t)(a->end - a->at);
    if (SL_UNLIKELY(!a->at || skip > free_bytes || size > free_bytes - skip))
        return alloc_slow(a, size);
    char *p = a->at + skip;
    a->at = p + size;
    ASAN_UNPOISON_MEMORY_REGION(p, size);
    return p;
}

void *sl_arena_alloc(struct sl_arena *a, size_t size)
{
    return take(a, size, ALIGN);
}

void *sl_arena_zalloc(struct sl_arena *a, size_t size)
{
    void *p = take(a, size, ALIGN);
    return p ? memset(p, 0, size) : NULL;
}

char *sl_arena_bytes(struct sl_arena *a, size_t size)
{
    return take(a, size, 1);
}

struct sl_str sl_arena_str(struct sl_arena *a, struct sl_str s)
{
    if (s.n == SIZE_MAX)
        return sl_str(NULL, 0);
    char *p = take(a, s.n + 1, 1);
    if (!p)
        return sl_str(NULL, 0);
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return sl_str(p, s.n);
}

char *sl_arena_printf(struct sl_arena *a, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    sl_assert(n >= 0);
    char *p = take(a, (size_t)n + 1, 1);
    if (p)
        vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}

bool sl_arena_on_reset(struct sl_arena *a, void (*fn)(void *arg), void *arg)
{
    struct sl_arena_cleanup *c = take(a, sizeof *c, ALIGN);
    if (!c)
        return false;
    *c = (struct sl_arena_cleanup){.next = a->cleanups, .fn = fn, .arg = arg};
    a->cleanups = c;
    return true;
}

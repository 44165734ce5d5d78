/* arena.h - memory that is given back all at once: a request allocates and frees nothing.
 * Bump allocation from chunks, capped: reaching the cap is an answer (NULL), running out of heap aborts. One
 * thread. */
#ifndef SLUICE_ARENA_H
#define SLUICE_ARENA_H

#include "sluice/str.h"

struct sl_arena_chunk;
struct sl_arena_cleanup;

struct sl_arena {
    struct sl_arena_chunk *chunk; /* newest first */
    char *at, *end;               /* free part of the newest chunk */
    size_t used, cap;             /* bytes given out; the most that may be */
    struct sl_arena_cleanup *cleanups;
};

/* Takes no memory until the first allocation. cap_bytes 0: no cap, then nothing below returns NULL. */
void sl_arena_init(struct sl_arena *a, size_t cap_bytes);
/* Takes a chunk for the next `bytes` in all and not more: for what lasts. Of an arena that has none yet. */
void sl_arena_reserve(struct sl_arena *a, size_t bytes);
/* Runs the cleanups, newest first, and frees all but (at most) one chunk. */
void sl_arena_reset(struct sl_arena *a);
/* The same, and frees everything: an idle connection keeps no memory here. The arena may be used again. */
void sl_arena_fini(struct sl_arena *a);

void *sl_arena_alloc(struct sl_arena *a, size_t size); /* 16-aligned, not zeroed; NULL at the cap */
void *sl_arena_zalloc(struct sl_arena *a, size_t size);
char *sl_arena_bytes(struct sl_arena *a, size_t size); /* unaligned, for text; NULL at the cap */
struct sl_str sl_arena_str(struct sl_arena *a,
                           struct sl_str s); /* copy with a NUL behind; p is NULL at the cap */
char *sl_arena_printf(struct sl_arena *a, const char *fmt, ...) SL_PRINTF(2, 3); /* NULL at the cap */
/* Has fn(arg) called at reset or fini: a file or a reference joins the arena. False at the cap (fn is not
 * kept). */
bool sl_arena_on_reset(struct sl_arena *a, void (*fn)(void *arg), void *arg) SL_MUST_USE;

#endif

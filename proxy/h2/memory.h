/* memory.h - where the library that speaks HTTP/2 has its memory: on the heap, but for one thing.
 *
 * Each session has a block as large as a frame, in which a head of some hundred bytes is made now and then.
 * From the heap it would be what handshakes have just written to; cut from memory that nobody has touched,
 * only the pages that are used take any. That halves an idle session. One worker's. */
#ifndef PROXY_H2_MEMORY_H
#define PROXY_H2_MEMORY_H

#include <nghttp2/nghttp2.h>

struct h2_memory; /* h2.h has its begin and end */

/* The library's calls. m may be NULL: then all is on the heap. There is always some, or the process ends. */
nghttp2_mem h2_memory_calls(struct h2_memory *m);

#endif

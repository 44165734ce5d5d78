/* tls.h - TLS of the benchmark's both ends. A server has a certificate of the moment for each name that it is
 * asked for; clients verify none (it is proxies that are measured). Calls are those of a non-blocking socket:
 * -1 with EAGAIN, 0 at the end. */
#ifndef BENCH_TLS_H
#define BENCH_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct tls; /* one connection */

/* Writes the certificate of who signs them, in PEM. */
void tls_write_authority(const char *path);
/* Takes part in a handshake on fd as soon as something is sent or received. name: what a client asks for, or
 * NULL. */
struct tls *tls_new(int fd, bool server, const char *name);
void tls_free(struct tls **t); /* NULL is fine */
ssize_t tls_recv(struct tls *t, void *p, size_t n);
/* All or nothing; what is small and meets an empty socket goes. */
ssize_t tls_send(struct tls *t, const void *p, size_t n);

#endif

/* net.h - what the load generator and the origin share: sockets of the loopback, the clock, the body's bytes.
 */
#ifndef BENCH_NET_H
#define BENCH_NET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BODY_PERIOD = 26, BODY_PIECE = 256 * 1024 };

/* Byte i of every body is 'a' + i % 26. BODY_PIECE bytes may be read at any offset below BODY_PERIOD. */
const char *body_bytes(void);

uint64_t now_ns(void);
/* Reads 127.0.0.1:8080. */
bool read_address(const char *text, struct sockaddr_in *out);
/* A non-blocking socket that listens on (or, for datagrams, is bound to) address; -1 with errno. */
int listen_on(struct sockaddr_in *address, int type);
/* Ends the process when the one that started it ends, so that no benchmark leaves anything running. */
void end_with_parent(void);
/* Prints "PROGRAM: message" and errno's text, and ends with status 1. */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif

/* names.h - a name server that knows every name: 127.0.0.1 to 127.0.0.ADDRESSES, chosen by a hash of the
 * name. */
#ifndef BENCH_NAMES_H
#define BENCH_NAMES_H

/* Answers all questions that wait on the socket. */
void names_answer(int fd, unsigned addresses);

#endif

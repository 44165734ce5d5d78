/* names.c - see names.h. Reads one question a datagram and repeats it before the answer (RFC 1035
 * section 4.1). */
#include "bench/names.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

enum { HEAD = 12, ANSWER = 16, DATAGRAM = 512, TYPE_A = 1, TTL_S = 3600 };

/* Length of the question behind the head, 0 when it is broken; *out_hash is of the name. */
static size_t read_question(const uint8_t *message, size_t n, uint32_t *out_hash)
{
    size_t at = HEAD;
    *out_hash = 2166136261u;
    while (at < n && message[at] != 0) {
        size_t label_end = at + 1 + message[at];
        if (message[at] > 63 || label_end >= n)
            return 0;
        for (at++; at < label_end; at++)
            *out_hash = (*out_hash ^ (message[at] | 0x20)) * 16777619u;
    }
    return at + 5 <= n ? at + 5 - HEAD : 0;
}

/* Makes the answer in place; returns its length, 0 for what is no question. */
static size_t answer(uint8_t *message, size_t n, unsigned addresses)
{
    uint32_t hash;
    size_t question = n > HEAD && !(message[2] & 0x80) ? read_question(message, n, &hash) : 0;
    if (question == 0)
        return 0;
    uint8_t *end = message + HEAD + question;
    bool known = end[-4] == 0 && end[-3] == TYPE_A;  /* any other type: the name exists, without records */
    message[2] = (uint8_t)(0x84 | (message[2] & 1)); /* an authoritative response */
    message[3] = 0x80;
    memcpy(message + 4, (uint8_t[]){0, 1, 0, known, 0, 0, 0, 0}, 8);
    if (!known)
        return HEAD + question;
    memcpy(end,
           (uint8_t[ANSWER]){0xc0, HEAD, 0, TYPE_A, 0, 1, 0, 0, TTL_S >> 8, TTL_S & 0xff, 0, 4, 127, 0, 0,
                             (uint8_t)(1 + hash % addresses)},
           ANSWER);
    return HEAD + question + ANSWER;
}

void names_answer(int fd, unsigned addresses)
{
    uint8_t message[DATAGRAM + ANSWER];
    struct sockaddr_in from;
    for (;;) {
        socklen_t from_n = sizeof from;
        ssize_t n = recvfrom(fd, message, DATAGRAM, MSG_DONTWAIT, (struct sockaddr *)&from, &from_n);
        if (n < 0)
            return;
        size_t length = answer(message, (size_t)n, addresses);
        if (length > 0)
            sendto(fd, message, length, MSG_DONTWAIT, (struct sockaddr *)&from, from_n);
    }
}

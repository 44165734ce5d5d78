/* play.h - what a peer does, written down: the bytes it sends, and between them what else it does. Both ends
 * of the fault matrix are such lines. */
#ifndef TESTS_PROXY_PLAY_H
#define TESTS_PROXY_PLAY_H

#include <stdbool.h>
#include <stdint.h>

/* Parts of a script, to be written between texts: TEXT RESET TEXT. */
#define READ_HEAD "\x01" /* reads up to the first empty line */
#define READ_SOME "\x02" /* reads what there is, something at least */
#define FIN "\x03"       /* ends its own direction */
#define CLOSE "\x04"     /* the three that end the script */
#define RESET "\x05"
#define STALL "\x06"   /* neither reads nor sends until the other side is gone */
#define NAP "\x0e"     /* lets the other side see what came so far by itself */
#define HEARD "\x11"   /* waits until the other script has read something, since the last HEARD of this one */
#define TRICKLE "\x0f" /* sends the rest one byte at a time */
#define FLOOD "\x10"   /* sends 8 MiB */

enum play_end {
    PLAY_ENDED,
    PLAY_RESET,
    PLAY_LEFT, /* it was the script that closed */
    PLAY_OPEN, /* not within ten seconds */
    PLAY_ANY   /* for tables: does not matter */
};

struct played {
    enum play_end end;
    bool reset; /* so a send was told */
    uint64_t sent, heard;
    _Atomic uint64_t received;
    char text[4096]; /* what came, the first bytes of it, NUL-terminated */
};

/* Plays the script on fd, and closes it. Where the script does not close it reads until the other side ends.
 * @ stands for port; other is what is played at the other end. */
void play(int fd, const char *script, uint16_t port, const struct played *other, struct played *out);

#endif

/* play.c - see play.h. */
#include "tests/unit/proxy/conn/play.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "sluice/base.h"

/* The first byte of the macros in play.h. */
enum {
    SIGN_READ_HEAD = 1,
    SIGN_READ_SOME,
    SIGN_FIN,
    SIGN_CLOSE,
    SIGN_RESET,
    SIGN_STALL,
    SIGN_NAP = 14,
    SIGN_TRICKLE,
    SIGN_FLOOD,
    SIGN_HEARD
};
enum { NAP_MS = 40, TRICKLE_MS = 15, PATIENCE_S = 10, FLOOD_BYTES = 8 << 20 };

static void nap(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static void put(int fd, const char *p, size_t n, struct played *out)
{
    while (n > 0) {
        ssize_t done = send(fd, p, n, MSG_NOSIGNAL);
        if (done <= 0) {
            out->reset |= errno == ECONNRESET; /* the kernel says it once */
            return;
        }
        out->sent += (uint64_t)done;
        p += done;
        n -= (size_t)done;
    }
}

/* Reads something. False: that was all, and out->end says how. */
static bool get(int fd, struct played *out)
{
    char piece[65536];
    ssize_t n = recv(fd, piece, sizeof piece, 0);
    if (n <= 0) {
        bool late = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        out->end = n == 0 ? (out->reset ? PLAY_RESET : PLAY_ENDED) : late ? PLAY_OPEN : PLAY_RESET;
        return false;
    }
    size_t room = sizeof out->text - 1 - SL_MIN(out->received, sizeof out->text - 1);
    memcpy(out->text + (sizeof out->text - 1 - room), piece, SL_MIN((size_t)n, room));
    out->received += (uint64_t)n;
    return true;
}

static void stall(int fd, struct played *out)
{
    struct pollfd gone = {.fd = fd, .events = POLLRDHUP};
    poll(&gone, 1, PATIENCE_S * 1000);
    nap(1);
}

static void flood(int fd, struct played *out)
{
    static const char block[65536];
    for (size_t n = 0; n < FLOOD_BYTES; n += sizeof block)
        put(fd, block, sizeof block, out);
}

static void leave(int fd, bool reset, struct played *out)
{
    struct linger now = {.l_onoff = 1};
    if (reset)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    out->end = PLAY_LEFT;
}

static void say(int fd, const char *text, size_t n, long pause_ms, struct played *out)
{
    for (size_t i = 0; pause_ms > 0 && i < n; i++) {
        put(fd, text + i, 1, out);
        nap(pause_ms);
    }
    if (pause_ms == 0)
        put(fd, text, n, out);
}

/* One sign of the script. False: it is over. */
static bool act(int fd, char sign, const struct played *other, long *pause_ms, struct played *out)
{
    switch (sign) {
    case SIGN_READ_HEAD:
        while (!strstr(out->text, "\r\n\r\n"))
            if (!get(fd, out))
                return false;
        return true;
    case SIGN_READ_SOME:
        return get(fd, out);
    case SIGN_FIN:
        shutdown(fd, SHUT_WR);
        return true;
    case SIGN_CLOSE:
    case SIGN_RESET:
        leave(fd, sign == SIGN_RESET, out);
        return false;
    case SIGN_STALL:
        stall(fd, out);
        return true;
    case SIGN_NAP:
        nap(NAP_MS);
        return true;
    case SIGN_TRICKLE:
        *pause_ms = TRICKLE_MS;
        return true;
    case SIGN_FLOOD:
        flood(fd, out);
        return true;
    case SIGN_HEARD:
        for (int ms = 0; other->received <= out->heard && ms < PATIENCE_S * 1000; ms++)
            nap(1);
        out->heard = other->received;
        return true;
    default:
        sl_assert(!"no such sign");
        return false;
    }
}

static size_t spell(const char *script, size_t n, uint16_t port, char *text, size_t cap)
{
    size_t length = 0;
    for (size_t i = 0; i < n; i++) {
        sl_assert(length + 8 < cap);
        if (script[i] == '@')
            length += (size_t)snprintf(text + length, 8, "%u", port);
        else
            text[length++] = script[i];
    }
    return length;
}

void play(int fd, const char *script, uint16_t port, const struct played *other, struct played *out)
{
    static const char signs[] = READ_HEAD READ_SOME FIN CLOSE RESET STALL NAP TRICKLE FLOOD HEARD;
    struct timeval limit = {.tv_sec = PATIENCE_S};
    long pause_ms = 0;
    bool on = true;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    while (on && *script) {
        char text[4096];
        size_t n = strcspn(script, signs);
        say(fd, text, spell(script, n, port, text, sizeof text), pause_ms, out);
        script += n;
        if (*script)
            on = act(fd, *script++, other, &pause_ms, out);
    }
    while (on)
        on = get(fd, out);
    close(fd);
}

/* handover.c - see handover.h. */
#include "cli/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "sluice/str.h"

enum { PACKET_MOST = 128 * 1024 };

bool handover_say(int fd, json_t *take)
{
    SL_CLEANUP(sl_freep) char *text = json_dumps(take, JSON_COMPACT);
    json_decref(take);
    return fd >= 0 && send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

enum handover_news handover_hear(int fd, int wait_ms, json_t **out)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    *out = NULL;
    if (fd < 0)
        return HANDOVER_GONE;
    if (poll(&p, 1, wait_ms) <= 0)
        return HANDOVER_SILENCE;
    SL_CLEANUP(sl_freep) char *packet = sl_malloc(PACKET_MOST);
    ssize_t n = recv(fd, packet, PACKET_MOST, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return HANDOVER_SILENCE;
    *out = n > 0 ? json_loadb(packet, (size_t)n, 0, NULL) : NULL;
    return *out ? HANDOVER_NEWS : HANDOVER_GONE;
}

bool handover_is(const json_t *message, const char *word)
{
    const char *say = json_string_value(json_object_get(message, "say"));
    return say && strcmp(say, word) == 0;
}

static bool is_socket(int fd)
{
    int type;
    socklen_t n = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_SEQPACKET;
}

int handover_end(void)
{
    static int end = -2;
    uint64_t number;
    if (end != -2)
        return end;
    const char *text = getenv(HANDOVER_VARIABLE);
    end = text && sl_str_u64(sl_cstr(text), INT32_MAX, &number) && is_socket((int)number) ? (int)number : -1;
    unsetenv(HANDOVER_VARIABLE);
    if (end >= 0)
        fcntl(end, F_SETFD, FD_CLOEXEC);
    return end;
}

void handover_failed(const char *why)
{
    if (handover_end() >= 0)
        handover_say(handover_end(), json_pack("{s:s, s:s}", "say", "failed", "why", why));
}

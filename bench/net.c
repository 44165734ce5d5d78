/* net.c - see net.h. */
#include "bench/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

const char *body_bytes(void)
{
    static char bytes[BODY_PIECE + BODY_PERIOD];
    if (bytes[0] == '\0')
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (char)('a' + i % BODY_PERIOD);
    return bytes;
}

uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

bool read_address(const char *text, struct sockaddr_in *out)
{
    char host[INET_ADDRSTRLEN] = "", *end;
    const char *colon = strrchr(text, ':');
    if (!colon || (size_t)(colon - text) >= sizeof host)
        return false;
    memcpy(host, text, (size_t)(colon - text));
    unsigned long port = strtoul(colon + 1, &end, 10);
    *out = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    return end != colon + 1 && *end == '\0' && port <= 65535 && inet_pton(AF_INET, host, &out->sin_addr) == 1;
}

int listen_on(struct sockaddr_in *address, int type)
{
    int on = 1, fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    socklen_t length = sizeof *address;
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    /* Accepted sockets inherit it. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)address, length) == 0 && (type != SOCK_STREAM || listen(fd, 4096) == 0) &&
        getsockname(fd, (struct sockaddr *)address, &length) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

void end_with_parent(void)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    signal(SIGPIPE, SIG_IGN);
}

void die(const char *format, ...)
{
    const char *why = errno ? strerror(errno) : NULL;
    va_list args;
    fprintf(stderr, "%s: ", program_invocation_short_name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "%s%s\n", why ? ": " : "", why ? why : "");
    exit(1);
}

/* fuzz_records.c - what a peer may say after its handshake: records of any type, length and content under its
 * keys, garbage between and behind them, read with any room. Data comes out as it went in; nothing is read
 * beyond the first thing that breaks the rules.
 *
 * The input is a list of: how much room readers have (1), type (1), length (2), content. Type 0: content is
 * no record. */
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/tls/inside.h"
#include "proxy/tls/lean_inside.h"

enum { SAID_MAX = 4096, READS = 64 };

struct said {
    uint8_t p[SAID_MAX];
    size_t said, heard;
    bool broken;
};

static void hear(struct sock *s, struct said *said, size_t room)
{
    char got[256];
    size_t n;
    for (int i = 0; i < READS; i++) {
        struct buf b = {.p = got, .cap = (uint32_t)SL_MIN(room + 1, sizeof got)};
        sock_note(s, EPOLLIN | EPOLLOUT);
        if (sock_recv(s, &b, &n) != IO_DATA)
            return;
        sl_assert(said->heard + n <= said->said && memcmp(got, said->p + said->heard, n) == 0);
        said->heard += n;
    }
}

static void say(int fd, struct record_keys *keys, struct said *said, uint8_t type, const uint8_t *p, size_t n)
{
    uint8_t record[SAID_MAX + RECORD_OVERHEAD];
    const struct iovec piece = {(void *)p, n};
    if (type == 0) {
        said->broken |= n > 0;
        (void)!write(fd, p, n);
        return;
    }
    bool is_data = type == RECORD_DATA;
    size_t length = record_seal(keys, type, &piece, 0, n, record);
    if (is_data && !said->broken && said->said + n <= SAID_MAX) {
        memcpy(said->p + said->said, p, n);
        said->said += n;
    }
    (void)!write(fd, record, length);
}

static void begin(struct sock *s, int fd, struct record_keys *theirs, struct record_keys *ours, bool we_ask)
{
    struct tls *t = sl_calloc(1, sizeof *t);
    *s = (struct sock){.fd = fd, .tls = &t->net};
    t->net.calls = &lean_transport;
    t->lean = lean_new(theirs, ours);
    t->established = true;
    /* Only whether there is one is looked at: who asks takes tickets. */
    t->client = we_ask ? (struct tls_client *)t : NULL;
}

static void end(struct sock *s)
{
    ((struct tls *)s->tls)->client = NULL;
    s->tls->calls->close(s, true);
    close(s->fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t secret[RECORD_SECRET_MAX] = "secret";
    struct record_keys theirs, ours;
    struct said said = {.said = 0};
    struct sock s;
    int fds[2];
    if (size < 1 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0)
        return 0;
    record_keys_init(&theirs, record_suite(0x1301 + data[0] % 3u), secret, 0);
    ours = theirs;
    begin(&s, fds[0], &theirs, &ours, data[0] & 4);
    for (size_t at = 1; at + 4 <= size;) {
        size_t n =
            SL_MIN(SL_MIN(((size_t)data[at + 2] << 8 | data[at + 3]), size - at - 4), (size_t)SAID_MAX);
        say(fds[1], &theirs, &said, data[at + 1], data + at + 4, n);
        hear(&s, &said, data[at]);
        at += 4 + n;
    }
    hear(&s, &said, 255);
    end(&s);
    close(fds[1]);
    return 0;
}

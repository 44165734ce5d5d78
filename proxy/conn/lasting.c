/* lasting.c - see lasting.h.
 * Most tunnels end before they are silent for long, so the options are set when one has lasted, from one
 * timer, and not when it opens: that would be eight system calls for each. Requests need no probes, their
 * deadlines are shorter. TCP_USER_TIMEOUT is not set: it would also end a tunnel whose peer is there and
 * takes nothing for a while, which patience.h judges better. */
#include "proxy/conn/lasting.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "proxy/conn/txn.h"

enum { PROBES = 3, PROBE_PART = 6 }; /* who is gone is noticed after one and a half times the silence */

static void set(int fd, int level, int option, int value)
{
    setsockopt(fd, level, option, &value,
               sizeof value); /* best effort: the tunnel's own deadline is there too */
}

static void probe(const struct sock *s, int64_t silence_ms)
{
    int silence_s = (int)SL_MAX(silence_ms / 1000, 1);
    if (s->fd < 0)
        return;
    set(s->fd, IPPROTO_TCP, TCP_KEEPIDLE, silence_s);
    set(s->fd, IPPROTO_TCP, TCP_KEEPINTVL, SL_MAX(silence_s / PROBE_PART, 1));
    set(s->fd, IPPROTO_TCP, TCP_KEEPCNT, PROBES);
    set(s->fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

static void on_time(struct timer *timer)
{
    struct plane *p = SL_CONTAINER(timer, struct plane, lasting);
    int64_t silence_ms = p->settings->proxy.tcp_keepalive_ms, now_ms = loop_now_ms(p->loop);
    while (!sl_list_empty(&p->young)) {
        struct txn *t = SL_LIST_ITEM(p->young.next, struct txn, young);
        if (t->opened_ms + silence_ms > now_ms) {
            timer_arm(loop_timers(p->loop), timer, t->opened_ms + silence_ms);
            return;
        }
        sl_list_remove(&t->young);
        if (silence_ms == 0) /* switched off meanwhile */
            continue;
        probe(&t->conn->sock, silence_ms);
        if (t->upstream)
            probe(&t->upstream->sock, silence_ms);
    }
}

void lasting_init(struct plane *p)
{
    sl_list_init(&p->young);
    timer_init(&p->lasting, on_time);
}

void lasting_fini(struct plane *p)
{
    timer_cancel(&p->lasting);
}

void lasting_begin(struct txn *t)
{
    struct plane *p = t->conn->plane;
    int64_t silence_ms = p->settings->proxy.tcp_keepalive_ms;
    sl_list_init(&t->young);
    if (silence_ms == 0)
        return;
    t->opened_ms = loop_now_ms(p->loop);
    if (sl_list_empty(&p->young))
        timer_arm(loop_timers(p->loop), &p->lasting, t->opened_ms + silence_ms);
    sl_list_push(&p->young, &t->young);
}

void lasting_end(struct txn *t)
{
    sl_list_remove(&t->young);
}

/* lean.c - see lean.h: the transport of net/sock.h by records.h alone.
 *
 *    recv(2) -> space of the thread -> record_open -> the caller's room        (heap: what is left over)
 *    the caller's pieces -> record_seal -> space of the thread -> send(2)     (heap: what the kernel did not
 * take)
 *
 * Bytes count as taken when the kernel has all of their record; until then the same are offered again. */
#include "proxy/tls/lean.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "proxy/tls/inside.h"
#include "proxy/tls/lean_inside.h"

enum {
    SPACE = 5 * RECORD_SEALED_MAX, /* read at once */
    NUMBERS = 1 << 24,             /* records under one key; RFC 8446, 5.5 */
    MESSAGE_HEAD = 4,
    UPDATE_BYTES = MESSAGE_HEAD + 1
};
enum { MESSAGE_TICKET = 4, MESSAGE_KEY_UPDATE = 24 };
enum { ALERT_WARNING = 1, ALERT_FATAL };
enum { CLOSE_NOTIFY = 0, UNEXPECTED_MESSAGE = 10, BAD_RECORD_MAC = 20, USER_CANCELED = 90 };

struct lean {
    struct record_keys reads, writes;
    struct {
        uint8_t *p; /* heap */
        size_t from, to;
    } sealed_in, opened, sealed_out; /* read, not opened; opened, not taken; sealed, not sent */
    uint8_t message[UPDATE_BYTES];   /* a handshake message that is being read: its begin */
    uint32_t message_n, message_skip;
    bool owes_update; /* the peer wants other keys of us too */
    bool told_end;    /* by the peer: nothing comes any more */
    bool said_end;    /* by us */
};

struct lean *lean_new(const struct record_keys *reads, const struct record_keys *writes)
{
    struct lean *l = sl_calloc(1, sizeof *l);
    l->reads = *reads;
    l->writes = *writes;
    return l;
}

static struct tls *tls_of(const struct sock *s)
{
    return (struct tls *)s->tls;
}

/* ---- space of the thread ---- */

struct space {
    uint8_t in[SPACE], out[2 * RECORD_OVERHEAD + UPDATE_BYTES + RECORD_PLAIN_MAX];
};

static pthread_key_t space_key;

static void make_space_key(void)
{
    sl_assert(pthread_key_create(&space_key, free) == 0);
}

static struct space *space(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    static _Thread_local struct space *mine;
    if (!mine) {
        pthread_once(&once, make_space_key);
        mine = sl_malloc(sizeof *mine);
        sl_assert(pthread_setspecific(space_key, mine) == 0);
    }
    return mine;
}

/* ---- sending ---- */

static bool is_later(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK;
}

/* As much as the kernel takes; false: the connection is lost. */
static bool push(struct sock *s, const uint8_t *p, size_t n, size_t *out_n)
{
    ssize_t sent;
    do
        sent = send(s->fd, p, n, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    *out_n = sent > 0 ? (size_t)sent : 0;
    s->writable &= *out_n == n;
    return sent >= 0 || is_later(errno);
}

static enum io_result flush(struct sock *s, struct lean *l)
{
    size_t n = l->sealed_out.to - l->sealed_out.from, sent = 0;
    if (n > 0 && !push(s, l->sealed_out.p + l->sealed_out.from, n, &sent))
        return IO_LOST;
    l->sealed_out.from += sent;
    if (sent < n)
        return IO_WAIT;
    sl_freep(&l->sealed_out.p);
    l->sealed_out.from = l->sealed_out.to = 0;
    return IO_DATA;
}

/* Other keys for what we say from now on, told by the last record under the old ones. */
static size_t seal_update(struct lean *l, uint8_t *out)
{
    static const uint8_t update[UPDATE_BYTES] = {MESSAGE_KEY_UPDATE, 0, 0, 1, 0};
    const struct iovec piece = {(void *)update, sizeof update};
    size_t n = record_seal(&l->writes, RECORD_HANDSHAKE, &piece, 0, sizeof update, out);
    record_keys_update(&l->writes);
    l->owes_update = false;
    return n;
}

/* A record of the thread's, which goes to the kernel, and what it does not take to the heap. */
static enum io_result say(struct sock *s, struct lean *l, enum record_type type, const struct iovec *pieces,
                          size_t from, size_t n)
{
    uint8_t *out = space()->out;
    size_t sent, length = l->owes_update || l->writes.number >= NUMBERS ? seal_update(l, out) : 0;
    length += record_seal(&l->writes, type, pieces, from, n, out + length);
    if (!push(s, out, length, &sent))
        return IO_LOST;
    if (sent == length)
        return IO_DATA;
    l->sealed_out.p = sl_malloc(length - sent);
    l->sealed_out.to = length - sent;
    memcpy(l->sealed_out.p, out + sent, length - sent);
    return IO_WAIT;
}

static enum io_result say_alert(struct sock *s, struct lean *l, uint8_t level, uint8_t what)
{
    uint8_t alert[] = {level, what};
    return say(s, l, RECORD_ALERT, &(struct iovec){alert, sizeof alert}, 0, sizeof alert);
}

static enum io_result lost(struct sock *s, enum tls_fault fault)
{
    struct tls *t = tls_of(s);
    if (t->fault == TLS_FAULT_NONE)
        t->fault = fault;
    return IO_LOST;
}

static enum io_result lean_send(struct sock *s, const struct iovec *pieces, int count, size_t wanted,
                                size_t *out_n)
{
    struct tls *t = tls_of(s);
    struct lean *l = t->lean;
    if (t->fault != TLS_FAULT_NONE || wanted < t->sealed)
        return lost(s, TLS_FAULT_PROTOCOL); /* offered less than before: what is sealed can't be taken back */
    enum io_result r = flush(s, l);
    if (r != IO_DATA)
        return r == IO_WAIT ? IO_WAIT : lost(s, TLS_FAULT_RESET);
    *out_n = t->sealed;
    t->sealed = 0;
    while (*out_n < wanted) {
        size_t n = SL_MIN(wanted - *out_n, (size_t)RECORD_PLAIN_MAX);
        r = say(s, l, RECORD_DATA, pieces, *out_n, n);
        if (r == IO_LOST)
            return lost(s, TLS_FAULT_RESET);
        if (r == IO_WAIT) {
            t->sealed = (uint32_t)n;
            return IO_WAIT;
        }
        *out_n += n;
    }
    return IO_DATA;
}

/* ---- what is no data ---- */

/* A whole message, or the begin of a ticket. */
static bool take_message(struct tls *t, struct lean *l)
{
    const uint8_t *m = l->message;
    uint32_t body = (uint32_t)m[1] << 16 | (uint32_t)m[2] << 8 | m[3];
    if (m[0] == MESSAGE_TICKET && t->client) {
        l->message_n = 0;
        l->message_skip = body;
        return true;
    }
    if (m[0] != MESSAGE_KEY_UPDATE || body != 1)
        return false;
    if (l->message_n < UPDATE_BYTES)
        return true;
    l->message_n = 0;
    l->owes_update |= m[MESSAGE_HEAD] == 1;
    record_keys_update(&l->reads);
    return m[MESSAGE_HEAD] <= 1;
}

/* Messages may span records, and records have several; keys change between records only. */
static bool take_handshake(struct tls *t, struct lean *l, const uint8_t *p, size_t n)
{
    uint64_t keys = l->reads.id;
    for (; n > 0 && l->reads.id == keys; p++, n--) {
        if (l->message_skip > 0) {
            size_t skip = SL_MIN(n, (size_t)l->message_skip);
            l->message_skip -= (uint32_t)skip;
            p += skip - 1;
            n -= skip - 1;
            continue;
        }
        l->message[l->message_n++] = *p;
        if (l->message_n >= MESSAGE_HEAD && !take_message(t, l))
            return false;
    }
    return n == 0;
}

static bool is_within_message(const struct lean *l)
{
    return l->message_n > 0 || l->message_skip > 0;
}

/* What follows on the end is not looked at. */
static enum tls_fault take_other(struct tls *t, struct lean *l, enum record_type type, const uint8_t *p,
                                 size_t n)
{
    if (type == RECORD_HANDSHAKE)
        return n > 0 && take_handshake(t, l, p, n) ? TLS_FAULT_NONE : TLS_FAULT_PROTOCOL;
    if (type != RECORD_ALERT || n != 2 || is_within_message(l))
        return TLS_FAULT_PROTOCOL;
    l->told_end |= p[1] == CLOSE_NOTIFY;
    return p[1] == CLOSE_NOTIFY || p[1] == USER_CANCELED ? TLS_FAULT_NONE : TLS_FAULT_ALERT;
}

/* ---- receiving ---- */

/* Where a reader's bytes go. */
struct sink {
    uint8_t *p;
    size_t room, n;
};

/* Too long for what room is left: it waits on the heap, where the reader takes it from. */
static uint8_t *open_aside(struct lean *l, size_t n)
{
    l->opened.p = sl_malloc(n);
    return l->opened.p;
}

static void take_opened(struct lean *l, struct sink *to)
{
    size_t n = SL_MIN(l->opened.to - l->opened.from, to->room - to->n);
    if (n > 0)
        memcpy(to->p + to->n, l->opened.p + l->opened.from, n);
    to->n += n;
    l->opened.from += n;
    if (l->opened.from == l->opened.to) {
        sl_freep(&l->opened.p);
        l->opened.from = l->opened.to = 0;
    }
}

/* One record. False: the connection is over, for t->fault. */
static bool open_one(struct tls *t, struct lean *l, struct sl_str record, struct sink *to)
{
    size_t inner = record.n - RECORD_HEAD - RECORD_TAG, n;
    bool aside = inner > to->room - to->n;
    uint8_t *out = aside ? open_aside(l, inner) : to->p + to->n;
    enum record_type type;
    enum tls_fault fault = TLS_FAULT_NONE;
    uint8_t alert = BAD_RECORD_MAC;
    if (!record_open(&l->reads, record, out, &n, &type)) {
        fault = TLS_FAULT_PROTOCOL;
    } else if (type != RECORD_DATA || is_within_message(l)) {
        fault = type == RECORD_DATA ? TLS_FAULT_PROTOCOL : take_other(t, l, type, out, n);
        alert = UNEXPECTED_MESSAGE;
        n = 0;
    }
    t->barren = fault == TLS_FAULT_NONE && n > 0 ? 0 : t->barren + (uint32_t)record.n;
    if (t->barren > TLS_BARREN_MAX)
        fault = TLS_FAULT_PROTOCOL;
    if (fault != TLS_FAULT_NONE)
        n = 0;
    l->opened.to = aside ? n : 0;
    if (aside)
        take_opened(l, to);
    else
        to->n += n;
    if (fault != TLS_FAULT_NONE && fault != TLS_FAULT_ALERT && l->sealed_out.to == 0)
        say_alert(t->sock, l, ALERT_FATAL, alert);
    t->fault = fault;
    return fault == TLS_FAULT_NONE;
}

/* Opens what is whole and fits; the first one even if it does not. Returns how many bytes that took. */
static size_t open_all(struct tls *t, struct lean *l, struct sl_str bytes, struct sink *to)
{
    size_t at = 0, length;
    while (!l->told_end) {
        struct sl_str rest = sl_str_sub(bytes, at, SIZE_MAX);
        if (!record_measure(rest, &length)) {
            t->fault = TLS_FAULT_PROTOCOL;
            break;
        }
        bool fits = length <= to->room - to->n + RECORD_HEAD + RECORD_TAG || (to->n == 0 && !l->opened.p);
        if (length == 0 || length > rest.n || !fits || !open_one(t, l, sl_str(rest.p, length), to))
            break;
        at += length;
    }
    return at;
}

/* What was read and is not opened. */
static struct sl_str kept(const struct lean *l)
{
    if (!l->sealed_in.p)
        return sl_str(NULL, 0);
    return sl_str((const char *)l->sealed_in.p + l->sealed_in.from, l->sealed_in.to - l->sealed_in.from);
}

/* A whole record is there. */
static bool can_open(const struct lean *l)
{
    size_t length = 0;
    record_measure(kept(l), &length);
    return length > 0 && length <= kept(l).n;
}

/* Keeps the rest of what was read. */
static void keep(struct lean *l, const uint8_t *p, size_t n)
{
    uint8_t *rest = n > 0 ? sl_malloc(n) : NULL;
    if (n > 0)
        memcpy(rest, p, n);
    free(l->sealed_in.p);
    l->sealed_in.p = rest;
    l->sealed_in.from = 0;
    l->sealed_in.to = n;
}

static void open_kept(struct tls *t, struct lean *l, struct sink *to)
{
    if (!l->sealed_in.p)
        return;
    l->sealed_in.from += open_all(t, l, kept(l), to);
    if (l->sealed_in.from == l->sealed_in.to)
        keep(l, NULL, 0);
}

/* From the kernel, about as much as there is room for, and at least a record. IO_DATA: something came. */
static enum io_result fetch(struct sock *s, struct lean *l, struct sink *to)
{
    struct tls *t = tls_of(s);
    uint8_t *in = space()->in;
    size_t have = kept(l).n;
    size_t most = SL_MIN(SPACE - have, SL_MAX(to->room - to->n + RECORD_OVERHEAD, (size_t)RECORD_SEALED_MAX));
    ssize_t n;
    do
        n = recv(s->fd, in + have, most, 0);
    while (n < 0 && errno == EINTR);
    if (n < 0 && is_later(errno)) {
        s->drained = true;
        return IO_WAIT;
    }
    t->eof |= n == 0;
    t->lost |= n < 0;
    if (n <= 0)
        return n < 0 ? IO_LOST : IO_END;
    s->drained = (size_t)n < most && !s->hangup;
    if (have > 0)
        memcpy(in, kept(l).p, have);
    size_t whole = have + (size_t)n;
    size_t used = open_all(t, l, sl_str((const char *)in, whole), to);
    keep(l, in + used, whole - used);
    return IO_DATA;
}

/* What the last of it means for who asked. */
static enum io_result end_of(struct sock *s, struct lean *l)
{
    struct tls *t = tls_of(s);
    if (t->fault != TLS_FAULT_NONE)
        return IO_LOST;
    if (t->lost)
        return lost(s, TLS_FAULT_RESET);
    if (!l->told_end && t->eof && t->client) /* an answer could end with it, and anybody could have sent it */
        return lost(s, TLS_FAULT_CLOSED);
    if (!l->told_end && !t->eof)
        return IO_WAIT;
    s->ended = s->hangup = true;
    return IO_END;
}

static bool is_over(const struct tls *t, const struct lean *l)
{
    return t->fault != TLS_FAULT_NONE || l->told_end || t->eof || t->lost;
}

static void finish_shutdown(struct sock *s, struct lean *l)
{
    struct tls *t = tls_of(s);
    if (flush(s, l) == IO_WAIT)
        return;
    if (!l->said_end) {
        l->said_end = true;
        if (say_alert(s, l, ALERT_WARNING, CLOSE_NOTIFY) == IO_WAIT)
            return;
    }
    t->closing = false;
    shutdown(s->fd, SHUT_WR);
}

static enum io_result lean_recv(struct sock *s, char *p, size_t room, size_t *out_n)
{
    struct tls *t = tls_of(s);
    struct lean *l = t->lean;
    struct sink to = {.p = (uint8_t *)p, .room = room};
    t->sock = s;
    if (t->closing)
        finish_shutdown(s, l);
    if (l->opened.p)
        take_opened(l, &to);
    if (!is_over(t, l) && to.n < room)
        open_kept(t, l, &to);
    while (!is_over(t, l) && to.n == 0 && !s->drained)
        fetch(s, l, &to);
    *out_n = to.n;
    bool more = is_over(t, l) || l->opened.p || !s->drained || can_open(l);
    enum io_result end = to.n > 0 ? IO_DATA : end_of(s, l);
    s->readable = to.n > 0 ? more : false;
    return end;
}

/* ---- the rest ---- */

/* Reads what is not for us (tickets, other keys) out of the way. */
static bool lean_silent(struct sock *s)
{
    struct tls *t = tls_of(s);
    struct lean *l = t->lean;
    struct sink nowhere = {0};
    t->sock = s;
    if (!l->opened.p && !is_over(t, l))
        open_kept(t, l, &nowhere);
    s->drained = false;
    while (!l->opened.p && !is_over(t, l) && !s->drained)
        fetch(s, l, &nowhere);
    return !l->opened.p && !is_over(t, l) && l->sealed_in.to == 0;
}

static size_t lean_waiting(struct sock *s)
{
    const struct lean *l = tls_of(s)->lean;
    struct sock below = {.fd = s->fd};
    return l->opened.to - l->opened.from + kept(l).n + sock_waiting(&below);
}

static void lean_shutdown(struct sock *s)
{
    struct tls *t = tls_of(s);
    t->sock = s;
    t->closing = t->fault == TLS_FAULT_NONE;
    if (t->closing)
        finish_shutdown(s, t->lean);
    else
        shutdown(s->fd, SHUT_WR);
}

static void lean_close(struct sock *s, bool orderly)
{
    struct tls *t = tls_of(s);
    struct lean *l = t->lean;
    if (orderly && !s->shut && t->fault == TLS_FAULT_NONE && l->sealed_out.to == 0)
        say_alert(s, l, ALERT_WARNING, CLOSE_NOTIFY);
    free(l->sealed_in.p);
    free(l->opened.p);
    free(l->sealed_out.p);
    record_keys_wipe(&l->reads);
    record_keys_wipe(&l->writes);
    free(l);
    tls_client_leave(t);
    sl_freep(&s->tls);
}

const struct sock_transport lean_transport = {
    .recv = lean_recv,
    .send = lean_send,
    .shutdown = lean_shutdown,
    .silent = lean_silent,
    .waiting = lean_waiting,
    .close = lean_close,
};

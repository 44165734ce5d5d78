/* inspect.h - whether we look into a tunnel: what a CONNECT and the ClientHello inside it say is judged
 * before any byte of TLS is touched, so what is not inspected goes through as it came.
 *
 *   CONNECT --> 200 --> hello: is it TLS, for whom? --> secure: TLS with the origin --> intercept: with the
 *   client --> its requests walk the same states
 *
 * A tunnel opens only if both names, that of the CONNECT and that of the ClientHello, say `tunnel`, and
 * neither is refused. */
#ifndef PROXY_CONN_INSPECT_H
#define PROXY_CONN_INSPECT_H

#include "proxy/conn/inspected.h"
#include "proxy/conn/txn.h"

struct hello;

/* The tunnel is to be looked into, as far as is known. */
static inline bool inspect_wants(const struct txn *t)
{
    return t->tunnel && (t->verdict.inspect || t->inspect_name) && !t->pass_by &&
           inspection_is_on(t->conn->plane);
}
/* Whether our authority may vouch for this host. One with name constraints may for some only; the others are
 * tunnelled, and their refusals are shown outside. */
bool inspect_may_sign(const struct plane *p, struct sl_str host);
/* Whom TLS is spoken to, and what its connections to the origin are found by (texts of t). */
struct sl_str inspect_name(const struct txn *t);
struct sl_str inspect_key(struct txn *t);
/* Where a transaction goes that has a connection to the origin. */
enum conn_state inspect_next(const struct txn *t);
/* What the ClientHello at the begin of a tunnel says of its names. Fills t; FAULT_NONE: it may go on. */
enum fault inspect_judge_hello(struct txn *t, const struct hello *h);
/* Judges anew a tunnel whose ClientHello named another host than its CONNECT, by that name. False: there is
 * none that counts, and nothing was judged. */
bool inspect_judge_other_name(struct txn *t);
/* Listens at the begin of a tunnel, of which nothing goes on before it is known for whom it is. */
enum inspect_heard {
    HEARD_NOT_ALL,   /* go on when more is there */
    HEARD_ALL,       /* it may go on as it is */
    HEARD_REFUSED,   /* and t->verdict says why */
    HEARD_ELSEWHERE, /* for its other name another host should have been dialled */
    HEARD_INSPECT    /* its other name wants it to be looked into */
};
enum inspect_heard inspect_listen(struct conn *c);
/* What the policy's exceptions make of an origin with these faults: by each name that stands for it, and all
 * have to agree. */
enum excuse inspect_excuse(struct txn *t, tls_faults faults);
/* The tunnel is not looked into after all: it pays for itself. */
void inspect_pass_by(struct txn *t);
/* Whether an answer of our own to this tunnel is shown inside it. */
bool inspect_shows_inside(const struct txn *t, enum page_kind kind);
/* Is this CONNECT to our own pages, by https? They can be had so where clients know our CA. */
bool inspect_is_page_host(const struct txn *t);
enum step inspect_answer_page_host(struct conn *c);
/* Answers a CONNECT as if all were well; what it would have been told waits for the first request inside. */
enum step inspect_refuse(struct conn *c);
/* The answer to a request inside a tunnel that was refused. */
enum step inspect_answer_refused(struct conn *c);

#endif

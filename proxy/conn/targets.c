/* targets.c - which of a name's addresses may be dialled, from where, and in which order. Any of them may be
 * the one that answers, so each is judged: for what it is, and by the policy where a rule asks for the
 * address. */
#include "proxy/conn/txn.h"

struct sl_addr targets_source(const struct txn *t)
{
    return t->verdict.source ? *t->verdict.source : (struct sl_addr){{0}};
}

bool targets_rename(struct txn *t)
{
    struct sl_str name = t->verdict.resolve_as;
    if (t->url.host_is_addr)
        return true;
    conn_trace(t->conn, "a header rule has it dial the addresses of %.*s", SL_FMT(name));
    t->opening->as = txn_copy(t, name, name.n); /* the snapshot may be another before the dial is over */
    return t->opening->as.n > 0;
}

/* A verdict with an address asks for none any more, though the next address may have another. */
bool targets_by_address(const struct txn *t)
{
    return t->verdict.needs_address || (t->facts.known & FACT_ADDRESS && !t->url.host_is_addr);
}

bool targets_judge(struct txn *t, struct sl_addr addr)
{
    if (!targets_by_address(t))
        return true;
    t->facts.known |= FACT_ADDRESS;
    t->facts.address = addr;
    txn_judge(t);
    return t->verdict.action == ACTION_ALLOW;
}

/* Whether the rule that holds for this address can reach it, and by the same way as those before it: one dial
 * has one source, and goes directly or through the same parents. */
static bool fits_way(struct txn *t, struct sl_addr addr)
{
    struct sl_addr source = targets_source(t);
    if (t->opening->target_count == 0) {
        t->opening->source = source;
        t->opening->through = t->verdict.parent;
    }
    if (!sl_addr_eq(source, t->opening->source) || !sl_str_eq(t->verdict.parent, t->opening->through))
        return false;
    return sl_addr_none(source) || !way_is_direct(t) || sl_addr_is_v4(source) == sl_addr_is_v4(addr);
}

/* FAULT_NONE: the address may be dialled. */
static enum fault judge_target(struct txn *t, struct sl_addr addr, enum address_verdict verdict)
{
    if (verdict == ADDRESS_OWN)
        return FAULT_OWN;
    if (verdict == ADDRESS_REFUSED || !targets_judge(t, addr))
        return FAULT_PRIVATE; /* the policy's verdict says better why */
    return fits_way(t, addr) ? FAULT_NONE : FAULT_NO_SOURCE;
}

/* Whether each address may be dialled for what it is; returns whether some are public. A name that has public
 * addresses is a public name: its others are left out, even where allow_private would let them pass, for
 * whoever owns the name chose them. */
static bool judge_classes(const struct txn *t, const struct sl_addr *addrs, unsigned n,
                          enum address_verdict *out)
{
    bool public = false;
    for (unsigned i = 0; i < n; i++) {
        out[i] = address_judge(t->conn->plane->addresses, addrs[i], t->url.port);
        public |= out[i] == ADDRESS_ALLOWED;
    }
    for (unsigned i = 0; public && i < n; i++)
        if (out[i] == ADDRESS_SPECIAL)
            out[i] = ADDRESS_REFUSED;
    return public;
}

static enum fault choose(struct txn *t, const struct sl_addr *addrs, unsigned n,
                         const enum address_verdict *verdicts)
{
    enum fault refused = FAULT_PRIVATE;
    t->opening->target_count = 0;
    for (unsigned i = 0; i < n && t->opening->target_count < DIAL_MAX; i++) {
        enum fault f = judge_target(t, addrs[i], verdicts[i]);
        if (f != FAULT_NONE && t->group)
            return f; /* nobody knows which of them the parent takes */
        if (f == FAULT_NONE)
            t->opening->targets[t->opening->target_count++] =
                (struct sl_endpoint){.addr = addrs[i], .port = t->url.port};
        else if (f != FAULT_PRIVATE)
            refused = f;
    }
    if (t->opening->target_count == 0)
        return refused;
    targets_judge(t, t->opening->targets[0].addr); /* what is recorded is the verdict on the likeliest */
    return FAULT_NONE;
}

enum fault targets_choose(struct txn *t, const struct resolved *r, bool *out_wait)
{
    struct sl_addr addrs[RESOLVE_MAX];
    enum address_verdict verdicts[RESOLVE_MAX];
    memcpy(addrs, r->addrs, r->count * sizeof *addrs);
    lame_last(t->conn->plane->dialler.lame, addrs, r->count, t->url.port);
    bool public = judge_classes(t, addrs, r->count, verdicts);
    enum fault f = choose(t, addrs, r->count, verdicts);
    *out_wait = r->more && (!public || f != FAULT_NONE || !way_is_direct(t));
    return f;
}

/* learned.h - hosts that can't be inspected, found out by failing: apps that accept one certificate only
 * ("pinned"), and origins that ask the client for a certificate, which we can't show for it.
 *
 *     handshakes of inspected clients --> counted by host --> proposed --> active: tunnelled, until a time
 *                                                              (or active at once, by setting)
 *
 * What clients do decides nothing alone: a refusal counts only of a client that got through to another host,
 * and never to this one; several clients must agree, all memory is bounded, and nothing becomes active by
 * itself whose category a rule blocks. Part of the store (policy/store/learned.c); rows are in state.db. */
#ifndef SLUICE_LEARNED_H
#define SLUICE_LEARNED_H

#include "sluice/store.h"

struct learned;
struct learned *store_learned(struct store *s);

enum learn_mode { LEARN_OFF, LEARN_PROPOSE, LEARN_APPLY };
struct learn_config {
    enum learn_mode mode;       /* what is active already stays so */
    unsigned failures, clients; /* so many of so many within a day */
    int64_t for_ms;             /* how long a bypass holds when nobody says */
};
enum { LEARN_CLIENTS_MOST = 16 };
/* Any thread, at any time. */
void learned_configure(struct learned *l, const struct learn_config *cfg);

/* ---- workers; any thread ---- */
enum learned_kind {
    LEARNED_REFUSED,           /* the client does not accept our certificate: says so, or goes away */
    LEARNED_CLIENT_CERTIFICATE /* the origin insists on a certificate of the client's */
};
struct learned_client {
    struct sl_addr addr;
    struct sl_str user;    /* "": not known */
    struct sl_str program; /* tells the programs of one client apart: the User-Agent of its CONNECT, or "" */
};
/* It accepted our certificate for this host. Waits for nobody. */
void learned_worked(struct learned *l, struct sl_str host, const struct learned_client *c);
void learned_failed(struct learned *l, struct sl_str host, enum learned_kind kind,
                    const struct learned_client *c, int64_t now_s);

/* What one thread saw last of the hosts that are tunnelled; zero before, learned_view_fini after. */
struct learned_set;
struct learned_view {
    struct learned_set *set;
    uint64_t epoch;
};
bool learned_bypasses(struct learned *l, struct learned_view *v, struct sl_str host, int64_t now_s);
/* The same for who asks once. */
bool learned_is_bypass(struct learned *l, struct sl_str host, int64_t now_s);
void learned_view_fini(struct learned_view *v);

/* ---- administrators; any thread ---- */
enum learned_state { LEARNED_PROPOSED, LEARNED_ACTIVE, LEARNED_DISMISSED, LEARNED_STATES };
extern const char *const learned_state_words[LEARNED_STATES];
/* [{"host","kind":"pinned|client-certificate","state","failures","clients","first","last","until","by",
 * "decided","note"}], what waits for somebody first; host p NULL: all. */
bool store_learned_list(struct store *s, struct sl_str host, json_t **out, struct sl_err *err);
/* Decides about a host that was learned (SL_NOT_FOUND): active until then (0: without end), dismissed,
 * or proposed again. */
bool store_learned_decide(struct store *s, struct sl_str host, enum learned_state state, int64_t until_us,
                          const struct actor *by, struct sl_err *err);
/* Forgets it: it is inspected, and may be learned anew. */
bool store_learned_forget(struct store *s, struct sl_str host, const struct actor *by, struct sl_err *err);
struct learn_config learned_config(struct learned *l);
size_t learned_count(struct learned *l); /* of those that are active */
/* Writes down what was counted since, ends bypasses whose time is over. One thread, every second or so; cheap
 * when there is nothing. */
bool store_learned_tick(struct store *s, int64_t now_us, struct sl_err *err);

#endif

/* identity.h - who sends this request: methods of proxy authentication in one table, a cache of verified
 * credentials, and a small pool of threads for what is slow.
 *
 *     worker                                         verifier threads (2)
 *     identity_check(memo, Proxy-Authorization)
 *        IDENTITY_KNOWN            fast: memo or cache
 *        IDENTITY_SLOW  --> identity_verify_async -->  argon2 (20 ms)
 *        <- done(arg, result, user)  identity_inbox_run  <-  wake(arg)
 *
 * Callbacks run on the worker that asked, from identity_inbox_run, so cancelling needs no lock in the caller.
 * Passwords are wiped after use; the cache holds keyed digests only. Failures are remembered for a while and
 * counted per client, so that argon2 can't be used to burn CPU. */
#ifndef PROXY_IDENTITY_IDENTITY_H
#define PROXY_IDENTITY_IDENTITY_H

#include "sluice/addr.h"
#include "sluice/settings.h"
#include "sluice/store.h"

enum { IDENTITY_USER_MAX = 128, IDENTITY_PASSWORD_MAX = 256, IDENTITY_HEADER_MAX = 1024 };

struct identity;
struct identity_inbox;
struct identity_job;

/* Where passwords are checked. verify may take long and is called by verifier threads only; epoch is called
 * by any thread, lock-free. */
struct identity_backend {
    void *arg;
    bool (*verify)(void *arg, struct sl_str user, struct sl_str password);
    uint64_t (*epoch)(void *arg); /* grows when a user changes: older cache entries are void */
    uint64_t (*changed)(void *arg, struct sl_str user); /* the epoch of this user's last change; any thread */
};
struct identity_backend identity_store_backend(struct store *s);

struct identity_config {
    const struct conf_texts *methods; /* "none" or an empty list: nobody is asked */
    const char *realm;
    int64_t cache_ms; /* how long a verified password is remembered */
    unsigned threads; /* 0: 2 */
    unsigned queue;   /* 0: 256 verifications waiting at most */
    struct identity_backend backend;
};
/* Starts the threads (none when nobody is asked). SL_BAD_INPUT for a method that we do not have. */
bool identity_new(const struct identity_config *cfg, struct identity **out, struct sl_err *err);
/* Other methods, realm and time to remember, for what is asked from now on; threads, queue and backend stay.
 * On failure everything stays. One at a time, and every worker has to have turned its loop since the last
 * one. */
bool identity_configure(struct identity *id, const struct identity_config *cfg, struct sl_err *err);
/* Waits for verifications that run, drops those that wait. All inboxes must be closed before. */
void identity_free(struct identity **id);
/* Whether requests must carry credentials at all. */
bool identity_required(const struct identity *id);
/* Grows when any user changes. Lock-free. */
uint64_t identity_epoch(const struct identity *id);
/* Whether this user has been removed or given another password since the epoch under which he was verified
 * (identity_memo.epoch). */
bool identity_changed(const struct identity *id, struct sl_str user, uint64_t since_epoch);
/* Values for Proxy-Authenticate in the configured order; valid for this turn of the loop. */
size_t identity_challenges(const struct identity *id, const struct sl_str **out);

enum identity_result {
    IDENTITY_KNOWN,     /* user is verified */
    IDENTITY_MISSING,   /* no credentials: 407 */
    IDENTITY_FAILED,    /* wrong: 407 */
    IDENTITY_MALFORMED, /* not credentials of any method offered: 407 */
    IDENTITY_SLOW,      /* has to be verified: identity_verify_async */
    IDENTITY_BUSY       /* queue full, or this client failed too often lately: 503 with Retry-After */
};
const char *identity_result_word(enum identity_result r);

/* The last credentials that succeeded on this connection: a repeat costs a SipHash of the header and a
 * compare. Belongs to the connection; zero it to begin. Holds no secret: a keyed digest and the user's name.
 */
struct identity_memo {
    uint64_t digest[2];
    uint64_t epoch;
    int64_t until_ms; /* 0: empty */
    uint16_t user_n;
    char user[IDENTITY_USER_MAX];
};
/* header: value of Proxy-Authorization, p NULL when there is none. now_ms: monotonic. On IDENTITY_KNOWN the
 * name is memo->user (user_n bytes, and a NUL when there is room). Any thread; never blocks for long. */
enum identity_result identity_check(struct identity *id, struct identity_memo *memo, struct sl_str header,
                                    struct sl_addr client, int64_t now_ms);

/* ---- slow verifications: one inbox per worker ---- */
/* wake(arg) is called by a verifier thread after a result was put into the inbox: it must only wake the
 * worker (an eventfd write). */
struct identity_inbox *identity_inbox_new(struct identity *id, void (*wake)(void *arg), void *arg);
/* Cancels all that is pending. Worker thread. */
void identity_inbox_free(struct identity_inbox **inbox);
/* Calls done for every result that has come. Worker thread. Returns how many. */
unsigned identity_inbox_run(struct identity_inbox *inbox);

/* r: IDENTITY_KNOWN or IDENTITY_FAILED. On KNOWN the memo given at the call (NULL: none) has been filled. The
 * job is gone when done is called. */
typedef void identity_done(void *arg, enum identity_result r, struct sl_str user);
/* After IDENTITY_SLOW. NULL: IDENTITY_BUSY. memo must live until done or identity_cancel. */
struct identity_job *identity_verify_async(struct identity_inbox *inbox, struct identity_memo *memo,
                                           struct sl_str header, struct sl_addr client, int64_t now_ms,
                                           identity_done *done, void *arg);
/* The connection died: done will not be called. Clears the pointer; NULL is fine. Worker thread. */
void identity_cancel(struct identity_job **job);

struct identity_counters {
    uint64_t memo_hits, cache_hits, verified, failed, busy;
    unsigned waiting;
};
void identity_counters(const struct identity *id, struct identity_counters *out);

#endif

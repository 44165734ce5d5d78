/* verifier.c - the slow half of an identification (identity.h): a bounded queue, a few threads, results back
 * to the worker that asked.
 *
 * One lock guards queue and inboxes; it is held for pointer work and an eventfd write, never while a password
 * is checked. `done` and `memo` of a job belong to its worker: threads never look at them, so cancelling is
 * an assignment. */
#include <stdlib.h>

#include "base/crypto.h"
#include "proxy/identity/inside.h"

static void list_init(struct job_list *l)
{
    l->first = NULL;
    l->last = &l->first;
}

static void list_add(struct job_list *l, struct identity_job *job)
{
    job->next = NULL;
    *l->last = job;
    l->last = &job->next;
}

static struct identity_job *list_take(struct job_list *l)
{
    struct identity_job *job = l->first;
    if (job && !(l->first = job->next))
        l->last = &l->first;
    return job;
}

static void job_free(struct identity_job *job)
{
    crypto_wipe(&job->credentials, sizeof job->credentials);
    free(job);
}

/* ---- tokens ---- */

/* An IPv6 client has a whole /64 to choose addresses from. */
static struct sl_str client_key(const struct sl_addr *client)
{
    return sl_str((const char *)client->b, sl_addr_is_v4(*client) ? sizeof client->b : 8);
}

/* Client and name together: a stranger who guesses at somebody's password does not lock that somebody out. */
static struct sl_str pair_key(const struct identity_job *job,
                              char buf[IDENTITY_USER_MAX + sizeof(struct sl_addr)])
{
    struct sl_str client = client_key(&job->client), user = job->credentials.user;
    memcpy(buf, client.p, client.n);
    memcpy(buf + client.n, user.p, user.n);
    return sl_str(buf, client.n + user.n);
}

static bool take_tokens(struct identity *id, const struct identity_job *job)
{
    char buf[IDENTITY_USER_MAX + sizeof(struct sl_addr)];
    if (!throttle_take(id->throttle, client_key(&job->client), THROTTLE_CLIENT, job->now_ms))
        return false;
    if (throttle_take(id->throttle, pair_key(job, buf), THROTTLE_USER, job->now_ms))
        return true;
    throttle_give_back(id->throttle, client_key(&job->client), THROTTLE_CLIENT);
    return false;
}

static void give_back_tokens(struct identity *id, const struct identity_job *job)
{
    char buf[IDENTITY_USER_MAX + sizeof(struct sl_addr)];
    throttle_give_back(id->throttle, client_key(&job->client), THROTTLE_CLIENT);
    throttle_give_back(id->throttle, pair_key(job, buf), THROTTLE_USER);
}

/* ---- threads ---- */

/* A browser opens several connections at once with the same credentials: the first check answers for those
 * behind it. */
static bool answered_meanwhile(struct identity *id, struct identity_job *job)
{
    enum cache_answer a = cache_find(id->cache, job->digest, job->epoch, job->now_ms, &job->until_ms);
    if (a == CACHE_UNKNOWN)
        return false;
    job->result = a == CACHE_GOOD ? IDENTITY_KNOWN : IDENTITY_FAILED;
    give_back_tokens(id, job);
    return true;
}

static void verify(struct identity *id, struct identity_job *job)
{
    if (answered_meanwhile(id, job))
        return;
    bool good = id->backend.verify(id->backend.arg, job->credentials.user, job->credentials.password);
    job->result = good ? IDENTITY_KNOWN : IDENTITY_FAILED;
    int64_t kept_ms = atomic_load_explicit(&id->cache_ms, memory_order_relaxed);
    job->until_ms = job->now_ms + (good ? kept_ms : SL_MIN(kept_ms, (int64_t)NEGATIVE_MS));
    cache_put(id->cache, job->digest, good, job->epoch, job->now_ms, job->until_ms);
    if (good)
        give_back_tokens(id, job);
    atomic_fetch_add_explicit(good ? &id->verified : &id->failed, 1, memory_order_relaxed);
}

static void *thread_main(void *arg)
{
    struct identity *id = arg;
    pthread_mutex_lock(&id->lock);
    while (!id->stop) {
        struct identity_job *job = list_take(&id->queue);
        if (!job) {
            pthread_cond_wait(&id->work, &id->lock);
            continue;
        }
        id->queued--;
        job->inbox->running++;
        pthread_mutex_unlock(&id->lock);
        verify(id, job);
        crypto_wipe((char *)(uintptr_t)job->credentials.password.p, job->credentials.password.n);
        pthread_mutex_lock(&id->lock);
        job->inbox->running--;
        list_add(&job->inbox->results, job);
        job->inbox->wake(job->inbox->arg);
        pthread_cond_broadcast(&id->idle);
    }
    pthread_mutex_unlock(&id->lock);
    return NULL;
}

void verifier_init(struct identity *id)
{
    pthread_mutex_init(&id->lock, NULL);
    pthread_cond_init(&id->work, NULL);
    pthread_cond_init(&id->idle, NULL);
    list_init(&id->queue);
}

bool verifier_start(struct identity *id, unsigned threads, struct sl_err *err)
{
    for (; id->thread_count < threads; id->thread_count++) {
        int e = pthread_create(&id->threads[id->thread_count], NULL, thread_main, id);
        if (e != 0)
            return sl_fail_errno(err, SL_IO, e, "identity: no thread to check passwords");
    }
    return true;
}

void verifier_stop(struct identity *id)
{
    pthread_mutex_lock(&id->lock);
    id->stop = true;
    pthread_cond_broadcast(&id->work);
    pthread_mutex_unlock(&id->lock);
    for (; id->thread_count > 0; id->thread_count--)
        pthread_join(id->threads[id->thread_count - 1], NULL);
    sl_assert(id->queued == 0); /* inboxes are closed before */
}

/* ---- inboxes: everything below runs on the worker ---- */

struct identity_inbox *identity_inbox_new(struct identity *id, void (*wake)(void *arg), void *arg)
{
    struct identity_inbox *inbox = sl_calloc(1, sizeof *inbox);
    *inbox = (struct identity_inbox){.id = id, .wake = wake, .arg = arg};
    list_init(&inbox->results);
    return inbox;
}

/* Takes the jobs of this inbox out of the queue and forgets them; only one of them when `one` is given. True
 * when there was any. */
static bool drop_queued(struct identity *id, const struct identity_inbox *inbox,
                        const struct identity_job *one)
{
    bool any = false;
    struct identity_job *job = id->queue.first;
    list_init(&id->queue);
    while (job) {
        struct identity_job *next = job->next;
        if (job->inbox == inbox && (!one || job == one)) {
            give_back_tokens(id, job);
            id->queued--;
            job_free(job);
            any = true;
        } else {
            list_add(&id->queue, job);
        }
        job = next;
    }
    return any;
}

void identity_inbox_free(struct identity_inbox **inbox)
{
    struct identity_inbox *i = *inbox;
    if (!i)
        return;
    pthread_mutex_lock(&i->id->lock);
    drop_queued(i->id, i, NULL);
    while (i->running > 0)
        pthread_cond_wait(&i->id->idle, &i->id->lock);
    pthread_mutex_unlock(&i->id->lock);
    for (struct identity_job *job; (job = list_take(&i->results));)
        job_free(job);
    free(i);
    *inbox = NULL;
}

static void finish(struct identity_job *job)
{
    if (!job->done)
        return;
    if (job->memo && job->result == IDENTITY_KNOWN)
        memo_fill(job->memo, job->header_digest, job->epoch, job->until_ms, job->credentials.user);
    job->done(job->arg, job->result, job->credentials.user);
}

unsigned identity_inbox_run(struct identity_inbox *inbox)
{
    unsigned count = 0;
    pthread_mutex_lock(&inbox->id->lock);
    struct identity_job *job = inbox->results.first;
    list_init(&inbox->results);
    pthread_mutex_unlock(&inbox->id->lock);
    while (job) {
        struct identity_job *next = job->next;
        count += job->done != NULL;
        finish(job);
        job_free(job);
        job = next;
    }
    return count;
}

static bool enqueue(struct identity *id, struct identity_job *job)
{
    pthread_mutex_lock(&id->lock);
    bool room = id->queued < id->queue_max;
    if (room) {
        list_add(&id->queue, job);
        id->queued++;
        pthread_cond_signal(&id->work);
    }
    pthread_mutex_unlock(&id->lock);
    return room;
}

struct identity_job *identity_verify_async(struct identity_inbox *inbox, struct identity_memo *memo,
                                           struct sl_str header, struct sl_addr client, int64_t now_ms,
                                           identity_done *done, void *arg)
{
    struct identity *id = inbox->id;
    struct identity_job *job = sl_calloc(1, sizeof *job);
    *job = (struct identity_job){
        .inbox = inbox, .done = done, .arg = arg, .memo = memo, .client = client, .now_ms = now_ms};
    job->epoch = id->backend.epoch(id->backend.arg);
    bool taken = basic_read(header, &job->credentials) && take_tokens(id, job);
    if (taken) {
        siphash128(id->header_key, header.p, header.n, job->header_digest);
        cache_digest(id->cache, job->credentials.user, job->credentials.password, job->digest);
        if (enqueue(id, job))
            return job;
        give_back_tokens(id, job);
    }
    atomic_fetch_add_explicit(&id->busy, 1, memory_order_relaxed);
    job_free(job);
    return NULL;
}

/* A job that waits is dropped, so that connections that come and go leave no work behind; one that is being
 * checked is only forgotten. */
void identity_cancel(struct identity_job **job)
{
    if (!*job)
        return;
    struct identity *id = (*job)->inbox->id;
    pthread_mutex_lock(&id->lock);
    if (!drop_queued(id, (*job)->inbox, *job))
        (*job)->done = NULL;
    pthread_mutex_unlock(&id->lock);
    *job = NULL;
}

/* test_identity.c - unit tests of proxy/identity: Basic, cache, throttle, and the verifier with a backend of
 * its own. */
#include "tests/support/cmocka_all.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "proxy/identity/basic.h"
#include "proxy/identity/cache.h"
#include "proxy/identity/siphash.h"
#include "proxy/identity/throttle.h"

TEST(siphash128__gives_the_published_vectors)
{
    struct siphash_key key;
    unsigned char in[64];
    uint64_t out[2];
    for (unsigned i = 0; i < 16; i++)
        ((unsigned char *)&key)[i] = (unsigned char)i;
    for (unsigned i = 0; i < sizeof in; i++)
        in[i] = (unsigned char)i;
    static const unsigned char empty[16] = {0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6,
                                            0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02, 0x93};
    static const unsigned char one[16] = {0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44,
                                          0x34, 0x76, 0x59, 0x11, 0x9b, 0x22, 0xfc, 0x45};
    static const unsigned char fifteen[16] = {0x54, 0x93, 0xe9, 0x99, 0x33, 0xb0, 0xa8, 0x11,
                                              0x7e, 0x08, 0xec, 0x0f, 0x97, 0xcf, 0xc3, 0xd9};
    siphash128(key, in, 0, out);
    assert_memory_equal(out, empty, 16);
    siphash128(key, in, 1, out);
    assert_memory_equal(out, one, 16);
    siphash128(key, in, 15, out); /* a word, and a part of one */
    assert_memory_equal(out, fifteen, 16);
}

TEST(basic_read__takes_rfc_7617_and_nothing_else)
{
    static const struct {
        const char *header, *user, *password; /* user NULL: refused */
    } cases[] = {
        {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"},
        {"basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"},
        {"Basic   QWxhZGRpbjpvcGVuIHNlc2FtZQ  ", "Aladdin", "open sesame"},
        {"Basic dGVzdDoxMjPCow==", "test", "123\xc2\xa3"},
        {"Basic YTo=", "a", ""},
        {"Basic YTpiOmM=", "a", "b:c"},
        {"Basic Og==", NULL, NULL}, /* no user */
        {"Basic OmE=", NULL, NULL},
        {"Basic YQ==", NULL, NULL}, /* no colon */
        {"Basic ", NULL, NULL},
        {"Basic", NULL, NULL},
        {"BasicQWxhZGRpbjpvcGVuIHNlc2FtZQ==", NULL, NULL},
        {"Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", NULL, NULL},
        {"Basic QWxh ZGRpbjpv", NULL, NULL},
        {"Basic YTpi!", NULL, NULL},
        {"Basic YTpi=", NULL, NULL},
        {"Basic YToKYg==", NULL, NULL}, /* control byte */
        {"Basic YToA", NULL, NULL},     /* NUL */
        {"Basic YTr/", NULL, NULL},     /* not UTF-8 */
        {"", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct basic_credentials c;
        bool good = basic_read(sl_cstr(cases[i].header), &c);
        if (good != (cases[i].user != NULL))
            fail_msg("%s", cases[i].header);
        if (good)
            assert_true(sl_str_eq(c.user, sl_cstr(cases[i].user)) &&
                        sl_str_eq(c.password, sl_cstr(cases[i].password)));
    }
    char huge[IDENTITY_HEADER_MAX + 100];
    struct basic_credentials c;
    memset(huge, 'A', sizeof huge);
    memcpy(huge, "Basic ", 6);
    assert_false(basic_read(sl_str(huge, sizeof huge), &c));
    assert_false(basic_read(sl_str(huge, IDENTITY_HEADER_MAX), &c));
}

TEST(basic_challenge__quotes_the_realm)
{
    SL_CLEANUP(sl_freep) char *text = basic_challenge("My \"net\\work\"\r\nX: y");
    assert_string_equal(text, "Basic realm=\"My \\\"net\\\\work\\\"X: y\", charset=\"UTF-8\"");
}

TEST(cache__forgets_by_time_and_epoch)
{
    struct cache *c = cache_new();
    uint8_t good[CACHE_DIGEST], bad[CACHE_DIGEST];
    int64_t until;
    cache_digest(c, SL_STR("bob"), SL_STR("secret"), good);
    cache_digest(c, SL_STR("bobs"), SL_STR("ecret"), bad);
    assert_memory_not_equal(good, bad, CACHE_DIGEST);
    assert_int_equal(cache_find(c, good, 1, 0, &until), CACHE_UNKNOWN);
    cache_put(c, good, true, 1, 100, 200);
    cache_put(c, bad, false, 1, 100, 200);
    assert_int_equal(cache_find(c, good, 1, 199, &until), CACHE_GOOD);
    assert_int_equal(until, 200);
    assert_int_equal(cache_find(c, bad, 1, 199, &until), CACHE_BAD);
    assert_int_equal(cache_find(c, good, 1, 200, &until), CACHE_UNKNOWN);
    assert_int_equal(cache_find(c, good, 2, 150, &until), CACHE_UNKNOWN);
    cache_free(&c);
}

TEST(cache__keeps_who_is_signed_in_when_someone_guesses)
{
    struct cache *c = cache_new();
    uint8_t digest[CACHE_DIGEST] = {0}; /* all in one set: the worst case */
    int64_t until;
    for (uint8_t i = 0; i < CACHE_WAYS; i++) {
        digest[2] = i;
        cache_put(c, digest, i > 0, 1, 0, 1000);
    }
    for (uint8_t i = 100; i < 200; i++) {
        digest[2] = i;
        cache_put(c, digest, false, 1, 0, 2000);
    }
    for (uint8_t i = 1; i < CACHE_WAYS; i++) {
        digest[2] = i;
        assert_int_equal(cache_find(c, digest, 1, 0, &until), CACHE_GOOD);
    }
    digest[2] = 250; /* but a right one always finds room */
    cache_put(c, digest, true, 1, 0, 500);
    assert_int_equal(cache_find(c, digest, 1, 0, &until), CACHE_GOOD);
    digest[2] = 251;
    cache_put(c, digest, true, 1, 600, 1500);
    assert_int_equal(cache_find(c, digest, 1, 600, &until), CACHE_GOOD);
    cache_free(&c);
}

TEST(throttle__runs_dry_and_refills)
{
    struct throttle *t = throttle_new();
    for (int i = 0; i < 5; i++)
        assert_true(throttle_take(t, SL_STR("a"), 5, 1000));
    assert_false(throttle_take(t, SL_STR("a"), 5, 1000));
    assert_true(throttle_take(t, SL_STR("b"), 5, 1000));
    throttle_give_back(t, SL_STR("a"), 5);
    assert_true(throttle_take(t, SL_STR("a"), 5, 1000));
    assert_false(throttle_take(t, SL_STR("a"), 5, 1000 + THROTTLE_REFILL_MS - 1));
    assert_true(throttle_take(t, SL_STR("a"), 5, 1000 + THROTTLE_REFILL_MS));
    assert_false(throttle_take(t, SL_STR("a"), 5, 1000 + THROTTLE_REFILL_MS));
    throttle_free(&t);
}

/* ---- the whole, with a backend that knows bob:secret and can be held up ---- */

#define BOB "Basic Ym9iOnNlY3JldA==" /* bob:secret */
#define WRONG "Basic Ym9iOndyb25n"   /* bob:wrong */

struct fake {
    struct identity *id;
    struct identity_inbox *inbox;
    int wake_fd;
    pthread_mutex_t gate; /* held: verifications wait */
    atomic_uint calls;
    atomic_uint_fast64_t epoch;
    unsigned done;
    enum identity_result last;
    char user[IDENTITY_USER_MAX];
};

static bool fake_verify(void *arg, struct sl_str user, struct sl_str password)
{
    struct fake *f = arg;
    f->calls++;
    pthread_mutex_lock(&f->gate);
    pthread_mutex_unlock(&f->gate);
    return sl_str_eq(user, SL_STR("bob")) && sl_str_eq(password, SL_STR("secret"));
}

static uint64_t fake_epoch(void *arg)
{
    return ((struct fake *)arg)->epoch;
}

static void fake_wake(void *arg)
{
    uint64_t one = 1;
    assert_int_equal(write(((struct fake *)arg)->wake_fd, &one, sizeof one), sizeof one);
}

static void on_done(void *arg, enum identity_result r, struct sl_str user)
{
    struct fake *f = arg;
    f->done++;
    f->last = r;
    memcpy(f->user, user.p, user.n);
    f->user[user.n] = '\0';
}

static char *method_items[] = {(char[]){"basic"}};
static struct conf_texts basic_methods = {method_items, 1};

static struct fake *fake_new(unsigned queue)
{
    struct fake *f = sl_calloc(1, sizeof *f);
    struct identity_config cfg = {.methods = &basic_methods,
                                  .realm = "Sluice",
                                  .cache_ms = 60000,
                                  .queue = queue,
                                  .threads = 2,
                                  .backend = {f, fake_verify, fake_epoch}};
    pthread_mutex_init(&f->gate, NULL);
    f->wake_fd = eventfd(0, 0);
    assert_true(identity_new(&cfg, &f->id, NULL));
    f->inbox = identity_inbox_new(f->id, fake_wake, f);
    return f;
}

static void fake_free(struct fake *f)
{
    identity_inbox_free(&f->inbox);
    identity_free(&f->id);
    close(f->wake_fd);
    pthread_mutex_destroy(&f->gate);
    free(f);
}

static void wait_done(struct fake *f, unsigned count)
{
    while (f->done < count) {
        struct pollfd p = {f->wake_fd, POLLIN, 0};
        uint64_t n;
        assert_int_equal(poll(&p, 1, 20000), 1);
        assert_int_equal(read(f->wake_fd, &n, sizeof n), sizeof n);
        identity_inbox_run(f->inbox);
    }
}

static const struct sl_addr client = {{[10] = 0xff, [11] = 0xff, [12] = 192, [13] = 0, [14] = 2, [15] = 1}};

static struct identity_job *submit(struct fake *f, struct identity_memo *memo, const char *header,
                                   int64_t now_ms)
{
    return identity_verify_async(f->inbox, memo, sl_cstr(header), client, now_ms, on_done, f);
}

TEST(identity_check__asks_once_then_remembers)
{
    struct fake *f = fake_new(0);
    struct identity_memo memo = {0}, other = {0};
    assert_true(identity_required(f->id));
    assert_int_equal(identity_check(f->id, &memo, sl_str(NULL, 0), client, 0), IDENTITY_MISSING);
    assert_int_equal(identity_check(f->id, &memo, SL_STR("Digest x"), client, 0), IDENTITY_MALFORMED);
    assert_int_equal(identity_check(f->id, &memo, SL_STR(BOB), client, 0), IDENTITY_SLOW);
    assert_non_null(submit(f, &memo, BOB, 0));
    wait_done(f, 1);
    assert_int_equal(f->last, IDENTITY_KNOWN);
    assert_string_equal(f->user, "bob");
    assert_int_equal(memo.user_n, 3);
    assert_int_equal(identity_check(f->id, &memo, SL_STR(BOB), client, 1), IDENTITY_KNOWN);  /* memo */
    assert_int_equal(identity_check(f->id, &other, SL_STR(BOB), client, 1), IDENTITY_KNOWN); /* cache */
    assert_string_equal(other.user, "bob");
    struct identity_counters c;
    identity_counters(f->id, &c);
    assert_true(c.memo_hits == 1 && c.cache_hits == 1 && c.verified == 1 && c.failed == 0 && c.waiting == 0);
    assert_int_equal(identity_check(f->id, &memo, SL_STR(BOB), client, 60001), IDENTITY_SLOW); /* too old */
    f->epoch++; /* a user changed */
    assert_int_equal(identity_check(f->id, &memo, SL_STR(BOB), client, 2), IDENTITY_SLOW);
    assert_int_equal(f->calls, 1);
    fake_free(f);
}

TEST(identity_check__remembers_failures_for_a_while)
{
    struct fake *f = fake_new(0);
    struct identity_memo memo = {0};
    assert_non_null(submit(f, &memo, WRONG, 0));
    wait_done(f, 1);
    assert_int_equal(f->last, IDENTITY_FAILED);
    assert_int_equal(memo.until_ms, 0);
    assert_int_equal(identity_check(f->id, &memo, SL_STR(WRONG), client, 1), IDENTITY_FAILED);
    assert_int_equal(identity_check(f->id, &memo, SL_STR(WRONG), client, 30001), IDENTITY_SLOW);
    fake_free(f);
}

TEST(identity_verify_async__checks_equal_credentials_once)
{
    struct fake *f = fake_new(0);
    struct identity_memo memos[10] = {0};
    pthread_mutex_lock(&f->gate);
    for (int i = 0; i < 10; i++)
        assert_non_null(submit(f, &memos[i], BOB, 0));
    pthread_mutex_unlock(&f->gate);
    wait_done(f, 10);
    assert_true(f->calls <= 2); /* as many as there are threads */
    for (int i = 0; i < 10; i++)
        assert_int_equal(identity_check(f->id, &memos[i], SL_STR(BOB), client, 1), IDENTITY_KNOWN);
    fake_free(f);
}

TEST(identity_verify_async__is_bounded)
{
    struct fake *f = fake_new(4);
    struct identity_job *jobs[8] = {0};
    unsigned taken = 0;
    pthread_mutex_lock(&f->gate);
    while (f->calls < 2)                      /* both threads are held up */
        if (taken < 2 && f->calls >= taken) { /* the first is on its thread before the second comes */
            assert_non_null(submit(f, NULL, WRONG, 0));
            taken++;
        }
    for (int i = 0; i < 4; i++)
        assert_non_null(jobs[i] = submit(f, NULL, BOB, 0));
    assert_null(submit(f, NULL, BOB, 0));
    struct identity_counters c;
    identity_counters(f->id, &c);
    assert_true(c.busy == 1 && c.waiting == 4);
    identity_cancel(&jobs[1]); /* makes room */
    assert_null(jobs[1]);
    assert_non_null(submit(f, NULL, BOB, 0));
    pthread_mutex_unlock(&f->gate);
    wait_done(f, taken + 4);
    fake_free(f);
}

TEST(identity_verify_async__throttles_guessing_but_not_knowing)
{
    struct fake *f = fake_new(0);
    for (unsigned i = 0; i < 100; i++) { /* right each time: no cache, since the epoch moves */
        f->epoch++;
        assert_non_null(submit(f, NULL, BOB, 0));
        wait_done(f, i + 1);
    }
    unsigned failed = 0;
    for (;; failed++) {
        f->epoch++;
        if (!submit(f, NULL, WRONG, 0))
            break;
        wait_done(f, 100 + failed + 1);
    }
    assert_int_equal(failed, THROTTLE_USER);
    assert_non_null(submit(f, NULL, WRONG, THROTTLE_REFILL_MS));
    wait_done(f, 100 + failed + 1);
    fake_free(f);
}

TEST(identity_cancel__silences_a_job_that_runs)
{
    struct fake *f = fake_new(0);
    pthread_mutex_lock(&f->gate);
    struct identity_memo *memo = calloc(1, sizeof *memo);
    struct identity_job *job = submit(f, memo, BOB, 0);
    while (f->calls == 0)
        ;
    identity_cancel(&job);
    free(memo);
    pthread_mutex_unlock(&f->gate);
    struct pollfd p = {f->wake_fd, POLLIN, 0};
    assert_int_equal(poll(&p, 1, 20000), 1);
    assert_int_equal(identity_inbox_run(f->inbox), 0);
    assert_int_equal(f->done, 0);
    identity_cancel(&job); /* NULL is fine */
    fake_free(f);
}

TEST(identity_inbox_free__waits_for_what_runs_and_drops_the_rest)
{
    struct fake *f = fake_new(0);
    for (int i = 0; i < 20; i++)
        assert_non_null(submit(f, NULL, i % 2 ? BOB : WRONG, 0));
    fake_free(f); /* ASan and TSan judge */
}

TEST(identity_new__takes_only_what_it_has)
{
    static const struct {
        const char *items[2];
        size_t count;
        bool good, required;
    } cases[] = {{{"none"}, 1, true, false},
                 {{NULL}, 0, true, false},
                 {{"basic"}, 1, true, true},
                 {{"negotiate"}, 1, false, false},
                 {{"basic", "none"}, 2, false, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct conf_texts methods = {(char **)(uintptr_t)cases[i].items, cases[i].count};
        struct identity_config cfg = {.methods = &methods, .realm = "R"};
        struct identity *id = NULL;
        struct sl_err err = {0};
        assert_int_equal(identity_new(&cfg, &id, &err), cases[i].good);
        if (cases[i].good) {
            const struct sl_str *challenges;
            assert_int_equal(identity_required(id), cases[i].required);
            if (identity_challenges(id, &challenges) > 0)
                assert_true(sl_str_eq(challenges[0], SL_STR("Basic realm=\"R\", charset=\"UTF-8\"")));
        } else {
            assert_int_equal(err.code, SL_BAD_INPUT);
        }
        identity_free(&id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(siphash128__gives_the_published_vectors),
        cmocka_unit_test(basic_read__takes_rfc_7617_and_nothing_else),
        cmocka_unit_test(basic_challenge__quotes_the_realm),
        cmocka_unit_test(cache__forgets_by_time_and_epoch),
        cmocka_unit_test(cache__keeps_who_is_signed_in_when_someone_guesses),
        cmocka_unit_test(throttle__runs_dry_and_refills),
        cmocka_unit_test(identity_check__asks_once_then_remembers),
        cmocka_unit_test(identity_check__remembers_failures_for_a_while),
        cmocka_unit_test(identity_verify_async__checks_equal_credentials_once),
        cmocka_unit_test(identity_verify_async__is_bounded),
        cmocka_unit_test(identity_verify_async__throttles_guessing_but_not_knowing),
        cmocka_unit_test(identity_cancel__silences_a_job_that_runs),
        cmocka_unit_test(identity_inbox_free__waits_for_what_runs_and_drops_the_rest),
        cmocka_unit_test(identity_new__takes_only_what_it_has),
    };
    return cmocka_run_group_tests_name("proxy/identity", tests, NULL, NULL);
}

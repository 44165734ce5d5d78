/* test_verify.c - unit tests of proxy/verify: what is fetched from a server of the test's own, how often, and
 * what never is. */
#include "proxy/verify/verify.h"

#include <arpa/inet.h>
#include <openssl/ocsp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "sluice/settings.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/pki/mint.h"

enum { TURNS = 2000 };

/* ---- a server that gives one answer to everybody ---- */

struct server {
    int fd;
    uint16_t port;
    pthread_t thread;
    struct sl_str answer; /* as it goes over the wire; n 0: silence */
    atomic_int asked;
    char request[4096]; /* the last one */
};

static void *serve(void *arg)
{
    struct server *s = arg;
    int c;
    while ((c = accept(s->fd, NULL, NULL)) >= 0) {
        ssize_t n = recv(c, s->request, sizeof s->request - 1, 0);
        s->request[SL_MAX(n, 0)] = '\0';
        s->asked++;
        if (s->answer.n > 0)
            (void)!send(c, s->answer.p, s->answer.n, MSG_NOSIGNAL);
        else
            while (recv(c, s->request, sizeof s->request - 1, 0) > 0)
                ;
        close(c);
    }
    return NULL;
}

static void server_start(struct server *s, struct sl_str answer)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof sa;
    *s = (struct server){.answer = answer, .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    assert_true(bind(s->fd, (struct sockaddr *)&sa, n) == 0 && listen(s->fd, 16) == 0);
    getsockname(s->fd, (struct sockaddr *)&sa, &n);
    s->port = ntohs(sa.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void server_stop(struct server *s)
{
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->fd);
}

/* ---- what a worker has ---- */

struct worker {
    struct settings *settings;
    struct dialler dialler;
    struct resolver *resolver;
    struct address_rules rules;
    const struct address_rules *addresses;
    struct buf_pool bufs;
    struct parents *parents;
    struct tls_client *parent_tls;
    struct fetch_means means;
    struct verifier *verifier;
};

static void worker_open(struct worker *w, const char *text, const struct sl_endpoint *own)
{
    struct conf_faults faults = {0};
    *w = (struct worker){.settings = settings_new()};
    assert_true(settings_load_text("f", sl_cstr(text), w->settings, &faults));
    assert_true(loop_new(NULL, &w->dialler.loop, NULL));
    assert_true(parents_new(w->settings, NULL, &w->parents, NULL));
    w->dialler.lame = lame_new(w->dialler.loop);
    address_rules_init(&w->rules, &w->settings->proxy.allow_private, &w->settings->proxy.nat64_prefixes, own,
                       own != NULL);
    w->addresses = &w->rules;
    buf_pool_init(&w->bufs, BUF_LARGE);
    w->means = (struct fetch_means){.dialler = &w->dialler,
                                    .resolver = &w->resolver,
                                    .addresses = &w->addresses,
                                    .bufs = &w->bufs,
                                    .parents = &w->parents,
                                    .parent_tls = &w->parent_tls};
    w->verifier = verifier_new(&w->means, NULL);
}

static void worker_close(struct worker *w)
{
    const struct settings *s = w->settings;
    verifier_free(&w->verifier);
    loop_turn(w->dialler.loop, 0);
    assert_int_equal(loop_count(w->dialler.loop), 0);
    lame_free(&w->dialler.lame);
    loop_free(&w->dialler.loop);
    assert_int_equal(w->bufs.in_use, 0);
    buf_pool_fini(&w->bufs);
    address_rules_fini(&w->rules);
    parents_unref(&w->parents);
    settings_unref(&s);
}

static const char usual[] = "[proxy]\nallow_private = 127.0.0.0/8\n";

/* ---- fetch ---- */

struct outcome {
    bool done;
    char answer[64];
};

static void on_fetched(void *arg, struct sl_str answer)
{
    struct outcome *o = arg;
    o->done = true;
    snprintf(o->answer, sizeof o->answer, "%.*s", SL_FMT(answer));
}

static struct outcome fetch_url(struct worker *w, const char *url)
{
    struct outcome o = {0};
    const struct fetch_plan plan = {.url = sl_cstr(url), .most = 16, .timeout_ms = 300};
    struct fetch *f = fetch_start(&w->means, &plan, on_fetched, &o);
    assert_false(o.done);
    for (int i = 0; !o.done && i < TURNS; i++)
        loop_turn(w->dialler.loop, 10);
    assert_true(o.done && f);
    return o;
}

TEST(fetch__takes_whole_answers_only)
{
    static const struct {
        struct sl_str answer;
        const char *got;
    } cases[] = {
        {SL_STR("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), "hello"},
        {SL_STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
         "hello"},
        {SL_STR("HTTP/1.0 200 OK\r\n\r\nhello"), "hello"},
        {SL_STR("HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"), "hi"},
        {SL_STR("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"), ""},
        {SL_STR("HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n01234567890123456"), ""},
        {SL_STR("HTTP/1.0 200 OK\r\n\r\n01234567890123456"), ""},
        {SL_STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11\r\n01234567890123456\r\n0\r\n\r\n"),
         ""},
        {SL_STR("HTTP/1.1 404 Not found\r\nContent-Length: 5\r\n\r\nhello"), ""},
        {SL_STR("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"), ""},
        {SL_STR("SSH-2.0-OpenSSH_9\r\n"), ""},
        {SL_STR("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"), ""},
        {{0}, ""}, /* silence */
    };
    struct worker w;
    worker_open(&w, usual, NULL);
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct server s;
        char url[64];
        server_start(&s, cases[i].answer);
        snprintf(url, sizeof url, "http://127.0.0.1:%u/a?b=c", s.port);
        struct outcome o = fetch_url(&w, url);
        assert_string_equal(o.answer, cases[i].got);
        server_stop(&s);
        if (i == 0)
            assert_non_null(strstr(s.request, "GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:"));
    }
    worker_close(&w);
}

TEST(fetch__goes_nowhere_that_requests_may_not)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    struct server s;
    struct worker w;
    char url[64];
    server_start(&s, sl_cstr(answer));
    const struct sl_endpoint own = {.addr = {{[10] = 255, 255, 127, 0, 0, 1}}, .port = s.port};
    static const char *const refused[] = {"https://127.0.0.1/", "ftp://127.0.0.1/", "http://127.0.0.1:25/",
                                          "http://169.254.169.254/", "nonsense"};
    worker_open(&w, usual, &own);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", s.port);
    assert_string_equal(fetch_url(&w, url).answer, ""); /* a listener of ours */
    for (size_t i = 0; i < SL_COUNT(refused); i++)
        assert_string_equal(fetch_url(&w, refused[i]).answer, "");
    worker_close(&w);
    worker_open(&w, "", NULL);
    assert_string_equal(fetch_url(&w, url).answer, ""); /* private, and nobody allowed it */
    worker_close(&w);
    server_stop(&s);
    assert_int_equal(s.asked, 0);
}

TEST(fetch__goes_through_the_parent_of_all)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    struct server s;
    struct worker w;
    char text[128];
    server_start(&s, sl_cstr(answer));
    snprintf(text, sizeof text, "[proxy]\nparent = http://gw:secret@127.0.0.1:%u\n", s.port);
    worker_open(&w, text, NULL);
    assert_string_equal(fetch_url(&w, "http://ca.test/ca.crt").answer, "hello");
    assert_non_null(strstr(s.request, "GET http://ca.test/ca.crt HTTP/1.1\r\nHost: ca.test\r\n"));
    assert_non_null(strstr(s.request, "Proxy-Authorization: Basic "));
    assert_string_equal(fetch_url(&w, "http://10.0.0.1/ca.crt").answer, "");
    assert_int_equal(s.asked, 1);
    worker_close(&w);
    server_stop(&s);
}

/* ---- verify ---- */

struct world {
    struct server server;
    struct minted root, ca, leaf;
    struct trust *trust;
    const struct certificate *shown; /* the leaf alone */
};

static struct sl_str http_of(const struct minted *m)
{
    unsigned char *der = NULL;
    int n = i2d_X509(m->cert, &der);
    struct sl_text t = {0};
    sl_text_addf(&t, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", n);
    sl_text_add(&t, sl_str((char *)der, (size_t)n));
    OPENSSL_free(der);
    return sl_text_str(&t);
}

static void world_open(struct world *w, bool answers)
{
    char with[128];
    w->root = mint(&(struct mint_spec){.name = "Root", .is_ca = true}, NULL);
    w->ca = mint(&(struct mint_spec){.name = "Issuing CA", .is_ca = true}, &w->root);
    server_start(&w->server,
                 answers ? http_of(&w->ca) : SL_STR("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"));
    snprintf(with, sizeof with, "authorityInfoAccess=caIssuers;URI:http://127.0.0.1:%u/ca", w->server.port);
    w->leaf = mint(
        &(struct mint_spec){.name = "www.example.com", .with = with, .from_day = -3000, .until_day = 3000},
        &w->ca);
    char *pem = mint_pem(&w->root);
    assert_true(trust_new(&(struct trust_config){.extra = sl_cstr(pem), .fetch = true}, &w->trust, NULL));
    free(pem);
    STACK_OF(X509) *certs = sk_X509_new_null();
    sk_X509_push(certs, w->leaf.cert);
    w->shown = trust_judge(
        w->trust,
        &(struct trust_question){.shown = certs, .host = SL_STR("www.example.com"), .now_s = MINT_NOW});
    sk_X509_free(certs);
    assert_int_equal(w->shown->want_count, 1);
}

static void world_close(struct world *w)
{
    bool answers = w->server.asked > 0 && w->server.answer.n > 100;
    server_stop(&w->server);
    if (answers)
        free((char *)(uintptr_t)w->server.answer.p);
    certificate_unref(&w->shown);
    trust_unref(&w->trust);
    mint_free(&w->root);
    mint_free(&w->ca);
    mint_free(&w->leaf);
}

struct told {
    int times;
    size_t members;
    tls_faults faults;
};

static void on_verified(void *arg, const struct certificate *c)
{
    struct told *v = arg;
    v->times++;
    v->faults = c->faults;
    v->members = c->member_count;
    assert_int_equal(c->want_count, 0);
}

/* The clock of the loop is another one than that of the test's certificates: what counts is the path. */
TEST(verify__fetches_what_is_missing_once_for_all)
{
    struct worker worker;
    struct world w;
    struct told verdicts[3] = {{0}};
    struct verify *running[3];
    world_open(&w, true);
    worker_open(&worker, usual, NULL);
    for (int i = 0; i < 3; i++)
        running[i] = verify_start(worker.verifier, w.trust, w.shown, VERIFY_MS, on_verified, &verdicts[i]);
    verify_cancel(&running[1]);
    for (int i = 0; !(verdicts[0].times && verdicts[2].times) && i < TURNS; i++)
        loop_turn(worker.dialler.loop, 10);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(verdicts[i].times, i != 1);
        assert_int_equal(verdicts[i].members, i != 1 ? 3 : 0);
        assert_false(verdicts[i].faults & tls_fault_bit(TLS_FAULT_INCOMPLETE_CHAIN));
    }
    assert_int_equal(w.server.asked, 1);
    worker_close(&worker);
    world_close(&w);
}

TEST(verify__ends_when_nothing_can_be_had)
{
    struct worker worker;
    struct world w;
    struct told verdict = {0};
    world_open(&w, false);
    worker_open(&worker, usual, NULL);
    verify_start(worker.verifier, w.trust, w.shown, VERIFY_MS, on_verified, &verdict);
    for (int i = 0; !verdict.times && i < TURNS; i++)
        loop_turn(worker.dialler.loop, 10);
    assert_true(verdict.faults & tls_fault_bit(TLS_FAULT_INCOMPLETE_CHAIN));
    worker_close(&worker);
    world_close(&w);
}

TEST(verify__ends_in_time_when_nobody_answers)
{
    struct worker worker;
    struct world w;
    struct told verdict = {0};
    world_open(&w, false);
    w.server.answer.n = 0; /* silence */
    worker_open(&worker, usual, NULL);
    verify_start(worker.verifier, w.trust, w.shown, 30, on_verified, &verdict);
    for (int i = 0; !verdict.times && i < TURNS; i++)
        loop_turn(worker.dialler.loop, 10);
    assert_true(verdict.faults & tls_fault_bit(TLS_FAULT_INCOMPLETE_CHAIN));
    /* and the next one does not wait for it */
    int64_t now_s = loop_wall_us(worker.dialler.loop) / 1000000;
    const struct certificate *again = trust_judge_again(w.trust, w.shown, false, now_s);
    assert_int_equal(again->want_count, 0);
    certificate_unref(&again);
    worker_close(&worker);
    world_close(&w);
}

TEST(verify__can_be_cancelled_with_its_errand)
{
    struct worker worker;
    struct world w;
    struct told verdict = {0};
    world_open(&w, false);
    worker_open(&worker, usual, NULL);
    struct verify *v = verify_start(worker.verifier, w.trust, w.shown, VERIFY_MS, on_verified, &verdict);
    loop_turn(worker.dialler.loop, 0);
    verify_cancel(&v);
    worker_close(&worker);
    assert_int_equal(verdict.times, 0);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fetch__takes_whole_answers_only),
        cmocka_unit_test(fetch__goes_nowhere_that_requests_may_not),
        cmocka_unit_test(fetch__goes_through_the_parent_of_all),
        cmocka_unit_test(verify__fetches_what_is_missing_once_for_all),
        cmocka_unit_test(verify__ends_when_nothing_can_be_had),
        cmocka_unit_test(verify__ends_in_time_when_nobody_answers),
        cmocka_unit_test(verify__can_be_cancelled_with_its_errand),
    };
    return cmocka_run_group_tests_name("proxy/verify", tests, NULL, NULL);
}

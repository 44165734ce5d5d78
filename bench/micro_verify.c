/* micro_verify - what does the verdict on an origin's certificate cost, alone?
 *
 *   micro_verify [ROUNDS]     2000
 *
 * Prints the CPU time of a verdict that is found anew (a path of two members, P-256: one signature, one host
 * after the other) and of one that is remembered. */
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/fs.h"
#include "sluice/ca.h"
#include "sluice/certificate.h"
#include "sluice/clock.h"
#include "sluice/leaf.h"

enum { ROUNDS = 2000, ROUNDS_MOST = 1000000 };

static double cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void need(bool ok, const struct sl_err *err)
{
    if (ok)
        return;
    fprintf(stderr, "micro_verify: %s\n", err->msg);
    exit(1);
}

/* The CA of a new state directory, a leaf of it, and a trust in it. */
static const struct leaf *set_up(const char *directory, struct trust **out_trust)
{
    struct sl_err err = {0};
    const struct ca *ca;
    struct ca_live *live;
    struct sl_text pem = {0};
    int64_t now_s = sl_wall_us() / 1000000;
    need(ca_create(&(struct ca_wish){0}, now_s, &ca, &err), &err);
    need(ca_live_open(directory, &live, &err) && ca_live_add(live, ca, now_s, &err), &err);
    ca_pem(ca, &pem);
    need(fs_remove_all(directory, &err), &err);
    need(trust_new(&(struct trust_config){.extra = sl_text_str(&pem)}, out_trust, &err), &err);
    struct leaves *leaves = leaves_open(NULL, live, &(struct leaves_config){.capacity = 16, .days = 30});
    const struct leaf *leaf =
        leaves_get(leaves, &(struct leaf_want){.host = SL_STR("www.example.com")}, &err);
    need(leaf != NULL, &err);
    sl_text_fini(&pem);
    ca_unref(&ca);
    return leaf;
}

static double round_us(struct trust *trust, STACK_OF(X509) * shown, int rounds, bool others)
{
    double from = cpu_us();
    for (int i = 0; i < rounds; i++) {
        char host[64];
        snprintf(host, sizeof host, "www%d.example.com", others ? i : 0);
        const struct certificate *c = trust_judge(
            trust,
            &(struct trust_question){.shown = shown, .host = sl_cstr(host), .now_s = sl_wall_us() / 1000000});
        certificate_unref(&c);
    }
    return (cpu_us() - from) / rounds;
}

int main(int argc, char **argv)
{
    char directory[] = "/tmp/micro-verify-XXXXXX";
    uint64_t rounds = ROUNDS;
    struct trust *trust;
    if (argc > 1 && !sl_str_u64(sl_cstr(argv[1]), ROUNDS_MOST, &rounds))
        return 2;
    if (!mkdtemp(directory))
        return 1;
    const struct leaf *leaf = set_up(directory, &trust);
    STACK_OF(X509) *shown = sk_X509_new_null();
    sl_assert(shown && sk_X509_push(shown, leaf_certificate(leaf)) > 0);
    printf("verdict anew         %8.1f us\n", round_us(trust, shown, (int)rounds, true));
    printf("verdict remembered   %8.1f us\n", round_us(trust, shown, (int)rounds, false));
    sk_X509_free(shown);
    return 0;
}

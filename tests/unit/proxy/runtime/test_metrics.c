/* test_metrics.c - unit tests of proxy/runtime/metrics.c. */
#include "proxy/runtime/metrics.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/fs.h"
#include "sluice/verdict.h"

#include "tests/support/cmocka_all.h"

TEST(metrics_print__adds_up_workers_and_names_each_series_once)
{
    static struct metrics a, b, sum;
    struct sl_text text = {0};
    const uint64_t phase_us[METRIC_PHASES] = {0, 3, 0, 0, 0, 700, 0};
    metrics_ended(&a, ACTION_ALLOW, 200);
    metrics_ended(&b, ACTION_ALLOW, 200);
    metrics_ended(&b, ACTION_ALLOW, 599);
    metrics_ended(&b, ACTION_BLOCK, 0);
    metrics_phases(&b, phase_us, METRIC_PHASES);
    metrics_add(&a, METRIC_TUNNELS, 1); /* opened here, closed there: the sum is right */
    metrics_add(&b, METRIC_TUNNELS, 1);
    metrics_sub(&b, METRIC_TUNNELS, 2);
    metrics_duration(&a, 1500);
    metrics_duration(&b, 3600000000u);
    metrics_tls(&a, METRIC_TLS_CLIENT, "TLSv1.3", true);
    metrics_tls(&b, METRIC_TLS_CLIENT, "TLSv1.3", true);
    metrics_tls(&b, METRIC_TLS_ORIGIN, "TLSv1.2", false);
    metrics_tls_failed(&b, METRIC_TLS_ORIGIN, TLS_FAULT_WRONG_NAME);
    metrics_sum(&a, &sum);
    metrics_sum(&b, &sum);
    metrics_print(&sum, &text);
    assert_non_null(strstr(text.p, "\nsluice_requests_total{action=\"allow\",status=\"200\"} 2\n"));
    assert_non_null(strstr(text.p, "\nsluice_requests_total{action=\"allow\",status=\"599\"} 1\n"));
    assert_non_null(strstr(text.p, "\nsluice_requests_total{action=\"block\",status=\"none\"} 1\n"));
    assert_int_equal(metrics_get_ended(&sum, ACTION_ALLOW), 3);
    assert_non_null(strstr(text.p, "_bucket{phase=\"decide\",le=\"1e-05\"} 1\n"));
    assert_non_null(strstr(text.p, "_count{phase=\"wait\"} 1\n"));
    assert_non_null(strstr(text.p, "_count{phase=\"connect\"} 0\n"));
    assert_non_null(strstr(text.p, "\nsluice_tunnels 0\n"));
    assert_non_null(strstr(text.p, "_bucket{le=\"0.001\"} 0\n"));
    assert_non_null(strstr(text.p, "_bucket{le=\"0.0025\"} 1\n"));
    assert_non_null(strstr(text.p, "_bucket{le=\"+Inf\"} 2\n"));
    assert_non_null(strstr(text.p, "{side=\"client\",version=\"TLSv1.3\",result=\"resumed\"} 2\n"));
    assert_non_null(strstr(text.p, "{side=\"origin\",version=\"TLSv1.2\",result=\"full\"} 1\n"));
    assert_non_null(
        strstr(text.p, "\nsluice_inspect_faults_total{side=\"origin\",fault=\"wrong-name\"} 1\n"));
    char *type = strstr(text.p, "# TYPE sluice_requests_total counter\n");
    assert_non_null(type);
    assert_null(strstr(type + 1, "# TYPE sluice_requests_total counter\n"));
    sl_text_fini(&text);
}

static const struct {
    const char *name, *labels;
} series[] = {
#define X(id, kind, name, labels, help) {name, labels},
    METRICS(X)
#undef X
};

TEST(limits__are_explained_in_the_docs)
{
    struct sl_err err = {0};
    char *docs = NULL, word[64], quoted[80];
    size_t n;
    assert_true(fs_read(SLUICE_SOURCE_DIR "/docs/limits.md", 1 << 20, &docs, &n, &err));
    for (size_t i = 0; i < SL_COUNT(series); i++) {
        bool limit = strcmp(series[i].name, "limit_hits_total") == 0;
        if (!limit && strcmp(series[i].name, "timeouts_total") != 0)
            continue;
        assert_int_equal(sscanf(series[i].labels, limit ? "limit=\"%63[a-z0-9-]" : "of=\"%63[a-z-]", word),
                         1);
        snprintf(quoted, sizeof quoted, "`%s`", word);
        if (!strstr(docs, quoted))
            fail_msg("docs/limits.md does not say what '%s' counts", word);
    }
    free(docs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_print__adds_up_workers_and_names_each_series_once),
        cmocka_unit_test(limits__are_explained_in_the_docs)};
    return cmocka_run_group_tests_name("proxy/runtime/metrics", tests, NULL, NULL);
}

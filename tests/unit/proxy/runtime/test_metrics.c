/* test_metrics.c - unit tests of proxy/runtime/metrics.c. */
#include "proxy/runtime/metrics.h"

#include "tests/support/cmocka_all.h"

TEST(metrics_print__adds_up_workers_and_names_each_series_once)
{
    static struct metrics a, b, sum;
    struct sl_text text = {0};
    metrics_add(&a, METRIC_REQUESTS_ALLOW, 2);
    metrics_add(&b, METRIC_REQUESTS_ALLOW, 3);
    metrics_add(&a, METRIC_TUNNELS, 1); /* opened here, closed there: the sum is right */
    metrics_add(&b, METRIC_TUNNELS, 1);
    metrics_sub(&b, METRIC_TUNNELS, 2);
    metrics_duration(&a, 1500);
    metrics_duration(&b, 3600000000u);
    metrics_sum(&a, &sum);
    metrics_sum(&b, &sum);
    metrics_print(&sum, &text);
    assert_non_null(strstr(text.p, "\nsluice_requests_total{action=\"allow\"} 5\n"));
    assert_non_null(strstr(text.p, "\nsluice_tunnels 0\n"));
    assert_non_null(strstr(text.p, "_bucket{le=\"0.001\"} 0\n"));
    assert_non_null(strstr(text.p, "_bucket{le=\"0.0025\"} 1\n"));
    assert_non_null(strstr(text.p, "_bucket{le=\"+Inf\"} 2\n"));
    char *type = strstr(text.p, "# TYPE sluice_requests_total counter\n");
    assert_non_null(type);
    assert_null(strstr(type + 1, "# TYPE sluice_requests_total counter\n"));
    sl_text_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_print__adds_up_workers_and_names_each_series_once)};
    return cmocka_run_group_tests_name("proxy/runtime/metrics", tests, NULL, NULL);
}

/* test_tally.c - unit tests of replay/tally.c: exact up to the bound, honest beyond it. */
#include "tests/support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "replay/tally.h"

TEST(tally__numbers_keys_and_stops_at_its_bound)
{
    struct tally t;
    char key[32];
    tally_init(&t, 1000);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 1200; i++) {
            int n = snprintf(key, sizeof key, "host-%d", i);
            assert_int_equal(tally_number(&t, sl_str(key, (size_t)n)), i < 1000 ? i : -1);
        }
    assert_int_equal(tally_number(&t, SL_STR("")), -1);
    tally_fini(&t);
}

TEST(tally_top__goes_by_requests_then_by_age)
{
    struct tally t;
    size_t count;
    tally_init(&t, 10);
    for (int i = 0; i < 4; i++)
        tally_number(&t, sl_str(&"abcd"[i], 1));
    t.items[1].requests = t.items[2].requests = 5;
    t.items[3].requests = 9;
    uint32_t *order = tally_top(&t, 3, &count);
    assert_int_equal(count, 3);
    assert_int_equal(order[0], 3);
    assert_int_equal(order[1], 1);
    assert_int_equal(order[2], 2);
    free(order);
    tally_fini(&t);
}

TEST(pairs__are_told_apart_and_bounded)
{
    struct pairs p;
    pairs_init(&p, 5000);
    for (uint64_t key = 1; key <= 5000; key++)
        assert_int_equal(pairs_add(&p, key << 31), PAIR_NEW);
    for (uint64_t key = 1; key <= 5000; key++)
        assert_int_equal(pairs_add(&p, key << 31), PAIR_KNOWN);
    assert_int_equal(pairs_add(&p, 1), PAIR_NO_ROOM);
    pairs_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tally__numbers_keys_and_stops_at_its_bound),
        cmocka_unit_test(tally_top__goes_by_requests_then_by_age),
        cmocka_unit_test(pairs__are_told_apart_and_bounded),
    };
    return cmocka_run_group_tests_name("replay/tally", tests, NULL, NULL);
}

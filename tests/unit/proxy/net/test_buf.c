/* test_buf.c - unit tests of proxy/net/buf.c. */
#include "proxy/net/buf.h"

#include <stdlib.h>

#include "tests/support/cmocka_all.h"

TEST(buf__keeps_its_bytes_while_it_grows)
{
    struct buf_pool pool;
    struct buf b = {0};
    struct sl_text mirror = {0};
    unsigned seed = 7;
    buf_pool_init(&pool, 1 << 20);
    for (int i = 0; i < 3000; i++) {
        char piece[300];
        size_t n = (size_t)rand_r(&seed) % sizeof piece;
        memset(piece, 'a' + i % 26, n);
        buf_add(&pool, &b, piece, n);
        sl_text_add(&mirror, sl_str(piece, n));
        if (i % 3 == 0) {
            size_t take = (size_t)rand_r(&seed) % (buf_used(&b) + 1);
            buf_consume(&b, take);
            memmove(mirror.p, mirror.p + take, mirror.n - take);
            mirror.n -= take;
        }
        assert_true(sl_str_eq(buf_str(&b), sl_text_str(&mirror)));
    }
    buf_give(&pool, &b);
    assert_int_equal(pool.in_use, 0);
    sl_text_fini(&mirror);
    buf_pool_fini(&pool);
}

TEST(buf_pool__reuses_blocks_and_keeps_to_its_budget)
{
    struct buf_pool pool;
    struct buf a = {0}, b = {0}, c = {0};
    buf_pool_init(&pool, 2 * BUF_LARGE);
    buf_take(&pool, &a);
    char *block = a.p;
    buf_rest(&pool, &a); /* empty: given back */
    assert_null(a.p);
    buf_take(&pool, &b);
    assert_ptr_equal(b.p, block);
    buf_give(&pool, &b);
    buf_take_large(&pool, &a);
    buf_take_large(&pool, &b);
    buf_take_large(&pool, &c); /* over budget */
    assert_int_equal(a.cap, BUF_LARGE);
    assert_int_equal(b.cap, BUF_LARGE);
    assert_int_equal(c.cap, BUF_SMALL);
    buf_add(&pool, &c, "x", 1);
    buf_rest(&pool, &c);
    assert_non_null(c.p);
    buf_give(&pool, &a);
    buf_give(&pool, &b);
    buf_give(&pool, &c);
    assert_int_equal(pool.large_in_use, 0);
    buf_pool_fini(&pool);
}

TEST(buf_pool__grants_what_must_be_larger_and_says_when_it_is_too_much)
{
    struct buf_pool pool;
    struct buf heads[4] = {{0}}, body = {0};
    buf_pool_init(&pool, 3 * 4 * BUF_SMALL);
    for (int i = 0; i < 4; i++) {
        assert_false(buf_pool_overdrawn(&pool));
        buf_take(&pool, &heads[i]);
        heads[i].to = BUF_SMALL;
        buf_reserve(&pool, &heads[i], 2 * BUF_SMALL);
        assert_int_equal(heads[i].cap, 4 * BUF_SMALL);
    }
    assert_true(buf_pool_overdrawn(&pool));
    assert_int_equal(pool.large_in_use, 0); /* heads take nothing from bodies */
    buf_take_large(&pool, &body);
    buf_give(&pool, &body);
    buf_give(&pool, &heads[2]);
    assert_false(buf_pool_overdrawn(&pool));
    for (int i = 0; i < 4; i++)
        buf_give(&pool, &heads[i]);
    assert_int_equal(pool.grown_in_use, 0);
    buf_pool_fini(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buf__keeps_its_bytes_while_it_grows),
        cmocka_unit_test(buf_pool__reuses_blocks_and_keeps_to_its_budget),
        cmocka_unit_test(buf_pool__grants_what_must_be_larger_and_says_when_it_is_too_much),
    };
    return cmocka_run_group_tests_name("proxy/net/buf", tests, NULL, NULL);
}

/* test_memory.c - unit tests of proxy/h2/memory.c. */
#include "proxy/h2/memory.h"

#include <string.h>

#include "proxy/h2/h2.h"
#include "tests/support/cmocka_all.h"

enum { FRAME = 16394, MANY = 200 };

TEST(h2_memory__cuts_blocks_for_frames_and_uses_them_again)
{
    struct h2_memory *m = h2_memory_new();
    nghttp2_mem calls = h2_memory_calls(m);
    char *blocks[MANY];
    for (size_t i = 0; i < MANY; i++) {
        blocks[i] = calls.realloc(NULL, FRAME, m);
        memset(blocks[i], (int)i, FRAME);
    }
    for (size_t i = 0; i < MANY; i++)
        assert_true(blocks[i][0] == (char)i && blocks[i][FRAME - 1] == (char)i);
    calls.free(blocks[7], m);
    assert_ptr_equal(calls.realloc(NULL, FRAME, m), blocks[7]);
    blocks[9] = calls.realloc(blocks[9], 100000, m); /* more than a block holds: what was in it comes along */
    assert_true(blocks[9][0] == 9 && blocks[9][FRAME - 1] == 9);
    blocks[9] = calls.realloc(blocks[9], 200000, m);
    for (size_t i = 0; i < MANY; i++)
        calls.free(blocks[i], m);
    h2_memory_free(&m);
    assert_null(m);
}

TEST(h2_memory__leaves_the_rest_to_the_heap)
{
    struct h2_memory *m = h2_memory_new();
    nghttp2_mem with = h2_memory_calls(m), without = h2_memory_calls(NULL);
    char *small = with.malloc(100, m), *zeroed = with.calloc(100, 100, m),
         *large = without.malloc(FRAME, NULL);
    assert_int_equal(zeroed[9999], 0);
    small = with.realloc(small, 1000, m);
    with.free(small, m);
    with.free(zeroed, m);
    with.free(NULL, m);
    without.free(large, NULL);
    h2_memory_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(h2_memory__cuts_blocks_for_frames_and_uses_them_again),
        cmocka_unit_test(h2_memory__leaves_the_rest_to_the_heap),
    };
    return cmocka_run_group_tests_name("proxy/h2/memory", tests, NULL, NULL);
}

/* test_arena.c - unit tests of base/arena.c. */
#include "tests/support/cmocka_all.h"

#include "sluice/arena.h"

TEST(sl_arena_alloc__is_aligned_and_apart)
{
    struct sl_arena a;
    sl_arena_init(&a, 0);
    assert_null(a.chunk);
    char *before = NULL;
    for (size_t size = 1; size < 20000; size = size * 3 / 2 + 1) {
        char *odd = sl_arena_bytes(&a, 3), *p = sl_arena_alloc(&a, size);
        assert_true((uintptr_t)p % 16 == 0);
        memset(p, 0xaa, size); /* the sanitizer looks */
        memset(odd, 0xbb, 3);
        if (before)
            assert_int_equal((unsigned char)*before, 0xaa);
        before = p;
    }
    sl_arena_fini(&a);
}

TEST(sl_arena__answers_null_at_the_cap)
{
    struct sl_arena a;
    sl_arena_init(&a, 100);
    assert_non_null(sl_arena_alloc(&a, 60));
    assert_null(sl_arena_alloc(&a, 41));
    assert_null(sl_arena_alloc(&a, SIZE_MAX));
    assert_null(sl_arena_str(&a, sl_str("x", SIZE_MAX)).p);
    assert_null(sl_arena_printf(&a, "%060d", 1));
    assert_non_null(sl_arena_bytes(&a, 40));
    assert_null(sl_arena_zalloc(&a, 1));
    assert_false(sl_arena_on_reset(&a, NULL, NULL));
    sl_arena_reset(&a);
    assert_non_null(sl_arena_alloc(&a, 100));
    sl_arena_fini(&a);
    assert_non_null(sl_arena_alloc(&a, 100));
    sl_arena_fini(&a);
}

TEST(sl_arena_reserve__holds_just_what_comes)
{
    struct sl_arena a;
    sl_arena_init(&a, 0);
    sl_arena_reserve(&a, 1000);
    struct sl_arena_chunk *only = a.chunk;
    assert_int_equal(a.end - a.at, 1000);
    assert_non_null(sl_arena_alloc(&a, 980));
    assert_ptr_equal(a.chunk, only);
    memset(sl_arena_alloc(&a, 100), 0xaa, 100); /* more than was said comes from another chunk */
    assert_ptr_not_equal(a.chunk, only);
    sl_arena_fini(&a);
}

TEST(sl_arena__large_pieces_leave_the_newest_chunk_in_use)
{
    struct sl_arena a;
    sl_arena_init(&a, 0);
    char *small = sl_arena_bytes(&a, 10);
    char *large = sl_arena_bytes(&a, 1 << 20);
    memset(large, 1, 1 << 20);
    char *next = sl_arena_bytes(&a, 10);
    assert_true(next >= small + 10 && next < small + 64);
    sl_arena_fini(&a);
}

TEST(sl_arena_reset__keeps_one_small_chunk)
{
    struct sl_arena a;
    sl_arena_init(&a, 0);
    void *first = sl_arena_alloc(&a, 16);
    for (int i = 0; i < 1000; i++)
        sl_arena_alloc(&a, 1000);
    sl_arena_reset(&a);
    assert_int_equal(a.used, 0);
    assert_non_null(a.chunk);
    (void)first;
    void *again = sl_arena_alloc(&a, 16);
    sl_arena_reset(&a);
    assert_ptr_equal(sl_arena_alloc(&a, 16), again);
    sl_arena_fini(&a);
    assert_null(a.chunk);
}

static char order[8];
static char letters[][2] = {"a", "b", "c"};
static void note(void *arg)
{
    strncat(order, arg, 1);
}

TEST(sl_arena_on_reset__runs_newest_first_and_once)
{
    struct sl_arena a;
    sl_arena_init(&a, 0);
    *order = '\0';
    assert_true(sl_arena_on_reset(&a, note, letters[0]) && sl_arena_on_reset(&a, note, letters[1]));
    sl_arena_reset(&a);
    assert_true(sl_arena_on_reset(&a, note, letters[2]));
    sl_arena_fini(&a);
    sl_arena_fini(&a);
    assert_string_equal(order, "bac");
}

TEST(sl_arena__copies_text)
{
    struct sl_arena a;
    sl_arena_init(&a, 0);
    struct sl_str s = sl_arena_str(&a, sl_str("a\0b", 3)), empty = sl_arena_str(&a, sl_str(NULL, 0));
    assert_memory_equal(s.p, "a\0b", 4);
    assert_string_equal(empty.p, "");
    assert_string_equal(sl_arena_printf(&a, "%s-%d", "x", 42), "x-42");
    char *zeros = sl_arena_zalloc(&a, 3000);
    for (int i = 0; i < 3000; i++)
        assert_int_equal(zeros[i], 0);
    sl_arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sl_arena_alloc__is_aligned_and_apart),
        cmocka_unit_test(sl_arena__answers_null_at_the_cap),
        cmocka_unit_test(sl_arena__large_pieces_leave_the_newest_chunk_in_use),
        cmocka_unit_test(sl_arena_reset__keeps_one_small_chunk),
        cmocka_unit_test(sl_arena_on_reset__runs_newest_first_and_once),
        cmocka_unit_test(sl_arena_reserve__holds_just_what_comes),
        cmocka_unit_test(sl_arena__copies_text),
    };
    return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}

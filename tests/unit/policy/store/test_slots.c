/* test_slots.c - unit tests of policy/store/slots.c: real files, real threads, real kills. */
#include "tests/support/cmocka_all.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "policy/store/slots.h"
#include "sluice/log.h"
#include "tests/support/tmpdir.h"

struct item {
    struct slot_head head;
    _Atomic uint64_t count;
    uint64_t identity;
    uint64_t spare;
};

static const struct slots_spec spec = {.what = "test",
                                       .magic = "sltest1",
                                       .slot_bytes = sizeof(struct item),
                                       .identity_offset = offsetof(struct item, identity),
                                       .most = 4096,
                                       .chunk = 64};

struct fixture {
    char *dir, *path;
    struct slots *slots;
};

static struct slots *open_slots(const char *path, uint32_t most, uint64_t owner)
{
    struct slots_spec mine = spec;
    struct slots *s = NULL;
    struct sl_err err = {0};
    mine.most = most;
    if (!slots_open(path, &mine, owner, false, &s, &err))
        fail_msg("%s", err.msg);
    return s;
}

static int set_up(void **state)
{
    struct fixture *f = sl_calloc(1, sizeof *f);
    f->dir = tmpdir_new();
    f->path = tmpdir_path(f->dir, "table");
    f->slots = open_slots(f->path, spec.most, 1);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    slots_close(&f->slots);
    tmpdir_free(&f->dir);
    free(f->path);
    free(f);
    return 0;
}

static void key_of(uint64_t n, uint8_t key[16])
{
    uint64_t mixed = n * 0x9e3779b97f4a7c15u;
    memcpy(key, &mixed, 8);
    memcpy(key + 8, &n, 8);
}

/* Finds or makes item n. False: no room. */
static bool claim(struct slots *s, uint64_t n, struct slot_ref *out)
{
    struct item image = {.identity = n};
    uint8_t key[16];
    key_of(n, key);
    return slots_claim(s, key, 60, &image, out);
}

static bool find(struct slots *s, uint64_t n, struct slot_ref *out)
{
    uint8_t key[16];
    key_of(n, key);
    return slots_find(s, key, 60, out);
}

static void add(struct slots *s, uint64_t n, uint64_t by)
{
    struct slot_ref ref;
    assert_true(claim(s, n, &ref));
    struct item *item = slots_enter(s, ref);
    assert_non_null(item);
    assert_int_equal(item->identity, n);
    atomic_fetch_add(&item->count, by);
    slots_leave(s, ref);
}

static uint64_t count_of(struct slots *s, uint64_t n)
{
    struct slot_ref ref;
    if (!find(s, n, &ref))
        return UINT64_MAX;
    struct item *item = slots_enter(s, ref);
    uint64_t count = atomic_load(&item->count);
    slots_leave(s, ref);
    return count;
}

static bool always(const void *slot, const void *arg)
{
    return true;
}

static bool never(const void *slot, const void *arg)
{
    return false;
}

static void reopen(struct fixture *f)
{
    slots_close(&f->slots);
    f->slots = open_slots(f->path, spec.most, 1);
}

/* How many files the folder has whose name begins so. */
static unsigned files_beginning(const char *dir, const char *prefix)
{
    unsigned count = 0;
    DIR *d = opendir(dir);
    for (struct dirent *e; (e = readdir(d));)
        count += strncmp(e->d_name, prefix, strlen(prefix)) == 0;
    closedir(d);
    return count;
}

static void overwrite(const char *path, long at, const char *bytes, size_t n)
{
    FILE *file = fopen(path, "r+");
    assert_true(file && fseek(file, at, SEEK_SET) == 0 && fwrite(bytes, 1, n, file) == n &&
                fclose(file) == 0);
}

static void slots__find_what_was_claimed(void **state)
{
    struct fixture *f = *state;
    struct slot_ref ref;
    assert_false(find(f->slots, 1, &ref));
    for (uint64_t n = 0; n < 1000; n++)
        add(f->slots, n, n);
    for (uint64_t n = 0; n < 1000; n++)
        assert_int_equal(count_of(f->slots, n), n);
    assert_int_equal(slots_used(f->slots), 1000);
    assert_false(find(f->slots, 1000, &ref));
}

static void slots__survive_closing(void **state)
{
    struct fixture *f = *state;
    for (uint64_t n = 0; n < 200; n++)
        add(f->slots, n, n + 1);
    slots_sync(f->slots);
    reopen(f);
    assert_int_equal(slots_used(f->slots), 200);
    for (uint64_t n = 0; n < 200; n++)
        assert_int_equal(count_of(f->slots, n), n + 1);
}

static void slots__survive_a_kill(void **state)
{
    struct fixture *f = *state;
    slots_close(&f->slots);
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct slots *s = open_slots(f->path, spec.most, 1);
        for (int i = 0; i < 7777; i++)
            add(s, (uint64_t)i % 10, 3);
        if (write(ready[1], "x", 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(ready[0]);
    close(ready[1]);
    f->slots = open_slots(f->path, spec.most, 1);
    uint64_t sum = 0;
    for (uint64_t n = 0; n < 10; n++)
        sum += count_of(f->slots, n);
    assert_int_equal(sum, 7777 * 3);
}

static void slots__say_when_full_and_recover(void **state)
{
    struct fixture *f = *state;
    struct slot_ref ref;
    slots_close(&f->slots);
    unlink(f->path);
    f->slots = open_slots(f->path, 100, 1); /* no multiple of the chunk */
    for (uint64_t n = 0; n < 100; n++)
        assert_true(claim(f->slots, n, &ref));
    assert_false(slots_full(f->slots));
    assert_false(claim(f->slots, 100, &ref));
    assert_true(slots_full(f->slots));
    assert_int_equal(slots_refused(f->slots), 1);
    assert_true(claim(f->slots, 7, &ref)); /* what is there is still found */
    assert_true(find(f->slots, 9, &ref));
    assert_true(slots_free(f->slots, ref.index, always, NULL));
    assert_false(slots_full(f->slots));
    assert_true(claim(f->slots, 100, &ref));
}

static void slots__disk_full_is_no_room(void **state)
{
    struct fixture *f = *state;
    struct slot_ref ref;
    struct rlimit limit = {4096 + 64 * sizeof(struct item), RLIM_INFINITY}, before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    unsigned made = 0;
    while (made < 200 && claim(f->slots, made, &ref))
        made++;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, old);
    assert_int_equal(made, 64);
    assert_true(claim(f->slots, 1000, &ref));
}

static void slots__old_references_mean_nothing(void **state)
{
    struct fixture *f = *state;
    struct slot_ref old, new;
    add(f->slots, 1, 5);
    assert_true(find(f->slots, 1, &old));
    assert_false(slots_free(f->slots, old.index, never, NULL));
    assert_true(slots_free(f->slots, old.index, always, NULL));
    assert_false(slots_free(f->slots, old.index, always, NULL));
    assert_null(slots_enter(f->slots, old));
    assert_true(claim(f->slots, 2, &new));
    assert_int_equal(new.index, old.index);
    assert_null(slots_enter(f->slots, old));
    assert_null(slots_enter_alone(f->slots, old));
    assert_int_equal(count_of(f->slots, 2), 0);
    assert_int_equal(count_of(f->slots, 1), UINT64_MAX);
}

static void slots__drop_a_damaged_slot_alone(void **state)
{
    struct fixture *f = *state;
    for (uint64_t n = 0; n < 10; n++)
        add(f->slots, n, 1);
    slots_close(&f->slots);
    overwrite(f->path, 4096 + 3 * (long)sizeof(struct item) + (long)offsetof(struct item, identity), "?", 1);
    f->slots = open_slots(f->path, spec.most, 1);
    assert_int_equal(slots_used(f->slots), 9);
    assert_int_equal(files_beginning(f->dir, "table.damaged"), 0);
}

static void slots__set_aside_what_is_not_theirs(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *what;
        long at;
        const char *bytes;
        size_t n;
        off_t cut; /* -1: leave the size */
        uint64_t owner;
    } cases[] = {
        {"magic", 0, "X", 1, -1, 1},         {"format", 8, "\xff", 1, -1, 1},
        {"slot size", 12, "\x01", 1, -1, 1}, {"header cut", 0, "", 0, 10, 1},
        {"another secret", 0, "", 0, -1, 2},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        add(f->slots, 1, 1);
        slots_close(&f->slots);
        if (cases[i].n)
            overwrite(f->path, cases[i].at, cases[i].bytes, cases[i].n);
        if (cases[i].cut >= 0)
            assert_int_equal(truncate(f->path, cases[i].cut), 0);
        f->slots = open_slots(f->path, spec.most, cases[i].owner);
        if (slots_used(f->slots) != 0 || files_beginning(f->dir, "table.damaged") == 0)
            fail_msg("%s: not set aside", cases[i].what);
        slots_close(&f->slots);
        tmpdir_free(&f->dir);
        f->dir = tmpdir_new();
        sl_freep(&f->path);
        f->path = tmpdir_path(f->dir, "table");
        f->slots = open_slots(f->path, spec.most, 1);
    }
}

static void slots__keep_the_whole_slots_of_a_cut_file(void **state)
{
    struct fixture *f = *state;
    for (uint64_t n = 0; n < 20; n++)
        add(f->slots, n, 1);
    slots_close(&f->slots);
    /* The last one cut behind its lock, which says that somebody is inside alone. */
    overwrite(f->path, 4096 + 10 * (long)sizeof(struct item) + (long)offsetof(struct slot_head, sync),
              "\xff\xff\xff\xff", 4);
    assert_int_equal(truncate(f->path, 4096 + 10 * (off_t)sizeof(struct item) + 40), 0);
    f->slots = open_slots(f->path, spec.most, 1);
    assert_int_equal(slots_used(f->slots), 10);
    for (uint64_t n = 100; n < 300; n++)
        add(f->slots, n, 1);
    assert_int_equal(slots_used(f->slots), 210);
}

enum { THREADS = 8, TURNS = 20000, ITEMS = 50 };

/* Adds to items, while now and then somebody empties one alone and remembers what it had. */
struct crowd {
    struct slots *slots;
    _Atomic uint64_t taken;
    unsigned seed;
};

static void *crowd_main(void *arg)
{
    struct crowd *c = arg;
    unsigned seed = 1 + (unsigned)(uintptr_t)pthread_self();
    for (int i = 0; i < TURNS; i++) {
        struct slot_ref ref;
        uint64_t n = (uint64_t)rand_r(&seed) % ITEMS;
        if (!claim(c->slots, n, &ref))
            abort();
        if (i % 100 == 0) {
            struct item *item = slots_enter_alone(c->slots, ref);
            atomic_fetch_add(&c->taken, atomic_load(&item->count));
            item->spare++; /* plain: only alone is this no race */
            atomic_store(&item->count, 0);
            slots_leave_alone(c->slots, ref);
        }
        add(c->slots, n, 1);
    }
    return NULL;
}

static void slots__count_exactly_in_a_crowd(void **state)
{
    struct fixture *f = *state;
    struct crowd crowd = {.slots = f->slots};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, crowd_main, &crowd);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    uint64_t sum = atomic_load(&crowd.taken);
    for (uint64_t n = 0; n < ITEMS; n++)
        sum += count_of(f->slots, n);
    assert_int_equal(sum, THREADS * TURNS);
}

/* Makes and finds items while another thread frees them. */
static void *churn_main(void *arg)
{
    struct crowd *c = arg;
    unsigned seed = 1 + (unsigned)(uintptr_t)pthread_self();
    for (int i = 0; i < TURNS; i++) {
        struct slot_ref ref;
        uint64_t n = (uint64_t)rand_r(&seed) % ITEMS;
        if (!claim(c->slots, n, &ref))
            abort();
        struct item *item = slots_enter(c->slots, ref);
        if (!item)
            continue;
        if (item->identity != n)
            abort();
        atomic_fetch_add(&item->count, 1);
        slots_leave(c->slots, ref);
    }
    return NULL;
}

static void *free_main(void *arg)
{
    struct crowd *c = arg;
    unsigned seed = 1 + (unsigned)(uintptr_t)pthread_self();
    for (int i = 0; i < TURNS; i++) {
        uint32_t count = slots_count(c->slots);
        struct slot_ref ref;
        if (!count)
            continue;
        uint32_t index = (uint32_t)rand_r(&seed) % count;
        if (slots_ref_at(c->slots, index, &ref))
            slots_free(c->slots, index, always, NULL);
    }
    return NULL;
}

static void slots__free_among_users(void **state)
{
    struct fixture *f = *state;
    struct crowd crowd = {.slots = f->slots};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, i < 2 ? free_main : churn_main, &crowd);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_true(slots_used(f->slots) <= ITEMS);
    assert_int_equal(slots_count(f->slots) % spec.chunk, 0);
    for (uint64_t n = 0; n < ITEMS; n++)
        add(f->slots, n, 1);
    assert_int_equal(slots_used(f->slots), ITEMS);
}

/* Two processes share nothing but the file, and so do two openings of it. */
static struct slots *open_beside(const struct fixture *f)
{
    struct slots *s = NULL;
    struct sl_err err = {0};
    slots_share(f->slots);
    if (!slots_open(f->path, &spec, 1, true, &s, &err))
        fail_msg("%s", err.msg);
    return s;
}

TEST(slots_share__lets_two_find_what_either_makes)
{
    struct fixture *f = *state;
    add(f->slots, 1, 10);
    struct slots *other = open_beside(f);
    for (uint64_t n = 1; n <= 300; n++) { /* further than a chunk, so both make the file grow */
        add(n % 2 ? other : f->slots, n, 1);
        add(n % 2 ? f->slots : other, n, 1);
    }
    assert_int_equal(count_of(other, 1), 12);
    assert_int_equal(count_of(f->slots, 300), 2);
    assert_int_equal(slots_used(f->slots), 300);
    assert_int_equal(slots_used(other), 300);
    assert_false(slots_free(other, 0, always, NULL)); /* the other one may be using it */
    slots_close(&f->slots);
    slots_own(other);
    assert_true(slots_free(other, 0, always, NULL));
    add(other, 1000, 7);
    slots_close(&other);
    f->slots = open_slots(f->path, spec.most, 1);
    assert_int_equal(slots_used(f->slots), 300);
    assert_int_equal(count_of(f->slots, 1000), 7);
}

struct caller {
    struct slots *slots;
    uint64_t from;
};

static void *add_many(void *arg)
{
    const struct caller *c = arg;
    for (uint64_t n = 0; n < 400; n++)
        add(c->slots, (n + c->from) % 200, 1);
    return NULL;
}

TEST(slots_share__counts_right_from_threads_of_both)
{
    struct fixture *f = *state;
    struct slots *other = open_beside(f);
    struct caller callers[4] = {{f->slots, 0}, {other, 50}, {f->slots, 100}, {other, 150}};
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, &callers[i]), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (uint64_t n = 0; n < 200; n++)
        assert_int_equal(count_of(n % 2 ? other : f->slots, n), 8);
    slots_close(&other);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(slots__find_what_was_claimed),
        CASE(slots__survive_closing),
        CASE(slots__survive_a_kill),
        CASE(slots__say_when_full_and_recover),
        CASE(slots__disk_full_is_no_room),
        CASE(slots__old_references_mean_nothing),
        CASE(slots__drop_a_damaged_slot_alone),
        CASE(slots__set_aside_what_is_not_theirs),
        CASE(slots__keep_the_whole_slots_of_a_cut_file),
        CASE(slots__count_exactly_in_a_crowd),
        CASE(slots__free_among_users),
        CASE(slots_share__lets_two_find_what_either_makes),
        CASE(slots_share__counts_right_from_threads_of_both),
    };
    return cmocka_run_group_tests_name("policy/store/slots", tests, NULL, NULL);
}

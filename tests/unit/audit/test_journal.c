/* test_journal.c - unit tests of audit/journal.c, stream.c and segment.c: what a worker appends, and what is
 * read behind it. */
#include "tests/support/cmocka_all.h"
#include "tests/support/tmpdir.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "tests/unit/audit/samples.h"

#include "audit/journal.h"
#include "audit/record.h"
#include "sluice/log.h"

enum { BYTES = SEGMENT_LEAST };

static int setup(void **state)
{
    *state = tmpdir_new();
    return 0;
}

static int teardown(void **state)
{
    tmpdir_free((char **)state);
    return 0;
}

#define JOURNAL_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void count_wake(void *arg)
{
    if (arg)
        __atomic_fetch_add((int *)arg, 1, __ATOMIC_RELAXED);
}

static struct stream *new_stream(const char *dir, size_t spares)
{
    struct stream *s = stream_new(0x1122334455667788, false);
    for (size_t i = 0; i < spares; i++)
        assert_true(stream_make_spare(s, dir, BYTES, NULL));
    return s;
}

static bool append(struct journal *j, uint64_t n, size_t reserved)
{
    struct sample s;
    sample_fill(&s, n);
    s.r.policy_version = (int64_t)n;
    return journal_append(j, &s.r, reserved);
}

/* The number that append() put into the next record. */
static enum stream_state next_number(struct stream *s, uint64_t *out)
{
    struct frame f;
    struct record r;
    struct sl_str parts[PART_COUNT];
    enum stream_state state = stream_next(s, &f);
    if (state == STREAM_RECORD) {
        assert_true(record_decode(f.payload, &r, parts));
        *out = (uint64_t)r.policy_version;
    }
    return state;
}

/* The same files as an earlier life would have left them. */
static struct stream *old_stream(const char *dir, size_t count)
{
    struct stream *s = stream_new(0x1122334455667788, true);
    for (size_t i = 1; i <= count; i++) {
        struct segment *segment;
        SL_CLEANUP(sl_freep) char *name = sl_asprintf("1122334455667788-%08zx.jnl", i);
        assert_true(segment_find(dir, name, &segment, NULL));
        stream_add_old(s, segment);
    }
    return s;
}

TEST(journal__gives_back_records_in_order)
{
    struct stream *s = new_stream(*state, 2);
    struct journal *j = journal_new(s, BYTES, count_wake, NULL);
    uint64_t number;
    assert_int_equal(next_number(s, &number), STREAM_WAIT);
    for (uint64_t i = 0; i < 300; i++) {
        assert_true(append(j, i, 0));
        assert_int_equal(next_number(s, &number), STREAM_RECORD);
        assert_int_equal(number, i);
        assert_int_equal(next_number(s, &number), STREAM_WAIT);
    }
    journal_close(&j);
    assert_int_equal(next_number(s, &number), STREAM_END);
    stream_free(s);
}

TEST(journal__goes_on_in_the_next_segment)
{
    struct stream *s = new_stream(*state, 4);
    struct journal *j = journal_new(s, BYTES, count_wake, NULL);
    uint64_t count = 0, number;
    while (append(j, count, 0))
        count++;
    assert_true(count > 4 * (BYTES - FRAME_MOST) / 600);
    assert_int_equal(s->taken, 4);
    for (uint64_t i = 0; i < count; i++) {
        assert_int_equal(next_number(s, &number), STREAM_RECORD);
        assert_int_equal(number, i);
    }
    assert_int_equal(next_number(s, &number), STREAM_WAIT);
    s->stored = s->read;
    stream_drop_stored(s);
    assert_int_equal(s->count, 1);
    assert_true(stream_make_spare(s, *state, BYTES, NULL));
    while (append(j, count, 0))
        count++;
    journal_close(&j);
    uint64_t last = 0;
    while (next_number(s, &number) == STREAM_RECORD)
        last = number;
    assert_int_equal(last, count - 1);
    stream_free(s);
}

/* Random reserving, appending and releasing with few spares: what was promised is kept, always. */
TEST(journal_reserve__is_a_promise)
{
    static char texts[4096];
    uint64_t rng = 9, appended = 0, refused = 0, next = 0;
    for (int round = 0; round < 20; round++) {
        struct stream *s = new_stream(*state, 1 + sample_random(&rng) % 3);
        struct journal *j = journal_new(s, BYTES, count_wake, NULL);
        size_t open[256], count = 0;
        memset(texts, 'x', sizeof texts);
        for (int step = 0; step < 3000; step++) {
            uint64_t what = sample_random(&rng) % 10;
            if (what < 5 && count < SL_COUNT(open)) {
                size_t bytes = record_bound(sample_random(&rng) % 9000);
                if (journal_reserve(j, bytes))
                    open[count++] = bytes;
                else
                    refused++;
            } else if (what < 8 && count) {
                struct sample sample;
                size_t i = sample_random(&rng) % count;
                sample_fill(&sample, next++);
                /* Sometimes more than was asked for: then it is cut, not refused. */
                sample.r.path = sample.r.query = sample.r.referrer =
                    sl_str(texts, sample_random(&rng) % sizeof texts);
                assert_true(journal_append(j, &sample.r, open[i]));
                open[i] = open[--count];
                appended++;
            } else if (what == 8 && count) {
                journal_release(j, open[--count]);
            } else if (stream_spares(s) < 2 && sample_random(&rng) % 20 == 0) {
                assert_true(stream_make_spare(s, *state, BYTES, NULL));
                journal_tend(j);
            }
        }
        while (count) {
            assert_true(append(j, next++, open[--count]));
            appended++;
        }
        journal_close(&j);
        struct frame f;
        uint64_t seq = 0;
        while (stream_next(s, &f) == STREAM_RECORD)
            assert_int_equal(f.seq, ++seq);
        assert_int_equal(seq, appended);
        assert_int_equal(s->damaged, 0);
        appended = 0;
        stream_drop_all(s);
        stream_free(s);
    }
    assert_true(refused > 0);
}

TEST(journal_tend__asks_once_for_what_is_needed)
{
    int wakes = 0;
    struct stream *s = new_stream(*state, 2);
    struct journal *j = journal_new(s, BYTES, count_wake, &wakes);
    journal_tend(j);
    assert_int_equal(wakes, 0);
    uint64_t n = 0;
    while (stream_spares(s) > 0)
        assert_true(append(j, n++, 0));
    for (int i = 0; i < 5; i++)
        journal_tend(j);
    assert_int_equal(wakes, 1);
    assert_int_equal(s->wanted, 1);
    assert_true(stream_make_spare(s, *state, BYTES, NULL));
    journal_tend(j);
    while (journal_reserve(j, record_bound(2000)))
        continue;
    journal_tend(j);
    assert_int_equal(wakes, 2);
    assert_true(s->wanted > 1);
    journal_close(&j);
    stream_free(s);
}

struct reader {
    struct stream *s;
    const char *dir;
    uint64_t count;
};

/* What the writer does, without a database. */
static void *run_reader(void *arg)
{
    struct reader *r = arg;
    for (;;) {
        uint64_t number;
        switch (next_number(r->s, &number)) {
        case STREAM_RECORD:
            assert_int_equal(number, r->count++);
            r->s->stored = r->s->read;
            break;
        case STREAM_END:
            return NULL;
        case STREAM_WAIT:
            stream_drop_stored(r->s);
            if (stream_spares(r->s) < 2)
                assert_true(stream_make_spare(r->s, r->dir, BYTES, NULL));
            break;
        }
    }
}

TEST(journal__is_read_while_it_is_written)
{
    enum { COUNT = 20000 };
    struct stream *s = new_stream(*state, 2);
    struct journal *j = journal_new(s, BYTES, count_wake, NULL);
    struct reader r = {s, *state, 0};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run_reader, &r), 0);
    for (uint64_t i = 0; i < COUNT; i++)
        while (!append(j, i, 0))
            sched_yield();
    journal_close(&j);
    pthread_join(thread, NULL);
    assert_int_equal(r.count, COUNT);
    stream_drop_all(s);
    stream_free(s);
}

/* ---- files of an earlier life ---- */

/* Leaves `count` records in segment files, as a killed process does: no end mark. Returns how many files. */
static size_t leave(const char *dir, uint64_t count)
{
    struct stream *s = new_stream(dir, 8);
    struct journal *j = journal_new(s, BYTES, count_wake, NULL);
    for (uint64_t i = 0; i < count; i++)
        assert_true(append(j, i, 0));
    free(j);
    size_t files = s->count;
    stream_free(s);
    return files;
}

static int open_segment(const char *dir, unsigned number)
{
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/1122334455667788-%08x.jnl", dir, number);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    return fd;
}

static size_t count_old(const char *dir, size_t files, uint64_t *out_damaged)
{
    struct stream *s = old_stream(dir, files);
    uint64_t number, last = 0;
    size_t count = 0;
    while (next_number(s, &number) == STREAM_RECORD) {
        assert_true(count == 0 || number > last);
        last = number;
        count++;
    }
    *out_damaged = s->damaged;
    stream_free(s);
    return count;
}

TEST(stream__reads_what_a_killed_process_left)
{
    uint64_t damaged;
    size_t files = leave(*state, 1000);
    assert_int_equal(count_old(*state, files, &damaged), 1000);
    assert_int_equal(damaged, 0);
    assert_int_equal(count_old(*state, files, &damaged), 1000);
}

TEST(stream__reads_again_from_where_it_is_put)
{
    size_t files = leave(*state, 1000);
    struct stream *s = old_stream(*state, files);
    uint64_t number;
    for (int i = 0; i < 100; i++)
        next_number(s, &number);
    s->stored = s->read;
    while (next_number(s, &number) == STREAM_RECORD)
        continue;
    s->read = s->stored;
    for (uint64_t i = 100; i < 1000; i++) {
        assert_int_equal(next_number(s, &number), STREAM_RECORD);
        assert_int_equal(number, i);
    }
    assert_int_equal(next_number(s, &number), STREAM_END);
    stream_free(s);
}

/* The offset behind record `after` of the first segment, as a reader of a fresh stream sees it. */
static off_t offset_behind(const char *dir, size_t files, int after)
{
    struct stream *s = old_stream(dir, files);
    uint64_t number;
    for (int i = 0; i <= after; i++)
        assert_int_equal(next_number(s, &number), STREAM_RECORD);
    off_t at = (off_t)s->read.at;
    stream_free(s);
    return at;
}

TEST(stream__loses_one_record_to_one_bad_byte)
{
    uint64_t damaged;
    size_t files = leave(*state, 200);
    off_t at = offset_behind(*state, files, 49);
    int fd = open_segment(*state, 1);
    static const off_t places[] = {20, 5, 8, 2}; /* payload, checksum, sequence number, length */
    for (size_t i = 0; i < SL_COUNT(places); i++) {
        unsigned char was, now;
        assert_int_equal(pread(fd, &was, 1, at + places[i]), 1);
        now = was ^ 0x41;
        assert_int_equal(pwrite(fd, &now, 1, at + places[i]), 1);
        assert_int_equal(count_old(*state, files, &damaged), 199);
        assert_int_equal(damaged, 1);
        assert_int_equal(pwrite(fd, &was, 1, at + places[i]), 1);
    }
    assert_int_equal(count_old(*state, files, &damaged), 200);
    close(fd);
}

/* A power cut may leave a page of zeros in the middle, or a tail that was never written. */
TEST(stream__goes_on_behind_a_hole)
{
    uint64_t damaged;
    static const char zeros[4096];
    size_t files = leave(*state, 200);
    off_t at = offset_behind(*state, files, 99);
    int fd = open_segment(*state, 1);
    assert_int_equal(pwrite(fd, zeros, sizeof zeros, at - 100), sizeof zeros);
    size_t count = count_old(*state, files, &damaged);
    assert_in_range(count, 200 - 20, 199);
    assert_true(damaged > 0);
    assert_int_equal(ftruncate(fd, at - 100), 0);
    assert_int_equal(count_old(*state, files, &damaged), 99);
    assert_int_equal(damaged, 1);
    close(fd);
}

TEST(stream__sets_files_aside_that_make_no_sense)
{
    static const char *const contents[] = {
        "x", "this is no journal but a text of some length, longer than the header is.....", ""};
    for (size_t i = 0; i < SL_COUNT(contents); i++) {
        char *path = tmpdir_write(*state, "1122334455667788-00000001.jnl", contents[i]);
        uint64_t damaged;
        assert_int_equal(count_old(*state, 1, &damaged), 0);
        SL_CLEANUP(sl_freep) char *aside = sl_asprintf("%s.damaged", path);
        /* An empty file holds nothing and is no reason to worry. */
        assert_int_equal(access(aside, F_OK) == 0, *contents[i] != '\0');
        unlink(aside);
        unlink(path);
        free(path);
    }
}

TEST(stream__refuses_a_segment_under_another_name)
{
    uint64_t damaged;
    leave(*state, 10);
    SL_CLEANUP(sl_freep) char *from = tmpdir_path(*state, "1122334455667788-00000001.jnl");
    SL_CLEANUP(sl_freep) char *to = tmpdir_path(*state, "1122334455667788-00000002.jnl");
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(count_old(*state, 2, &damaged), 0);
}

TEST(segment_find__knows_its_names)
{
    static const struct {
        const char *name;
        bool ours;
    } names[] = {{"1122334455667788-00000001.jnl", true},
                 {"1122334455667788-00000001.jnl.damaged", false},
                 {"1122334455667788-0000001.jnl", false},
                 {"112233445566778g-00000001.jnl", false},
                 {"lock", false},
                 {"", false},
                 {".", false},
                 {"1122334455667788-00000001", false}};
    for (size_t i = 0; i < SL_COUNT(names); i++) {
        struct segment *segment = NULL;
        assert_int_equal(segment_find("x", names[i].name, &segment, NULL), names[i].ours);
        segment_free(&segment);
    }
}

int main(void)
{
    sl_log_level(SL_LOG_ERROR);
    const struct CMUnitTest tests[] = {
        JOURNAL_TEST(journal__gives_back_records_in_order),
        JOURNAL_TEST(journal__goes_on_in_the_next_segment),
        JOURNAL_TEST(journal_reserve__is_a_promise),
        JOURNAL_TEST(journal_tend__asks_once_for_what_is_needed),
        JOURNAL_TEST(journal__is_read_while_it_is_written),
        JOURNAL_TEST(stream__reads_what_a_killed_process_left),
        JOURNAL_TEST(stream__reads_again_from_where_it_is_put),
        JOURNAL_TEST(stream__loses_one_record_to_one_bad_byte),
        JOURNAL_TEST(stream__goes_on_behind_a_hole),
        JOURNAL_TEST(stream__sets_files_aside_that_make_no_sense),
        JOURNAL_TEST(stream__refuses_a_segment_under_another_name),
        JOURNAL_TEST(segment_find__knows_its_names),
    };
    return cmocka_run_group_tests_name("audit/journal", tests, NULL, NULL);
}

/* test_conn.c - unit tests of proxy/conn: its tables, and who may connect. */
#include "proxy/conn/conn.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fs.h"
#include "tests/support/cmocka_all.h"

TEST(conn_diagram__stands_in_the_readme)
{
    struct sl_text diagram = {0};
    struct sl_err err = {0};
    char *readme = NULL;
    size_t n;
    conn_diagram(&diagram);
    assert_true(fs_read(SLUICE_SOURCE_DIR "/proxy/conn/README.md", 1 << 20, &readme, &n, &err));
    if (!strstr(readme, diagram.p))
        fail_msg("the table and README.md differ; put this there:\n%s", diagram.p);
    free(readme);
    sl_text_fini(&diagram);
}

TEST(fault_row__each_has_a_word_or_a_reason)
{
    for (int f = FAULT_NONE + 1; f < FAULT_COUNT; f++) {
        const struct fault_row *row = fault_row((enum fault)f);
        assert_non_null(row->word);
        assert_true(*row->word || row->reason || f == FAULT_POLICY_CUT);
        assert_true(row->page <= PAGE_KIND_COUNT);
        for (const char *p = row->word; *p; p++)
            assert_true((*p >= 'a' && *p <= 'z') || *p == '-');
    }
}

/* "| `word` | 502 `connection_refused` |": how the line of a fault in docs/errors.md begins. */
static char *line_of(enum fault f)
{
    static char line[256];
    const struct fault_row *row = fault_row(f);
    const char *word = *row->word ? row->word : row->reason;
    struct page page = {.kind = f == FAULT_POLICY_CUT ? PAGE_BLOCK : row->page, .error = row->error};
    SL_CLEANUP(sl_text_fini) struct sl_text text = {0};
    if (page.kind == PAGE_KIND_COUNT) {
        snprintf(line, sizeof line, "\n| `%s` | cut |", word);
        return line;
    }
    page_build(&page, &text);
    const char *error = strstr(text.p, "error=") + strlen("error=");
    snprintf(line, sizeof line, "\n| `%s` | %.3s `%.*s` |", word, text.p + strlen("HTTP/1.1 "),
             (int)strcspn(error, ";\r"), error);
    return line;
}

TEST(fault_row__is_explained_in_the_docs)
{
    static const char side[][10] = {"client-", "origin-", "parent-", "dns-", "gateway-", "tunnel-"};
    struct sl_err err = {0};
    char *docs = NULL;
    size_t n;
    assert_true(fs_read(SLUICE_SOURCE_DIR "/docs/errors.md", 1 << 20, &docs, &n, &err));
    for (int f = FAULT_NONE + 1; f < FAULT_COUNT; f++) {
        const char *word = fault_row((enum fault)f)->word;
        bool sided = *word == '\0';
        for (size_t i = 0; i < SL_COUNT(side); i++)
            sided |= strncmp(word, side[i], strlen(side[i])) == 0;
        if (!sided)
            fail_msg("'%s' does not begin with the side that failed", word);
        if (!strstr(docs, line_of((enum fault)f)))
            fail_msg("docs/errors.md needs a line that begins with%s", line_of((enum fault)f));
    }
    for (char *at = docs; (at = strstr(at, "\n| `")); at++) { /* and none for what is gone */
        char cell[4] = "";
        bool known = sscanf(at, "\n| `%*[^`]` | %3s", cell) != 1 || (strcmp(cell, "cut") != 0 && *cell > '9');
        for (int f = FAULT_NONE + 1; f < FAULT_COUNT && !known; f++)
            known = strncmp(at, line_of((enum fault)f), strlen(line_of((enum fault)f))) == 0;
        if (!known)
            fail_msg("docs/errors.md tells of a fault that there is not:%.60s", at);
    }
    free(docs);
}

TEST(tls_fault_word__is_explained_in_the_docs)
{
    char *docs = NULL, word[64];
    size_t n;
    assert_true(fs_read(SLUICE_SOURCE_DIR "/docs/errors.md", 1 << 20, &docs, &n, NULL));
    for (int f = TLS_FAULT_NONE + 1; f < TLS_FAULT_COUNT; f++) {
        snprintf(word, sizeof word, "`%s`", tls_fault_word((enum tls_fault)f));
        if (!strstr(docs, word))
            fail_msg("docs/errors.md has no word on %s", word);
    }
    free(docs);
}

TEST(fault_row__counts_limits_and_deadlines_only)
{
    static const char *const names[] = {
#define X(id, kind, name, labels, help) name,
        METRICS(X)
#undef X
    };
    for (int f = 0; f < FAULT_COUNT; f++) {
        const char *name = names[fault_row(f)->counter];
        if (fault_row(f)->counter && strcmp(name, "limit_hits_total") != 0 &&
            strcmp(name, "timeouts_total") != 0)
            fail_msg("%s counts %s", fault_row(f)->word, name);
    }
}

static struct sl_addr addr(unsigned n)
{
    return (struct sl_addr){{0x20, 0x01, 0x0d, 0xb8, [14] = (uint8_t)(n >> 8), [15] = (uint8_t)n}};
}

enum { MOST = 3 };

TEST(clients__counts_each_address_and_all)
{
    struct clients *c = clients_new(10);
    uint32_t place[10], extra;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(clients_enter(c, addr(1), MOST, &place[i]), CLIENTS_WELCOME);
    assert_int_equal(clients_enter(c, addr(1), MOST, &extra), CLIENTS_TOO_MANY_OF_ONE);
    for (unsigned i = 3; i < 10; i++)
        assert_int_equal(clients_enter(c, addr(i), MOST, &place[i]), CLIENTS_WELCOME);
    assert_int_equal(clients_enter(c, addr(77), MOST, &extra), CLIENTS_TOO_MANY);
    assert_int_equal(clients_count(c), 10);
    clients_leave(c, place[0]);
    assert_int_equal(clients_enter(c, addr(1), MOST, &place[0]), CLIENTS_WELCOME);
    for (unsigned i = 0; i < 10; i++)
        clients_leave(c, place[i]);
    assert_int_equal(clients_count(c), 0);
    clients_free(&c);
}

TEST(clients__forgets_addresses_that_left)
{
    struct clients *c = clients_new(100);
    for (unsigned round = 0; round < 200; round++) {
        uint32_t place[100], again;
        for (unsigned i = 0; i < 100; i++)
            assert_int_equal(clients_enter(c, addr(round * 100 + i), 1, &place[i]), CLIENTS_WELCOME);
        assert_int_not_equal(clients_enter(c, addr(round * 100), 1, &again), CLIENTS_WELCOME);
        for (unsigned i = 0; i < 100; i++) {
            assert_int_not_equal(place[i], CLIENTS_UNCOUNTED);
            clients_leave(c, place[i]);
        }
    }
    clients_free(&c);
}

static void *come_and_go(void *arg)
{
    for (unsigned i = 0; i < 20000; i++) {
        uint32_t place;
        if (clients_enter(arg, addr(i % 7), 2, &place) == CLIENTS_WELCOME)
            clients_leave(arg, place);
    }
    return NULL;
}

TEST(clients__counts_right_from_many_threads)
{
    struct clients *c = clients_new(100);
    pthread_t threads[4];
    uint32_t place;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, c), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(clients_count(c), 0);
    for (unsigned i = 0; i < 7; i++)
        for (unsigned k = 0; k < 2; k++)
            assert_int_equal(clients_enter(c, addr(i), 2, &place), CLIENTS_WELCOME);
    clients_free(&c);
}

TEST(clients__counts_what_users_have_beside_connections)
{
    struct clients *c = clients_new(10);
    uint32_t place, other;
    assert_true(clients_take(c, CLIENTS_USER_TUNNELS, SL_STR("ann"), 1, &place));
    assert_false(clients_take(c, CLIENTS_USER_TUNNELS, SL_STR("ann"), 1, &other));
    assert_true(clients_take(c, CLIENTS_USER_TUNNELS, SL_STR("bob"), 1, &other));
    assert_true(clients_take(c, CLIENTS_TUNNELS, SL_STR("ann"), 1, &other));
    clients_give(c, place);
    assert_true(clients_take(c, CLIENTS_USER_TUNNELS, SL_STR("ann"), 1, &place));
    assert_int_equal(clients_count(c), 0);
    clients_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conn_diagram__stands_in_the_readme),
        cmocka_unit_test(fault_row__each_has_a_word_or_a_reason),
        cmocka_unit_test(fault_row__is_explained_in_the_docs),
        cmocka_unit_test(tls_fault_word__is_explained_in_the_docs),
        cmocka_unit_test(fault_row__counts_limits_and_deadlines_only),
        cmocka_unit_test(clients__counts_each_address_and_all),
        cmocka_unit_test(clients__forgets_addresses_that_left),
        cmocka_unit_test(clients__counts_right_from_many_threads),
        cmocka_unit_test(clients__counts_what_users_have_beside_connections),
    };
    return cmocka_run_group_tests_name("proxy/conn/conn", tests, NULL, NULL);
}

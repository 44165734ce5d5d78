/* test_crash.c - the store is killed at any moment, again and again; what it said was done is done, and
 * nothing is half. */
#include "tests/support/cmocka_all.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/store/ledger.h"
#include "support.h"

enum { LIVES = 25, LONGEST_US = 150000 };

/* What a life has confirmed, in memory that outlives it. */
struct promises {
    _Atomic int64_t version, list_turn;
    _Atomic uint64_t charged,
        charging; /* requests counted for sure; with those that were under way at a kill */
};

static const int64_t noon = 1795003200 - 1795003200 % 86400 + 43200;

static void apply_turn(struct store *s, struct promises *p, int turn)
{
    SL_CLEANUP(sl_freep)
    char *quoted =
        sl_asprintf("{'schema': 1, 'note': 'turn %d', 'timezone': 'UTC', 'default': {'then': 'allow'},"
                    " 'categories': {'bad': {'lists': ['bad']}}, 'rules': [{'id': 'bad', 'if': {'category': "
                    "['bad']}, 'then': 'block'}],"
                    " 'quotas': [{'id': 'q', 'if': {}, 'per': 'all', 'window': 'day', 'requests': 1000000, "
                    "'then': 'block'}]}",
                    turn);
    json_t *doc = json_of(quoted);
    int64_t version;
    if (!store_policy_apply(s, doc, SL_STR(""), &tester, -1, &version, NULL, NULL))
        _exit(1);
    json_decref(doc);
    atomic_store(&p->version, version);
}

static void charge(struct store *s, struct promises *p, int times)
{
    struct snapshot *snap = policy_live_get(store_live(s));
    struct ledger_entry *e = ledger_find(store_ledger(s), snap, 0, SL_STR("all"), noon);
    for (int i = 0; i < times; i++) {
        atomic_fetch_add(&p->charging, 1);
        ledger_charge(store_ledger(s), e, snap, 0, noon, 1, 1);
        atomic_fetch_add(&p->charged, 1);
    }
    snapshot_unref(&snap);
}

static void list_turn(struct fixture *f, struct store *s, struct promises *p, int turn)
{
    SL_CLEANUP(sl_freep) char *text = sl_asprintf("always.example\nturn%d.example\n", turn);
    free(tmpdir_write(f->dir, "bad.txt", text));
    if (!store_list_update(s, SL_STR("bad"), &tester, NULL, NULL, NULL, NULL))
        _exit(2);
    atomic_store(&p->list_turn, turn);
}

/* One life: changes everything until it is killed. */
static void live(struct fixture *f, struct promises *p, int first_turn)
{
    struct store *s = open_store(f->state);
    for (int turn = first_turn;; turn++) {
        apply_turn(s, p, turn);
        charge(s, p, 50);
        list_turn(f, s, p, turn);
        if (!store_policy_rollback(s, 2, &(struct policy_commit){.by = &tester}, NULL, NULL, NULL))
            _exit(3);
        atomic_store(&p->version, store_policy_version(s));
    }
}

static bool is_listed(struct store *s, const char *host)
{
    json_t *out = NULL;
    bool found = store_categories_lookup(s, sl_cstr(host), &out, NULL) &&
                 json_array_size(json_object_get(out, "lists")) > 0;
    json_decref(out);
    return found;
}

static void check_promises(struct store *s, struct promises *p)
{
    struct quota_use use;
    struct snapshot *snap = policy_live_get(store_live(s));
    json_t *rows = NULL;
    assert_true(store_policy_version(s) >= atomic_load(&p->version));
    assert_int_equal(snapshot_version(snap), store_policy_version(s));
    assert_true(is_listed(s, "always.example"));
    /* The list is that of the last turn which was confirmed, or of the one after it. */
    SL_CLEANUP(sl_freep) char *this = sl_asprintf("turn%lld.example", (long long)atomic_load(&p->list_turn));
    SL_CLEANUP(sl_freep)
    char *next = sl_asprintf("turn%lld.example", (long long)atomic_load(&p->list_turn) + 1);
    assert_int_equal(is_listed(s, this) + is_listed(s, next), 1);
    ledger_use(store_ledger(s), ledger_peek(store_ledger(s), snap, 0, SL_STR("all"), noon), snap, 0, noon,
               &use);
    assert_true(use.requests >= atomic_load(&p->charged) && use.requests <= atomic_load(&p->charging));
    assert_int_equal(use.minutes, 1);
    /* As many rows of the change log as versions, though they were written in many lives. */
    assert_true(store_policy_versions(s, 0, 1000, &rows, NULL));
    assert_int_equal(json_array_size(rows), store_policy_version(s));
    json_decref(rows);
    snapshot_unref(&snap);
}

static void store__keeps_its_promises_through_kills(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    struct promises *p = mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    SL_CLEANUP(sl_freep) char *path = tmpdir_write(f->dir, "bad.txt", "always.example\nturn0.example\n");
    struct list_source_spec spec = {.name = SL_STR("bad"), .path = sl_cstr(path)};
    if (!store_list_add(f->store, &spec, &tester, NULL, NULL, NULL, &err))
        fail_msg("%s", err.msg);
    apply_turn(f->store, p, 0);
    charge(f->store, p, 1);
    unsigned seed = 1;
    for (int life = 0; life < LIVES; life++) {
        store_close(&f->store);
        pid_t child = fork();
        if (child == 0)
            live(f, p, (int)atomic_load(&p->list_turn) + 1);
        usleep((useconds_t)rand_r(&seed) % LONGEST_US + 5000);
        kill(child, SIGKILL);
        int status;
        waitpid(child, &status, 0);
        assert_true(WIFSIGNALED(status));
        f->store = open_store(f->state);
        check_promises(f->store, p);
        /* The last life may have got one turn further than it could say. */
        SL_CLEANUP(sl_freep)
        char *next = sl_asprintf("turn%lld.example", (long long)atomic_load(&p->list_turn) + 1);
        if (is_listed(f->store, next))
            atomic_fetch_add(&p->list_turn, 1);
    }
    assert_true(atomic_load(&p->list_turn) > 0);
    munmap(p, sizeof *p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(store__keeps_its_promises_through_kills)};
    return cmocka_run_group_tests_name("policy/store/crash", tests, NULL, NULL);
}

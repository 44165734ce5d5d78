/* counts.c - see counts.h. */
#include "replay/counts.h"

#include <stdlib.h>

/* All together some 100 MB at the very most, and a few KB for a change that concerns few. */
enum {
    HOSTS_MOST = 100000,
    USERS_MOST = 100000,
    RULES_MOST = 25000,
    ROWS_MOST = 200000,
    PAIRS_MOST = 1 << 20
};
enum pair_kind { ROW_USER = 1, CHANGE_USER, USER_HOST };

void counts_init(struct counts *c, size_t examples)
{
    *c = (struct counts){.example_most = examples};
    tally_init(&c->hosts, HOSTS_MOST);
    tally_init(&c->users, USERS_MOST);
    tally_init(&c->rules, RULES_MOST);
    tally_init(&c->changes, RULES_MOST);
    tally_init(&c->rows, ROWS_MOST);
    pairs_init(&c->pairs, PAIRS_MOST);
    c->examples = sl_calloc(examples + 1, sizeof *c->examples);
}

void counts_fini(struct counts *c)
{
    tally_fini(&c->hosts);
    tally_fini(&c->users);
    tally_fini(&c->rules);
    tally_fini(&c->changes);
    tally_fini(&c->rows);
    pairs_fini(&c->pairs);
    free(c->examples);
}

/* The item counted once more, NULL when there was no room for it. */
static struct tally_item *count(struct tally *t, struct sl_str key, const struct record *r)
{
    int number = tally_number(t, key);
    if (number < 0)
        return NULL;
    struct tally_item *item = &t->items[number];
    if (item->requests++ == 0)
        item->example = r->id;
    return item;
}

static uint32_t number_of(const struct tally *t, const struct tally_item *item)
{
    return (uint32_t)(item - t->items);
}

/* Counts b under a, once. */
static void pair(struct counts *c, enum pair_kind kind, struct tally_item *a, uint32_t number, uint32_t b)
{
    switch (pairs_add(&c->pairs, (uint64_t)kind << 62 | (uint64_t)number << 31 | b)) {
    case PAIR_NEW:
        a->distinct++;
        break;
    case PAIR_NO_ROOM:
        c->crowded_rows = true;
        break;
    case PAIR_KNOWN:
        break;
    }
}

/* Who asked: the user, or the client's address when nobody was identified. '@' tells names from addresses. */
static struct tally_item *count_user(struct counts *c, const struct record *r)
{
    char buf[SL_ADDR_TEXT + 1] = "@";
    char address[SL_ADDR_TEXT];
    struct sl_str key = r->user;
    if (key.n == 0) {
        struct sl_str text = sl_cstr(sl_addr_text(r->client, address));
        memcpy(buf + 1, text.p, text.n);
        key = sl_str(buf, text.n + 1);
    }
    struct tally_item *user = count(&c->users, key, r);
    c->crowded_users = c->crowded_users || !user;
    return user;
}

static struct tally_item *count_change(struct counts *c, const struct record *r, const struct side *before,
                                       const struct side *after)
{
    struct change_key key = {before->action, after->action, tally_number(&c->rules, before->rule),
                             tally_number(&c->rules, after->rule)};
    return count(&c->changes, sl_str((const char *)&key, sizeof key), r);
}

static void count_transition(struct counts *c, const struct side *before, const struct side *after,
                             struct tally_item *user)
{
    unsigned transition = (unsigned)before->action * ACTIONS + (unsigned)after->action;
    uint64_t bit = UINT64_C(1) << transition;
    c->transitions[transition]++;
    if (user && !(user->bits & bit)) {
        user->bits |= bit;
        c->transition_users[transition]++;
    }
}

void counts_change(struct counts *c, const struct record *r, const struct side *before,
                   const struct side *after)
{
    struct tally_item *user = count_user(c, r), *host = count(&c->hosts, r->host, r),
                      *change = count_change(c, r, before, after), *row = NULL;
    c->changed++;
    c->crowded_hosts = c->crowded_hosts || !host;
    if (c->example_count < c->example_most)
        c->examples[c->example_count++] = r->id;
    count_transition(c, before, after, user);
    if (host && change) {
        struct row_key key = {number_of(&c->hosts, host), number_of(&c->changes, change)};
        row = count(&c->rows, sl_str((const char *)&key, sizeof key), r);
    }
    c->crowded_rows = c->crowded_rows || (host && !row);
    if (!user)
        return;
    uint32_t who = number_of(&c->users, user);
    if (row)
        pair(c, ROW_USER, row, number_of(&c->rows, row), who);
    if (change)
        pair(c, CHANGE_USER, change, number_of(&c->changes, change), who);
    if (host)
        pair(c, USER_HOST, user, who, number_of(&c->hosts, host));
}

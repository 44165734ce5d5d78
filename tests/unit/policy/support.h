/* support.h - what the tests of policy/ share: documents and facts written as text, and a list provider made
 * of arrays. */
#ifndef TESTS_UNIT_POLICY_SUPPORT_H
#define TESTS_UNIT_POLICY_SUPPORT_H

#include "tests/support/cmocka_all.h"

#include "sluice/policy.h"

/* ---- lists ---- */

struct fake_entry {
    const char *list, *host, *path; /* path NULL: the host and what is below it */
};
struct fake_lists {
    struct list_provider provider; /* first: the provider is the struct */
    const char *const *names;
    const struct fake_entry *entries;
    size_t entry_count;
    struct {
        const char *list, *pattern;
    } expressions[4];
    int refs;
};
/* names ends in NULL. */
void fake_lists_init(struct fake_lists *f, const char *const *names, const struct fake_entry *entries,
                     size_t count);

/* ---- documents: JSON in which ' stands for " ---- */

json_t *document(const char *text);
/* Fails the test when the document has a fault. */
struct snapshot *compile(const char *text, struct list_provider *lists);

/* ---- facts, as a row of a table ---- */

struct request {
    const char *url; /* CONNECT: "host:port" */
    const char *user, *client, *method, *at, *user_agent, *group, *address, *content_type;
    int64_t size; /* 0: unknown */
    unsigned known;
};
/* The facts point into static storage that the next call reuses. */
const struct facts *facts_of(const struct request *r);

/* "block by malware", "allow by default" */
const char *verdict_text(const struct verdict *v);

#endif

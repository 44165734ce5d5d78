/* condition.h - `if` and `unless`: what they look like once read. A condition is a list of clauses that must
 * all hold; a clause is one key with its values, any of which is enough. */
#ifndef POLICY_CONDITION_H
#define POLICY_CONDITION_H

#include "policy/validity.h"

/* In order of cost: a condition's clauses are tried in this order. */
enum condition_kind {
    CONDITION_SCHEME,
    CONDITION_CATEGORY,
    CONDITION_HOST,
    CONDITION_URL,
    CONDITION_PORT,
    CONDITION_METHOD,
    CONDITION_REGEX,
    CONDITION_GROUP,
    CONDITION_USER,
    CONDITION_NETWORK,
    CONDITION_SCHEDULE,
    CONDITION_ADDRESS,
    CONDITION_EXTENSION,
    CONDITION_CONTENT_TYPE,
    CONDITION_SIZE_OVER,
    CONDITION_USER_AGENT,
    CONDITION_KINDS
};

struct port_range {
    uint16_t from, to;
};
struct clause {
    enum condition_kind kind;
    uint32_t count;
    union {
        uint32_t
            *ids; /* user extension (sorted) group network schedule: numbers of names; regex: of patterns */
        struct sl_str *texts;     /* scheme method content_type user_agent */
        struct port_range *ports; /* port */
        struct category_set *set; /* category */
        uint32_t id;              /* host url: bit of the overlay; address: bit of document.addresses */
        uint64_t size;            /* size_over */
    };
    const json_t *json; /* the values as written, for people */
};
struct condition {
    struct clause *clauses;
    size_t count;
};
/* What guards a rule, a quota, a header rule or an inspection rule. */
struct guard {
    struct condition when, unless;
    bool has_unless;
    struct validity *valid; /* NULL: always */
};

/* The clause of this kind, NULL when the condition has none. */
static inline const struct clause *condition_clause(const struct condition *c, enum condition_kind kind)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->clauses[i].kind == kind)
            return &c->clauses[i];
    return NULL;
}

const char *condition_word(enum condition_kind kind); /* the key in the document */
const char *condition_schema(enum condition_kind kind);
extern const char *const condition_help;
void condition_read(struct reader *r, const json_t *value, struct condition *out);

#endif

/* services.h - the services of other companies whose restrictions a header rule can `use`: which hosts,
 * fields and parameters each of them has. One file each in services/, built in; README.md there says what is
 * in one. Read once, unchanging afterwards, any thread. */
#ifndef POLICY_SERVICES_H
#define POLICY_SERVICES_H

#include <jansson.h>

#include "policy/read.h"

struct header_field;

/* What the administrator says, in `with`. */
struct service_parameter {
    struct sl_str name, title, example;
    const struct service_form *form;
    bool many; /* several values, which are put together with commas */
};
struct service {
    struct sl_str id, resolve_as;
    struct texts hosts;             /* "login.live.com": itself; "*.slack.com": and what is below it */
    const struct header_field *set; /* "{name}" in a value stands for a parameter */
    const struct header_field *query;
    size_t set_count, query_count;
    const struct service_parameter *parameters;
    size_t parameter_count;
    const json_t *json; /* as in the file */
};

const struct service *services_find(struct sl_str id); /* NULL: there is none */
/* Whether the service means this host (canonical). */
bool service_has_host(const struct service *s, struct sl_str host);
/* The hosts as a policy's `host` condition has them, which means what is below them too. New reference. */
json_t *service_hosts_json(const struct service *s);

/* `with`, checked: the value of each parameter, in order, in the document's arena. with may be NULL. Adds a
 * fault for each that is wrong or missing. */
void service_read_values(struct reader *r, const struct service *s, const json_t *with, struct sl_str *out);
/* The template with the values put in. */
struct sl_str service_fill(struct reader *r, const struct service *s, const struct sl_str *values,
                           struct sl_str template);

/* Reads one service as a file has it; every fault is added. For services.c, its test and its fuzz target. */
void service_read(struct reader *r, const json_t *json, struct service *out);

extern const struct read_shape service_shape, service_parameter_shape;

#endif

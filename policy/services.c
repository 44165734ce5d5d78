/* services.c - see services.h. The files are data of our own, put in at build time; what an administrator
 * says to one is checked here. */
#include "policy/services.h"

#include <pthread.h>

#include "policy/document.h"
#include "policy/document_parts.h"

enum { HOSTS_MAX = 512, PARAMETERS_MAX = 8, FIELDS_MAX = 8, VALUES_MAX = 200, VALUE_MAX = 2048 };

/* ---- what a value may look like ---- */

static bool all_of(struct sl_str s, const char *others)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = sl_lower(s.p[i]);
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c && strchr(others, c))))
            return false;
    }
    return s.n > 0;
}

static bool is_word(struct sl_str s)
{
    return all_of(s, "-._");
}

static bool is_domain(struct sl_str s)
{
    size_t dot = sl_str_find(s, '.');
    return all_of(s, "-.") && dot > 0 && dot < s.n - 1;
}

static bool is_uuid(struct sl_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = sl_lower(s.p[i]);
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
    }
    return s.n == 36;
}

static bool is_tenant(struct sl_str s)
{
    return is_uuid(s) || is_domain(s);
}

static bool is_uuid_pair(struct sl_str s)
{
    size_t colon = sl_str_find(s, ':');
    return colon < s.n && is_uuid(sl_str_sub(s, 0, colon)) && is_uuid(sl_str_sub(s, colon + 1, SIZE_MAX));
}

static bool is_base64url(struct sl_str s)
{
    return all_of(s, "-_=");
}

struct service_form {
    const char *word, *help;
    bool (*holds)(struct sl_str s);
};
static const struct service_form forms[] = {
    {"word", "letters, digits, '-', '.' and '_'", is_word},
    {"domain", "a domain such as example.com", is_domain},
    {"uuid", "an ID such as 550e8400-e29b-41d4-a716-446655440000", is_uuid},
    {"tenant", "a domain, or an ID such as 550e8400-e29b-41d4-a716-446655440000", is_tenant},
    {"uuid:uuid", "two IDs such as 550e8400-e29b-41d4-a716-446655440000 with a colon between", is_uuid_pair},
    {"base64url", "base64url: letters, digits, '-', '_' and '='", is_base64url},
};

/* ---- a file ---- */

static void read_form(struct reader *r, const json_t *v, struct service_parameter *out)
{
    struct sl_str word;
    if (!read_name(r, v, &word))
        return;
    for (size_t i = 0; i < SL_COUNT(forms); i++)
        if (sl_str_eq(word, sl_cstr(forms[i].word)))
            out->form = &forms[i];
    if (!out->form)
        read_fault(r, "there is no form '%.*s'", SL_FMT(word));
}

READER(parameter_name, service_parameter, read_id(r, v, &o->name))
READER(parameter_form, service_parameter, read_form(r, v, o))
READER(parameter_example, service_parameter, read_name(r, v, &o->example))
READER(parameter_many, service_parameter, read_bool(r, v, &o->many))

static const struct read_field parameter_fields[] = {
    {"name", parameter_name, SCHEMA_REF("id"), READ_REQUIRED},
    {"form", parameter_form, "{\"type\":\"string\"}", READ_REQUIRED},
    {"example", parameter_example, "{\"type\":\"string\"}", READ_REQUIRED},
    {"many", parameter_many, "{\"type\":\"boolean\"}", 0},
};
const struct read_shape service_parameter_shape = {"service_parameter", "a parameter of a service",
                                                   READ_FIELDS(parameter_fields)};

static void read_parameter(struct reader *r, const json_t *item, void *out)
{
    struct service *s = out;
    struct service_parameter *p = (struct service_parameter *)&s->parameters[s->parameter_count++];
    read_object(r, item, &service_parameter_shape, p);
    p->title = read_title(item);
    if (p->form && p->example.n > 0 && !p->form->holds(p->example))
        read_fault(r, "the example is not %s", p->form->help);
}

static void read_parameters(struct reader *r, const json_t *v, struct service *out)
{
    out->parameters = document_items(r, json_array_size(v), PARAMETERS_MAX, sizeof *out->parameters);
    read_array(r, v, PARAMETERS_MAX, read_parameter, out);
}

static void read_templates(struct reader *r, const json_t *v, const struct header_field **out, size_t *count)
{
    struct header_field *fields = document_items(r, json_object_size(v), FIELDS_MAX, sizeof *fields);
    const char *key;
    json_t *item;
    *out = fields;
    json_object_foreach((json_t *)v, key, item)
    {
        struct sl_str value;
        if (*count < FIELDS_MAX && read_text(r, item, VALUE_MAX, &value))
            fields[(*count)++] = (struct header_field){.name = sl_cstr(key), .value = value};
    }
}

static void read_host(struct reader *r, const json_t *item, void *out)
{
    struct texts *hosts = out;
    struct sl_str host, canonical;
    struct sl_addr addr;
    bool address;
    struct sl_err err;
    if (!read_name(r, item, &host))
        return;
    size_t star = sl_str_starts(host, SL_STR("*.")) ? 2 : 0;
    if (!sl_host_parse(sl_str_sub(host, star, SIZE_MAX), &r->doc->arena, &canonical, &address, &addr, &err))
        read_fault(r, "%s", err.msg);
    else if (address || !sl_str_eq(canonical, sl_str_sub(host, star, SIZE_MAX)))
        read_fault(r, "'%.*s' is no name of a host in lower case", SL_FMT(host));
    else
        hosts->items[hosts->count++] = host;
}

static void read_hosts(struct reader *r, const json_t *v, struct texts *out)
{
    out->items = document_items(r, json_array_size(v), HOSTS_MAX, sizeof *out->items);
    read_array(r, v, HOSTS_MAX, read_host, out);
}

/* For people; what is shown of it is the JSON. */
static void read_prose(struct reader *r, const json_t *v)
{
    struct sl_str text;
    read_text(r, v, DOCUMENT_MESSAGE_MAX, &text);
}

static void read_kind(struct reader *r, const json_t *v)
{
    static const char *const words[] = {"tenant", "safe-search", NULL};
    int word;
    read_word(r, v, words, &word);
}

static void read_source(struct reader *r, const json_t *v)
{
    struct texts urls;
    read_texts(r, v, FIELDS_MAX, &urls);
    for (size_t i = 0; i < urls.count; i++)
        if (!sl_str_starts(urls.items[i], SL_STR("https://")))
            read_fault(r, "'%.*s' is no address of a page", SL_FMT(urls.items[i]));
}

READER(service_id, service, read_id(r, v, &o->id))
READER(service_kind, service, read_kind(r, v))
READER(service_hosts, service, read_hosts(r, v, &o->hosts))
READER(service_parameters, service, read_parameters(r, v, o))
READER(service_set, service, read_templates(r, v, &o->set, &o->set_count))
READER(service_query, service, read_templates(r, v, &o->query, &o->query_count))
READER(service_resolve, service, read_name(r, v, &o->resolve_as))
READER(service_prose, service, read_prose(r, v))
READER(service_source, service, read_source(r, v))

#define TEMPLATES "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}"
static const struct read_field service_fields[] = {
    {"id", service_id, SCHEMA_REF("id"), READ_REQUIRED},
    {"kind", service_kind, "{\"enum\":[\"tenant\",\"safe-search\"]}", READ_REQUIRED},
    {"hosts", service_hosts, SCHEMA_NAMES, READ_REQUIRED},
    {"parameters", service_parameters, "{\"type\":\"array\"}", 0},
    {"set", service_set, TEMPLATES, 0},
    {"query", service_query, TEMPLATES, 0},
    {"resolve_as", service_resolve, "{\"type\":\"string\"}", 0},
    {"shows", service_prose, SCHEMA_MESSAGE, READ_REQUIRED},
    {"source", service_source, SCHEMA_NAMES, READ_REQUIRED},
};
const struct read_shape service_shape = {"service", "a service", READ_FIELDS(service_fields)};

void service_read(struct reader *r, const json_t *json, struct service *out)
{
    *out = (struct service){.json = json};
    read_object(r, json, &service_shape, out);
    if (read_title(json).n == 0)
        read_fault(r, "'title' is missing");
    if (out->set_count + out->query_count + out->resolve_as.n == 0)
        read_fault(r, "the service does nothing; give set, query or resolve_as");
}

/* ---- all of them ---- */

__asm__(".section .rodata\n"
        ".global services_begin\n"
        ".global services_end\n"
        "services_begin:\n"
        ".incbin \"" SERVICES_FILE "\"\n"
        "services_end:\n"
        ".byte 0\n"
        ".previous\n");

extern const char services_begin[], services_end[];

/* Made once, read by all, freed with the process. */
static json_t *catalogue;
static struct service *services;
static size_t service_count;
static struct document keeper; /* of what was read */

static void load(void)
{
    struct policy_faults faults = {0};
    struct reader r = {.faults = &faults, .doc = &keeper};
    catalogue =
        json_loadb(services_begin, (size_t)(services_end - services_begin), JSON_REJECT_DUPLICATES, NULL);
    sl_assert(catalogue);
    sl_arena_init(&keeper.arena, 0);
    services = sl_arena_zalloc(&keeper.arena, json_array_size(catalogue) * sizeof *services);
    for (size_t i = 0; i < json_array_size(catalogue); i++)
        service_read(&r, json_array_get(catalogue, i), &services[service_count++]);
    sl_text_fini(&r.at);
    sl_assert(faults.count == 0); /* the build's test found none */
}

static void need(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
}

const struct service *services_find(struct sl_str id)
{
    need();
    for (size_t i = 0; i < service_count; i++)
        if (sl_str_eq(services[i].id, id))
            return &services[i];
    return NULL;
}

json_t *policy_services(void)
{
    need();
    return json_deep_copy(catalogue);
}

/* ---- hosts ---- */

static struct sl_str without_star(struct sl_str host)
{
    return sl_str_starts(host, SL_STR("*.")) ? sl_str_sub(host, 2, SIZE_MAX) : host;
}

bool service_has_host(const struct service *s, struct sl_str host)
{
    for (size_t i = 0; i < s->hosts.count; i++) {
        struct sl_str own = s->hosts.items[i], name = without_star(own);
        if (sl_str_eq(host, name) || (own.n > name.n && sl_str_ends(host, sl_str_sub(own, 1, SIZE_MAX))))
            return true;
    }
    return false;
}

json_t *service_hosts_json(const struct service *s)
{
    json_t *hosts = json_array();
    for (size_t i = 0; i < s->hosts.count; i++) {
        struct sl_str name = without_star(s->hosts.items[i]);
        json_array_append_new(hosts, json_stringn(name.p, name.n));
    }
    return hosts;
}

/* ---- what the administrator says ---- */

/* Of one parameter, while its values are read. */
struct values {
    const struct service_parameter *parameter;
    struct sl_text text;
};

static void read_value(struct reader *r, const json_t *item, void *out)
{
    struct values *values = out;
    const struct service_parameter *p = values->parameter;
    struct sl_str value;
    if (!read_text(r, item, VALUE_MAX, &value))
        return;
    if (!p->form->holds(value)) {
        read_fault(r, "'%.*s' is not %s", SL_FMT(value), p->form->help);
        return;
    }
    if (values->text.n > 0)
        sl_text_addc(&values->text, ',');
    sl_text_add(&values->text, value);
}

static void read_parameter_values(struct reader *r, const struct service_parameter *p, const json_t *v,
                                  struct sl_str *out)
{
    SL_CLEANUP(sl_text_fini) struct sl_text text = {0};
    struct values values = {.parameter = p};
    if (!json_is_array(v))
        read_value(r, v, &values);
    else if (!p->many)
        read_fault(r, "is an array; must be one value, such as \"%.*s\"", SL_FMT(p->example));
    else if (json_array_size(v) == 0)
        read_fault(r, "is empty; name a value, such as \"%.*s\"", SL_FMT(p->example));
    else
        read_array(r, v, VALUES_MAX, read_value, &values);
    text = values.text;
    *out = sl_arena_str(&r->doc->arena, sl_text_str(&text));
}

static int parameter_number(const struct service *s, struct sl_str name)
{
    for (size_t i = 0; i < s->parameter_count; i++)
        if (sl_str_eq(s->parameters[i].name, name))
            return (int)i;
    return -1;
}

void service_read_values(struct reader *r, const struct service *s, const json_t *with, struct sl_str *out)
{
    const char *key;
    json_t *item;
    for (size_t i = 0; i < s->parameter_count; i++) {
        const struct service_parameter *p = &s->parameters[i];
        if (!json_object_getn(with, p->name.p, p->name.n))
            read_fault(r, "'%.*s' is missing, such as \"%.*s\": %.*s", SL_FMT(p->name), SL_FMT(p->example),
                       SL_FMT(p->title));
    }
    json_object_foreach((json_t *)with, key, item)
    {
        int i = parameter_number(s, sl_cstr(key));
        size_t mark = read_enter(r, key);
        if (i < 0)
            read_fault(r, "'%.*s' has no such parameter", SL_FMT(s->id));
        else
            read_parameter_values(r, &s->parameters[i], item, &out[i]);
        read_leave(r, mark);
    }
}

struct sl_str service_fill(struct reader *r, const struct service *s, const struct sl_str *values,
                           struct sl_str template)
{
    SL_CLEANUP(sl_text_fini) struct sl_text text = {0};
    while (template.n > 0) {
        size_t open = sl_str_find(template, '{'), close = sl_str_find(template, '}');
        sl_text_add(&text, sl_str_sub(template, 0, open));
        if (close >= template.n || close < open)
            break;
        int i = parameter_number(s, sl_str_sub(template, open + 1, close - open - 1));
        if (i >= 0)
            sl_text_add(&text, values[i]);
        template = sl_str_sub(template, close + 1, SIZE_MAX);
    }
    return sl_arena_str(&r->doc->arena, sl_text_str(&text));
}

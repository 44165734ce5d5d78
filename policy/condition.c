/* condition.c - see condition.h. One row for each key of `if`: how a value is read and what the schema says.
 */
#include "policy/condition.h"

#include <stdlib.h>

#include "policy/document.h"

const char *const condition_help = "a condition: every key must hold, any value of a key is enough";

enum { PATTERN_TEXT_MAX = 4096 };

/* ---- one value of each kind; each adds to the clause ---- */

static void add_id(struct clause *c, size_t id)
{
    c->ids[c->count++] = (uint32_t)id;
}

static void add_text(struct clause *c, struct sl_str text)
{
    c->texts[c->count++] = text;
}

static struct sl_str lower_copy(struct reader *r, struct sl_str text)
{
    char *p = sl_arena_bytes(&r->doc->arena, text.n + 1);
    for (size_t i = 0; i < text.n; i++)
        p[i] = sl_lower(text.p[i]);
    p[text.n] = '\0';
    return sl_str(p, text.n);
}

/* The number of a name that the document must define. */
static int reference(struct reader *r, const json_t *item, const struct names *names, const char *what)
{
    struct sl_str name;
    if (!read_name(r, item, &name))
        return -1;
    int id = names_find(names, name);
    if (id < 0)
        read_fault(r, "there is no %s '%.*s' in this document", what, SL_FMT(name));
    return id;
}

static void read_user(struct reader *r, const json_t *item, struct clause *c)
{
    struct sl_str name;
    if (read_name(r, item, &name))
        add_id(c, names_add(&r->doc->users, name));
}

static void read_reference(struct reader *r, const json_t *item, struct clause *c, const struct names *names,
                           const char *what)
{
    int id = reference(r, item, names, what);
    if (id >= 0)
        add_id(c, (size_t)id);
}

static void read_group(struct reader *r, const json_t *item, struct clause *c)
{
    read_reference(r, item, c, &r->doc->group_names, "group");
}

static void read_network(struct reader *r, const json_t *item, struct clause *c)
{
    read_reference(r, item, c, &r->doc->network_names, "network");
}

static void read_schedule(struct reader *r, const json_t *item, struct clause *c)
{
    read_reference(r, item, c, &r->doc->schedule_names, "schedule");
}

static void read_category(struct reader *r, const json_t *item, struct clause *c)
{
    int id = reference(r, item, &r->doc->category_names, "category");
    if (id < 0)
        return;
    c->set->w[id / 64] |= UINT64_C(1) << (id % 64);
    c->count++;
}

static void read_host(struct reader *r, const json_t *item, struct clause *c)
{
    struct sl_str text;
    struct sl_err err;
    if (!read_name(r, item, &text))
        return;
    if (!overlay_add_host(r->doc->overlay, text, c->id, &err))
        read_fault(r, "%s", err.msg);
    c->count++;
}

static void read_url(struct reader *r, const json_t *item, struct clause *c)
{
    struct sl_str text;
    struct sl_err err;
    if (!read_text(r, item, PATTERN_TEXT_MAX, &text))
        return;
    if (!overlay_add_url(r->doc->overlay, text, c->id, &err))
        read_fault(r, "%s", err.msg);
    c->count++;
}

static void read_address(struct reader *r, const json_t *item, struct clause *c)
{
    struct sl_str text;
    struct sl_cidr net;
    struct sl_err err;
    if (!read_name(r, item, &text))
        return;
    if (sl_cidr_parse(text, &net, &err))
        netset_add(r->doc->addresses, net, c->id);
    else
        read_fault(r, "%s", err.msg);
    c->count++;
}

static void read_regex(struct reader *r, const json_t *item, struct clause *c)
{
    struct sl_str text;
    struct sl_err err;
    size_t id;
    if (!read_text(r, item, PATTERN_TEXT_MAX, &text))
        return;
    if (pattern_set_add(r->doc->patterns, text, PATTERN_URL, &id, &err))
        add_id(c, id);
    else
        read_fault(r, "%s", err.msg);
}

/* tchar of RFC 9110, without lower case: methods are case-sensitive, and "get" would never match. */
static void read_method(struct reader *r, const json_t *item, struct clause *c)
{
    struct sl_str text;
    if (!read_name(r, item, &text))
        return;
    for (size_t i = 0; i < text.n; i++) {
        char ch = text.p[i];
        if (!(ch >= 'A' && ch <= 'Z') && !(ch >= '0' && ch <= '9') && !strchr("!#$%&'*+-.^_`|~", ch)) {
            read_fault(r, "'%.*s' is no method; methods are upper case, such as GET or CONNECT",
                       SL_FMT(text));
            return;
        }
    }
    add_text(c, text);
}

static void read_scheme(struct reader *r, const json_t *item, struct clause *c)
{
    static const char *const words[] = {"http", "https", "ws", "wss", "ftp", "connect", NULL};
    int word;
    if (read_word(r, item, words, &word))
        add_text(c, sl_cstr(words[word]));
}

static void read_port_range(struct reader *r, struct sl_str text, struct clause *c)
{
    size_t dash = sl_str_find(text, '-');
    uint64_t from, to;
    bool ok = sl_str_u64(sl_str_sub(text, 0, dash), UINT16_MAX, &from);
    if (ok && dash == text.n)
        to = from;
    else
        ok = ok && sl_str_u64(sl_str_sub(text, dash + 1, text.n), UINT16_MAX, &to);
    if (!ok || from == 0 || from > to) {
        read_fault(r, "'%.*s' is no port or range such as 8080 or 1024-65535", SL_FMT(text));
        return;
    }
    c->ports[c->count++] = (struct port_range){(uint16_t)from, (uint16_t)to};
}

static void read_port(struct reader *r, const json_t *item, struct clause *c)
{
    int64_t number;
    struct sl_str text;
    if (json_is_integer(item)) {
        if (read_number(r, item, 1, UINT16_MAX, &number))
            c->ports[c->count++] = (struct port_range){(uint16_t)number, (uint16_t)number};
    } else if (json_is_string(item)) {
        if (read_name(r, item, &text))
            read_port_range(r, text, c);
    } else {
        read_fault(r, "must be a port number or a range such as \"1024-65535\"");
    }
}

static void read_extension(struct reader *r, const json_t *item, struct clause *c)
{
    struct sl_str text;
    if (!read_name(r, item, &text))
        return;
    if (text.p[0] == '.')
        text = sl_str_sub(text, 1, text.n);
    bool plain = text.n > 0 && text.n <= 32;
    for (size_t i = 0; i < text.n; i++)
        plain = plain && !strchr("./?#;%\\ \t\n", text.p[i]);
    if (plain)
        add_id(c, names_add(&r->doc->extensions, lower_copy(r, text)));
    else
        read_fault(r, "'%.*s' is no file name extension such as iso (at most 32 bytes, without dots)",
                   SL_FMT(read_str(item)));
}

static void read_content_type(struct reader *r, const json_t *item, struct clause *c)
{
    struct sl_str text;
    if (!read_name(r, item, &text))
        return;
    size_t slash = sl_str_find(text, '/');
    bool plain = slash > 0 && slash + 1 < text.n;
    for (size_t i = 0; i < text.n; i++)
        plain = plain && !strchr(" \t\n;,\"()", text.p[i]) && (i == slash || text.p[i] != '/') &&
                (text.p[i] != '*' || (i == slash + 1 && text.n == i + 1));
    if (plain)
        add_text(c, text);
    else
        read_fault(r, "'%.*s' is no media type such as video/mp4 or video/*", SL_FMT(text));
}

static void read_user_agent(struct reader *r, const json_t *item, struct clause *c)
{
    struct sl_str text;
    if (read_name(r, item, &text))
        add_text(c, text);
}

/* ---- the table ---- */

#define ONE_OR_MORE(item) "{\"anyOf\":[" item ",{\"type\":\"array\",\"minItems\":1,\"items\":" item "}]}"
#define NAME "{\"type\":\"string\",\"minLength\":1,\"maxLength\":256}"

static const struct {
    const char *word;
    void (*value)(struct reader *r, const json_t *item, struct clause *c); /* NULL: not a list */
    size_t item_size; /* of the array that values go to; 0: none */
    const char *schema;
} kinds[CONDITION_KINDS] = {
    [CONDITION_USER] = {"user", read_user, sizeof(uint32_t), ONE_OR_MORE(NAME)},
    [CONDITION_GROUP] = {"group", read_group, sizeof(uint32_t), ONE_OR_MORE(NAME)},
    [CONDITION_NETWORK] = {"network", read_network, sizeof(uint32_t),
                           ONE_OR_MORE("{\"$ref\":\"#/$defs/id\"}")},
    [CONDITION_CATEGORY] = {"category", read_category, 0, ONE_OR_MORE("{\"$ref\":\"#/$defs/id\"}")},
    [CONDITION_HOST] = {"host", read_host, 0, ONE_OR_MORE(NAME)},
    [CONDITION_ADDRESS] = {"address", read_address, 0, ONE_OR_MORE("{\"$ref\":\"#/$defs/cidr\"}")},
    [CONDITION_URL] = {"url", read_url, 0,
                       ONE_OR_MORE("{\"type\":\"string\",\"minLength\":1,\"maxLength\":4096}")},
    [CONDITION_REGEX] = {"regex", read_regex, sizeof(uint32_t),
                         ONE_OR_MORE("{\"type\":\"string\",\"minLength\":1,\"maxLength\":4096}")},
    [CONDITION_METHOD] = {"method", read_method, sizeof(struct sl_str),
                          ONE_OR_MORE("{\"type\":\"string\",\"pattern\":\"^[A-Z0-9!#$%&'*+.^_`|~-]+$\"}")},
    [CONDITION_PORT] = {"port", read_port, sizeof(struct port_range),
                        ONE_OR_MORE("{\"anyOf\":[{\"type\":\"integer\",\"minimum\":1,\"maximum\":65535},"
                                    "{\"type\":\"string\",\"pattern\":\"^[0-9]{1,5}(-[0-9]{1,5})?$\"}]}")},
    [CONDITION_SCHEME] = {"scheme", read_scheme, sizeof(struct sl_str),
                          ONE_OR_MORE("{\"enum\":[\"http\",\"https\",\"ws\",\"wss\",\"ftp\",\"connect\"]}")},
    [CONDITION_SCHEDULE] = {"schedule", read_schedule, sizeof(uint32_t),
                            ONE_OR_MORE("{\"$ref\":\"#/$defs/id\"}")},
    [CONDITION_EXTENSION] = {"extension", read_extension, sizeof(uint32_t),
                             ONE_OR_MORE(
                                 "{\"type\":\"string\",\"pattern\":\"^\\\\.?[^./?#;%\\\\\\\\ ]{1,32}$\"}")},
    [CONDITION_CONTENT_TYPE] = {"content_type", read_content_type, sizeof(struct sl_str),
                                ONE_OR_MORE(
                                    "{\"type\":\"string\",\"pattern\":\"^[^/ ]+/([^/* ]+|\\\\*)$\"}")},
    [CONDITION_SIZE_OVER] = {"size_over", NULL, 0, "{\"$ref\":\"#/$defs/size\"}"},
    [CONDITION_USER_AGENT] = {"user_agent", read_user_agent, sizeof(struct sl_str), ONE_OR_MORE(NAME)},
};

const char *condition_word(enum condition_kind kind)
{
    return kinds[kind].word;
}

const char *condition_schema(enum condition_kind kind)
{
    return kinds[kind].schema;
}

/* ---- clauses and conditions ---- */

static void clause_prepare(struct reader *r, struct clause *c, size_t count)
{
    struct document *doc = r->doc;
    if (c->kind == CONDITION_HOST || c->kind == CONDITION_URL)
        c->id = doc->next_overlay++;
    else if (c->kind == CONDITION_ADDRESS)
        c->id = doc->address_count++;
    else if (c->kind == CONDITION_CATEGORY)
        c->set = sl_arena_zalloc(&doc->arena, sizeof *c->set);
    else if (kinds[c->kind].item_size > 0)
        c->ids = sl_arena_zalloc(&doc->arena, SL_MAX(count, 1) * kinds[c->kind].item_size);
}

static int by_id(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void each_value(struct reader *r, const json_t *item, void *out)
{
    struct clause *c = out;
    kinds[c->kind].value(r, item, c);
}

static void clause_read(struct reader *r, const json_t *value, struct clause *c)
{
    c->json = value;
    if (!kinds[c->kind].value) {
        read_size(r, value, &c->size);
        return;
    }
    size_t count = json_is_array(value) ? SL_MIN(json_array_size(value), (size_t)DOCUMENT_MAX_VALUES) : 1;
    clause_prepare(r, c, count);
    if (!json_is_array(value))
        kinds[c->kind].value(r, value, c);
    else if (json_array_size(value) == 0)
        read_fault(r, "is empty and would never hold; name a value or leave the key out");
    else
        read_array(r, value, DOCUMENT_MAX_VALUES, each_value, c);
    if (c->kind == CONDITION_USER || c->kind == CONDITION_EXTENSION)
        qsort(c->ids, c->count, sizeof *c->ids, by_id);
}

static bool is_known(const char *key)
{
    for (int k = 0; k < CONDITION_KINDS; k++)
        if (strcmp(kinds[k].word, key) == 0)
            return true;
    return strcmp(key, "title") == 0 || strcmp(key, "note") == 0;
}

static void read_unknown_keys(struct reader *r, const json_t *value)
{
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member)
    {
        size_t mark = read_enter(r, key);
        if (!is_known(key))
            read_fault(r, "unknown key in %s", condition_help);
        else if (strcmp(key, "title") == 0 || strcmp(key, "note") == 0)
            read_is(r, member, JSON_STRING, "a string");
        read_leave(r, mark);
    }
}

void condition_read(struct reader *r, const json_t *value, struct condition *out)
{
    if (!read_is(r, value, JSON_OBJECT, "an object"))
        return;
    out->clauses = sl_arena_zalloc(&r->doc->arena, SL_MAX(json_object_size(value), 1) * sizeof *out->clauses);
    for (int k = 0; k < CONDITION_KINDS; k++) {
        const json_t *member = json_object_get(value, kinds[k].word);
        if (!member)
            continue;
        struct clause *c = &out->clauses[out->count++];
        c->kind = (enum condition_kind)k;
        size_t mark = read_enter(r, kinds[k].word);
        clause_read(r, member, c);
        read_leave(r, mark);
    }
    read_unknown_keys(r, value);
}

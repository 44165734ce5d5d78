/* request_filter.c - see request_filter.h.
 *
 *   user=alice&user=bob&action=block,warn&host!=ads.example      (alice or bob) and (block or warn), and not
 *                                                                that host or below
 *
 * A name with ! refuses; a name given again is an alternative. A word with @ in front stands for nothing
 * being there; no name can begin so by mistake, for policy and accounts refuse it. */
#include "adminapi/request_filter.h"

/* ---- one value ---- */

typedef bool reader(struct audit_term *t, struct sl_str value);

static bool read_text(struct audit_term *t, struct sl_str value)
{
    t->text = value;
    return true;
}

static bool read_client(struct audit_term *t, struct sl_str value)
{
    struct sl_cidr net;
    t->text = value;
    return sl_cidr_parse(value, &net, NULL);
}

static bool read_action(struct audit_term *t, struct sl_str value)
{
    enum action action;
    if (!action_parse(value, &action))
        return false;
    t->min = t->max = action;
    return true;
}

/* "403", or a class: "4xx". */
static bool read_status(struct audit_term *t, struct sl_str value)
{
    uint64_t n;
    if (value.n == 3 && value.p[0] >= '1' && value.p[0] <= '9' &&
        sl_str_ieq(sl_str_sub(value, 1, 2), SL_STR("xx"))) {
        t->min = (value.p[0] - '0') * 100;
        t->max = t->min + 99;
        return true;
    }
    if (!sl_str_u64(value, 999, &n) || n < 100)
        return false;
    t->min = t->max = (int64_t)n;
    return true;
}

static bool read_version(struct audit_term *t, struct sl_str value)
{
    uint64_t n;
    if (!sl_str_u64(value, INT64_MAX, &n))
        return false;
    t->min = t->max = (int64_t)n;
    return true;
}

static bool read_bool(struct audit_term *t, struct sl_str value)
{
    t->min = t->max = sl_str_eq(value, SL_STR("true"));
    return t->min || sl_str_eq(value, SL_STR("false"));
}

static const struct filter_param {
    const char *name;
    enum audit_field field;
    reader *read;
    const char *nothing;  /* the word for a text that is not there */
    bool list;            /* commas part alternatives */
    const char *expected; /* in words, when it can't be read */
} params[] = {
    {"user", AUDIT_USER, read_text, "@none", false, "a user, or @none"},
    {"client", AUDIT_CLIENT, read_client, NULL, false, "an address or a network such as 10.20.0.0/16"},
    {"group", AUDIT_GROUP, read_text, NULL, false, "a group"},
    {"host", AUDIT_HOST, read_text, NULL, false, "a host"},
    {"method", AUDIT_METHOD, read_text, NULL, false, "a method"},
    {"category", AUDIT_CATEGORY, read_text, "uncategorised", false, "a category, or uncategorised"},
    {"rule", AUDIT_RULE, read_text, "@default", false, "the id of a rule, or @default"},
    {"action", AUDIT_ACTION, read_action, NULL, true, "one of allow, block, warn, quota, error"},
    {"status", AUDIT_STATUS, read_status, NULL, true, "a status such as 403, or a class such as 4xx"},
    {"policy_version", AUDIT_VERSION, read_version, NULL, true, "the number of a policy version"},
    {"tls_fault", AUDIT_TLS_FAULT, read_text, "@none", true, "a word such as expired, or @none"},
    {"tls_version", AUDIT_TLS_VERSION, read_text, "@none", true, "a version such as TLSv1.3, or @none"},
    {"tls_cipher", AUDIT_TLS_CIPHER, read_text, "@none", false, "the name of a cipher suite, or @none"},
    {"tls_exception", AUDIT_TLS_EXCEPTION, read_text, "@none", false, "the id of an exception, or @none"},
    {"inspected", AUDIT_INSPECTED, read_bool, NULL, false, "true or false"},
    {"q", AUDIT_Q, read_text, NULL, false, "a part of host, path, user or rule"},
};

static const struct filter_param *find_param(struct sl_str name)
{
    for (size_t i = 0; i < SL_COUNT(params); i++)
        if (sl_str_eq(name, sl_cstr(params[i].name)))
            return &params[i];
    return NULL;
}

static bool add_value(const struct filter_param *param, struct sl_str value, bool except,
                      struct audit_filter *f, struct api_reply *reply)
{
    struct audit_term *t = audit_filter_add(f, param->field, except);
    if (!t) {
        reply_problem(reply, 400, "at most %d values can be looked for at once", AUDIT_TERMS_MOST);
        return false;
    }
    if (param->nothing && sl_str_eq(value, sl_cstr(param->nothing)))
        return true;
    if (value.n && param->read(t, value))
        return true;
    reply_problem(reply, 400, "%s=%.*s is not %s", param->name, (int)SL_MIN(value.n, (size_t)60),
                  value.n ? value.p : "", param->expected);
    return false;
}

static bool add_param(const struct filter_param *param, struct sl_str value, bool except,
                      struct audit_filter *f, struct api_reply *reply)
{
    struct sl_str part;
    if (!param->list)
        return add_value(param, value, except, f, reply);
    while (sl_str_split(&value, ',', &part))
        if (!add_value(param, part, except, f, reply))
            return false;
    return true;
}

bool request_filter_read(const struct api_request *req, struct audit_filter *out, struct api_reply *reply)
{
    audit_filter_init(out);
    for (unsigned i = 0; i < req->query_count; i++) {
        struct sl_str name = req->query[i].name;
        bool except = sl_str_ends(name, SL_STR("!"));
        const struct filter_param *param = find_param(sl_str_sub(name, 0, name.n - except));
        if (param && !add_param(param, req->query[i].value, except, out, reply))
            return false;
    }
    return query_time(req, "from", &out->from_us, reply) && query_time(req, "to", &out->to_us, reply);
}

/* ---- places: a letter, and a number in the alphabet of request ids ---- */

static const char *place_text(char letter, uint64_t number, char *buf)
{
    buf[0] = letter;
    request_id_text(number, buf + 1);
    return buf;
}

static bool place_parse(struct sl_str text, char letter, uint64_t *out)
{
    return text.n > 1 && text.p[0] == letter && request_id_parse(sl_str_sub(text, 1, SIZE_MAX), out);
}

const char *request_cursor_text(struct request_cursor c, char buf[REQUEST_CURSOR_TEXT])
{
    return place_text(c.above ? 'a' : 'b', c.id, buf);
}

bool request_cursor_parse(struct sl_str text, struct request_cursor *out)
{
    out->above = text.n && text.p[0] == 'a';
    return place_parse(text, out->above ? 'a' : 'b', &out->id) && out->id > 0;
}

const char *request_tail_text(uint64_t position, char buf[REQUEST_TAIL_TEXT])
{
    return place_text('t', position, buf);
}

bool request_tail_parse(struct sl_str text, uint64_t *out)
{
    return place_parse(text, 't', out);
}

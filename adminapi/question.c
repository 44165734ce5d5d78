/* question.c - see question.h. */
#include "adminapi/question.h"

#include "sluice/clock.h"

enum { SHOWN = 60 };

static bool refuse(struct api_reply *reply, const char *key, struct sl_str text, const char *what)
{
    reply_problem(reply, 400, "%s '%.*s' is not %s", key, SL_FMT(sl_str_sub(text, 0, SHOWN)), what);
    return false;
}

static bool read_client(const json_t *body, struct facts *f, struct api_reply *reply)
{
    struct sl_str text;
    if (!body_text(body, "client", &text, reply))
        return false;
    if (text.n == 0)
        text = SL_STR("127.0.0.1");
    return sl_addr_parse(text, &f->client) || refuse(reply, "client", text, "an IP address");
}

static bool read_address(const json_t *body, struct facts *f, struct api_reply *reply)
{
    struct sl_str text;
    if (!body_text(body, "address", &text, reply))
        return false;
    if (text.n == 0)
        return true;
    f->known |= FACT_ADDRESS;
    return sl_addr_parse(text, &f->address) || refuse(reply, "address", text, "an IP address");
}

static bool read_at(const json_t *body, struct facts *f, struct api_reply *reply)
{
    struct sl_str text;
    int64_t now_us = sl_wall_us(), at_us = now_us;
    if (!body_text(body, "at", &text, reply))
        return false;
    if (text.n > 0 && !sl_time_parse(text, now_us, &at_us))
        return refuse(reply, "at", text, "a time such as 2026-11-23T09:00:00+01:00");
    f->time_s = at_us / 1000000;
    return true;
}

/* "size": bytes, or a text such as 10MiB. Who tells of the answer has seen its head. */
static bool read_answer(const json_t *body, struct facts *f, struct api_reply *reply)
{
    const json_t *size = json_object_get(body, "size");
    struct sl_str text = {0};
    uint64_t bytes = 0;
    if (!body_text(body, "content_type", &f->content_type, reply))
        return false;
    if (f->content_type.n || size)
        f->known |= FACT_RESPONSE;
    if (!size)
        return true;
    if (json_is_string(size))
        text = sl_str(json_string_value(size), json_string_length(size));
    else if (json_is_integer(size) && json_integer_value(size) >= 0)
        bytes = (uint64_t)json_integer_value(size);
    else
        return refuse(reply, "size", SL_STR(""), "a number of bytes or a text such as 10MiB");
    if (text.p && (!sl_size_parse(text, &bytes) || bytes > INT64_MAX))
        return refuse(reply, "size", text, "a number of bytes or a text such as 10MiB");
    f->size = (int64_t)bytes;
    return true;
}

static bool read_groups(const json_t *body, struct question *q, struct api_reply *reply)
{
    const json_t *groups = json_object_get(body, "groups"), *name;
    size_t i;
    bool good = !groups || (json_is_array(groups) && json_array_size(groups) <= QUESTION_GROUPS_MOST);
    q->facts.groups = q->groups;
    json_array_foreach(groups, i, name)
    {
        good = good && json_is_string(name);
        if (good)
            q->groups[q->facts.group_count++] = sl_str(json_string_value(name), json_string_length(name));
    }
    if (!good)
        reply_problem(reply, 400, "groups has to be a list of at most %d names", QUESTION_GROUPS_MOST);
    return good;
}

static bool read_faults(const json_t *body, struct facts *f, struct api_reply *reply)
{
    const json_t *faults = json_object_get(body, "fault"), *word;
    bool good = !faults || (json_is_array(faults) && json_array_size(faults) < TLS_FAULT_COUNT);
    size_t i;
    json_array_foreach(faults, i, word)
    {
        enum tls_fault fault = tls_fault_of_word(
            json_is_string(word) ? sl_str(json_string_value(word), json_string_length(word)) : SL_STR(""));
        good = good && fault != TLS_FAULT_NONE;
        f->faults |= tls_fault_bit(fault);
    }
    if (!good)
        reply_problem(reply, 400, "fault has to be a list of faults such as [\"expired\"]");
    return good;
}

bool question_read(const json_t *body, struct question *out, struct api_reply *reply)
{
    struct facts *f = &out->facts;
    *out = (struct question){.facts = {.url = &out->url, .size = -1, .known = FACT_USER}};
    if (!body_text(body, "user", &f->user, reply) || !body_text(body, "method", &f->method, reply) ||
        !body_text(body, "user_agent", &f->user_agent, reply) || !read_groups(body, out, reply) ||
        !read_client(body, f, reply) || !read_address(body, f, reply) || !read_at(body, f, reply) ||
        !read_answer(body, f, reply) || !read_faults(body, f, reply))
        return false;
    if (f->method.n == 0)
        f->method = SL_STR("GET");
    f->tunnel = sl_str_eq(f->method, SL_STR("CONNECT"));
    return true;
}

/* A CONNECT to an URL with scheme and path is judged as the tunnel that a client would ask for. */
static bool as_tunnel(struct sl_url *url, struct sl_arena *arena, struct sl_err *err)
{
    bool brackets = url->host_is_addr && !sl_addr_is_v4(url->addr);
    char *target = sl_arena_printf(arena, brackets ? "[%.*s]:%u" : "%.*s:%u", SL_FMT(url->host), url->port);
    return target ? sl_url_parse_authority(sl_cstr(target), arena, url, err)
                  : sl_fail(err, SL_LIMIT, "the URL is too long");
}

bool question_url(struct question *q, struct sl_str text, struct sl_arena *arena, struct sl_err *err)
{
    struct facts *f = &q->facts;
    bool target = f->tunnel && sl_str_find(text, '/') == text.n;
    if (target ? !sl_url_parse_authority(text, arena, &q->url, err)
               : !sl_url_parse_loose(text, arena, &q->url, err))
        return false;
    if (f->tunnel && !target && !as_tunnel(&q->url, arena, err))
        return false;
    if (q->url.host_is_addr) {
        f->address = q->url.addr;
        f->known |= FACT_ADDRESS;
    }
    return true;
}

/* office.c - see office.h. */
#include "bench/office.h"

#include <stdio.h>

enum { HOSTS = 20000, USERS = 2000, AGENTS = 50, PATHS = 5000 };

static char hosts[HOSTS][40], users[USERS][16], agents[AGENTS][96], paths[PATHS][64];

/* splitmix64 of n: as good as a new seed for each. */
static uint64_t random_of(uint64_t n)
{
    uint64_t z = (n + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void office_open(void)
{
    static const char *const kinds[] = {"www.site", "cdn-", "api.service", "img.shop"};
    for (int i = 0; i < HOSTS; i++)
        snprintf(hosts[i], sizeof hosts[i], "%s%d.example.%s", kinds[i % 4], i, i % 5 ? "com" : "org");
    for (int i = 0; i < USERS; i++)
        snprintf(users[i], sizeof users[i], "user%04d", i);
    for (int i = 0; i < AGENTS; i++)
        snprintf(agents[i], sizeof agents[i],
                 "Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0", 80 + i, 80 + i);
    for (int i = 0; i < PATHS; i++)
        snprintf(paths[i], sizeof paths[i], "/assets/section-%d/picture-%d.webp", i % 40, i);
}

/* Most is allowed, 6 % blocked, 2 % warned of, a little of each of the rest. */
static void decide(struct record *r, unsigned host, unsigned per_mille)
{
    static const struct {
        const char *name, *rule;
    } categories[] = {
        {"news", ""},           {"business", ""},       {"social", "social-work"}, {"ads", "no-ads"},
        {"video", "video-day"}, {"malware", "malware"}, {"uncategorised", ""},     {"cdn", ""}};
    r->categories[0] = sl_cstr(categories[host % SL_COUNT(categories)].name);
    r->category_count = 1;
    if (host % 16 == 3)
        r->categories[r->category_count++] = SL_STR("tracking");
    r->status = 200;
    r->reason = SL_STR("default");
    if (per_mille >= 100)
        return;
    r->action = per_mille < 60   ? ACTION_BLOCK
                : per_mille < 80 ? ACTION_WARN
                : per_mille < 85 ? ACTION_QUOTA
                                 : ACTION_ERROR;
    r->status = r->action == ACTION_ERROR ? 502 : 403;
    if (r->action == ACTION_ERROR) {
        r->error = SL_STR("origin-connect-timeout");
        return;
    }
    r->rule = sl_cstr(categories[host % SL_COUNT(categories)].rule);
    r->rule = r->rule.n ? r->rule : SL_STR("after-hours");
    r->reason = r->action == ACTION_QUOTA ? SL_STR("quota") : SL_STR("rule");
    r->quota = r->action == ACTION_QUOTA ? SL_STR("video-day") : SL_STR("");
}

static void identify(struct record *r, unsigned user)
{
    static const struct sl_str groups[] = {{"staff", 5}, {"sales", 5},  {"it", 2},    {"finance", 7},
                                           {"hr", 2},    {"design", 6}, {"plant", 5}, {"guests", 6}};
    r->client = (struct sl_addr){{[10] = 0xff, 0xff, 10, 1, (uint8_t)(user / 250), (uint8_t)(user % 250)}};
    if (user % 50 == 0)
        return;
    r->user = sl_cstr(users[user]);
    r->groups[0] = groups[0];
    r->groups[1] = groups[1 + user % 7];
    r->group_count = 2;
}

void office_record(struct record *r, uint64_t n, uint64_t id, int64_t time_us)
{
    static const struct sl_str types[] = {
        {"text/html; charset=utf-8", 24}, {"image/webp", 10}, {"application/json", 16}};
    uint64_t x = random_of(n);
    unsigned user = (unsigned)(x % USERS), host = (unsigned)(x >> 16) % (x >> 63 ? HOSTS / 100 : HOSTS);
    bool tunnel = x >> 62 & 1;
    memset(r, 0, sizeof *r);
    r->id = id;
    r->time_us = time_us;
    r->duration_us = (x >> 20) % 900000 * (tunnel ? 200 : 1);
    r->timing = (struct record_timing){
        .decide_us = 3, .send_us = 40, .wait_us = (uint32_t)(x >> 30) % 90000, .relay_us = 300};
    r->client_port = (uint16_t)x;
    identify(r, user);
    r->method = tunnel ? SL_STR("CONNECT") : SL_STR("GET");
    r->host = sl_cstr(hosts[host]);
    r->port = tunnel ? 443 : 80;
    if (!tunnel) {
        r->scheme = SL_STR("http");
        r->path = sl_cstr(paths[(x >> 24) % PATHS]);
        r->content_type = types[x % 3];
    }
    decide(r, host, (unsigned)(x >> 40) % 1000);
    r->policy_version = 12;
    r->bytes_in = 400 + x % 300;
    r->bytes_out = (x >> 8) % 200000;
    if (r->action == ACTION_ALLOW) {
        r->upstream.addr = (struct sl_addr){{[10] = 0xff, 0xff, 192, 0, (uint8_t)(host >> 8), (uint8_t)host}};
        r->upstream.port = r->port;
        r->reused = true;
    }
    r->user_agent = sl_cstr(agents[user % AGENTS]);
}

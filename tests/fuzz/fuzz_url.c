/* fuzz_url - URLs of any bytes: every reader's answer is its own canonical form, clean, and consistent in its
 * parts. */
#include <stdlib.h>

#include "sluice/url.h"

static void check_clean(struct sl_str text)
{
    for (size_t i = 0; i < text.n; i++)
        sl_assert(text.p[i] > ' ' && text.p[i] < 127);
}

static void check_inside(struct sl_str part, struct sl_str whole)
{
    sl_assert(part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

/* No segment climbs, whether an origin decodes slashes before it looks or not. */
static void check_no_dots(struct sl_str path)
{
    char *plain = sl_malloc(path.n + 2), *o = plain;
    for (size_t i = 0; i < path.n; i++) {
        bool slash =
            path.n - i > 2 && (memcmp(path.p + i, "%2F", 3) == 0 || memcmp(path.p + i, "%5C", 3) == 0);
        *o++ = slash ? '/' : path.p[i];
        i += slash ? 2 : 0;
    }
    *o++ = '/';
    *o = '\0';
    sl_assert(!strstr(plain, "/./") && !strstr(plain, "/../"));
    free(plain);
}

static void check_url(const struct sl_url *url)
{
    check_no_dots(url->path);
    check_clean(url->text);
    check_inside(url->scheme, url->text);
    check_inside(url->host, url->text);
    check_inside(url->path, url->text);
    check_inside(url->query, url->text);
    check_inside(url->match, url->text);
    sl_assert(url->host.n > 0 && url->host.n <= 253 && url->port != 0);
    sl_assert(url->match.p + url->match.n == url->text.p + url->text.n);
    sl_assert(url->path.n == 0 || url->path.p[0] == '/');
    char text[SL_ADDR_TEXT];
    if (url->host_is_addr)
        sl_assert(sl_str_eq(url->host, sl_cstr(sl_addr_text(url->addr, text))));
    struct sl_str domain = sl_host_registrable(url->host);
    sl_assert(sl_str_ends(url->host, domain));
}

typedef bool (*reader)(struct sl_str text, struct sl_arena *arena, struct sl_url *out, struct sl_err *err);

static void check_reader(reader read, struct sl_str input, struct sl_arena *arena)
{
    struct sl_url url, again;
    struct sl_err err;
    if (!read(input, arena, &url, &err)) {
        sl_assert(err.code == SL_BAD_INPUT);
        return;
    }
    check_url(&url);
    sl_assert(read(url.text, arena, &again, &err));
    sl_assert(sl_str_eq(again.text, url.text) && sl_str_eq(again.host, url.host) && again.port == url.port);
    sl_assert(sl_str_eq(again.path, url.path) && sl_str_eq(again.query, url.query) &&
              again.has_query == url.has_query);
    sl_assert(sl_addr_eq(again.addr, url.addr) && again.host_is_addr == url.host_is_addr);
}

/* A URL that passed as it stood must come out the same of the long way, which a capital in the scheme makes
 * it take. */
static void check_long_way(struct sl_str input, struct sl_arena *arena)
{
    struct sl_url url, slow;
    struct sl_err err;
    if (!sl_url_parse(input, arena, &url, &err) || url.text.p != input.p)
        return;
    struct sl_str copy = sl_arena_str(arena, input);
    *(char *)copy.p = 'H';
    sl_assert(sl_url_parse(copy, arena, &slow, &err));
    sl_assert(slow.text.p != copy.p && sl_str_eq(slow.text, url.text) && sl_str_eq(slow.host, url.host));
    sl_assert(sl_str_eq(slow.path, url.path) && sl_str_eq(slow.query, url.query) && slow.port == url.port);
    sl_assert(slow.has_query == url.has_query && slow.default_port == url.default_port);
    sl_assert(slow.host_is_addr == url.host_is_addr && sl_addr_eq(slow.addr, url.addr));
}

static void check_host(struct sl_str input, struct sl_arena *arena)
{
    struct sl_str host, again;
    struct sl_addr addr;
    struct sl_err err;
    bool is_addr;
    if (!sl_host_parse(input, arena, &host, &is_addr, &addr, &err))
        return;
    check_clean(host);
    sl_assert(sl_host_parse(host, arena, &again, &is_addr, &addr, &err) && sl_str_eq(again, host));
}

static void check_path(struct sl_str input, struct sl_arena *arena)
{
    struct sl_str path, again;
    struct sl_err err;
    if (!sl_path_canonical(input, arena, &path, &err))
        return;
    check_clean(path);
    sl_assert(path.n > 0 && path.p[0] == '/');
    sl_assert(sl_path_canonical(path, arena, &again, &err) && sl_str_eq(again, path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* An allocation of exactly this size: a byte read too many is seen. */
    char *copy = sl_malloc(size ? size : 1);
    struct sl_arena arena;
    if (size)
        memcpy(copy, data, size);
    struct sl_str input = sl_str(copy, size);
    sl_arena_init(&arena, 0);
    check_reader(sl_url_parse, input, &arena);
    check_reader(sl_url_parse_authority, input, &arena);
    check_reader(sl_url_parse_loose, input, &arena);
    check_long_way(input, &arena);
    check_host(input, &arena);
    check_path(input, &arena);
    sl_arena_fini(&arena);
    free(copy);
    return 0;
}

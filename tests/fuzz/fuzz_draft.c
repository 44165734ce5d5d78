/* fuzz_draft.c - any requests to the draft and its neighbours: "METHOD PATH" below /api/v1/policy on the
 * first line, the body behind it, requests separated by an empty line. What must hold: each is answered once
 * with a status that the contract knows, whatever was kept can be read again, and putting back what was read
 * changes nothing. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "adminapi/route.h"
#include "base/fs.h"
#include "sluice/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { REQUESTS_MOST = 20 };

static struct store *store;
static char folder[] = "/tmp/fuzz-draft-XXXXXX";

static void remove_folder(void)
{
    store_close(&store);
    sl_assert(fs_remove_all(folder, NULL));
}

/* One store for all inputs: opening one takes longer than an input does. Each begins without a draft. */
static void open_store(void)
{
    struct sl_err err;
    sl_log_level(SL_LOG_ERROR);
    sl_assert(mkdtemp(folder) && store_open(folder, &store, &err));
    atexit(remove_folder);
}

/* The status; out (may be NULL) is the answer. */
static unsigned request(struct sl_str method, struct sl_str path, struct sl_str body, json_t **out)
{
    static const struct settings settings;
    struct api_context ctx = {.store = store};
    struct api_request req = {.ctx = &ctx,
                              .settings = &settings,
                              .method = method,
                              .body = body,
                              .if_match = SL_STR("*"),
                              .role = ROLE_ADMIN,
                              .actor = {SL_STR("fuzz"), SL_STR("local")}};
    struct api_reply reply = {.status = 0};
    sl_arena_init(&req.arena, 0);
    const char *whole = sl_arena_printf(&req.arena, "/api/v1/policy%.*s", SL_FMT(path));
    size_t mark = sl_str_find(sl_cstr(whole), '?');
    req.path = sl_str_sub(sl_cstr(whole), 0, mark);
    route_dispatch(&req, sl_str_sub(sl_cstr(whole), mark + 1, SIZE_MAX), &reply);
    unsigned status = reply.status;
    sl_assert(status >= 200 && status < 500 && (status == 204 || reply.body.n > 0));
    json_t *answer = reply.body.n > 0 ? json_loadb(reply.body.p, reply.body.n, 0, NULL) : NULL;
    sl_assert(status == 204 || answer);
    if (out)
        *out = answer;
    else
        json_decref(answer);
    reply_fini(&reply);
    sl_arena_fini(&req.arena);
    return status;
}

/* The next request of *rest; false: that was all. A commit is left out: it would change what the next input
 * finds. */
static bool take(struct sl_str *rest, struct sl_str *method, struct sl_str *path, struct sl_str *body)
{
    if (rest->n == 0)
        return false;
    const char *end = memmem(rest->p, rest->n, "\n\n", 2);
    struct sl_str all = sl_str_sub(*rest, 0, end ? (size_t)(end - rest->p) : rest->n);
    *rest = sl_str_sub(*rest, all.n + (end ? 2 : 0), SIZE_MAX);
    struct sl_str line = sl_str_sub(all, 0, sl_str_find(all, '\n'));
    *body = sl_str_sub(all, line.n + 1, SIZE_MAX);
    *method = sl_str_sub(line, 0, sl_str_find(line, ' '));
    *path = sl_str_sub(line, method->n + 1, SIZE_MAX);
    return true;
}

static bool is_ours(struct sl_str path)
{
    bool ours = sl_str_starts(path, SL_STR("/draft")) || sl_str_starts(path, SL_STR("/regex")) ||
                sl_str_starts(path, SL_STR("/diff"));
    return ours && memmem(path.p, path.n, "commit", 6) == NULL && memchr(path.p, '\0', path.n) == NULL;
}

static void expect_readable(void)
{
    json_t *draft, *again;
    sl_assert(request(SL_STR("GET"), SL_STR("/draft"), SL_STR(""), &draft) == 200);
    char *text = json_dumps(json_object_get(draft, "document"), 0);
    sl_assert(request(SL_STR("PUT"), SL_STR("/draft"), sl_cstr(text), &again) == 200);
    sl_assert(json_equal(draft, again));
    free(text);
    json_decref(draft);
    json_decref(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sl_str rest = sl_str((const char *)data, size), method, path, body;
    if (!store)
        open_store();
    request(SL_STR("DELETE"), SL_STR("/draft"), SL_STR(""), NULL);
    for (int i = 0; i < REQUESTS_MOST && take(&rest, &method, &path, &body); i++)
        if (is_ours(path))
            request(method, path, body, NULL);
    expect_readable();
    return 0;
}

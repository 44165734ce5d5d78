/* raw.c - see raw.h. */
#include "policy/store/raw.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/store/digest.h"
#include "policy/store/fetch.h"
#include "policy/store/inside.h"

enum { CONNECT_MS = 15000, STALL_MS = 60000, ID_CHARS = 16 };
#define RAW_MOST ((uint64_t)1 << 30)
#define TOTAL_MS ((int64_t)30 * 60 * 1000)

static void take_text(char **text, char **from)
{
    free(*text);
    *text = *from;
    *from = NULL;
}

static bool download(struct store *s, struct source *src, bool ask_unchanged,
                     bool (*progress)(void *, uint64_t, uint64_t), void *arg, struct raw *out,
                     struct sl_err *err)
{
    char id[ID_CHARS + 1];
    struct fetch_answer answer = {0};
    size_t private_count;
    SL_CLEANUP(sl_freep) struct sl_cidr *private_nets = store_private_nets(s, &private_count);
    crypto_random_id(id, ID_CHARS);
    out->path = sl_asprintf("%s/fetch/%s", s->dir, id);
    struct fetch_request r = {.url = src->location,
                              .etag = ask_unchanged ? src->etag : "",
                              .last_modified = ask_unchanged ? src->last_modified : "",
                              .path = out->path,
                              .max_bytes = RAW_MOST,
                              .connect_ms = CONNECT_MS,
                              .stall_ms = STALL_MS,
                              .total_ms = TOTAL_MS,
                              .progress = progress,
                              .progress_arg = arg,
                              .private_nets = private_nets,
                              .private_count = private_count};
    if (!fetch_url(&r, &answer, err))
        return false;
    out->unchanged = answer.unchanged;
    out->downloaded = !answer.unchanged;
    if (out->downloaded) {
        src->bytes = (int64_t)answer.bytes;
        take_text(&src->etag, &answer.etag);
        take_text(&src->last_modified, &answer.last_modified);
    }
    fetch_answer_fini(&answer);
    return true;
}

/* Where the file lies: somewhere on this machine, on its way in, or the copy that we keep of an upload. */
static char *path_of(const struct store *s, const struct source *src)
{
    if (src->incoming)
        return sl_strdup(src->incoming);
    return *src->upload ? store_path(s, src->upload) : sl_strdup(src->location);
}

static bool find(const struct store *s, struct source *src, struct raw *out, struct sl_err *err)
{
    struct stat st;
    out->path = path_of(s, src);
    if (stat(out->path, &st) != 0)
        return sl_fail_errno(err, errno == ENOENT ? SL_NOT_FOUND : SL_IO, errno, "cannot read %s", out->path);
    out->is_folder = S_ISDIR(st.st_mode);
    if (!out->is_folder && !S_ISREG(st.st_mode))
        return sl_fail(err, SL_BAD_INPUT, "%s is neither a file nor a folder", out->path);
    if (!out->is_folder && (uint64_t)st.st_size > RAW_MOST)
        return sl_fail(err, SL_LIMIT, "%s is larger than %" PRIu64 " bytes", out->path, RAW_MOST);
    src->bytes = out->is_folder ? 0 : st.st_size;
    return true;
}

bool raw_get(struct store *s, struct source *src, bool ask_unchanged,
             bool (*progress)(void *, uint64_t, uint64_t), void *arg, struct raw *out, struct sl_err *err)
{
    uint8_t sha256[32];
    *out = (struct raw){0};
    ask_unchanged = ask_unchanged && src->has_content;
    if (!(src->is_url ? download(s, src, ask_unchanged, progress, arg, out, err) : find(s, src, out, err)))
        return false;
    if (out->unchanged)
        return true;
    src->has_content = src->has_content && !out->is_folder;
    if (out->is_folder)
        return true;
    if (!digest_file(out->path, sha256, err))
        return false;
    out->unchanged = ask_unchanged && src->has_content && memcmp(sha256, src->content, sizeof sha256) == 0;
    memcpy(src->content, sha256, sizeof sha256);
    src->has_content = true;
    return true;
}

bool raw_still_same(const struct raw *r, const struct source *src, struct sl_err *err)
{
    uint8_t sha256[32];
    if (r->downloaded || r->is_folder)
        return true;
    if (!digest_file(r->path, sha256, err))
        return false;
    return memcmp(sha256, src->content, sizeof sha256) == 0 ||
           sl_fail(err, SL_BUSY, "%s was written to while it was read; try again", r->path);
}

void raw_fini(struct raw *r)
{
    if (r->downloaded)
        unlink(r->path);
    free(r->path);
    *r = (struct raw){0};
}

/* site.c - see site.h. */
#include "adminapi/site.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"

struct content {
    char *data; /* NULL: there is none */
    size_t n;
    char etag[32];
};
struct file {
    char *path; /* "/app-8KD3.js" */
    const char *type, *cache;
    struct content plain, gzip;
};
struct site {
    struct file files[SITE_FILES]; /* sorted by path */
    size_t count, bytes;
};

static const struct {
    const char *suffix, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
};

static const char forever[] = "public, max-age=31536000, immutable";
static const char ask_again[] = "no-cache";

static const char no_console[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width\"><title>Sluice</title></head>\n"
    "<body><h1>Sluice</h1>\n<p>The gateway is running, but its console has not been built. "
    "<code>script/build</code> builds it; <code>admin.console</code> in the settings names the folder.</p>\n"
    "<p>The API is there: <a href=\"/api/v1/health\">health</a>, "
    "<a href=\"/api/v1/openapi.json\">openapi.json</a>.</p></body></html>\n";

/* ---- reading ---- */

static const char *type_of(struct sl_str path)
{
    for (size_t i = 0; i < SL_COUNT(types); i++)
        if (sl_str_ends(path, sl_cstr(types[i].suffix)))
            return types[i].type;
    return "application/octet-stream";
}

/* Names that change with the content: "-" and at least 8 characters of base 32 or hex before the first dot,
 * as the bundler writes them ("app-7XQ2ABCD.js"). */
static bool is_hashed(struct sl_str path)
{
    size_t slash = path.n, upper = 0, hex = 0;
    while (slash > 0 && path.p[slash - 1] != '/')
        slash--;
    struct sl_str stem = sl_str_sub(path, slash, path.n);
    stem = sl_str_sub(stem, 0, sl_str_find(stem, '.'));
    size_t dash = stem.n;
    while (dash > 0 && stem.p[dash - 1] != '-')
        dash--;
    size_t n = stem.n - dash;
    for (size_t i = dash; i < stem.n; i++) {
        char c = stem.p[i];
        bool digit = c >= '0' && c <= '9';
        upper += digit || (c >= 'A' && c <= 'Z');
        hex += digit || (c >= 'a' && c <= 'f');
    }
    return dash > 0 && n >= 8 && (upper == n || hex == n);
}

static void make_etag(struct content *c, const char *suffix)
{
    uint8_t hash[32];
    char text[45];
    crypto_sha256(sl_str(c->data, c->n), hash);
    crypto_base64url(hash, 15, text); /* 120 bits, 20 characters */
    snprintf(c->etag, sizeof c->etag, "\"%.20s%s\"", text, suffix);
}

static bool read_all(int fd, const char *path, struct site *site, struct content *out, struct sl_err *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return sl_fail_errno(err, SL_IO, errno, "admin.console: %s", path);
    if (info.st_size < 0 || (uint64_t)info.st_size > SITE_BYTES - site->bytes)
        return sl_fail(err, SL_LIMIT, "admin.console: the files of the folder are more than %d MiB",
                       SITE_BYTES >> 20);
    out->n = (size_t)info.st_size;
    out->data = sl_malloc(out->n + 1);
    site->bytes += out->n;
    for (size_t got = 0; got < out->n;) {
        ssize_t n = read(fd, out->data + got, out->n - got);
        if (n <= 0 && !(n < 0 && errno == EINTR))
            return sl_fail(err, SL_IO, "admin.console: %s can't be read whole", path);
        got += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static struct file *add_file(struct site *site, struct sl_str path, struct sl_err *err)
{
    for (size_t i = 0; i < site->count; i++)
        if (sl_str_eq(sl_cstr(site->files[i].path), path))
            return &site->files[i];
    if (site->count == SITE_FILES) {
        sl_fail(err, SL_LIMIT, "admin.console: the folder has more than %d files", SITE_FILES);
        return NULL;
    }
    struct file *f = &site->files[site->count++];
    *f = (struct file){.path = sl_str_dup(path), .type = type_of(path)};
    f->cache = is_hashed(path) ? forever : ask_again;
    return f;
}

static bool load_file(int folder, const char *name, const char *path, struct site *site, struct sl_err *err)
{
    struct sl_str text = sl_cstr(path);
    bool gzip = sl_str_ends(text, SL_STR(".gz"));
    struct file *f = add_file(site, sl_str_sub(text, 0, text.n - (gzip ? 3 : 0)), err);
    struct content *c = f && gzip ? &f->gzip : f ? &f->plain : NULL;
    int fd = c ? openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (c && fd < 0)
        return sl_fail_errno(err, SL_IO, errno, "admin.console: %s", path);
    bool ok = c && read_all(fd, path, site, c, err);
    if (ok)
        make_etag(c, gzip ? "-gz" : "");
    sl_closep(&fd);
    return ok;
}

static bool load_folder(int fd, const char *prefix, unsigned depth, struct site *site, struct sl_err *err);

static bool load_entry(int folder, const struct dirent *entry, const char *prefix, unsigned depth,
                       struct site *site, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/%s", prefix, entry->d_name);
    struct stat info;
    if (entry->d_name[0] == '.' || fstatat(folder, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        return true;
    if (S_ISREG(info.st_mode))
        return load_file(folder, entry->d_name, path, site, err);
    if (!S_ISDIR(info.st_mode) || depth == SITE_DEPTH)
        return true;
    int fd = openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return fd < 0 || load_folder(fd, path, depth + 1, site, err);
}

/* Takes the descriptor. */
static bool load_folder(int fd, const char *prefix, unsigned depth, struct site *site, struct sl_err *err)
{
    DIR *dir = fdopendir(fd);
    const struct dirent *entry;
    bool ok = true;
    if (dir == NULL) {
        sl_closep(&fd);
        return sl_fail_errno(err, SL_IO, errno, "admin.console: %s/", prefix);
    }
    while (ok && (entry = readdir(dir)) != NULL)
        ok = load_entry(fd, entry, prefix, depth, site, err);
    closedir(dir);
    return ok;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct file *)a)->path, ((const struct file *)b)->path);
}

/* A compressed file without its plain twin can't be given to everybody. */
static void drop_orphans(struct site *site)
{
    size_t kept = 0;
    for (size_t i = 0; i < site->count; i++) {
        struct file *f = &site->files[i];
        if (f->plain.data) {
            site->files[kept++] = *f;
            continue;
        }
        free(f->path);
        free(f->gzip.data);
    }
    site->count = kept;
}

bool site_load(const char *folder, struct site **out, struct sl_err *err)
{
    struct site *site = sl_calloc(1, sizeof *site);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd < 0 || load_folder(fd, "", 1, site, err);
    drop_orphans(site);
    qsort(site->files, site->count, sizeof *site->files, by_path);
    if (ok)
        *out = site;
    else
        site_free(&site);
    return ok;
}

void site_free(struct site **ref)
{
    struct site *site = *ref;
    if (site == NULL)
        return;
    for (size_t i = 0; i < site->count; i++) {
        free(site->files[i].path);
        free(site->files[i].plain.data);
        free(site->files[i].gzip.data);
    }
    sl_freep(ref);
}

/* ---- answering ---- */

static const struct file *find(const struct site *site, struct sl_str path)
{
    size_t low = 0, high = site->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = sl_str_cmp(sl_cstr(site->files[middle].path), path);
        if (order == 0)
            return &site->files[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool site_empty(const struct site *site)
{
    return find(site, SL_STR("/index.html")) == NULL;
}

static bool has_extension(struct sl_str path)
{
    for (size_t i = path.n; i > 0 && path.p[i - 1] != '/'; i--)
        if (path.p[i - 1] == '.')
            return true;
    return false;
}

/* "gzip" or "*" with another weight than zero. */
static bool takes_gzip(struct sl_str accept)
{
    struct sl_str item, part;
    while (sl_str_split(&accept, ',', &item)) {
        if (!sl_str_split(&item, ';', &part))
            continue;
        part = sl_str_trim(part);
        if (!sl_str_ieq(part, SL_STR("gzip")) && !sl_str_eq(part, SL_STR("*")))
            continue;
        struct sl_str weight = sl_str_trim(item);
        if (!sl_str_istarts(weight, SL_STR("q=0")))
            return true;
        for (size_t i = 3; i < weight.n; i++)
            if (weight.p[i] >= '1' && weight.p[i] <= '9')
                return true;
        return false;
    }
    return false;
}

static bool listed(struct sl_str if_none_match, const char *etag)
{
    struct sl_str item;
    while (sl_str_split(&if_none_match, ',', &item)) {
        item = sl_str_trim(item);
        if (sl_str_starts(item, SL_STR("W/")))
            item = sl_str_sub(item, 2, item.n);
        if (sl_str_eq(item, SL_STR("*")) || sl_str_eq(item, sl_cstr(etag)))
            return true;
    }
    return false;
}

static void give(const struct file *f, struct sl_str accept_encoding, struct sl_str if_none_match,
                 struct api_reply *reply)
{
    bool gzip = f->gzip.data && takes_gzip(accept_encoding);
    const struct content *c = gzip ? &f->gzip : &f->plain;
    snprintf(reply->etag, sizeof reply->etag, "%s", c->etag);
    reply->cache = f->cache;
    reply->varies = f->gzip.data != NULL;
    if (listed(if_none_match, c->etag)) {
        reply->status = 304;
        return;
    }
    reply->status = 200;
    reply->content_type = f->type;
    reply->encoding = gzip ? "gzip" : NULL;
    reply->lasting = sl_str(c->data, c->n);
}

/* Addresses of the console's pages are made in the browser: what has no extension is the one page that makes
 * them. */
void site_answer(const struct site *site, struct sl_str path, struct sl_str accept_encoding,
                 struct sl_str if_none_match, struct api_reply *reply)
{
    const struct file *f = find(site, path);
    if (f == NULL && !has_extension(path))
        f = find(site, SL_STR("/index.html"));
    if (f) {
        give(f, accept_encoding, if_none_match, reply);
    } else if (!has_extension(path)) {
        reply->status = 200;
        reply->content_type = "text/html; charset=utf-8";
        reply->lasting = sl_cstr(no_console);
    } else {
        reply_problem(reply, 404, "there is no file %.*s", (int)SL_MIN(path.n, (size_t)200), path.p);
    }
}

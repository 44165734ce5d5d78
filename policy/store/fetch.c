/* fetch.c - see fetch.h. */
#include "policy/store/fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address_class.h"

enum { URL_MOST = 2048, VALIDATOR_MOST = 512, REDIRECTS_MOST = 5, SLOWEST = 1024, SHOWN_MOST = 120 };

struct fetch {
    const struct fetch_request *r;
    CURL *curl;
    int fd;
    uint64_t bytes;
    int write_errno;
    bool too_large, refused;
    struct sl_addr refused_addr;
    char reason[CURL_ERROR_SIZE];
};

bool fetch_check_url(struct sl_str url, struct sl_err *err)
{
    struct sl_str rest;
    if (sl_str_istarts(url, SL_STR("http://")))
        rest = sl_str_sub(url, 7, SIZE_MAX);
    else if (sl_str_istarts(url, SL_STR("https://")))
        rest = sl_str_sub(url, 8, SIZE_MAX);
    else
        return sl_fail(err, SL_BAD_INPUT,
                       "'%.*s' is no URL to fetch from: it must begin with http:// or https://",
                       SL_FMT(sl_str_sub(url, 0, 100)));
    if (url.n > URL_MOST)
        return sl_fail(err, SL_LIMIT, "the URL is longer than %d bytes", URL_MOST);
    for (size_t i = 0; i < url.n; i++)
        if ((unsigned char)url.p[i] <= ' ' || url.p[i] == 0x7f)
            return sl_fail(err, SL_BAD_INPUT, "the URL has a space or control byte at position %zu", i + 1);
    if (rest.n == 0 || rest.p[0] == '/' || rest.p[0] == '?' || rest.p[0] == '#')
        return sl_fail(err, SL_BAD_INPUT, "'%.*s' has no host", SL_FMT(sl_str_sub(url, 0, 100)));
    return true;
}

char *fetch_public_url(const char *url)
{
    struct sl_text out = {0};
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    const char *at = memrchr(host, '@', strcspn(host, "/?#"));
    const char *query = url + strcspn(url, "?#");
    if (at)
        sl_text_addf(&out, "%.*s***%.*s", (int)(host - url), url, (int)(query - at), at);
    else
        sl_text_add(&out, sl_str(url, (size_t)(query - url)));
    struct sl_str part, rest = sl_str(query, strcspn(query, "#"));
    while (rest.n > 0 && sl_str_split(&rest, '&', &part)) {
        size_t eq = sl_str_find(part, '=');
        sl_text_addf(&out, "%.*s%s%s", SL_FMT(sl_str_sub(part, 0, eq)), eq < part.n ? "=***" : "",
                     rest.n > 0 ? "&" : "");
    }
    return out.p;
}

/* The last look before connect(), at the very address: no name, redirect or second answer of a resolver leads
 * around it. */
static bool may_dial(const struct fetch_request *r, struct sl_addr a)
{
    enum address_class class = address_classify(a);
    return class == ADDRESS_PUBLIC || address_class_excepted(class, a, r->private_nets, r->private_count);
}

static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct fetch *f = arg;
    struct sl_addr a = {{0}};
    bool ip = to->family == AF_INET || to->family == AF_INET6;
    if (ip)
        a = sl_endpoint_from_sockaddr(&to->addr).addr;
    if (ip && may_dial(f->r, a))
        return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
    f->refused = true;
    f->refused_addr = a;
    return CURL_SOCKET_BAD;
}

static size_t on_data(char *data, size_t size, size_t count, void *arg)
{
    struct fetch *f = arg;
    size_t n = size * count;
    f->bytes += n;
    if (f->bytes > f->r->max_bytes) {
        f->too_large = true;
        return CURL_WRITEFUNC_ERROR;
    }
    for (size_t at = 0; at < n;) {
        ssize_t wrote = write(f->fd, data + at, n - at);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0) {
            f->write_errno = errno;
            return CURL_WRITEFUNC_ERROR;
        }
        at += (size_t)wrote;
    }
    return n;
}

/* Not 0 ends the transfer. */
static int on_progress(void *arg, curl_off_t total, curl_off_t done, curl_off_t up_total, curl_off_t up)
{
    struct fetch *f = arg;
    return f->r->progress &&
           !f->r->progress(f->r->progress_arg, (uint64_t)SL_MAX(done, 0), (uint64_t)SL_MAX(total, 0));
}

static void curl_start(void)
{
    sl_assert(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

static void set_limits(struct fetch *f)
{
    CURL *c = f->curl;
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    /* What was asked for over TLS is not taken from elsewhere in the clear. */
    curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR,
                     sl_str_istarts(sl_cstr(f->r->url), SL_STR("https:")) ? "https" : "http,https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)REDIRECTS_MOST);
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)f->r->max_bytes);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)f->r->connect_ms);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)SLOWEST);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)((f->r->stall_ms + 999) / 1000));
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)f->r->total_ms);
}

static void set_hooks(struct fetch *f)
{
    CURL *c = f->curl;
    curl_easy_setopt(c, CURLOPT_URL, f->r->url);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "sluice/" SLUICE_VERSION);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, f->reason);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, f);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, f);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, f);
    /* The body of an error or a redirect is nothing to keep. */
    curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
}

static struct curl_slist *conditions(const struct fetch_request *r)
{
    struct curl_slist *list = NULL;
    if (r->etag && *r->etag) {
        SL_CLEANUP(sl_freep) char *line = sl_asprintf("If-None-Match: %s", r->etag);
        list = curl_slist_append(list, line);
    }
    if (r->last_modified && *r->last_modified) {
        SL_CLEANUP(sl_freep) char *line = sl_asprintf("If-Modified-Since: %s", r->last_modified);
        list = curl_slist_append(list, line);
    }
    return list;
}

/* A field of the last answer; "" when missing or too long to be worth keeping. */
static char *answer_field(CURL *curl, const char *name)
{
    struct curl_header *h;
    if (curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &h) != CURLHE_OK ||
        strlen(h->value) > VALIDATOR_MOST)
        return sl_strdup("");
    return sl_strdup(h->value);
}

static char *short_url(const char *url)
{
    SL_CLEANUP(sl_freep) char *whole = fetch_public_url(url);
    return strlen(whole) <= SHOWN_MOST ? sl_strdup(whole) : sl_asprintf("%.*s...", SHOWN_MOST - 3, whole);
}

static bool fail(const struct fetch *f, CURLcode rc, long status, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *shown = short_url(f->r->url);
    if (f->too_large || rc == CURLE_FILESIZE_EXCEEDED)
        return sl_fail(err, SL_LIMIT, "%s is larger than %" PRIu64 " bytes", shown, f->r->max_bytes);
    if (f->write_errno)
        return sl_fail_errno(err, SL_IO, f->write_errno, "cannot write %s", f->r->path);
    if (rc == CURLE_ABORTED_BY_CALLBACK)
        return sl_fail(err, SL_BUSY, "%s: stopped", shown);
    if (rc == CURLE_COULDNT_CONNECT && f->refused) {
        char addr[SL_ADDR_TEXT];
        return sl_fail(err, SL_DENIED,
                       "%s: its address %s is %s; to fetch from there, name it in proxy.allow_private", shown,
                       sl_addr_text(f->refused_addr, addr),
                       address_class_word(address_classify(f->refused_addr)));
    }
    if (rc == CURLE_HTTP_RETURNED_ERROR || rc == CURLE_OK)
        return sl_fail(err, SL_UNAVAILABLE, "%s answered %ld", shown, status);
    return sl_fail(err, SL_UNAVAILABLE, "cannot fetch %s: %s", shown,
                   *f->reason ? f->reason : curl_easy_strerror(rc));
}

static bool perform(struct fetch *f, struct fetch_answer *out, struct sl_err *err)
{
    long status = 0;
    set_limits(f);
    set_hooks(f);
    struct curl_slist *fields = conditions(f->r);
    bool conditional = fields != NULL;
    curl_easy_setopt(f->curl, CURLOPT_HTTPHEADER, fields);
    CURLcode rc = curl_easy_perform(f->curl);
    curl_slist_free_all(fields);
    curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
    if (rc != CURLE_OK || (status != 200 && !(status == 304 && conditional)))
        return fail(f, rc, status, err);
    if (status == 200 && fsync(f->fd) != 0)
        return sl_fail_errno(err, SL_IO, errno, "cannot write %s", f->r->path);
    *out = (struct fetch_answer){.unchanged = status == 304,
                                 .etag = answer_field(f->curl, "ETag"),
                                 .last_modified = answer_field(f->curl, "Last-Modified"),
                                 .bytes = f->bytes};
    return true;
}

bool fetch_url(const struct fetch_request *r, struct fetch_answer *out, struct sl_err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct fetch f = {.r = r};
    pthread_once(&once, curl_start);
    f.fd = open(r->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (f.fd < 0)
        return sl_fail_errno(err, SL_IO, errno, "cannot create %s", r->path);
    f.curl = curl_easy_init();
    sl_assert(f.curl);
    bool ok = perform(&f, out, err);
    curl_easy_cleanup(f.curl);
    close(f.fd);
    if (!ok || out->unchanged)
        unlink(r->path);
    return ok;
}

void fetch_answer_fini(struct fetch_answer *a)
{
    sl_freep(&a->etag);
    sl_freep(&a->last_modified);
}

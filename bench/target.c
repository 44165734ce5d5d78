/* target.c - see target.h. */
#include "bench/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/net.h"
#include "sluice/base.h"

/* What a browser sends with each request, in the length that it sends it. */
#define BROWSER                                                                              \
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n" \
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"            \
    "Accept-Language: en-GB,en;q=0.5\r\nAccept-Encoding: gzip, deflate\r\n"

/* Basic credentials as a field; "" without. */
static char *login_field(const char *login)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = login ? strlen(login) : 0, at = 0;
    char *coded = sl_malloc(n / 3 * 4 + 5);
    for (size_t i = 0; i < n; i += 3) {
        unsigned bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (i + k < n ? (unsigned char)login[i + k] : 0u);
        for (size_t k = 0; k < 4; k++)
            coded[at++] = i + k > n ? '=' : digits[bits >> (18 - 6 * k) & 63];
    }
    coded[at] = '\0';
    char *field = n ? sl_asprintf("Proxy-Authorization: Basic %s\r\n", coded) : sl_strdup("");
    free(coded);
    return field;
}

static char *length_field(uint64_t upload)
{
    return upload ? sl_asprintf("Content-Length: %llu\r\n", (unsigned long long)upload) : sl_strdup("");
}

/* What TLS calls it: nothing where it is an address. */
static char *name_of(const char *authority, size_t n)
{
    size_t host_n = strcspn(authority, ":/");
    bool is_address = strspn(authority, "0123456789.") >= SL_MIN(host_n, n);
    return is_address ? NULL : sl_strndup(authority, SL_MIN(host_n, n));
}

static void make_requests(struct target *t, const char *authority, int authority_n, const char *path,
                          const struct target_form *form)
{
    const char *port = memchr(authority, ':', (size_t)authority_n) ? "" : ":80";
    char *login = login_field(form->login), *length = length_field(form->upload);
    t->request =
        sl_asprintf("%s %s HTTP/1.1\r\nHost: %.*s\r\n" BROWSER "%s%s\r\n", form->upload ? "PUT" : "GET",
                    form->tunnel ? path : t->url, authority_n, authority, form->tunnel ? "" : login, length);
    t->request_n = strlen(t->request);
    if (form->tunnel) {
        t->connect = sl_asprintf("CONNECT %.*s%s HTTP/1.1\r\nHost: %.*s%s\r\n%s\r\n", authority_n, authority,
                                 port, authority_n, authority, port, login);
        t->connect_n = strlen(t->connect);
    }
    free(login);
    free(length);
}

bool targets_add(struct targets *targets, const char *line, const struct target_form *form)
{
    size_t url_n = strcspn(line, " \t\r\n");
    unsigned long status = strtoul(line + url_n, NULL, 10);
    if (url_n < 9 || strncmp(line, "http://", 7) != 0)
        return false;
    struct target t = {
        .url = sl_strndup(line, url_n), .status = status ? (int)status : 200, .length = UINT64_MAX};
    const char *authority = t.url + 7, *path = strchr(authority, '/');
    if (!path || path == authority) {
        free(t.url);
        return false;
    }
    t.upload = form->upload;
    if (form->upload)
        t.length = 0;
    else if (strncmp(path, "/b/", 3) == 0 || strncmp(path, "/c/", 3) == 0)
        t.length = strtoull(path + 3, NULL, 10);
    t.name = name_of(authority, (size_t)(path - authority));
    make_requests(&t, authority, (int)(path - authority), path, form);
    SL_GROW(targets->items, targets->count, &targets->cap);
    targets->items[targets->count++] = t;
    return true;
}

void targets_read(struct targets *t, const char *path, const struct target_form *form)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    char *line = NULL;
    size_t cap = 0;
    if (!file)
        die("%s", path);
    while (getline(&line, &cap, file) > 0)
        if (line[0] != '\n' && !targets_add(t, line, form)) {
            errno = 0;
            die("%s: not an http URL with a path: %s", path, line);
        }
    free(line);
    if (file != stdin)
        fclose(file);
}

void targets_fini(struct targets *t)
{
    for (size_t i = 0; i < t->count; i++) {
        free(t->items[i].url);
        free(t->items[i].name);
        free(t->items[i].request);
        free(t->items[i].connect);
    }
    free(t->items);
    *t = (struct targets){0};
}

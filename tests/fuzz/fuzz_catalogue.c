/* fuzz_catalogue.c - a catalogue file that somebody made on purpose: its hashes are right, nothing else has
 * to be. It is refused, or every question to it is answered without leaving its sections. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

#include "policy/lists/layout.h"
#include "sluice/lists.h"

/* Makes the hashes true, so that the input gets behind them. */
static void sign(uint8_t *file, size_t size)
{
    struct layout_header h;
    if (size < sizeof h)
        return;
    memcpy(&h, file, sizeof h);
    h.magic = LAYOUT_MAGIC;
    h.version = LAYOUT_VERSION;
    h.section_count = SECTION_COUNT;
    for (int i = 0; i < SECTION_COUNT; i++) {
        struct layout_section *s = &h.section[i];
        s->offset = s->offset / LAYOUT_ALIGN * LAYOUT_ALIGN;
        if (s->offset <= size && s->bytes <= size - s->offset)
            s->hash = XXH64(file + s->offset, s->bytes, 0);
    }
    h.hash = XXH64(&h, offsetof(struct layout_header, hash), 0);
    memcpy(file, &h, sizeof h);
}

static void ask(const struct list_provider *p, const char *host, const char *path, const char *query,
                uint16_t port)
{
    struct sl_url url = {.host = sl_cstr(host), .path = sl_cstr(path), .query = sl_cstr(query), .port = port};
    struct list_match matches[LIST_MATCHES_MAX];
    uint64_t *bits = sl_calloc(p->count / 64 + 1, sizeof *bits);
    url.has_query = *query != '\0';
    url.host_is_addr = sl_addr_parse(url.host, &url.addr);
    p->lookup(p, &url, bits);
    size_t n = p->matches(p, &url, matches, SL_COUNT(matches));
    for (size_t i = 0; i < n; i++)
        sl_assert(matches[i].list < p->count);
    free(bits);
}

static void ask_everything(const struct list_provider *p)
{
    struct sl_str pattern;
    int list;
    char host[254];
    ask(p, "example.com", "/a/b", "q=1&r", 80);
    ask(p, "www.example.com", "/x", "", 8080);
    ask(p, "deep.sub.example.org", "", "", 443);
    ask(p, "com", "/", "", 80);
    ask(p, "192.0.2.1", "/a", "", 80);
    ask(p, "10.1.2.3", "", "", 443);
    ask(p, "2001:db8::1", "/b", "", 80);
    ask(p, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", "", 80);
    for (size_t i = 0; i < sizeof host - 1; i++)
        host[i] = i % 2 ? '.' : 'a';
    host[sizeof host - 1] = '\0';
    ask(p, host, "/a", "", 80);
    for (size_t i = 0; i < p->count; i++) {
        sl_assert(strlen(p->name(p, (int)i)) < 1u << 24);
        p->find(p, sl_cstr(p->name(p, (int)i)));
    }
    for (size_t i = 0; p->expression(p, i, &list, &pattern); i++)
        sl_assert((size_t)list < p->count && (pattern.n == 0 || pattern.p[pattern.n - 1] <= 127));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    struct list_provider *p;
    struct sl_err err;
    if (size > 1 << 16)
        return 0;
    uint8_t *file = sl_malloc(size + 1);
    memcpy(file, data, size);
    sign(file, size);
    int fd = memfd_create("catalogue", MFD_CLOEXEC);
    sl_assert(fd >= 0 && write(fd, file, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (catalogue_open(path, &p, &err)) {
        ask_everything(p);
        p->unref(p);
    }
    close(fd);
    free(file);
    return 0;
}

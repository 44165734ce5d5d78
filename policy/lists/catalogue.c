/* catalogue.c - opens a compiled catalogue and is the list_provider that policy sees: mapped read-only,
 * shared, freed with the last reference. Files are only ever renamed into place, never written again, so the
 * mapping cannot change or shrink under a lookup. */
#include "policy/lists/catalogue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "policy/lists/hash.h"

static void ref(struct list_provider *p)
{
    atomic_fetch_add_explicit(&((struct catalogue *)p)->refs, 1, memory_order_relaxed);
}

static void catalogue_free(struct catalogue *c)
{
    if (c->map != NULL)
        munmap(c->map, c->map_size);
    free(c);
}

static void unref(struct list_provider *p)
{
    struct catalogue *c = (struct catalogue *)p;
    if (c != NULL && atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) == 1)
        catalogue_free(c);
}

static const char *name(const struct list_provider *p, int list)
{
    const struct catalogue *c = (const struct catalogue *)p;
    sl_assert(list >= 0 && (size_t)list < p->count);
    return c->text + c->lists[list].name_off;
}

static int find(const struct list_provider *p, struct sl_str wanted)
{
    const struct catalogue *c = (const struct catalogue *)p;
    int low = 0, high = (int)p->count - 1;
    while (low <= high) {
        int middle = low + (high - low) / 2;
        const struct layout_list *l = &c->lists[middle];
        int order = sl_str_cmp(wanted, sl_str(c->text + l->name_off, l->name_len));
        if (order == 0)
            return middle;
        if (order < 0)
            high = middle - 1;
        else
            low = middle + 1;
    }
    return -1;
}

static bool expression(const struct list_provider *p, size_t index, int *out_list, struct sl_str *out_pattern)
{
    const struct catalogue *c = (const struct catalogue *)p;
    if (index >= c->expression_count)
        return false;
    const struct layout_expression *e = &c->expressions[index];
    *out_list = (int)e->list;
    *out_pattern = sl_str(c->expression_text + e->off, e->len);
    return true;
}

static struct catalogue *catalogue_new(void)
{
    struct catalogue *c = sl_calloc(1, sizeof *c);
    atomic_init(&c->refs, 1);
    c->provider = (struct list_provider){.ref = ref,
                                         .unref = unref,
                                         .find = find,
                                         .name = name,
                                         .lookup = catalogue_lookup,
                                         .gather = catalogue_gather,
                                         .row = catalogue_row,
                                         .matches = catalogue_matches,
                                         .expression = expression};
    return c;
}

struct list_provider *catalogue_empty(void)
{
    return &catalogue_new()->provider;
}

static bool map_file(struct catalogue *c, const char *path, struct stat *out_st, struct sl_err *err)
{
    SL_CLEANUP(sl_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return sl_fail_errno(err, errno == ENOENT ? SL_NOT_FOUND : SL_IO, errno, "cannot open catalogue '%s'",
                             path);
    if (fstat(fd, out_st) != 0)
        return sl_fail_errno(err, SL_IO, errno, "cannot read '%s'", path);
    if (!S_ISREG(out_st->st_mode) || (size_t)out_st->st_size < sizeof(struct layout_header))
        return sl_fail(err, SL_BAD_INPUT, "'%s' is not a catalogue", path);
    c->map_size = (size_t)out_st->st_size;
    void *map = mmap(NULL, c->map_size, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return sl_fail_errno(err, SL_IO, errno, "cannot map '%s'", path);
    c->map = map;
    return true;
}

/* The seal is the fraction of the second in the file's time: the builder sets it when the content is known to
 * be good, and whoever writes to the file afterwards changes it. A file without it, such as one from a
 * backup, is only read in full before it is used. */
static long seal_of(const struct layout_header *h)
{
    return (long)(hash_fold(h->hash ^ h->seed[0], h->seed[1] | 1) % 1000000000);
}

bool catalogue_seal(int fd)
{
    struct layout_header h;
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};
    if (pread(fd, &h, sizeof h, 0) != sizeof h || clock_gettime(CLOCK_REALTIME, &times[1]) != 0)
        return false;
    times[1].tv_nsec = seal_of(&h);
    return futimens(fd, times) == 0;
}

bool catalogue_open(const char *path, struct list_provider **out, struct sl_err *err)
{
    struct catalogue *c = catalogue_new();
    struct stat st;
    bool ok = map_file(c, path, &st, err) && catalogue_check(c, path, err);
    if (ok && st.st_mtim.tv_nsec != seal_of(c->map))
        ok = catalogue_check_content(c, path, err);
    if (!ok) {
        catalogue_free(c);
        return false;
    }
    const struct layout_header *h = c->map;
    c->provider.count = h->lists;
    c->provider.rows = (size_t)h->sets * REST_COUNT;
    c->provider.generation = h->hash; /* over the hashes of all sections */
    *out = &c->provider;
    return true;
}

bool catalogue_verify(const struct list_provider *p, struct sl_err *err)
{
    return catalogue_check_content((const struct catalogue *)p, "in use", err);
}

void catalogue_stats(const struct list_provider *p, struct catalogue_stats *out)
{
    *out = ((const struct catalogue *)p)->stats;
}

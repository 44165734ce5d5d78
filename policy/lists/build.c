/* build.c - compiles list files into one catalogue: read everything into a tree, drop what parents cover,
 * place, write, open the result as a gateway would and ask it for a sample of what went in, and only then
 * give it its name. */
#include "policy/lists/build.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/fs.h"
#include "policy/lists/catalogue.h"
#include "policy/lists/normal.h"
#include "policy/lists/selftest.h"

static int by_name(const void *va, const void *vb)
{
    const struct catalogue_source *a = va, *b = vb;
    return strcmp(a->name, b->name);
}

static struct catalogue_source *sorted(const struct catalogue_source *sources, size_t count)
{
    struct catalogue_source *copy = sl_reallocarray(NULL, count + 1, sizeof *copy);
    if (count > 0)
        memcpy(copy, sources, count * sizeof *copy);
    qsort(copy, count, sizeof *copy, by_name);
    return copy;
}

/* HMAC of what identifies the content, for `purpose`; lengths keep names from running into each other. */
static void content_hmac(const struct catalogue_source *sources, size_t count, const uint8_t secret[32],
                         const char *purpose, uint8_t out[32])
{
    struct catalogue_source *order = sorted(sources, count);
    struct sl_text text = {0};
    sl_text_addf(&text, "sluice catalogue %d %s\n", LAYOUT_VERSION, purpose);
    for (size_t i = 0; i < count; i++) {
        sl_text_addf(&text, "%zu:%s", strlen(order[i].name), order[i].name);
        sl_text_add(&text, sl_str((const char *)order[i].sha256, 32));
    }
    crypto_hmac_sha256(sl_str((const char *)secret, 32), sl_text_str(&text), out);
    sl_text_fini(&text);
    free(order);
}

void catalogue_key(const struct catalogue_source *sources, size_t count, const uint8_t secret[32],
                   char out[65])
{
    uint8_t mac[32];
    content_hmac(sources, count, secret, "name", mac);
    crypto_hex(mac, sizeof mac, out);
}

/* ---- reading ---- */

static bool add_host(struct build *b, uint16_t member, struct sl_str host, struct sl_err *err)
{
    uint32_t id = tree_host(&b->tree, host, err);
    if (id == TREE_ROOT)
        return false;
    b->tree.nodes[id].set = sets_with(b->sets, b->tree.nodes[id].set, member);
    return true;
}

static bool add_url(struct build *b, uint16_t member, struct sl_str url, struct sl_err *err)
{
    uint32_t pieces, id = tree_url(&b->tree, url, &pieces, err);
    if (id == TREE_ROOT)
        return false;
    struct node *n = &b->tree.nodes[id];
    if (n->kind == NODE_ADDRESS)
        return sl_fail(err, SL_BAD_INPUT, "'%.*s' is an address: it belongs in an n record", SL_FMT(url));
    n->set = sets_with(b->sets, n->set, member);
    b->max_pieces = SL_MAX(b->max_pieces, pieces);
    return true;
}

static bool add_network(struct build *b, uint16_t member, struct sl_str text, struct sl_err *err)
{
    struct sl_cidr net;
    if (!sl_cidr_parse(text, &net, err))
        return false;
    bool v4 = sl_addr_is_v4(net.addr) && net.bits >= 96;
    networks_add(v4 ? &b->v4 : &b->v6, net, member);
    return true;
}

static bool add_expression(struct build *b, unsigned list, struct sl_str pattern, struct sl_err *err)
{
    if (b->expression_text.n + pattern.n > UINT32_MAX)
        return sl_fail(err, SL_LIMIT, "the expressions of all lists are together over 4 GiB");
    SL_GROW(b->expressions, b->expression_count, &b->expression_cap);
    b->expressions[b->expression_count++] =
        (struct layout_expression){list, (uint32_t)b->expression_text.n, (uint32_t)pattern.n};
    sl_text_add(&b->expression_text, pattern);
    return true;
}

static bool add_record(struct build *b, unsigned list, enum record kind, struct sl_str text,
                       struct sl_err *err)
{
    unsigned except = record_excepts(kind) ? MEMBER_EXCEPT : 0;
    b->has_exceptions[list] |= except;
    switch (record_of(kind)) {
    case RECORD_BELOW:
        return add_host(b, member_make(list, MEMBER_BELOW | except), text, err);
    case RECORD_EXACT:
        return add_host(b, member_make(list, MEMBER_EXACT | except), text, err);
    case RECORD_TWIN:
        return add_host(b, member_make(list, MEMBER_TWIN | except), text, err);
    case RECORD_UNDER:
        return add_host(b, member_make(list, MEMBER_UNDER | except), text, err);
    case RECORD_URL:
        return add_url(b, member_make(list, MEMBER_BELOW | except), text, err);
    case RECORD_NETWORK:
        return add_network(b, member_make(list, MEMBER_BELOW | except), text, err);
    case RECORD_REGEX:
        return add_expression(b, list, text, err);
    case RECORD_EXCEPT:
        break;
    }
    return false;
}

static void tell(const struct build *b, uint64_t done)
{
    if (b->progress != NULL)
        b->progress(b->progress_arg, SL_MIN(done, b->total), b->total);
}

static bool read_records(struct build *b, unsigned list, struct normal_reader *r, struct sl_err *err)
{
    enum record kind;
    struct sl_str text;
    for (uint64_t n = 0;; n++) {
        switch (normal_next(r, &kind, &text, err)) {
        case NORMAL_FAILED:
            return false;
        case NORMAL_END:
            return true;
        case NORMAL_RECORD:
            if (!add_record(b, list, kind, text, err))
                return sl_fail_in(err, "list file '%s': ", b->sources[list].file);
        }
        if (n % 65536 == 65535)
            tell(b, b->done + normal_bytes_read(r));
    }
}

static bool read_source(struct build *b, unsigned list, struct sl_err *err)
{
    const struct catalogue_source *source = &b->sources[list];
    SL_CLEANUP(normal_close) struct normal_reader *r = NULL;
    uint8_t sha256[32];
    if (!normal_open(source->file, &r, err) || !read_records(b, list, r, err))
        return false;
    normal_sha256(r, sha256);
    if (memcmp(sha256, source->sha256, sizeof sha256) != 0)
        return sl_fail(err, SL_BAD_INPUT, "list file '%s' is not the one that was imported: import %s again",
                       source->file, source->name);
    b->done += normal_bytes_read(r);
    tell(b, b->done);
    return true;
}

static bool check_names(const struct build *b, struct sl_err *err)
{
    if (b->count > LAYOUT_MAX_LISTS)
        return sl_fail(err, SL_LIMIT, "%zu lists are more than the %d that one catalogue can hold", b->count,
                       LAYOUT_MAX_LISTS);
    for (size_t i = 1; i < b->count; i++)
        if (strcmp(b->sources[i - 1].name, b->sources[i].name) == 0)
            return sl_fail(err, SL_CONFLICT, "two lists are named '%s'", b->sources[i].name);
    return true;
}

static bool read_all(struct build *b, struct sl_err *err)
{
    for (size_t i = 0; i < b->count; i++) {
        struct stat st;
        if (stat(b->sources[i].file, &st) == 0)
            b->total += (uint64_t)st.st_size;
    }
    b->total += b->total / 4 + 1; /* the rest is for placing and writing */
    for (size_t i = 0; i < b->count; i++)
        if (!read_source(b, (unsigned)i, err))
            return false;
    return true;
}

/* ---- what parents cover ---- */

/* True when each member of set is also (as something that covers this place) in the set of some ancestor. Not
 * in a list with exceptions: one may stand between them. */
static bool covered(const struct build *b, const struct node *n)
{
    uint16_t member;
    for (uint32_t set = n->set; sets_pop(b->sets, &set, &member);) {
        uint16_t below = member_make(member_list(member), MEMBER_BELOW);
        bool found = false;
        if (b->has_exceptions[member_list(member)])
            return false;
        for (uint32_t up = n->parent; up != TREE_ROOT && !found; up = b->tree.nodes[up].parent)
            found = b->tree.nodes[up].set != 0 && sets_has(b->sets, b->tree.nodes[up].set, below);
        if (!found)
            return false;
    }
    return true;
}

/* One entry in ten of real lists says nothing that its parent, in the same lists, does not say. Parents come
 * first in the tree, and one that is dropped here is covered itself, by an ancestor that stays. */
static void drop_covered(struct build *b)
{
    for (size_t id = 1; id < b->tree.count; id++) {
        struct node *n = &b->tree.nodes[id];
        if (n->set != 0 && n->parent != TREE_ROOT && covered(b, n))
            n->set = 0;
    }
}

/* ---- numbers of sets ---- */

static void use(struct build *b, uint32_t set)
{
    b->final_set[set] = 1;
}

/* Numbers the sets that are in use from 1, in the order in which they first came up. */
static bool number_sets(struct build *b, struct sl_err *err)
{
    uint32_t all = sets_count(b->sets);
    b->final_set = sl_calloc(all, sizeof *b->final_set);
    for (size_t id = 1; id < b->tree.count; id++)
        use(b, b->tree.nodes[id].set);
    for (size_t i = 0; i < b->v4_flat.count; i++)
        use(b, b->v4_flat.items[i].set);
    for (size_t i = 0; i < b->v6_flat.count; i++)
        use(b, b->v6_flat.items[i].set);
    uint32_t next = 1;
    for (uint32_t set = 1; set < all; set++) {
        if (b->final_set[set] == 0)
            continue;
        if (next > LAYOUT_MAX_SETS)
            return sl_fail(err, SL_LIMIT,
                           "the lists overlap in more than %d different ways: leave out lists, or merge some",
                           LAYOUT_MAX_SETS);
        b->final_set[set] = (uint16_t)next++;
    }
    b->final_set[0] = 0;
    b->header.sets = next;
    return true;
}

/* ---- the file ---- */

static void count_entries(struct build *b)
{
    for (size_t id = 1; id < b->tree.count; id++) {
        const struct node *n = &b->tree.nodes[id];
        b->header.has_ports |= (n->flags & NODE_KEPT) && n->kind == PIECE_PORT;
        if (n->set != 0)
            ++*(node_is_host(n) ? &b->header.hosts : &b->header.paths);
    }
    b->header.addresses = networks_distinct(&b->v4) + networks_distinct(&b->v6);
    b->header.expressions = b->expression_count;
    b->header.lists = (uint32_t)b->count;
    b->header.max_pieces = b->max_pieces;
}

static bool compile(struct build *b, struct sl_err *err)
{
    drop_covered(b);
    networks_flatten(&b->v4, UINT32_MAX, b->sets, &b->v4_flat);
    networks_flatten(&b->v6, ~(address_bits)0, b->sets, &b->v6_flat);
    if (!number_sets(b, err))
        return false;
    tree_prune(&b->tree);
    count_entries(b);
    return true;
}

/* Writes to a temporary file beside path, tries it, and renames it. */
static bool write_file(struct build *b, const char *path, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *temporary = sl_asprintf("%s.XXXXXX", path);
    SL_CLEANUP(sl_closep) int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return sl_fail_errno(err, SL_IO, errno, "cannot create '%s'", temporary);
    bool ok = build_write(b, fd, temporary, err);
    if (ok && (!catalogue_seal(fd) || fsync(fd) != 0))
        ok = sl_fail_errno(err, SL_IO, errno, "cannot sync '%s'", temporary);
    ok = ok && catalogue_selftest(b, temporary, err);
    if (ok && rename(temporary, path) != 0)
        ok = sl_fail_errno(err, SL_IO, errno, "cannot rename '%s' to '%s'", temporary, path);
    if (!ok) {
        unlink(temporary);
        return false;
    }
    SL_CLEANUP(sl_freep) char *folder = sl_strdup(path);
    char *slash = strrchr(folder, '/');
    if (slash == NULL)
        return fs_sync_dir(".", err);
    slash[slash == folder] = '\0';
    return fs_sync_dir(folder, err);
}

static void build_fini(struct build *b)
{
    tree_fini(&b->tree);
    sets_free(&b->sets);
    networks_fini(&b->v4);
    networks_fini(&b->v6);
    stretches_fini(&b->v4_flat);
    stretches_fini(&b->v6_flat);
    sl_text_fini(&b->expression_text);
    free(b->expressions);
    free(b->final_set);
    free(b->has_exceptions);
    free(b->sources);
}

bool catalogue_build(const struct catalogue_source *sources, size_t count, const uint8_t secret[32],
                     const char *path, void (*progress)(void *arg, uint64_t done, uint64_t total),
                     void *progress_arg, struct sl_err *err)
{
    uint8_t mac[32];
    content_hmac(sources, count, secret, "seed", mac);
    struct build b = {.sources = sorted(sources, count),
                      .count = count,
                      .has_exceptions = sl_calloc(count + 1, sizeof(bool)),
                      .progress = progress,
                      .progress_arg = progress_arg,
                      .sets = sets_new()};
    b.header = (struct layout_header){
        .magic = LAYOUT_MAGIC, .version = LAYOUT_VERSION, .section_count = SECTION_COUNT};
    memcpy(b.header.seed, mac, sizeof b.header.seed);
    tree_init(&b.tree, b.header.seed);
    bool ok = check_names(&b, err) && read_all(&b, err) && compile(&b, err) && write_file(&b, path, err);
    if (ok)
        tell(&b, b.total);
    build_fini(&b);
    return ok;
}

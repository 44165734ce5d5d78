/* verify.c - is the catalogue that was opened still what was built? Opening trusts a file that nobody wrote
 * to since, so that a gateway with ten million entries starts at once; what its disk did to the file
 * meanwhile is looked for behind the start, and a damaged one is built again and replaced while it serves. */
#include "base/give_way.h"
#include "policy/store/inside.h"
#include "policy/store/shelf.h"
#include "sluice/log.h"

static bool nothing_to_write(struct store *s, void *arg, struct sl_err *err)
{
    return true;
}

/* Under lists_lock, which reading went without: somebody may have swapped others in by now. */
static bool are_in_use(struct store *s, const struct list_provider *lists)
{
    struct list_provider *now = store_lists(s);
    bool same = now == lists;
    now->unref(now);
    return same;
}

/* Under lists_lock. Who has the damaged file mapped keeps it. */
static bool build_again(struct store *s, struct sl_err *err)
{
    struct list_provider *lists = NULL;
    int disk = give_way_disk();
    bool ok = shelf_build_again(s, &lists, err);
    give_back_disk(disk);
    return ok && versions_swap_lists(s, lists, nothing_to_write, NULL, err);
}

static void replace_damaged(struct store *s, const struct sl_err *found)
{
    struct sl_err err = {0};
    sl_log_error("store", "the catalogue in use was damaged on its disk and is built again: %s", found->msg);
    if (build_again(s, &err))
        sl_log_notice("store", "the catalogue was built again");
    else
        sl_log_error("store", "the catalogue could not be built again: %s", err.msg);
}

void store_lists_verify(struct store *s)
{
    struct sl_err found = {0};
    struct list_provider *lists = store_lists(s);
    int disk = give_way_disk();
    bool good = catalogue_verify(lists, &found);
    give_back_disk(disk);
    if (!good) {
        pthread_mutex_lock(&s->lists_lock);
        if (are_in_use(s, lists))
            replace_damaged(s, &found);
        pthread_mutex_unlock(&s->lists_lock);
    }
    lists->unref(lists);
}

/* verify.c - is the catalogue that was opened still what was built? Opening trusts a file that nobody wrote
 * to since, so that a gateway with ten million entries starts at once; what its disk did to the file
 * meanwhile is looked for behind the start, and a damaged one is built again and replaced while it serves. */
#include <unistd.h>

#include "policy/store/inside.h"
#include "policy/store/shelf.h"
#include "sluice/log.h"

static bool nothing_to_write(struct store *s, void *arg, struct sl_err *err)
{
    return true;
}

/* Under lists_lock. */
static bool build_again(struct store *s, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/catalogue/%s.cat", s->dir, s->catalogue);
    struct list_provider *lists = NULL;
    struct shelf shelf;
    char key[CATALOGUE_KEY];
    if (!shelf_load(s, NULL, &shelf, err))
        return false;
    unlink(path); /* who has it mapped keeps it */
    bool ok = shelf_open(s, &shelf, NULL, NULL, &lists, key, err);
    shelf_fini(&shelf);
    return ok && versions_swap_lists(s, lists, nothing_to_write, NULL, err);
}

void store_lists_verify(struct store *s)
{
    struct sl_err err = {0};
    pthread_mutex_lock(&s->lists_lock);
    struct list_provider *lists = store_lists(s);
    bool good = catalogue_verify(lists, &err);
    lists->unref(lists);
    if (!good) {
        sl_log_error("store", "the catalogue in use was damaged on its disk and is built again: %s", err.msg);
        if (build_again(s, &err))
            sl_log_notice("store", "the catalogue was built again");
        else
            sl_log_error("store", "the catalogue could not be built again: %s", err.msg);
    }
    pthread_mutex_unlock(&s->lists_lock);
}

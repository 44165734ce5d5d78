/* list.h - intrusive doubly linked ring. The head is a node too; an empty head points to itself. */
#ifndef SLUICE_LIST_H
#define SLUICE_LIST_H

#include "sluice/base.h"

struct sl_list {
    struct sl_list *next, *prev;
};

static inline void sl_list_init(struct sl_list *l)
{
    l->next = l->prev = l;
}
static inline bool sl_list_empty(const struct sl_list *l)
{
    return l->next == l;
}
static inline void sl_list_insert_after(struct sl_list *at, struct sl_list *node)
{
    node->next = at->next;
    node->prev = at;
    at->next->prev = node;
    at->next = node;
}
static inline void sl_list_push(struct sl_list *head, struct sl_list *node) /* at the end */
{
    sl_list_insert_after(head->prev, node);
}
/* Safe on a node that is in no list (initialised or removed before). */
static inline void sl_list_remove(struct sl_list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    sl_list_init(node);
}
#define SL_LIST_ITEM(node, type, member) SL_CONTAINER(node, type, member)
/* The current node may be removed in the body. */
#define SL_LIST_EACH(node, head)                                                         \
    for (struct sl_list *node = (head)->next, *node##_next = node->next; node != (head); \
         node = node##_next, node##_next = node->next)

#endif

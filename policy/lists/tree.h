/* tree.h - all names of all lists while a catalogue is built: one tree, root > labels from the right > port,
 * pieces of paths. Some 45 bytes a name: a node holds only its own label. */
#ifndef POLICY_LISTS_TREE_H
#define POLICY_LISTS_TREE_H

#include "policy/lists/pieces.h"
#include "sluice/err.h"

enum { NODE_LABEL = '.', NODE_ADDRESS = '#' }; /* kinds of the host table; the others are kinds of pieces */
enum { TREE_ROOT = 0 };
struct node {
    uint64_t hash; /* hash_label over the way from the root: what a lookup computes too */
    uint32_t parent;
    uint32_t text; /* offset of its label or piece in tree.text */
    uint32_t set;  /* of struct sets; 0: a stub */
    uint8_t len;
    uint8_t kind;
    uint8_t name_len; /* of a host: the whole name */
    uint8_t flags;    /* NODE_KEPT, and VALUE_HAS_CHILD and VALUE_HAS_PATH >> 8: by tree_prune */
};
enum { NODE_KEPT = 1 }; /* has a set, or is needed by a kept node below */
struct tree_index {
    uint32_t id;  /* 0: free */
    uint32_t tag; /* upper half of the hash: most collisions are told without a look at the node */
};
struct tree {
    uint64_t key[2];
    struct node *nodes; /* parents before children; [0] is the root */
    size_t count, cap;
    struct tree_index *index;
    size_t mask;
    char *text;
    size_t text_n, text_cap;
};

void tree_init(struct tree *t, const uint64_t key[2]);
void tree_fini(struct tree *t);
/* Finds or makes. 0 (TREE_ROOT) and err when the tree is full or the text is no canonical name. */
uint32_t tree_host(struct tree *t, struct sl_str host, struct sl_err *err);
/* host[:port]/path[?query], brackets around IPv6; *out_pieces counts the steps below the host. */
uint32_t tree_url(struct tree *t, struct sl_str url, uint32_t *out_pieces, struct sl_err *err);
static inline bool node_is_host(const struct node *n)
{
    return n->kind == NODE_LABEL || n->kind == NODE_ADDRESS;
}
/* Marks the nodes with a set and their ancestors as kept, and says of each what is below it. */
void tree_prune(struct tree *t);
/* The whole name of a host node, at most LAYOUT_MAX_HOST bytes. */
struct sl_str tree_host_name(const struct tree *t, uint32_t id, char buf[LAYOUT_MAX_HOST]);

#endif

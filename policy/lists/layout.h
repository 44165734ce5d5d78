/* layout.h - the bytes of a compiled catalogue, as build.c writes and catalogue.c maps them.
 *
 *   header | lists | text | set starts | members | host buckets | host names | path buckets | path names
 *          | v4 keys | v4 sets | v6 keys | v6 sets | expressions          (each section 64-byte aligned)
 *
 * A host is found by walking its labels from the right: the hash of a name is hash(hash of its parent,
 * label), each ancestor of an entry is present (as a stub if nobody listed it), so the first absent ancestor
 * ends a lookup. What is below a host (a port, path segments, the query) is a second table of the same form,
 * whose names hold the slot of their parent; exactness follows by induction from the host. Numbers are in the
 * byte order of the machine: a catalogue never travels. */
#ifndef POLICY_LISTS_LAYOUT_H
#define POLICY_LISTS_LAYOUT_H

#include <assert.h>

#include "sluice/base.h"

#define LAYOUT_MAGIC 0x31746163756c7303ull /* also tells the byte order */
enum {
    LAYOUT_VERSION = 2,
    LAYOUT_ALIGN = 64,
    LAYOUT_MAX_LISTS = 8000,
    LAYOUT_MAX_SETS = 16383, /* set 0 is the empty one and not counted */
    LAYOUT_MAX_RUN = 128, /* buckets one lookup may visit; at 80 % load longer runs have odds below 1e-17 */
    LAYOUT_MAX_HOST = 253
};

/* ---- members: what a list says of a name; a set is a sorted array of members ---- */
enum member_kind {
    MEMBER_BELOW, /* the name and everything below it */
    MEMBER_EXACT, /* the name alone */
    MEMBER_TWIN,  /* the name and "www." before it: what hosts files mean */
    MEMBER_UNDER, /* everything below the name, not the name: RPZ's "*.name" */
    MEMBER_EXCEPT /* added to one of them: what less specific entries of the list say does not hold here */
};
static inline uint16_t member_make(unsigned list, unsigned kind)
{
    return (uint16_t)(list << 3 | kind);
}
static inline unsigned member_list(uint16_t member)
{
    return member >> 3;
}
static inline enum member_kind member_kind(uint16_t member)
{
    return (enum member_kind)(member & 3);
}
static inline bool member_excepts(uint16_t member)
{
    return member & MEMBER_EXCEPT;
}

/* ---- buckets: one cache line, 14 names ---- */
enum { BUCKET_SLOTS = 14 };
enum { VALUE_SET = 0x3fff, VALUE_HAS_CHILD = 0x4000, VALUE_HAS_PATH = 0x8000 };
struct bucket {
    uint32_t name_off; /* of the first name; the others follow in slot order */
    uint8_t n;
    uint8_t overflow; /* 1: a name whose home is here or before lies in a later bucket */
    uint8_t tag[BUCKET_SLOTS];
    uint8_t len[BUCKET_SLOTS]; /* of the names, 1-255; 0 in a slot that is free */
    uint16_t value[BUCKET_SLOTS];
    uint16_t unused;
};
static_assert(sizeof(struct bucket) == 64, "a bucket is a cache line");
static_assert(offsetof(struct bucket, len) + 16 <= 64, "16-byte loads of tags and lengths stay inside");

/* The hash's low byte is the tag, its upper half the home bucket: of `homes` buckets; overflow may add a few
 * behind them. */
static inline uint8_t bucket_tag(uint64_t hash)
{
    return (uint8_t)hash;
}
static inline uint32_t bucket_home(uint64_t hash, uint32_t homes)
{
    return (uint32_t)((hash >> 32) * homes >> 32);
}

/* ---- names of the path table: parent, kind, text ---- */
#define PARENT_IS_HOST 0x80000000u /* the parent is a slot of the host table */
enum { PIECE_HEAD = 5, PIECE_MAX = 200 };

/* ---- sections ---- */
enum section {
    SECTION_LISTS,        /* struct layout_list, sorted by name */
    SECTION_TEXT,         /* names of lists, NUL-terminated */
    SECTION_SETS,         /* uint32_t: where each set begins in the members; one more at the end */
    SECTION_MEMBERS,      /* uint16_t */
    SECTION_HOST_BUCKETS, /* struct bucket */
    SECTION_HOST_NAMES,
    SECTION_PATH_BUCKETS,
    SECTION_PATH_NAMES,
    SECTION_V4_KEYS, /* 4 bytes, big-endian, ascending: first address of a stretch ... */
    SECTION_V4_SETS, /* uint16_t: ... that is in this set, up to the next key */
    SECTION_V6_KEYS, /* 16 bytes */
    SECTION_V6_SETS,
    SECTION_EXPRESSIONS,     /* struct layout_expression */
    SECTION_EXPRESSION_TEXT, /* patterns, back to back */
    SECTION_COUNT
};
struct layout_section {
    uint64_t offset, bytes, hash; /* XXH64, seed 0 */
};
struct layout_list {
    uint32_t name_off, name_len;
    uint8_t sha256[32]; /* of the source's normalised file */
};
struct layout_expression {
    uint32_t list, off, len;
};
struct layout_header {
    uint64_t magic;
    uint32_t version, section_count;
    uint64_t seed[2]; /* keyed hash of the content: secret, so nobody can craft collisions */
    uint64_t hosts, paths, addresses, expressions; /* distinct entries; for people */
    uint32_t lists, sets;                          /* sets: with the empty one */
    uint32_t host_homes, path_homes;
    uint32_t max_pieces; /* the longest path entry has so many */
    uint32_t has_ports;  /* some path entry names a port */
    struct layout_section section[SECTION_COUNT];
    uint64_t hash; /* XXH64 of all of the header before it */
};

#endif

/* slots.h - a file of fixed-size slots, mapped into memory and found by a 128-bit key: the counters in a slot
 * ARE the file, so a process that is killed loses none of them.
 *
 *     header 4096 | slot 0 | slot 1 | ...            slot: head | counters | identity (checksummed with the
 * key)
 *
 * Room is taken from the disk in chunks before it is touched: a full disk gives "no slot", never SIGBUS. The
 * index by key lives in memory and is rebuilt at open. Any thread: finding takes one of 64 read locks; the
 * counters of a slot are guarded by the slot itself (slots_enter and friends), so nobody waits but for a
 * roll-over. */
#ifndef POLICY_STORE_SLOTS_H
#define POLICY_STORE_SLOTS_H

#include <stdatomic.h>

#include "sluice/err.h"

struct slots;

struct slot_head {
    _Atomic uint32_t used; /* 1: in use; set last and cleared first, so that a half-made slot is a free one */
    uint32_t crc;          /* CRC32C of key and identity */
    uint8_t key[16];
    _Atomic uint32_t sync;       /* how many are inside; the top bit: one alone. Means nothing in the file */
    _Atomic uint32_t generation; /* grows when the slot is freed */
    _Atomic uint32_t seen_min;   /* minute (since 1970) in which it was last asked for */
    uint32_t reserved;
};

struct slots_spec {
    const char *what; /* in messages: "quota ledger" */
    char magic[8];
    uint32_t slot_bytes;      /* divides 4096 */
    uint32_t identity_offset; /* in the slot; from here to its end nothing changes while it is in use */
    uint32_t most;            /* slots */
    uint32_t chunk;           /* slots taken from the disk at a time */
};

/* A slot as it was when found. It stops being valid when the slot is freed: slots_enter tells. */
struct slot_ref {
    uint32_t index, generation;
};

/* shared: another process has it open, and has called slots_share. owner: names the secret that the keys were
 * made with. A file that is not one of ours, or of another owner, is set aside (path.damaged-TIME, logged as
 * an error) and a new one begun; a slot whose checksum fails is dropped alone. */
bool slots_open(const char *path, const struct slots_spec *spec, uint64_t owner, bool shared,
                struct slots **out, struct sl_err *err);
void slots_close(struct slots **s);
/* The checksum that a slot of such a file has to have. */
uint32_t slots_crc(const struct slots_spec *spec, const struct slot_head *h);

uint32_t slots_count(const struct slots *s); /* slots on disk, used or not; indices are below it */
uint32_t slots_most(const struct slots *s);  /* the most there may be */
uint32_t slots_used(const struct slots *s);
uint64_t slots_refused(const struct slots *s); /* claims that found no room */
bool slots_full(const struct slots *s);        /* the last claim found no room, and none was freed since */
/* What stands at an index below slots_count; false when it is free. */
bool slots_ref_at(struct slots *s, uint32_t index, struct slot_ref *out);

/* now_s marks the slot as asked for now. */
bool slots_find(struct slots *s, const uint8_t key[16], int64_t now_s, struct slot_ref *out);
/* The same, and a missing one is made: `image` is a whole slot, of which all behind the head is copied.
 * False: no room. */
bool slots_claim(struct slots *s, const uint8_t key[16], int64_t now_s, const void *image,
                 struct slot_ref *out);
/* Frees it if may_free(slot, arg) says so, asked while nobody else can be inside. */
bool slots_free(struct slots *s, uint32_t index, bool (*may_free)(const void *slot, const void *arg),
                const void *arg);

/* Among others, for reading and for atomic adds. NULL: the slot is no longer what ref meant. */
void *slots_enter(struct slots *s, struct slot_ref ref);
void slots_leave(struct slots *s, struct slot_ref ref);
/* Alone: all others are out. */
void *slots_enter_alone(struct slots *s, struct slot_ref ref);
void slots_leave_alone(struct slots *s, struct slot_ref ref);

/* ---- two processes with one file: the one that is replaced, and the one that takes over ----
 * While it is shared, each finds what the other has made, and nothing is freed. Counters are shared as they
 * always are between threads: they are words of the file. */
/* In the process that has it open, before the other one opens it. */
void slots_share(struct slots *s);
/* The other one is gone. */
void slots_own(struct slots *s);

/* Writes to disk, and keeps room for some more slots ready. Blocks; not for workers. */
void slots_sync(struct slots *s);

#endif

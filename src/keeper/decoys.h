/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoys: persons who do not exist, and whom nobody but a thief of a
 * mutuelle's files can ask about (design §4). The vault does not know them, so
 * a question about one goes the way of any unknown person, and costs a miss.
 * The keeper alone sees that it was one: by the names of questions (q of
 * keeper/tagger.h), which no turn of the index changes.
 *
 * Kept in DIR/keeper/decoys, sealed under a key of the keyring, are these names
 * alone; traits are told once, to who plants them, and forgotten. An act
 * (registry.h, decoy) names a set by its hash; what the registry names and the
 * file has not stops the keeper at its start.
 *
 *   decoys.c        sets, the file, hits and alarms
 *   decoy_person.c  invents a person
 *   decoy_plant.c   a new set: invented, asked about, kept, told
 *   decoy_list.c    sets and hits, from registry and journal
 */
#pragma once
#include "base/map.h"
#include "crypto/hash.h"
#include "ids/nir.h"
#include "keeper/tagger.h"

struct keeper;
struct admin;

#define DECOYS_WAITING 8	/* sets that no act has named yet */
#define DECOYS_SETS (REGISTRY_DECOYS + DECOYS_WAITING)
#define DECOYS_SALT 16
#define DECOYS_HITS 64		/* told one by one in a second */
#define DECOYS_TAGS (2 * LIMIT_DECOYS)

struct decoys_set {
	uint8_t set[HASH_SIZE], salt[DECOYS_SALT];
	uint32_t cell;
	uint16_t persons, tag_count;
	int64_t made_ms;
	uint8_t tags[DECOYS_TAGS][RIGHTS_TAG];
};

struct decoys_hit {
	uint64_t slot;		/* of its question */
	uint32_t key, site, cell;
	uint8_t plane;
	bool closes;	/* its cell's choice when it was hit */
};

struct decoys {
	struct decoys_set *sets[DECOYS_SETS];	/* oldest first */
	size_t count;
	struct map names;	/* tag: DECOYS_PLANTED or DECOYS_MADE */
	struct decoys_hit hits[DECOYS_HITS];
	size_t hit_count, more;
};

enum { DECOYS_MADE = 1, DECOYS_PLANTED };

/* After the registry and the tagger. ERR_CORRUPT, said: the file is altered,
 * or has not what the registry names. */
MUST_CHECK enum err decoys_open(struct keeper *k);
/* What an act planted is planted from now on. ERR_CORRUPT as decoys_open. */
MUST_CHECK enum err decoys_settle(struct keeper *k);
/* Why an act cannot be taken, though the registry would; NULL: it can. */
const char *decoys_fault(const struct keeper *k, struct span text);
void decoys_close(struct keeper *k);

/* Keeps a set that is whole but for its hash, which it fills; durable when it
 * returns. Takes the set over, whatever it gives. */
MUST_CHECK enum err decoys_keep(struct keeper *k, struct decoys_set *set);
/* Hash of all else in it. */
void decoys_hash(const struct decoys_set *s, uint8_t out[static HASH_SIZE]);

/* A question named one: said, and acted on, by decoys_say alone, which comes
 * once a second: no answer waits for it, and it waits for the answer, which a
 * key that it closes would not have got. */
void decoys_hit(struct keeper *k, const struct slot *s);
void decoys_say(struct keeper *k);

/* decoy_person.c */
#define DECOYS_MEMBER_FREE 5	/* characters that a pattern leaves open */
struct decoys_person {
	char nir[NIR_LEN + 1];	/* empty: has none */
	char birth[9], member[LIMIT_MEMBER + 1], ref[11];
};
/* # any digit, ? any capital, others as they are. */
bool decoys_pattern_ok(struct span pattern);
void decoys_invent(const struct random *random, struct span pattern,
    bool with_nir, int year, struct decoys_person *ret);
/* The file's head and lines, as docs/feed.md has them. */
void decoys_write_head(struct buf *out);
void decoys_write_line(
    const struct decoys_person *p, int year, struct buf *out);

/* decoy_plant.c: MSG_ADMIN_DECOY. */
void decoys_plant(
    struct keeper *k, struct admin *a, uint64_t ref, struct span body);
/* Is this answer of a vault to a plant? Then it is taken here; it counts if
 * that vault was asked. */
bool decoys_resolved(struct keeper *k, uint8_t vault, uint64_t ref,
    const struct rights_resolved *m);
void decoys_look(struct keeper *k);
void decoys_admin_gone(struct keeper *k, const struct admin *a);

/* decoy_list.c: MSG_ADMIN_DECOYS. */
void decoys_list(
    struct keeper *k, struct admin *a, uint64_t ref, struct span body);
void decoys_list_gone(struct keeper *k, const struct admin *a);

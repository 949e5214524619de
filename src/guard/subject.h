/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is counted for one key, one professional or one site, and the shelves
 * they stand on: the registry's numbers are small, so a shelf is an array.
 */
#pragma once
#include "guard/guard.h"
#include "guard/roll.h"

/* Keys of the sets, in words. */
#define SUBJECT_PERSON 3	/* number (two words), cell */
#define SUBJECT_Q (GUARD_Q / 4)

enum subject_set {
	SUBJECT_T,		/* persons read without a card */
	SUBJECT_C,		/* persons read */
	SUBJECT_M,		/* questions that met nobody */
	SUBJECT_ANSWERED,	/* sites alone: question -> person */
	SUBJECT_SETS
};

struct subject {
	struct guard_figures *own;	/* NULL: its profession's */
	struct roll set[];		/* SUBJECT_SETS for a site, else 3 */
};

struct shelf {
	enum guard_level level;
	struct subject **subjects;
	uint32_t n;
};

/* How many sets a subject of that level has. */
int subject_sets(enum guard_level level);
/* NULL: nothing was ever counted nor set for it. */
struct subject *subject_find(const struct shelf *s, uint32_t id);
/* The same, made if need be. ERR_NOMEM; ERR_RANGE: id. */
MUST_CHECK enum err subject_make(
    struct shelf *s, uint32_t id, struct subject **ret);
void subject_settle(
    const struct shelf *s, struct subject *subject, int64_t now_ms);
/* The same, but what is cold stays so: roll_tell(). */
void subject_tell(
    const struct shelf *s, struct subject *subject, int64_t now_ms);
bool subject_is_empty(const struct shelf *s, const struct subject *subject);
size_t subject_memory(const struct shelf *s, const struct subject *subject);
/* Forget all counts, keep the figures. */
void subject_clear(const struct shelf *s, struct subject *subject);
/* Free the whole shelf. */
void subject_release(struct shelf *s);

/* The set and window that a kind of budget counts. */
enum subject_set subject_set_of(enum guard_kind kind);
bool subject_kind_is_day(enum guard_kind kind);

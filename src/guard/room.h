/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision: is there room for this question, at its three levels? What a
 * room knows about a person is only what this site was already answered.
 */
#pragma once
#include "guard/state.h"

struct room {
	const struct guard_ask *ask;
	int64_t now_ms;
	uint32_t q[SUBJECT_Q];
	bool late;		/* opened by room_meet() */
	bool doubted;		/* a card, but seen at too many sites */
	bool presence;		/* a card that counts */
	bool answered;		/* q was answered here, */
	int64_t answered_at_ms;	/* last at that time, */
	uint32_t person[SUBJECT_PERSON];	/* about that person */
	struct subject *subject[GUARD_LEVELS];	/* NULL: no counts yet */
	struct guard_line line[GUARD_LEVELS];
};

/* The budget that refuses; level GUARD_NOBODY if none does. */
struct room_reason {
	enum guard_level level;
	enum guard_kind kind;
};

/* The number of the key, professional or site that asks; for the newcomers 1
 * while the key is one of them. 0: none. */
uint32_t room_subject_id(const struct room *r, enum guard_level level);
/* Numbers and time within the limits of guard.h? */
bool room_is_sound(const struct guard_ask *ask, int64_t now_ms);
void room_person(uint64_t number, uint32_t cell,
    uint32_t ret[static SUBJECT_PERSON]);

/* Settle all that ask concerns to g->now and look. */
void room_open(
    struct guard *g, const struct guard_ask *ask, struct room *ret);
/* As much of it as counting without deciding needs: sets that are cold stay
 * so, where that gives the same counts and alarms. */
void room_meet(
    struct guard *g, const struct guard_ask *ask, struct room *ret);
/* The first budget, by level then kind, that refuses without looking up. */
struct room_reason room_refusal(const struct room *r);
/*
 * The first that counting person (NULL: a miss) would lead above its figure.
 * Only where q was answered before and means somebody else now.
 */
struct room_reason room_overflow(
    const struct room *r, const uint32_t *person);
/* Read counts and figures again, after a count. */
void room_look(const struct guard *g, struct room *r);
/* The least that the three levels leave of a kind. */
uint32_t room_left(const struct room *r, enum guard_kind kind);
/* When the oldest counted in that budget leaves it; 0: nobody is. */
int64_t room_retry_at_ms(const struct room *r, struct room_reason reason);

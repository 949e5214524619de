/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-steps: what each step of a question costs, measured by calling the
 * very functions that keeper and vault call. Processor time of this process,
 * so that other load on the machine counts little; what waits for the disk is
 * given as time that went by, and says so.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum steps_who { STEPS_CLIENT, STEPS_KEEPER, STEPS_VAULT };

struct steps_step {
	enum steps_who who;
	const char *name;
	void (*run)(void *ctx);
	void *ctx;
};

/* Times and says it: the median of STEPS_ROUNDS rounds. */
#define STEPS_ROUNDS 7
#define STEPS_ROUND_US 30000
void steps_time(const struct steps_step *step);
/* Says what was measured otherwise. elapsed: not processor time. */
void steps_say(
    enum steps_who who, const char *name, double us, bool elapsed);
/* Says a size. */
void steps_size(const char *name, double bytes);

struct scene;

void steps_question(struct scene *s);	/* checks.c: who asks what */
void steps_count(struct scene *s);	/* counts.c: tags, replay, budgets */
void steps_entry(struct scene *s);	/* entries.c: the journal */
void steps_roll(const char *store);	/* roll.c: the vault's look-ups */
void steps_answer(struct scene *s);	/* answers.c: what leaves */

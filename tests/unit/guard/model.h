/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of budgets, as a model: a list of everything ever read, counted
 * anew for each question. Slow and plain, to compare the guard with.
 */
#pragma once
#include "guard/guard.h"

#define MODEL_READS 8192
#define MODEL_IDS 8		/* numbers of subjects and cells: below */
#define MODEL_TRADES 4

struct model_read {
	int64_t at;
	struct guard_ask ask;
	uint64_t number;	/* 0: a miss */
	bool in_t;		/* read without presence */
};

struct model_alarm {
	bool ever, below_since;
	int64_t at;
};

struct model {
	int64_t now;
	struct model_read reads[MODEL_READS];
	int n;
	/* figures: [profession][plane][level], own ones [level][id] */
	struct guard_figures figures[MODEL_TRADES][3][GUARD_LEVELS];
	struct guard_figures own[GUARD_LEVELS][MODEL_IDS];
	bool has_own[GUARD_LEVELS][MODEL_IDS];
	struct guard_wide trade[MODEL_TRADES][3], cell[MODEL_IDS], platform;
	struct model_alarm trade_alarm[MODEL_TRADES][3][2];
	struct model_alarm cell_alarm[MODEL_IDS][2], platform_alarm[2];
	uint32_t sites;
	bool observe[GUARD_CONTROLS];
};

struct guard_verdict model_room(
    struct model *m, const struct guard_ask *ask, int64_t now);
struct guard_verdict model_count(struct model *m,
    const struct guard_ask *ask, uint64_t number, int64_t now);
uint32_t model_used(const struct model *m, enum guard_level level,
    uint32_t id, enum guard_kind kind);
struct guard_wide model_trade(
    const struct model *m, uint16_t profession, uint8_t plane);
struct guard_wide model_cell(const struct model *m, uint32_t cell);
struct guard_wide model_platform(const struct model *m);

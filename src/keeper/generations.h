/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which generation each cell's rows had when they were last made visible, in
 * keeper/generations: a vault that comes up with an older one lost its store,
 * or an old copy was put back. Persons would get new numbers, and lists of
 * before name nobody: that is not done silently.
 */
#pragma once
#include "base/buf.h"

struct keeper;

struct generations {
	uint32_t *of;	/* by cell */
	size_t count;
};

MUST_CHECK enum err generations_load(struct keeper *k);
void generations_release(struct keeper *k);
/* A feed was committed. Logs what cannot be written. */
void generations_note(struct keeper *k, uint32_t cell, uint32_t generation);
/* What vault nth says it has (u32 cell, u32 generation, each). ERR_CORRUPT,
 * said: older than known; ERR_SHAPE. */
MUST_CHECK enum err generations_check(
    struct keeper *k, uint32_t nth, struct span said);

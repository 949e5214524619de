/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two numbers a cell, each kind in a file of its own:
 *
 *   keeper/generations  which generation its rows had when they were last made
 *       visible: a vault that comes up with an older one lost its store, or an
 *       old copy was put back. Persons would get new numbers, and lists of
 *       before name nobody: that is not done silently.
 *   keeper/fed          the index version that was newest when its last full
 *       feed began: older ones find nobody of it but those who left. Behind
 *       the truth after a crash or a loss, never ahead of it.
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
/* A full one was, begun under this index version. The same. */
void generations_fed(struct keeper *k, uint32_t cell, uint32_t version);
/* Does an index version find persons of this cell whom its last full feed did
 * not take over to a newer one? */
bool generations_needs(
    const struct keeper *k, uint32_t cell, uint32_t version);
/* What vault nth says it has (u32 cell, u32 generation, each). ERR_CORRUPT,
 * said: older than known; ERR_SHAPE: no rows, cells that do not rise, or
 * another vault's. */
MUST_CHECK enum err generations_check(
    struct keeper *k, uint32_t nth, struct span said);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of rights. Every one leads with the cell, so that rows can be
 * spread by cell; rows carry the generation that brought them (gen_from) and
 * the one that ended them (gen_to, 0: none). What is visible at generation g:
 *	gen_from <= g and (gen_to = 0 or gen_to > g)
 * A feed works at the cell's generation + 1, which nobody sees until the
 * number in `cell` turns.
 *
 *	cell	one row a cell: its generation, the one being staged or 0,
 *		the day, digest, time of making and version of tags of the last
 *		feed, the next free ids; purged: rights that ended by that day
 *		are gone (retain.h)
 *	tags	tag -> person, some forty in a row (sheaf.h). The beneficiary
 *		number is an alias too, of 8 bytes: the one that we gave
 *	alias	the same, a row each, in stores of before: moved at opening
 *	person	id -> number, handle; hints: see hint.h; gone: the day on which
 *		retention took his aliases
 *	cover	id -> contract, convention, CSR, domains (cover.h), written
 *		once a cell: members share a few dozen of them
 *	rights	one row a line of the feed: who, which cover, when
 *	untidy	persons whom the open feed leaves with rows to end or delete
 *
 * Numbers and tags are random, and a B-tree filled in random order writes a
 * page of 4 KB for each row once it is larger than the cache. So persons have
 * small ids in the order in which they came: their rows and their rights are
 * appended, and a mutuelle's next file, in the same order, touches them in
 * sequence. Only aliases are random; new ones wait in memory and are written
 * in their order (fresh.h). The values of `tags` are too large for a tree of
 * keys: they stand in their own, beside the one of their first tags.
 */
#pragma once
#include "store/store.h"

MUST_CHECK enum err schema_sql_migrate(struct store *s);

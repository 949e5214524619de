/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In which order the processes of an instance start and end, and what the end
 * of one means to the others: one table, by kind. super.c goes by it.
 *
 * The keeper comes first, for the others' channels are handed to it; nginx
 * comes last, when the keeper has read its journal and every vault is there, so
 * that nobody is asked before somebody can answer. The end is the other way: nginx
 * lets no more in, gates hand over what they have, the keeper answers it while
 * the vaults are there.
 *
 * One that ends by itself is started again alone, but for the keeper: gates and
 * vaults end with it (docs/decisions/0085).
 */
#pragma once
#include "super/children.h"

enum sequence_start {
	SEQUENCE_FIRST,		/* at once */
	SEQUENCE_CHANNEL,	/* as soon as there is a keeper */
	SEQUENCE_READY,		/* when the keeper says so */
};

struct sequence {
	enum sequence_start start;
	int64_t patience_ms;	/* how long it may take to end, then it is
				   killed */
	bool with_keeper;	/* ends, and starts again, with the keeper */
};

const struct sequence *sequence_of(enum children_kind kind);
/* Which kind ends nth, from 0; CHILDREN_KINDS behind the last. */
enum children_kind sequence_end(size_t nth);

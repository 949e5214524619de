/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of a release (docs/journal.md), as an auditor reads them without
 * the instance: head, keys that name askers' leaves, entries, and the end that
 * the keeper signs. Whoever wrote or carried them is not trusted.
 */
#pragma once
#include <stdbool.h>
#include <stdio.h>
#include "base/lines.h"
#include "crypto/sign.h"
#include "journal/follow.h"

#define OPEN_LINE (1u << 20)	/* bytes of a line, for lines_open() */
#define OPEN_PLANES 5

/* "flow", "portal", "member", "staff" of 1 to 4, as a leaf counts them; "" of
 * others. */
const char *open_plane(unsigned plane);

/* What they are held against. */
struct open_how {
	const char *folder;	/* the log's public files; NULL: none */
	/* The log's keys: as given, and as each was followed by the next; the
	 * last is in use. 0: none is known. */
	struct note_key keys[FOLLOW_MOST + 1];
	size_t key_count;
	const char *authority[OPEN_PLANES];	/* in place of the head's */
};

struct open_found {
	const char *fault;	/* of the last line, for lang_text(); or NULL */
	bool unread;		/* the fault is a file's: nothing is known */
	uint64_t count;		/* entries */
	uint64_t unsigned_count;	/* of them without their asker's own
					 * signature that holds */
	uint64_t again_count;	/* that bear a signed question which an entry
				 * before them bears */
	uint64_t holes;		/* numbers of asked keys that do not come */
	bool ended, whole;	/* there is an end; it fits, and is signed */
	size_t turns;		/* of the log's key since it signed the head */
	/* Which release it is, by its head: whoever carries it may have another
	 * one in its place. Right if there is no fault. */
	int64_t from_ms, to_ms;
	uint32_t cell;			/* 0: by key: */
	char asker[SIGN_KEY_ID_TEXT];	/* the first; or "" */
	bool askers;			/* there are more */
};

/*
 * Reads up to the first line that is not right (in->number), and writes one
 * JSON object an entry to out as it goes: neither the entry's key nor what
 * names an asker stands there. ERR_NOMEM.
 */
MUST_CHECK enum err open_lines(const struct open_how *how, struct lines *in,
    FILE *out, struct open_found *ret);

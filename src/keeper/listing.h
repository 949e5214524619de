/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scope's two lists as JSON, a piece at a time: an asker can ask about one
 * person as often as he likes, so neither a list nor one person's line has a
 * length that fits a buffer or a turn of the loop.
 */
#pragma once
#include "base/limits.h"
#include "json/write.h"
#include "registry/registry.h"

enum listing_state {
	LISTING_READ,
	LISTING_NOT_DISCLOSED,
	LISTING_CANNOT_EXCLUDE
};

struct listing_hit {	/* an entry that met a person */
	uint32_t cell;
	uint64_t number, index;
	int64_t time_ms;
	enum listing_state state;
	uint32_t fields;	/* the leaf's: the most that may be told */
};

struct listing_handle {
	bool asked, came;
	uint8_t n, bytes[LIMIT_HANDLE];
};

enum listing_stage {
	LISTING_BEGIN, LISTING_PERSON, LISTING_INDEXES, LISTING_TIMES,
	LISTING_OVER
};

struct listing {
	const struct registry *registry;
	const struct listing_hit *hits;		/* sorted */
	const struct listing_handle *handles;	/* by a person's first hit */
	size_t count;
	struct json_writer *w;
	enum listing_stage stage;
	enum listing_state part;	/* the list being written */
	size_t at, end, next;		/* hits: the person's, the one due */
};

/* Names of the bits of a leaf's fields (docs/journal.md). */
#define LISTING_FIELDS 6
const char *listing_field(unsigned bit);

/* By person, then by index. */
void listing_sort(struct listing_hit *hits, size_t count);
/* One past the last hit of the person whose first hit is i. */
size_t listing_end(const struct listing_hit *hits, size_t count, size_t i);
/* Writes "read" and "cannot_be_excluded" on, until w's buffer has most bytes
 * or both are written: false then. */
bool listing_go_on(struct listing *l, size_t most);

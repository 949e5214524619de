/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One reading of the journal for two administrators, in steps between
 * questions: what scope.c, which runs it, and who.c share. There is one at a
 * time.
 *
 *   scope    whom did these read? Persons with handles, from the vaults
 *   who      who read this person? The vault says his number first
 *   release  what opens the entries of one cell or of some keys, and no other
 */
#pragma once
#include "keeper/keeper.h"
#include "keeper/listing.h"
#include "keeper/select.h"

#define SCOPE_PART 49152	/* bytes of text sent at once */

enum scope_word { SCOPE_SCOPE, SCOPE_WHO, SCOPE_RELEASE };

struct scope_run {
	struct keeper *k;
	struct admin *admin;
	enum scope_word word;
	uint64_t ref;
	uint32_t turn;
	struct buf act;		/* its text: select views it */
	struct select select;
	int64_t from_ms, to_ms;
	uint32_t only_cell;	/* 0: all */
	bool living;		/* although months are destroyed */
	bool resolving;		/* the vault is asked who it is */
	uint64_t number;	/* of who's person */
	struct book *book;	/* this log, or one before it */
	unsigned past;		/* its number, 0: this one */
	struct loop_timer timer;
	uint64_t cursor, end;
	struct map aliases;
	struct listing_hit *hits;
	size_t hit_count, hit_room;
	uint64_t refused, missed;
	size_t person;		/* first hit of the person being asked for */
	size_t asked, handled;
	int64_t asked_ms;	/* boot clock: the last handle asked for */
	struct listing_handle *handles;	/* by hit; set at a person's first hit */
	struct buf out;
	struct json_writer w;
	struct listing listing;
	bool began;		/* the text of who and release */
	uint32_t asker_month, asker;	/* of release: the next one to write */
	size_t written;		/* hits, of who and release */
	struct hash_stream *sum;	/* of what a release was so far */
};

/* scope.c */
/* One more entry, in the order of their indexes. ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK enum err scope_add_hit(
    struct scope_run *s, const struct listing_hit *h);
/* The name "checkpoint", of the log that is read, signed now. */
MUST_CHECK enum err scope_write_checkpoint(
    struct scope_run *s, struct json_writer *w);

/* who.c */
/* The tag of the handle that the act names, to ask the vault with. */
MUST_CHECK enum err who_tag(
    struct scope_run *s, uint8_t ret[static RIGHTS_TAG]);
/* An ASKED entry of the interval, by who or release. */
MUST_CHECK enum err who_take(
    struct scope_run *s, uint64_t index, const struct leaf *leaf);
/* Writes on until a part is full; *ret_more: not all is written. */
MUST_CHECK enum err who_write(struct scope_run *s, bool *ret_more);

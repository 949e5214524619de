/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vault's counts held against the journal: a keeper that answers without
 * writing, or writes another person than it answers about, is seen.
 *
 * Of every answer that the vault gave the journal must hold the entry: at that
 * index, asked, answered, with the same commitment to cell and person, met or
 * not as the vault says. No index twice. Numbers that the vault gave to
 * `resolve` while this log went on are at most as many as entries and summed-up
 * refusals that can have come of them, and what a keeper that died had asked
 * about and not written yet. No key is needed; nobody's name shows.
 */
#pragma once
#include "journal/tlog.h"
#include "meter/count.h"

#define COMPARE_WORDS 240
/* Entries are published once a second: what is older has had its time. */
#define COMPARE_LATE_MS 10000
/* Refusals are summed up for a minute before they are written. */
#define COMPARE_SETTLED_MS 120000

/* Questions under way at a death, at most: those that a gate holds. */
#define COMPARE_CUT 4096

struct compare_report {
	struct count_head head;		/* of what was read */
	uint64_t unsigned_records;	/* behind the note */
	uint64_t settled;		/* resolved for this log, and
					 * COMPARE_SETTLED_MS ago */
	uint64_t misses;		/* answers about nobody, and held */
	uint64_t ahead;			/* too new to be in the checkpoint */
	uint64_t former;		/* answers under a log before this */
	char words[COMPARE_WORDS];	/* what is wrong first; or empty */
};

struct compare {
	struct span counts;		/* the whole file */
	struct span note;		/* checkpoint */
	struct note_key key;		/* of the vault */
	const char *origin;		/* of the journal */
	const char *formers;		/* of the logs before, each and LF */
	struct tlog *log;		/* opened after counts was read */
	int64_t quiet_ms;		/* since the file was written last */
};

/* ERR_CORRUPT: something does not hold, see words (also ERR_CRYPTO for the
 * note); ERR_IO and others: it cannot be said. */
MUST_CHECK enum err compare_run(
    const struct compare *c, struct compare_report *ret);
/* After all vaults: numbers resolved (settled) in all against the journal.
 * ERR_CORRUPT: more than the journal explains. */
MUST_CHECK enum err compare_resolved(struct tlog *log, uint64_t resolved,
    struct compare_report *ret);
/* Was anybody asked about under this log? Errors of tlog_read, leaf_unpack. */
MUST_CHECK enum err compare_asked(struct tlog *log, bool *ret);

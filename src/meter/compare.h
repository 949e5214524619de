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
 *
 * An end without a stop (a power cut, a kill) leaves a second of both that
 * nobody signed for: the last count may be torn, and entries stand behind the
 * checkpoint. The next start mends that, and files that wait for it are not
 * called altered. Nor are those of a restore under a new name before its first
 * start: the counts are of the log before, and this one is empty.
 */
#pragma once
#include "journal/tlog.h"
#include "meter/tape.h"

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
	uint64_t ahead;			/* too new to be in the checkpoint; 0 if
					 * nothing runs */
	uint64_t former;		/* answers under a log before this */
	char words[COMPARE_WORDS];	/* what is wrong first; or empty */
	/* What an end without a stop left to the next start, first; or empty.
	 * Nothing up to the last note and checkpoint is among it. */
	char open[COMPARE_WORDS];
};

struct compare {
	struct tape *counts;		/* as long as it was at quiet_ms */
	struct span note;		/* checkpoint */
	struct note_key key;		/* of the vault */
	const char *origin;		/* of the journal */
	const char *formers;		/* of the logs before, each and LF */
	struct tlog *log;		/* opened after counts was read */
	int64_t quiet_ms;		/* since the file was written last */
	/* Nothing runs: what its next start would mend is no alteration, where
	 * nobody signed for it yet. */
	bool ended;
};

/* ERR_CORRUPT: something does not hold, see words (also ERR_CRYPTO for the
 * note); ERR_IO and others: it cannot be said. */
MUST_CHECK enum err compare_run(
    const struct compare *c, struct compare_report *ret);
/* After all vaults: numbers resolved (settled) in all against the journal.
 * ended: as in struct compare. ERR_CORRUPT: more than the journal explains. */
MUST_CHECK enum err compare_resolved(struct tlog *log, uint64_t resolved,
    bool ended, struct compare_report *ret);
/* Was anybody asked about under this log? Errors of tlog_read, leaf_unpack. */
MUST_CHECK enum err compare_asked(struct tlog *log, bool *ret);

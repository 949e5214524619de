/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run of `ecluse-insurer feed` has to tell: faults by line, column and
 * reason (the first REPORT_LISTED of them, and how many there are), things
 * that were let pass, and what was written. For people or as JSON; no values.
 */
#pragma once
#include "feed/chunk.h"
#include "insurer/differ.h"
#include "insurer/head.h"
#include "insurer/member.h"

#define REPORT_LISTED 100
#define REPORT_FIRST 5	/* lines told of each reason */

struct report {
	const char *in, *out;
	bool json;
	uint64_t lines;			/* members read, without fault or not */
	uint64_t faulty;		/* of them, with faults */
	uint64_t faults;
	size_t listed;
	struct {
		uint32_t line;
		enum fault_column column;
		enum fault_reason reason;
		uint32_t nth;		/* a column of the head, or 0 */
	} list[REPORT_LISTED];
	struct {
		uint64_t count;
		uint32_t lines[REPORT_FIRST];
	} why[FAULT_COLUMNS + 1][FAULT_REASONS];
	const char *bad;		/* lines left out are there; or NULL */
	bool over;			/* too many of them: no feed */
	uint64_t keys, lunar, empty;	/* let pass */
	uint64_t namesakes;		/* NIR of two persons, left out */
	const struct differ_counts *since;	/* persons; or NULL */
	struct feed_chunk_head head;	/* of the feed written */
	uint64_t chunks, bytes;
};

void report_head(
    struct report *r, const struct head_fault *faults, size_t count);
void report_faults(
    struct report *r, uint32_t line, const struct member_faults *faults);
/* Is there something that keeps the feed from being made? */
bool report_stops(const struct report *r);
/* Two books without a difference: there is nothing to send. */
bool report_is_idle(const struct report *r);
void report_passed(struct report *r, const struct member *m);
/* Prints: what is wrong to standard error, what was done (and all of it as
 * JSON) to standard output. */
void report_tell(const struct report *r);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mutuelle's file, read line by line: head, then members or their faults.
 * Empty lines are passed over. One line in memory.
 */
#pragma once
#include "base/lines.h"
#include "insurer/member.h"

struct source {
	struct lines lines;
	struct head head;
	struct member_rules rules;
	uint64_t empty;		/* lines passed over */
	/* the line last read, as it came; of one that is too long nothing */
	char text[LIMIT_FEED_LINE + 1];
	size_t text_n;
};

/* ERR_UNKNOWN: no such file; ERR_IO; ERR_SHAPE: the head is wrong, and faults
 * say how (ret_count of them). Close it when ERR_OK alone. */
MUST_CHECK enum err source_open(struct source *s, const char *path,
    const struct member_rules *rules,
    struct head_fault faults[static HEAD_FAULTS], size_t *ret_count);
void source_close(struct source *s);
/* Number of the line last read. */
uint32_t source_line(const struct source *s);
uint64_t source_bytes(const struct source *s);	/* read so far */
/*
 * ERR_OK: ret is a member, whose views live until the next call; ERR_SHAPE:
 * the line has faults, the next call goes on; ERR_CLOSED: the end; ERR_STATE:
 * we are asked to end (insurer/leave.h); ERR_IO.
 */
MUST_CHECK enum err source_next(struct source *s, struct member *ret,
    struct member_faults *faults);

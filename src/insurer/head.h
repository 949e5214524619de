/* SPDX-License-Identifier: Apache-2.0 */
/* The head line of a mutuelle's file: which column stands where. */
#pragma once
#include "base/buf.h"
#include "insurer/fault.h"

#define HEAD_FIELDS FAULT_COLUMNS	/* all of them, none else */

struct head {
	uint8_t place[HEAD_FIELDS];	/* of each enum fault_column */
};

/* One thing wrong with it. */
struct head_fault {
	enum fault_column column;	/* FAULT_LINE: a name not known */
	uint32_t nth;			/* then: the nth column, from 1 */
	enum fault_reason reason;
};
#define HEAD_FAULTS (2 * HEAD_FIELDS + 1)

/*
 * Fills *ret and returns 0, or fills faults and returns how many. Names may
 * have spaces around them and capitals.
 */
size_t head_read(const struct span *names, size_t count, struct head *ret,
    struct head_fault faults[static HEAD_FAULTS]);

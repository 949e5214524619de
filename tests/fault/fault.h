/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a test and the processes of an instance share (ECLUSE_FAULT names the
 * file): the test says which call of which program shall fail, the program
 * counts. tests/lib/faults.py has the same layout. Little-endian, 8 bytes each.
 *
 * The test writes 0 to nth, then the rest, then nth: a call is looked at only
 * where nth is not 0, or is counted alone where it is FAULT_COUNT.
 *
 * Or a call does not fail but is held: the program stands still before it, says
 * so in held, and is killed by the test in just that place. What is counted of
 * FAULT_CHANGE is listed, so that a test can choose.
 */
#pragma once
#include <stdint.h>

#define FAULT_NAME 32
#define FAULT_COUNT UINT64_MAX
#define FAULT_HOLD UINT64_MAX	/* as error */
#define FAULT_PLACE 64
#define FAULT_PLACES 2048

enum fault_kind {
	FAULT_ALLOC,	/* malloc, calloc, realloc, strdup and their like */
	FAULT_WRITE,	/* write, pwrite, writev to a file or pipe */
	FAULT_SYNC,	/* fsync, syncfs */
	FAULT_FLUSH,	/* fdatasync: the journal's and the counts' */
	FAULT_RENAME,	/* rename, renameat, link, unlink */
	FAULT_OPEN,	/* open, openat */
	FAULT_SIZE,	/* ftruncate, fallocate */
	FAULT_SEND,	/* send, sendmsg */
	FAULT_READ,	/* read, pread */
	FAULT_OWN,	/* allocations that the program asks for itself */
	FAULT_CHANGE,	/* write, sync, flush, rename or size: what a disk sees */
	FAULT_KINDS
};

struct fault_book {
	uint64_t nth;		/* the call that fails, from 1 */
	uint64_t kind;
	uint64_t error;		/* errno; 0: half of it is done (writes) */
	uint64_t for_good;	/* all later ones fail, too */
	uint64_t calls;		/* of this kind since the test set it to 0 */
	uint64_t failed;	/* how many of them did */
	int64_t clock_ms;	/* added to what CLOCK_REALTIME says */
	char program[FAULT_NAME];	/* as it is called (argv[0]) */
	uint64_t held;		/* the process that stands still; 0: goes on */
	char match[FAULT_PLACE];	/* only calls whose place has it; "": all */
	/* of the first calls: enum fault_kind, then the end of the file's name */
	char places[FAULT_PLACES][FAULT_PLACE];
};

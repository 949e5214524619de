/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One list of errors for every folder. Functions that may fail return one and
 * leave their outputs untouched on failure; libraries never log.
 */
#pragma once

#define MUST_CHECK __attribute__((warn_unused_result))

enum err {
	ERR_OK = 0,
	ERR_SHAPE,	/* wrong form, length or character */
	ERR_KEY,	/* right form, wrong check digits */
	ERR_RANGE,	/* a value outside its permitted range */
	ERR_LIMIT,	/* more than a named limit allows */
	ERR_FULL,	/* no room in a buffer, queue or budget */
	ERR_NOMEM,	/* the system gave no memory */
	ERR_IO,		/* a system call on a file or socket failed */
	ERR_CRYPTO,	/* a signature, tag or ciphertext does not verify */
	ERR_UNKNOWN,	/* nothing of that name or number */
	ERR_EXISTS,	/* something of that name is there already */
	ERR_STATE,	/* not in this state, or not by this peer */
	ERR_TIME,	/* too early, too late, or the clock is doubtful */
	ERR_REFUSED,	/* asked properly, and the answer is no */
	ERR_CORRUPT,	/* stored bytes contradict each other */
	ERR_CLOSED,	/* the other side went away */
	ERR_COUNT	/* how many there are; not an error */
};

/* A short English phrase for logs and command lines; never NULL. */
const char *err_text(enum err e);

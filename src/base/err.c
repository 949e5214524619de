/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

static const char *const words[ERR_COUNT] = {
	[ERR_OK] = "done",
	[ERR_SHAPE] = "wrong form",
	[ERR_KEY] = "check digits do not match",
	[ERR_RANGE] = "out of range",
	[ERR_LIMIT] = "over a limit",
	[ERR_FULL] = "no room",
	[ERR_NOMEM] = "out of memory",
	[ERR_IO] = "input or output failed",
	[ERR_CRYPTO] = "does not verify",
	[ERR_UNKNOWN] = "unknown",
	[ERR_EXISTS] = "already there",
	[ERR_STATE] = "not possible in this state",
	[ERR_TIME] = "time out of bounds",
	[ERR_REFUSED] = "refused",
	[ERR_CORRUPT] = "stored data contradict each other",
	[ERR_CLOSED] = "closed by the other side",
};

const char *err_text(enum err e)
{
	if ((unsigned)e >= ERR_COUNT || !words[e])
		return "unknown error";
	return words[e];
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder that is there when it is whole: made as NAME.part, beside it, and
 * renamed. A command that is killed leaves NAME.part, and the next one says so.
 * So does a power cut, for all that is in it is on the disk before its name is.
 */
#pragma once
#include <limits.h>
#include "base/err.h"

struct whole {
	char to[PATH_MAX], part[PATH_MAX];
};

/* The two names; slashes at the end of to go. ERR_LIMIT: too long. */
MUST_CHECK enum err whole_names(struct whole *w, const char *to);
/* Is there something under one of them already? ERR_EXISTS, said. */
MUST_CHECK enum err whole_check(const struct whole *w);
/* The part is flushed and becomes the whole, for good when it returns. ERR_IO;
 * ERR_EXISTS, said: something came there. */
MUST_CHECK enum err whole_end(const struct whole *w);
/* Removes the part that this run has made, with all that is in it. */
void whole_drop(const struct whole *w);

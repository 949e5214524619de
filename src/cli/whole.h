/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder that is there when it is whole: made as NAME.part, beside it, and
 * renamed. A command that is killed leaves NAME.part, and the next one says so.
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
/* The part becomes the whole. ERR_IO; ERR_EXISTS, said: something came there. */
MUST_CHECK enum err whole_end(const struct whole *w);
/* Removes the part that this run has made, with all that is in it. */
void whole_drop(const struct whole *w);

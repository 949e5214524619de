/* SPDX-License-Identifier: Apache-2.0 */
/* Which instance a command means. */
#pragma once
#include <stdbool.h>
#include "base/err.h"

/* Is there an instance in this folder (a file ecluse.conf)? */
bool where_is_instance(const char *dir);
/*
 * The instance: named (the value of --dir) if not NULL; else argv[*place] if
 * that is one, which *place then steps over; else $ECLUSE_DIR; else the
 * current folder if it is one; else NULL.
 */
const char *where_take(int argc, char **argv, int *place, const char *named);
/*
 * The two locks that super holds while it runs, until this process ends or
 * becomes another program. ERR_STATE: it runs; ERR_IO, with errno.
 */
MUST_CHECK enum err where_lock(const char *dir);

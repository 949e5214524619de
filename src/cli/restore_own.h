/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a backup does not decide: which programs run on this machine, as which
 * users, with which files of it. A signature on a backup is a keeper's, and a
 * keeper is not root. The settings that say such things are the presets or
 * what the operator says here; owners and modes are not those of the list.
 */
#pragma once
#include "backup/files.h"
#include "conf/conf.h"
#include "conf/edit.h"

#define RESTORE_OWN_MOST 4	/* settings of this kind */

struct restore_own {
	struct edit_setting said[RESTORE_OWN_MOST];
	size_t count;
};

/* "name=value", which stays the caller's and is cut in two. ERR_UNKNOWN: not a
 * setting of this kind; ERR_EXISTS: said before; ERR_RANGE: its value. */
MUST_CHECK enum err restore_own_take(struct restore_own *o, char *text);
/* ERR_REFUSED: the backup's value is another than the preset, and the operator
 * said nothing; words then name it. */
MUST_CHECK enum err restore_own_check(const struct restore_own *o,
    const struct conf *theirs, char *words, size_t size);
MUST_CHECK enum err restore_own_apply(
    const struct restore_own *o, struct conf *conf);
/* Into the ecluse.conf that was laid out. */
MUST_CHECK enum err restore_own_put(
    const struct restore_own *o, const char *dir);
/* The user who restores, whom super's first start takes the trees from; nobody
 * else writes, and only what is public is read by others. */
void restore_own_row(struct files_row *row);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Another root key for a stopped instance. keys.sealed is written beside under
 * the new key; then one atomic change brings the new key in force (root.key,
 * or the settings root.* of ecluse.conf); then the file takes its place, here
 * or at the next start (registry/keyring.h). A kill before the change leaves
 * the old key, behind it the new one.
 */
#pragma once
#include "cli/init_keys.h"

struct keys_root {
	const char *dir;
	const char *keep;	/* a file for the old root.key; NULL: none */
	bool file;		/* to a protected file */
	struct init_keys to;	/* or to this token */
};

/* Says what was done or what is wrong; the exit status. */
int keys_root_rotate(struct keys_root *r);

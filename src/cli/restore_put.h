/* SPDX-License-Identifier: Apache-2.0 */
/* Lays a checked backup out as an instance, and opens what must fit. */
#pragma once
#include "cli/backup_check.h"
#include "cli/restore_own.h"
#include "conf/conf.h"
#include "registry/keyring.h"

struct restore_put {
	struct backup_check *from;
	const char *dir;	/* made here */
	const char *months;	/* the file of --months-out */
	const char *months_key;	/* a copy of months-N.key; NULL: a token's */
	const char *root;	/* a copy of root.key; NULL: token, or in it */
	struct restore_own own;	/* this machine's, by the operator's word */
	struct conf conf;
	struct keyring *keys;
	bool token;		/* the root key is a PKCS#11 token's */
	char words[400];
};

/* The settings of the backup, into conf. ERR_REFUSED: they say what no backup
 * decides. Asked before anything is laid out. */
MUST_CHECK enum err restore_put_settings(struct restore_put *r);
/* Settings, keeper/ and what is given of it, whose root key opens the others;
 * then all other files. */
MUST_CHECK enum err restore_put_files(struct restore_put *r);
/*
 * The same logs under the same names: tiles are made anew from the records,
 * both roots are those of the manifest, and the registry is the one that the
 * journal's last entry names.
 */
MUST_CHECK enum err restore_put_logs(struct restore_put *r);
void restore_put_release(struct restore_put *r);

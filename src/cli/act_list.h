/* SPDX-License-Identifier: Apache-2.0 */
/* Acts whose answer is a list out of the journal: scope, who, release. */
#pragma once
#include "cli/act_send.h"

struct act_list {
	const char *dir, *out, *write;
	const char *keys[ACT_SEND_KEYS];
	size_t key_count;
	const char *end;	/* behind the list: "\n" or "" */
};

/*
 * Signs line and sends it, or writes it to write. The list goes to out (NULL
 * or "-": standard output), a file that its owner alone reads: whole, or what it
 * held before; the keeper's last words, if any, to standard error. Gives the
 * exit status.
 */
int act_list(const struct act_list *l, const char *line);

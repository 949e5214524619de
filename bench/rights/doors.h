/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New connections: each shakes hands, shows its certificate where one is asked
 * for, asks for the log's checkpoint (nginx reads it from a file) and goes. No
 * session is resumed.
 */
#pragma once
#include "lib/spread.h"
#include "rights/tls.h"

struct doors {
	const struct tls_door *door;
	const char *authority;
	unsigned together;	/* connections at a time */
	size_t count;		/* in all */
};

struct doors_result {
	size_t opened, refused;	/* refused: closed, or not answered with 200 */
	double seconds;
	struct spread us;	/* from connect to the answer */
};

void doors_run(const struct doors *d, struct doors_result *ret);

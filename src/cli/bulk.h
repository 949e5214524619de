/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table (table.h) of sites and keys for `ecluse enrol bulk`, checked whole
 * before one byte is written:
 *
 *   site        billing number of the site; a line for each of its keys
 *   profession  its code, e.g. optician
 *   key         file of the public key (PEM), beside the table; or its
 *               SubjectPublicKeyInfo in base64url; empty: the site alone
 *   plane       flow, portal or staff; empty: flow
 *   rpps        professionals the key speaks for, parted by spaces or commas
 *   finess siret label   of the site; may be left out, as plane and rpps
 *
 * Every fault is told with line and column on standard error; what only looks
 * odd (a check digit) is told and taken, as data/identifiers.conf has it.
 */
#pragma once
#include <stdbool.h>
#include "base/buf.h"

#define BULK_LINE 4096		/* bytes of a line of the table */
#define BULK_LABEL 80		/* bytes of a label */

struct bulk {
	unsigned long long sites, keys, faults, warnings;
};

/* What an instance has that runs. */
struct bulk_known {
	const char *professions;	/* codes, with spaces around each */
	/* Is site:ID or key:ID enrolled, revoked ones too? */
	bool (*enrolled)(void *ctx, const char *asker);
	void *ctx;
};

/*
 * Appends the lines of the acts to *out. known: NULL, it cannot be known now.
 * ERR_SHAPE: there were faults; else as reading files does (said).
 */
MUST_CHECK enum err bulk_read(const char *path, const struct bulk_known *known,
    struct buf *out, struct bulk *ret);

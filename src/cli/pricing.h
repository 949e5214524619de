/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of `ecluse price` priced by one set of rules and contracts. */
#pragma once
#include "cli/tariffs.h"
#include "price/inquiry.h"

#define PRICING_FILES 64	/* contracts named one by one */

/* Where contracts and rules come from, as options say. */
struct pricing_from {
	const char *rules;	/* a folder; NULL: data/rules */
	const char *folder;	/* of contracts, or NULL */
	const char *files[PRICING_FILES];
	size_t file_count;	/* neither: data/contracts */
};

struct pricing {
	struct tariffs tariffs;
	struct json_token *tokens;
	/* of the request last priced */
	struct inquiry inquiry;
	struct price_result result;
	/* why it was not: the field, and what to do */
	char field[80];
	const char *words;	/* constant */
};

/* Reads rules and contracts, and says what is wrong with them. */
MUST_CHECK enum err pricing_load(
    struct pricing *p, const struct pricing_from *from);
void pricing_release(struct pricing *p);
/* Prices one request; when it gives an error, field and words say why, and
 * the inquiry's id is what could be read of it. */
MUST_CHECK enum err pricing_line(
    struct pricing *p, struct span text, bool explain);
/*
 * Each line of a file ("-": standard input) that is not empty, and what one()
 * put into out goes to standard output. A line longer than INQUIRY_MOST is
 * given as an empty text, of which pricing_line says so. False: reading or writing
 * failed, and it was said.
 */
bool pricing_each(const char *path, struct buf *out,
    void (*one)(void *ctx, struct span text), void *ctx);
